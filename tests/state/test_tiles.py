"""The geometry of the map holds for every level and every sign."""

from __future__ import annotations

import numpy as np
import pytest

from studio.state import tiles
from studio.state.tiles import DIGITS, PlaneRect, TileKey

KEYS = [TileKey(0, 0, 0), TileKey(3, -5, 7), TileKey(-2, 1, -1), TileKey(8, -1, -1)]


@pytest.mark.parametrize("scale", [0.5, 7.0, 28 * 4, 111.9, 112.0, 168.0, 223.9, 224.0, 1e5])
def test_a_digit_is_between_28_and_56_pixels(scale: float) -> None:
    pixels = tiles.spacing(tiles.level_for(scale)) * scale
    assert tiles.SMALLEST - 1e-6 <= pixels < tiles.LARGEST


@pytest.mark.parametrize("key", KEYS)
def test_digits_stand_in_reading_order_inside_their_tile(key: TileKey) -> None:
    ground, centres = tiles.plane_rect(key), tiles.digit_centres(key)
    assert centres.shape == (DIGITS**2, 2)
    x, y = centres.reshape(DIGITS, DIGITS, 2).transpose(2, 0, 1)
    step = tiles.spacing(key.level)
    assert np.allclose(np.diff(x, axis=1), step)
    assert np.allclose(np.diff(y, axis=0), -step)  # rows go down, y goes up
    assert np.isclose(x.min() - ground.left, step / 2)
    assert np.isclose(ground.top - y.max(), step / 2)


@pytest.mark.parametrize("key", KEYS)
def test_four_children_cover_their_parent(key: TileKey) -> None:
    ground, children = tiles.plane_rect(key), tiles.children(key)
    assert {tiles.parent(child) for child in children} == {key}
    grounds = [tiles.plane_rect(child) for child in children]
    assert (grounds[0].left, grounds[0].top) == (ground.left, ground.top)
    assert (grounds[3].right, grounds[3].bottom) == (ground.right, ground.bottom)
    area = sum((g.right - g.left) * (g.top - g.bottom) for g in grounds)
    assert np.isclose(area, (ground.right - ground.left) * (ground.top - ground.bottom))


def test_visible_tiles_cover_the_view_and_no_more() -> None:
    view = PlaneRect(-2.3, -0.7, 1.9, 3.1)
    keys = tiles.visible(view, 0)
    assert len(keys) == len(set(keys))
    assert {key.col for key in keys} == set(range(-3, 2))
    assert {key.row for key in keys} == set(range(-1, 4))


def test_visible_tiles_come_nearest_first() -> None:
    view = PlaneRect(4.0, -6.0, 9.0, -3.0)
    centre = np.array([6.5, -4.5])
    distances = [
        np.hypot(*(tiles.digit_centres(key).mean(axis=0) - centre))
        for key in tiles.visible(view, 1)
    ]
    assert distances == sorted(distances)
