"""The loss of one player: its name, its value now, the curve, and what the curve says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.instruments.curves import figure, level, smooth
from studio.views import theme
from studio.views.badge import RoleDot
from studio.views.curve_canvas import CurveCanvas, Span
from studio.views.term_chips import ChipRows, TermChip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent

QUICK = 100_000
"""So many values are gone through in a few milliseconds: no need for a pause afterwards."""
VALUES_PER_MS = 2_000
"""A pause of a millisecond for so many values is several times what going through them takes."""
HIGHEST_WEIGHT = 0.9995
READ_BACK = 4_000
"""Rounds before the pointer that its average is taken from."""


class LossPlot(QWidget):
    """One plot; two of them share their time axis by `link_x`, never a value axis."""

    viewed = Signal(object)
    """The user looks at a span of steps, (first, last), or at all of them, None."""
    pointed_at = Signal(object)
    """The user reads the curve at a step, or no more, None."""

    def __init__(self, role: str, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._steps: np.ndarray = np.zeros(0)
        self._curves: dict[str, np.ndarray] = {}
        self._main = ""
        self._weight = 0.98
        self._log = False
        self._equilibrium: float | None = None
        self._cursor: int | None = None
        self._hidden_terms: set[str] = set()
        self._chips: dict[str, TermChip] = {}
        self._stale = True
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._on_pause_over)
        self._dot = RoleDot(role)
        self._role = role
        self._canvas = CurveCanvas(role, self)
        self._canvas.viewed.connect(self._on_canvas_viewed)
        self._canvas.pointed_at.connect(self._on_canvas_pointed_at)
        self._canvas.resized.connect(self._on_canvas_resized)
        self._empty = QLabel("Press Start: the curve begins with the first round.", self._canvas)
        self._empty.setProperty("quiet", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
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
        layout.addLayout(self._make_header())
        layout.addWidget(self._canvas, 1)
        layout.addWidget(self._sentence)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(180)
        self.set_title("")
        self._dress()
        self._redraw()

    def set_title(self, title: str) -> None:
        """The player's name, in its colour."""
        self._title.setText(title)
        self.setAccessibleName(f"Loss of {title}" if title else "Loss")

    def set_role(self, role: str) -> None:
        """Takes the colour of another role."""
        self._role = role
        self._dot.set_role(role)
        self._canvas.set_role(role)
        self._dress()

    def set_curves(self, steps: np.ndarray, curves: Mapping[str, np.ndarray], main: str) -> None:
        """Shows the history of a player.

        Arguments:
            steps: (n,) rounds, increasing.
            curves: Named values, (n,) each; values that are not finite are gaps.
            main: The bold one; the others are thin terms that the legend switches.
        """
        assert main in curves, f"no curve called {main!r}"
        # Copies, because the histories that are handed in go on growing.
        self._steps = np.array(steps, dtype=np.float64)
        self._curves = {k: np.array(v, dtype=np.float64) for k, v in curves.items()}
        assert all(len(v) == len(self._steps) for v in self._curves.values())
        self._main = main
        self._show_now()
        self._keep_terms([name for name in curves if name != main])
        self._refresh()

    def clear(self) -> None:
        """Forgets the curves, the marks and the sentence."""
        self._steps, self._curves, self._main = np.zeros(0), {}, ""
        self._canvas.look_at(None)
        self._canvas.set_reading(None)
        self.set_cursor(None)
        self._keep_terms([])
        self.set_marks([])
        self.set_sentence("")
        self._show_now()
        self._refresh()

    def set_sentence(self, sentence: str) -> None:
        """What the curve says, in words."""
        # A line may end anywhere but between a number and its unit.
        self._sentence.setText(sentence.replace(" %", "\N{NO-BREAK SPACE}%"))
        self.setAccessibleDescription(sentence)

    def sentence(self) -> str:
        """The sentence that is shown."""
        return self._sentence.text().replace("\N{NO-BREAK SPACE}", " ")

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
        self._weight = min(max(weight, 0.0), HIGHEST_WEIGHT)
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
        self._canvas.set_marks(marks)

    def link_x(self, other: LossPlot) -> None:
        """Shares the span of rounds and the reading line with another plot."""
        for one, two in ((self, other), (other, self)):
            one.viewed.connect(two.look_at)
            one.pointed_at.connect(two.read_at)

    def look_at(self, span: Span | None) -> None:
        """Shows these rounds, (first, last); None follows all of them."""
        self._canvas.look_at(span)
        self._refresh()

    def read_at(self, step: float | None) -> None:
        """Shows the value at a round in the header; for None that at the cursor, or now."""
        if step is None or len(self._steps) == 0:
            self._canvas.set_reading(None)
            self._show_now()
            return
        main = self._curves[self._main]
        index = min(int(np.searchsorted(self._steps, step)), len(main) - 1)
        # The average of the past alone: what was shown when this round was the last.
        average = smooth(main[max(0, index - READ_BACK) : index + 1], self._weight)[-1]
        self._canvas.set_reading(float(self._steps[index]))
        self._at.setText(f"at round {int(self._steps[index]):,}")
        self._value.setText(figure(float(average)))

    def set_cursor(self, step: int | None) -> None:
        """Marks a step and shows what the header said when it was the last; None for now."""
        if step != self._cursor:
            self._cursor = step
            self._canvas.set_cursor(step)
            self._show_now()

    def readout(self) -> str:
        """What the header says of the value: now, at the cursor, or at the pointer."""
        return " ".join(part for part in (self._value.text(), self._at.text()) if part)

    def span(self) -> Span:
        """The rounds that are shown."""
        return self._canvas.span()

    def value_range(self) -> Span:
        """The values that are shown, as powers of ten where the scale is logarithmic."""
        return self._canvas.value_range()

    def note(self) -> str:
        """What the header adds: why a logarithmic scale was refused."""
        return self._note.text()

    def _make_header(self) -> QVBoxLayout:
        self._title, self._balance_note, self._note, self._at = (QLabel() for _ in range(4))
        for label in (self._title, self._balance_note, self._note, self._at):
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._balance_note, self._note, self._at):
            label.setProperty("quiet", True)
            label.setFont(theme.sized(self.font(), theme.SMALL))
        self._value = QLabel()
        self._value.setObjectName(f"{self.objectName()}Value")
        self._value.setFont(theme.tabular(theme.sized(self.font(), theme.TITLE, bold=True)))
        self._value.setToolTip(
            "The value now, or at the cursor or pointer, averaged over the last rounds"
        )
        self._chip_rows = ChipRows()
        header = QHBoxLayout()
        header.setSpacing(theme.S)
        header.addWidget(self._dot)
        header.addWidget(self._title)
        header.addSpacing(theme.XS)
        header.addWidget(self._balance_note)
        header.addWidget(self._note)
        header.addWidget(self._at)
        header.addStretch(1)
        header.addWidget(self._value)
        rows = QVBoxLayout()
        rows.setSpacing(0)
        rows.addLayout(header)
        rows.addWidget(self._chip_rows)
        self._show_now()
        return rows

    def _keep_terms(self, names: list[str]) -> None:
        """Makes a switch for each term; nothing happens where they are the same as before."""
        if names == list(self._chips):
            return
        self._chips = {}
        for number, name in enumerate(names):
            chip = TermChip(name.replace("_", " "), number)
            chip.setChecked(name not in self._hidden_terms)
            chip.clicked.connect(lambda on, name=name: self._on_chip_clicked(name, on))
            self._chips[name] = chip
        self._chip_rows.set_chips(list(self._chips.values()))
        self._canvas.set_terms(names)

    def _show_now(self) -> None:
        main = self._curves.get(self._main, np.zeros(0))
        if self._cursor is None:
            self._at.clear()
        else:
            # Round r leads to step r + 1: what was known at a step are the rounds below it.
            main = main[: int(np.searchsorted(self._steps, self._cursor))]
            self._at.setText(f"at step {self._cursor:,}")
        self._value.setText(figure(level(main)))

    def _refresh(self) -> None:
        """Redraws if somebody can see it, else when it is shown.

        A long history takes long to go through; then there is a pause before the next time, so
        that the window never spends more than a fraction of its time on it.
        """
        self._stale = True
        values = len(self._steps) * len(self._curves)
        if not self.isVisible() or (values > QUICK and self._pause.isActive()):
            return
        self._redraw()
        if values > QUICK:
            self._pause.start(values // VALUES_PER_MS)

    def _redraw(self) -> None:
        self._stale = False
        main = self._curves.get(self._main, np.zeros(0))
        allowed = bool((main[np.isfinite(main)] > 0).all())
        self._note.setText("" if allowed or not self._log else "linear: it goes below zero")
        self._empty.setVisible(len(main) == 0)
        self._canvas.draw(
            self._steps,
            main,
            {k: v for k, v in self._curves.items() if k not in {self._main, *self._hidden_terms}},
            weight=self._weight,
            logarithmic=self._log and allowed,
            equilibrium=self._equilibrium,
        )

    def _dress(self) -> None:
        colour = theme.role_colour(theme.tokens(self), self._role)
        self._title.setStyleSheet(f"color: {colour}; font-weight: 600;")

    def _on_pause_over(self) -> None:
        if self._stale:
            self._refresh()

    def _on_chip_clicked(self, name: str, on: bool) -> None:
        self._hidden_terms = self._hidden_terms - {name} if on else self._hidden_terms | {name}
        self._refresh()

    def _on_canvas_viewed(self, span: Span | None) -> None:
        self.look_at(span)
        self.viewed.emit(span)

    def _on_canvas_pointed_at(self, step: float | None) -> None:
        self.read_at(step)
        self.pointed_at.emit(step)

    def _on_canvas_resized(self) -> None:
        self._empty.setGeometry(self._canvas.rect())
        self._refresh()

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
