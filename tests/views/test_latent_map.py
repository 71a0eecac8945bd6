"""Panning, zooming and the life of tiles, judged by pixels and by what the map asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.state import tiles
from studio.state.tiles import TileKey
from studio.views import latent_map, tile_layer
from studio.views.latent_map import HOME_SCALE, LatentMap

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def plane(qtbot: QtBot) -> LatentMap:
    widget = LatentMap()
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    widget.show()
    return widget


def grey(value: int) -> np.ndarray:
    return np.full((tiles.DIGITS * 28, tiles.DIGITS * 28), value, np.uint8)


def fill(plane: LatentMap, value: int = 200) -> None:
    for key in plane.wanted():
        plane.set_tile(key, grey(value))


def colour(plane: LatentMap, x: int, y: int) -> QColor:
    return plane.grab().toImage().pixelColor(x, y)


def wheel(plane: LatentMap, place: QPoint, notches: float) -> None:
    event = QWheelEvent(
        QPointF(place), QPointF(plane.mapToGlobal(place)), QPoint(), QPoint(0, int(120 * notches)),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plane, event)


def drag(plane: LatentMap, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(plane, LEFT, pos=start)
    QTest.mouseMove(plane, (start + end) / 2)
    QTest.mouseMove(plane, end)
    QTest.mouseRelease(plane, LEFT, pos=end)


def test_a_drag_moves_the_plane_by_exactly_its_distance(plane: LatentMap) -> None:
    before = plane.to_widget(0.5, 0.25)
    drag(plane, QPoint(300, 200), QPoint(237, 291))
    after = plane.to_widget(0.5, 0.25)
    assert after.x() - before.x() == pytest.approx(-63)
    assert after.y() - before.y() == pytest.approx(91)
    x, y = plane.centre()
    assert x == pytest.approx(63 / plane.scale())
    assert y == pytest.approx(91 / plane.scale()), "y goes up"


def test_the_pixels_move_with_the_drag(plane: LatentMap) -> None:
    rng = np.random.default_rng(0)
    for key in plane.wanted():
        plane.set_tile(key, rng.integers(0, 256, (112, 112), dtype=np.uint8))
    plane.clearFocus()
    before = plane.grab().toImage()
    drag(plane, QPoint(300, 200), QPoint(340, 190))
    after = plane.grab().toImage()
    for x, y in ((100, 100), (200, 250), (301, 201)):
        assert after.pixelColor(x + 40, y - 10) == before.pixelColor(x, y)


@pytest.mark.parametrize("notches", [1, -1, 3, -5, 0.25])
def test_the_wheel_keeps_the_point_under_the_cursor(plane: LatentMap, notches: float) -> None:
    place = QPoint(140, 330)
    before = plane.to_plane(QPointF(place))
    scale = plane.scale()
    wheel(plane, place, notches)
    assert plane.scale() != scale
    assert plane.to_plane(QPointF(place)) == pytest.approx(before)


def test_small_turns_of_the_wheel_add_up(plane: LatentMap) -> None:
    for _ in range(120):
        wheel(plane, QPoint(300, 200), 1 / 60)
    assert plane.scale() == pytest.approx(HOME_SCALE * latent_map.WHEEL_STEP**2, rel=0.01)


def test_tiles_are_whole_pixels_at_every_scale(plane: LatentMap) -> None:
    for factor in np.geomspace(0.02, 300, 40):
        plane.go_to(0, 0, HOME_SCALE * factor)
        side = tiles.tile_side(plane.level()) * plane.scale()
        assert side == pytest.approx(round(side))


def test_missing_tiles_are_asked_for_nearest_first(plane: LatentMap, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plane.tiles_wanted, timeout=2000) as asked:
        plane.go_to(3.1, -2.2)
        plane.go_to(3.2, -2.2)
    keys: list[TileKey] = asked.args[0]
    assert keys == tiles.visible(plane.view_rect(), plane.level())
    distances = [np.hypot(*(tiles.digit_centres(k).mean(axis=0) - (3.2, -2.2))) for k in keys]
    assert distances == sorted(distances)


def test_only_what_is_missing_is_asked_for(plane: LatentMap, qtbot: QtBot) -> None:
    fill(plane)
    assert plane.wanted() == []
    with qtbot.waitSignal(plane.tiles_wanted, timeout=2000) as asked:
        drag(plane, QPoint(500, 200), QPoint(200, 200))
    assert asked.args[0]
    assert all(tiles.plane_rect(key).left >= 1 for key in asked.args[0])


def test_stale_tiles_stay_until_they_are_replaced(plane: LatentMap, qtbot: QtBot) -> None:
    fill(plane, 200)
    assert colour(plane, 310, 190).lightness() == 200
    with qtbot.waitSignal(plane.tiles_wanted, timeout=2000) as asked:
        plane.invalidate()
    assert set(asked.args[0]) == set(tiles.visible(plane.view_rect(), plane.level()))
    assert colour(plane, 310, 190).lightness() == 200
    fill(plane, 90)
    assert plane.wanted() == []
    assert colour(plane, 310, 190).lightness() == 90
    plane.reset()
    assert colour(plane, 310, 190).lightness() not in (90, 200)


@pytest.mark.parametrize("factor", [2.0, 4.0, 0.5])
def test_another_level_shows_what_is_known_of_its_ground(plane: LatentMap, factor: float) -> None:
    fill(plane, 200)
    level = plane.level()
    plane.zoom(factor)
    assert plane.level() != level
    assert colour(plane, 310, 190).lightness() == pytest.approx(200, abs=3)


def test_old_tiles_are_forgotten(plane: LatentMap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_layer, "KEPT", 40)
    for col in range(60):
        plane.set_tile(TileKey(5, col, 0), grey(1))
    assert plane._layer.keys() == [TileKey(5, col, 0) for col in range(20, 60)]


def test_a_click_picks_its_point_and_a_drag_does_not(plane: LatentMap) -> None:
    picked: list[tuple[float, float]] = []
    plane.picked.connect(lambda x, y: picked.append((x, y)))
    plane.go_to(1.0, -2.0)
    drag(plane, QPoint(100, 100), QPoint(160, 100))
    drag(plane, QPoint(160, 100), QPoint(100, 100))
    assert picked == []
    QTest.mouseClick(plane, LEFT, pos=QPoint(300 + 84, 200 - 42))
    assert picked == [pytest.approx((1.5, -1.75))]
    QTest.mousePress(plane, LEFT, pos=QPoint(300, 200))
    QTest.mouseMove(plane, QPoint(302, 201))
    QTest.mouseRelease(plane, LEFT, pos=QPoint(302, 201))
    assert len(picked) == 2, "a shaking hand still clicks"


def test_arrows_glide_and_add_up(plane: LatentMap, qtbot: QtBot) -> None:
    QTest.keyClick(plane, Qt.Key.Key_Right)
    QTest.keyClick(plane, Qt.Key.Key_Right)
    QTest.keyClick(plane, Qt.Key.Key_Up)
    goal = (2 * latent_map.KEY_STEP / HOME_SCALE, latent_map.KEY_STEP / HOME_SCALE)
    qtbot.waitUntil(lambda: plane.centre() == pytest.approx(goal), timeout=3000)


def test_keys_zoom_and_return(plane: LatentMap) -> None:
    QTest.keyClick(plane, Qt.Key.Key_Plus)
    assert plane.scale() > HOME_SCALE
    QTest.keyClick(plane, Qt.Key.Key_Minus)
    assert plane.scale() == pytest.approx(HOME_SCALE)
    plane.go_to(5, 5, 900)
    QTest.keyClick(plane, Qt.Key.Key_Home)
    assert plane.centre() == (0, 0)
    assert plane.scale() == HOME_SCALE


def test_points_are_painted_in_the_colour_of_their_class(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.clearFocus()
    plane.set_points(np.array([[0.5, 0.25], [-0.5, 0.0]]), np.array([2, 7]))
    shown = plane.grab().toImage()
    for (x, y), label in (((0.5, 0.25), 2), ((-0.5, 0.0), 7)):
        place = plane.to_widget(x, y).toPoint()
        assert shown.pixelColor(place) == QColor(latent_map.theme.CLASS_COLOURS[label])
    drag(plane, QPoint(300, 200), QPoint(350, 220))
    place = plane.to_widget(0.5, 0.25).toPoint()
    assert colour(plane, place.x(), place.y()) == QColor(latent_map.theme.CLASS_COLOURS[2])
    plane.set_points_visible(False)
    assert colour(plane, place.x(), place.y()).lightness() < 60


def test_the_place_of_the_drawing_is_marked_even_outside_the_view(plane: LatentMap) -> None:
    fill(plane, 0)
    empty = plane.grab().toImage()
    plane.set_place(0.2, 0.1, np.full((28, 28), 255, np.uint8))
    inside = plane.grab().toImage()
    assert inside != empty
    plane.set_place(50.0, 0.0, None)
    outside = plane.grab().toImage()
    assert outside not in (inside, empty)
    plane.set_place(None, None, None)
    assert plane.grab().toImage() == empty


def test_a_model_without_a_map_asks_for_nothing(plane: LatentMap, qtbot: QtBot) -> None:
    plane.set_unavailable("This model has no code.")
    with qtbot.assertNotEmitted(plane.tiles_wanted, wait=80):
        plane.invalidate()
    with qtbot.waitSignal(plane.tiles_wanted, timeout=2000):
        plane.set_unavailable("")


def test_a_hidden_map_asks_for_nothing_until_it_is_shown(plane: LatentMap, qtbot: QtBot) -> None:
    plane.hide()
    with qtbot.assertNotEmitted(plane.tiles_wanted, wait=80):
        plane.invalidate()
    with qtbot.waitSignal(plane.tiles_wanted, timeout=2000):
        plane.show()


def test_a_resize_keeps_the_centre(plane: LatentMap) -> None:
    plane.go_to(1.5, -0.5)
    QApplication.sendEvent(plane, QEvent(QEvent.Type.UpdateRequest))
    plane.resize(820, 310)
    assert plane.centre() == (1.5, -0.5)
