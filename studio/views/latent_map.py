"""The map: an endless plane of decoded digits, seen through a window that pans and zooms.

The widget knows no model. It asks for tiles (`tiles_wanted`) and shows what it is given. What it
has shown once it keeps until something newer replaces it: a stale tile, the tile of the level above
or the tiles of the level below are better than an empty place.

Painting only blits. The scale is rounded so that a tile is a whole number of screen pixels, tiles
are scaled once per scale and kept, and the points are one picture that is larger than the view.

Panning and zooming lie in `plane_view`, what is painted in `tile_layer`, `point_layer` and
`map_marks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.state import tiles
from studio.views import map_marks, point_layer, theme
from studio.views.pictures import grey_image
from studio.views.plane_view import KEY_STEP, WHEEL_STEP, PlaneView
from studio.views.tile_layer import TileLayer
from studio.views.viewport import HOME_SCALE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.state.tiles import TileKey

__all__ = ["HOME_SCALE", "KEY_STEP", "WHEEL_STEP", "LatentMap"]

EMPTY = "The digits of the plane appear here as soon as a model decodes them."
POINT_MARGIN = 240
"""Pixels by which the picture of points exceeds the view on every side."""


class LatentMap(PlaneView):
    """The plane of decoded digits. Plane coordinates have y up.

    Signals:
        tiles_wanted(object): list[TileKey] in view that are missing or stale, nearest first.
        view_changed(): another part of the plane is in view.
        picked(float, float): the user clicked here, in plane coordinates.
    """

    tiles_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("latentMap")
        self.setAccessibleName("Map of decoded digits")
        self.setAccessibleDescription(
            "Drag or arrow keys move, wheel or plus and minus zoom, Home returns to the origin, a "
            "click shows the digit."
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(280, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._layer = TileLayer()
        self._points: NDArray[np.float64] | None = None
        self._labels: NDArray[np.int64] | None = None
        self._points_visible = True
        self._dots: tuple[QPixmap, QPoint, float] | None = None
        self._place: tuple[float, float] | None = None
        self._place_image: QImage | None = None
        self._mark: tuple[float, float] | None = None
        self._unavailable = ""
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.setInterval(20)
        self._asking.timeout.connect(self._ask_for_tiles)

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
        self._pickable = not text
        self._ask_soon()
        self.update()

    # Events

    def _view_has_changed(self) -> None:
        self._ask_soon()
        super()._view_has_changed()

    def showEvent(self, event: QShowEvent) -> None:
        self._ask_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        self._asking.stop()
        super().hideEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(960, 640)

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
        side = round(tiles.tile_side(level) * self.scale())
        keys = tiles.visible(self.view_rect(), level)
        self._layer.paint(painter, keys, self._origin(), side, tokens, hasty=self._zooming)

    def _paint_points(self, painter: QPainter) -> None:
        """Draws the picture of points, and a new one when the view has left it."""
        origin = self._origin()
        if self._dots is not None:
            picture, anchor, scale = self._dots
            room = QRect(origin - anchor, picture.deviceIndependentSize().toSize())
            if scale == self.scale() and room.contains(self.rect()):
                painter.drawPixmap(room.topLeft(), picture)
                return
        margin = QPoint(POINT_MARGIN, POINT_MARGIN)
        picture = self._picture_of_points(origin + margin)
        self._dots = picture, origin + margin, self.scale()
        painter.drawPixmap(-margin, picture)

    def _picture_of_points(self, anchor: QPoint) -> QPixmap:
        """The points around the view, with the plane's origin at `anchor`."""
        assert self._points is not None
        assert self._labels is not None
        ratio = self.devicePixelRatioF()
        places = self._points * (self.scale(), -self.scale()) + (anchor.x(), anchor.y())
        wide, high = (side + 2 * POINT_MARGIN for side in (self.width(), self.height()))
        # Small from afar, where digits and points crowd; larger on the way in.
        radius = min(max(2.0 * (self.scale() / HOME_SCALE) ** 0.5, 1.2), 5.0)
        image = point_layer.render(
            places * ratio, self._labels, round(wide * ratio), round(high * ratio), radius * ratio
        )
        image.setDevicePixelRatio(ratio)
        return QPixmap.fromImage(image)
