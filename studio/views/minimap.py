"""The plane at a glance: all points, the circles of the prior and the window of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.state.tiles import PlaneRect
from studio.views import point_layer, theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 168
LEAST_REACH = 3.6
"""The minimap shows at least so many units in each direction: three standard deviations."""


class Minimap(QWidget):
    """Signals:
    moved(float, float): the user clicked or dragged here, in plane coordinates.
    """

    moved = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("minimap")
        self.setAccessibleName("Overview of the plane")
        self.setToolTip(
            "The whole plane: circles at one, two and three standard deviations of the prior. "
            "Click to move there."
        )
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(SIDE, SIDE)
        self._view = PlaneRect(-1, -1, 1, 1)
        self._place: tuple[float, float] | None = None
        self._reach = LEAST_REACH
        self._dots: QImage | None = None

    def set_view(self, view: PlaneRect) -> None:
        """The part of the plane that the map shows."""
        self._view = view
        self.update()

    def set_place(self, x: float | None, y: float | None) -> None:
        """Where the drawn digit lies, or None."""
        self._place = None if x is None or y is None else (x, y)
        self.update()

    def set_points(self, xy: NDArray[Any] | None, labels: NDArray[Any] | None) -> None:
        """The points of the map, (N, 2) and (N,); the scale follows all but the farthest few."""
        self._reach, self._dots = LEAST_REACH, None
        if xy is not None and len(xy):
            places = np.asarray(xy, np.float64)
            self._reach = max(LEAST_REACH, 1.15 * float(np.quantile(np.abs(places), 0.995)))
            half = SIDE / 2
            on_screen = places * (half / self._reach, -half / self._reach) + half
            none = np.full(len(places), -1)
            classes = np.asarray(none if labels is None else labels, np.int64)
            self._dots = point_layer.render(on_screen, classes, SIDE, SIDE, 0.6, rim=0)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move_to(event)

    def _move_to(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            unit = SIDE / 2 / self._reach
            place = event.position()
            self.moved.emit((place.x() - SIDE / 2) / unit, (SIDE / 2 - place.y()) / unit)

    def _to_widget(self, x: float, y: float) -> QPointF:
        unit = SIDE / 2 / self._reach
        return QPointF(SIDE / 2 + x * unit, SIDE / 2 - y * unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(whole, theme.CORNER, theme.CORNER)
        face = QColor(tokens.ground)
        face.setAlpha(235)
        painter.fillPath(shape, face)
        painter.setClipPath(shape)
        unit = SIDE / 2 / self._reach
        middle = self._to_widget(0, 0)
        if self._dots is not None:
            painter.drawImage(0, 0, self._dots)
        # Over the points: the circles are the ruler.
        ruler = QColor(tokens.quiet)
        ruler.setAlpha(130)
        painter.setPen(QPen(ruler, 1))
        painter.drawLine(QPointF(0, middle.y()), QPointF(SIDE, middle.y()))
        painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), SIDE))
        for deviations in (1, 2, 3):
            painter.drawEllipse(middle, deviations * unit, deviations * unit)
        if self._place is not None:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawEllipse(self._to_widget(*self._place), 3, 3)
        corner = self._to_widget(self._view.left, self._view.top)
        window = QRectF(corner, self._to_widget(self._view.right, self._view.bottom))
        if max(window.width(), window.height()) < 6:  # too small to be seen: show where it is
            window = QRectF(window.center().x() - 3, window.center().y() - 3, 6, 6)
        painter.setPen(QPen(QColor(tokens.text), 1.5))
        painter.drawRect(window)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.drawPath(shape)
