"""Mouse, tablet, fingers and wheel, all turned into strokes, moves and zooms of one surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QEventPoint,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.views.canvas_touch import LEAST_PRESSURE, Finger, Fingers
from studio.views.canvas_view import ZOOM_STEP
from studio.views.stroke import opposite

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTCH = 120
"""Eighths of a degree that one notch of a wheel turns."""
_TOUCHES = (
    QEvent.Type.TouchBegin,
    QEvent.Type.TouchUpdate,
    QEvent.Type.TouchEnd,
    QEvent.Type.TouchCancel,
)


class PointerSurface(QWidget):
    """Knows devices, not drawings: what a stroke is, is the business of who derives from it.

    Left button, tip of the pen and one finger draw; right button and rubber do the opposite;
    middle button, two fingers and the wheel move; Ctrl with the wheel, and a pinch, zoom.
    """

    BUTTONS: ClassVar = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.hover: QPointF | None = None
        """Where the pointer is; None where there is none, as with fingers."""
        self._fingers = Fingers(self)
        self._grip: QPointF | None = None
        self._pen_down = False

    # What a surface can do

    def begin_stroke(self, tool: str, place: QPointF, pressure: float = 1.0) -> None:
        """A stroke begins at a place on the widget; pressure is a factor for its width."""
        raise NotImplementedError

    def extend_stroke(self, place: QPointF, pressure: float = 1.0) -> None:
        """The stroke, if there is one, goes on to a place."""
        raise NotImplementedError

    def finish_stroke(self) -> None:
        """The stroke, if there is one, has been meant."""
        raise NotImplementedError

    def cancel_stroke(self) -> None:
        """The stroke, if there is one, has not been meant."""
        raise NotImplementedError

    def travelled(self) -> float:
        """Length of the stroke so far, in image pixels; 0 without one."""
        raise NotImplementedError

    def stroking(self) -> bool:
        """Whether a stroke is under way."""
        raise NotImplementedError

    def tool(self) -> str:
        """With what strokes are drawn."""
        raise NotImplementedError

    def zoom(self) -> float:
        """1 where all is seen."""
        raise NotImplementedError

    def zoom_by(self, factor: float, about: QPointF) -> None:
        """Zooms about a place on the widget."""
        raise NotImplementedError

    def move_by(self, across: float, down: float) -> None:
        """Moves what is shown by screen pixels."""
        raise NotImplementedError

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.stroking() or self._grip is not None:
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            self._grip = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() in self.BUTTONS:
            left = event.button() == Qt.MouseButton.LeftButton
            self.begin_stroke(self.tool() if left else opposite(self.tool()), event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hover = event.position()
        if self._grip is not None:
            way = event.position() - self._grip
            self._grip = event.position()
            self.move_by(way.x(), way.y())
        else:
            self.extend_stroke(event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None and event.button() == Qt.MouseButton.MiddleButton:
            self._grip = None
            self.setCursor(Qt.CursorShape.CrossCursor)
        if not event.buttons():
            self.finish_stroke()

    def leaveEvent(self, event: QEvent) -> None:
        self.hover = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned, exact = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if turned.y():
                self.zoom_by(ZOOM_STEP ** (turned.y() / NOTCH), event.position())
        elif self.zoom() > 1.0:
            way = exact if not exact.isNull() else turned / 2
            sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.move_by(*((way.y(), way.x()) if sideways else (way.x(), way.y())))
        else:
            event.ignore()
            return
        event.accept()

    # Pen

    def tabletEvent(self, event: QTabletEvent) -> None:
        # Accepted whatever it is: otherwise Qt sends the same movement again as a mouse event.
        event.accept()
        self.hover = event.position()
        pressure = LEAST_PRESSURE + event.pressure()
        if event.type() == QEvent.Type.TabletPress and not self.stroking():
            rubber = event.pointerType() == QPointingDevice.PointerType.Eraser
            rubber |= event.button() == Qt.MouseButton.RightButton
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._pen_down = True
            tool = opposite(self.tool()) if rubber else self.tool()
            self.begin_stroke(tool, event.position(), pressure)
        elif event.type() == QEvent.Type.TabletMove:
            self.extend_stroke(event.position(), pressure)
        elif event.type() == QEvent.Type.TabletRelease:
            self._pen_down = False
            self.finish_stroke()
        self.update()

    # Fingers

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent) and event.type() in _TOUCHES:
            return self._touched(event)
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position())
            return True
        return super().event(event)

    def _touched(self, event: QTouchEvent) -> bool:
        device = event.pointingDevice()
        if device.type() == QInputDevice.DeviceType.TouchPad:
            return False
        # Accepted: otherwise Qt makes mouse events of the first finger.
        event.accept()
        if self._pen_down:
            # The hand that holds the pen lies on the glass.
            return True
        if event.type() == QEvent.Type.TouchBegin:
            self.hover = None
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.type() == QEvent.Type.TouchCancel:
            self._fingers.cancel()
        else:
            feels = device.hasCapability(QInputDevice.Capability.Pressure)
            self._fingers.follow(_down(event.points(), feels))
        return True


def _down(points: Sequence[QEventPoint], feels: bool) -> list[Finger]:
    return [
        Finger(point.id(), point.position(), point.pressure() if feels else None)
        for point in points
        if point.state() != QEventPoint.State.Released
    ]
