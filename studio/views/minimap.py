"""The plane at a glance: all points, the circles of the prior and the window of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from studio.state.tiles import PlaneRect
from studio.views import point_layer, theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 168
LEAST_REACH = 3.6
"""The minimap shows at least so many units in each direction: three standard deviations."""
AROUND = 1.08
"""How much more than a plane that ends the minimap shows."""


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
        self._span: float | None = None
        self._middle = (0.0, 0.0)
        self._bounds: PlaneRect | None = None
        self._rings = True
        self._points: tuple[NDArray[np.float64], NDArray[np.int64]] | None = None
        self._still: tuple[theme.Tokens, float, QPixmap] | None = None

    def set_ground(
        self,
        bounds: tuple[float, float, float, float] | None = None,
        *,
        centre: tuple[float, float] = (0.0, 0.0),
        span: float | None = None,
        rings: bool = True,
    ) -> None:
        """How the plane lies.

        Arguments:
            bounds: (left, bottom, right, top) of a plane that ends; all of it is shown.
            centre: The middle of the minimap, unless the plane ends.
            span: Units of the plane that shall be seen, across; None for those of a prior.
            rings: Whether circles of one, two and three standard deviations mean anything here.
        """
        self._bounds = None if bounds is None else PlaneRect(*bounds)
        self._middle, self._span = centre, span
        self._rings = rings and bounds is None
        if self._bounds is not None:
            ends = self._bounds
            self._middle = (ends.left + ends.right) / 2, (ends.bottom + ends.top) / 2
        self.setToolTip(
            "The whole plane: circles at one, two and three standard deviations of the prior. "
            "Click to move there."
            if self._rings
            else "The whole plane. Click to move there."
        )
        self._fit()

    def set_view(self, view: PlaneRect) -> None:
        """The part of the plane that the map shows."""
        self._view = view
        self.update()

    def set_place(self, x: float | None, y: float | None) -> None:
        """Where the drawn digit lies, or None."""
        self._place = None if x is None or y is None else (x, y)
        self.update()

    def set_points(self, xy: NDArray[Any] | None, labels: NDArray[Any] | None) -> None:
        """The points of the map, (N, 2) and (N,); the scale follows all but the farthest few,
        unless the plane ends."""
        self._points = None
        if xy is not None and len(xy):
            places = np.asarray(xy, np.float64)
            self._points = places, point_layer.classes(labels, len(places))
        self._fit()

    def _fit(self) -> None:
        """How much of the plane is shown."""
        self._still = None
        self._reach = LEAST_REACH if self._span is None else self._span / 2
        if self._bounds is not None:
            ends = self._bounds
            self._reach = AROUND * max(ends.right - ends.left, ends.top - ends.bottom) / 2
        elif self._points is not None:
            off = np.abs(self._points[0] - self._middle)
            self._reach = max(self._reach, 1.15 * float(np.quantile(off, 0.995)))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move_to(event)

    def _move_to(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            unit = SIDE / 2 / self._reach
            place = event.position()
            x, y = (place.x() - SIDE / 2) / unit, (SIDE / 2 - place.y()) / unit
            self.moved.emit(self._middle[0] + x, self._middle[1] + y)

    def _to_widget(self, x: float, y: float) -> QPointF:
        unit = SIDE / 2 / self._reach
        x, y = x - self._middle[0], y - self._middle[1]
        return QPointF(SIDE / 2 + x * unit, SIDE / 2 - y * unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture(tokens))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.rect().adjusted(1, 1, -1, -1))
        if self._place is not None:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawEllipse(self._to_widget(*self._place), 3, 3)
        corner = self._to_widget(self._view.left, self._view.top)
        window = QRectF(corner, self._to_widget(self._view.right, self._view.bottom))
        if max(window.width(), window.height()) < 6:  # too small to be seen: show where it is
            window = QRectF(window.center().x() - 3, window.center().y() - 3, 6, 6)
        painter.setPen(QPen(QColor(tokens.text), 1.5))
        painter.drawRect(window)

    def _picture(self, tokens: theme.Tokens) -> QPixmap:
        """All that stays while the map moves; it takes longer than all the rest."""
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still[:2] != (tokens, ratio):
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            self._paint_still(painter, tokens)
            painter.end()
            self._still = tokens, ratio, picture
        return self._still[2]

    def _paint_still(self, painter: QPainter, tokens: theme.Tokens) -> None:
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
        if self._points is not None:
            places, classes = self._points
            on_screen = (places - self._middle) * (unit, -unit) + SIDE / 2
            inside = np.all((on_screen > -1) & (on_screen < SIDE + 1), axis=1)
            point_layer.paint(painter, on_screen[inside], classes[inside], 0.6, rim=0)
        # Over the points: the circles are the ruler.
        ruler = QColor(tokens.quiet)
        ruler.setAlpha(130)
        painter.setPen(QPen(ruler, 1))
        if self._bounds is None:
            painter.drawLine(QPointF(0, middle.y()), QPointF(SIDE, middle.y()))
            painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), SIDE))
        else:
            corner = self._to_widget(self._bounds.left, self._bounds.top)
            painter.drawRect(
                QRectF(corner, self._to_widget(self._bounds.right, self._bounds.bottom))
            )
        for deviations in (1, 2, 3) if self._rings else ():
            painter.drawEllipse(middle, deviations * unit, deviations * unit)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.drawPath(shape)
