"""Panning, zooming and the life of tiles, judged by pixels and by what the map asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.state import tiles
from studio.state.tiles import TileKey
from studio.views import latent_map, theme, tile_layer
from studio.views.latent_map import HOME_SCALE, LatentMap
from tests.views.map_driving import LEFT, at, colour, drag, fill, grey, wheel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def plane(qtbot: QtBot) -> LatentMap:
    widget = LatentMap()
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    widget.show()
    return widget


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


def test_old_tiles_are_forgotten(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_layer, "KEPT", 40)
    layer = tile_layer.TileLayer()
    for col in range(60):
        layer.put(TileKey(5, col, 0), grey(1))
    assert layer.keys() == [TileKey(5, col, 0) for col in range(20, 60)]


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


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, watched: LatentMap) -> None:
        super().__init__(watched)
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_tiles_at_hand_are_there_before_the_next_frame(plane: LatentMap, qtbot: QtBot) -> None:
    """A cache answers while `tiles_wanted` is emitted: no gap is ever seen."""
    paints, during = Paints(plane), []

    def answer(keys: list[TileKey]) -> None:
        before = paints.count
        for key in keys:
            plane.set_tile(key, grey(200))
        during.append(paints.count - before)

    fill(plane)
    plane.tiles_wanted.connect(answer)
    plane.clearFocus()
    QTest.mousePress(plane, LEFT, pos=QPoint(590, 200))
    for x in range(590, 0, -59):
        QTest.mouseMove(plane, QPoint(x, 200 + x // 9))
        seen = plane.grab().toImage()
        assert all(seen.pixelColor(590, y).lightness() > 20 for y in range(5, 400, 13))
    QTest.mouseRelease(plane, LEFT, pos=QPoint(0, 200))
    assert len(during) > 1
    assert set(during) == {0}, "nothing is painted while tiles come in"


def test_a_setter_asks_later_because_its_caller_may_not_have_finished(
    plane: LatentMap, qtbot: QtBot
) -> None:
    asked: list[list[TileKey]] = []
    plane.tiles_wanted.connect(asked.append)
    plane.go_to(9, 9)
    plane.invalidate()
    plane.reset()
    plane.set_ground((0, 0, 20, 20))
    plane.set_shading("density")
    assert asked == []
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=2000)


def test_a_new_tile_leaves_the_old_picture_until_it_is_as_sharp(
    plane: LatentMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(plane, 200)
    plane.grab()
    monkeypatch.setattr(tile_layer, "FINE_AT_ONCE", 1)
    monkeypatch.setattr(tile_layer, "FINE_SECONDS", 0.0)
    plane.invalidate()
    fill(plane, 90)
    frames = [plane.grab().toImage() for _ in range(2 + len(tiles.visible(plane.view_rect(), 0)))]
    shades = {frames[0].pixelColor(x, y).lightness() for x in (60, 310, 560) for y in (40, 350)}
    assert shades == {200}, "the nearest tile comes first"
    last = {frames[-1].pixelColor(x, y).lightness() for x in (60, 310, 560) for y in (40, 350)}
    assert last == {90}


def test_a_plane_that_ends_shows_nothing_beyond(plane: LatentMap) -> None:
    plane.set_ground((0.0, 0.0, 1.0, 1.0), centre=(0.5, 0.5), span=2.0)
    plane.go_home()
    assert plane.centre() == (0.5, 0.5)
    assert plane.scale() == 200, "two units across the shorter side"
    wanted = plane.wanted()
    assert {(key.col, key.row) for key in wanted if key.level == 0} == {(0, 0)}
    fill(plane, 200)
    plane.set_points(np.array([[-0.3, 0.5], [0.3, 0.5]]), np.array([1, 1]))
    plane.clearFocus()
    seen = plane.grab().toImage()
    tokens = theme.tokens(plane)
    ground, line = QColor(tokens.ground), QColor(tokens.line)
    assert seen.pixelColor(at(plane, 0.6, 0.6)).lightness() == 200
    assert seen.pixelColor(at(plane, 1.1, 0.5)) == ground
    assert seen.pixelColor(at(plane, 0.5, -0.1)) == ground
    assert seen.pixelColor(at(plane, -0.3, 0.5)) == ground, "no digit lies beyond the end"
    edge = at(plane, 1.0, 0.55)
    assert line in [seen.pixelColor(edge.x() + off, edge.y()) for off in (-1, 0, 1)]


def test_nobody_gets_lost_beyond_the_end(plane: LatentMap) -> None:
    plane.set_ground((0.0, 0.0, 1.0, 1.0), centre=(0.5, 0.5), span=2.0)
    plane.go_home()
    for _ in range(4):
        drag(plane, QPoint(500, 300), QPoint(100, 100))
    assert plane.centre() == pytest.approx((1.0, 0.0))
    plane.go_to(-7, 3)
    assert plane.centre() == (0.0, 1.0)


def test_home_stays_home_in_another_window_until_the_map_is_moved(plane: LatentMap) -> None:
    plane.set_ground(centre=(3.0, -1.0), span=5.0)
    assert plane.centre() == (0, 0), "a setter does not move the view"
    QTest.keyClick(plane, Qt.Key.Key_Home)
    assert plane.centre() == (3, -1)
    assert plane.scale() == 80
    plane.resize(900, 800)
    assert plane.scale() == 160
    drag(plane, QPoint(300, 200), QPoint(330, 200))
    plane.resize(600, 400)
    assert plane.scale() == 160
