"""The tiles that a map has been given, and how they are painted when some are missing or old."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap

from studio.state import tiles
from studio.state.tiles import DIGITS, TileKey
from studio.views import theme
from studio.views.pictures import PIXELS, grey_image
from studio.views.tile_store import TileStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT = 1200
"""Tiles that are kept, those seen last; 12.5 kB each. A view of 3840 x 2160 shows up to 720."""
ANCESTORS = 4
"""How many levels above a missing tile are searched for something to show instead."""
FINE_AT_ONCE, FINE_SECONDS = 32, 0.004
"""So many tiles are scaled smoothly in one go, and more while there is time; about 0.1 ms each. The
others wait for the next."""
SPARE = 1.5
"""Of the scaled tiles those in view are kept, and half as many that have just left it."""


class TileLayer:
    """Keeps tiles and paints them, the fresh and the stale."""

    def __init__(self) -> None:
        self._tiles: TileStore[QImage] = TileStore(KEPT)
        self._scaled: dict[TileKey, tuple[QPixmap, QImage]] = {}
        self._scaled_for: tuple[int, float] | None = None
        self._rough: dict[TileKey, QImage] = {}
        self._used: set[TileKey] = set()

    def is_empty(self) -> bool:
        """Whether no tile is at hand."""
        return not len(self._tiles)

    def keys(self) -> list[TileKey]:
        """The tiles at hand, those seen longest ago first."""
        return self._tiles.keys()

    def put(self, key: TileKey, image: NDArray[np.uint8]) -> None:
        """Takes in a fresh tile, uint8 (DIGITS * 28, DIGITS * 28)."""
        side = DIGITS * PIXELS
        assert image.shape == (side, side), image.shape
        self._tiles.put(key, grey_image(image))
        self._rough.pop(key, None)

    def is_fresh(self, key: TileKey) -> bool:
        """Whether the tile is at hand and of the present generation."""
        return self._tiles.is_fresh(key)

    def age(self) -> None:
        """Makes all tiles stale."""
        self._tiles.age()

    def clear(self) -> None:
        """Forgets all tiles."""
        self._tiles.clear()
        self._scaled.clear()
        self._rough.clear()

    def paint(
        self,
        painter: QPainter,
        keys: list[TileKey],
        origin: tuple[int, int],
        side: int,
        tokens: theme.Tokens,
        *,
        hasty: bool,
    ) -> bool:
        """Paints the tiles `keys`, each as good as it is known.

        Arguments:
            origin: The screen pixel of the plane's origin.
            side: Edge of a tile in screen pixels.
            hasty: Scales roughly, for a scale that will not last.

        Returns:
            Whether all is as good as it can be; if not, paint once more.
        """
        ratio = painter.device().devicePixelRatioF()
        if (side, ratio) != self._scaled_for:
            self._scaled.clear()
            self._scaled_for = side, ratio
        self._used.clear()
        made, complete, start = 0, True, time.perf_counter()
        for key in keys:
            room = QRect(origin[0] + key.col * side, origin[1] - (key.row + 1) * side, side, side)
            tile = self._tiles.get(key)
            if tile is None:
                self._paint_substitute(painter, key, room, tokens)
                continue
            self._tiles.touch(key)
            picture, source = self._scaled.get(key, (None, None))
            if source is not tile and not hasty:
                if made < FINE_AT_ONCE or time.perf_counter() - start < FINE_SECONDS:
                    picture = _scaled_tile(tile, side, ratio)
                    self._scaled[key] = picture, tile
                    made += 1
                else:
                    complete = False
            if picture is not None:  # if need be the one before, which is as sharp
                painter.drawPixmap(room.topLeft(), picture)
            else:
                painter.drawImage(room, self._rough_image(key, tile))
        if len(self._scaled) > SPARE * len(keys):
            for key in self._scaled.keys() - set(keys):
                del self._scaled[key]
        for key in self._rough.keys() - self._used:
            del self._rough[key]
        return complete

    def _rough_image(self, key: TileKey, tile: QImage) -> QImage:
        """The tile in a format that is scaled quickly while it is painted."""
        self._used.add(key)
        if key not in self._rough:
            self._rough[key] = tile.convertToFormat(QImage.Format.Format_RGB32)
        return self._rough[key]

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
                painter.drawImage(QRectF(room), self._rough_image(ancestor, tile), source)
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
                size = QSize(halves[col], halves[row])
                painter.drawImage(QRect(corner, size), self._rough_image(child, tile))


def _scaled_tile(image: QImage, side: int, ratio: float) -> QPixmap:
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
