"""Digits of the map: at once where they are known, nearest first, and nothing for nobody."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.controllers.map_controller import MapController
from studio.state.tiles import TileKey
from studio.views.map_page import MapPage
from studio.views.tiled_view import ASK_MS
from tests.controllers.made_up_map import FakeCartographer, FakeExploring, adopted, grey

Map = tuple[MapPage, FakeExploring, FakeCartographer, MapController]


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Map]:
    page = MapPage()
    qtbot.addWidget(page)
    page.resize(800, 600)
    exploring = FakeExploring()
    cartographer = FakeCartographer(exploring)
    mapping = MapController(page, cartographer, exploring)  # type: ignore[arg-type]
    page.show()
    mapping.set_visible(True)
    yield page, exploring, cartographer, mapping
    mapping.deleteLater()


def settle() -> None:
    """Lets the map ask: while it moves it does so at most once in so many milliseconds."""
    QTest.qWait(2 * ASK_MS)


def begin(shown: Map, version: int = 1, **more: object) -> None:
    _, exploring, cartographer, _ = shown
    exploring.adopt(adopted(version, **more))  # type: ignore[arg-type]
    cartographer.lay()
    settle()


def seen(page: MapPage, x: float = 0.1, y: float = 0.1) -> int:
    """The grey that the map shows at a place."""
    settle()
    place = page.map.to_widget(x, y).toPoint()
    return page.map.grab().toImage().pixelColor(place).lightness()


def test_tiles_come_nearest_first_and_are_shown(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    begin(shown)
    assert not mapping.settled
    assert exploring.held == {"map"}
    _, wanted = cartographer.asked["tiles"]
    middle = page.map.centre()
    far = [np.hypot(*(places.mean(axis=0) - middle)) for _, places in wanted]  # type: ignore[union-attr]
    assert far == sorted(far)
    cartographer.decode()
    assert mapping.settled
    assert not exploring.held
    assert seen(page) == pytest.approx(grey(1, 0.125), abs=3)


def test_weights_seen_before_are_there_at_once(shown: Map) -> None:
    """To and fro with the time cursor: no question, no wait and no flicker."""
    page, exploring, cartographer, mapping = shown
    begin(shown, 1, step=100)
    cartographer.decode()
    begin(shown, 2, step=200)
    cartographer.decode()
    assert seen(page) == pytest.approx(grey(2, 0.125), abs=3)
    cartographer.count.clear()
    # Neither has the plane been laid nor has anything been decoded for these weights yet.
    exploring.adopt(adopted(3, step=100))
    assert mapping.settled
    assert not page.map.wanted()
    assert seen(page) == pytest.approx(grey(1, 0.125), abs=3)
    cartographer.lay()
    assert mapping.settled
    assert "tiles" not in cartographer.count
    exploring.adopt(adopted(4, step=200))
    assert seen(page) == pytest.approx(grey(2, 0.125), abs=3)
    assert "tiles" not in cartographer.count


def test_the_same_step_of_another_run_is_not_the_same(shown: Map) -> None:
    page, _exploring, cartographer, mapping = shown
    begin(shown, 1)
    cartographer.decode()
    begin(shown, 2, run="runs/b")
    assert not mapping.settled
    cartographer.decode()
    assert seen(page) == pytest.approx(grey(2, 0.125), abs=3)


def test_the_same_weights_under_other_settings_are_not_the_same(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    begin(shown, 1)
    cartographer.decode()
    begin(shown, 2, live="decoding_steps = 4")
    assert not mapping.settled
    cartographer.decode()
    assert seen(page) == pytest.approx(grey(2, 0.125), abs=3)
    exploring.adopt(adopted(3))
    assert seen(page) == pytest.approx(grey(1, 0.125), abs=3)


def test_where_nobody_can_say_which_run_it_is_nothing_is_taken_for_known(shown: Map) -> None:
    _, _, cartographer, mapping = shown
    begin(shown, 1, run="")
    cartographer.decode()
    begin(shown, 2, run="")
    assert not mapping.settled


def test_an_old_tile_stays_until_the_new_one_is_there(shown: Map) -> None:
    page, _, cartographer, _ = shown
    begin(shown, 1)
    cartographer.decode()
    begin(shown, 2, step=200)
    assert seen(page) == pytest.approx(grey(1, 0.125), abs=3)
    cartographer.decode()
    assert seen(page) == pytest.approx(grey(2, 0.125), abs=3)


def test_what_left_the_view_is_not_decoded(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    begin(shown)
    cartographer.decode()
    page.map.go_to(100.0, 0.0)
    settle()
    _, far = cartographer.asked["tiles"]
    assert all(abs(places[0, 0] - 100) < 10 for _, places in far)  # type: ignore[union-attr]
    assert exploring.held == {"map"}
    page.map.go_to(0.0, 0.0)
    settle()
    assert "tiles" not in cartographer.asked
    assert not exploring.held
    assert mapping.settled


def test_newer_weights_wait_until_the_view_is_there(shown: Map) -> None:
    _, exploring, cartographer, mapping = shown
    exploring.training = True
    begin(shown)
    assert "map" in exploring.held
    mapping.set_visible(False)
    assert not exploring.held
    assert "tiles" not in cartographer.asked


def test_answers_of_other_weights_are_not_shown(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    begin(shown)
    under_way = cartographer.asked["tiles"]
    exploring.adopt(adopted(2, step=200))
    cartographer.lay()
    settle()
    wanted = page.map.wanted()
    exploring.current = adopted(1)
    cartographer.asked["tiles"] = under_way
    cartographer.decode()
    assert page.map.wanted() == wanted
    assert len(mapping.cache) == 0


def test_digits_of_a_plane_that_was_left_are_kept_but_not_shown(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    begin(shown)
    under_way = cartographer.asked["tiles"]
    mapping.plane.move(((0, 1.0),))
    cartographer.lay()
    settle()
    cartographer.asked["tiles"] = under_way
    cartographer.decode()
    assert page.map.wanted()
    mapping.plane.move(())
    assert not page.map.wanted()


def test_a_view_that_nobody_moved_grows_with_the_codes(shown: Map) -> None:
    page, _, cartographer, _ = shown
    begin(shown)
    scale = page.map.scale()
    cartographer.span = 6.0
    begin(shown, 2, step=200)
    assert page.map.scale() == scale
    cartographer.span = 12.0
    begin(shown, 3, step=300)
    assert page.map.scale() == pytest.approx(scale / 3, rel=0.1)
    page.map.go_to(1.0, 1.0)
    cartographer.span = 40.0
    begin(shown, 4, step=400)
    assert page.map.centre() == (1.0, 1.0)
    assert page.map.scale() == pytest.approx(scale / 3, rel=0.1)


def test_a_model_without_digits_has_no_map(shown: Map) -> None:
    page, exploring, cartographer, _ = shown
    exploring.adopt(adopted(1, pictures="points"))
    assert "plane" not in cartographer.asked
    assert not page.minimap.isVisible()
    exploring.adopt(adopted(2, same_model=False))
    cartographer.lay()
    assert page.minimap.isVisible()


def test_no_plane_is_laid_while_nobody_sees_places(shown: Map) -> None:
    _, exploring, cartographer, mapping = shown
    mapping.set_watched(False)
    exploring.adopt(adopted(1))
    exploring.adopt(adopted(2, step=200))
    assert "plane" not in cartographer.count
    mapping.set_watched(True)
    mapping.set_watched(True)
    assert cartographer.count["plane"] == 1


def test_the_cache_is_filled_under_the_weights_that_decoded(shown: Map) -> None:
    _, _, cartographer, mapping = shown
    begin(shown)
    keys = cartographer.decode()
    assert mapping.plane.origin is not None
    for key in keys:
        assert isinstance(key, TileKey)
        assert mapping.cache.get(mapping.plane.origin, "digits", key) is not None


def test_shades_are_asked_for_once_and_remembered(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    begin(shown)
    cartographer.decode()
    chooser = page.strip.overlay
    chooser.set_kind("density")
    chooser.activated.emit(chooser.currentIndex())
    settle()
    assert not mapping.settled
    assert cartographer.colour()
    assert mapping.settled
    settle()
    assert page.shades.isVisible()
    begin(shown, 2, step=200)
    cartographer.decode()
    settle()
    cartographer.colour()
    cartographer.count.clear()
    exploring.adopt(adopted(3, step=100))
    settle()
    assert not page.map.shades_missing()
    assert mapping.settled
    assert not cartographer.count.get("shades") or not cartographer.asked["shades"][1][1]  # type: ignore[index]


def test_newer_weights_wait_until_the_overlay_is_there(shown: Map) -> None:
    """Otherwise a slow one would begin again with each snapshot and never be there."""
    page, exploring, cartographer, mapping = shown
    begin(shown)
    cartographer.decode()
    assert not exploring.held
    page.overlay_chosen.emit("density")
    page.map.set_shading("density")
    settle()
    assert exploring.held == {"shades"}
    cartographer.colour()
    assert not exploring.held
    assert mapping.settled
    # With the next weights, from the first tile on: there is no gap in which others could come.
    begin(shown, 2, step=200)
    assert exploring.held == {"map", "shades"}
    cartographer.decode()
    assert exploring.held == {"shades"}
    settle()
    cartographer.colour()
    assert not exploring.held


def test_nobody_is_held_up_by_an_overlay_that_nobody_sees(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    begin(shown)
    page.map.set_shading("density")
    page.overlay_chosen.emit("density")
    cartographer.decode()
    settle()
    assert exploring.held == {"shades"}
    mapping.set_visible(False)
    assert not exploring.held


def test_an_overlay_that_a_model_does_not_allow_waits_for_one_that_does(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    begin(shown)
    mapping.overlays.show("score")
    assert not page.shades.isVisible()
    model = page.strip.overlay.model()
    row = page.strip.overlay.findData("score")
    assert not model.flags(model.index(row, 0)).value & 32  # ItemIsEnabled
    assert "About score." in str(page.strip.overlay.itemData(row, 3))  # ToolTipRole
    mapping.overlays.show("classes")
    assert page.shades.isVisible()
    assert page.legend.isVisible()
    assert page.map.to_widget(0, 0) != QPointF()
    assert cartographer.count["points"] == 1
