"""Digits side by side in one line, to point at and to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.views import theme
from studio.views.drawing import outline
from studio.views.pictures import PIXELS, Image, grey_image, paint_digit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import (
        QFocusEvent,
        QImage,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
    )

BAR = 3
"""Height of the bar under a picture."""


class DigitRow(QWidget):
    """Digits of one size in a line, each with a bar and a word below it where these are given.

    Signals:
        chosen(int): the number of a digit that was clicked, or chosen with Enter.
        pointed(int): which one is under the pointer or chosen by the arrow keys; -1 for none.
    """

    chosen = Signal(int)
    pointed = Signal(int)

    def __init__(self, name: str, title: str, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._side, self._gap = side, theme.XS
        self._places = 0
        self._images: Image | None = None
        self._pictures: list[QImage] = []
        self._words: tuple[str, ...] = ()
        self._tips: tuple[str, ...] = ()
        self._shares: tuple[float, ...] = ()
        self._hole: NDArray[np.bool_] | None = None
        self._below = 0
        self._pointed = self._marked = -1

    # What is shown

    def set_images(self, images: Image | None) -> None:
        """Shows uint8 (N, 28, 28), or the empty places."""
        count = len(self._pictures)
        self._images = images
        self._pictures = [] if images is None else [grey_image(image) for image in images]
        if self._pointed >= len(self._pictures):
            self._point_at(-1)
        if count != len(self._pictures):
            self.updateGeometry()
        self.update()

    def images(self) -> Image:
        """What is shown, uint8 (N, 28, 28)."""
        if self._images is None:
            return np.zeros((0, PIXELS, PIXELS), np.uint8)
        return self._images

    def set_places(self, count: int) -> None:
        """How many places are shown as long as there are no digits."""
        self._places = count
        self.updateGeometry()
        self.update()

    def set_side(self, side: int) -> None:
        """Shows each digit `side` pixels wide and high."""
        if side != self._side:
            self._side = side
            self.updateGeometry()
            self.update()

    def set_words(self, words: Sequence[str], tips: Sequence[str] = ()) -> None:
        """A word below each digit, and what is said of it when one stays on it."""
        self._words, self._tips = tuple(words), tuple(tips)
        self.update()

    def set_shares(self, shares: Sequence[float]) -> None:
        """A bar below each digit, in [0, 1] of its width."""
        self._shares = tuple(shares)
        self.update()

    def set_room_below(self, bars: bool, words: bool) -> None:
        """Keeps room for bars and words, whether or not there are any now."""
        letters = self._small().lineSpacing() if words else 0
        self._below = (BAR + 2 if bars else 0) + (letters + 2 if words else 0)
        self.updateGeometry()

    def set_hole(self, hole: NDArray[np.bool_] | None) -> None:
        """Outlines the same pixels on each digit, bool (28, 28)."""
        self._hole = hole
        self.update()

    def set_marked(self, number: int) -> None:
        """Marks one digit as the present one; -1 for none."""
        self._marked = number
        self.update()

    # Geometry

    def width_of(self, count: int, side: int) -> int:
        """How wide `count` digits of a side are."""
        return count * side + max(count - 1, 0) * self._gap

    def height_of(self, side: int) -> int:
        """How high the row is with digits of a side."""
        return side + self._below

    def cell(self, number: int) -> QRectF:
        """Where a digit is."""
        return QRectF(number * (self._side + self._gap), 0, self._side, self._side)

    def sizeHint(self) -> QSize:
        count = len(self._pictures) or self._places
        return QSize(self.width_of(count, self._side), self.height_of(self._side))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _at(self, place: QPoint) -> int:
        number = place.x() // (self._side + self._gap)
        inside = self.cell(number).adjusted(0, 0, 0, self._below)
        return number if number < len(self._pictures) and inside.contains(place) else -1

    # Input

    def _point_at(self, number: int) -> None:
        if number == self._pointed:
            return
        self._pointed = number
        if number < 0:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.update()
        self.pointed.emit(number)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            number = self._at(event.pos())
            text = self._tips[number] if 0 <= number < len(self._tips) else self.toolTip()
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0:
            self.chosen.emit(number)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point_at(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        last = len(self._pictures) - 1
        if step and last >= 0:
            self._point_at(min(max(self._pointed + step, 0), last))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed >= 0:
            self.chosen.emit(self._pointed)
        else:
            super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        painter.setFont(self._letters())
        for number in range(len(self._pictures) or self._places):
            cell = self.cell(number)
            picture = self._pictures[number] if self._pictures else None
            whole = round(self._side * self.devicePixelRatioF()) % PIXELS == 0
            # Pixels are facts, but not where some would be twice as wide as their neighbours.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not whole)
            paint_digit(painter, cell, picture, tokens)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            if picture is not None:
                self._paint_marks(painter, number, cell, tokens)
        painter.end()

    def _paint_marks(
        self, painter: QPainter, number: int, cell: QRectF, tokens: theme.Tokens
    ) -> None:
        if self._hole is not None and self._hole.any():
            painter.save()
            painter.translate(cell.topLeft())
            painter.scale(self._side / PIXELS, self._side / PIXELS)
            pen = QPen(QColor(theme.DARK.accent), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(outline(self._hole, 1)[1])
            painter.restore()
        low = cell.bottom() + 2
        if number < len(self._shares):
            place = QRectF(cell.left(), low, cell.width(), BAR)
            painter.fillRect(place, QColor(tokens.raised))
            share = min(max(self._shares[number], 0.0), 1.0)
            place.setWidth(max(round(place.width() * share), 1))
            painter.fillRect(place, QColor(tokens.accent))
            low += BAR + 1
        if number < len(self._words):
            painter.setPen(QColor(tokens.text if number == self._marked else tokens.quiet))
            place = QRectF(cell.left() - 2, low, cell.width() + 4, self._small().lineSpacing())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._words[number])
        if number in (self._pointed, self._marked):
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(1, 1, -1, -1))

    def _letters(self) -> QFont:
        return theme.tabular(theme.sized(self.font(), theme.SMALL))

    def _small(self) -> QFontMetrics:
        return QFontMetrics(self._letters())
