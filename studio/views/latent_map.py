"""The map: an endless plane of decoded digits, seen through a window that pans and zooms.

The widget knows no model. It asks for tiles (`tiles_wanted`) and shows what it is given. What it
has shown once it keeps until something newer replaces it: a stale tile, the tile of the level above
or the tiles of the level below are better than an empty place.

Painting only blits. The scale is rounded so that a tile is a whole number of screen pixels, tiles
are scaled once per scale and kept, and the points are one picture that is larger than the view.

The module is longer than most because view, input and painting share the same three numbers (x, y,
scale); what does not need them lies in `tile_layer`, `point_layer` and `map_marks`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from studio.state import tiles
from studio.state.tiles import PlaneRect, TileKey
from studio.views import map_marks, point_layer, theme
from studio.views.pictures import grey_image
from studio.views.tile_layer import TileLayer

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOME_SCALE = 168.0
"""Pixels per unit when the map opens: digits of 42 pixels, about four units in view."""
LEAST_SCALE, MOST_SCALE = 2.0, 2.0e6
WHEEL_STEP = 2.0 ** (1 / 3)
"""Zoom factor of one notch of the wheel."""
KEY_STEP = 96
"""Pixels that one press of an arrow key moves the map."""
GLIDE_MS = 140
CLICK_REACH = 4
"""Pixels beyond which a press is a drag."""
EMPTY = "The digits of the plane appear here as soon as a model decodes them."
POINT_MARGIN = 240
"""Pixels by which the picture of points exceeds the view on every side."""


class LatentMap(QWidget):
    """The plane of decoded digits. Plane coordinates have y up.

    Signals:
        tiles_wanted(object): list[TileKey] in view that are missing or stale, nearest first.
        view_changed(): another part of the plane is in view.
        picked(float, float): the user clicked here, in plane coordinates.
    """

    tiles_wanted = Signal(object)
    view_changed = Signal()
    picked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("latentMap")
        self.setAccessibleName("Map of decoded digits")
        self.setAccessibleDescription(
            "Drag or arrow keys move, wheel or plus and minus zoom, Home returns to the origin, a "
            "click shows the digit."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(280, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._x = self._y = 0.0
        self._wanted_scale = self._scale = HOME_SCALE
        self._layer = TileLayer()
        self._points: NDArray[np.float64] | None = None
        self._labels: NDArray[np.int64] | None = None
        self._points_visible = True
        self._dots: tuple[QPixmap, QPoint, float] | None = None
        self._place: tuple[float, float] | None = None
        self._place_image: QImage | None = None
        self._mark: tuple[float, float] | None = None
        self._unavailable = ""
        self._press: QPointF | None = None
        self._last: QPointF | None = None
        self._dragging = False
        self._zooming = False
        self._asking = self._single_shot(20, self._ask_for_tiles)
        self._settling = self._single_shot(120, self._settle)
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._on_glide_moved)

    # The view

    def centre(self) -> tuple[float, float]:
        """The point of the plane in the middle of the view."""
        return self._x, self._y

    def scale(self) -> float:
        """Logical pixels per unit of the plane."""
        return self._scale

    def level(self) -> int:
        """The level of the tiles that are shown."""
        return tiles.level_for(self._scale)

    def view_rect(self) -> PlaneRect:
        """The part of the plane in view."""
        wide, high = self.width() / 2 / self._scale, self.height() / 2 / self._scale
        return PlaneRect(self._x - wide, self._y - high, self._x + wide, self._y + high)

    def to_plane(self, place: QPointF) -> tuple[float, float]:
        """The point of the plane under a point of the widget."""
        return (
            self._x + (place.x() - self.width() / 2) / self._scale,
            self._y - (place.y() - self.height() / 2) / self._scale,
        )

    def to_widget(self, x: float, y: float) -> QPointF:
        """The point of the widget under which a point of the plane lies."""
        return QPointF(
            self.width() / 2 + (x - self._x) * self._scale,
            self.height() / 2 - (y - self._y) * self._scale,
        )

    def go_to(self, x: float, y: float, scale: float | None = None) -> None:
        """Brings (x, y) to the middle; the scale is rounded to whole pixels per tile."""
        self._glide.stop()
        self._move(x, y, self._wanted_scale if scale is None else scale)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zooms in (above 1) or out around a point of the widget, by default its middle."""
        self._glide.stop()
        at = QPointF(self.width() / 2, self.height() / 2) if at is None else at
        x, y = self.to_plane(at)
        wanted = min(max(self._wanted_scale * factor, LEAST_SCALE), MOST_SCALE)
        off = (at - QPointF(self.width() / 2, self.height() / 2)) / _whole_tiles(wanted)
        self._zooming = True
        self._settling.start()
        self._move(x - off.x(), y + off.y(), wanted)

    def _move(self, x: float, y: float, wanted_scale: float) -> None:
        self._wanted_scale = min(max(wanted_scale, LEAST_SCALE), MOST_SCALE)
        scale = _whole_tiles(self._wanted_scale)
        if (x, y, scale) != (self._x, self._y, self._scale):
            self._x, self._y, self._scale = x, y, scale
            self._view_has_changed()

    def _view_has_changed(self) -> None:
        self._ask_soon()
        self.update()
        self.view_changed.emit()

    def _on_glide_moved(self, place: QPointF) -> None:
        self._move(place.x(), place.y(), self._wanted_scale)

    def _settle(self) -> None:
        self._zooming = False
        self.update()

    # Tiles

    def set_tile(self, key: TileKey, image: NDArray[np.uint8]) -> None:
        """Shows a tile's digits, uint8 (DIGITS * 28, DIGITS * 28), made by the present model."""
        self._layer.put(key, image)
        self.update()

    def invalidate(self) -> None:
        """The model has changed: all tiles are stale, but stay until they are replaced."""
        self._layer.age()
        self._ask_soon()

    def reset(self) -> None:
        """Forgets everything: tiles, points, place and mark."""
        self._layer.clear()
        self._place = self._mark = None
        self.set_points(None, None)
        self._ask_soon()

    def wanted(self) -> list[TileKey]:
        """The tiles in view that are missing or stale, nearest to the centre first."""
        if self._unavailable:
            return []
        keys = tiles.visible(self.view_rect(), self.level())
        return [key for key in keys if not self._layer.is_fresh(key)]

    def _ask_soon(self) -> None:
        # Not restarted while it runs: during a long drag the tiles shall come all the same.
        if self.isVisible() and not self._asking.isActive():
            self._asking.start()

    def _ask_for_tiles(self) -> None:
        keys = self.wanted()
        if keys:
            self.tiles_wanted.emit(keys)

    # What lies on the plane

    def set_points(self, xy: NDArray[Any] | None, labels: NDArray[Any] | None) -> None:
        """The encoded test digits: places (N, 2) in the plane and classes (N,)."""
        self._points = None if xy is None else np.asarray(xy, np.float64)
        if xy is not None:
            none = np.full(len(xy), -1)
            self._labels = np.asarray(none if labels is None else labels, np.int64)
        self._dots = None
        self.update()

    def set_points_visible(self, visible: bool) -> None:
        """Shows or hides the points; they are kept."""
        self._points_visible = visible
        self.update()

    def set_place(self, x: float | None, y: float | None, image: NDArray[np.uint8] | None) -> None:
        """Marks where the drawn digit lies, with its uint8 (28, 28); None takes the mark away."""
        self._place = None if x is None or y is None else (x, y)
        self._place_image = None if image is None else grey_image(image)
        self.update()

    def set_mark(self, x: float | None, y: float | None) -> None:
        """Rings the point whose digit is shown large; None takes the ring away."""
        self._mark = None if x is None or y is None else (x, y)
        self.update()

    def set_unavailable(self, text: str) -> None:
        """Shows a sentence instead of the map, for a model that has none; "" shows the map."""
        self._unavailable = text
        self._ask_soon()
        self.update()

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._glide.stop()
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
            self._move(
                self._x - step.x() / self._scale,
                self._y + step.y() / self._scale,
                self._wanted_scale,
            )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = self._press is not None and not self._dragging
        self._press = self._last = None
        self._dragging = False
        self.unsetCursor()
        if clicked and event.button() == Qt.MouseButton.LeftButton and not self._unavailable:
            self.picked.emit(*self.to_plane(event.position()))

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

    def go_home(self) -> None:
        """Returns to the origin at the scale in which the map opens."""
        self.go_to(0.0, 0.0, HOME_SCALE)

    def _glide_by(self, dx: int, dy: int) -> None:
        """Moves smoothly; a key held down adds to a movement that is still under way."""
        start = QPointF(self._x, self._y)
        running = self._glide.state() == QVariantAnimation.State.Running
        goal = QPointF(self._glide.endValue()) if running else QPointF(start)
        goal += QPointF(dx, dy) * (KEY_STEP / self._scale)
        self._glide.stop()
        self._glide.setStartValue(start)
        self._glide.setEndValue(goal)
        self._glide.start()

    def showEvent(self, event: QShowEvent) -> None:
        self._ask_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        for clock in (self._asking, self._settling, self._glide):
            clock.stop()
        self._zooming = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._view_has_changed()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(960, 640)

    def _single_shot(self, milliseconds: int, what: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(what)
        return timer

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.tokens(self)
        painter.fillRect(self.rect(), QColor(tokens.ground))
        if self._unavailable:
            self._paint_sentence(painter, tokens, self._unavailable)
            return
        self._paint_tiles(painter, tokens)
        if self._layer.is_empty():
            self._paint_sentence(painter, tokens, EMPTY)
        if self._points_visible and self._points is not None and len(self._points):
            self._paint_points(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._mark is not None:
            map_marks.paint_mark(painter, self.to_widget(*self._mark))
        if self._place is not None:
            place = self.to_widget(*self._place)
            map_marks.paint_place(painter, self.rect(), place, self._place_image, self.font())
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_sentence(self, painter: QPainter, tokens: theme.Tokens, text: str) -> None:
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(theme.sized(self.font(), theme.TITLE))
        wide = min(520, self.width() - 2 * theme.XL)
        room = QRect((self.width() - wide) // 2, 0, wide, self.height())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, text)

    def _origin(self) -> QPoint:
        """The whole screen pixel nearest to the plane's origin: everything is anchored to it."""
        place = self.to_widget(0.0, 0.0)
        return QPoint(round(place.x()), round(place.y()))

    def _paint_tiles(self, painter: QPainter, tokens: theme.Tokens) -> None:
        level = self.level()
        side = round(tiles.tile_side(level) * self._scale)
        keys = tiles.visible(self.view_rect(), level)
        self._layer.paint(painter, keys, self._origin(), side, tokens, hasty=self._zooming)

    def _paint_points(self, painter: QPainter) -> None:
        """Draws the picture of points, and a new one when the view has left it."""
        origin = self._origin()
        if self._dots is not None:
            picture, anchor, scale = self._dots
            room = QRect(origin - anchor, picture.deviceIndependentSize().toSize())
            if scale == self._scale and room.contains(self.rect()):
                painter.drawPixmap(room.topLeft(), picture)
                return
        margin = QPoint(POINT_MARGIN, POINT_MARGIN)
        picture = self._picture_of_points(origin + margin)
        self._dots = picture, origin + margin, self._scale
        painter.drawPixmap(-margin, picture)

    def _picture_of_points(self, anchor: QPoint) -> QPixmap:
        """The points around the view, with the plane's origin at `anchor`."""
        assert self._points is not None
        assert self._labels is not None
        ratio = self.devicePixelRatioF()
        places = self._points * (self._scale, -self._scale) + (anchor.x(), anchor.y())
        wide, high = (side + 2 * POINT_MARGIN for side in (self.width(), self.height()))
        # Small from afar, where digits and points crowd; larger on the way in.
        radius = min(max(2.0 * (self._scale / HOME_SCALE) ** 0.5, 1.2), 5.0)
        image = point_layer.render(
            places * ratio, self._labels, round(wide * ratio), round(high * ratio), radius * ratio
        )
        image.setDevicePixelRatio(ratio)
        return QPixmap.fromImage(image)


def _whole_tiles(scale: float) -> float:
    """The scale nearest to `scale` at which a tile is a whole number of pixels wide."""
    side = tiles.tile_side(tiles.level_for(scale))
    return round(side * scale) / side
