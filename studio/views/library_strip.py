"""The top of the Library page: search, order, import, trash; and what is being worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QWidget,
)

from studio.state.shelf import ORDERS, counted
from studio.views import theme
from studio.views.icons import icon

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

SEARCH_TIP = (
    "All words must occur. tag:thesis, model:gan, data:mnist and state:failed look only there "
    "(Ctrl+F)"
)


class LibraryStrip(QWidget):
    """One row of controls.

    Signals:
        query_changed(str), order_changed(str): what to search and how to sort.
        search_left(): the keyboard goes on from the search field to the runs.
        import_requested(), trash_requested(), empty_trash_requested(): buttons and menu.
    """

    query_changed = Signal(str)
    order_changed = Signal(str)
    search_left = Signal()
    import_requested = Signal()
    trash_requested = Signal()
    empty_trash_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = _Search()
        self.search.setObjectName("runSearch")
        self.search.setAccessibleName("Search runs")
        self.search.setPlaceholderText("Search runs")
        self.search.setToolTip(SEARCH_TIP)
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(320)
        self.search.textChanged.connect(self.query_changed)
        self.search.left.connect(self.search_left)
        self._lens = self.search.addAction(
            icon("search", self, 16), QLineEdit.ActionPosition.LeadingPosition
        )
        self._count = QLabel()
        self._count.setObjectName("runCount")
        self._count.setProperty("quiet", True)
        self._count.setFont(theme.tabular(self.font()))
        self._order = QComboBox()
        self._order.setObjectName("runOrder")
        self._order.setAccessibleName("Order of the runs")
        for name, words in ORDERS:
            self._order.addItem(words, name)
        self._order.currentIndexChanged.connect(self._on_order_changed)
        self._import = QPushButton("Import…")
        self._import.setObjectName("importRunButton")
        self._import.setToolTip("Adds runs from .modescope files; or drop them on the page")
        self._import.clicked.connect(self.import_requested)
        self._trash = QToolButton()
        self._trash.setObjectName("trashButton")
        self._trash.setAccessibleName("Trash")
        self._trash.setToolTip("The trash: look into it, or empty it")
        self._trash.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._trash)
        menu.addAction("Show the trash folder", self.trash_requested.emit)
        self.empty_trash = menu.addAction("Empty the trash…", self.empty_trash_requested.emit)
        self._trash.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.S)
        row.addWidget(self.search)
        row.addWidget(self._order)
        row.addSpacing(theme.S)
        row.addWidget(self._count, 1)
        row.addWidget(self._import)
        row.addWidget(self._trash)
        self._import.setIconSize(QSize(16, 16))
        self._tint()

    def set_count(self, shown: int, total: int) -> None:
        """How many runs the search leaves, of how many."""
        self._count.setText(counted(shown, total) if total else "")
        self.search.setVisible(total > 0)
        self._order.setVisible(total > 0)
        self._import.setVisible(total > 0)

    def order(self) -> str:
        """How the runs are sorted."""
        return str(self._order.currentData())

    def set_order(self, order: str) -> None:
        """Sorts so, without a signal; an unknown order changes nothing."""
        index = self._order.findData(order)
        if index >= 0:
            self._order.blockSignals(True)
            self._order.setCurrentIndex(index)
            self._order.blockSignals(False)

    def _on_order_changed(self) -> None:
        self.order_changed.emit(self.order())

    def _tint(self) -> None:
        self._lens.setIcon(icon("search", self, 16))
        self._import.setIcon(icon("import", self, 16))
        self._trash.setIcon(icon("trash", self))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()


class BusyRow(QWidget):
    """What the library is working on, how far it is, and a way to stop it."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("libraryBusy")
        self._text = QLabel()
        self._text.setObjectName("busyText")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName("cancelButton")
        self._cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.M)
        row.addWidget(self._text)
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        self.hide()

    def show_work(self, text: str | None, fraction: float | None, cancellable: bool) -> None:
        """Shows it; without a text there is none, without a fraction nobody knows how far it is."""
        self.setVisible(text is not None)
        self._text.setText(text or "")
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round(1000 * (fraction or 0.0)))
        self._cancel.setVisible(cancellable)


class _Search(QLineEdit):
    """A search field: Down and Enter go on to the runs, Escape empties it and does, too."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.clear()
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)
