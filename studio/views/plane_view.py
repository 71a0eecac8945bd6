"""A widget over an endless plane which mouse, wheel, pinch and keys move and zoom.

It paints nothing: a class derived from it shows what lies on the plane.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QEvent, QPointF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import (
    QCursor,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from studio.views.viewport import HOME_SCALE, Viewport

if TYPE_CHECKING:
    from studio.state.tiles import PlaneRect

WHEEL_STEP = 2.0 ** (1 / 3)
"""Zoom factor of one notch of the wheel."""
KEY_STEP = 96
"""Pixels that one press of an arrow key moves the map."""
GLIDE_MS = 140
CLICK_REACH = 4
"""Pixels beyond which a press is a drag."""
SETTLE_MS = 120
"""A scale that has lasted so long is no longer on its way to another."""


class PlaneView(QWidget):
    """The navigation of a plane. Plane coordinates have y up.

    Derived classes read `_zooming`, whether the scale is about to change again, set `_pickable`,
    whether a click picks a point, and may extend `_view_has_changed` and `_has_been_steered`.

    Signals:
        view_changed(): another part of the plane is in view.
        picked(float, float): the user clicked here, in plane coordinates.
    """

    view_changed = Signal()
    picked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._viewport = Viewport()
        self._bounds: PlaneRect | None = None
        self._home = (0.0, 0.0)
        self._home_span: float | None = None
        self._at_home = True
        self._covered = 0
        self._zooming = False
        self._pickable = True
        self._press: QPointF | None = None
        self._button = Qt.MouseButton.NoButton
        self._last: QPointF | None = None
        self._dragging = False
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE_MS)
        self._settling.timeout.connect(self._settle)
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._on_glide_moved)
        self.setCursor(self._resting_cursor())

    # The view

    def centre(self) -> tuple[float, float]:
        """The point of the plane in the middle of the view."""
        return self._viewport.x, self._viewport.y

    def scale(self) -> float:
        """Logical pixels per unit of the plane."""
        return self._viewport.scale

    def level(self) -> int:
        """The level of the tiles that are shown."""
        return self._viewport.level

    def view_rect(self) -> PlaneRect:
        """The part of the plane in view."""
        return self._viewport.rect(self.width(), self.height())

    def to_plane(self, place: QPointF) -> tuple[float, float]:
        """The point of the plane under a point of the widget."""
        off = place - self._middle()
        return self._viewport.to_plane(off.x(), off.y())

    def to_widget(self, x: float, y: float) -> QPointF:
        """The point of the widget under which a point of the plane lies."""
        return self._middle() + QPointF(*self._viewport.to_view(x, y))

    def go_to(self, x: float, y: float, scale: float | None = None) -> None:
        """Brings (x, y) to the middle; the scale is rounded to whole pixels per tile."""
        self._glide.stop()
        self._show(self._viewport.at(x, y, scale))

    def go_home(self) -> None:
        """Returns to the place and the scale in which the map opens, by default the origin.

        A plane that ends is shown whole, below what covers the upper edge. Until it is moved again
        the view stays at home, however the window is resized.
        """
        scale, covered = HOME_SCALE, 0
        if self._home_span is not None:
            covered = 0 if self._bounds is None else self._covered
            room = min(self.width(), self.height() - covered)
            scale = max(room, 1) / self._home_span
        self.go_to(*self._home, scale)
        if covered:
            self._show(self._viewport.dragged(0, covered / 2))
        self._at_home = True

    def set_covered(self, height: int) -> None:
        """So many pixels of the upper edge lie below something that does not go away."""
        if height != self._covered:
            self._covered = height
            if self._at_home and self._home_span is not None and self._bounds is not None:
                self.go_home()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zooms in (above 1) or out around a point of the widget, by default its middle."""
        self._glide.stop()
        off = QPointF() if at is None else at - self._middle()
        self._zooming = True
        self._settling.start()
        self._steer(self._viewport.zoomed(factor, off.x(), off.y()))

    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _set_home(
        self, bounds: PlaneRect | None, centre: tuple[float, float], span: float | None
    ) -> None:
        """Where the plane ends, and what `go_home` shows; the view stays, but within the bounds."""
        self._bounds, self._home, self._home_span = bounds, centre, span
        self._viewport = self._viewport.held(bounds)
        self.update()

    def _show(self, viewport: Viewport) -> None:
        before, self._viewport = self._viewport, viewport.held(self._bounds)
        self._at_home = False
        if not self._viewport.looks_like(before):
            self._view_has_changed()

    def _steer(self, viewport: Viewport) -> None:
        """Shows what the user's hand asks for."""
        self._show(viewport)
        self._has_been_steered()

    def _view_has_changed(self) -> None:
        self.update()
        self.view_changed.emit()

    def _has_been_steered(self) -> None:
        """The user's hand has moved or zoomed the view; called after every step."""

    def _settle(self) -> None:
        self._zooming = False
        self.update()

    def _on_glide_moved(self, place: QPointF) -> None:
        self._steer(self._viewport.at(place.x(), place.y()))

    def _glide_by(self, dx: int, dy: int) -> None:
        """Moves smoothly; a key held down adds to a movement that is still under way."""
        start = QPointF(*self.centre())
        running = self._glide.state() == QVariantAnimation.State.Running
        goal = QPointF(self._glide.endValue()) if running else QPointF(start)
        goal += QPointF(dx, dy) * (KEY_STEP / self.scale())
        self._glide.stop()
        self._glide.setStartValue(start)
        self._glide.setEndValue(goal)
        self._glide.start()

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._press is None and event.button() in (
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.MiddleButton,
        ):
            self._glide.stop()
            self._button = event.button()
            self._press = self._last = event.position()
            self._dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None or self._last is None:
            return
        way = event.position() - self._press
        if not self._dragging and math.hypot(way.x(), way.y()) > CLICK_REACH:
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragging:
            step = event.position() - self._last
            self._last = event.position()
            self._steer(self._viewport.dragged(step.x(), step.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != self._button:
            return
        clicked = self._press is not None and not self._dragging
        self._press = self._last = None
        self._button = Qt.MouseButton.NoButton
        self._dragging = False
        self.setCursor(self._resting_cursor())
        if clicked and event.button() == Qt.MouseButton.LeftButton and self._pickable:
            self._pick(event.position())

    def _pick(self, place: QPointF) -> None:
        """The user has clicked here."""
        self.picked.emit(*self.to_plane(place))

    def _resting_cursor(self) -> QCursor:
        """The cursor while nothing is dragged."""
        return QCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom(WHEEL_STEP**notches, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom(1 + event.value(), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint())))
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }.get(Qt.Key(event.key()))
        if way is not None:
            self._glide_by(*way)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(WHEEL_STEP)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(1 / WHEEL_STEP)
        elif event.key() == Qt.Key.Key_Home:
            self.go_home()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._settling.stop()
        self._glide.stop()
        self._zooming = self._dragging = False
        # The release of a button will go elsewhere.
        self._press = self._last = None
        self._button = Qt.MouseButton.NoButton

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._at_home and self._home_span is not None:
            self.go_home()
        self._view_has_changed()
