"""The plate with the places of the map that the user wants to find again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from studio.views import theme
from studio.views.map_plate import Card, quiet, tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

WIDTH = 264
ROW = 28
ROWS = 6


class BookmarksPlate(Card):
    """Signals:
    added(): the user wants to find the present view again.
    chosen(int): the user wants to go there.
    renamed(int, str): the user calls it otherwise.
    removed(int): the user does not need it any more.
    """

    added = Signal()
    chosen = Signal(int)
    renamed = Signal(int, str)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bookmarksPlate", "Bookmarks", "closeBookmarksButton", parent)
        self.setFixedWidth(WIDTH)
        self._list = _List(self)
        self._list.itemClicked.connect(self._on_item_chosen)
        self._list.itemActivated.connect(self._on_item_chosen)
        self._list.itemChanged.connect(self._on_item_changed)
        self._list.currentRowChanged.connect(self._show_buttons)
        self._list.remove_pressed.connect(self._on_remove)
        self._empty = quiet(self, wrap=True, small=False)
        self._empty.setText("No bookmarks yet. Move to a place worth keeping and add it here.")
        self._add = QPushButton("Add this view", self)
        self._add.setObjectName("addBookmarkButton")
        self._add.setToolTip("Keep this view (Ctrl+D)")
        self._add.clicked.connect(self.added)
        self._rename = tool("pen", "renameBookmarkButton", "Rename (F2)", self, side=28)
        self._rename.clicked.connect(self._on_rename_clicked)
        self._remove = tool("trash", "removeBookmarkButton", "Remove (Delete)", self, side=28)
        self._remove.clicked.connect(self._on_remove)
        foot = QHBoxLayout()
        foot.setSpacing(theme.XS)
        foot.addWidget(self._add, 1)
        foot.addWidget(self._rename)
        foot.addWidget(self._remove)
        self.body.addWidget(self._empty)
        self.body.addWidget(self._list)
        self.body.addLayout(foot)
        self.set_bookmarks([])

    def set_bookmarks(self, entries: Sequence[tuple[str, str]]) -> None:
        """All bookmarks: what each is called, and where it is in words."""
        row = self._list.currentRow()
        self._list.blockSignals(True)
        self._list.clear()
        for name, tip in entries:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(f"{tip}. Click to go there.")
            self._list.addItem(item)
        self._list.setCurrentRow(min(row, len(entries) - 1))
        self._list.blockSignals(False)
        self._list.setFixedHeight(min(len(entries), ROWS) * ROW + 2)
        self._list.setVisible(bool(entries))
        self._empty.setVisible(not entries)
        self._show_buttons()
        self.adjustSize()

    def rename(self, index: int) -> None:
        """Lets the user type a name for a bookmark."""
        self._list.setCurrentRow(index)
        self._list.editItem(self._list.item(index))

    def _show_buttons(self) -> None:
        some = self._list.currentRow() >= 0
        self._rename.setEnabled(some)
        self._remove.setEnabled(some)

    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(self._list.row(item))

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        self.renamed.emit(self._list.row(item), item.text())

    def _on_rename_clicked(self) -> None:
        self._list.editItem(self._list.currentItem())

    def _on_remove(self) -> None:
        if self._list.currentRow() >= 0:
            self.removed.emit(self._list.currentRow())


class _List(QListWidget):
    remove_pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("bookmarkList")
        self.setAccessibleName("Bookmarks")
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setUniformItemSizes(True)
        self.setStyleSheet(f"QListWidget::item {{ height: {ROW}px; }}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_pressed.emit()
        else:
            super().keyPressEvent(event)
