"""What the models answer, one kind at a time, chosen by a row of tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Tab:
    """One of them: its title, the name that is remembered, its widget, and what its tip says."""

    title: str
    name: str
    widget: QWidget
    tip: str


class AnswerTabs(QWidget):
    """A row of tabs above the one that is shown.

    Signals:
        changed(str): the name of the tab that the user has chosen.
    """

    changed = Signal(str)

    def __init__(self, tabs: Sequence[Tab], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answerTabs")
        self._names = [tab.name for tab in tabs]
        self._bar = QTabBar(self)
        self._bar.setObjectName("answerTabBar")
        self._bar.setAccessibleName("What the models are asked")
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setUsesScrollButtons(True)
        self._bar.setElideMode(Qt.TextElideMode.ElideNone)
        self._bar.setStyleSheet(f"QTabBar::tab {{ padding: {theme.XS}px {theme.M}px; }}")
        self._pages = QStackedWidget(self)
        self._pages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        for number, tab in enumerate(tabs):
            self._bar.addTab(tab.title)
            self._bar.setTabToolTip(number, f"{tab.tip} (Ctrl+Alt+{number + 1})")
            self._pages.addWidget(tab.widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        column.addWidget(self._bar)
        column.addWidget(self._pages, 1)
        self._setting = False
        self._bar.currentChanged.connect(self._on_current_changed)

    def names(self) -> list[str]:
        """From left to right."""
        return list(self._names)

    def current(self) -> str:
        """The name of the tab that is shown; "" without tabs."""
        return self._names[self._bar.currentIndex()] if self._names else ""

    def set_current(self, name: str) -> None:
        """Shows a tab; a name that there is not changes nothing."""
        if name in self._names:
            self._setting = True
            self._bar.setCurrentIndex(self._names.index(name))
            self._setting = False

    def choose(self, number: int) -> bool:
        """Shows the tab of a number from 0, as if it had been clicked; says whether there is it."""
        if not 0 <= number < len(self._names):
            return False
        self._bar.setCurrentIndex(number)
        return True

    def _on_current_changed(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        if not self._setting:
            self.changed.emit(self._names[number])
