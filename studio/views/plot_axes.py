"""The two axes of a plot over training rounds: quiet figures, hairline grid, no frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtGui import QColor, QFont

from studio.instruments.curves import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.views.theme import Tokens


class _QuietAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis without a line, whose figures have the colour of secondary text."""

    def dress(self, tokens: Tokens, font: QFont) -> None:
        """Takes the colours of a theme and a font for its figures."""
        self.setPen(QColor(tokens.surface))
        self.setTickPen(QColor(tokens.line))
        self.setTextPen(QColor(tokens.quiet))
        self.setStyle(tickFont=font, tickLength=0, maxTickLevel=0)


class StepAxis(_QuietAxis):
    """Rounds, as whole numbers with thousands separators; the last one says what they are."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setHeight(22)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        texts = [f"{value:,.0f}" for value in values]
        if texts:
            texts[-1] += " rounds"
        return texts

    def tickValues(self, low: float, high: float, size: float) -> list[Any]:
        return [
            (spacing, values)
            for spacing, values in super().tickValues(low, high, size)
            if spacing >= 1
        ]


class ValueAxis(_QuietAxis):
    """Values of a loss. Of fixed width, so that plots above each other line up."""

    def __init__(self, width: int) -> None:
        super().__init__("left")
        self._logarithmic = False
        self.setWidth(width)
        self.setGrid(255)

    def set_logarithmic(self, on: bool) -> None:
        """Whether the plotted numbers are powers of ten."""
        if on != self._logarithmic:
            self._logarithmic = on
            self.picture = None
            self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[Any]:
        if not self._logarithmic:
            ticks: list[Any] = super().tickValues(low, high, size)
            return ticks
        decades = range(math.floor(low), math.ceil(high) + 1)
        rungs = (1, 2, 5) if high - low < 2.5 else (1,)
        places = [e + math.log10(m) for e in decades for m in rungs]
        inside = [place for place in places if low <= place <= high]
        # Less than an octave shows no round number: two figures tell where it lies.
        return [(1.0, inside if len(inside) > 1 else [low, high])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self._logarithmic:
            return [f"{10**value:.3g}" for value in values]
        if spacing < 1e-3 or any(abs(value) >= 1e5 for value in values):
            return [figure(value) if value else "0" for value in values]
        decimals = next((d for d in range(4) if spacing * 10**d >= 0.999), 3)
        return [f"{value:,.{decimals}f}".replace("-", "−") for value in values]
