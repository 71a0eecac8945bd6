"""The list that opens below a button: which runs are to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.views import icons, theme
from studio.views.pictures import PIXELS, grey_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QKeyEvent, QPaintEvent, QShowEvent

    from studio.state.answer_rows import Choice

KEY_ROLE = Qt.ItemDataRole.UserRole
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 1
WIDTH, TALLEST = 360, 420
ROW = PIXELS + theme.M
MANY = 9
"""Runs from which on one can search for one."""


class RunChooser(QFrame):
    """Runs with a tick each; a click, Space or Enter sets it or takes it away.

    Signals:
        chosen(tuple of keys): others are ticked now, in the order of the list.
    """

    chosen = Signal(object)

    def __init__(self, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("runChooser")
        self.setProperty("panel", True)
        self.setAccessibleName("Runs that answer")
        self._most = most
        self._keys: tuple[str, ...] = ()
        self._search = QLineEdit()
        self._search.setObjectName("runSearch")
        self._search.setPlaceholderText("Find a run")
        self._search.setAccessibleName("Find a run")
        self._search.setClearButtonEnabled(True)
        self._list = _Ticks()
        self._list.setObjectName("runTicks")
        self._list.setAccessibleName("Runs")
        self._list.setItemDelegate(_RunLine(self._list))
        self._line = QLabel()
        self._line.setObjectName("runCount")
        self._line.setProperty("quiet", True)
        self._line.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.M, theme.M, theme.M, theme.M)
        column.setSpacing(theme.S)
        column.addWidget(self._search)
        column.addWidget(self._list, 1)
        column.addWidget(self._line)
        self._search.textChanged.connect(self._filter)
        self._list.toggled.connect(self._on_toggled)
        self._show_count()

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """All runs there are, in this order."""
        current = self._list.currentRow()
        self._list.clear()
        for choice in choices:
            item = QListWidgetItem(choice.title)
            item.setData(KEY_ROLE, choice.key)
            item.setData(DETAIL_ROLE, choice.problem or choice.detail)
            item.setToolTip(choice.problem)
            if choice.thumbnail is not None:
                item.setIcon(QIcon(QPixmap.fromImage(grey_image(choice.thumbnail))))
            item.setSizeHint(QSize(0, ROW))
            self._list.addItem(item)
        self._list.broken = {choice.key for choice in choices if choice.problem}
        self._search.setVisible(len(choices) >= MANY)
        self._list.setVisible(bool(choices))
        self._filter(self._search.text())
        self._list.setCurrentRow(min(max(current, 0), self._list.count() - 1))
        self._show_ticks()

    def set_chosen(self, keys: Sequence[str]) -> None:
        """Which of them are ticked."""
        self._keys = tuple(keys)
        self._show_ticks()

    def open_below(self, button: QWidget) -> None:
        """Shows it below a button, at its right edge, and inside the screen."""
        rows = self._list.count()
        above = self.sizeHint().height() - self._list.sizeHint().height()
        tall = min(above + rows * ROW + theme.S, TALLEST) if rows else 0
        self.resize(WIDTH, max(tall, 2 * ROW + theme.M))
        corner = button.mapToGlobal(QPoint(button.width() - WIDTH, button.height() + theme.XS))
        screen = button.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - WIDTH)))
        corner.setY(max(screen.top(), min(corner.y(), screen.bottom() - self.height())))
        self.move(corner)
        self.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._search.clear()
        self._list.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        # What floats has a rim, as menus have.
        painter = QPainter(self)
        painter.setPen(QColor(theme.tokens(self).line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for row in range(self._list.count()):
            item = self._list.item(row)
            said = f"{item.text()}\n{item.data(DETAIL_ROLE)}".casefold()
            item.setHidden(not all(word in said for word in words))

    def _on_toggled(self, key: str) -> None:
        if key in self._keys:
            keys = tuple(one for one in self._keys if one != key)
        elif len(self._keys) < self._most:
            keys = (*self._keys, key)
        else:
            return
        self.set_chosen(keys)
        self.chosen.emit(keys)

    def _show_ticks(self) -> None:
        full = len(self._keys) >= self._most
        for row in range(self._list.count()):
            item = self._list.item(row)
            ticked = item.data(KEY_ROLE) in self._keys
            state = Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
            item.setData(Qt.ItemDataRole.CheckStateRole, state)
            broken = item.data(KEY_ROLE) in self._list.broken
            usable = ticked or not (full or broken)
            flags = Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags | Qt.ItemFlag.ItemIsEnabled if usable else flags)
        self._show_count()

    def _show_count(self) -> None:
        count = len(self._keys)
        if not self._list.count():
            text = "No runs yet: train a model, and its run can be chosen here."
        elif count >= self._most:
            text = f"{count} of {self._most} chosen: take one away to choose another."
        else:
            text = f"{count} of at most {self._most} chosen."
        self._line.setText(text)


class _Ticks(QListWidget):
    """A list whose lines are switched by a click anywhere on them, by Space and by Enter."""

    toggled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(self._toggle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.currentItem()
            if item is not None:
                self._toggle(item)
            return
        super().keyPressEvent(event)

    def _toggle(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.toggled.emit(item.data(KEY_ROLE))


class _RunLine(QStyledItemDelegate):
    """A tick, a digit, and two lines of words."""

    BOX = 16

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        view: QWidget = option.widget
        tokens = theme.tokens(view)
        room: QRect = option.rect
        state: QStyle.StateFlag = option.state
        usable = bool(state & QStyle.StateFlag.State_Enabled)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = view.hasFocus() and state & QStyle.StateFlag.State_HasFocus
        if usable and (state & QStyle.StateFlag.State_MouseOver or focused):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(room, theme.CORNER, theme.CORNER)
        checked = index.data(Qt.ItemDataRole.CheckStateRole)
        ticked = checked in (Qt.CheckState.Checked, Qt.CheckState.Checked.value)
        box = QRect(0, 0, self.BOX, self.BOX)
        box.moveCenter(QPoint(room.left() + theme.S + self.BOX // 2, room.center().y()))
        self._paint_box(painter, box, ticked, usable, view, tokens)
        left = box.right() + theme.S
        picture: QIcon | None = index.data(Qt.ItemDataRole.DecorationRole)
        place = QRect(left, room.center().y() - PIXELS // 2, PIXELS, PIXELS)
        if picture is not None:
            painter.drawPixmap(place, picture.pixmap(PIXELS, PIXELS))
        else:
            painter.fillRect(place, QColor(tokens.raised))
        words = QRect(
            place.right() + theme.S, room.top(), room.right() - place.right() - 2 * theme.S, ROW
        )
        self._paint_words(painter, words, index, usable, view, tokens)
        painter.restore()

    @staticmethod
    def _paint_box(
        painter: QPainter,
        box: QRect,
        ticked: bool,
        usable: bool,
        view: QWidget,
        tokens: theme.Tokens,
    ) -> None:
        painter.setPen(QColor(tokens.accent if ticked else theme.faint(tokens)))
        painter.setBrush(QColor(tokens.accent if ticked else tokens.raised))
        painter.setOpacity(1.0 if usable else 0.5)
        painter.drawRoundedRect(box, theme.XS, theme.XS)
        if ticked:
            tick = icons.pixmap("tick", view, box.width(), theme.on_colour(tokens))
            painter.drawPixmap(box.topLeft(), tick)
        painter.setOpacity(1.0)

    @staticmethod
    def _paint_words(
        painter: QPainter,
        room: QRect,
        index: QModelIndex | QPersistentModelIndex,
        usable: bool,
        view: QWidget,
        tokens: theme.Tokens,
    ) -> None:
        half = room.height() // 2
        for text, size, colour, top, low in (
            (index.data(), theme.BODY, tokens.text, room.top(), True),
            (index.data(DETAIL_ROLE), theme.SMALL, tokens.quiet, room.top() + half, False),
        ):
            font = theme.tabular(theme.sized(view.font(), size))
            painter.setFont(font)
            painter.setPen(QColor(colour if usable else theme.faint(tokens)))
            side = Qt.AlignmentFlag.AlignBottom if low else Qt.AlignmentFlag.AlignTop
            shown = QFontMetrics(font).elidedText(
                str(text or ""), Qt.TextElideMode.ElideRight, room.width()
            )
            place = QRect(room.left(), top, room.width(), half)
            painter.drawText(place, int(side | Qt.AlignmentFlag.AlignLeft), shown)
