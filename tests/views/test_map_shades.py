"""What is laid over the digits: asked for after the tiles, painted over ink, old until replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from studio.state import tiles
from studio.state.tiles import TileKey
from studio.views import heat, theme
from studio.views.latent_map import LatentMap
from tests.views.map_driving import at, colour, drag, fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot


@pytest.fixture
def plane(qtbot: QtBot) -> LatentMap:
    widget = LatentMap()
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    widget.show()
    return widget


def values(first: float, second: float = 0.0) -> np.ndarray:
    return np.tile(np.array([[first, second]], np.float32), (16, 1))


def slope(key: TileKey) -> np.ndarray:
    """Values that grow to the right."""
    return np.stack([tiles.digit_centres(key)[:, 0], np.zeros(16)], axis=1).astype(np.float32)


def shade(plane: LatentMap, make: Callable[[TileKey], np.ndarray]) -> None:
    """Lays values over everything in view, and waits for the colours to be fitted."""
    for key in plane.shades_missing():
        plane.set_shade(key, make(key))
    plane._settle_range()


def test_values_are_asked_for_when_all_tiles_are_there(plane: LatentMap, qtbot: QtBot) -> None:
    asked: list[list[TileKey]] = []
    plane.shades_wanted.connect(asked.append)
    plane.set_shading("density")
    keys = plane.wanted()
    for key in keys[:-1]:
        plane.set_tile(key, np.zeros((112, 112), np.uint8))
    qtbot.wait(60)
    assert asked == []
    plane.set_tile(keys[-1], np.zeros((112, 112), np.uint8))
    qtbot.waitUntil(lambda: len(asked) > 0, timeout=2000)
    assert asked == [tiles.visible(plane.view_rect(), plane.level())], "nearest first"
    shade(plane, slope)
    assert plane.shades_missing() == []
    with qtbot.assertNotEmitted(plane.shades_wanted, wait=60):
        drag(plane, QPoint(300, 200), QPoint(302, 206))
    drag(plane, QPoint(500, 200), QPoint(200, 200))
    fill(plane)
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=2000)
    assert all(tiles.plane_rect(key).left >= 1 for key in asked[1]), "only what is missing"


def test_without_shading_nothing_is_asked_or_kept(plane: LatentMap, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(plane.shades_wanted, wait=60):
        fill(plane, 0)
    before = plane.grab().toImage()
    for key in tiles.visible(plane.view_rect(), 0):
        plane.set_shade(key, slope(key))
    plane._settle_range()
    assert plane.grab().toImage() == before


def test_values_at_hand_are_there_before_the_next_frame(plane: LatentMap, qtbot: QtBot) -> None:
    plane.tiles_wanted.connect(
        lambda keys: [plane.set_tile(key, np.zeros((112, 112), np.uint8)) for key in keys]
    )
    plane.shades_wanted.connect(lambda keys: [plane.set_shade(key, slope(key)) for key in keys])
    with qtbot.waitSignal(plane.shading_range_changed, timeout=2000):
        plane.invalidate()
        plane.set_shading("density")
    plane.clearFocus()
    drag(plane, QPoint(500, 200), QPoint(140, 200), steps=1)
    assert colour(plane, 590, 200).lightness() > 60, "beyond all that was in view: the brightest"


def test_heat_grows_evenly_and_leaves_ink_legible(plane: LatentMap) -> None:
    plane.clearFocus()
    plane.set_shading("density")
    for ink in (0, 255):
        plane.reset()
        fill(plane, ink)
        shade(plane, slope)
        seen = plane.grab().toImage()
        row = [seen.pixelColor(x, 190).lightness() for x in range(50, 580, 42)]
        assert row == sorted(row), "the higher, the brighter"
        assert row[-1] > row[0] + 60
    dark, bright = [], []
    for ink, found in ((0, dark), (255, bright)):
        plane.reset()
        fill(plane, ink)
        shade(plane, slope)
        found += [colour(plane, x, 190).lightness() for x in (60, 310, 570)]
    assert min(b - d for b, d in zip(bright, dark, strict=True)) > 80, "ink stands out everywhere"


def test_the_bare_digit_shows_where_nothing_is_known(plane: LatentMap) -> None:
    fill(plane, 200)
    plane.set_shading("error")

    def half(key: TileKey) -> np.ndarray:
        made = slope(key)
        made[tiles.digit_centres(key)[:, 1] > 0] = np.nan
        return made

    shade(plane, half)
    assert colour(plane, 310, 150).lightness() == 200
    assert colour(plane, 310, 250).lightness() != 200


def test_a_value_lies_over_its_own_digit(plane: LatentMap) -> None:
    """Values come row by row from the top left, as `digit_centres` has them."""
    fill(plane, 0)
    plane.set_shading("error")
    spot = np.array([0.375, 0.625])  # a digit of tile (0, 0)

    def peak(key: TileKey) -> np.ndarray:
        made = np.zeros((16, 2), np.float32)
        made[np.all(np.isclose(tiles.digit_centres(key), spot), axis=1), 0] = 1
        return made

    for key in plane.shades_missing():
        plane.set_shade(key, peak(key))
    plane._shades._range = (0.0, 1.0)
    inside = at(plane, *spot)
    assert colour(plane, inside.x(), inside.y()).lightness() > 90
    for off in ((0.25, 0), (-0.25, 0), (0, 0.25), (0, -0.25)):
        beside = at(plane, *(spot + off))
        assert colour(plane, beside.x(), beside.y()).lightness() < 40


def test_classes_have_their_colours_as_dense_as_they_are_certain(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.set_shading("classes")
    shade(plane, lambda key: values(2, 1.0) if key.col >= 0 else values(5, 0.25))
    sure, unsure = colour(plane, 400, 190), colour(plane, 200, 190)
    red = heat.rgb(theme.CLASS_COLOURS[2]) * heat.VEIL
    assert np.allclose((sure.red(), sure.green(), sure.blue()), red, atol=2)
    yellow = heat.rgb(theme.CLASS_COLOURS[5]) * heat.VEIL * 0.25
    assert np.allclose((unsure.red(), unsure.green(), unsure.blue()), yellow, atol=2)


def test_what_is_no_digit_is_only_darkened(plane: LatentMap) -> None:
    fill(plane, 200)
    plane.set_shading("classes")
    shade(plane, lambda key: values(10, 1.0))
    tint = colour(plane, 310, 190)
    assert 60 < tint.lightness() < 110
    assert tint.saturation() < 30


def test_old_values_stay_until_new_ones_are_there(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.set_shading("classes")
    shade(plane, lambda key: values(2, 1.0))
    before = colour(plane, 310, 190)
    plane.invalidate()
    assert set(plane.shades_missing()) == set(tiles.visible(plane.view_rect(), plane.level()))
    assert colour(plane, 310, 190) == before
    fill(plane, 0)
    assert colour(plane, 310, 190) == before
    shade(plane, lambda key: values(4, 1.0))
    assert colour(plane, 310, 190) != before
    plane.set_shading("error")
    assert colour(plane, 310, 190).lightness() == 0, "another kind is another thing"
    assert plane.shades_missing()


@pytest.mark.parametrize("factor", [2.0, 4.0, 0.5])
def test_another_level_shows_what_is_known_of_its_ground(
    plane: LatentMap, qtbot: QtBot, factor: float
) -> None:
    fill(plane, 0)
    plane.set_shading("classes")

    def quarters(key: TileKey) -> np.ndarray:
        """Every quarter around a point has its class."""
        x, y = (tiles.digit_centres(key) - (0.5, 0.5)).T
        return np.stack([(x > 0) + 2 * (y > 0), np.ones(16)], axis=1).astype(np.float32)

    def seen() -> list[str]:
        shown = plane.grab().toImage()
        return [
            shown.pixelColor(at(plane, 0.5 + x, 0.5 + y)).name()
            for x in (-0.2, -0.1, 0.1, 0.2) for y in (-0.2, -0.1, 0.05, 0.1)
        ]  # fmt: skip

    shade(plane, quarters)
    before, level = seen(), plane.level()
    assert len(set(before)) == 4
    plane.zoom(factor, plane.to_widget(0.5, 0.5))
    assert plane.level() != level
    for _ in range(2):  # on the way and at rest
        assert seen() == before
        qtbot.wait(200)
    fill(plane, 0)
    shade(plane, lambda key: values(9, 1.0))
    assert not set(seen()) & set(before)


def test_the_colours_run_between_robust_ends_of_what_is_in_view(
    plane: LatentMap, qtbot: QtBot
) -> None:
    rng = np.random.default_rng(0)
    known: list[float] = []

    def noisy(key: TileKey) -> np.ndarray:
        made = np.stack([rng.normal(5, 1, 16), np.zeros(16)], axis=1).astype(np.float32)
        if rng.random() < 0.3:
            made[3, 0] = 1e6
        known.extend(made[:, 0])
        return made

    fill(plane, 0)
    heard: list[tuple[float, float]] = []
    plane.shading_range_changed.connect(lambda low, high: heard.append((low, high)))
    plane.set_shading("jacobian")
    for key in plane.shades_missing():
        plane.set_shade(key, noisy(key))
    assert heard == [], "a tile alone does not change the colours"
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=2000)
    assert heard[0] == pytest.approx(tuple(np.quantile(known, (0.05, 0.95))))
    assert heard[0][1] < 10, "a few mad values do not matter"


def test_the_colours_are_steady_while_the_view_moves_a_little(
    plane: LatentMap, qtbot: QtBot
) -> None:
    rng = np.random.default_rng(0)
    heard: list[tuple[float, float]] = []

    def noisy(key: TileKey) -> np.ndarray:
        level = 40 if key.col > 20 else 0
        return np.stack([rng.normal(level, 1, 16), np.zeros(16)], axis=1).astype(np.float32)

    plane.shading_range_changed.connect(lambda low, high: heard.append((low, high)))
    plane.tiles_wanted.connect(lambda keys: fill(plane, 0))
    plane.shades_wanted.connect(lambda keys: [plane.set_shade(key, noisy(key)) for key in keys])
    plane.invalidate()
    plane.set_shading("density")
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=2000)
    drag(plane, QPoint(400, 200), QPoint(200, 200))
    assert plane.shades_missing() == []
    qtbot.wait(300)
    assert len(heard) == 1
    plane.go_to(40.0, 0.0)
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=2000)
    assert heard[1][0] > 30
    plane.set_shading("classes")
    qtbot.wait(300)
    assert len(heard) == 2, "classes have no range"


def test_the_ramp_is_one_hue_in_equal_steps() -> None:
    lab = heat.oklab(heat.ramp())
    assert np.all(np.diff(lab[:, 0]) >= -0.004), "lighter all the way"
    picked = lab[::15]
    steps = np.linalg.norm(np.diff(picked, axis=0), axis=1)
    assert steps.max() < 1.2 * steps.min()
    coloured = lab[128:, 1:]
    hues = np.degrees(np.arctan2(coloured[:, 1], coloured[:, 0]))
    assert np.ptp(hues) < 12
    assert heat.colour(0).name() == theme.DARK.ground.lower()
    assert heat.colour(2).name() == heat.colour(1).name()


def test_old_values_are_forgotten(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from studio.views import shade_layer

    monkeypatch.setattr(shade_layer, "KEPT", 40)
    layer = shade_layer.ShadeLayer()
    layer.set_kind("density")
    for col in range(60):
        layer.put(TileKey(5, col, 0), values(1))
    assert not layer.is_fresh(TileKey(5, 19, 0))
    assert layer.is_fresh(TileKey(5, 20, 0))
