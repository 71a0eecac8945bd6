"""The Library page: every training that was ever kept, its digits first and words second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.drop_cover import DropCover
from studio.views.empty_shelf import EmptyShelf
from studio.views.library_strip import BusyRow, LibraryStrip
from studio.views.notice import NoticeStrip
from studio.views.run_actions import RunActions
from studio.views.run_details import RunDetails
from studio.views.run_shelf import RunShelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import (
        QContextMenuEvent,
        QKeyEvent,
        QResizeEvent,
    )

    from studio.state.shelf import RunCard

LEAST_DETAILS = 380
UNBOUND = 2**24 - 1  # QWIDGETSIZE_MAX, which PySide6 does not know
LOW = 640
"""Below this height a card shows three rows of digits, so that two rows of cards are in view."""


class LibraryPage(QWidget):
    """Search, shelf and details. Runs are named by the path of their folder.

    Signals:
        selection_changed(object): tuple of folders, chosen by the user.
        open_requested(str), resume_requested(str), settings_requested(str): a run.
        export_requested(object), delete_requested(object): tuple of folders.
        verify_requested(str), reveal_requested(str): a run.
        label_changed(str, str, object, str): folder, name, tags as a tuple of str, notes.
        restore_requested(): bring back what was deleted last.
        import_requested(object): tuple of paths; empty to ask which.
        trash_requested(), empty_trash_requested(): show or empty the trash.
        refresh_requested(): read the shelf anew (F5).
        cancel_requested(): stop what `set_busy` shows.
        start_requested(): there are no runs yet: begin one.
        order_changed(str): how the runs are sorted.
    """

    selection_changed = Signal(object)
    open_requested = Signal(str)
    resume_requested = Signal(str)
    settings_requested = Signal(str)
    export_requested = Signal(object)
    verify_requested = Signal(str)
    reveal_requested = Signal(str)
    delete_requested = Signal(object)
    label_changed = Signal(str, str, object, str)
    restore_requested = Signal()
    import_requested = Signal(object)
    trash_requested = Signal()
    empty_trash_requested = Signal()
    refresh_requested = Signal()
    cancel_requested = Signal()
    start_requested = Signal()
    order_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageLibrary")
        self._undo = False
        self.strip = LibraryStrip(self)
        self.notice = NoticeStrip(self)
        self.notice.setObjectName("libraryNotice")
        self._busy = BusyRow(self)
        self.shelf = RunShelf(self)
        self._actions = RunActions(self)
        self.details = RunDetails(self._actions, self)
        self._empty = EmptyShelf(self)
        self._cover = DropCover("Drop to import", self)
        self._build()
        self._connect()
        # Until the first `set_cards` nobody knows whether there are runs.
        self.strip.set_count(0, 0)
        self.details.hide()

    # Setters

    def set_cards(self, cards: Sequence[RunCard]) -> None:
        """Shows these runs; what is selected stays so, else the first one is."""
        self.shelf.set_cards(cards)
        self._show_runs()

    def update_card(self, card: RunCard) -> None:
        """Shows one run anew, where it stands."""
        self.shelf.update_card(card)
        if any(shown.id == card.id for shown in self.shelf.selected()):
            self._show_selection()

    def set_grid(self, id: str, images: np.ndarray) -> None:
        """The whole last grid of a run, uint8 (N, H, W[, 3])."""
        self.details.set_grid(id, images)

    def set_busy(self, text: str | None, fraction: float | None, cancellable: bool) -> None:
        """What is being worked on; None hides it."""
        self._busy.show_work(text, fraction, cancellable)

    def set_undo(self, text: str | None) -> None:
        """What has just been deleted, and can be brought back; None once it cannot."""
        self._undo = text is not None
        if text is not None:
            self.notice.show_notice(text, "info", "Undo")
        else:
            self.notice.hide_notice()

    def select(self, id: str) -> None:
        """Selects a run and brings it into view; an unknown one changes nothing."""
        if any(card.id == id for card in self.shelf.cards()):
            self.shelf.select((id,))
            self.shelf.scrollTo(self.shelf.currentIndex())
            self._show_selection()

    def set_order(self, order: str) -> None:
        """Sorts by one of `state.shelf.ORDERS`."""
        self.strip.set_order(order)
        self.shelf.set_order(self.strip.order())

    def set_paper(self, on: bool) -> None:
        """Dark ink on white paper, instead of bright ink on black."""
        self.shelf.set_paper(on)
        self.details.set_paper(on)

    def selected(self) -> tuple[str, ...]:
        """The folders of the selected runs, from top to bottom."""
        return tuple(card.folder for card in self.shelf.selected())

    def undo(self) -> None:
        """Edit > Undo, while this page is in front: brings back what was deleted last."""
        if self._undo:
            self.restore_requested.emit()

    def commit(self) -> None:
        """Hands over what is being typed, before the window closes."""
        self.details.fields.hand_over()

    # Building

    def _build(self) -> None:
        self._wall = QStackedWidget()
        self._wall.addWidget(self.shelf)
        self._wall.addWidget(self._empty)
        self._body = QHBoxLayout()
        self._body.setSpacing(0)
        self._body.addWidget(self._wall, 1000)
        self._body.addWidget(self.details, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.S, theme.S, theme.S, theme.S)
        column.setSpacing(theme.M)
        column.addWidget(self.strip)
        column.addWidget(self.notice)
        column.addWidget(self._busy)
        column.addLayout(self._body, 1)

    def _connect(self) -> None:
        self.strip.query_changed.connect(self._on_query_changed)
        self.strip.order_changed.connect(self._on_order_changed)
        self.strip.search_left.connect(self.shelf.setFocus)
        self.strip.import_requested.connect(self._on_import_clicked)
        self.strip.trash_requested.connect(self.trash_requested)
        self.strip.empty_trash_requested.connect(self.empty_trash_requested)
        self._empty.start_requested.connect(self.start_requested)
        self._empty.import_requested.connect(self._on_import_clicked)
        self._empty.clear_requested.connect(self.strip.search.clear)
        self._cover.dropped.connect(self._on_dropped)
        self._busy.cancelled.connect(self.cancel_requested)
        self.notice.action_triggered.connect(self.undo)
        self.shelf.chosen.connect(self._on_shelf_chosen)
        self.shelf.opened.connect(self._actions["open"].trigger)
        self.shelf.deleting.connect(self._actions["delete"].trigger)
        self.details.label_changed.connect(self.label_changed)
        self.details.left.connect(self.shelf.setFocus)
        self._actions.asked.connect(self._on_asked)
        for keys, slot in (
            ("Ctrl+F", self._on_search),
            ("F2", self._actions["rename"].trigger),
            ("F5", self.refresh_requested.emit),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    # What the user does

    def _on_asked(self, name: str) -> None:
        folders = self.selected()
        self.details.fields.hand_over()
        if name == "rename":
            self.details.edit_name()
        elif name == "export":
            self.export_requested.emit(folders)
        elif name == "delete":
            self.delete_requested.emit(folders)
        else:
            single = {
                "open": self.open_requested,
                "resume": self.resume_requested,
                "settings": self.settings_requested,
                "verify": self.verify_requested,
                "reveal": self.reveal_requested,
            }
            single[name].emit(folders[0])

    def _on_shelf_chosen(self) -> None:
        self._show_selection()
        self.selection_changed.emit(self.selected())

    def _on_query_changed(self, query: str) -> None:
        before = self.selected()
        self.shelf.set_query(query)
        self._show_runs()
        if self.selected() != before:
            self.selection_changed.emit(self.selected())

    def _on_order_changed(self, order: str) -> None:
        self.shelf.set_order(order)
        self.order_changed.emit(order)

    def _on_import_clicked(self) -> None:
        self.import_requested.emit(())

    def _on_search(self) -> None:
        self.strip.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.strip.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo) and self._undo:
            self.undo()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = self.shelf.viewport().mapFromGlobal(event.globalPos())
        if self.shelf.isVisible() and self.shelf.indexAt(place).isValid():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(self._actions.all())
            menu.popup(event.globalPos())

    def _on_dropped(self, files: tuple[str, ...], given: int) -> None:
        if given > len(files):
            self._undo = False
            self.notice.show_notice(
                f"The first {len(files)} of {given:,} files are imported: drop the others again "
                "afterwards.",
                "warning",
            )
        self.import_requested.emit(files)

    # What is shown

    def _show_runs(self) -> None:
        shown, total = len(self.shelf.cards()), self.shelf.total()
        self.strip.set_count(shown, total)
        self._empty.show_reason(searching=total > 0)
        self._wall.setCurrentWidget(self.shelf if shown else self._empty)
        self.details.setVisible(shown > 0)
        if shown and not self.shelf.selected():
            self.shelf.select((self.shelf.cards()[0].id,))
        self._show_selection()
        self._arrange()

    def _show_selection(self) -> None:
        cards = self.shelf.selected()
        self._actions.show_for(cards)
        self.details.show_cards(cards)

    def _arrange(self) -> None:
        """Whole columns of cards; the details take what is left, so that no gap is."""
        if self._wall.currentWidget() is self._empty:
            self._wall.setMaximumWidth(UNBOUND)
            return
        needed = max(LEAST_DETAILS, self.details.minimumSizeHint().width())
        room = self.width() - 2 * theme.S - needed
        columns = max(1, (room - self.shelf.width_for(0)) // self.shelf.pitch())
        self._wall.setMaximumWidth(self.shelf.width_for(columns))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.shelf.set_rows(3 if self.height() < LOW else 4)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._actions.tint()
