"""Start, pause, step and stop, with the keys of a tape recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.elided import ElidedLabel
from studio.views.icons import icon

if TYPE_CHECKING:
    from collections.abc import Sequence

Phase = Literal["idle", "loading", "running", "paused"]

_MOVE_KEYS = {"discriminator": "D", "generator": "G"}


def clock(seconds: float) -> str:
    """A span of time: `0:07`, `3:12`, `1:04:30`."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Pace(ElidedLabel):
    """Asks for as much as it ever needs, so that nothing moves while the numbers run; in a narrow
    window it makes do with less."""

    def sizeHint(self) -> QSize:
        return self._room("888,888 · 8,888/s · 88:88 left")

    def minimumSizeHint(self) -> QSize:
        return self._room("888,888 · 8,888/s")

    def _room(self, text: str) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(text), super().sizeHint().height())


class TransportBar(QWidget):
    """Buttons and keys that drive a training, and how far it is.

    The keys hold in the whole window but never while somebody types, and Space presses a button
    that has the keyboard focus, as everywhere else.
    """

    start_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    round_requested = Signal()
    move_requested = Signal(str)
    stop_requested = Signal(bool)
    """True: keep the run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transportBar")
        self._phase: Phase = "idle"
        self._players: tuple[tuple[str, str, str], ...] = ()
        self._start = self._button("startButton", "Start", self._on_start_clicked)
        self._start.setProperty("primary", True)
        self._pause = self._button("pauseButton", "Pause", self.pause_requested.emit)
        self._step = self._button("stepButton", "Step", self.round_requested.emit)
        self._stop = self._button("stopButton", "Stop", lambda: self.stop_requested.emit(True))
        self._toggle = self._action("Start or pause", "Space", self._on_space)
        self._round = self._action("One round", ".", self.round_requested.emit)
        # Made once, so that a menu which shows them keeps showing them.
        self._role_moves = {
            role: self._action("", key, lambda role=role: self._move_role(role))
            for role, key in _MOVE_KEYS.items()
        }
        self._keep = self._action("Stop and keep", "Ctrl+.", lambda: self.stop_requested.emit(True))
        self._discard = self._action(
            "Stop and discard", "Ctrl+Shift+.", lambda: self.stop_requested.emit(False)
        )
        # Layouts on which Shift makes another character of the full stop send that one.
        self._discard.setShortcuts([QKeySequence("Ctrl+Shift+."), QKeySequence("Ctrl+>")])
        self._moves: list[QAction] = []
        self._step_menu = QMenu(self)
        self._step_menu.setObjectName("stepMenu")
        stop_menu = QMenu(self)
        stop_menu.setObjectName("stopMenu")
        stop_menu.addActions([self._keep, self._discard])
        for button, menu in ((self._step, self._step_menu), (self._stop, stop_menu)):
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self._label = _Pace()
        self._label.setObjectName("transportLabel")
        self._label.setFont(theme.tabular(self.font()))
        self._bar = QProgressBar()
        self._bar.setObjectName("transportProgress")
        self._bar.setAccessibleName("Progress of the training")
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1_000)
        self._bar.setFixedHeight(4)
        size = self._bar.sizePolicy()
        size.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(size)
        progress = QVBoxLayout()
        progress.setSpacing(theme.XS)
        progress.addStretch(1)
        progress.addWidget(self._label)
        progress.addWidget(self._bar)
        progress.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.XS)
        for button in (self._start, self._pause, self._step, self._stop):
            row.addWidget(button)
        row.addSpacing(theme.M)
        row.addLayout(progress)
        # The tool bar hides what does not fit: as wide with the longest word as with the others.
        for word in ("Resume", "Start", "Preparing"):
            self._start.setText(word)
            self._start.setMinimumWidth(
                max(self._start.minimumWidth(), self._start.sizeHint().width())
            )
        self.set_players(())
        self.set_phase("idle")
        self.set_progress(0, None, 0.0, None)
        self._tint()

    def set_players(self, players: Sequence[tuple[str, str, str]]) -> None:
        """Who can be moved alone: (name, title, role) of each, or nobody for a game of one."""
        self._players = tuple(players)
        for action in self._moves:
            if action not in self._role_moves.values():
                self.removeAction(action)
                action.deleteLater()
        self._moves = []
        for name, title, role in self._players:
            move = self._role_moves.get(role)
            if move is None or move in self._moves:
                move = self._action("", "", lambda name=name: self.move_requested.emit(name))
            move.setText(f"One {title[:1].lower()}{title[1:]} move")
            self._moves.append(move)
        for action in self._role_moves.values():
            action.setVisible(action in self._moves)
        self._step_menu.clear()
        self._step_menu.addActions([self._round, *self._moves])
        self._enable()
        self._tint()

    def set_phase(self, phase: Phase) -> None:
        """What the training is doing: this decides which buttons make sense."""
        self._phase = phase
        self._start.setText({"loading": "Preparing", "paused": "Resume"}.get(phase, "Start"))
        self._enable()
        self._tint()

    def set_progress(
        self, step: int, total: int | None, rate: float, seconds_left: float | None
    ) -> None:
        """Shows how far the training is.

        Arguments:
            step: Rounds played.
            total: Rounds of the whole training, or None for an endless one.
            rate: Rounds per second.
            seconds_left: Estimated, or None.
        """
        parts = [f"{step:,}" if step or self._phase != "idle" else "Not started"]
        if rate > 0:
            parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
        if seconds_left is not None:
            parts.append(f"{clock(seconds_left)} left")
        self._label.setText(" · ".join(parts))
        of = "" if total is None else f" of {total:,}"
        self._label.setToolTip(f"{step:,}{of} rounds played")
        self._bar.setVisible(bool(total))
        if total:
            self._bar.setValue(round(1_000 * min(step / total, 1)))

    def _button(self, name: str, text: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(QSize(18, 18))
        button.setProperty("face", True)
        button.clicked.connect(slot)
        return button

    def _action(self, text: str, key: str, slot: object) -> QAction:
        action = QAction(text, self)
        if key:
            action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda: self._unless_typing(action, slot))
        self.addAction(action)
        return action

    def _unless_typing(self, action: QAction, slot: object) -> None:
        """Line edits keep printable keys to themselves; this catches the editors that do not."""
        focused = QApplication.focusWidget()
        typed = isinstance(focused, QTextEdit | QPlainTextEdit | QAbstractSpinBox | QLineEdit)
        plain_key = "Ctrl" not in action.shortcut().toString()
        if typed and plain_key and focused is not None and focused.isEnabled():
            return
        assert callable(slot)
        slot()

    def _move_role(self, role: str) -> None:
        self.move_requested.emit(next(name for name, _, its in self._players if its == role))

    def _on_start_clicked(self) -> None:
        if self._phase == "paused":
            self.resume_requested.emit()
        else:
            self.start_requested.emit()

    def _on_space(self) -> None:
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton) and not self.isAncestorOf(focused):
            focused.click()
        elif self._phase == "running":
            self.pause_requested.emit()
        elif self._phase in ("idle", "paused"):
            self._on_start_clicked()

    def _enable(self) -> None:
        phase = self._phase
        self._start.setEnabled(phase in ("idle", "paused"))
        self._pause.setEnabled(phase == "running")
        self._step.setEnabled(phase == "paused")
        self._stop.setEnabled(phase != "idle")
        for action in (self._round, *self._moves):
            action.setEnabled(phase == "paused")
        for action in (self._keep, self._discard):
            action.setEnabled(phase != "idle")
        self._start.setToolTip(
            {
                "idle": "Start the training (Space)",
                "loading": "The data and the model are being made ready.",
                "running": "The training runs; pause it with Space.",
                "paused": "Go on with the training (Space)",
            }[phase]
        )
        self._pause.setToolTip(
            "Pause after this round (Space)" if phase == "running" else "Nothing runs to be paused."
        )
        self._step.setToolTip(
            "Play one round (.); the arrow offers single moves"
            if phase == "paused"
            else "Pause the training to play it round by round."
        )
        self._stop.setToolTip(
            "Stop and keep the run (Ctrl+.); the arrow offers to move it to the trash"
            if phase != "idle"
            else "Nothing runs to be stopped."
        )

    def _tint(self) -> None:
        tokens = theme.tokens(self)
        on_primary = theme.on_colour(tokens) if self._start.isEnabled() else None
        self._start.setIcon(icon("play", self, 18, on_primary))
        self._pause.setIcon(icon("pause", self, 18))
        self._step.setIcon(icon("step", self, 18))
        self._stop.setIcon(icon("stop", self, 18))
        self._toggle.setIcon(icon("play", self))
        self._round.setIcon(icon("step", self))
        self._keep.setIcon(icon("stop", self))
        self._discard.setIcon(icon("trash", self))
        for action, (_, _, role) in zip(self._moves, self._players, strict=True):
            action.setIcon(icon("step", self, 20, theme.role_colour(tokens, role)))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)
