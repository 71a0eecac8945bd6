"""Which modes of the data the model still makes: bars per class, or cells that are counted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from studio.state.microscope import Bar, Census

LEAST_HEIGHT = 72
WIDEST = 56
"""Of a bar, in pixels."""
CROWDED = 14
"""More bars than this have no figures above them."""
ROOMY = 34
"""Distance of bars in pixels from which on their figures have a unit."""
GAP = 0.28
"""Between two bars, as a share of their distance."""
LOWEST_TOP = 0.15
"""The scale never ends below this share: ten fair bars fill two thirds of the height."""
LARGEST_CELL = 22


class ClassesView(QWidget):
    """A line that sums it up above the bars or cells."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classesView")
        self.setAccessibleName("Classes of the samples")
        self._summary = QLabel()
        self._summary.setObjectName("classesSummary")
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._summary.setFont(theme.tabular(theme.sized(self.font(), theme.BODY)))
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._chart = _Chart()
        self._chart.setObjectName("classesChart")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        column.addWidget(self._summary)
        column.addWidget(self._chart, 1)
        self.set_census(None)

    def set_census(self, census: Census | None) -> None:
        """Shows a count of the modes; None before the first."""
        self._summary.setVisible(census is not None)
        self._summary.setText("" if census is None else census.summary)
        self._summary.setToolTip("" if census is None else census.summary)
        bars = () if census is None else census.bars
        self.setAccessibleDescription("\n".join([self._summary.text(), *(b.words for b in bars)]))
        self._chart.set_census(census)

    def set_empty_text(self, text: str) -> None:
        """What stands here before the first count."""
        self._chart.set_empty_text(text)

    def words_at(self, point: QPointF) -> str:
        """What can be read at a place of the chart."""
        return self._chart.words_at(point)


class _Chart(QWidget):
    """Paints bars or cells, and reads the pointer."""

    def __init__(self) -> None:
        super().__init__()
        self._census: Census | None = None
        self._empty = "Shares of the digits appear here with the microscope's first reading."
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(LEAST_HEIGHT)

    def set_census(self, census: Census | None) -> None:
        if census != self._census:
            self._census = census
            self.update()

    def set_empty_text(self, text: str) -> None:
        self._empty = text
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, LEAST_HEIGHT)

    # -- what is where --------------------------------------------------------------------------

    def _pitch(self, count: int) -> float:
        return min(self.width() / max(count, 1), WIDEST / (1 - GAP))

    def words_at(self, point: QPointF) -> str:
        census = self._census
        if census is None:
            return ""
        if census.bars:
            index = int(point.x() // self._pitch(len(census.bars)))
            return census.bars[index].words if 0 <= index < len(census.bars) else ""
        return f"{census.alive:,} of {census.total:,} are still made: how many, not which."

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words_at(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), words, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    # -- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, census = theme.tokens(self), self._census
        painter = QPainter(self)
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        if census is None:
            painter.setPen(QColor(tokens.quiet))
            wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter
            painter.drawText(self.rect().adjusted(theme.L, 0, -theme.L, 0), int(wrap), self._empty)
        elif census.bars:
            self._paint_bars(painter, tokens, census.bars)
        elif census.total:
            self._paint_cells(painter, tokens, census)
        painter.end()

    def _paint_bars(self, painter: QPainter, tokens: theme.Tokens, bars: tuple[Bar, ...]) -> None:
        pitch, metrics = self._pitch(len(bars)), painter.fontMetrics()
        line = metrics.lineSpacing()
        crowded = len(bars) > CROWDED
        labelled = any(bar.label for bar in bars)
        foot = self.height() - (line + 2 if labelled else 1)
        head = 0 if crowded else line
        top = max([LOWEST_TOP, *(bar.share for bar in bars)])
        tall = max(foot - head, 1) / top
        centre = Qt.AlignmentFlag.AlignCenter
        for index, bar in enumerate(bars):
            left, wide = index * pitch + pitch * GAP / 2, pitch * (1 - GAP)
            column = QRectF(index * pitch, 0, pitch, self.height())
            high = bar.share * tall
            painter.fillRect(QRectF(left, foot - high, wide, high), _colour(tokens, bar))
            painter.fillRect(QRectF(left, foot, wide, 1), QColor(tokens.line))
            if bar.expected is not None:
                self._paint_expected(painter, tokens, left, wide, foot - bar.expected * tall)
            if not crowded:
                painter.setPen(QColor(tokens.text if bar.alive else tokens.quiet))
                spot = QRectF(column.left(), foot - high - line, pitch, line)
                if bar.expected is not None and 0 <= bar.expected - bar.share < line / tall:
                    # The figure stands above the thin line, never on it.
                    spot.moveBottom(foot - bar.expected * tall - 1)
                painter.drawText(spot, centre, _percent(bar.share, unit=pitch >= ROOMY))
            if bar.label:
                painter.setPen(QColor(tokens.text if bar.alive else tokens.quiet))
                font = theme.sized(self.font(), theme.SMALL, bold=bar.alive)
                # Who is gone is crossed out: the colour alone would not tell.
                font.setStrikeOut(not bar.alive and bar.digit is not None)
                painter.setFont(font)
                place = QRectF(column.left(), foot + 2, pitch, line)
                painter.drawText(place, centre, bar.label)
                painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))

    def _paint_expected(
        self, painter: QPainter, tokens: theme.Tokens, left: float, wide: float, y: float
    ) -> None:
        """The data's own share: a thin line a little wider than its bar."""
        y = round(y) + 0.5
        painter.setPen(QPen(QColor(tokens.text), 1))
        painter.drawLine(QPointF(left - 4, y), QPointF(left + wide + 4, y))

    def _paint_cells(self, painter: QPainter, tokens: theme.Tokens, census: Census) -> None:
        columns, cell = _cells(self.width(), self.height(), census.total)
        gap = 1 if cell < theme.S else theme.XS // 2
        painter.setPen(Qt.PenStyle.NoPen)
        made, gone = QColor(tokens.generator), QColor(tokens.line)
        for index in range(census.total):
            row, column = divmod(index, columns)
            square = QRectF(column * cell, row * cell, cell - gap, cell - gap)
            painter.fillRect(square, made if index < census.alive else gone)


def _cells(width: int, height: int, total: int) -> tuple[int, int]:
    """Columns, and the side of a cell, so that `total` squares fill a rectangle best."""
    side = min(LARGEST_CELL, math.floor(math.sqrt(width * max(height, 1) / total)))
    while side > 2 and (width // side) * (height // side) < total:
        side -= 1
    side = max(side, 2)
    return max(width // side, 1), side


def _colour(tokens: theme.Tokens, bar: Bar) -> QColor:
    if bar.digit is not None:
        return QColor(theme.CLASS_COLOURS[bar.digit])
    return QColor(theme.blend(tokens.quiet, tokens.surface, 0.7) if bar.label else tokens.generator)


def _percent(share: float, *, unit: bool) -> str:
    """Short enough to stand above a bar."""
    percent = 100 * share
    number = "<1" if 0 < percent < 0.95 else f"{percent:.0f}"
    return f"{number} %" if unit else number
