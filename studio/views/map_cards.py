"""The small cards that point at places of the map: corners, pins and bookmarks.

They are dark in both themes, as the digits under them are.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPolygonF

from studio.views import theme
from studio.views.pictures import PIXELS

INSET = 3
STEM = 10
"""Logical pixels from a place to the card that points at it."""
WIDEST = 132
"""Longer words are cut."""
REACH = 168.0
"""No card is farther than this from its place, in x or in y."""
BADGE = 8.0
"""Radius of a pin's number."""
FACE_SHADE = 232
"""Alpha of a card's face, of 255."""


def pin_card(place: QPointF) -> QRectF:
    """The card of a pin at `place`."""
    side = PIXELS + 2 * INSET
    x, y = round(place.x()), round(place.y())
    return QRectF(x - side / 2, y - STEM - side, side, side)


def paint_pin(
    painter: QPainter, place: QPointF, picture: QImage | None, text: str, font: QFont
) -> None:
    """A pinned digit above its place, with its number on the corner."""
    card = pin_card(place)
    _paint_card(painter, card, place, theme.DARK.accent)
    if picture is not None:
        painter.drawImage(card.topLeft() + QPointF(INSET, INSET), picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    badge = QRectF(card.topLeft() - QPointF(BADGE, BADGE), QSizeF(2 * BADGE, 2 * BADGE))
    painter.setPen(QPen(QColor(theme.DARK.ground), 1))
    painter.setBrush(QColor(theme.DARK.accent))
    painter.drawEllipse(badge)
    painter.setFont(theme.tabular(theme.sized(font, theme.SMALL, bold=True)))
    painter.setPen(QColor(theme.DARK.ground))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def paint_corner(
    painter: QPainter, place: QPointF, picture: QImage | None, text: str, font: QFont
) -> None:
    """A digit that spans the plane, below its place, with its name."""
    face = theme.sized(font, theme.BODY, bold=True)
    text, words = _cut(text, face)
    side = 0 if picture is None else PIXELS
    wide = 2 * INSET + side + (words + theme.S + theme.XS if text else 0)
    x, y = round(place.x()), round(place.y())
    card = QRectF(x - wide // 2, y + STEM, wide, PIXELS + 2 * INSET)
    _paint_card(painter, card, place, theme.DARK.text)
    if picture is not None:
        painter.drawImage(card.topLeft() + QPointF(INSET, INSET), picture)
    painter.setFont(face)
    painter.setPen(QColor(theme.DARK.text))
    room = card.adjusted(INSET + side + theme.XS, 0, 0, 0)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


def paint_bookmark(
    painter: QPainter, place: QPointF, picture: QImage | None, text: str, font: QFont
) -> None:
    """The name of a place, beside it."""
    face = theme.sized(font, theme.SMALL, bold=True)
    text, words = _cut(text, face)
    x, y = round(place.x()), round(place.y())
    card = QRectF(x + STEM, y - 9, words + 2 * theme.S, 18)
    _paint_card(painter, card, place, theme.DARK.quiet)
    painter.setFont(face)
    painter.setPen(QColor(theme.DARK.text))
    painter.drawText(card, Qt.AlignmentFlag.AlignCenter, text)


def _paint_card(painter: QPainter, card: QRectF, place: QPointF, colour: str) -> None:
    """A plate, a stem from it to its place, and a dot there."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    near = QPointF(
        min(max(place.x(), card.left()), card.right()),
        min(max(place.y(), card.top()), card.bottom()),
    )
    for width, ink in ((4.0, theme.DARK.ground), (theme.STROKE, colour)):
        painter.setPen(QPen(QColor(ink), width))
        painter.drawLine(near, place)
    dot = 4.0
    painter.setPen(QPen(QColor(theme.DARK.ground), 1.5))
    painter.setBrush(QColor(colour))
    painter.drawPolygon(
        QPolygonF([place + QPointF(*way) for way in ((0, -dot), (dot, 0), (0, dot), (-dot, 0))])
    )
    face = QColor(theme.DARK.ground)
    face.setAlpha(FACE_SHADE)
    painter.setPen(QPen(QColor(colour), 1))
    painter.setBrush(face)
    painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), theme.XS, theme.XS)


def _cut(text: str, font: QFont) -> tuple[str, int]:
    metrics = QFontMetrics(font)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, WIDEST)
    return text, metrics.horizontalAdvance(text)
