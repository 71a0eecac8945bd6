"""What one model puts into the hole: its name and means, and the tries that were chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.answers import Progress
from studio.views.clamped import ClampedLabel
from studio.views.digit_row import DigitRow
from studio.views.elided import ElidedLabel

if TYPE_CHECKING:
    from studio.state.choice import Choice

LEAST_WORDS = 88
"""Width of the words beside the pictures in a narrow tab."""


class FillingRow(QWidget):
    """The tries of one model.

    Signals:
        taken(object): uint8 (28, 28) that was clicked.
        pointed(object): uint8 (28, 28) under the pointer, or None.
    """

    taken = Signal(object)
    pointed = Signal(object)

    def __init__(self, key: str, title: str, places: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = key.replace("/", "_") or "subject"
        self.setObjectName(f"filling_{name}")
        self.setAccessibleName(f"Completions by {title}")
        self._working = False
        self._title = ClampedLabel(self)
        self._title.setFont(theme.sized(self.font(), theme.BODY, bold=True))
        self._title.setText(title)
        small = theme.tabular(theme.sized(self.font(), theme.SMALL))
        self._means = ClampedLabel(self)
        self._means.setProperty("quiet", True)
        self._means.setFont(theme.sized(self.font(), theme.SMALL))
        self._state = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._state.setFont(small)
        self._state.setProperty("quiet", True)
        self._progress = Progress(self)
        self.digits = DigitRow(f"completions_{name}", f"Completions by {title}", 84, self)
        self.digits.set_room_below(bars=True, words=True)
        self.digits.set_places(places)
        self._reason = QLabel(self)
        self._reason.setWordWrap(True)
        self._reason.setProperty("quiet", True)
        self._reason.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.digits)
        self._pages.addWidget(self._reason)
        self._words = QWidget(self)
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._progress)
        words.addWidget(self._means, 1)
        words.addWidget(self._state)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        row.addWidget(self._words)
        row.addWidget(self._pages, 1)
        self.digits.chosen.connect(self._on_chosen)
        self.digits.pointed.connect(self._on_pointed)

    # Setters

    def set_title(self, title: str) -> None:
        """The model's title."""
        self._title.setText(title)
        self._fit_title()

    def set_means(self, means: str) -> None:
        """By which means this model will fill in, before it has."""
        self._means.setText(means)

    def set_room(self, words: int, side: int) -> None:
        """The width of the words, and the side of each picture."""
        self._words.setFixedWidth(words)
        self._fit_title()
        self.digits.set_side(side)
        self.setFixedHeight(self.digits.height_of(side))

    def _fit_title(self) -> None:
        metrics = self._title.fontMetrics()
        wide = metrics.horizontalAdvance(self._title.text()) > self._words.maximumWidth()
        self._title.setFixedHeight((2 if wide else 1) * metrics.lineSpacing())

    def set_places(self, count: int) -> None:
        """How many completions are wanted."""
        self.digits.set_places(count)

    def show_waiting(self) -> None:
        """The hole has been handed over; the old completions stay until there are new ones."""
        self._pages.setCurrentWidget(self.digits)
        self._state.setText("Waits for its turn")
        self._show_progress(True, 0.0)

    def show_choice(self, choice: Choice) -> None:
        """What was chosen among the tries."""
        self._pages.setCurrentWidget(self.digits)
        done = choice.fraction >= 1
        # Where there is nothing to choose from, the sentence about the measure says why.
        order = (choice.by, choice.how) if choice.total == 1 else (choice.how, choice.by)
        self._means.setText(" ".join(part for part in order if part))
        self._state.setText(f"{choice.seconds:.1f} s" if done else f"{choice.fraction:.0%} done")
        self._state.setToolTip(f"{choice.seconds:.2f} s of work")
        self._show_progress(not done, choice.fraction)
        self.digits.set_images(choice.images)
        self.digits.set_shares(choice.shares)
        self.digits.set_words(
            [ordinal(rank) for rank in choice.ranks],
            [
                f"{ordinal(rank)} of {choice.total} tries, at {value:,.4g}. {choice.by}\n"
                "Click to take it over (undo brings your drawing back)"
                for rank, value in zip(choice.ranks, choice.values, strict=True)
            ],
        )
        self.digits.set_hole(choice.gap)

    def show_reason(self, sentence: str) -> None:
        """Why there are no completions."""
        self._show_progress(False, None)
        self._state.setText("")
        self._means.setText("")
        self.digits.set_images(None)
        self._reason.setText(sentence)
        self._pages.setCurrentWidget(self._reason)

    def show_stopped(self) -> None:
        """Nothing is being worked out any more; what there is stays."""
        if self._working:
            self._show_progress(False, None)
            self._state.setText("Stopped")

    def clear(self) -> None:
        """As before the first question."""
        self._show_progress(False, None)
        self._state.setText("")
        self._pages.setCurrentWidget(self.digits)
        self.digits.set_images(None)
        self.digits.set_hole(None)
        self.digits.set_shares(())
        self.digits.set_words(())

    def _show_progress(self, working: bool, share: float | None) -> None:
        self._working = working
        self._progress.show_share(working, share)

    # What the user does

    def _on_chosen(self, number: int) -> None:
        self.taken.emit(self.digits.images()[number].copy())

    def _on_pointed(self, number: int) -> None:
        self.pointed.emit(self.digits.images()[number].copy() if number >= 0 else None)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, ..., 11th, ..."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
