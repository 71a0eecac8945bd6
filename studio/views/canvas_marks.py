"""What is painted over the pixels of the canvas: the grid, the mask and the brush."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPen

from studio.views.strokes import SIDE, Image
from studio.views.wishes import wish_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray
    from PySide6.QtCore import QPointF
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
