"""The Map page: what floats over the plane, and how it moves it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from studio.views import heat, minimap, theme
from studio.views.latent_map import HOME_SCALE
from studio.views.map_offsets import MOST
from studio.views.map_page import MapPage
from studio.views.map_place_field import parse

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [-2.0, 0.5]])
LABELS = np.array([0, 1, 2])
DIGITS = np.stack([np.full((28, 28), 4 * n, np.uint8) for n in range(60)])


@pytest.fixture
def page(qtbot: QtBot) -> MapPage:
    widget = MapPage()
    qtbot.addWidget(widget)
    widget.resize(1280, 640)
    widget.show()
    return widget


def child(page: MapPage, name: str) -> QWidget:
    found = page.findChild(QWidget, name)
    assert found is not None, name
    return found


def press(page: MapPage, name: str) -> None:
    button = child(page, name)
    assert isinstance(button, QAbstractButton)
    QTest.mouseClick(button, LEFT)
    QApplication.processEvents()


def text(page: MapPage, name: str) -> str:
    label = child(page, name)
    assert isinstance(label, QLabel)
    return label.text()


def floating(page: MapPage) -> list[QWidget]:
    """Everything over the map that is on show."""
    parts = (
        *(page.strip, page.minimap, page.legend, page.shades),
        *(page.offsets, page.planes, page.bookmarks, page.pick, page.lasso, page.path),
    )
    return [part for part in parts if part.isVisible()]


def open_all(page: MapPage) -> None:
    """As much as can be open at once."""
    page.set_plane_note("The two most important directions of a code of 16 numbers. " * 2)
    page.set_points(POINTS, LABELS)
    page.set_overlay("density")
    page.set_plane("principal", (0, 1), 20)
    page.offsets.set_dimensions([f"Component {n + 3}" for n in range(18)], [0.0] * 18)
    page.set_other_dimensions(18)
    page.strip.others.setChecked(True)
    page.set_pick(DIGITS[50], 0.5, 0.5, "What the model makes of this place.")
    page.pick.set_pins(list(DIGITS[:7]), 2)
    QApplication.processEvents()


# The map and its strip


def test_the_drawing_is_marked_where_it_lies_as_far_as_the_edges(page: MapPage) -> None:
    page.set_plane_note("A plane.")
    strip = page.strip.geometry()
    for x, y in ((640, strip.bottom() + 24), (640, page.height() - 13), (13, 300)):
        page.set_place(*page.map.to_plane(QPointF(x, y)), None)
        seen = page.map.grab().toImage()
        # The ring and the dot in its middle.
        assert seen.pixelColor(x, y).lightness() > 200
        assert seen.pixelColor(x, y - 7) == QColor(theme.DARK.accent)


def test_a_drawing_out_of_view_is_held_where_nothing_floats(page: MapPage) -> None:
    page.set_points(POINTS, LABELS)
    page.set_overlay("density")
    for x, y in ((-50.0, -50.0), (50.0, -50.0)):
        page.set_place(None, None, None)
        without = page.map.grab().toImage()
        page.set_place(x, y, np.full((28, 28), 255, np.uint8))
        seen = page.map.grab().toImage()
        assert seen != without
        for part in (page.legend, page.shades, page.minimap, page.strip):
            assert part.isVisible()
            assert seen.copy(part.geometry()) == without.copy(part.geometry())


def test_a_plane_that_ends_is_whole_below_the_strip(page: MapPage) -> None:
    page.set_plane_note("A plane.")
    ends = (0.0, 0.0, 1.0, 1.0)
    page.set_ground(ends, (), None, centre=(0.5, 0.5), span=1.05, rings=False)
    page.map.go_home()
    for size in ((1280, 720), (960, 560)):
        page.resize(*size)
        page.grab()
        assert page.map.to_widget(0.5, 1.0).y() > page.strip.geometry().bottom()
        assert page.map.to_widget(0.5, 0.0).y() < page.height()


def test_the_map_fills_the_page(page: MapPage) -> None:
    assert page.map.geometry() == page.rect()


def test_buttons_zoom_and_return(page: MapPage) -> None:
    press(page, "zoomInButton")
    assert page.map.scale() > HOME_SCALE
    press(page, "zoomOutButton")
    assert page.map.scale() == pytest.approx(HOME_SCALE)
    page.map.go_to(4, 4, 1000)
    assert text(page, "mapLevel") == "digits 0.0312 apart"
    press(page, "homeButton")
    assert page.map.centre() == (0, 0)
    assert text(page, "mapLevel") == "digits 0.25 apart"


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("1.2, -0.4", (1.2, -0.4)),
        ("1.2 -0.4", (1.2, -0.4)),
        ("(3;−2)", (3, -2)),
        (" 1e1,\t2 ", (10, 2)),
    ],
)
def test_a_place_is_read_as_people_write_it(words: str, place: tuple[float, float]) -> None:
    assert parse(words) == place


@pytest.mark.parametrize("words", ["", "1", "1, 2, 3", "a, b", "nan, 0", "inf, 1", "1e9, 0"])
def test_a_place_that_is_none_is_answered_by_one_sentence(words: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        parse(words)


def test_the_field_goes_to_a_place(page: MapPage) -> None:
    QTest.keyClick(page, Qt.Key.Key_G, CONTROL)
    field = child(page, "placeField")
    assert isinstance(field, QLineEdit)
    assert field.hasFocus()
    QTest.keyClicks(field, "1.2, -0.4")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert page.map.centre() == pytest.approx((1.2, -0.4))
    assert page.map.hasFocus()


def test_a_wrong_place_is_said_in_the_strip(page: MapPage) -> None:
    page.set_plane_note("A plane.")
    field = child(page, "placeField")
    QTest.keyClicks(field, "north")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert page.map.centre() == (0, 0)
    assert text(page, "planeNote") == (
        "Write two numbers with a comma between them, such as 1.2, -0.4."
    )
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert text(page, "planeNote") == "A plane."


def test_tools_are_taken_by_buttons_and_by_keys(page: MapPage) -> None:
    press(page, "lassoTool")
    assert page.map.tool() == "lasso"
    QTest.keyClick(page.map, Qt.Key.Key_B)
    assert page.map.tool() == "path"
    pen = child(page, "pathTool")
    assert isinstance(pen, QToolButton)
    assert pen.isChecked()
    QTest.keyClick(page.map, Qt.Key.Key_Escape)
    assert page.map.tool() == "hand"
    assert not pen.isChecked()


def test_points_are_switched_by_the_user_and_announced(page: MapPage, qtbot: QtBot) -> None:
    page.set_points(POINTS, LABELS)
    assert page.legend.isVisible()
    with qtbot.waitSignal(page.points_toggled) as heard:
        press(page, "pointsSwitch")
    assert heard.args == [False]
    assert not page.legend.isVisible()
    page.set_points(None, None)
    assert not child(page, "pointsSwitch").isEnabled()
    assert "cannot" in child(page, "pointsSwitch").toolTip()


def test_the_minimap_moves_the_map(page: MapPage) -> None:
    QTest.mouseClick(page.minimap, LEFT, pos=QPoint(minimap.SIDE // 2 + 35, minimap.SIDE // 2))
    x, y = page.map.centre()
    assert x == pytest.approx(35 * minimap.LEAST_REACH / (minimap.SIDE / 2), rel=0.05)
    assert y == pytest.approx(0)


def test_without_a_map_only_the_choice_of_a_model_remains(page: MapPage) -> None:
    open_all(page)
    page.set_unavailable("A ring of points has no digits to lay out on a plane.")
    assert floating(page) == [page.strip]
    visible = [
        part.objectName() for part in page.strip.findChildren(QToolButton) if part.isVisible()
    ]
    assert visible == ["mapSubject"]
    page.set_unavailable("")
    assert page.minimap.isVisible()
    assert page.strip.plane.isVisible()


# Overlays


def test_an_overlay_is_chosen_and_its_legend_names_low_and_high(
    page: MapPage, qtbot: QtBot
) -> None:
    chooser = child(page, "overlayChooser")
    assert isinstance(chooser, QComboBox)
    assert [chooser.itemText(row) for row in range(chooser.count())] == [
        "No overlay",
        "Class regions",
        "Density of codes",
        "Discriminator score",
        "Reconstruction error",
        "Speed of change",
    ]
    chooser.setFocus()
    with qtbot.waitSignal(page.overlay_chosen) as heard:
        QTest.keyClick(chooser, Qt.Key.Key_End)
    assert heard.args == ["jacobian"]
    assert page.shades.isVisible()
    page.map.shading_range_changed.emit(0.5, 17.25)
    assert page.shades.words() == ("Change of the picture, grey levels per unit", "0.5", "17.2")
    page.set_overlay("score")
    page.shades.set_range(0.05, 0.9)
    assert page.shades.words()[1:] == ("5 %", "90 %")
    page.shades.set_range(-3.5, 0.9)  # a critic's values
    assert page.shades.words()[1:] == ("−3.5", "0.9")
    page.set_overlay("classes")
    assert page.legend.isVisible()
    page.set_overlay("")
    assert not page.shades.isVisible()
    assert not page.legend.isVisible()


def test_the_legend_shows_the_colours_of_the_heat(page: MapPage) -> None:
    page.set_overlay("density")
    page.shades.set_range(0, 1)
    picture = page.shades.grab().toImage()
    row = [picture.pixelColor(x, 33).lightness() for x in range(picture.width())]
    middle = row[30:-26]
    assert middle == sorted(middle)
    assert max(middle) == pytest.approx(heat.colour(1).lightness(), abs=8)


def test_an_overlay_that_is_not_possible_says_why(page: MapPage) -> None:
    page.set_overlays({"score": "It has no discriminator.", "density": ""})
    chooser = child(page, "overlayChooser")
    assert isinstance(chooser, QComboBox)
    row = chooser.findData("score")
    assert chooser.itemData(row, Qt.ItemDataRole.ToolTipRole) == "It has no discriminator."
    chooser.setFocus()
    for _ in range(3):
        QTest.keyClick(chooser, Qt.Key.Key_Down)
    assert chooser.currentData() == "error"


# Other dimensions


def test_many_dimensions_come_in_pages_and_are_found(page: MapPage) -> None:
    page.resize(1280, 1400)
    page.offsets.set_dimensions([f"Number {n + 3}" for n in range(62)], [0.0] * 62)
    page.set_other_dimensions(62)
    press(page, "otherDimensionsButton")
    assert page.offsets.on_show() == list(range(MOST))
    press(page, "offsetsNext")
    assert page.offsets.on_show() == list(range(MOST, 2 * MOST))
    search = child(page, "offsetSearch")
    QTest.keyClicks(search, "64")
    assert page.offsets.on_show() == [61]
    QTest.keyClicks(search, "x")
    assert page.offsets.on_show() == []


def test_a_strip_shows_its_digits_and_a_click_takes_one(page: MapPage, qtbot: QtBot) -> None:
    page.offsets.set_dimensions(["Number 3"], [0.0])
    page.set_other_dimensions(1)
    press(page, "otherDimensionsButton")
    page.offsets.set_strip(0, np.linspace(-2.5, 2.5, 7), DIGITS[10:17])
    strip = page.offsets._rows[0]._strip
    picture = strip.grab().toImage()
    assert picture.pixelColor(14, 14).lightness() == 40
    assert picture.pixelColor(strip.width() - 14, 14).lightness() == 64
    with qtbot.waitSignal(page.offsets.offset_changed) as heard:
        QTest.mouseClick(strip, LEFT, pos=QPoint(strip.width() - 10, 14))
    assert heard.args == [0, 2.5]


def test_a_setter_never_speaks(page: MapPage) -> None:
    heard: list[object] = []
    for signal in (page.offsets.offset_changed, page.planes.axes_chosen, page.overlay_chosen):
        signal.connect(lambda *args: heard.append(args))
    page.offsets.set_dimensions(["Number 3"], [0.0])
    page.offsets.set_strip(0, np.linspace(-2.5, 2.5, 7), DIGITS[:7])
    page.offsets.set_dimensions(["Number 3"], [1.5])
    page.set_plane("dimensions", (3, 2), 8)
    page.set_overlay("error")
    page.planes.set_label(4)
    assert heard == []


def test_sliders_and_strips_are_not_cut(page: MapPage) -> None:
    open_all(page)
    names = [f"Direction {n + 127}" for n in range(8)]
    page.offsets.set_dimensions(names, [0.0] * 8)
    QApplication.processEvents()
    for row in page.offsets._rows:
        if row.isVisible():
            place = row._strip.geometry().translated(row.pos())
            assert page.offsets.rect().contains(place)
            label = row._name
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()


def test_without_other_dimensions_their_plate_is_closed(page: MapPage) -> None:
    open_all(page)
    assert page.offsets.isVisible()
    page.set_other_dimensions(0)
    assert not page.offsets.isVisible()
    assert not page.strip.others.isVisible()


def test_what_is_as_good_as_nothing_is_0_in_the_legend(page: MapPage) -> None:
    page.set_overlay("density")
    for low, high, words in (
        (4.2e-45, 0.134, ("0", "0.134")),
        (0.00053, 0.0115, ("0.00053", "0.0115")),
        (-0.4, 1e-9, ("−0.4", "0")),
        (0.0, 0.0, ("0", "0")),
    ):
        page.shades.set_range(low, high)
        assert page.shades.words()[1:] == words
    page.set_overlay("classes")
    assert "dark: no digit" in page.shades.words()[0]


# Cards


def test_the_picked_digit_is_shown_large_with_its_place(page: MapPage, qtbot: QtBot) -> None:
    card = child(page, "pickedDigit")
    assert not card.isVisible()
    page.set_pick(np.full((28, 28), 200, np.uint8), -0.8, 0.3, "Decoded by the VAE.")
    assert card.isVisible()
    words = "\n".join(label.text() for label in card.findChildren(QLabel))
    assert "x −0.80   y +0.30" in words
    assert "Decoded by the VAE." in words
    assert page.pick._picture.grab().toImage().pixelColor(60, 60).lightness() == 200
    with qtbot.waitSignal(page.pick_closed):
        press(page, "closePickButton")
    assert not card.isVisible()
    page.set_pick(np.zeros((28, 28), np.uint8), 0, 0, "")
    page.set_pick(None, 0, 0, "")
    assert not card.isVisible()


def test_there_is_room_for_one_card(page: MapPage, qtbot: QtBot) -> None:
    page.set_pick(DIGITS[40], 0, 0, "")
    with qtbot.waitSignal(page.pick_closed):
        page.show_lasso()
    assert [part.isVisible() for part in (page.pick, page.lasso, page.path)] == [False, True, False]
    with qtbot.waitSignal(page.lasso.closed):
        page.show_path()
    assert not page.lasso.isVisible()


def test_a_line_stays_while_a_digit_is_looked_at(page: MapPage, qtbot: QtBot) -> None:
    gone: list[str] = []
    page.lasso.closed.connect(lambda: gone.append("region"))
    page.path.closed.connect(lambda: gone.append("path"))
    page.show_lasso()
    page.set_pick(DIGITS[40], 0, 0, "")
    page.set_pick(DIGITS[41], 1, 0, "")
    assert not page.lasso.isVisible()
    assert gone == []
    press(page, "closePickButton")
    assert page.lasso.isVisible()
    page.set_pick(DIGITS[40], 0, 0, "")
    page.show_path()  # another line takes the place of both
    assert [part.isVisible() for part in (page.pick, page.lasso, page.path)] == [False, False, True]
    assert gone == ["region"]
    press(page, "closePathButton")
    assert gone == ["region", "path"]
    page.set_pick(DIGITS[40], 0, 0, "")
    press(page, "closePickButton")
    assert not page.lasso.isVisible()
    assert not page.path.isVisible()


def test_escape_closes_one_thing_after_the_other(page: MapPage) -> None:
    open_all(page)
    press(page, "planeButton")
    page.map.setFocus()
    for plate in (page.planes, page.pick, page.offsets):
        assert plate.isVisible()
        QTest.keyClick(page.map, Qt.Key.Key_Escape)
        assert not plate.isVisible()
    assert not page.strip.plane.isChecked()
    assert not page.strip.others.isChecked()


def test_a_pin_in_the_list_is_chosen(page: MapPage, qtbot: QtBot) -> None:
    page.set_pick(DIGITS[40], 0, 0, "")
    page.pick.set_pins(list(DIGITS[:13]), 12)
    pins = child(page, "pinList")
    with qtbot.waitSignal(page.pick.pin_chosen) as heard:
        QTest.mouseClick(pins, LEFT, pos=page.pick._pins.place(4).center())
    assert heard.args == [4]


def test_frames_of_a_path_are_looked_through(page: MapPage) -> None:
    page.path.set_frames(DIGITS)
    page.show_path()
    strip = child(page, "pathStrip")
    QTest.mouseClick(strip, LEFT, pos=QPoint(strip.width() - 5, strip.height() - 5))
    assert page.path.frame() == 59
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert page.path.frame() == 0
    press(page, "playPathButton")
    assert page.path.is_playing()
    page.path.hide()
    assert not page.path.is_playing()


# Room


@pytest.mark.parametrize("size", [(700, 700), (960, 640), (1280, 640), (1920, 880)])
def test_nothing_that_floats_overlaps(page: MapPage, size: tuple[int, int]) -> None:
    page.resize(*size)
    open_all(page)
    if size[0] >= 1280:
        press(page, "planeButton")
    for part in floating(page):
        assert page.rect().contains(part.geometry()), part
    for one, other in combinations(floating(page), 2):
        assert not one.geometry().intersects(other.geometry()), (one, other)


@pytest.mark.parametrize("size", [(1280, 640), (1920, 880)])
def test_no_more_than_a_third_of_the_map_is_covered(page: MapPage, size: tuple[int, int]) -> None:
    page.resize(*size)
    open_all(page)
    covered = sum(part.width() * part.height() for part in floating(page))
    assert covered <= size[0] * size[1] / 3


@pytest.mark.parametrize("width", [700, 960, 1280, 1920])
def test_nothing_in_the_strip_is_cut(page: MapPage, width: int) -> None:
    page.resize(width, 640)
    open_all(page)
    strip = page.strip
    parts = [part for part in strip.findChildren(QWidget) if part.isVisible()]
    for part in parts:
        place = part.geometry().translated(part.parentWidget().mapTo(strip, QPoint()))
        if part.parentWidget() in (strip, strip._shows, strip._acts):
            assert strip.rect().contains(place), part
            # A button with an icon alone is as wide as that, whatever a style would like.
            assert part.width() + 1 >= part.minimumSizeHint().width(), part


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_plates_wear_the_theme(qtbot: QtBot, scheme: theme.Scheme) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    tokens = theme.apply(app, scheme)
    try:
        page = MapPage()
        qtbot.addWidget(page)
        page.resize(1280, 640)
        page.show()
        page.set_pick(DIGITS[0], 0, 0, "Words.")
        face = page.pick.grab().toImage().pixelColor(4, page.pick.height() - 8)
        assert (face.lightness() < 128) == tokens.dark
    finally:
        theme.apply(app, "dark")


def test_everything_that_is_operated_has_a_name_and_a_tip(page: MapPage) -> None:
    open_all(page)
    page.set_bookmarks([("Here", "VAE")])
    for button in page.findChildren(QAbstractButton):
        if button.objectName().startswith("qt_") or "Scroll" in type(button).__name__:
            continue
        assert button.accessibleName() or button.text(), button.objectName()
        assert button.toolTip(), button.objectName()
        assert button.objectName(), button.text()


def test_the_minimap_follows_the_points(page: MapPage) -> None:
    page.set_points(POINTS * 10, LABELS)
    page.set_place(3.0, -2.0, None)
    page.minimap.grab()
    assert page.minimap._reach > 20


def test_when_a_plate_closes_the_keys_go_back_to_the_map(page: MapPage) -> None:
    page.activateWindow()
    button = child(page, "planeButton")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    first = child(page, "principalPlane")
    first.setFocus()
    assert first.hasFocus()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.map.hasFocus()
