"""Polygons on a map."""

from __future__ import annotations

import numpy as np

GRID = 256
"""Places inside a polygon that are looked at, about."""
_FINE = 96
# Doublings or so of the grid until it holds enough places of a thin polygon.
_TRIES = 6


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which points (N, 2) lie in a polygon (m, 2), closed by itself: bool (N,).

    By the even-odd rule: what a line that crosses itself encloses twice is outside. A point on a
    left or lower border is inside, on a right or upper one outside, so that polygons side by side
    share no point.
    """
    x, y = points[:, 0, None], points[:, 1, None]
    x0, y0 = polygon.T
    x1, y1 = np.roll(polygon, -1, axis=0).T
    spans = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
    crossed: np.ndarray = (spans & (x < crossing)).sum(axis=1)
    odd: np.ndarray = crossed % 2 == 1
    return odd


def grid_inside(polygon: np.ndarray, count: int = GRID) -> tuple[np.ndarray, float]:
    """About `count` evenly spaced places (n, 2) in a polygon (m, 2), and its area.

    Raises:
        ValueError: it encloses nothing; one sentence.
    """
    polygon = np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
    low, high = polygon.min(axis=0, initial=np.inf), polygon.max(axis=0, initial=-np.inf)
    if len(polygon) < 3 or not (high > low).all():
        raise ValueError("Draw around a part of the map; this line encloses nothing.")
    whole = float(np.prod(high - low))
    area = whole * float(inside(_lattice(low, high, _FINE, _FINE), polygon).mean())
    wide, tall = high - low
    for attempt in range(_TRIES):
        # A first guess of the pitch from the area, finer while too few places are met.
        pitch = np.sqrt(max(area, whole / _FINE**2) / count) / 1.4**attempt
        places = _lattice(
            low, high, *(int(np.clip(np.ceil(side / pitch), 1, 512)) for side in (wide, tall))
        )
        within = places[inside(places, polygon)]
        if len(within) >= 0.5 * count:
            break
    if not len(within):
        raise ValueError("Draw around a larger part of the map; this line encloses nothing.")
    if len(within) > 2 * count:
        within = within[np.linspace(0, len(within) - 1, count).round().astype(int)]
    return within, area


def _lattice(low: np.ndarray, high: np.ndarray, columns: int, rows: int) -> np.ndarray:
    x = low[0] + (np.arange(columns) + 0.5) / columns * (high[0] - low[0])
    y = low[1] + (np.arange(rows) + 0.5) / rows * (high[1] - low[1])
    return np.stack([axis.ravel() for axis in np.meshgrid(x, y)], axis=1)
