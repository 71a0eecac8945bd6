"""What lies in a polygon."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.region import grid_inside, inside

STAR = np.array([[np.cos(a), np.sin(a)] for a in np.arange(5) * 4 * np.pi / 5 + 0.3])
SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
RING = np.concatenate([3 * SQUARE, SQUARE[::-1]])


def test_points_are_inside_or_not() -> None:
    triangle = np.array([[0, 0], [4, 0], [0, 3]], dtype=float)
    points = np.array([[1, 1], [3, 2], [-0.1, 1], [3.9, 0.05], [2, -0.01]])
    assert inside(points, triangle).tolist() == [True, False, False, True, False]
    assert inside(points, triangle[::-1]).tolist() == [True, False, False, True, False]
    assert inside(np.zeros((0, 2)), triangle).shape == (0,)


def test_what_a_line_encloses_twice_is_outside() -> None:
    assert not inside(np.array([[0.0, 0.0], [0.1, 0.2]]), STAR).any()
    assert inside(STAR * 0.9, STAR).all()
    assert inside(np.array([[0.0, 0.0], [2.0, 0.0]]), RING.astype(float)).tolist() == [False, True]


def test_polygons_side_by_side_share_no_point() -> None:
    left = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
    points = np.stack(np.meshgrid(np.linspace(0, 1.9, 20), np.linspace(0, 0.9, 10)), -1)
    points = points.reshape(-1, 2)
    both = inside(points, left).astype(int) + inside(points, left + np.array([1, 0]))
    assert (both == 1).all()


@pytest.mark.parametrize(
    ("polygon", "area"),
    [
        (np.array([[0, 0], [8, 0], [8, 2], [0, 2]]), 16),
        (np.array([[0, 0], [1, 0], [0, 1]]) * 1e-6, 0.5e-12),
        (np.array([[0, 0], [10, 10], [10, 10.2], [0, 0.2]]), 2),
        (RING, 32),
    ],
)
def test_a_polygon_is_sampled_evenly_and_measured(polygon: np.ndarray, area: float) -> None:
    places, measured = grid_inside(polygon.astype(float))
    assert measured == pytest.approx(area, rel=0.06)
    assert 128 <= len(places) <= 512
    assert inside(places, polygon.astype(float)).all()


@pytest.mark.parametrize("polygon", [np.zeros((0, 2)), np.zeros((5, 2)), np.eye(2)])
def test_a_line_that_encloses_nothing_is_refused(polygon: np.ndarray) -> None:
    with pytest.raises(ValueError, match="encloses nothing"):
        grid_inside(polygon)
