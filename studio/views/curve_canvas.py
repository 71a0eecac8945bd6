"""The drawing under a loss: raw values, their average, terms, equilibrium, marks, reading line.

Drawing rules, measured at 100,000 points: raw values as a thin line without antialiasing, thinned
out to the pixels once per redraw; the average as a thick antialiased line of at most 1,200 points.
A thick antialiased line through raw noise would take ten seconds a frame.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal

from studio.instruments.curves import decimate, smooth
from studio.views import theme
from studio.views.plot_axes import StepAxis, ValueAxis
from studio.views.term_chips import dashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

Span = tuple[float, float]

SMOOTH_POINTS = 1_200
CALM_WEIGHT = 0.9
"""Below this weight the average is still so ragged that it is drawn thin and without AA."""
RANGE_SAMPLE = 20_000
"""From so many of the raw values the value range is estimated."""
TERM_RANGE = (0.1, 0.9)
"""Between these quantiles a term has to be seen whole."""
MARK_REACH = 5
"""Pixels from a mark within which the pointer reads it."""
AXIS_WIDTH = 56


class CurveCanvas(pg.PlotWidget):  # type: ignore[misc]
    """Draws what it is told, and says where the user looks and points.

    The wheel and dragging move along the rounds; a double click shows all of them again.
    """

    viewed = Signal(object)
    """A span of steps, (first, last), or None for all of them."""
    pointed_at = Signal(object)
    """The step below the pointer, or None when it leaves."""
    resized = Signal()

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        # The base class changes its palette while it is built, before there is anything to dress.
        self._built = False
        self._bottom, self._left = StepAxis(), ValueAxis(AXIS_WIDTH)
        super().__init__(parent=parent, axisItems={"bottom": self._bottom, "left": self._left})
        self._role = role
        self._calm = True
        self._extent: Span = (0.0, 100.0)
        self._span: Span | None = None
        self._marks: list[tuple[int, str]] = []
        self._mark_lines: list[Any] = []
        self._terms: dict[str, Any] = {}
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(80)
        self.getPlotItem().setContentsMargins(0, theme.XS, theme.XS, 0)
        view = self.getViewBox()
        view.setMouseEnabled(x=True, y=False)
        view.disableAutoRange()
        view.setDefaultPadding(0)
        self._raw = pg.PlotCurveItem(connect="finite", antialias=False)
        self._average = pg.PlotCurveItem(connect="finite")
        self._average.setZValue(5)
        self._balance = pg.InfiniteLine(0, angle=0)
        self._balance.setZValue(4)
        self._reading, self._cursor = (pg.InfiniteLine(0, angle=90) for _ in range(2))
        for line, height in ((self._reading, 6), (self._cursor, 7)):
            line.setZValue(height)
            line.hide()
        for item in (self._raw, self._average, self._balance, self._reading, self._cursor):
            self.addItem(item, ignoreBounds=True)
        view.sigRangeChangedManually.connect(self._on_view_moved)
        self.scene().sigMouseMoved.connect(self._on_pointer_moved)
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self.viewport().installEventFilter(self)
        self._built = True
        self.dress()

    def draw(
        self,
        steps: np.ndarray,
        main: np.ndarray,
        terms: Mapping[str, np.ndarray],
        *,
        weight: float,
        logarithmic: bool,
        equilibrium: float | None,
    ) -> None:
        """Draws the curves inside the span that is looked at.

        Arguments:
            steps: (n,) increasing.
            main: (n,) the bold curve.
            terms: The thin ones that are switched on, (n,) each.
            weight: Of the moving average, in [0, 1).
            logarithmic: Plots log10; what is not positive becomes a gap.
            equilibrium: Where the dashed line lies, or None.
        """
        self.getPlotItem().setVisible(len(steps) > 0)
        self._left.set_logarithmic(logarithmic)
        if len(steps):
            self._extent = float(steps[0]), float(max(steps[-1], steps[0] + 10))
        first, last = self._span or self._extent
        self.setXRange(first, last, padding=0)
        # One value beyond each edge, so that the line leaves the picture instead of ending in it.
        cut = slice(
            max(int(np.searchsorted(steps, first)) - 1, 0),
            int(np.searchsorted(steps, last, side="right")) + 1,
        )
        scaled = _log10 if logarithmic else _same
        raw = scaled(main[cut])
        averages = {"": scaled(smooth(main, weight)[cut])}
        for name in self._terms:
            if name in terms:
                values = smooth(terms[name], max(weight, CALM_WEIGHT))
                averages[name] = scaled(values[cut])
        pixels = max(self.viewport().width() - AXIS_WIDTH, 100)
        self._raw.setData(*decimate(steps[cut], raw, pixels))
        self._raw.setVisible(weight > 0)
        self._calm = weight >= CALM_WEIGHT or len(raw) < 200
        self._average.setData(
            *decimate(steps[cut], averages[""], SMOOTH_POINTS // 2), antialias=self._calm
        )
        self._dress_average()
        for name, item in self._terms.items():
            item.setVisible(name in averages)
            if name in averages:
                item.setData(*decimate(steps[cut], averages[name], SMOOTH_POINTS // 4))
        balance = None if equilibrium is None else float(scaled(np.array([equilibrium]))[0])
        self._fit(raw, list(averages.values()), balance)

    def set_terms(self, names: Sequence[str]) -> None:
        """Which terms there are; their dashes follow this order."""
        for item in self._terms.values():
            self.removeItem(item)
        self._terms = {}
        for name in names:
            self._terms[name] = pg.PlotCurveItem(connect="finite", antialias=False)
            self.addItem(self._terms[name], ignoreBounds=True)
        self._dress_lines()

    def set_marks(self, marks: Sequence[tuple[int, str]]) -> None:
        """Thin vertical lines: (step, what happened there)."""
        if list(marks) == self._marks:
            return
        for line in self._mark_lines:
            self.removeItem(line)
        self._marks, self._mark_lines = list(marks), []
        for step, _ in self._marks:
            line = pg.InfiniteLine(step, angle=90)
            line.setZValue(-5)
            self.addItem(line, ignoreBounds=True)
            self._mark_lines.append(line)
        self._dress_lines()

    def look_at(self, span: Span | None) -> None:
        """Which steps the next drawing shows; None for all of them."""
        self._span = span

    def span(self) -> Span:
        """The steps that are shown."""
        first, last = self.getViewBox().viewRange()[0]
        return float(first), float(last)

    def value_range(self) -> Span:
        """The values that are shown, as powers of ten where the scale is logarithmic."""
        low, high = self.getViewBox().viewRange()[1]
        return float(low), float(high)

    def set_reading(self, step: float | None) -> None:
        """Puts the reading line at a step, or takes it away."""
        _place(self._reading, step)

    def set_cursor(self, step: float | None) -> None:
        """Puts the timeline's cursor at a step, or takes it away."""
        _place(self._cursor, step)

    def set_role(self, role: str) -> None:
        """Takes the colour of another role."""
        self._role = role
        self.dress()

    def dress(self) -> None:
        """Takes the colours of the theme."""
        tokens = theme.tokens(self)
        colour = theme.role_colour(tokens, self._role)
        self.setBackground(tokens.surface)
        self._raw.setPen(pg.mkPen(theme.blend(colour, tokens.surface, 0.38), width=1))
        for axis in (self._bottom, self._left):
            axis.dress(tokens, theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._balance.setPen(pg.mkPen(tokens.quiet, width=1, style=Qt.PenStyle.DashLine))
        self._reading.setPen(pg.mkPen(tokens.quiet, width=1))
        self._cursor.setPen(pg.mkPen(tokens.accent, width=1))
        self._dress_average()
        self._dress_lines()

    def _dress_average(self) -> None:
        colour = theme.role_colour(theme.tokens(self), self._role)
        self._average.setPen(pg.mkPen(colour, width=1.8 if self._calm else 1))

    def _dress_lines(self) -> None:
        tokens = theme.tokens(self)
        front = theme.blend(tokens.text, tokens.surface, 0.55)
        for number, item in enumerate(self._terms.values()):
            item.setPen(dashed(pg.mkPen(front), number))
        for line in self._mark_lines:
            line.setPen(pg.mkPen(theme.blend(tokens.accent, tokens.surface, 0.4), width=1))

    def _fit(self, raw: np.ndarray, lines: list[np.ndarray], balance: float | None) -> None:
        """Chooses the value range: all of the bold line, which comes first, the raw values but for
        their outliers, and the terms as they are most of the time and at the end.

        A penalty that has just been turned on would make a flat line of everything else.
        """
        known_lines = [v for v in (line[np.isfinite(line)] for line in lines[1:]) if len(v)]
        spans = [np.append(np.quantile(v, TERM_RANGE), v[-1]) for v in known_lines]
        bold = lines[0][np.isfinite(lines[0])]
        if len(bold):
            spans.append(bold)
        known = raw[:: max(1, len(raw) // RANGE_SAMPLE)]
        known = known[np.isfinite(known)]
        if len(known):
            spans.append(np.quantile(known, [0.005, 0.995]))
        low = min((float(v.min()) for v in spans), default=0.0)
        high = max((float(v.max()) for v in spans), default=1.0)
        shown = balance is not None and math.isfinite(balance)
        if balance is not None and shown and low - (high - low) < balance < high + (high - low):
            low, high = min(low, balance), max(high, balance)
        room = 0.06 * (high - low) or max(abs(high) * 0.1, 1e-6)
        self.setYRange(low - room, high + room, padding=0)
        self._balance.setVisible(shown)
        if balance is not None and shown:
            self._balance.setValue(balance)

    def _on_view_moved(self) -> None:
        first, last = self.span()
        all_of_it = last - first >= self._extent[1] - self._extent[0]
        self.viewed.emit(None if all_of_it else (first, last))

    def _on_clicked(self, event: Any) -> None:
        if event.double():
            self.viewed.emit(None)

    def _on_pointer_moved(self, where: QPointF) -> None:
        view = self.getViewBox()
        if not self.getPlotItem().isVisible() or not view.sceneBoundingRect().contains(where):
            self.pointed_at.emit(None)
            return
        step = float(view.mapSceneToView(where).x())
        reach = MARK_REACH * abs(float(view.viewPixelSize()[0]))
        self.setToolTip("\n".join(text for at, text in self._marks if abs(at - step) <= reach))
        self.pointed_at.emit(step)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self._built:
            self.dress()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.pointed_at.emit(None)
        elif event.type() == QEvent.Type.Resize:
            self.resized.emit()
        return bool(super().eventFilter(watched, event))


def _place(line: Any, step: float | None) -> None:
    line.setVisible(step is not None)
    if step is not None:
        line.setValue(step)


def _same(values: np.ndarray) -> np.ndarray:
    return values


def _log10(values: np.ndarray) -> np.ndarray:
    """log10, with gaps where there is none."""
    result = np.full(values.shape, np.nan)
    positive = np.isfinite(values) & (values > 0)
    result[positive] = np.log10(values[positive])
    return result
