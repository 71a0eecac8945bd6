"""A latent code made visible: bars around zero, a heat strip, or a grid of codebook entries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.code_bars import (
    MOST_BARS,
    paint_bars,
    paint_codes,
    paint_strip,
    reach_of,
    strip_shape,
)

Array = NDArray[Any]


class CodeView(QWidget):
    """Shows one code; the sentence above it says what it is, and what is under the cursor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeView")
        self.setAccessibleName("Latent code")
        self._chart = _Chart(self)
        self._note = QLabel(self)
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)
        self._text = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.XS)
        layout.addWidget(self._note)
        layout.addWidget(self._chart, 1)

    def set_vector(self, values: Array | None) -> None:
        """Shows a vector of any length, or nothing."""
        self._chart.show_values(None if values is None else np.ravel(values).astype(float))
        self._show_note("")

    def set_codes(self, codes: Array | None, size: int) -> None:
        """Shows a grid (h, w) of indices into a codebook of `size` entries, or nothing."""
        self._chart.show_codes(codes, size)
        self._show_note("")

    def set_note(self, text: str) -> None:
        """The sentence that says how the code was found."""
        self._text = text
        self._show_note("")

    def describe(self, index: int) -> str:
        """Index and value of one entry, in reading order; empty outside the code."""
        return self._chart.describe(index)

    def _show_note(self, hovered: str) -> None:
        self._note.setText(hovered or self._text)


class _Chart(QWidget):
    """Paints the code and finds the entry under the cursor."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view
        self._values: Array | None = None
        self._codes: Array | None = None
        self._size = 0
        self._hover = -1
        self.setMouseTracking(True)
        self.setMinimumHeight(60)
        self.setMaximumHeight(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_values(self, values: Array | None) -> None:
        self._values, self._codes = values, None
        self.update()

    def show_codes(self, codes: Array | None, size: int) -> None:
        self._values, self._codes, self._size = None, codes, size
        self.update()

    def describe(self, index: int) -> str:
        if self._codes is not None and 0 <= index < self._codes.size:
            row, column = divmod(index, self._codes.shape[1])
            code = int(self._codes.flat[index])
            return f"Row {row}, column {column}: entry {code} of {self._size:,}"
        if self._values is not None and 0 <= index < self._values.size:
            return f"Value {index} of {self._values.size:,}: {self._values[index]:+.3f}"
        return ""

    def sizeHint(self) -> QSize:
        return QSize(240, 88)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._index_at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(-1)

    def _point_at(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self._view._show_note(self.describe(index))
            self.update()

    def _grid(self) -> tuple[int, int, QRectF]:
        """Rows, columns and ground of the cells that entries are painted in."""
        whole = QRectF(self.rect())
        if self._codes is not None:
            rows, columns = self._codes.shape
            cell = max(math.floor(min(whole.width() / columns, whole.height() / rows)), 1)
            return rows, columns, QRectF(0, 0, cell * columns, cell * rows)
        count = 0 if self._values is None else self._values.size
        ground = whole.adjusted(24, 1, -1, -1)
        if count <= MOST_BARS:
            wide = min(ground.width(), 40.0 * max(count, 1))
            return 1, max(count, 1), QRectF(ground.left(), ground.top(), wide, ground.height())
        rows, columns = strip_shape(count)
        return rows, columns, QRectF(0, 0, whole.width(), min(whole.height(), 24.0 * rows))

    def _index_at(self, x: float, y: float) -> int:
        rows, columns, ground = self._grid()
        if not ground.contains(x, y):
            return -1
        row = int((y - ground.top()) / ground.height() * rows)
        column = int((x - ground.left()) / ground.width() * columns)
        return row * columns + column

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._codes is not None:
            tokens = theme.tokens(self)
            paint_codes(painter, self._grid()[2], self._codes, tokens, self._hover)
        elif self._values is None or self._values.size == 0:
            if self.isEnabled():
                self._paint_nothing(painter)
        elif self._values.size <= MOST_BARS:
            self._paint_bars(painter, self._values)
        else:
            tokens = theme.tokens(self)
            paint_strip(painter, self._grid()[2], self._values, tokens, self._hover)

    def _paint_nothing(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(theme.tokens(self).line), 1, Qt.PenStyle.DotLine))
        middle = self.height() // 2
        painter.drawLine(0, middle, self.width(), middle)

    def _paint_bars(self, painter: QPainter, values: Array) -> None:
        tokens = theme.tokens(self)
        reach = reach_of(values)
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        painter.setPen(QColor(tokens.quiet))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        ground = self._grid()[2]
        for y, text in (
            (7.0, f"+{reach:g}"),
            (ground.center().y(), "0"),
            (self.height() - 7.0, f"−{reach:g}"),
        ):
            painter.drawText(QRectF(0, y - 7, 20, 14), right, text)
        paint_bars(painter, ground, values, tokens, self._hover)
