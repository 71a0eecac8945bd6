"""The ground of the map: tiles of decoded digits, and what is laid over them.

It asks for tiles (`tiles_wanted`) and for values (`shades_wanted`) and keeps what it has been given
until something newer replaces it: a stale tile, the tile of the level above or the tiles of the
level below are better than an empty place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPen, QShowEvent

from studio.state import tiles
from studio.views import theme
from studio.views.map_tools import ToolView
from studio.views.shade_layer import ShadeLayer
from studio.views.tile_layer import TileLayer

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from studio.state.tiles import TileKey

ASK_MS = 20
"""While the view moves, tiles are asked for no more often than this."""
RANGE_MS = 200
"""The colours of a heat map are fitted to the view no more often than this."""


class TiledView(ToolView):
    """A plane of tiles, each with values over its digits.

    Signals:
        tiles_wanted(object): list[TileKey] in view that are missing or stale, nearest first.
        shades_wanted(object): list[TileKey] whose values are missing or stale, nearest first; asked
            for when no tile in view is missing.
        shading_range_changed(float, float): the values of the lowest and the highest colour of the
            heat that is laid over the digits: 5 and 95 percent of the values in view are below.
    """

    tiles_wanted = Signal(object)
    shades_wanted = Signal(object)
    shading_range_changed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = TileLayer()
        self._shades = ShadeLayer()
        self._unavailable = ""
        self._unasked = False
        self._asked: set[TileKey] = set()
        self._asking = self._timer(self._on_asking)
        self._asking_shades = self._timer(self._ask_for_shades)
        self._ranging = self._timer(self._settle_range)

    def _timer(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    def set_tile(self, key: TileKey, image: NDArray[np.uint8]) -> None:
        """Shows a tile's digits, uint8 (DIGITS * 28, DIGITS * 28), made by the present model.

        May be called while `tiles_wanted` is emitted: nothing is painted in between.
        """
        self._layer.put(key, image)
        if self._shades.kind:
            self._ask_for_shades_soon()
        self.update()

    def set_shade(self, key: TileKey, values: NDArray[np.floating]) -> None:
        """Lays values over a tile's digits: float (DIGITS**2, 2) of the kind that `set_shading` has
        named, in the order of `tiles.digit_centres`; see there for both columns."""
        if self._shades.kind:
            self._shades.put(key, values)
            if not self._ranging.isActive():
                self._ranging.start(RANGE_MS)
            self.update()

    def set_shading(self, kind: str) -> None:
        """What shall be laid over the digits, "" for nothing.

        "classes": first column the class 0 to 9, or 10 for no digit, second the certainty in
        [0, 1]. Any other word: heat by the first column. NaN shows the bare digit.
        """
        self._shades.set_kind(kind)
        self._ask_for_shades_soon()
        self.update()

    def invalidate(self) -> None:
        """The model has changed: tiles and shades are stale, but stay until they are replaced."""
        self._layer.age()
        self._shades.age()
        self._ask_soon()

    def reset(self) -> None:
        """Forgets all tiles and shades."""
        self._layer.clear()
        self._shades.clear()
        self._ask_soon()
        self.update()

    def set_unavailable(self, text: str) -> None:
        """Shows a sentence instead of the map, for a model that has none; "" shows the map."""
        self._unavailable = text
        self._pickable = not text
        self.setCursor(self._resting_cursor())
        self._ask_soon()
        self.update()

    def wanted(self) -> list[TileKey]:
        """The tiles in view that are missing or stale, nearest to the centre first."""
        return [key for key in self._keys() if not self._layer.is_fresh(key)]

    def shades_missing(self) -> list[TileKey]:
        """The tiles in view whose values are missing or stale, nearest to the centre first."""
        if not self._shades.kind:
            return []
        return [key for key in self._keys() if not self._shades.is_fresh(key)]

    def _keys(self) -> list[TileKey]:
        """The tiles in view, nearest to the centre first."""
        if self._unavailable:
            return []
        keys = tiles.visible(self.view_rect(), self.level())
        ends = self._bounds
        if ends is None:
            return keys
        grounds = ((key, tiles.plane_rect(key)) for key in keys)
        return [
            key
            for key, ground in grounds
            if ground.left < ends.right
            and ground.right > ends.left
            and ground.bottom < ends.top
            and ground.top > ends.bottom
        ]

    # Asking. A setter asks a moment later, for whoever calls it may not have finished. A hand is
    # answered at once, so that tiles which are at hand somewhere are there in the next frame.

    def _ask_soon(self) -> None:
        self._unasked = True
        # Not restarted while it runs: during a long drag the tiles shall come all the same.
        if self.isVisible() and not self._asking.isActive():
            self._asking.start(0)

    def _view_has_changed(self) -> None:
        self._ask_soon()
        super()._view_has_changed()

    def _has_been_steered(self) -> None:
        if self.isVisible() and not self._asked.issuperset(self.wanted()):
            self._ask()

    def _on_asking(self) -> None:
        if self._unasked:
            self._ask()

    def _ask(self) -> None:
        self._unasked = False
        self._asking.start(ASK_MS)
        keys = self.wanted()
        self._asked = set(keys)
        if keys:
            self.tiles_wanted.emit(keys)
        self._ask_for_shades()

    def _ask_for_shades_soon(self) -> None:
        if self.isVisible() and not self._asking_shades.isActive():
            self._asking_shades.start(0)

    def _ask_for_shades(self) -> None:
        self._asking_shades.stop()
        if not self._shades.kind or self.wanted():
            return
        keys = self.shades_missing()
        if keys:
            self.shades_wanted.emit(keys)
        if self._shades.range() is None and not self.shades_missing():
            self._settle_range()  # all were at hand: the first colours need not wait
        elif not self._ranging.isActive():
            self._ranging.start(RANGE_MS)

    def _settle_range(self) -> None:
        self._ranging.stop()
        if self._shades.settle(self._keys()):
            self.update()
            low_high = self._shades.range()
            assert low_high is not None
            self.shading_range_changed.emit(*low_high)

    def showEvent(self, event: QShowEvent) -> None:
        self._ask_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        for timer in (self._asking, self._asking_shades, self._ranging):
            timer.stop()
        super().hideEvent(event)

    # Painting

    def _origin(self) -> tuple[int, int]:
        """The whole screen pixel nearest to the plane's origin: everything is anchored to it."""
        place = self.to_widget(0.0, 0.0)
        return round(place.x()), round(place.y())

    def _paint_ground(self, painter: QPainter) -> None:
        """Paints the tiles and what is laid over them, within the bounds of the plane."""
        tokens = theme.tokens(self)
        painter.save()
        ends = self._bounds
        if ends is not None:
            corner = self.to_widget(ends.left, ends.top)
            room = QRectF(corner, self.to_widget(ends.right, ends.bottom)).toAlignedRect()
            painter.setClipRect(room)
        side = round(tiles.tile_side(self.level()) * self.scale())
        keys = self._keys()
        origin = self._origin()
        if not self._layer.paint(painter, keys, origin, side, tokens, hasty=self._zooming):
            self.update()  # the rest in the next frame
        self._shades.paint(painter, keys, origin, side, hasty=self._zooming)
        if ends is not None:
            painter.setClipping(False)
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room.adjusted(-1, -1, 0, 0))
        painter.restore()
