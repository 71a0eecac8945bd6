"""Digits as pictures, one or several to choose from. Pixels are shown as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

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


class PictureStrip(QWidget):
    """Several digits side by side, as large as the room allows; a click chooses one.

    Without pictures it shows where they will appear, unless it is disabled.

    Signals:
        chosen(int): the number of the picture, from 0.
    """

    chosen = Signal(int)
    PLACES = 4
    """Empty places shown while there are no pictures."""

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self._tiles: list[_Tile] = []
        self._count = 0
        self.setMinimumSize(LEAST_PICTURE, LEAST_PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_images(self, images: Image | None) -> None:
        """Shows uint8 (K, 28, 28), or empty places."""
        self._count = 0 if images is None else len(images)
        while len(self._tiles) < self._count:
            tile = _Tile(len(self._tiles), self)
            tile.clicked.connect(self._on_tile_clicked)
            self._tiles.append(tile)
        for number, tile in enumerate(self._tiles):
            shown = images is not None and number < self._count
            tile.set_image(images[number] if images is not None and shown else None)
            tile.setAccessibleName(f"{self._kind} {number + 1} of {self._count}")
            tile.setVisible(shown)
        self._arrange()
        self.update()

    def tiles(self) -> list[QAbstractButton]:
        """The buttons on show, in order."""
        return list(self._tiles[: self._count])

    def sizeHint(self) -> QSize:
        return QSize(4 * LEAST_PICTURE, LEAST_PICTURE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _on_tile_clicked(self) -> None:
        tile = self.sender()
        assert isinstance(tile, _Tile)
        self.chosen.emit(tile.number)

    def _places(self) -> list[QRect]:
        count = self._count or self.PLACES
        side, columns = best_grid(count, self.width(), self.height())
        step = side + theme.S
        return [
            QRect(number % columns * step, number // columns * step, side, side)
            for number in range(count)
        ]

    def _arrange(self) -> None:
        for tile, place in zip(self._tiles[: self._count], self._places(), strict=self._count > 0):
            tile.setGeometry(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._count == 0 and self.isEnabled():
            painter = QPainter(self)
            for place in self._places():
                paint_digit(painter, QRectF(place), None, theme.tokens(self))


def best_grid(count: int, width: int, height: int) -> tuple[int, int]:
    """The largest side, a multiple of 28, and the columns with which `count` squares fit."""
    best = (0, 0, 1)
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        side = min(
            (width - (columns - 1) * theme.S) // columns, (height - (rows - 1) * theme.S) // rows
        )
        # Of equally large squares, those that leave the fewest holes in the last row.
        best = max(best, (side // PIXELS * PIXELS, count - rows * columns, columns))
    return max(best[0], PIXELS), best[2]


class _Tile(QAbstractButton):
    """A digit to click on."""

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.number = number
        self._picture: QImage | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip("Put it on the canvas (undo brings the drawing back)")

    def set_image(self, image: Image | None) -> None:
        self._picture = None if image is None else grey_image(image)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(LEAST_PICTURE, LEAST_PICTURE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.tokens(self)
        paint_digit(painter, QRectF(self.rect()), self._picture, tokens)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
