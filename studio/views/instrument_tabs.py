"""The instruments below the samples: one at a time, chosen by a row of tabs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.elided import ElidedLabel

HEIGHT = 148
"""What the instruments ask for in a small window."""


class InstrumentTabs(QWidget):
    """A row of tabs above the instrument that is chosen; what is too tall scrolls."""

    chosen = Signal(str)
    """The title of the tab that the user has chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("instrumentPanel")
        self._bar = QTabBar()
        self._bar.setObjectName("instrumentTabs")
        self._bar.setAccessibleName("Instruments")
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setUsesScrollButtons(True)
        self._bar.setElideMode(Qt.TextElideMode.ElideNone)
        # Lower than tabs elsewhere: every pixel of height is taken from the digits.
        self._bar.setStyleSheet(f"QTabBar::tab {{ padding: {theme.XS}px {theme.S}px; }}")
        self._setting = False
        self._read: tuple[str, ...] = ()
        self._note_text = ""
        self._note = ElidedLabel()
        self._note.setObjectName("instrumentNote")
        self._note.setProperty("quiet", True)
        self._note.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._pages = QStackedWidget()
        self._pages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(self._bar)
        row.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        column.addLayout(row)
        column.addWidget(self._pages, 1)
        self._bar.currentChanged.connect(self._on_current_changed)

    def add(self, title: str, widget: QWidget) -> None:
        """Adds an instrument at the right end."""
        page = _Page(widget)
        page.setObjectName(f"instrument{title}")
        self._pages.addWidget(page)
        self._setting = True
        self._bar.addTab(title)
        self._setting = False

    def titles(self) -> list[str]:
        """From left to right."""
        return [self._bar.tabText(index) for index in range(self._bar.count())]

    def current(self) -> str:
        """The title of the instrument that is shown."""
        return self._bar.tabText(self._bar.currentIndex())

    def set_current(self, title: str) -> None:
        """Shows an instrument; a title that there is not changes nothing."""
        if title in self.titles():
            self._setting = True
            self._bar.setCurrentIndex(self.titles().index(title))
            self._setting = False

    def set_note(self, text: str, titles: tuple[str, ...]) -> None:
        """Which reading is shown, beside the instruments with these titles that show it."""
        self._note_text, self._read = text, titles
        self._show_note()

    def _show_note(self) -> None:
        text = self._note_text if self.current() in self._read else ""
        self._note.setText(text)
        self._note.setToolTip(text)

    def sizeHint(self) -> QSize:
        return QSize(300, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._bar.sizeHint().height() + theme.XL)

    def _on_current_changed(self, index: int) -> None:
        self._pages.setCurrentIndex(index)
        self._show_note()
        if not self._setting:
            self.chosen.emit(self._bar.tabText(index))


class _Page(QScrollArea):
    """As wide as it is, as tall as its instrument needs."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(widget)
