"""What moves on the map: the picked point, the drawing's place, the player's mark, a new line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen, QPixmap

from studio.views import theme
from studio.views.pictures import PIXELS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SHADOW = "#a8000000"
"""Around light rings, so that they are seen on bright ink."""
HALF = 12
"""Half the edge of a mark's picture, in logical pixels."""


@dataclass(frozen=True, slots=True)
class _Ring:
    """A circle of a mark: its line, or its face where `width` is 0."""

    radius: float
    width: float
    colour: str


MARK = (_Ring(9, 4, SHADOW), _Ring(9, 2, theme.DARK.text))
PLAYER = (_Ring(9.8, 0, SHADOW), _Ring(9, 0, theme.DARK.text), _Ring(6, 0, theme.LIGHT.accent))
PLACE = (
    *(_Ring(7, 6, SHADOW), _Ring(7, 2.5, theme.DARK.accent)),
    _Ring(2.5, 0, theme.DARK.text),
)


def paint_mark(painter: QPainter, place: QPointF) -> None:
    """A ring around the point whose digit is shown large."""
    _stamp(painter, place, MARK)


def paint_play_mark(painter: QPainter, place: QPointF) -> None:
    """Where a film that runs along a path is now."""
    _stamp(painter, place, PLAYER)


def _stamp(painter: QPainter, place: QPointF, rings: tuple[_Ring, ...]) -> None:
    picture = _picture(rings, painter.device().devicePixelRatioF())
    painter.drawPixmap(int(place.x()) - HALF, int(place.y()) - HALF, picture)


@lru_cache(maxsize=16)
def _picture(rings: tuple[_Ring, ...], ratio: float) -> QPixmap:
    """Drawn once: smooth circles take longer than all tiles of a frame."""
    side = 2 * HALF + 1
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for ring in rings:
        line = QPen(QColor(ring.colour), ring.width)
        painter.setPen(line if ring.width else QPen(Qt.PenStyle.NoPen))
        painter.setBrush(QBrush() if ring.width else QColor(ring.colour))
        painter.drawEllipse(QPointF(side / 2, side / 2), ring.radius, ring.radius)
    painter.end()
    return picture


def paint_new_line(painter: QPainter, places: NDArray[np.float64], *, closing: bool) -> None:
    """A line while it is being drawn, (n, 2) in the painter's coordinates.

    Arguments:
        closing: A region: shows the way back to its start, too.
    """
    corners = [QPointF(x, y) for x, y in places.tolist()]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A smooth edge of the dark line would take longer than all the rest of a frame.
    casing, line = QColor(0, 0, 0, 150), QColor(theme.DARK.text)
    for width, colour, smooth in ((4.0, casing, False), (2.0, line, True)):
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, cap, join))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        painter.drawPolyline(corners)
        painter.drawEllipse(corners[0], 4, 4)
    if closing and len(corners) > 2:
        painter.setPen(QPen(QColor(theme.DARK.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(corners[-1], corners[0])


def paint_place(
    painter: QPainter,
    room: QRect,
    hold: QRect,
    place: QPointF,
    picture: QImage | None,
    font: QFont,
) -> None:
    """A ring and a thumbnail where the drawing lies; at the nearest edge of `hold` if that is
    outside of `room`."""
    accent = QColor(theme.DARK.accent)
    inside = QRectF(room).adjusted(HALF, HALF, -HALF, -HALF).contains(place)
    reach = QRectF(room if inside else hold).adjusted(HALF, HALF, -HALF, -HALF)
    held = QPointF(
        min(max(place.x(), reach.left()), reach.right()),
        min(max(place.y(), reach.top()), reach.bottom()),
    )
    _stamp(painter, held, PLACE)
    text = "Your drawing" if inside else "Your drawing lies this way"
    painter.setFont(theme.sized(font, theme.SMALL, bold=True))
    words = painter.fontMetrics().horizontalAdvance(text)
    side = 2 * PIXELS if picture is not None else 0
    wide, high = max(words + 2 * theme.S, side + 2 * theme.XS), side + 24
    card = QRectF(held.x() + 14, held.y() - high - 6, wide, high)
    if card.right() > room.right() - theme.S:
        card.moveRight(held.x() - 14)
    if card.top() < room.top():
        card.moveTop(held.y() + 10)
    painter.setPen(QPen(accent, 1))
    face = QColor(theme.DARK.ground)
    face.setAlpha(225)
    painter.setBrush(face)
    painter.drawRoundedRect(card, theme.CORNER, theme.CORNER)
    painter.setPen(QColor(theme.DARK.text))
    line = QRectF(card.left(), card.top() + 2, card.width(), 18)
    painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
    if picture is not None:
        corner = QPointF(card.center().x() - side / 2, card.top() + 20)
        painter.drawImage(QRectF(corner, QSize(side, side)), picture)
