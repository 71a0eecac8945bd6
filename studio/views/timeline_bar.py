"""The timeline with its buttons: look back, play the training as a film, go live, branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QTextEdit,
    QToolButton,
    QWidget,
)

from studio.views import theme
from studio.views.icons import icon
from studio.views.timeline_strip import TimelineStrip

if TYPE_CHECKING:
    from collections.abc import Callable

SPEEDS = (4, 8, 12, 24, 48)
"""Frames of the film a second."""
USUAL_SPEED = 12
NO_BRANCH = "There is no snapshot to branch from yet: train a model or open a run first."


class TimelineBar(QWidget):
    """Buttons at either side of the strip, which takes all the room there is.

    Its keys hold in the whole window, but never while somebody types. The buttons are pressed by
    the user alone: setters say nothing.
    """

    cursor_requested = Signal(object)
    live_requested = Signal()
    play_toggled = Signal(bool)
    speed_changed = Signal(float)
    step_requested = Signal(int)
    branch_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timelineBar")
        self._step: int | None = None
        self._last, self._active, self._playing = 0, True, False
        self.strip = TimelineStrip()
        self.strip.cursor_requested.connect(self.cursor_requested)
        self.strip.live_requested.connect(self.live_requested)
        self.strip.step_requested.connect(self.step_requested)
        self._previous = self._add("Previous snapshot", "J", lambda: self.step_requested.emit(-1))
        self._play = self._add("Play as a film", "K", self._on_play)
        self._next = self._add("Next snapshot", "L", lambda: self.step_requested.emit(1))
        self._live = self._add("Live", "End", self.live_requested.emit)
        self._branch = self._add("Branch from here…", "Ctrl+B", self.branch_requested.emit)
        self._previous_button = self._button("timelinePreviousButton", self._previous)
        self._play_button = self._button("timelinePlayButton", self._play)
        self._next_button = self._button("timelineNextButton", self._next)
        self._live_button = self._button("timelineLiveButton", self._live, face=True)
        self._live_button.setCheckable(True)
        self._branch_button = self._button("timelineBranchButton", self._branch, face=True)
        self._branch_button.setText("Branch…")
        self._speed = QComboBox()
        self._speed.setObjectName("timelineSpeed")
        self._speed.setAccessibleName("Speed of the film")
        self._speed.setToolTip("Frames of the film a second")
        for speed in SPEEDS:
            self._speed.addItem(f"{speed}/s", float(speed))
        self._speed.setCurrentIndex(SPEEDS.index(USUAL_SPEED))
        self._speed.activated.connect(self._on_speed_activated)
        self._label = QLabel()
        self._label.setObjectName("timelineLabel")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setFont(theme.tabular(self.font()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.M)
        row.addLayout(self._make_film_side())
        row.addWidget(self.strip, 1)
        row.addLayout(self._make_live_side())
        self.set_branch_allowed(False, NO_BRANCH)
        self._show()
        self._tint()

    # -- setters --------------------------------------------------------------------------------

    def set_span(self, last: int, total: int | None) -> None:
        """How far the training has come; see `TimelineStrip.set_span`."""
        self._last = last
        self.strip.set_span(last, total)
        self._show()

    def set_cursor(self, step: int | None) -> None:
        """The step that is looked at; None for the right end."""
        self._step = step
        self.strip.set_cursor(step)
        self._show()

    def set_active(self, active: bool) -> None:
        """Whether the training goes on: the right end is live then."""
        self._active = active
        self.strip.set_active(active)
        self._show()

    def set_playing(self, playing: bool) -> None:
        """Whether the film runs."""
        self._playing = playing
        self._show()
        self._tint()

    def set_speed(self, speed: float) -> None:
        """Frames of the film a second; one that is not offered shows the nearest that is."""
        near = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - speed))
        self._speed.setCurrentIndex(near)

    def set_branch_allowed(self, allowed: bool, why: str = "") -> None:
        """Whether there are weights to go on from; if not, `why` not."""
        self._branch.setEnabled(allowed)
        self._branch_button.setToolTip(
            "A new run that goes on from the snapshot under the cursor (Ctrl+B)" if allowed else why
        )

    def label(self) -> str:
        """What the bar says of the cursor."""
        return self._label.text()

    # -- parts ----------------------------------------------------------------------------------

    def _add(self, text: str, key: str, slot: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda: _unless_typing(action, slot))
        self.addAction(action)
        return action

    def _button(self, name: str, action: QAction, *, face: bool = False) -> QToolButton:
        # Not the action's own button: a click is meant, whoever has the keyboard.
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(action.text().removesuffix("…"))
        button.setIconSize(QSize(18, 18))
        if face:
            button.setProperty("face", True)
            button.setText(action.text())
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        else:
            button.setFixedHeight(30)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setToolTip(f"{action.text()} ({action.shortcut().toString()})")
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        return button

    def _make_film_side(self) -> QHBoxLayout:
        for button, slot in (
            (self._previous_button, lambda: self.step_requested.emit(-1)),
            (self._play_button, self._on_play),
            (self._next_button, lambda: self.step_requested.emit(1)),
            (self._live_button, self._on_live_clicked),
            (self._branch_button, self.branch_requested.emit),
        ):
            button.clicked.connect(slot)
        side = _row()
        for button in (self._previous_button, self._play_button, self._next_button):
            side.addWidget(button)
        side.addWidget(self._speed)
        return side

    def _make_live_side(self) -> QHBoxLayout:
        side = _row()
        side.addWidget(self._label)
        side.addWidget(self._live_button)
        side.addWidget(self._branch_button)
        # As wide as it gets in a long training, so that the strip does not change its width.
        widest = self._label.fontMetrics().horizontalAdvance("Step 88,888 of 88,888")
        self._label.setMinimumWidth(widest)
        return side

    # -- showing --------------------------------------------------------------------------------

    def _show(self) -> None:
        """Brings words, icons and what can be pressed in line with what is shown."""
        there = self._last > 0
        if not there:
            text = "No training yet"
        elif self._step is not None:
            text = f"Step {self._step:,} of {self._last:,}"
        else:
            text = f"Live, step {self._last:,}" if self._active else f"Step {self._last:,}, the end"
        self._label.setText(text)
        for action in (self._previous, self._play, self._next, self._live):
            action.setEnabled(there)
        self._live_button.setChecked(there and self._step is None)
        self._live.setText("Live" if self._active else "To the end")
        self._live_button.setText("LIVE" if self._active else "END")
        self._live_button.setAccessibleName(self._live.text())
        self._live_button.setToolTip(self._live_words())
        verb = "Pause the film" if self._playing else "Play as a film"
        self._play.setText(verb)
        self._play_button.setAccessibleName(verb)
        self._play_button.setToolTip(f"{verb} (K)")

    def _live_words(self) -> str:
        if self._last == 0:
            return "Nothing has been trained yet."
        if self._step is None:
            return "The newest step is shown: drag over the timeline to look back."
        return "Show the newest step again (End)" if self._active else "Show the last step (End)"

    def _tint(self) -> None:
        self._previous_button.setIcon(icon("snapshot-previous", self, 18))
        self._next_button.setIcon(icon("snapshot-next", self, 18))
        self._play_button.setIcon(icon("pause" if self._playing else "play", self, 18))
        self._live_button.setIcon(icon("live", self, 18))
        self._branch_button.setIcon(icon("branch", self, 18))
        for action, name in (
            (self._previous, "snapshot-previous"),
            (self._play, "pause" if self._playing else "play"),
            (self._next, "snapshot-next"),
            (self._live, "live"),
            (self._branch, "branch"),
        ):
            action.setIcon(icon(name, self))

    def _on_live_clicked(self) -> None:
        # It is lit by what is shown, not by being pressed.
        self._live_button.setChecked(self._last > 0 and self._step is None)
        self.live_requested.emit()

    def _on_play(self) -> None:
        self.play_toggled.emit(not self._playing)

    def _on_speed_activated(self, index: int) -> None:
        self.speed_changed.emit(float(self._speed.itemData(index)))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)


def _row() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.XS)
    return row


def _unless_typing(action: QAction, slot: Callable[[], object]) -> None:
    """Line edits keep printable keys to themselves; this catches the editors that do not."""
    focused = QApplication.focusWidget()
    editor = isinstance(focused, QTextEdit | QPlainTextEdit | QAbstractSpinBox | QLineEdit)
    plain_key = "Ctrl" not in action.shortcut().toString()
    if not (editor and plain_key and focused is not None and focused.isEnabled()):
        slot()
