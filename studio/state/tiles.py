"""The geometry of the map: which digits lie on which tile, and which tiles are in view.

The plane has y up. On level L, digits stand `spacing(L)` apart, half as far as on level L - 1, and
a tile holds DIGITS x DIGITS of them. Tile (0, 0) of every level has its lower left corner in the
origin, so that a tile covers exactly four tiles of the next level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGITS = 4
"""Digits along a tile's edge."""
BASE = 0.25
"""Distance between digits on level 0, in units of the plane."""
SMALLEST, LARGEST = 28, 56
"""Logical pixels that a digit may take on the screen: [SMALLEST, LARGEST)."""


@dataclass(frozen=True, slots=True)
class TileKey:
    """One tile: `col` counts to the right and `row` upward, both may be negative."""

    level: int
    col: int
    row: int


@dataclass(frozen=True, slots=True)
class PlaneRect:
    """A rectangle in units of the plane, y up."""

    left: float
    bottom: float
    right: float
    top: float


def spacing(level: int) -> float:
    """The distance between neighbouring digits, in units of the plane."""
    return BASE * 2.0**-level


def tile_side(level: int) -> float:
    """The edge of a tile, in units of the plane."""
    return DIGITS * spacing(level)


def level_for(scale: float) -> int:
    """The level on which a digit takes at least SMALLEST and less than LARGEST pixels.

    Arguments:
        scale: Logical pixels per unit of the plane, above 0.
    """
    # The tiny summand keeps a digit of exactly SMALLEST pixels on its own level after rounding.
    return math.floor(math.log2(BASE * scale / SMALLEST) + 1e-9)


def plane_rect(key: TileKey) -> PlaneRect:
    """The ground that a tile covers."""
    side = tile_side(key.level)
    left, bottom = key.col * side, key.row * side
    return PlaneRect(left, bottom, left + side, bottom + side)


def digit_centres(key: TileKey) -> NDArray[np.float64]:
    """Where the digits of a tile stand, (DIGITS**2, 2): rows from the top, each from the left."""
    ground = plane_rect(key)
    steps = (np.arange(DIGITS) + 0.5) * spacing(key.level)
    x, y = np.meshgrid(ground.left + steps, ground.top - steps)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def nearest_digit(x: float, y: float, level: int) -> tuple[float, float]:
    """Where the digit of a level stands in whose square a place lies."""
    step = spacing(level)
    return (math.floor(x / step) + 0.5) * step, (math.floor(y / step) + 0.5) * step


def visible(view: PlaneRect, level: int) -> list[TileKey]:
    """The tiles that touch the inside of `view`, the nearest to its centre first."""
    side = tile_side(level)
    columns = range(math.floor(view.left / side), math.ceil(view.right / side))
    rows = range(math.floor(view.bottom / side), math.ceil(view.top / side))
    x = (view.left + view.right) / 2 / side - 0.5
    y = (view.bottom + view.top) / 2 / side - 0.5
    keys = [TileKey(level, col, row) for row in reversed(rows) for col in columns]
    return sorted(keys, key=lambda key: (key.col - x) ** 2 + (key.row - y) ** 2)


def parent(key: TileKey) -> TileKey:
    """The tile of the level above that covers this one."""
    return TileKey(key.level - 1, key.col // 2, key.row // 2)


def children(key: TileKey) -> tuple[TileKey, TileKey, TileKey, TileKey]:
    """The four tiles that cover this one on the next level: top left, top right, then below."""
    level, col, row = key.level + 1, 2 * key.col, 2 * key.row
    return (
        TileKey(level, col, row + 1),
        TileKey(level, col + 1, row + 1),
        TileKey(level, col, row),
        TileKey(level, col + 1, row),
    )


def mosaic(digits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture of a tile: digits (DIGITS**2, H, W) in the order of `digit_centres`, joined to
    (DIGITS * H, DIGITS * W)."""
    _, height, width = digits.shape
    grid = digits.reshape(DIGITS, DIGITS, height, width)
    return np.ascontiguousarray(grid.swapaxes(1, 2).reshape(DIGITS * height, DIGITS * width))
