"""What lies on the plane of the map: digits, corners, pins, lines and marks, judged by pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from studio.views import map_blocks, theme
from studio.views.latent_map import HOME_SCALE, LatentMap
from tests.views.map_driving import LEFT, at, colour, drag, fill, wheel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def plane(qtbot: QtBot) -> LatentMap:
    widget = LatentMap()
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    widget.show()
    return widget


def shades(image: QImage) -> np.ndarray:
    """All channels of an RGB32 picture."""
    return np.frombuffer(image.constBits(), np.uint8).astype(int)


def test_points_are_painted_in_the_colour_of_their_class(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.clearFocus()
    plane.set_points(np.array([[0.5, 0.25], [-0.5, 0.0]]), np.array([2, 7]))
    shown = plane.grab().toImage()
    for (x, y), label in (((0.5, 0.25), 2), ((-0.5, 0.0), 7)):
        place = plane.to_widget(x, y).toPoint()
        assert shown.pixelColor(place) == QColor(theme.CLASS_COLOURS[label])
    drag(plane, QPoint(300, 200), QPoint(350, 220))
    place = plane.to_widget(0.5, 0.25).toPoint()
    assert colour(plane, place.x(), place.y()) == QColor(theme.CLASS_COLOURS[2])
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


def test_corners_are_labelled_with_their_digits_and_words(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.clearFocus()
    white = np.full((28, 28), 255, np.uint8)
    plane.set_ground(corners=[(0.5, 0.5, white, ""), (-0.5, -0.5, white, "Seven")])
    seen = plane.grab().toImage()

    def width(x: float, y: float) -> int:
        """Of the card below a corner, by its light border."""
        place = at(plane, x, y)
        row = [seen.pixelColor(place.x() + off, place.y() + 10) for off in range(-90, 90)]
        return sum(tint.lightness() > 120 for tint in row)

    middle = at(plane, 0.5, 0.5)
    assert seen.pixelColor(middle.x(), middle.y() + 26) == QColor("white")
    assert width(-0.5, -0.5) > width(0.5, 0.5) + 20, "the word takes room"
    plane.set_ground()
    assert seen != plane.grab().toImage()


def test_a_plane_that_repeats_itself_shows_everything_again(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.set_ground(period=1.5)
    plane.set_points(np.array([[0.3, 0.2]]), np.array([4]))
    seen = plane.grab().toImage()
    tint = QColor(theme.CLASS_COLOURS[4])
    for x, y in ((0.3, 0.2), (-1.2, 0.2), (0.3 - 1.5, 0.2), (0.3, 0.2)):
        assert seen.pixelColor(at(plane, x, y)) == tint
    plane.go_to(30.0, -45.0)
    fill(plane, 0)
    plane.set_place(0.3, 0.2, None)
    empty, seen = QColor(0, 0, 0), plane.grab().toImage()
    assert seen.pixelColor(at(plane, 30.3 - 1.5, -44.8)) == tint
    assert seen.pixelColor(at(plane, 30.3, -44.8)) not in (tint, empty), "the drawing lies here"


def test_near_digits_become_pictures_in_the_colour_of_their_class(plane: LatentMap) -> None:
    places = np.array([[0.0, 0.0], [0.1, 0.1], [0.1, -0.1], [-0.1, 0.1], [-0.1, -0.1]])
    images = np.full((5, 28, 28), 77, np.uint8)
    plane.clearFocus()

    def tints(x: float, y: float) -> set[str]:
        seen, middle = plane.grab().toImage(), at(plane, x, y)
        return {seen.pixelColor(middle.x() + off, middle.y()).name() for off in range(-18, 19)}

    plane.set_points(places, np.array([3, 1, 2, 4, 5]), images)
    fill(plane, 0)
    assert "#4d4d4d" not in tints(0, 0), "from afar they are points"
    plane.go_to(0, 0, 400)
    fill(plane, 0)
    assert {"#4d4d4d", theme.CLASS_COLOURS[3].lower()} <= tints(0, 0)
    assert {"#4d4d4d", theme.CLASS_COLOURS[1].lower()} <= tints(0.1, 0.1)
    seen, middle = plane.grab().toImage(), at(plane, 0, 0)
    pixels = [seen.pixelColor(middle.x() + off, middle.y()).name() for off in range(-20, 21)]
    assert pixels.count("#4d4d4d") == 28, "one pixel is one pixel"
    assert pixels.count(theme.CLASS_COLOURS[3].lower()) == 4, "a frame of two pixels"
    plane.go_to(0, 0, 900)
    fill(plane, 0)
    seen, middle = plane.grab().toImage(), at(plane, 0, 0)
    pixels = [seen.pixelColor(middle.x() + off, middle.y()).name() for off in range(-35, 36)]
    assert pixels.count("#4d4d4d") == 56, "with much room one pixel is four"
    plane.set_points_visible(False)
    assert "#4d4d4d" not in tints(0, 0)
    plane.set_points_visible(True)
    plane.set_points(places, np.array([3, 1, 2, 4, 5]))
    assert "#4d4d4d" not in tints(0, 0), "without pictures they stay points"


def test_pictures_never_hide_one_another(plane: LatentMap) -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(-0.3, 0.3, (40, 2))
    places[1:20:2] = places[0:20:2] + 0.002
    shades = np.arange(60, 100, dtype=np.uint8)
    images = np.broadcast_to(shades[:, None, None], (40, 28, 28))
    plane.set_points(places, np.arange(40) % 10, images)
    plane.go_to(0, 0, 560)
    fill(plane, 0)
    plane.clearFocus()
    seen = plane.grab().toImage()
    shown = [
        number for number, place in enumerate(places)
        if plane.rect().contains(at(plane, *place))
        and seen.pixelColor(at(plane, *place)).lightness() == shades[number]
    ]  # fmt: skip
    assert len(shown) > 15
    assert not set(shown) & set(range(1, 20, 2)), "of two at one place the second stays a point"
    apart = [
        np.abs(places[one] - places[other]).max() * plane.scale()
        for one in shown for other in shown if one < other
    ]  # fmt: skip
    assert min(apart) > 20


def test_pins_are_numbered_and_a_click_on_one_picks_its_place(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.clearFocus()
    empty = plane.grab().toImage()
    digit = np.full((28, 28), 99, np.uint8)
    plane.set_pins([(0.5, 0.25, digit), (-0.5, 0.0, digit)])
    seen = plane.grab().toImage()
    place = at(plane, 0.5, 0.25)
    card = QPoint(place.x(), place.y() - 27)
    assert seen.pixelColor(card).lightness() == 99
    picked: list[tuple[float, float]] = []
    plane.picked.connect(lambda x, y: picked.append((x, y)))
    QTest.mouseClick(plane, LEFT, pos=card)
    QTest.mouseClick(plane, LEFT, pos=QPoint(300, 350))
    assert picked[0] == (0.5, 0.25)
    assert picked[1] == pytest.approx((0.0, -150 / HOME_SCALE))
    first = seen.copy(place.x() - 30, place.y() - 60, 60, 60)
    other = at(plane, -0.5, 0.0)
    second = seen.copy(other.x() - 30, other.y() - 60, 60, 60)
    assert first != second, "each has its own number"
    plane.set_pins([])
    plane.clearFocus()
    assert plane.grab().toImage() == empty


def test_bookmarks_have_their_names_beside_them(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.clearFocus()
    empty = plane.grab().toImage()
    plane.set_bookmarks([(0.2, 0.2, "Fours")])
    short = plane.grab().toImage()
    plane.set_bookmarks([(0.2, 0.2, "Between fours and nines, where neither is sure of itself")])
    long = plane.grab().toImage()
    plane.set_bookmarks([])
    assert plane.grab().toImage() == empty
    assert len({image.cacheKey() for image in (empty, short, long)}) == 3
    assert short != empty
    assert short != long


def test_what_is_shown_of_lines_and_players_moves_with_the_map(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.clearFocus()
    empty = plane.grab().toImage()
    plane.set_path(np.array([[-1.0, 0.5], [1.0, 0.5]]))
    plane.set_lasso(np.array([[-1.0, -0.1], [1.0, -0.1], [1.0, -0.9], [-1.0, -0.9]]))
    plane.set_play_mark(0.3, 0.5)
    for _ in range(2):
        seen = plane.grab().toImage()
        assert seen.pixelColor(at(plane, 0.0, 0.5)).lightness() > 150, "a path is a line"
        row = [
            seen.pixelColor(x, at(plane, 0, -0.1).y()).lightness()
            for x in range(at(plane, -0.9, 0).x(), at(plane, 0.9, 0).x())
        ]
        assert max(row) > 150
        assert min(row) < 60, "a region has dashes"
        inside = seen.pixelColor(at(plane, 0.0, -0.5))
        assert inside.blue() > inside.red() >= 5, "and a faint face"
        assert seen.pixelColor(at(plane, 0.3, 0.5)) == QColor(theme.LIGHT.accent)
        drag(plane, QPoint(300, 200), QPoint(341, 217))
        fill(plane, 0)
    drag(plane, QPoint(341, 217), QPoint(300, 200))
    drag(plane, QPoint(341, 217), QPoint(300, 200))
    plane.set_path(None)
    plane.set_lasso(None)
    plane.clearFocus()
    assert plane.grab().toImage() == empty, "the mark of the player goes with its path"


def test_while_it_zooms_everything_stays_in_its_place(plane: LatentMap, qtbot: QtBot) -> None:
    fill(plane, 0)
    plane.set_points(np.array([[0.3, 0.2]]), np.array([4]))
    plane.set_pins([(-0.3, -0.2, np.full((28, 28), 99, np.uint8))])
    plane.set_path(np.array([[-0.5, 0.4], [0.5, 0.4]]))
    plane.clearFocus()
    wheel(plane, QPoint(300, 200), 1)
    for _ in range(2):
        fill(plane, 0)
        seen = plane.grab().toImage()
        assert seen.pixelColor(at(plane, 0.3, 0.2)) == QColor(theme.CLASS_COLOURS[4])
        assert seen.pixelColor(at(plane, 0.0, 0.4)).lightness() > 150
        pin = at(plane, -0.3, -0.2)
        assert seen.pixelColor(pin.x(), pin.y() - 27).lightness() == 99
        qtbot.wait(200)


def test_what_has_no_picture_yet_is_painted_all_the_same(
    plane: LatentMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(plane, 0)
    plane.clearFocus()
    rng = np.random.default_rng(0)
    plane.set_points(rng.normal(0, 1, (200, 2)), rng.integers(0, 10, 200))
    plane.set_pins([(0.3, 0.2, np.full((28, 28), 99, np.uint8)), (-0.7, 0.1, None)])
    whole = shades(plane.grab().toImage())
    monkeypatch.setattr(map_blocks, "AT_ONCE", 1)
    plane.set_points_visible(True)
    for _ in range(12):
        assert np.abs(shades(plane.grab().toImage()) - whole).max() <= 4


def test_what_belongs_to_another_plane_is_forgotten(plane: LatentMap) -> None:
    plane.clearFocus()
    empty = plane.grab().toImage()
    fill(plane, 0)
    plane.set_points(np.array([[0.3, 0.2]]), np.array([4]))
    plane.set_pins([(-0.3, -0.2, None)])
    plane.set_path(np.array([[-0.5, 0.4], [0.5, 0.4]]))
    plane.set_lasso(np.array([[-0.5, 0.4], [0.5, 0.4], [0, 0]]))
    plane.set_bookmarks([(0, 0, "Here")])
    plane.set_place(0, 0, None)
    plane.set_mark(0, 0)
    plane.set_play_mark(0, 0)
    plane.reset()
    assert plane.grab().toImage() == empty


def test_the_card_of_a_far_drawing_keeps_clear_of_what_floats(plane: LatentMap) -> None:
    fill(plane, 0)
    plane.clearFocus()
    empty = plane.grab().toImage()
    plane.set_clear_room(plane.rect().adjusted(0, 0, -300, 0))
    plane.set_place(50.0, 0.0, None)
    seen = plane.grab().toImage()
    assert seen != empty
    assert all(
        seen.pixelColor(x, y) == empty.pixelColor(x, y)
        for x in range(310, 600, 7) for y in range(0, 400, 3)
    )  # fmt: skip


def test_far_from_the_origin_and_very_near_it_still_paints(plane: LatentMap) -> None:
    plane.set_points(np.array([[90_000.0, 5.0]]), np.array([4]))
    plane.go_to(90_000.0, 5.0, 1.9e6)
    fill(plane, 200)
    assert colour(plane, 300, 200) == QColor(theme.CLASS_COLOURS[4])
    assert colour(plane, 40, 40).lightness() == 200
