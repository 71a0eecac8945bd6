"""The tour on the Draw page: one drawing, answered, filled in, rewritten and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from studio.app.draw_room import ANSWERS, FILL, MINE, PRETRAINED, REWRITE

if TYPE_CHECKING:
    from studio.app import Studio
    from studio.tour.hands import Hands

SEVEN = ((0.30, 0.26), (0.50, 0.25), (0.68, 0.27), (0.60, 0.45), (0.50, 0.62), (0.44, 0.80))
HOLE = ((0.40, 0.60), (0.60, 0.60), (0.40, 0.72), (0.60, 0.72), (0.42, 0.84), (0.56, 0.84))
PAPER, INK = "#d8d2c4", "#2a3570"


def draw(hands: Hands, studio: Studio) -> None:
    """Draws a seven and shows every tab; the run in the window and the shipped model answer."""
    canvas, room = hands.child("digitCanvas"), studio.draw_room
    before = room.panel.members
    hands.click("pageButtonDraw")
    room.rows.choose([str(PRETRAINED)])
    studio.library_room.librarian.list()
    hands.until("the shipped model sits on the panel", lambda: bool(room.panel.members), 30)
    hands.wait(0.3)
    studio.draw.show_tab(ANSWERS)
    hands.stroke(canvas, SEVEN)
    hands.until("the model reads the drawing", lambda: room.drawing.answered, 60)
    hands.wait(2.5)
    hands.click("framingSwitch")
    hands.picture("draw-answers")
    hands.click("framingSwitch")
    studio.draw.show_tab(REWRITE)
    hands.wait(1.0)
    hands.click("morphTest")
    hands.until("the digit is rewritten", lambda: room.rewriting.completed, 90)
    hands.wait(1.0)
    hands.picture("draw-rewrite")
    studio.draw.show_tab(MINE)
    hands.wait(0.8)
    hands.picture("draw-mine")
    _import(hands, studio)
    hands.click("maskButton")
    hands.stroke(canvas, HOLE)
    studio.draw.show_tab(FILL)
    hands.key(canvas, Qt.Key.Key_F)
    hands.until("the hole is filled", lambda: room.filling.completed, 180)
    hands.wait(0.5)
    hands.picture("draw")
    room.panel.set_members(before)


def _import(hands: Hands, studio: Studio) -> None:
    """Shows what would be done to a photograph of a digit, and does not take it."""
    studio.draw.image_dropped.emit(_photograph())
    hands.until("the picture is prepared", studio.draw.preview.isVisible, 30)
    hands.wait(0.6)
    hands.picture("draw-import")
    studio.draw.preview.cancelled.emit()
    hands.wait(0.2)


def _photograph() -> QImage:
    """A blue two on paper, unevenly lit."""
    image = QImage(480, 360, QImage.Format.Format_RGB32)
    image.fill(QColor(PAPER))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for shade in range(12):
        painter.setBrush(QColor(0, 0, 0, 7))
        painter.drawRect(40 * shade, 0, 480, 360)
    painter.setPen(QPen(QColor(INK), 16, c=Qt.PenCapStyle.RoundCap))
    painter.drawArc(170, 70, 130, 120, 16 * 150, -16 * 190)
    painter.drawLine(288, 170, 180, 280)
    painter.drawLine(180, 280, 310, 280)
    painter.end()
    return image
