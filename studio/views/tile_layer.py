"""The tiles that a map has been given, and how they are painted when some are missing or old."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap

from studio.state import tiles
from studio.state.tiles import DIGITS, TileKey
from studio.views import theme
from studio.views.pictures import PIXELS, grey_image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT = 1200
"""Tiles that are kept, those seen last; 12.5 kB each. A view of 3840 x 2160 shows up to 720."""
ANCESTORS = 4
"""How many levels above a missing tile are searched for something to show instead."""


@dataclass(slots=True)
class _Tile:
    image: QImage
    generation: int


class TileLayer:
    """A bounded store of tiles which knows the fresh from the stale, and paints both."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[TileKey, _Tile] = OrderedDict()
        self._scaled: dict[TileKey, QPixmap] = {}
        self._scaled_side = 0
        self._generation = 0

    def is_empty(self) -> bool:
        """Whether no tile is at hand."""
        return not self._tiles

    def keys(self) -> list[TileKey]:
        """The tiles at hand, those seen longest ago first."""
        return list(self._tiles)

    def put(self, key: TileKey, image: NDArray[np.uint8]) -> None:
        """Takes in a fresh tile, uint8 (DIGITS * 28, DIGITS * 28)."""
        side = DIGITS * PIXELS
        assert image.shape == (side, side), image.shape
        self._tiles[key] = _Tile(grey_image(image), self._generation)
        self._tiles.move_to_end(key)
        self._scaled.pop(key, None)
        while len(self._tiles) > KEPT:
            self._tiles.popitem(last=False)

    def is_fresh(self, key: TileKey) -> bool:
        """Whether the tile is at hand and of the present generation."""
        tile = self._tiles.get(key)
        return tile is not None and tile.generation == self._generation

    def age(self) -> None:
        """Makes all tiles stale."""
        self._generation += 1

    def clear(self) -> None:
        """Forgets all tiles."""
        self._tiles.clear()
        self._scaled.clear()
        self._generation += 1

    def paint(
        self,
        painter: QPainter,
        keys: list[TileKey],
        origin: QPoint,
        side: int,
        tokens: theme.Tokens,
        *,
        hasty: bool,
    ) -> None:
        """Paints the tiles `keys`, each as good as it is known.

        Arguments:
            origin: The screen pixel of the plane's origin.
            side: Edge of a tile in screen pixels.
            hasty: Scales roughly, for a scale that will not last.
        """
        ratio = painter.device().devicePixelRatioF()
        if side != self._scaled_side:
            self._scaled.clear()
            self._scaled_side = side
        for key in keys:
            room = QRect(origin.x() + key.col * side, origin.y() - (key.row + 1) * side, side, side)
            tile = self._tiles.get(key)
            if tile is None:
                self._paint_substitute(painter, key, room, tokens)
                continue
            self._tiles.move_to_end(key)
            if hasty:
                painter.drawImage(room, tile.image)
                continue
            if key not in self._scaled:
                self._scaled[key] = _scaled_tile(tile.image, side, ratio)
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
