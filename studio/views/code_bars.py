"""A latent code painted: bars around zero, a heat strip, or a grid of codebook entries.

`CodeBars` shows it at a glance, as small as it is; `code_view` large, with a scale and with words.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import theme

MOST_BARS = 64
"""Longer vectors are shown as a heat strip of so many columns."""
LEAST_RANGE = 3.0
"""The scale never shows less than this: three standard deviations of a normal prior."""
WIDEST, FEW = 8.0, 8
"""Of a bar at a glance, with the gap to the next; fewer bars than FEW are wider."""

Array = NDArray[Any]


def reach_of(values: Array) -> float:
    """The value at the end of the scale: a whole number that no entry exceeds."""
    largest = float(np.max(np.abs(np.nan_to_num(values))))
    return max(LEAST_RANGE, math.ceil(largest))


def paint_bars(
    painter: QPainter, ground: QRectF, values: Array, tokens: theme.Tokens, hover: int = -1
) -> None:
    """At most MOST_BARS values as bars around the middle of `ground`."""
    reach = reach_of(values)
    middle, half = ground.center().y(), ground.height() / 2
    width = ground.width() / len(values)
    gap = 1.0 if width < 8 else 2.0
    for index, value in enumerate(np.nan_to_num(values).tolist()):
        tall = max(abs(value) / reach * half, 1.0)
        bar = QRectF(ground.left() + index * width, middle, width - gap, tall)
        if value > 0:
            bar.moveBottom(middle)
        painter.fillRect(bar, QColor(tokens.text if index == hover else tokens.accent))
    painter.setPen(QPen(QColor(tokens.line), 1))
    painter.drawLine(QLineF(ground.left(), middle, ground.right(), middle))


def strip_shape(count: int) -> tuple[int, int]:
    """Rows and columns of the cells that a long vector is shown in."""
    rows = math.ceil(count / MOST_BARS)
    return rows, math.ceil(count / rows)


def paint_strip(
    painter: QPainter, ground: QRectF, values: Array, tokens: theme.Tokens, hover: int = -1
) -> None:
    """A long vector as cells whose colour says sign and size."""
    rows, columns = strip_shape(len(values))
    # One picture with a pixel per cell: a thousand rectangles would take six milliseconds.
    painter.drawImage(ground, _strip_picture(values, rows, columns, tokens))
    if 0 <= hover < len(values):
        row, column = divmod(hover, columns)
        wide, tall = ground.width() / columns, ground.height() / rows
        left, top = ground.left() + column * wide, ground.top() + row * tall
        painter.fillRect(QRectF(left, top, wide, tall), QColor(tokens.text))


def _strip_picture(values: Array, rows: int, columns: int, tokens: theme.Tokens) -> QImage:
    shares = np.clip(np.nan_to_num(values) / reach_of(values), -1, 1)
    colours = (tokens.accent, tokens.players[3], tokens.raised)
    more, less, none = (np.array(QColor(colour).getRgb()) for colour in colours)
    full = np.where(shares[:, None] > 0, more, less)
    strength = np.abs(shares)[:, None]
    cells = np.zeros((rows * columns, 4), np.uint8)  # what is over is transparent
    cells[: len(values)] = np.rint(strength * full + (1 - strength) * none)
    form = QImage.Format.Format_RGBA8888
    return QImage(cells.data, columns, rows, 4 * columns, form).copy()


def paint_codes(
    painter: QPainter, ground: QRectF, codes: Array, tokens: theme.Tokens, hover: int = -1
) -> None:
    """A grid (h, w) of codebook entries, each with a colour of its own."""
    columns = codes.shape[1]
    cell = ground.width() / columns
    gap = 1 if cell > 4 else 0
    for index, code in enumerate(codes.ravel().tolist()):
        row, column = divmod(index, columns)
        # Steps of the golden ratio: neighbouring entries get colours far apart.
        colour = QColor.fromHsvF(code * 0.618034 % 1.0, 0.5, 0.85 if tokens.dark else 0.7)
        left, top = ground.left() + column * cell, ground.top() + row * cell
        square = QRectF(left, top, cell - gap, cell - gap)
        painter.fillRect(square, QColor(tokens.text) if index == hover else colour)


class CodeBars(QWidget):
    """A code at a glance, as wide as it needs to be and never wider than its room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeBars")
        self.setAccessibleName("Latent code")
        self._vector: Array | None = None
        self._codes: Array | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_code(self, vector: Array | None, codes: Array | None) -> None:
        """A vector (D,), a grid (h, w) of codebook entries, or neither."""
        self._vector = None if vector is None else np.ravel(vector).astype(float)
        self._codes = codes
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.tokens(self)
        whole = QRectF(self.rect())
        if self._codes is not None and self._codes.size:
            rows, columns = self._codes.shape
            cell = max(math.floor(min(whole.width() / columns, whole.height() / rows)), 1)
            paint_codes(painter, QRectF(0, 0, cell * columns, cell * rows), self._codes, tokens)
        elif self._vector is None or not self._vector.size:
            painter.setPen(QPen(QColor(tokens.line), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(0, self.height() // 2, self.width(), self.height() // 2))
        elif self._vector.size <= MOST_BARS:
            whole.setWidth(min(whole.width(), WIDEST * max(self._vector.size, FEW)))
            paint_bars(painter, whole, self._vector, tokens)
        else:
            rows, columns = strip_shape(self._vector.size)
            cell = min(whole.width() / columns, whole.height() / rows, theme.S)
            ground = QRectF(0, 0, cell * columns, cell * rows)
            ground.moveTop((whole.height() - ground.height()) / 2)
            paint_strip(painter, ground, self._vector, tokens)
