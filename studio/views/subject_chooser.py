"""The button that says which model answers, and lets another run of the library answer instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from studio.views import icons

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 16
"""Runs in the menu; the library page has them all."""


class SubjectChooser(QToolButton):
    """A button with a menu: the model in the window, and the newest runs on the disk.

    Signals:
        chosen(str): the folder of the run that is to answer; "" for the model in the window.
        choices_wanted(): the menu is about to be shown.
    """

    chosen = Signal(str)
    choices_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setText("Model")
        self.setAccessibleName("Which model answers")
        self.setToolTip("Which model answers: the one in the window, or a run of the library")
        self.setProperty("icon_name", "library")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setIconSize(QSize(20, 20))
        self.setIcon(icons.icon("library", self))
        self._choices: tuple[tuple[str, str], ...] = ()
        self._chosen = ""
        self._menu = QMenu(self)
        self._menu.setObjectName(f"{name}Menu")
        self._menu.aboutToShow.connect(self.choices_wanted)
        self.setMenu(self._menu)
        self._fill()

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """The runs that can answer, newest first: (folder, what it is called)."""
        if tuple(choices) != self._choices:
            self._choices = tuple(choices)
            self._fill()

    def set_chosen(self, folder: str) -> None:
        """Ticks the run that answers; "" for the model in the window."""
        self._chosen = folder
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(icons.icon("library", self))

    def _fill(self) -> None:
        self._menu.clear()
        group = QActionGroup(self._menu)
        self._add(group, "", "The model in the window")
        if self._choices:
            self._menu.addSeparator()
        for folder, text in self._choices[:MOST]:
            self._add(group, folder, text)

    def _add(self, group: QActionGroup, folder: str, text: str) -> None:
        action = QAction(text, group)
        action.setCheckable(True)
        action.setChecked(folder == self._chosen)
        action.setData(folder)
        action.triggered.connect(self._on_triggered)
        self._menu.addAction(action)

    def _on_triggered(self) -> None:
        sender = self.sender()
        assert isinstance(sender, QAction)
        self.chosen.emit(str(sender.data()))
