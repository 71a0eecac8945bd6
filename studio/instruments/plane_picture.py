"""Points of the plane as one picture: what a grid of digits is for sets of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.data.plane import Plane

SIDE = 256

_RING_GREY = 70.0
_RING_WIDTH = 0.6
_RADIUS_SIGMAS = 3.0
"""Inside so many standard deviations a sample counts as one of high quality."""
_REACH, _SOFT = 2, 0.8
"""How far a dot reaches, and the standard deviation of its height; both in pixels."""
_FIRST = 0.9
"""Ink is 1 - exp(-0.9 d) where d dots lie upon each other: one shows well, and many still differ
from few."""


def draw_plane(points: NDArray[Any], plane: Plane, side: int = SIDE) -> NDArray[np.uint8]:
    """The square of the plane with all points as soft dots, uint8 (side, side), bright on dark.

    x grows to the right and y upwards. A thin grey ring marks each mode, three standard deviations
    around its mean. Points outside the square lie on its edge; what is no number is not drawn.

    Arguments:
        points: (N, 2) in the units of the plane; N may be 0.
    """
    rings = _rings(plane, side)
    ink = 255 * -np.expm1(-_FIRST * _dots(points, plane, side))
    picture: NDArray[np.uint8] = np.rint(np.maximum(rings, ink)).astype(np.uint8)
    return picture


def _pixels(points: NDArray[Any], plane: Plane, side: int) -> NDArray[np.float64]:
    """(N, 2) column and row, where 0 is the middle of the first pixel."""
    unit = 0.5 + np.asarray(points, np.float64) * (0.5 / plane.extent)
    unit = np.clip(unit[~np.isnan(unit).any(axis=1)], 0, 1)
    return np.stack([unit[:, 0], 1 - unit[:, 1]], axis=1) * side - 0.5


def _dots(points: NDArray[Any], plane: Plane, side: int) -> NDArray[np.float64]:
    """How many dots lie on each pixel, (side, side); one has the height 1 in its middle."""
    places = _pixels(points, plane, side)
    nearest = np.rint(places).astype(np.int64)
    beside = np.arange(-_REACH, _REACH + 1)
    # (N, 5) columns and rows around each point, and how much of it falls on each.
    around = nearest[:, :, None] + beside
    weights = np.exp(-0.5 * ((around - places[:, :, None]) / _SOFT) ** 2)
    weights[(around < 0) | (around >= side)] = 0
    around = np.clip(around, 0, side - 1)
    where = around[:, 1, :, None] * side + around[:, 0, None, :]
    heights = weights[:, 1, :, None] * weights[:, 0, None, :]
    total = np.zeros(side * side)
    total += np.bincount(where.ravel(), weights=heights.ravel(), minlength=side * side)
    return total.reshape(side, side)


def _rings(plane: Plane, side: int) -> NDArray[np.float64]:
    """A thin circle around each mode, grey levels (side, side)."""
    radius = _RADIUS_SIGMAS * plane.sigma * side / (2 * plane.extent)
    reach = round(radius) + 3
    picture = np.zeros((side, side))
    for x, y in _pixels(plane.centres, plane, side):
        top, left = max(0, round(y) - reach), max(0, round(x) - reach)
        part = picture[top : round(y) + reach + 1, left : round(x) + reach + 1]
        rows, columns = np.indices(part.shape)
        away = np.hypot(left + columns - x, top + rows - y) - radius
        np.maximum(part, _RING_GREY * np.exp(-0.5 * (away / _RING_WIDTH) ** 2), out=part)
    return picture
