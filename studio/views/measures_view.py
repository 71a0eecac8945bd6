"""Every measurement over the run: its value, a thin curve, and what real data would have."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from studio.state.microscope import GaugeRow

CELL_WIDTH = 176
CELL_HEIGHT = 35
TALLEST = 64
"""Of a cell, where there is room for all."""
CURVE = 1
"""Qt draws a smooth line of width 1 many times faster than a thicker one."""
ENDS = 33
"""A curve fills its room without this part of its values at either end; they are cut."""
MARGIN = 2.0
LINE = 64
"""Characters in a line of a tooltip."""


class MeasuresView(QWidget):
    """A cell per gauge, in as many columns as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("measuresView")
        self.setAccessibleName("Measures of the samples")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._cells: dict[str, GaugeCell] = {}
        self._empty = (
            "Each measure appears here with the microscope's first reading, with the line of what "
            "real data have at the same sample size."
        )
        self._set_least()

    def set_gauges(self, rows: Sequence[GaugeRow], last: int) -> None:
        """Shows these gauges in this order.

        Arguments:
            last: The newest step of the run, at the right end of every curve.
        """
        if [row.name for row in rows] != list(self._cells):
            for cell in self._cells.values():
                cell.hide()
                cell.deleteLater()
            self._cells = {row.name: GaugeCell(row.name, self) for row in rows}
            for cell in self._cells.values():
                cell.show()
            self._set_least()
            self._arrange()
        for row in rows:
            self._cells[row.name].set_row(row, last)
        self.setAccessibleDescription("; ".join(f"{row.title} {row.text}" for row in rows))
        self.update()

    def set_cursor(self, step: int | None) -> None:
        """The step that is looked at; None for the newest."""
        for cell in self._cells.values():
            cell.set_cursor(step)

    def names(self) -> list[str]:
        """Which gauges are shown, in order."""
        return list(self._cells)

    def sizeHint(self) -> QSize:
        return QSize(300, CELL_HEIGHT)

    def _columns(self) -> int:
        return max(1, (self.width() + theme.L) // (CELL_WIDTH + theme.L))

    def _set_least(self) -> None:
        rows = -(-len(self._cells) // self._columns())
        self.setMinimumHeight(max(rows * (CELL_HEIGHT + theme.XS) - theme.XS, CELL_HEIGHT))

    def _arrange(self) -> None:
        columns = self._columns()
        rows = max(1, -(-len(self._cells) // columns))
        wide = (self.width() + theme.L) / columns - theme.L
        high = min(max((self.height() + theme.XS) // rows - theme.XS, CELL_HEIGHT), TALLEST)
        for index, cell in enumerate(self._cells.values()):
            row, column = divmod(index, columns)
            left = round(column * (wide + theme.L))
            cell.setGeometry(left, row * (high + theme.XS), int(wide), high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_least()
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._cells:
            painter = QPainter(self)
            painter.setPen(QColor(theme.tokens(self).quiet))
            painter.setFont(theme.sized(self.font(), theme.SMALL))
            wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter
            painter.drawText(self.rect().adjusted(theme.L, 0, -theme.L, 0), int(wrap), self._empty)
            painter.end()


class GaugeCell(QWidget):
    """Title, value and the curve of one gauge."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"gauge_{name}")
        self._row: GaugeRow | None = None
        self._last = 0
        self._cursor: int | None = None
        self._curve: list[QPolygonF] = []
        self._range = (0.0, 1.0)
        self._drawn: tuple[object, ...] = ()
        self._measure_fonts()

    def _measure_fonts(self) -> None:
        small = theme.tabular(theme.sized(self.font(), theme.SMALL))
        large = theme.tabular(theme.sized(self.font(), theme.BODY, bold=True))
        self._fonts = (small, large)
        self._metrics = (QFontMetrics(small), QFontMetrics(large))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._measure_fonts()
        super().changeEvent(event)

    def set_row(self, row: GaugeRow, last: int) -> None:
        """Shows a gauge; the same series again costs next to nothing."""
        if row.words != (self._row.words if self._row is not None else ""):
            # Qt wraps no plain text.
            lines = (textwrap.fill(line, LINE) for line in row.words.splitlines())
            self.setToolTip("\n".join(lines))
        self._row, self._last = row, last
        self.setAccessibleName(f"{row.title}: {row.text}")
        self.update()

    def set_cursor(self, step: int | None) -> None:
        """The step that is looked at; None for the newest."""
        if step != self._cursor:
            self._cursor = step
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        row = self._row
        if row is None:
            return
        tokens = theme.tokens(self)
        painter = QPainter(self)
        head = self._paint_head(painter, tokens, row)
        room = QRectF(0, head + 2, self.width(), self.height() - head - 4)
        self._thin(row, room)
        painter.setClipRect(room.adjusted(0, -1, 0, 1))
        self._paint_ceiling(painter, tokens, row, room)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.blend(tokens.text, tokens.surface, 0.8)), CURVE))
        for line in self._curve:
            painter.drawPolyline(line)
        painter.setClipping(False)
        self._paint_cursor(painter, tokens, row, room)
        painter.end()

    def _paint_head(self, painter: QPainter, tokens: theme.Tokens, row: GaugeRow) -> float:
        """Title at the left, value at the right; in between the ceiling, where there is room."""
        small, large = self._fonts
        metrics, measured = self._metrics
        high = measured.height()
        line = QRectF(0, 0, self.width(), high)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(large)
        painter.setPen(QColor(tokens.text))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, row.text)
        free = self.width() - measured.horizontalAdvance(row.text) - theme.S
        painter.setFont(small)
        painter.setPen(QColor(tokens.quiet))
        real = f"real {row.ceiling_text}" if row.ceiling_text else ""
        needed = metrics.horizontalAdvance(row.title) + theme.M + metrics.horizontalAdvance(real)
        if real and needed <= free:
            painter.drawText(QRectF(0, 0, free, high), middle | Qt.AlignmentFlag.AlignRight, real)
            free -= metrics.horizontalAdvance(real) + theme.S
        title = metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, int(free))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, title)
        return float(high)

    def _thin(self, row: GaugeRow, room: QRectF) -> None:
        """Brings the series onto the screen, once for each series, ceiling and size."""
        drawn = (row.steps, row.values, row.ceiling, self._last, room.width(), room.height())
        if len(drawn) == len(self._drawn) and all(
            a is b or (not isinstance(a, np.ndarray) and a == b)
            for a, b in zip(drawn, self._drawn, strict=True)
        ):
            return
        self._drawn = drawn
        known = np.isfinite(row.values)
        self._curve = []
        if not known.any():
            return
        inside = row.values[known]
        ordered = np.sort(inside)
        cut = len(ordered) // ENDS
        band = [ordered[cut], ordered[len(ordered) - 1 - cut], inside[-1]]
        if row.ceiling is not None:
            noise = row.noise or 0.0
            band += [row.ceiling - noise, row.ceiling + noise]
        low, high = float(min(band)), float(max(band))
        if high - low < 1e-9:
            low, high = low - 0.5, high + 0.5
        self._range = (low, high)
        xs, ys = self._x(row.steps, room), self._y(row.values, room)
        ends = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0))
        for begin, end in ends.reshape(-1, 2):
            pairs = zip(xs[begin:end].tolist(), ys[begin:end].tolist(), strict=True)
            self._curve.append(QPolygonF([QPointF(x, y) for x, y in pairs]))

    def _x(self, steps: np.ndarray, room: QRectF) -> np.ndarray:
        return MARGIN + (room.width() - 2 * MARGIN) * np.asarray(steps) / max(self._last, 1)

    def _y(self, values: np.ndarray, room: QRectF) -> np.ndarray:
        low, high = self._range
        share = (np.asarray(values, dtype=np.float64) - low) / (high - low)
        # A spike may leave the room, but not the range of what a painter can count.
        share = np.clip(share, -1.0, 2.0)
        return room.bottom() - MARGIN - share * (room.height() - 2 * MARGIN)

    def _paint_ceiling(
        self, painter: QPainter, tokens: theme.Tokens, row: GaugeRow, room: QRectF
    ) -> None:
        """What real data have: a line, in the band of what one reading may be off."""
        if row.ceiling is None:
            return
        if row.noise:
            edges = self._y(np.array([row.ceiling + row.noise, row.ceiling - row.noise]), room)
            wash = QColor(tokens.good)
            wash.setAlphaF(0.22)
            painter.fillRect(QRectF(0, edges[0], room.width(), max(edges[1] - edges[0], 2.0)), wash)
        y = round(float(self._y(np.array([row.ceiling]), room)[0])) + 0.5
        painter.setPen(QPen(QColor(tokens.good), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(0, y), QPointF(room.width(), y))

    def _paint_cursor(
        self, painter: QPainter, tokens: theme.Tokens, row: GaugeRow, room: QRectF
    ) -> None:
        known = np.flatnonzero(np.isfinite(row.values))
        if self._cursor is not None:
            x = float(self._x(np.array([self._cursor]), room)[0])
            painter.setPen(QPen(QColor(tokens.accent), 1))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        elif len(known):
            x = float(self._x(row.steps[known[-1:]], room)[0])
        else:
            return
        if row.value is not None and self._curve:
            y = float(self._y(np.array([row.value]), room)[0])
            y = min(max(y, room.top() + MARGIN), room.bottom() - MARGIN)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent if self._cursor is not None else tokens.text))
            painter.drawEllipse(QPointF(x, y), 2.5, 2.5)
