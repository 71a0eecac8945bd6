"""The picture of the plane: a dot is where its point is, and a crowd is brighter than one."""

from __future__ import annotations

import numpy as np
import pytest

from studio.data.mixtures import NAMES, generate, plane
from studio.instruments.plane_picture import SIDE, draw_plane

RING, GRID = plane("ring8"), plane("grid25")
NOTHING = np.zeros((0, 2))


def brightest(picture: np.ndarray) -> tuple[int, int]:
    """(row, column)."""
    row, column = np.unravel_index(int(picture.argmax()), picture.shape)
    return int(row), int(column)


def test_x_grows_to_the_right_and_y_upwards() -> None:
    far = 0.99 * RING.extent
    assert brightest(draw_plane(np.array([[far, far]]), RING)) == (1, SIDE - 2)
    assert brightest(draw_plane(np.array([[-far, -far]]), RING)) == (SIDE - 2, 1)


@pytest.mark.parametrize("side", [64, 101, 256])
def test_a_dot_is_where_its_point_is(side: int) -> None:
    rng = np.random.default_rng(0)
    for x, y in rng.uniform(-0.9, 0.9, (20, 2)):
        picture = draw_plane(np.array([[x, y]]) * GRID.extent, GRID, side).astype(float)
        picture -= draw_plane(NOTHING, GRID, side)
        rows, columns = np.mgrid[:side, :side] + 0.5
        total = picture.sum()
        # A ring below takes a little of a dot away.
        assert (picture * columns).sum() / total == pytest.approx((x + 1) / 2 * side, abs=1)
        assert (picture * rows).sum() / total == pytest.approx((1 - y) / 2 * side, abs=1)


@pytest.mark.parametrize("name", NAMES)
def test_every_mode_is_marked_where_there_is_nothing_yet(name: str) -> None:
    where = plane(name)
    empty = draw_plane(NOTHING, where)
    assert empty.shape == (SIDE, SIDE)
    assert empty.dtype == np.uint8
    assert 0 < empty.max() < 100
    for x, y in where.centres:
        column = (x / where.extent + 1) / 2 * SIDE
        row = (1 - y / where.extent) / 2 * SIDE
        reach = 3 * where.sigma / (2 * where.extent) * SIDE
        right = empty[int(row), int(column + reach) - 1 : int(column + reach) + 2]
        assert right.max() > 40
    assert np.array_equal(empty, draw_plane(np.full((5, 2), np.nan), where))


def test_one_shows_well_and_a_crowd_more() -> None:
    peaks = [int(draw_plane(np.zeros((count, 2)) + 0.3, RING).max()) for count in (1, 2, 5, 1_000)]
    assert peaks == sorted(peaks)
    assert 120 < peaks[0] < peaks[1] < 240
    assert peaks[-1] == 255


def test_what_flies_off_lies_on_the_edge() -> None:
    picture = draw_plane(np.array([[np.inf, 0.0], [0.0, -1e300]]), RING)
    assert picture[SIDE // 2, -1] > 100
    assert picture[-1, SIDE // 2] > 100


def test_a_model_that_has_learnt_it_fills_the_rings_and_nothing_else() -> None:
    data = generate("ring8", 2_500)
    picture = draw_plane(RING.to_points(data.images), RING)
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    x = (columns / SIDE * 2 - 1) * RING.extent
    y = (1 - rows / SIDE * 2) * RING.extent
    away = np.min([np.hypot(x - a, y - b) for a, b in RING.centres], axis=0)
    assert picture[away < 2 * RING.sigma].mean() > 230
    assert picture[away > 6 * RING.sigma].max() == 0


def test_float32_will_do() -> None:
    points = RING.to_points(generate("ring8", 100).images)
    exact, coarse = draw_plane(points, RING), draw_plane(points.astype(np.float32), RING)
    assert np.abs(exact.astype(int) - coarse).max() <= 1
