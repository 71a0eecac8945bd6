"""The geometry of a view over the plane, without a widget."""

from __future__ import annotations

import numpy as np
import pytest

from studio.state import tiles
from studio.state.tiles import PlaneRect
from studio.views.viewport import HOME_SCALE, LEAST_SCALE, MOST_SCALE, Viewport

VIEWS = [Viewport(), Viewport(3.1, -2.2, 900.0), Viewport(-40.0, 7.5, 2.3), Viewport(0.1, 0.2, 1e5)]


@pytest.mark.parametrize("view", VIEWS)
def test_there_and_back(view: Viewport) -> None:
    x, y = view.to_plane(123.0, -45.0)
    assert view.to_view(x, y) == pytest.approx((123.0, -45.0))
    assert x > view.x
    assert y > view.y, "y goes up"


@pytest.mark.parametrize("view", VIEWS)
def test_the_rectangle_reaches_from_corner_to_corner(view: Viewport) -> None:
    left, top = view.to_plane(-300, -200)
    right, bottom = view.to_plane(300, 200)
    ground = view.rect(600, 400)
    assert (ground.left, ground.top) == pytest.approx((left, top))
    assert (ground.right, ground.bottom) == pytest.approx((right, bottom))


def test_the_first_view() -> None:
    assert Viewport().scale == HOME_SCALE
    assert Viewport().rect(336, 168) == PlaneRect(-1.0, -0.5, 1.0, 0.5)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("factor", [0.5, 0.97, 1.26, 8.0])
def test_zooming_keeps_the_point_under_its_place(view: Viewport, factor: float) -> None:
    closer = view.zoomed(factor, -160.0, 130.0)
    assert closer.to_plane(-160.0, 130.0) == pytest.approx(view.to_plane(-160.0, 130.0))


@pytest.mark.parametrize("view", VIEWS)
def test_the_plane_follows_the_hand(view: Viewport) -> None:
    grabbed = view.to_plane(10.0, 20.0)
    dragged = view.dragged(-63.0, 91.0)
    assert dragged.to_view(*grabbed) == pytest.approx((10.0 - 63.0, 20.0 + 91.0), abs=1e-4)
    assert dragged.scale == view.scale


def test_small_zooms_add_up_although_the_scale_is_rounded() -> None:
    view = Viewport()
    for _ in range(1000):
        view = view.zoomed(2 ** (1 / 1000))
    assert view.scale == pytest.approx(2 * HOME_SCALE)
    assert view.zoomed(1.00001).looks_like(view)


def test_the_scale_keeps_tiles_whole_and_stays_within_its_bounds() -> None:
    for wanted in np.geomspace(LEAST_SCALE / 10, MOST_SCALE * 10, 80):
        view = Viewport().at(1.0, 2.0, float(wanted))
        side = tiles.tile_side(view.level) * view.scale
        assert side == pytest.approx(round(side))
        assert LEAST_SCALE * 0.99 <= view.scale <= MOST_SCALE * 1.01
