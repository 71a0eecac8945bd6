"""What is painted over the ink of the canvas: grid, mask, brush, rubber band and framing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPen

from studio.data.framing import CENTRE, framing, ink_box, mass_centre
from studio.views import theme
from studio.views.strokes import SIDE, Image
from studio.views.wishes import wish_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter, QPainterPath


def paint_grid(painter: QPainter, sheet: QRectF) -> None:
    """Faint lines between the pixels, and the box that MNIST's digits fill."""
    cell = sheet.width() / SIDE
    lines = []
    for i in range(1, SIDE):
        x, y = sheet.left() + i * cell, sheet.top() + i * cell
        lines.append(QLineF(x, sheet.top(), x, sheet.bottom()))
        lines.append(QLineF(sheet.left(), y, sheet.right(), y))
    painter.setPen(QPen(QColor(255, 255, 255, 14), 0))
    painter.drawLines(lines)
    margin = 4 * cell
    painter.setPen(QPen(QColor(255, 255, 255, 38), 0, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(sheet.adjusted(margin, margin, -margin, -margin))


def paint_wishes(painter: QPainter, sheet: QRectF, pixels: Image, shares: NDArray[Any]) -> None:
    """The drawing with what would make it more real over it; see `wishes.overlaid`."""
    painter.drawImage(sheet, wish_picture(pixels, shares, paper=False))


def paint_mask(
    painter: QPainter,
    sheet: QRectF,
    area: QPainterPath,
    edges: Sequence[QLineF],
    colour: QColor,
) -> None:
    """The hole: tinted, hatched and outlined, so that it shows over ink and over paper."""
    painter.save()
    painter.translate(sheet.topLeft())
    colour.setAlpha(58)
    painter.fillPath(area, colour)
    colour.setAlpha(130)
    painter.fillPath(area, QBrush(colour, Qt.BrushStyle.BDiagPattern))
    colour.setAlpha(255)
    painter.setPen(QPen(colour, 1.5))
    painter.drawLines(edges)
    painter.restore()


def paint_brush(painter: QPainter, place: QPointF, radius: float, *, adds: bool) -> None:
    """The brush under the pointer; dashed where it takes away."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # Light inside dark: visible over ink and over paper.
    painter.setPen(QPen(QColor(0, 0, 0, 150), 1))
    painter.drawEllipse(place, radius + 1, radius + 1)
    style = Qt.PenStyle.SolidLine if adds else Qt.PenStyle.DashLine
    painter.setPen(QPen(QColor(255, 255, 255, 210), 1, style))
    painter.drawEllipse(place, radius, radius)


def paint_band(painter: QPainter, sheet: QRectF, band: QRect, *, adds: bool) -> None:
    """The rectangle of image pixels that is being marked; dashed where marks are taken away."""
    cell = sheet.width() / SIDE
    place = QRectF(
        sheet.left() + band.x() * cell,
        sheet.top() + band.y() * cell,
        band.width() * cell,
        band.height() * cell,
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 170), 3))
    painter.drawRect(place)
    style = Qt.PenStyle.SolidLine if adds else Qt.PenStyle.DashLine
    painter.setPen(QPen(QColor(255, 255, 255, 230), 1, style))
    painter.drawRect(place)


def paint_framing(painter: QPainter, sheet: QRectF, pixels: Image, *, moves: bool) -> None:
    """The box of the ink and its centre of mass, and with `moves` where framing puts them.

    Solid and light is what is there; dashed and in the accent is where it goes.
    """
    box = ink_box(pixels)
    if box is None:
        return
    cell = sheet.width() / SIDE

    def there(x: float, y: float) -> QPointF:
        # In the middle of a screen pixel, so that thin lines are sharp.
        return QPointF(round(sheet.left() + x * cell) + 0.5, round(sheet.top() + y * cell) + 0.5)

    left, top, right, bottom = box
    now = QRectF(there(left, top), there(right, bottom))
    middle = there(*(value + 0.5 for value in mass_centre(pixels)))
    solid = QPen(QColor(255, 255, 255, 170), 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if moves:
        move = framing(pixels)
        across = move.width / (move.right - move.left)
        down = move.height / (move.bottom - move.top)
        corner = there(move.x + (left - move.left) * across, move.y + (top - move.top) * down)
        after = QRectF(corner.x(), corner.y(), now.width() * across, now.height() * down)
        goal = there(CENTRE + 0.5, CENTRE + 0.5)
        accent = QColor(theme.DARK.accent)
        painter.setPen(QPen(accent, 1, Qt.PenStyle.DashLine))
        painter.drawRect(after)
        if after != now:
            accent.setAlpha(110)
            painter.setPen(QPen(accent, 1))
            painter.drawLine(now.topLeft(), after.topLeft())
            painter.drawLine(now.topRight(), after.topRight())
            painter.drawLine(now.bottomLeft(), after.bottomLeft())
            painter.drawLine(now.bottomRight(), after.bottomRight())
        accent.setAlpha(255)
        painter.setPen(QPen(accent, 1))
        painter.drawLine(middle, goal)
        painter.drawLine(goal - QPointF(9, 0), goal + QPointF(9, 0))
        painter.drawLine(goal - QPointF(0, 9), goal + QPointF(0, 9))
    painter.setPen(solid)
    painter.drawRect(now)
    painter.setPen(QPen(QColor(0, 0, 0, 190), 1))
    painter.setBrush(QColor(255, 255, 255))
    painter.drawEllipse(middle, 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_label(painter: QPainter, window: QRectF, text: str, colour: QColor) -> None:
    """A word at the lower edge that says what is being shown."""
    painter.setPen(QPen(colour, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(window.adjusted(1, 1, -1, -1))
    painter.setFont(theme.sized(painter.font(), theme.BODY, bold=True))
    room = window.adjusted(theme.M, theme.S, -theme.M, -theme.S)
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)
