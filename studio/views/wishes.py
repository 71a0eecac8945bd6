"""How a discriminator's wishes and beliefs are coloured: one diverging map for digits and planes.

The discriminator's own colour stands for more real (more ink wanted, a place where it believes in
real points), violet for less; the two can be told apart by the colour-blind.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import theme

DIM = 0.4
"""How bright the digit stays underneath its wishes."""
ADD, TAKE = "add ink", "take ink away"

Image = NDArray[np.uint8]


def poles(tokens: theme.Tokens) -> tuple[str, str]:
    """The colours of -1 and of +1."""
    # Between the violets of the two themes: strong enough over grey ink, light enough over black.
    violet = theme.blend(theme.DARK.players[0], theme.LIGHT.players[0], 0.5)
    return violet, tokens.discriminator


def diverging(shares: NDArray[Any], tokens: theme.Tokens, middle: str) -> Image:
    """Values in [-1, 1] of any shape (...) to uint8 (..., 3); `middle` is the colour of 0."""
    less, more = (_rgb(colour) for colour in poles(tokens))
    weight = np.clip(np.nan_to_num(np.asarray(shares, np.float64)), -1, 1)[..., None]
    ends = np.where(weight > 0, more, less)
    return np.rint(_rgb(middle) + np.abs(weight) * (ends - _rgb(middle))).astype(np.uint8)


def overlaid(picture: Image, shares: NDArray[Any], *, paper: bool) -> Image:
    """A digit with its wishes over it.

    Arguments:
        picture: uint8 (H, W) or (H, W, 3), ink bright.
        shares: (H, W) in [-1, 1]: 1 where ink is wanted most, -1 where it is to go.
        paper: Dark ink on white paper.

    Returns:
        uint8 (H, W, 3).
    """
    ink = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    ground = DIM * ink.astype(np.float64)
    if paper:
        ground = 255 - ground
    tokens = theme.LIGHT if paper else theme.DARK
    weight = np.clip(np.nan_to_num(np.asarray(shares, np.float64)), -1, 1)[..., None]
    less, more = (_rgb(colour) for colour in poles(tokens))
    tint = np.where(weight > 0, more, less)
    return np.rint(ground + np.abs(weight) * (tint - ground)).astype(np.uint8)


def wish_picture(picture: Image, shares: NDArray[Any], *, paper: bool) -> QImage:
    """The same as a QImage that owns its pixels."""
    pixels = np.ascontiguousarray(overlaid(picture, shares, paper=paper))
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class WishLegend(QWidget):
    """What the two colours mean: a bar between two words.

    Arguments:
        less, more: What stands at the ends.
        strength: How much of the poles' colours is at the ends of the bar.
        sheet: The colours lie over bright ink on black, whatever the theme.
    """

    BAR, TALL = 48, 8

    def __init__(
        self,
        less: str = TAKE,
        more: str = ADD,
        *,
        strength: float = 1.0,
        sheet: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._strength, self._sheet = strength, sheet
        self.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_words(less, more)

    def set_words(self, less: str, more: str) -> None:
        """What stands at the left and at the right end."""
        self._words = less, more
        self.setAccessibleName(f"Violet: {less}. The discriminator's colour: {more}.")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(word) for word in self._words)
        return QSize(words + self.BAR + 2 * theme.S, metrics.height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        less, more = self._words
        left = self.fontMetrics().horizontalAdvance(less) + theme.S
        painter.setPen(QColor(tokens.quiet))
        whole = QRectF(self.rect())
        painter.drawText(whole, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, less)
        after = QRectF(whole.adjusted(left + self.BAR + theme.S, 0, 0, 0))
        painter.drawText(after, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, more)
        bar = QRectF(left, (self.height() - self.TALL) / 2, self.BAR, self.TALL)
        shown = theme.DARK if self._sheet else tokens
        middle = theme.DARK.ground if self._sheet else tokens.surface
        ends = [theme.blend(pole, middle, self._strength) for pole in poles(shown)]
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, colour in ((0.0, ends[0]), (0.5, middle), (1.0, ends[1])):
            ramp.setColorAt(place, QColor(colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ramp)
        painter.drawRoundedRect(bar, 2, 2)


def _rgb(colour: str) -> NDArray[np.float64]:
    tint = QColor(colour)
    return np.array([tint.red(), tint.green(), tint.blue()], np.float64)
