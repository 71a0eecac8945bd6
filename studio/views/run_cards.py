"""Paints a run as a card: its digits, and below them what one looks for."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.state import run_words
from studio.views import theme
from studio.views.icons import pixmap
from studio.views.run_marks import CHIP_HEIGHT, STATES, paint_chips, state_colour
from studio.views.sample_grid import to_image

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from studio.state.shelf import RunCard

CARD_ROLE = Qt.ItemDataRole.UserRole
DIGITS = 4
"""Digits in a row of the mosaic."""
SIDE = 4 * 2 * 28 + 3
"""Width of the mosaic: digits at twice their size, with hairlines between them."""
GAP = theme.S
ICON = 14
MOST_PICTURES = 256
"""Runs whose digits are kept ready for painting."""


def summary(card: RunCard, now: datetime) -> str:
    """Rounds, duration and when, as the line below a title."""
    parts = [run_words.moment(card.created, now)]
    if card.state != "damaged":
        parts = [run_words.rounds(card.step, None), run_words.span(card.seconds), *parts]
    return " · ".join(part for part in parts if part)


class RunDelegate(QStyledItemDelegate):
    """Paints cards of one size.

    Arguments:
        parent: The view that it paints for.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = DIGITS
        self._paper = False
        self._pictures: dict[str, tuple[object, list[QImage]]] = {}
        self._icons: dict[tuple[str, str, float], QPixmap] = {}

    def set_rows(self, rows: int) -> None:
        """How many rows of digits a card shows; a low window shows fewer."""
        self._rows = rows

    def set_paper(self, on: bool) -> None:
        """Dark ink on white paper, instead of bright ink on black."""
        if on != self._paper:
            self._paper = on
            self._pictures.clear()

    def card_size(self) -> QSize:
        """Of a card, without the gap to the next."""
        words = 20 + theme.XS + 16 + theme.S + CHIP_HEIGHT
        return QSize(SIDE + 2 * theme.M, self._mosaic_height() + words + theme.S + 2 * theme.M)

    def pitch(self) -> QSize:
        """From one card to the next."""
        return self.card_size() + QSize(GAP, GAP)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return self.pitch()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        card: RunCard = index.data(CARD_ROLE)
        view: QWidget = option.widget
        room: QRectF = QRectF(option.rect).adjusted(0, 0, -GAP, -GAP)
        state: QStyle.StateFlag = option.state
        tokens = theme.tokens(view)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        face = tokens.surface
        if chosen:
            face = theme.blend(tokens.accent, tokens.surface, 0.16)
        elif state & QStyle.StateFlag.State_MouseOver:
            face = tokens.raised
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(face))
        painter.drawRoundedRect(room, theme.CORNER, theme.CORNER)
        if state & QStyle.StateFlag.State_HasFocus and view.hasFocus():
            painter.setPen(QColor(tokens.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), theme.CORNER, theme.CORNER)
        inside = room.adjusted(theme.M, theme.M, -theme.M, -theme.M)
        mosaic = QRectF(inside.left(), inside.top(), SIDE, self._mosaic_height())
        self._paint_mosaic(painter, mosaic, card, view, tokens)
        self._paint_words(
            painter, inside.adjusted(0, mosaic.height() + theme.S, 0, 0), card, view, tokens, face
        )
        painter.restore()

    def _mosaic_height(self) -> int:
        return self._rows * (2 * 28 + 1) - 1

    def _paint_mosaic(
        self, painter: QPainter, room: QRectF, card: RunCard, view: QWidget, tokens: theme.Tokens
    ) -> None:
        pictures = self._pictures_of(card)
        if not pictures:
            self._paint_nothing(painter, room, card, view, tokens)
            return
        ratio = view.devicePixelRatioF()
        tall, wide = pictures[0].height(), pictures[0].width()
        if len(pictures) == 1:
            # One picture of all points is larger than the room, and no pixel of it counts.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
            side = min(room.width() / wide, room.height() / tall)
            shown = QRectF(0, 0, wide * side, tall * side)
            shown.moveCenter(room.center())
            painter.drawImage(shown, pictures[0])
            return
        gap = max(1, round(ratio))
        # Whole device pixels keep all pixels of a digit equally large.
        factor = max(1, math.floor((SIDE * ratio + gap) / DIGITS - gap) // max(tall, wide))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for number, picture in enumerate(pictures[: DIGITS * self._rows]):
            row, column = divmod(number, DIGITS)
            left = room.left() + column * (wide * factor + gap) / ratio
            top = room.top() + row * (tall * factor + gap) / ratio
            size = (wide * factor / ratio, tall * factor / ratio)
            painter.drawImage(QRectF(left, top, *size), picture)

    def _paint_nothing(
        self, painter: QPainter, room: QRectF, card: RunCard, view: QWidget, tokens: theme.Tokens
    ) -> None:
        painter.setPen(QPen(QColor(theme.faint(tokens)), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), theme.XS, theme.XS)
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(theme.sized(view.font(), theme.SMALL))
        words = "It cannot be read" if card.state == "damaged" else "No digits were kept"
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_words(
        self,
        painter: QPainter,
        room: QRectF,
        card: RunCard,
        view: QWidget,
        tokens: theme.Tokens,
        face: str,
    ) -> None:
        line = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        right = Qt.TextElideMode.ElideRight
        width = int(room.width())
        bold = theme.sized(view.font(), theme.BODY, bold=True)
        painter.setFont(bold)
        painter.setPen(QColor(tokens.text))
        title = QFontMetrics(bold).elidedText(card.title, right, width)
        painter.drawText(QRectF(room.left(), room.top(), width, 20), line, title)
        small = theme.tabular(theme.sized(view.font(), theme.SMALL))
        painter.setFont(small)
        painter.setPen(QColor(tokens.quiet))
        words = summary(card, datetime.now().astimezone())
        place = QRectF(room.left(), room.top() + 20 + theme.XS, width, 16)
        painter.drawText(place, line, QFontMetrics(small).elidedText(words, right, width))
        row = QRectF(room.left(), place.bottom() + theme.S, width, CHIP_HEIGHT)
        word, icon, _ = STATES[card.state]
        picture = self._icon(icon, state_colour(card.state, tokens), view)
        painter.drawPixmap(row.topLeft() + QRectF(0, 2, 0, 0).topLeft(), picture)
        painter.setPen(QColor(tokens.text))
        painter.drawText(row.adjusted(ICON + theme.XS, 0, 0, 0), line, word)
        used = ICON + theme.XS + QFontMetrics(small).horizontalAdvance(word) + theme.S
        paint_chips(painter, row.adjusted(used, 0, 0, 0), card.tags, tokens, face)

    def _pictures_of(self, card: RunCard) -> list[QImage]:
        if card.thumbnail is None:
            return []
        known = self._pictures.get(card.id)
        if known is None or known[0] is not card.thumbnail:
            if len(self._pictures) >= MOST_PICTURES:
                self._pictures.clear()
            digits = card.thumbnail[: DIGITS * DIGITS]
            ink = 255 - digits if self._paper else digits
            known = self._pictures[card.id] = (card.thumbnail, [to_image(d) for d in ink])
        return known[1]

    def _icon(self, name: str, colour: str, view: QWidget) -> QPixmap:
        key = (name, colour, view.devicePixelRatioF())
        if key not in self._icons:
            self._icons[key] = pixmap(name, view, ICON, colour)
        return self._icons[key]
