"""What can be done with the selected runs: one action each, for buttons, keys and menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton, QWidget

from studio.views.icons import icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.state.shelf import RunCard

TABLE = (
    ("open", "Open", "play", "Looks at this run: curves, samples, map and timeline (Enter)"),
    ("resume", "Resume", "step", "Goes on exactly where it stopped"),
    ("settings", "Use settings", "settings", "Takes over its model, data and settings"),
    ("rename", "Rename", "pen", "Gives it a name of your own (F2)"),
    ("export", "Export…", "export", "Writes the whole run as one .modescope file"),
    ("verify", "Verify", "verify", "Reads every byte against its checksum"),
    ("reveal", "Show the folder", "folder", "Opens its folder in the file manager"),
    ("delete", "Delete", "trash", "Moves it to the trash; Ctrl+Z brings it back (Delete)"),
)
CLOSED = "Nothing of it can be used for this: verify it to see what is still good"
ENDED = (
    "It kept no checkpoint to go on from: branch from one of its snapshots, if it has any, or use "
    "its settings for a new run"
)
LONGER = "Goes on from its last round, for as many rounds again"
BUSY = "It is being trained now: stop the training first"
ONE_BUSY = "One of them is being trained now: stop the training first"


class RunActions(QObject):
    """The actions by name, and when each of them makes sense.

    Signals:
        asked(str): the name of the action that was triggered.
    """

    asked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._widget = parent
        self._all: dict[str, QAction] = {}
        for name, text, picture, tip in TABLE:
            action = QAction(text, self)
            action.setObjectName(f"{name}RunAction")
            action.setProperty("icon_name", picture)
            action.setProperty("tip", tip)
            action.triggered.connect(self._on_triggered)
            self._all[name] = action
        self.show_for(())
        self.tint()

    def __getitem__(self, name: str) -> QAction:
        return self._all[name]

    def all(self) -> list[QAction]:
        """In the order of the menu."""
        return list(self._all.values())

    def show_for(self, cards: Sequence[RunCard]) -> None:
        """Enables what can be done with these runs; the tooltips say why the rest cannot."""
        one = cards[0] if len(cards) == 1 else None
        live = any(card.state == "running" for card in cards)
        nothing = "" if cards else "Choose a run first"
        single = nothing or ("" if one else "Choose a single run")
        known = one is not None and bool(one.model)
        closed = "" if one and one.openable else CLOSED
        ended = closed or ("" if one and (one.resumable or live) else ENDED)
        busy = (BUSY if one else ONE_BUSY) if live else ""
        why = {
            "open": single or closed,
            "resume": single or busy or ended,
            "settings": single or ("" if known else CLOSED),
            "rename": single,
            "export": nothing,
            "verify": single,
            "reveal": single,
            "delete": nothing or busy,
        }
        for name, action in self._all.items():
            action.setEnabled(not why[name])
            action.setToolTip(why[name] or action.property("tip"))
        done = one is not None and one.state == "finished"
        if done and not why["resume"]:
            self._all["resume"].setToolTip(LONGER)

    def _on_triggered(self) -> None:
        self.asked.emit(self.sender().objectName().removesuffix("RunAction"))

    def tint(self) -> None:
        """Draws the icons in the colours of the theme."""
        for action in self._all.values():
            action.setIcon(icon(action.property("icon_name"), self._widget))

    def button(self, name: str, *, words: bool, primary: bool = False) -> QToolButton:
        """A button for an action: with its words, or with its icon alone."""
        button = QToolButton(self._widget)
        button.setObjectName(f"{name}RunButton")
        button.setDefaultAction(self._all[name])
        button.setAccessibleName(self._all[name].text())
        if words:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setProperty("primary" if primary else "face", True)
        return button
