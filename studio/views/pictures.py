"""Digits as pictures. Pixels are shown as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.views import theme
from studio.views.wishes import wish_picture

PIXELS = 28
LEAST_PICTURE = 112

Image = NDArray[np.uint8]


def grey_image(pixels: NDArray[Any]) -> QImage:
    """A QImage that owns a copy of a uint8 (H, W)."""
    pixels = np.ascontiguousarray(pixels, np.uint8)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def paint_digit(
    painter: QPainter, room: QRectF, picture: QImage | None, tokens: theme.Tokens
) -> None:
    """The picture in `room`, or the place where one will appear."""
    if picture is not None:
        painter.drawImage(room, picture)
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(tokens.line), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), theme.CORNER, theme.CORNER)


class DigitPicture(QWidget):
    """One digit, enlarged by a whole number so that all its pixels are equally large."""

    def __init__(self, name: str, side: int = LEAST_PICTURE, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._picture: QImage | None = None
        self._pixels: Image | None = None
        self._wishes: NDArray[Any] | None = None
        self.set_side(side)

    def set_side(self, side: int) -> None:
        """Shows the digit `side` logical pixels wide and high."""
        self.setFixedSize(side, side)

    def set_image(self, image: Image | None) -> None:
        """Shows a uint8 (28, 28), or an empty place."""
        self._picture = None if image is None else grey_image(image)
        self._pixels, self._wishes = image, None
        self.update()

    def set_wishes(self, shares: NDArray[Any] | None) -> None:
        """Colours what would make the digit more real, (28, 28) in [-1, 1]; see `wishes`."""
        self._wishes = shares
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        picture = self._picture
        if self._wishes is not None and self._pixels is not None:
            picture = wish_picture(self._pixels, self._wishes, paper=False)
        paint_digit(QPainter(self), QRectF(self.rect()), picture, theme.tokens(self))
