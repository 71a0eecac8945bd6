"""The map: an endless plane of decoded digits, seen through a window that pans and zooms.

The widget knows no model. It asks for tiles (`tiles_wanted`) and shows what it is given. What it
has shown once it keeps until something newer replaces it: a stale tile, the tile of the level above
or the tiles of the level below are better than an empty place.

Painting only blits. The scale is rounded so that a tile is a whole number of screen pixels, tiles
are scaled once per scale and kept, and the points are one picture that is larger than the view.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QBrush,
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
from studio.state.tiles import DIGITS, PlaneRect, TileKey
from studio.views import point_layer, theme
from studio.views.pictures import PIXELS, grey_image

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
KEPT_TILES = 600
ANCESTORS = 4
"""How many levels above a missing tile are searched for something to show instead."""
POINT_MARGIN = 240
"""Pixels by which the picture of points exceeds the view on every side."""


@dataclass(slots=True)
class _Tile:
    image: QImage
    generation: int


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
        self._tiles: OrderedDict[TileKey, _Tile] = OrderedDict()
        self._scaled: dict[TileKey, QPixmap] = {}
        self._scaled_side = 0
        self._generation = 0
        self._points: NDArray[np.float64] | None = None
        self._labels: NDArray[np.int64] | None = None
        self._points_visible = True
        self._layer: tuple[QPixmap, QPoint, float] | None = None
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
        side = DIGITS * PIXELS
        assert image.shape == (side, side), image.shape
        self._tiles[key] = _Tile(grey_image(image), self._generation)
        self._tiles.move_to_end(key)
        self._scaled.pop(key, None)
        while len(self._tiles) > KEPT_TILES:
            self._tiles.popitem(last=False)
        self.update()

    def invalidate(self) -> None:
        """The model has changed: all tiles are stale, but stay until they are replaced."""
        self._generation += 1
        self._ask_soon()

    def reset(self) -> None:
        """Forgets everything: tiles, points, place and mark."""
        self._tiles.clear()
        self._scaled.clear()
        self._generation += 1
        self._place = self._mark = None
        self.set_points(None, None)
        self._ask_soon()

    def wanted(self) -> list[TileKey]:
        """The tiles in view that are missing or stale, nearest to the centre first."""
        if self._unavailable:
            return []
        keys = tiles.visible(self.view_rect(), self.level())
        return [key for key in keys if not self._is_fresh(key)]

    def _is_fresh(self, key: TileKey) -> bool:
        tile = self._tiles.get(key)
        return tile is not None and tile.generation == self._generation

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
        self._layer = None
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
            self._paint_sentence(painter, tokens)
            return
        self._paint_tiles(painter, tokens)
        if self._points_visible and self._points is not None and len(self._points):
            self._paint_points(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._mark is not None:
            self._paint_mark(painter, self.to_widget(*self._mark))
        if self._place is not None:
            self._paint_place(painter, self.to_widget(*self._place), tokens)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_sentence(self, painter: QPainter, tokens: theme.Tokens) -> None:
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(theme.sized(self.font(), theme.TITLE))
        wide = min(520, self.width() - 2 * theme.XL)
        room = QRect((self.width() - wide) // 2, 0, wide, self.height())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self._unavailable)

    def _origin(self) -> QPoint:
        """The whole screen pixel nearest to the plane's origin: everything is anchored to it."""
        place = self.to_widget(0.0, 0.0)
        return QPoint(round(place.x()), round(place.y()))

    def _paint_tiles(self, painter: QPainter, tokens: theme.Tokens) -> None:
        level, origin = self.level(), self._origin()
        side = round(tiles.tile_side(level) * self._scale)
        ratio = self.devicePixelRatioF()
        if side != self._scaled_side:
            self._scaled.clear()
            self._scaled_side = side
        keys = tiles.visible(self.view_rect(), level)
        for key in keys:
            room = QRect(origin.x() + key.col * side, origin.y() - (key.row + 1) * side, side, side)
            tile = self._tiles.get(key)
            if tile is None:
                self._paint_substitute(painter, key, room, tokens)
                continue
            self._tiles.move_to_end(key)
            if self._zooming:
                painter.drawImage(room, tile.image)
                continue
            if key not in self._scaled:
                self._scaled[key] = _scaled_tile(tile.image, side, ratio, tokens)
            painter.drawPixmap(room.topLeft(), self._scaled[key])
        for key in self._scaled.keys() - set(keys):
            del self._scaled[key]

    def _paint_substitute(
        self, painter: QPainter, key: TileKey, room: QRect, tokens: theme.Tokens
    ) -> None:
        """Fills the place of a missing tile with what is known of that ground."""
        ancestor, ground = key, tiles.plane_rect(key)
        for _ in range(ANCESTORS):
            ancestor = tiles.parent(ancestor)
            tile = self._tiles.get(ancestor)
            if tile is not None:
                whole = tiles.plane_rect(ancestor)
                pixels = DIGITS * PIXELS / (whole.right - whole.left)
                source = QRectF(
                    (ground.left - whole.left) * pixels,
                    (whole.top - ground.top) * pixels,
                    (ground.right - ground.left) * pixels,
                    (ground.top - ground.bottom) * pixels,
                )
                painter.drawImage(QRectF(room), tile.image, source)
                break
        else:
            painter.setBrushOrigin(room.topLeft())
            dots = QBrush(QColor(tokens.line), Qt.BrushStyle.Dense7Pattern)
            painter.fillRect(room, QColor(tokens.surface))
            painter.fillRect(room, dots)
        halves = (room.width() // 2, room.width() - room.width() // 2)
        for number, child in enumerate(tiles.children(key)):
            tile = self._tiles.get(child)
            if tile is not None:
                row, col = divmod(number, 2)
                corner = room.topLeft() + QPoint(col * halves[0], row * halves[0])
                painter.drawImage(QRect(corner, QSize(halves[col], halves[row])), tile.image)

    def _paint_points(self, painter: QPainter) -> None:
        """Draws the picture of points, and a new one when the view has left it."""
        assert self._points is not None
        assert self._labels is not None
        origin = self._origin()
        if self._layer is not None:
            picture, anchor, scale = self._layer
            corner = origin - anchor
            covers = QRect(corner, picture.size()).contains(self.rect())
        if self._layer is None or scale != self._scale or not covers:
            anchor = origin + QPoint(POINT_MARGIN, POINT_MARGIN)
            places = self._points * (self._scale, -self._scale) + (anchor.x(), anchor.y())
            wide, high = self.width() + 2 * POINT_MARGIN, self.height() + 2 * POINT_MARGIN
            # Small from afar, where digits and points crowd; larger on the way in.
            radius = min(max(2.0 * (self._scale / HOME_SCALE) ** 0.5, 1.2), 5.0)
            dots = point_layer.render(places, self._labels, wide, high, radius)
            picture = QPixmap.fromImage(dots)
            self._layer = picture, anchor, self._scale
            corner = origin - anchor
        painter.drawPixmap(corner, picture)

    def _paint_mark(self, painter: QPainter, place: QPointF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, colour in ((4, QColor(0, 0, 0, 160)), (2, QColor("white"))):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(place, 9, 9)

    def _paint_place(self, painter: QPainter, place: QPointF, tokens: theme.Tokens) -> None:
        """A ring and a thumbnail where the drawing lies; at the nearest edge if that is outside."""
        accent = QColor(theme.DARK.accent)
        reach = QRectF(self.rect()).adjusted(16, 72, -16, -16)
        inside = reach.contains(place)
        held = QPointF(
            min(max(place.x(), reach.left()), reach.right()),
            min(max(place.y(), reach.top()), reach.bottom()),
        )
        for width, colour in ((5, QColor(0, 0, 0, 170)), (2, accent)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(held, 7, 7)
        text = "Your drawing" if inside else "Your drawing lies this way"
        font = theme.sized(self.font(), theme.SMALL, bold=True)
        painter.setFont(font)
        words = painter.fontMetrics().horizontalAdvance(text)
        side = 2 * PIXELS if self._place_image is not None else 0
        wide, high = max(words + 2 * theme.S, side + 2 * theme.XS), side + 24
        card = QRectF(held.x() + 14, held.y() - high - 6, wide, high)
        if card.right() > self.width() - theme.S:
            card.moveRight(held.x() - 14)
        if card.top() < reach.top() - 14:
            card.moveTop(held.y() + 10)
        painter.setPen(QPen(accent, 1))
        face = QColor(theme.DARK.ground)
        face.setAlpha(225)
        painter.setBrush(face)
        painter.drawRoundedRect(card, theme.CORNER, theme.CORNER)
        painter.setPen(QColor(theme.DARK.text))
        line = QRectF(card.left(), card.top() + 2, card.width(), 18)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
        if self._place_image is not None:
            corner = QPointF(card.center().x() - side / 2, card.top() + 20)
            painter.drawImage(QRectF(corner, QSize(side, side)), self._place_image)


def _whole_tiles(scale: float) -> float:
    """The scale nearest to `scale` at which a tile is a whole number of pixels wide."""
    side = tiles.tile_side(tiles.level_for(scale))
    return round(side * scale) / side


def _scaled_tile(image: QImage, side: int, ratio: float, tokens: theme.Tokens) -> QPixmap:
    """A tile at the size in which it is shown, with hairlines between its digits."""
    pixels = round(side * ratio)
    picture = image.scaled(
        pixels,
        pixels,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    ).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    painter.setPen(QColor(theme.blend(theme.DARK.line, "#000000", 0.5)))
    for step in range(DIGITS):
        at = round(step * pixels / DIGITS)
        painter.drawLine(at, 0, at, pixels)
        painter.drawLine(0, at, pixels, at)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return QPixmap.fromImage(picture)
