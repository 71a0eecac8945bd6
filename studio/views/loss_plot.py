"""The loss of one player: its name, its value now, the curve, and what the curve says in words.

Drawing rules, measured at 100,000 points: raw values as a thin line without antialiasing, thinned
out to the pixels once per redraw; the average as a thick antialiased line of at most 1,200 points.
A thick antialiased line through raw noise would take ten seconds a frame.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.instruments import curves as maths
from studio.views import theme
from studio.views.badge import RoleDot
from studio.views.plot_axes import StepAxis, ValueAxis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QHideEvent, QPaintEvent, QShowEvent

SMOOTH_POINTS = 1_200
QUICK = 0.008
"""A redraw that takes less, in seconds, is not worth a pause."""
CALM_WEIGHT = 0.9
"""Below this weight the average is still so ragged that it is drawn thin and without AA."""
RANGE_SAMPLE = 20_000
"""From so many of the raw values the value range is estimated."""
MARK_REACH = 5
"""Pixels from a mark within which the pointer reads it."""
_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
_AXIS_WIDTH = 56


class LossPlot(QWidget):
    """One plot; two of them share their time axis by `link_x`, never a value axis."""

    viewed = Signal(object)
    """The user looks at a span of steps, (first, last), or at all of them, None."""

    def __init__(self, role: str, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._role = role
        self._steps: np.ndarray = np.zeros(0)
        self._curves: dict[str, np.ndarray] = {}
        self._main = ""
        self._weight = 0.98
        self._log = False
        self._span: tuple[float, float] | None = None
        self._stale = False
        self._marks: list[tuple[int, str]] = []
        self._mark_lines: list[Any] = []
        self._hidden_terms: set[str] = set()
        self._equilibrium: float | None = None
        self._linked: list[LossPlot] = []
        self._terms: dict[str, Any] = {}
        self._chips: dict[str, _TermChip] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._on_pause_over)
        self._build_header()
        self._build_plot()
        self._sentence = QLabel()
        self._sentence.setObjectName(f"{object_name}Sentence")
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        # Two lines are kept free, so that the plot does not jump when the text gets longer.
        self._sentence.setMinimumHeight(2 * self._sentence.fontMetrics().lineSpacing() + 2)
        self._sentence.setContentsMargins(theme.L, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.L, theme.S, theme.L, theme.S)
        layout.setSpacing(theme.XS)
        layout.addLayout(self._header)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self._sentence)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(180)
        self.set_title("")
        self._dress()
        self._redraw()

    # What is shown

    def set_title(self, title: str) -> None:
        """The player's name, in its colour."""
        self._title.setText(title)
        self.setAccessibleName(f"Loss of {title}" if title else "Loss")

    def set_role(self, role: str) -> None:
        """Takes the colour of another role."""
        self._role = role
        self._dot.set_role(role)
        self._dress()

    def set_curves(self, steps: np.ndarray, curves: Mapping[str, np.ndarray], main: str) -> None:
        """Shows the history of a player.

        Arguments:
            steps: (n,) rounds, increasing.
            curves: Named values, (n,) each; values that are not finite are gaps.
            main: The bold one; the others are thin terms that the legend switches.
        """
        assert main in curves, f"no curve called {main!r}"
        self._steps = np.asarray(steps, dtype=np.float64)
        self._curves = {k: np.asarray(v, dtype=np.float64) for k, v in curves.items()}
        assert all(len(v) == len(self._steps) for v in self._curves.values())
        self._main = main
        self._show_now(self._curves[main])
        self._keep_terms([name for name in curves if name != main])
        self._refresh()

    def clear(self) -> None:
        """Forgets the curves, the marks and the sentence."""
        self._steps, self._curves, self._main, self._span = np.zeros(0), {}, "", None
        self._keep_terms([])
        self.set_marks([])
        self._sentence.clear()
        self._refresh()

    def set_sentence(self, sentence: str) -> None:
        """What the curve says, in words."""
        self._sentence.setText(sentence)
        self._sentence.setToolTip(sentence)

    def sentence(self) -> str:
        """The sentence that is shown."""
        return self._sentence.text()

    def set_equilibrium(self, value: float | None, label: str = "") -> None:
        """A dashed line where neither side has the upper hand, or None.

        Arguments:
            value: In the units of the main curve.
            label: Its name; the header says it, with the value.
        """
        self._equilibrium = value
        self._balance_note.setText("" if value is None else f"╌╌ {label} {value:.2g}")
        self._refresh()

    def set_smoothing(self, weight: float) -> None:
        """The weight of the moving average, in [0, 1]; about 1 / (1 - weight) rounds."""
        self._weight = min(max(weight, 0.0), 0.9995)
        self._refresh()

    def set_log(self, on: bool) -> None:
        """Logarithmic values, where the main curve allows it; it says so where it does not."""
        self._log = on
        self._refresh()

    def set_terms_shown(self, on: bool) -> None:
        """Shows or hides all terms next to the main curve."""
        self._hidden_terms = set() if on else set(self._chips)
        for name, chip in self._chips.items():
            chip.setChecked(name not in self._hidden_terms)
        self._refresh()

    def set_marks(self, marks: Sequence[tuple[int, str]]) -> None:
        """Interventions: (step, what was done), as thin vertical lines."""
        if list(marks) == self._marks:
            return
        self._marks = list(marks)
        for line in self._mark_lines:
            self.plot.removeItem(line)
        self._mark_lines = []
        for step, _ in self._marks:
            line = pg.InfiniteLine(step, angle=90)
            line.setZValue(-5)
            self.plot.addItem(line, ignoreBounds=True)
            self._mark_lines.append(line)
        self._dress_lines()

    def link_x(self, other: LossPlot) -> None:
        """Shares the time axis and the reading line with another plot."""
        for one, two in ((self, other), (other, self)):
            one._linked.append(two)
            one.viewed.connect(two._look_at)

    def readout(self) -> str:
        """What the header says of the value: now, or at the pointer."""
        return self._value.text()

    # Building

    def _build_header(self) -> None:
        self._dot = RoleDot(self._role)
        self._title = QLabel()
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._balance_note = QLabel()
        self._balance_note.setTextFormat(Qt.TextFormat.PlainText)
        self._note = QLabel()
        for note in (self._balance_note, self._note):
            note.setProperty("quiet", True)
            note.setFont(theme.sized(self.font(), theme.SMALL))
        self._value = QLabel("–")
        self._value.setObjectName(f"{self.objectName()}Value")
        self._value.setFont(theme.tabular(theme.sized(self.font(), theme.TITLE, bold=True)))
        self._header = QHBoxLayout()
        self._header.setSpacing(theme.S)
        self._header.addWidget(self._dot)
        self._header.addWidget(self._title)
        self._header.addSpacing(theme.XS)
        self._header.addWidget(self._balance_note)
        self._header.addWidget(self._note)
        self._header.addStretch(1)
        self._chip_row = QHBoxLayout()
        self._chip_row.setSpacing(theme.XS)
        self._header.addLayout(self._chip_row)
        self._header.addSpacing(theme.S)
        self._header.addWidget(self._value)

    def _build_plot(self) -> None:
        self._bottom, self._left = StepAxis(), ValueAxis(_AXIS_WIDTH)
        self.plot = pg.PlotWidget(
            parent=self, axisItems={"bottom": self._bottom, "left": self._left}
        )
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumHeight(80)
        self.plot.getPlotItem().setContentsMargins(0, theme.XS, theme.XS, 0)
        view = self.plot.getViewBox()
        view.setMouseEnabled(x=True, y=False)
        view.disableAutoRange()
        view.setDefaultPadding(0)
        view.sigRangeChangedManually.connect(self._on_view_moved)
        self._raw = pg.PlotCurveItem(connect="finite", antialias=False)
        self._average = pg.PlotCurveItem(connect="finite")
        self._average.setZValue(5)
        self._balance = pg.InfiniteLine(0, angle=0)
        self._balance.setZValue(4)
        self._cursor = pg.InfiniteLine(0, angle=90)
        self._cursor.setZValue(6)
        self._cursor.hide()
        self._empty = QLabel("The curve begins with the first round.", self.plot)
        self._empty.setProperty("quiet", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for item in (self._raw, self._average, self._balance, self._cursor):
            self.plot.addItem(item, ignoreBounds=True)
        scene = self.plot.scene()
        scene.sigMouseMoved.connect(self._on_pointer_moved)
        scene.sigMouseClicked.connect(self._on_clicked)
        self.plot.viewport().installEventFilter(self)

    def _keep_terms(self, names: list[str]) -> None:
        """Makes a curve and a switch for each term; nothing happens where they are the same."""
        if names == list(self._terms):
            return
        for item in self._terms.values():
            self.plot.removeItem(item)
        for chip in self._chips.values():
            self._chip_row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._terms, self._chips = {}, {}
        for number, name in enumerate(names):
            item = pg.PlotCurveItem(connect="finite", antialias=False)
            self.plot.addItem(item, ignoreBounds=True)
            self._terms[name] = item
            chip = _TermChip(name.replace("_", " "), _DASHES[number % len(_DASHES)])
            chip.setChecked(name not in self._hidden_terms)
            chip.clicked.connect(lambda on, name=name: self._on_chip_clicked(name, on))
            self._chips[name] = chip
            self._chip_row.addWidget(chip)
        self._dress_lines()

    # Drawing

    def _refresh(self) -> None:
        """Redraws if somebody can see it, else when it is shown.

        A long history takes long to go through; then there is a pause before the next time, so
        that the window never spends more than a fraction of its time on it.
        """
        self._stale = True
        if not self.isVisible() or self._pause.isActive():
            return
        began = time.perf_counter()
        self._redraw()
        took = time.perf_counter() - began
        if took > QUICK:
            self._pause.start(round(5_000 * took))

    def _on_pause_over(self) -> None:
        if self._stale:
            self._refresh()

    def _redraw(self) -> None:
        self._stale = False
        main = self._curves.get(self._main, np.zeros(0))
        self._empty.setVisible(len(main) == 0)
        self.plot.getPlotItem().setVisible(len(main) > 0)
        self._show_now(main)
        logarithmic = self._log and bool((main[np.isfinite(main)] > 0).all())
        refused = self._log and not logarithmic
        self._note.setText("linear: it goes below zero" if refused else "")
        self._left.set_logarithmic(logarithmic)
        first, last = self._shown_span()
        self.plot.setXRange(first, last, padding=0)
        # One value beyond each edge, so that the line leaves the picture instead of ending in it.
        cut = slice(
            max(int(np.searchsorted(self._steps, first)) - 1, 0),
            int(np.searchsorted(self._steps, last, side="right")) + 1,
        )
        steps = self._steps[cut]
        scaled = _log10 if logarithmic else _same
        pixels = max(self.plot.viewport().width() - _AXIS_WIDTH, 100)
        raw = maths.decimate(steps, scaled(main[cut]), pixels)
        average = maths.decimate(
            steps, scaled(maths.smooth(main, self._weight)[cut]), SMOOTH_POINTS // 2
        )
        calm = self._weight >= CALM_WEIGHT or len(steps) < 200
        self._raw.setData(*raw)
        self._raw.setVisible(self._weight > 0)
        self._average.setData(*average, antialias=calm)
        self._average.setPen(self._main_pen(calm))
        shown = [average[1]]
        for name, item in self._terms.items():
            visible = name not in self._hidden_terms
            item.setVisible(visible)
            if visible:
                values = maths.smooth(self._curves[name], max(self._weight, CALM_WEIGHT))
                thin = maths.decimate(steps, scaled(values[cut]), SMOOTH_POINTS // 4)
                item.setData(*thin)
                shown.append(thin[1])
        self._fit(scaled(main[cut]), shown, scaled)

    def _fit(self, raw: np.ndarray, lines: list[np.ndarray], scaled: Any) -> None:
        """Chooses the value range: all of the lines, and the raw values but for their outliers."""
        spans = [v[np.isfinite(v)] for v in lines]
        spans = [v for v in spans if len(v)]
        known = raw[:: max(1, len(raw) // RANGE_SAMPLE)]
        known = known[np.isfinite(known)]
        if len(known):
            spans.append(np.quantile(known, [0.005, 0.995]))
        low = min((float(v.min()) for v in spans), default=0.0)
        high = max((float(v.max()) for v in spans), default=1.0)
        balance = None
        if self._equilibrium is not None and len(known):
            with np.errstate(divide="ignore", invalid="ignore"):
                balance = float(scaled(np.array([self._equilibrium]))[0])
            if math.isfinite(balance) and low - (high - low) < balance < high + (high - low):
                low, high = min(low, balance), max(high, balance)
        room = 0.06 * (high - low) or max(abs(high) * 0.1, 1e-6)
        self.plot.setYRange(low - room, high + room, padding=0)
        self._balance.setVisible(balance is not None and math.isfinite(balance))
        if balance is not None and math.isfinite(balance):
            self._balance.setValue(balance)

    def _shown_span(self) -> tuple[float, float]:
        if self._span is not None:
            return self._span
        if len(self._steps) == 0:
            return 0.0, 100.0
        return float(self._steps[0]), float(max(self._steps[-1], self._steps[0] + 10))

    def _show_now(self, main: np.ndarray) -> None:
        self._value.setText(maths.figure(maths.level(main)))
        self._value.setToolTip("The value now, averaged over about 20 rounds")

    # Colours

    def _main_pen(self, calm: bool) -> QPen:
        colour = theme.role_colour(theme.tokens(self), self._role)
        pen: QPen = pg.mkPen(colour, width=1.8 if calm else 1)
        return pen

    def _dress(self) -> None:
        tokens = theme.tokens(self)
        colour = theme.role_colour(tokens, self._role)
        self.plot.setBackground(tokens.surface)
        self._title.setStyleSheet(f"color: {colour}; font-weight: 600;")
        self._raw.setPen(pg.mkPen(theme.blend(colour, tokens.surface, 0.38), width=1))
        self._average.setPen(self._main_pen(self._weight >= CALM_WEIGHT))
        for axis in (self._bottom, self._left):
            axis.dress(tokens, theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._balance.setPen(pg.mkPen(tokens.quiet, width=1, style=Qt.PenStyle.DashLine))
        self._cursor.setPen(pg.mkPen(tokens.accent, width=1))
        self._dress_lines()

    def _dress_lines(self) -> None:
        tokens = theme.tokens(self)
        for number, item in enumerate(self._terms.values()):
            dash = _DASHES[number % len(_DASHES)]
            item.setPen(pg.mkPen(theme.blend(tokens.text, tokens.surface, 0.55), style=dash))
        for line in self._mark_lines:
            line.setPen(pg.mkPen(theme.blend(tokens.accent, tokens.surface, 0.4), width=1))

    # Looking and reading

    def _on_view_moved(self) -> None:
        first, last = self.plot.getViewBox().viewRange()[0]
        if len(self._steps):
            whole = float(self._steps[-1] - self._steps[0])
            if last - first >= whole:
                self._look_at_and_tell(None)
                return
        self._look_at_and_tell((first, last))

    def _on_clicked(self, event: Any) -> None:
        if event.double():
            self._look_at_and_tell(None)

    def _look_at_and_tell(self, span: tuple[float, float] | None) -> None:
        self._look_at(span)
        self.viewed.emit(span)

    def _look_at(self, span: tuple[float, float] | None) -> None:
        self._span = span
        self._refresh()

    def _on_chip_clicked(self, name: str, on: bool) -> None:
        self._hidden_terms = self._hidden_terms - {name} if on else self._hidden_terms | {name}
        self._refresh()

    def _on_pointer_moved(self, where: QPointF) -> None:
        view = self.plot.getViewBox()
        if len(self._steps) == 0 or not view.sceneBoundingRect().contains(where):
            self._read_at(None)
            return
        step = float(view.mapSceneToView(where).x())
        reach = MARK_REACH * abs(float(view.viewPixelSize()[0]))
        near = [text for at, text in self._marks if abs(at - step) <= reach]
        self.plot.setToolTip("\n".join(near))
        self._read_at(step)
        for other in self._linked:
            other._read_at(step)

    def _read_at(self, step: float | None) -> None:
        """Shows the value at a step, or the value now for None."""
        main = self._curves.get(self._main, np.zeros(0))
        if step is None or len(main) == 0:
            self._cursor.hide()
            self._show_now(main)
            return
        index = min(int(np.searchsorted(self._steps, step)), len(main) - 1)
        # The average of the past alone: what was shown when this round was the last.
        smoothed = maths.smooth(main[max(0, index - 4_000) : index + 1], self._weight)[-1]
        self._cursor.setValue(float(self._steps[index]))
        self._cursor.show()
        self._value.setText(f"round {int(self._steps[index]):,}:  {maths.figure(float(smoothed))}")
        self._value.setToolTip(f"This round alone: {maths.figure(float(main[index]))}")

    # Events

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            for one in (self, *self._linked):
                one._read_at(None)
        elif event.type() == QEvent.Type.Resize:
            self._empty.setGeometry(self.plot.rect())
            self._refresh()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._redraw()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pause.stop()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)


class _TermChip(QToolButton):
    """Switches one term; shows the dash that the term is drawn with."""

    def __init__(self, name: str, dash: Qt.PenStyle) -> None:
        super().__init__()
        self._dash = dash
        self.setObjectName(f"term_{name}")
        self.setText(name)
        self.setCheckable(True)
        self.setAccessibleName(f"Show {name}")
        self.setToolTip(f"Show or hide {name}")
        self.setFont(theme.sized(self.font(), theme.SMALL))
        self.setFixedHeight(22)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        front = tokens.text if self.isChecked() else tokens.quiet
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QColor(tokens.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self.isChecked():
            painter.setPen(QPen(QColor(front), 1.5, self._dash))
        else:
            painter.setPen(QPen(QColor(tokens.line), 1.5))
        middle = self.height() / 2
        painter.drawLine(QPointF(6, middle), QPointF(24, middle))
        painter.setPen(QColor(front))
        painter.setFont(self.font())
        inside = self.rect().adjusted(30, 0, -4, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()

    def sizeHint(self) -> Any:
        hint = super().sizeHint()
        hint.setWidth(38 + self.fontMetrics().horizontalAdvance(self.text()))
        return hint


def _same(values: np.ndarray) -> np.ndarray:
    return values


def _log10(values: np.ndarray) -> np.ndarray:
    """log10, with gaps where there is none."""
    result = np.full(values.shape, np.nan)
    positive = np.isfinite(values) & (values > 0)
    result[positive] = np.log10(values[positive])
    return result
