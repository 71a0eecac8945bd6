"""What is laid over the digits of a map, one value per digit: heat, or regions of classes.

As with the tiles, what is stale stays until its successor is there, and another level shows what is
known of its ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from studio.state import tiles
from studio.state.tiles import DIGITS, TileKey
from studio.views import heat
from studio.views.tile_store import TileStore

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 4800
"""Tiles whose values are kept, those asked for last; 128 bytes each."""
ANCESTORS = 4
"""How many levels above a missing tile are searched for values to show instead."""
QUANTILES = (0.05, 0.95)
"""The values in view between which the colours of a heat map run."""
STEADY = 0.15
"""The range stays until one of its ends is off by more than so much of its width: a view that moves
a little shall not change its colours."""
SPARE = 1.5
"""The colours of what is in view are kept, and half as many that have just left it."""

Values = NDArray[np.float32]


class ShadeLayer:
    """Keeps the values (DIGITS, DIGITS, 2) of tiles and paints them, the fresh and the stale."""

    def __init__(self) -> None:
        self._kind = ""
        self._shades: TileStore[Values] = TileStore(KEPT)
        self._cells: dict[TileKey, QImage | None] = {}  # a pixel per digit
        self._veils: dict[TileKey, QPixmap] = {}  # the same at the size in which it is shown
        self._made_for: tuple[int, float] | None = None
        self._range: tuple[float, float] | None = None

    @property
    def kind(self) -> str:
        """What is laid over the digits; "" for nothing."""
        return self._kind

    def set_kind(self, kind: str) -> None:
        """Lays something else over the digits, of which nothing is known yet."""
        if kind != self._kind:
            self._kind = kind
            self.clear()

    def is_heat(self) -> bool:
        """Whether the values have a range, which classes have not."""
        return self._kind not in ("", "classes")

    def range(self) -> tuple[float, float] | None:
        """The values that have the lowest and the highest colour, if any value is known."""
        return self._range

    def put(self, key: TileKey, values: NDArray[np.floating]) -> None:
        """Takes in fresh values (DIGITS**2, 2), in the order of `tiles.digit_centres`."""
        self._shades.put(key, np.asarray(values, np.float32).reshape(DIGITS, DIGITS, 2))
        # Whoever shows these values as a substitute for its own is coloured anew, too.
        finer = [other for other in self._cells if other.level > key.level]
        for other in (key, tiles.parent(key), *finer):
            self._cells.pop(other, None)
            self._veils.pop(other, None)

    def is_fresh(self, key: TileKey) -> bool:
        """Whether the values are at hand and of the present generation."""
        return self._shades.is_fresh(key)

    def age(self) -> None:
        """Makes all values stale."""
        self._shades.age()

    def clear(self) -> None:
        """Forgets all values and their range."""
        self._shades.clear()
        self._bleach()
        self._range = None

    def settle(self, keys: Iterable[TileKey]) -> bool:
        """Fits the range to the tiles in view; whether it is another one now."""
        tiles_in_view = (self._shades.get(key) for key in keys)
        known = [shade[..., 0] for shade in tiles_in_view if shade is not None]
        if not known or not self.is_heat():
            return False
        values = np.stack(known)
        values = values[np.isfinite(values)]
        if not len(values):
            return False
        low, high = (float(value) for value in np.quantile(values, QUANTILES))
        if self._range is not None:
            off = max(abs(low - self._range[0]), abs(high - self._range[1]))
            if off <= STEADY * (self._range[1] - self._range[0]):
                return False
        if self._range == (low, high):
            return False
        self._range = low, high
        self._bleach()
        return True

    def _bleach(self) -> None:
        """All colours are to be found anew."""
        self._cells.clear()
        self._veils.clear()

    def values(self, key: TileKey) -> Values | None:
        """What is known of a tile's digits, (DIGITS, DIGITS, 2): its own values, or those of the
        level above and of the levels below; NaN where nothing is."""
        shade = self._shades.get(key)
        if shade is not None:
            return shade
        found: Values | None = None
        ancestor = key
        for up in range(1, ANCESTORS + 1):
            ancestor = tiles.parent(ancestor)
            shade = self._shades.get(ancestor)
            if shade is not None:
                steps = np.arange(DIGITS)
                cols = ((key.col * DIGITS + steps) >> up) - ancestor.col * DIGITS
                above = ((key.row * DIGITS + DIGITS - 1 - steps) >> up) - ancestor.row * DIGITS
                found = shade[np.ix_(DIGITS - 1 - above, cols)]
                break
        half = DIGITS // 2
        for number, child in enumerate(tiles.children(key)):
            shade = self._shades.get(child)
            if shade is not None:
                if found is None:
                    found = np.full((DIGITS, DIGITS, 2), np.nan, np.float32)
                down, right = (half * step for step in divmod(number, 2))
                found[down : down + half, right : right + half] = shade[::2, ::2]
        return found

    def paint(
        self,
        painter: QPainter,
        keys: list[TileKey],
        origin: tuple[int, int],
        side: int,
        *,
        hasty: bool,
    ) -> None:
        """Paints what is known of the tiles `keys`.

        Arguments:
            origin: The screen pixel of the plane's origin.
            side: Edge of a tile in screen pixels.
            hasty: Keeps no pictures, for a scale that will not last.
        """
        if not len(self._shades) or (self.is_heat() and self._range is None):
            return
        ratio = painter.device().devicePixelRatioF()
        if (side, ratio) != self._made_for:
            self._veils.clear()
            self._made_for = side, ratio
        self._colour([key for key in keys if key not in self._cells])
        for key in keys:
            cells = self._cells[key]
            if cells is None:
                continue
            left, top = origin[0] + key.col * side, origin[1] - (key.row + 1) * side
            if hasty:
                painter.drawImage(QRect(left, top, side, side), cells)
                continue
            if key not in self._veils:
                self._veils[key] = _enlarged(cells, round(side * ratio), ratio)
            painter.drawPixmap(left, top, self._veils[key])
        if len(self._cells) > SPARE * len(keys):
            for key in self._cells.keys() - set(keys):
                del self._cells[key]
                self._veils.pop(key, None)

    def _colour(self, keys: list[TileKey]) -> None:
        """Finds the colours of several tiles at once."""
        known = [(key, self.values(key)) for key in keys]
        self._cells.update((key, None) for key, values in known if values is None)
        found = [(key, values) for key, values in known if values is not None]
        if not found:
            return
        values = np.stack([values for _, values in found])
        if self.is_heat():
            assert self._range is not None
            colours = heat.heat(values[..., 0], *self._range)
        else:
            colours = heat.regions(values[..., 0], values[..., 1])
        for (key, _), pixels in zip(found, colours, strict=True):
            image = QImage(
                pixels.data, DIGITS, DIGITS, 4 * DIGITS, QImage.Format.Format_ARGB32_Premultiplied
            )
            self._cells[key] = image.copy()


def _enlarged(cells: QImage, pixels: int, ratio: float) -> QPixmap:
    """Every pixel as large as a digit."""
    veil = QPixmap(pixels, pixels)
    veil.fill(Qt.GlobalColor.transparent)
    painter = QPainter(veil)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(QRect(0, 0, pixels, pixels), cells)
    painter.end()
    veil.setDevicePixelRatio(ratio)
    return veil
