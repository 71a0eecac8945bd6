"""The lasso and the pen on the map, driven by mouse, wheel and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from studio.views.latent_map import HOME_SCALE, LatentMap
from tests.views.map_driving import LEFT, drag, fill, wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytestqt.qtbot import QtBot

MIDDLE = Qt.MouseButton.MiddleButton
KEYS = {"hand": Qt.Key.Key_V, "lasso": Qt.Key.Key_S, "path": Qt.Key.Key_B}


class Heard:
    """Everything that the map says of its tools."""

    def __init__(self, plane: LatentMap) -> None:
        self.lassos: list[np.ndarray] = []
        self.paths: list[np.ndarray] = []
        self.tools: list[str] = []
        self.picks: list[tuple[float, float]] = []
        plane.lasso_drawn.connect(self.lassos.append)
        plane.path_drawn.connect(self.paths.append)
        plane.tool_changed.connect(self.tools.append)
        plane.picked.connect(lambda x, y: self.picks.append((x, y)))


@pytest.fixture
def plane(qtbot: QtBot) -> LatentMap:
    widget = LatentMap()
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    widget.show()
    fill(widget, 0)
    return widget


@pytest.fixture
def heard(plane: LatentMap) -> Heard:
    return Heard(plane)


def trace(plane: LatentMap, places: Sequence[tuple[int, int]]) -> None:
    """Presses, follows the places and releases."""
    first, *rest = (QPoint(*place) for place in places)
    QTest.mousePress(plane, LEFT, pos=first)
    for place in rest:
        QTest.mouseMove(plane, place)
    QTest.mouseRelease(plane, LEFT, pos=rest[-1])


def click(plane: LatentMap, x: int, y: int) -> None:
    QTest.mouseClick(plane, LEFT, pos=QPoint(x, y))
    QTest.mouseMove(plane, QPoint(x, y))


def plane_places(places: Sequence[tuple[int, int]]) -> np.ndarray:
    """Where pixels of the first view lie in the plane."""
    return (np.array(places) - (300, 200)) * (1, -1) / HOME_SCALE


def test_keys_take_tools_and_say_so_but_a_setter_does_not(plane: LatentMap, heard: Heard) -> None:
    cursors = {plane.cursor().shape()}
    for tool in ("lasso", "path", "hand"):
        QTest.keyClick(plane, KEYS[tool])
        assert plane.tool() == tool
        cursors.add(plane.cursor().pixmap().cacheKey() or plane.cursor().shape())
    assert heard.tools == ["lasso", "path", "hand"]
    assert len(cursors) == 3, "the cursor shows the tool"
    plane.set_tool("lasso")
    assert heard.tools == ["lasso", "path", "hand"]
    with pytest.raises(ValueError, match="choose hand, lasso or path"):
        plane.set_tool("spoon")  # type: ignore[arg-type]


def test_a_letter_with_control_is_not_for_the_map(plane: LatentMap, heard: Heard) -> None:
    QTest.keyClick(plane, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert plane.tool() == "hand"


def test_a_lasso_is_handed_over_in_plane_coordinates(plane: LatentMap, heard: Heard) -> None:
    QTest.keyClick(plane, Qt.Key.Key_S)
    corners = [(200, 100), (400, 110), (390, 300), (210, 280)]
    trace(plane, corners)
    assert len(heard.lassos) == 1
    assert heard.lassos[0] == pytest.approx(plane_places(corners))
    assert plane.centre() == (0, 0), "the plane does not move"
    assert heard.picks == []
    assert plane.tool() == "lasso", "the next region may follow"


def test_a_line_shows_while_it_is_drawn(plane: LatentMap) -> None:
    plane.clearFocus()
    plane.set_tool("lasso")
    empty = plane.grab().toImage()
    QTest.mousePress(plane, LEFT, pos=QPoint(200, 100))
    QTest.mouseMove(plane, QPoint(400, 100))
    QTest.mouseMove(plane, QPoint(400, 300))
    seen = plane.grab().toImage()
    assert seen.pixelColor(300, 100).lightness() > 150
    assert seen.pixelColor(400, 200).lightness() > 150
    QTest.mouseRelease(plane, LEFT, pos=QPoint(400, 300))
    plane.clearFocus()
    assert plane.grab().toImage() == empty, "what is shown then is up to `set_lasso`"


def test_a_slip_is_no_region_and_a_click_still_picks(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("lasso")
    trace(plane, [(200, 100), (206, 100), (204, 104)])
    trace(plane, [(200, 100), (300, 100), (400, 100)])
    assert heard.lassos == []
    click(plane, 384, 158)
    assert heard.picks == [pytest.approx((0.5, 0.25))]


def test_a_path_drawn_by_hand(plane: LatentMap, heard: Heard) -> None:
    QTest.keyClick(plane, Qt.Key.Key_B)
    way = [(100, 200), (150, 180), (200, 230), (260, 200)]
    trace(plane, way)
    assert len(heard.paths) == 1
    assert heard.paths[0] == pytest.approx(plane_places(way))
    assert heard.picks == []


def test_a_path_of_clicks_ends_with_a_double_click(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("path")
    way = [(100, 200), (200, 100), (300, 300)]
    for x, y in way:
        click(plane, x, y)
    assert heard.paths == []
    assert len(plane.line()) == 4, "and the way to the mouse"
    QTest.mouseClick(plane, LEFT, pos=QPoint(420, 210))
    QTest.mouseDClick(plane, LEFT, pos=QPoint(420, 210))
    assert len(heard.paths) == 1
    found = heard.paths[0]
    assert found[:3] == pytest.approx(plane_places(way))
    assert np.allclose(found[3:], plane_places([(420, 210)]))
    assert heard.picks == []


def test_a_path_of_clicks_ends_with_enter(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("path")
    for place in ((100, 200), (200, 100), (300, 300)):
        click(plane, *place)
    QTest.keyClick(plane, Qt.Key.Key_Backspace)
    QTest.keyClick(plane, Qt.Key.Key_Return)
    assert len(heard.paths) == 1
    assert heard.paths[0] == pytest.approx(plane_places([(100, 200), (200, 100)]))
    click(plane, 100, 100)
    QTest.keyClick(plane, Qt.Key.Key_Enter)
    assert len(heard.paths) == 1, "one point is no path"


def test_clicks_and_drags_make_one_path(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("path")
    click(plane, 100, 200)
    trace(plane, [(200, 100), (240, 100), (280, 100)])
    click(plane, 300, 300)
    QTest.keyClick(plane, Qt.Key.Key_Return)
    expected = [(100, 200), (200, 100), (240, 100), (280, 100), (300, 300)]
    assert heard.paths[0] == pytest.approx(plane_places(expected))


def test_escape_gives_up_the_line_and_then_the_tool(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("path")
    click(plane, 100, 200)
    click(plane, 200, 200)
    QTest.keyClick(plane, Qt.Key.Key_Escape)
    assert len(plane.line()) == 0
    assert plane.tool() == "path"
    QTest.keyClick(plane, Qt.Key.Key_Return)
    assert heard.paths == []
    QTest.keyClick(plane, Qt.Key.Key_Escape)
    assert plane.tool() == "hand"
    assert heard.tools == ["hand"]


def test_escape_in_the_middle_of_a_lasso(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("lasso")
    QTest.mousePress(plane, LEFT, pos=QPoint(200, 100))
    QTest.mouseMove(plane, QPoint(400, 100))
    QTest.mouseMove(plane, QPoint(400, 300))
    QTest.keyClick(plane, Qt.Key.Key_Escape)
    QTest.mouseMove(plane, QPoint(200, 300))
    QTest.mouseRelease(plane, LEFT, pos=QPoint(200, 300))
    assert heard.lassos == []
    assert heard.picks == []
    assert plane.tool() == "lasso"
    drag(plane, QPoint(300, 200), QPoint(340, 220), MIDDLE)
    assert plane.centre() != (0, 0)


@pytest.mark.parametrize("tool", ["hand", "lasso", "path"])
def test_the_middle_button_moves_the_plane_with_any_tool(
    plane: LatentMap, heard: Heard, tool: str
) -> None:
    QTest.keyClick(plane, KEYS[tool])
    before = plane.cursor().shape()
    drag(plane, QPoint(300, 200), QPoint(384, 242), MIDDLE)
    assert plane.centre() == pytest.approx((-0.5, 0.25))
    assert plane.cursor().shape() == before
    assert heard.lassos == heard.paths == heard.picks == []


def test_another_button_does_not_end_a_drag(plane: LatentMap, heard: Heard) -> None:
    QTest.mousePress(plane, MIDDLE, pos=QPoint(300, 200))
    QTest.mouseMove(plane, QPoint(342, 200))
    QTest.mouseClick(plane, LEFT, pos=QPoint(342, 200))
    QTest.mouseMove(plane, QPoint(384, 200))
    QTest.mouseRelease(plane, MIDDLE, pos=QPoint(384, 200))
    assert plane.centre() == pytest.approx((-0.5, 0.0))
    assert heard.picks == []


def test_wheel_and_arrows_work_in_the_middle_of_a_path(
    plane: LatentMap, heard: Heard, qtbot: QtBot
) -> None:
    plane.set_tool("path")
    click(plane, 100, 200)
    click(plane, 200, 200)
    wheel(plane, QPoint(300, 200), 3)
    assert plane.scale() == pytest.approx(2 * HOME_SCALE)
    QTest.keyClick(plane, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: plane.centre()[0] == pytest.approx(96 / plane.scale()), timeout=3000)
    QTest.keyClick(plane, Qt.Key.Key_Return)
    assert heard.paths[0] == pytest.approx(plane_places([(100, 200), (200, 200)]))


def test_the_plane_can_be_moved_while_a_lasso_is_being_drawn(
    plane: LatentMap, heard: Heard
) -> None:
    plane.set_tool("lasso")
    QTest.mousePress(plane, LEFT, pos=QPoint(200, 100))
    QTest.mouseMove(plane, QPoint(400, 100))
    QTest.mousePress(plane, MIDDLE, pos=QPoint(400, 100))
    QTest.mouseMove(plane, QPoint(300, 100))
    QTest.mouseRelease(plane, MIDDLE, pos=QPoint(300, 100))
    QTest.mouseMove(plane, QPoint(300, 300))
    QTest.mouseRelease(plane, LEFT, pos=QPoint(300, 300))
    expected = plane_places([(200, 100), (400, 100), (400, 300)])
    assert heard.lassos[0] == pytest.approx(expected)


def test_the_wheel_may_bring_a_point_within_reach_of_the_hand(
    plane: LatentMap, heard: Heard
) -> None:
    """A path longer than the view: click, move, click."""
    plane.set_tool("path")
    click(plane, 100, 200)
    plane.go_to(10.0, 0.0)
    click(plane, 500, 200)
    QTest.keyClick(plane, Qt.Key.Key_Return)
    expected = plane_places([(100, 200), (500, 200)])
    expected[1] += (10, 0)
    assert heard.paths[0] == pytest.approx(expected)


def test_on_no_map_nothing_is_drawn(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("lasso")
    plane.set_unavailable("This model has no code.")
    trace(plane, [(200, 100), (400, 110), (390, 300)])
    assert heard.lassos == []
    assert plane.cursor().shape() == Qt.CursorShape.ArrowCursor
    plane.set_unavailable("")
    trace(plane, [(200, 100), (400, 110), (390, 300)])
    assert len(heard.lassos) == 1


def test_a_line_is_given_up_when_the_map_is_left(plane: LatentMap, heard: Heard) -> None:
    plane.set_tool("path")
    click(plane, 100, 200)
    plane.hide()
    plane.show()
    assert len(plane.line()) == 0
