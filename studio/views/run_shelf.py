"""The shelf: all runs as cards, those that a search leaves, in the chosen order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from studio.state.shelf import RunCard, matches, ordered
from studio.views import theme
from studio.views.run_cards import CARD_ROLE, RunDelegate, summary
from studio.views.run_marks import STATES, plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class RunModel(QAbstractListModel):
    """The runs that a search leaves, in order."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._all: list[RunCard] = []
        self._shown: list[RunCard] = []
        self._query, self._order = "", "newest"

    def set_cards(self, cards: Sequence[RunCard]) -> None:
        """Takes all runs anew."""
        self._all = list(cards)
        self._arrange()

    def set_query(self, query: str) -> None:
        """Leaves the runs that answer to a search."""
        self._query = query
        self._arrange()

    def set_order(self, order: str) -> None:
        """Sorts by one of `state.shelf.ORDERS`."""
        self._order = order
        self._arrange()

    def replace(self, card: RunCard) -> None:
        """Takes one run anew, where it stands: it does not run away from under the pen."""
        self._all = [card if old.id == card.id else old for old in self._all]
        for row, old in enumerate(self._shown):
            if old.id == card.id:
                self._shown[row] = card
                self.dataChanged.emit(self.index(row), self.index(row))

    def cards(self) -> list[RunCard]:
        """What is shown, in order."""
        return list(self._shown)

    def total(self) -> int:
        """How many runs there are, whether shown or not."""
        return len(self._all)

    def row_of(self, id: str) -> int:
        """Where a run stands, or -1."""
        return next((row for row, card in enumerate(self._shown) if card.id == id), -1)

    def _arrange(self) -> None:
        shown = ordered([card for card in self._all if matches(card, self._query)], self._order)
        if [card.id for card in shown] == [card.id for card in self._shown]:
            # While a training runs its card changes every few seconds: nothing may jump.
            self._shown = shown
            if shown:
                self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        card = self._shown[index.row()]
        if role == CARD_ROLE:
            return card
        if role == Qt.ItemDataRole.DisplayRole:
            return card.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            when = summary(card, datetime.now().astimezone())
            return ", ".join((card.title, STATES[card.state][0], when, *card.tags))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip("\n".join(filter(None, (card.title, card.problem or card.notes))))
        return None


class RunShelf(QListView):
    """A wall of cards. Arrows, Home and End walk; Enter or a double click opens.

    Signals:
        chosen(): the user has selected other runs.
        opened(): Enter or a double click on one.
        deleting(): the Delete key.
    """

    chosen = Signal()
    opened = Signal()
    deleting = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runShelf")
        self.setAccessibleName("Runs")
        self._runs = RunModel(self)
        self._paint = RunDelegate(self)
        self._by_hand = True
        self.setModel(self._runs)
        self.setItemDelegate(self._paint)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setStyleSheet("QListView { background: transparent; }")
        # What is dropped belongs to the page.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.doubleClicked.connect(self.opened)
        self._fit_steps()

    # Setters

    def set_cards(self, cards: Sequence[RunCard]) -> None:
        """Shows these runs; what was selected and still exists stays selected, and in place."""
        rows = [index.row() for index in self.selectionModel().selectedIndexes()]
        self._keep(lambda: self._runs.set_cards(cards))
        shown = self._runs.cards()
        if rows and shown and not self.selected():
            # What was selected has been deleted: its neighbour moves up.
            self.select((shown[min(*rows, len(shown) - 1)].id,))

    def set_query(self, query: str) -> None:
        """Shows what a search leaves."""
        self._keep(lambda: self._runs.set_query(query))

    def set_order(self, order: str) -> None:
        """Sorts by one of `state.shelf.ORDERS`."""
        self._keep(lambda: self._runs.set_order(order))
        self.scrollTo(self.currentIndex())

    def update_card(self, card: RunCard) -> None:
        """Shows one run anew, where it stands."""
        self._runs.replace(card)

    def select(self, ids: Sequence[str]) -> None:
        """Selects runs, the last of them current; unknown ones are left out."""
        rows = [row for id in ids if (row := self._runs.row_of(id)) >= 0]
        picked = QItemSelection()
        for row in rows:
            picked.select(self._runs.index(row), self._runs.index(row))
        flags = QItemSelectionModel.SelectionFlag
        self._by_hand = False
        if rows:
            model = self.selectionModel()
            model.setCurrentIndex(self._runs.index(rows[-1]), flags.NoUpdate)
        self.selectionModel().select(picked, flags.ClearAndSelect)
        self._by_hand = True

    def set_paper(self, on: bool) -> None:
        """Dark ink on white paper, instead of bright ink on black."""
        self._paint.set_paper(on)
        self.viewport().update()

    def set_rows(self, rows: int) -> None:
        """How many rows of digits a card shows."""
        self._paint.set_rows(rows)
        self._fit_steps()
        self.scheduleDelayedItemsLayout()

    # Answers

    def selected(self) -> list[RunCard]:
        """The selected runs, from top to bottom."""
        shown = self._runs.cards()
        return [shown[row] for row in sorted(i.row() for i in self.selectedIndexes())]

    def cards(self) -> list[RunCard]:
        """What is shown, in order."""
        return self._runs.cards()

    def total(self) -> int:
        """How many runs there are, whether shown or not."""
        return self._runs.total()

    def width_for(self, columns: int) -> int:
        """The width in which so many cards stand side by side."""
        # Qt begins a new row where the last card would fit to the pixel.
        return columns * self.pitch() + self.verticalScrollBar().sizeHint().width() + theme.XS

    def pitch(self) -> int:
        """From the left edge of one card to that of the next."""
        return self._paint.pitch().width()

    # Inside

    def _keep(self, change: Callable[[], None]) -> None:
        ids = [card.id for card in self.selected()]
        current = self.currentIndex().data(CARD_ROLE)
        place = self.verticalScrollBar().value()
        self._by_hand = False
        change()
        self._by_hand = True
        if current is not None and current.id in ids:
            ids.sort(key=lambda id: id == current.id)
        self.select(ids)
        self.verticalScrollBar().setValue(place)

    def _fit_steps(self) -> None:
        self.verticalScrollBar().setSingleStep(self._paint.pitch().height() // 4)

    def selectionChanged(self, now: QItemSelection, before: QItemSelection) -> None:
        super().selectionChanged(now, before)
        if self._by_hand:
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.selected():
                self.opened.emit()
        elif event.key() == Qt.Key.Key_Delete:
            if self.selected():
                self.deleting.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # Arrow keys begin at the first card, not nowhere.
        if not self.currentIndex().isValid() and self._runs.rowCount():
            self.setCurrentIndex(self._runs.index(0))
