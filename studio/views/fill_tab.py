"""Filling in: one hole, and what each model puts there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.answers import Progress
from studio.views.filling_row import LEAST_WORDS, FillingRow
from studio.views.pointed_digit import PointedDigit
from studio.views.rows import Rows
from studio.views.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent

    from studio.state.choice import Choice
    from studio.views.pictures import Image

COUNTS = (3, 6, 9)
SIDES = (140, 112, 84, 56, 42)
"""Sides of a completion, whole multiples of its pixels except for the narrowest tab; the first that
leaves room for all rows."""
ROOMY = 622
"""From this width on there is room for the words at both ends of the slider."""
PLAIN_SIDE = 56
"""From here on downwards rows may scroll."""
MOST_WORDS = 260
LESSONS = {
    "marked": "Mask or erase a part of your digit, then press Fill in: each model writes what may "
    "stand there. The pixels that you have not marked stay as they are.",
    "gap": "Erase a part of your digit, then press Fill in: the models are not told where. Each "
    "finds the gap by itself, and what it takes for the gap is outlined on its completions.",
}
LEGEND = (
    "The most plausible first. Point at one to see it large (A: your drawing), click to take it "
    "over."
)
OUTDATED = "The drawing has changed since: press Fill in for new completions."


class FillTab(QWidget):
    """A row of completions per model.

    Signals:
        fill_requested(): the hole is to be filled, by all models.
        cancel_requested(): the work is to be stopped.
        mode_changed(str): "marked" (the models are told where) or "gap" (they are not).
        variety_changed(float): from 0, the most likely, to 1, the most varied.
        count_changed(int): how many completions are shown per model.
        taken(object): a completion, uint8 (28, 28), is to become the drawing.
        preview(object): uint8 (28, 28) is to be shown large instead of the drawing; None for none.
        before_shown(bool): what is shown large is the drawing itself, as long as A is held.
    """

    fill_requested = Signal()
    cancel_requested = Signal()
    mode_changed = Signal(str)
    variety_changed = Signal(float)
    count_changed = Signal(int)
    taken = Signal(object)
    preview = Signal(object)
    before_shown = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fillTab")
        self._rows: dict[str, FillingRow] = {}
        self._busy = False
        self._possible, self._reason = False, "A model is needed first: choose one, or train one."
        self._notice = ""
        self._outdated = False
        self._pointed = PointedDigit(self)
        self._pointed.preview.connect(self.preview)
        self._pointed.before_shown.connect(self.before_shown)
        self._fill = QPushButton("Fill in", self)
        self._fill.setObjectName("fillButton")
        self._fill.setAccessibleName("Fill in")
        self._fill.setProperty("primary", True)
        self._fill.clicked.connect(self._on_fill_clicked)
        self._mode = Segments(
            "fillMode",
            "What is to be filled in",
            (
                ("marked", "Marked part", "Fills in what the mask covers, or what was erased"),
                ("gap", "Unknown gap", "The models are not told where something is missing"),
            ),
            self,
        )
        self._mode.chosen.connect(self._on_mode_chosen)
        self._variety = QSlider(Qt.Orientation.Horizontal, self)
        self._variety.setObjectName("varietySlider")
        self._variety.setAccessibleName("From the most likely to the most varied completions")
        self._variety.setToolTip(
            "Which of a model's tries are shown: the most plausible ones, or ones that differ as "
            "much as possible (Left and Right)"
        )
        self._variety.setRange(0, 100)
        self._variety.setMinimumWidth(56)
        self._variety.setMaximumWidth(240)
        self._variety.valueChanged.connect(self._on_variety_moved)
        self._count = Segments(
            "fillCount",
            "Completions per model",
            [(str(n), str(n), f"{n} completions of each model") for n in COUNTS],
            self,
        )
        self._count.set_current(str(COUNTS[1]))
        self._count.chosen.connect(self._on_count_chosen)
        self._ends = QLabel("Likely", self), QLabel("Varied", self)
        for label in self._ends:
            label.setProperty("quiet", True)
        self._progress = Progress(self)
        self._note = QLabel(self)
        self._note.setObjectName("fillNote")
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)
        self._column = Rows(theme.M, self)
        self._column.column.addStretch(1)
        self._build()
        self._show_fill()
        self._show_note()

    # Setters

    def mode(self) -> str:
        """ "marked" or "gap"."""
        return self._mode.current()

    def variety(self) -> float:
        """From 0, the most likely, to 1, the most varied."""
        return self._variety.value() / self._variety.maximum()

    def count(self) -> int:
        """Completions per model."""
        return int(self._count.current())

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """Key and title of each model, in the order of the rows; rows of the same key stay."""
        for key in set(self._rows) - {key for key, _ in models}:
            row = self._rows.pop(key)
            self._column.column.removeWidget(row)
            row.setParent(None)
            row.deleteLater()
        for place, (key, title) in enumerate(models):
            if key not in self._rows:
                row = FillingRow(key, title, self.count(), self)
                row.taken.connect(self._on_taken)
                row.pointed.connect(self._pointed.point_at)
                self._rows[key] = row
            self._rows[key].set_title(title)
            self._column.column.insertWidget(place, self._rows[key])
        self._rows = {key: self._rows[key] for key, _ in models}
        for first, second in pairwise((self._count, *(row.digits for row in self._rows.values()))):
            self.setTabOrder(first, second)
        self._arrange()
        self._show_note()

    def set_possible(self, possible: bool, reason: str = "") -> None:
        """Whether any model can fill in, or why none can."""
        self._possible, self._reason = possible, reason
        self._show_fill()

    def set_means(self, key: str, means: str) -> None:
        """By which means a model will fill in."""
        self._rows[key].set_means(means)

    def set_waiting(self) -> None:
        """All models have been asked."""
        self._outdated = False
        for row in self._rows.values():
            row.show_waiting()

    def set_choice(self, key: str, choice: Choice) -> None:
        """Completions of one model, the best so far."""
        self._rows[key].show_choice(choice)
        self._show_note()

    def set_reason(self, key: str, sentence: str) -> None:
        """Why one model has no completions."""
        self._rows[key].show_reason(sentence)

    def clear(self, key: str) -> None:
        """Takes the completions of one model away."""
        self._rows[key].clear()
        self._show_note()

    def set_busy(self, busy: bool, fraction: float | None) -> None:
        """Whether models are at work, and how much of all the work is done."""
        self._busy = busy
        self._progress.show_share(busy, fraction)
        if not busy:
            for row in self._rows.values():
                row.show_stopped()
        self._show_fill()

    def set_notice(self, text: str) -> None:
        """What to do before anything can be filled in; "" for nothing."""
        self._notice = text
        self._show_note()

    def set_outdated(self, outdated: bool) -> None:
        """Whether the completions belong to a drawing that has changed since."""
        self._outdated = outdated
        self._show_note()

    def set_before(self, image: Image | None) -> None:
        """The drawing in the frame of the completions, uint8 (28, 28): what A shows."""
        self._pointed.set_before(image)

    def hold_before(self, held: bool) -> None:
        """Shows the drawing as long as A is held, instead of the completion that is pointed at."""
        self._pointed.hold(held)

    # Building

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.M)
        head.addWidget(self._fill)
        head.addWidget(self._mode)
        head.addStretch(1)
        head.addWidget(self._ends[0])
        head.addWidget(self._variety, 3)
        head.addWidget(self._ends[1])
        head.addWidget(self._count)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.XS)
        layout.addLayout(head)
        layout.addWidget(self._progress)
        layout.addWidget(self._note)
        layout.addSpacing(theme.S)
        layout.addWidget(self._column, 1)

    # What the user does

    def _on_fill_clicked(self) -> None:
        if self._busy:
            self.cancel_requested.emit()
        else:
            self.fill_requested.emit()

    def _on_mode_chosen(self, mode: str) -> None:
        self._notice = ""
        self._show_note()
        self.mode_changed.emit(mode)

    def _on_variety_moved(self) -> None:
        self.variety_changed.emit(self.variety())

    def _on_count_chosen(self, count: str) -> None:
        for row in self._rows.values():
            row.set_places(int(count))
        self._arrange()
        self.count_changed.emit(int(count))

    def _on_taken(self, image: Image) -> None:
        # It is the drawing now: nothing needs to be shown instead.
        self.preview.emit(None)
        self.taken.emit(image)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._busy:
            self.cancel_requested.emit()
        elif not self._pointed.takes(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._pointed.takes(event):
            super().keyReleaseEvent(event)

    # What is shown

    def _show_fill(self) -> None:
        self._fill.setText("Stop" if self._busy else "Fill in")
        self._fill.setAccessibleName(self._fill.text())
        self._fill.setProperty("primary", not self._busy)
        self._fill.setFixedWidth(
            max(self._fill.fontMetrics().horizontalAdvance("Fill in") + 2 * theme.L, 80)
        )
        self._fill.style().unpolish(self._fill)
        self._fill.style().polish(self._fill)
        self._fill.setEnabled(self._busy or self._possible)
        if self._busy:
            tip = "Stops the work; what has been found stays (Esc)"
        else:
            tip = "Fills the hole in, by each model's own means (F)"
        self._fill.setToolTip(tip if self._fill.isEnabled() else self._reason)

    def _show_note(self) -> None:
        answered = any(len(row.digits.images()) for row in self._rows.values())
        text = self._notice
        if not text and answered:
            text = OUTDATED if self._outdated else LEGEND
        self._note.setText(text or LESSONS[self.mode()])

    def _arrange(self) -> None:
        """The largest pictures with which all rows fit; in a small tab rows scroll."""
        if not self._rows:
            return
        digits = next(iter(self._rows.values())).digits
        width, height = self._column.room(), self._column.height()
        side = SIDES[-1]
        for side in SIDES:
            tall = len(self._rows) * (digits.height_of(side) + theme.M)
            wide = LEAST_WORDS + theme.S + digits.width_of(self.count(), side)
            if wide <= width and (tall <= height or side <= PLAIN_SIDE):
                break
        words = width - theme.S - digits.width_of(self.count(), side)
        for row in self._rows.values():
            row.set_room(min(max(words, LEAST_WORDS), MOST_WORDS), side)

    def minimumSizeHint(self) -> QSize:
        # Without the words that leave when it becomes narrow.
        words = sum(label.sizeHint().width() + theme.M for label in self._ends)
        hint = super().minimumSizeHint()
        shown = self._ends[0].isVisibleTo(self)
        return QSize(hint.width() - (words if shown else 0), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for label in self._ends:
            label.setVisible(self.width() >= ROOMY)
        self._layout.activate()
        self._arrange()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pointed.drop()
        super().hideEvent(event)
