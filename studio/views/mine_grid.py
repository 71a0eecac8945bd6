"""Kept drawings side by side, grouped by the digit that they are, to be chosen and changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QMenu

from studio.views import theme
from studio.views.pictures import PIXELS, grey_image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPaintEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

SIDE = 2 * PIXELS
PITCH = SIDE + theme.XS
GUTTER = 36
"""Left of each group stand its digit and how many there are."""
BETWEEN = theme.M
EDGE = 3
"""Around the digits there is room for the frame of what is chosen."""


@dataclass(frozen=True)
class _Group:
    """The drawings of one digit: the first line begins at `top`, pixels from the top of all."""

    digit: int
    places: tuple[int, ...]
    top: int


class MineGrid(QAbstractScrollArea):
    """Drawings in groups, one below the other; only what is in view is painted.

    A drawing is named by its place in what was given to `set_digits`. Plain clicks and arrow keys
    choose one, Ctrl adds, Shift reaches.

    Signals:
        selection_changed(): other drawings are chosen.
        opened(int): a drawing was double clicked, or chosen with Enter.
        remove_requested(): Del was pressed, or chosen in the menu.
        relabel_requested(int): the chosen drawings are this digit: its key was pressed.
        undo_requested(), redo_requested(): by their keys, while the grid has the focus.
    """

    selection_changed = Signal()
    opened = Signal(int)
    remove_requested = Signal()
    relabel_requested = Signal(int)
    undo_requested = Signal()
    redo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mineGrid")
        self.setAccessibleName("My digits")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setToolTip(
            "Click to choose (Ctrl adds, Shift reaches), double click to draw on, 0 to 9 to say "
            "which digit it is, Del to delete, Ctrl+Z to undo"
        )
        self._images: NDArray[np.uint8] = np.zeros((0, PIXELS, PIXELS), np.uint8)
        self._labels: NDArray[np.int64] = np.zeros(0, np.int64)
        self._only: int | None = None
        self._groups: tuple[_Group, ...] = ()
        self._order: tuple[int, ...] = ()
        self._chosen: set[int] = set()
        self._current: int | None = None
        self._anchor: int | None = None
        self._columns = 1

    # -- what is shown --------------------------------------------------------------------------

    def set_digits(self, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
        """Shows uint8 (N, 28, 28) and their labels (N,); nothing stays chosen."""
        self._images, self._labels = images, labels
        self._chosen, self._current, self._anchor = set(), None, None
        self._arrange()
        self._tell()

    def show_only(self, digit: int | None) -> None:
        """Shows one digit alone, or all; what goes out of sight is not chosen any more."""
        self._only = digit
        self._arrange()
        shown = set(self._order)
        if not self._chosen <= shown:
            self._chosen &= shown
            self._tell()
        if self._current not in shown:
            self._current = self._anchor = None
        self.verticalScrollBar().setValue(0)

    def chosen(self) -> tuple[int, ...]:
        """The places of what is chosen, ascending."""
        return tuple(sorted(self._chosen))

    def choose(self, places: Iterable[int]) -> None:
        """Chooses these, as far as they are shown; for who has just made them."""
        self._chosen = set(places) & set(self._order)
        self._current = self._anchor = max(self._chosen, default=None)
        if self._current is not None:
            self._reveal(self._current)
        self.viewport().update()

    def rect_of(self, place: int) -> QRect:
        """Where a drawing lies now, in the coordinates of the viewport; null if it is not shown."""
        for group in self._groups:
            if place in group.places:
                row, column = divmod(group.places.index(place), self._columns)
                top = group.top + row * PITCH - self.verticalScrollBar().value()
                return QRect(GUTTER + column * PITCH, top, SIDE, SIDE)
        return QRect()

    # -- layout ---------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._columns = max(1, (self.viewport().width() - GUTTER - EDGE + theme.XS) // PITCH)
        digits = range(10) if self._only is None else (self._only,)
        groups, top = [], EDGE
        for digit in digits:
            places = tuple(np.flatnonzero(self._labels == digit).tolist())
            if places:
                groups.append(_Group(digit, places, top))
                top += -(-len(places) // self._columns) * PITCH + BETWEEN
        self._groups = tuple(groups)
        self._order = tuple(place for group in groups for place in group.places)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, top - BETWEEN - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(PITCH // 2)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _place_at(self, point: QPoint) -> int | None:
        y = point.y() + self.verticalScrollBar().value()
        column, within = divmod(point.x() - GUTTER, PITCH)
        if not 0 <= column < self._columns or within >= SIDE:
            return None
        for group in self._groups:
            row, beside = divmod(y - group.top, PITCH)
            index = row * self._columns + column
            if row >= 0 and beside < SIDE and index < len(group.places):
                return group.places[index]
        return None

    def _reveal(self, place: int) -> None:
        rect, bar = self.rect_of(place), self.verticalScrollBar()
        if rect.top() < EDGE:
            bar.setValue(bar.value() + rect.top() - EDGE)
        elif (below := rect.y() + SIDE + EDGE - self.viewport().height()) > 0:
            bar.setValue(bar.value() + below)

    # -- choosing -------------------------------------------------------------------------------

    def _tell(self) -> None:
        count = len(self._chosen)
        self.setAccessibleDescription(f"{len(self._labels):,} drawings, {count:,} chosen")
        self.viewport().update()
        self.selection_changed.emit()

    def _go_to(self, place: int, modifiers: Qt.KeyboardModifier) -> None:
        before = set(self._chosen)
        if modifiers & Qt.KeyboardModifier.ShiftModifier and self._anchor is not None:
            ends = sorted(map(self._order.index, (self._anchor, place)))
            reached = set(self._order[ends[0] : ends[1] + 1])
            if modifiers & Qt.KeyboardModifier.ControlModifier:
                reached |= self._chosen
            self._chosen = reached
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self._chosen ^= {place}
            self._anchor = place
        else:
            self._chosen, self._anchor = {place}, place
        self._current = place
        self._reveal(place)
        self.viewport().update()
        if self._chosen != before:
            self._tell()

    def _choose_all(self, places: Iterable[int]) -> None:
        chosen = set(places)
        if chosen != self._chosen:
            self._chosen = chosen
            self._tell()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton:
            if place is not None:
                self._go_to(place, event.modifiers())
            elif not event.modifiers():
                self._choose_all(())
        elif place is not None and place not in self._chosen:
            self._go_to(place, Qt.KeyboardModifier.NoModifier)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.opened.emit(place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self._chosen:
            return
        menu = QMenu(self)
        menu.setObjectName("mineMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if len(self._chosen) == 1:
            place = min(self._chosen)
            menu.addAction("Put on the canvas", lambda: self.opened.emit(place))
        relabel = menu.addMenu("It is another digit")
        for digit in range(10):
            relabel.addAction(f"{digit}", partial(self.relabel_requested.emit, digit))
        menu.addSeparator()
        menu.addAction("Delete", self.remove_requested.emit)
        menu.popup(event.globalPos())

    # -- keys -----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # What the grid does with these keys goes before what the window does.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_A
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if (control and event.key() in keys) or _digit_of(event) is not None:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        digit, key = _digit_of(event), event.key()
        if control and key == Qt.Key.Key_A:
            self._choose_all(self._order)
        elif control and key in (Qt.Key.Key_Z, Qt.Key.Key_Y):
            redo = shift or key == Qt.Key.Key_Y
            (self.redo_requested if redo else self.undo_requested).emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._chosen:
            self.remove_requested.emit()
        elif digit is not None and self._chosen:
            self.relabel_requested.emit(digit)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current is not None:
            self.opened.emit(self._current)
        elif key == Qt.Key.Key_Escape and self._chosen:
            self._choose_all(())
        elif (target := self._beside(key)) is not None:
            # Ctrl with an arrow would choose and unchoose in turns.
            keep = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
            self._go_to(target, keep)
        else:
            super().keyPressEvent(event)

    def _beside(self, key: int) -> int | None:
        """Where a key leads to from the current drawing."""
        if not self._order:
            return None
        if self._current is None:
            arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
            return self._order[0] if key in (*arrows, Qt.Key.Key_Home) else None
        index, last = self._order.index(self._current), len(self._order) - 1
        match key:
            case Qt.Key.Key_Left:
                return self._order[max(index - 1, 0)]
            case Qt.Key.Key_Right:
                return self._order[min(index + 1, last)]
            case Qt.Key.Key_Home:
                return self._order[0]
            case Qt.Key.Key_End:
                return self._order[last]
            case Qt.Key.Key_Up:
                return self._vertical(-1)
            case Qt.Key.Key_Down:
                return self._vertical(1)
        return None

    def _vertical(self, step: int) -> int | None:
        """The drawing above or below the current one, in the next group where it ends."""
        number, group = next(
            (n, g) for n, g in enumerate(self._groups) if self._current in g.places
        )
        assert self._current is not None
        row, column = divmod(group.places.index(self._current), self._columns)
        rows = -(-len(group.places) // self._columns)
        row += step
        if not 0 <= row < rows:
            number += step
            if not 0 <= number < len(self._groups):
                return self._current
            group = self._groups[number]
            row = 0 if step > 0 else -(-len(group.places) // self._columns) - 1
        return group.places[min(row * self._columns + column, len(group.places) - 1)]

    # -- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self.viewport()), theme.tokens(self)
        offset, height = self.verticalScrollBar().value(), self.viewport().height()
        for group in self._groups:
            rows = -(-len(group.places) // self._columns)
            if group.top - offset > height or group.top + rows * PITCH < offset:
                continue
            self._paint_gutter(painter, tokens, group, group.top - offset)
            first = max(0, (offset - group.top) // PITCH)
            last = min(rows, (offset + height - group.top) // PITCH + 1)
            for index in range(first * self._columns, min(last * self._columns, len(group.places))):
                row, column = divmod(index, self._columns)
                top = group.top + row * PITCH - offset
                place = group.places[index]
                self._paint_drawing(painter, tokens, place, GUTTER + column * PITCH, top)

    def _paint_gutter(
        self, painter: QPainter, tokens: theme.Tokens, group: _Group, top: int
    ) -> None:
        bar = QRectF(0, top, 3, SIDE)
        painter.fillRect(bar, QColor(theme.CLASS_COLOURS[group.digit]))
        painter.setPen(QColor(tokens.text))
        painter.setFont(theme.sized(self.font(), theme.TITLE, bold=True))
        left = Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(theme.S, top, GUTTER, 20), left, str(group.digit))
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        count = f"{len(group.places):,}"
        painter.drawText(QRectF(theme.S, top + 22, GUTTER, 16), left, count)

    def _paint_drawing(
        self, painter: QPainter, tokens: theme.Tokens, place: int, left: int, top: int
    ) -> None:
        room = QRectF(left, top, SIDE, SIDE)
        painter.drawImage(room, grey_image(self._images[place]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if place in self._chosen:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(room.adjusted(-1, -1, 1, 1))
        elif place == self._current and self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(room.adjusted(-1.5, -1.5, 1.5, 1.5))


def _digit_of(event: QKeyEvent) -> int | None:
    """The digit on a key that is pressed alone."""
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if plain != Qt.KeyboardModifier.NoModifier:
        return None
    offset = event.key() - Qt.Key.Key_0
    return offset if 0 <= offset <= 9 else None
