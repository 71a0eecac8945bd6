"""What a user does on the map: planes, corners, sliders, picks, pins, regions, paths, bookmarks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QListWidget, QSlider, QWidget
from pytestqt.qtbot import QtBot

from studio.bridge.errands import Errands
from studio.controllers.map_controller import MapController
from studio.engine.ground import PlaneSpec
from studio.state.tiles import spacing
from studio.views.map_page import MapPage
from studio.views.sheet_dialog import SheetDialog
from studio.views.tiled_view import ASK_MS
from tests.controllers.made_up_map import FakeCartographer, FakeExploring, adopted, grey

Map = tuple[MapPage, FakeExploring, FakeCartographer, MapController]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Map]:
    page = MapPage()
    qtbot.addWidget(page)
    page.resize(1280, 720)
    exploring = FakeExploring()
    cartographer = FakeCartographer(exploring)
    mapping = MapController(page, cartographer, exploring)  # type: ignore[arg-type]
    page.show()
    mapping.set_visible(True)
    exploring.adopt(adopted(1))
    cartographer.lay()
    settle()
    cartographer.decode()
    cartographer.place_points()
    yield page, exploring, cartographer, mapping
    mapping.deleteLater()


def settle() -> None:
    """Lets the map ask: while it moves it does so at most once in so many milliseconds."""
    QTest.qWait(2 * ASK_MS)


def press(page: MapPage, name: str) -> None:
    button = page.findChild(QAbstractButton, name)
    assert button is not None, name
    assert button.isEnabled(), button.toolTip()
    QTest.mouseClick(button, LEFT)
    settle()


def click(page: MapPage, x: float, y: float) -> None:
    QTest.mouseClick(page.map, LEFT, pos=page.map.to_widget(x, y).toPoint())


def pull(page: MapPage, corners: list[tuple[float, float]]) -> None:
    """Draws a line over the map with the mouse."""
    places = [page.map.to_widget(x, y) for x, y in corners]
    QTest.mousePress(page.map, LEFT, pos=places[0].toPoint())
    for start, end in itertools.pairwise(places):
        for step in range(1, 9):
            at: QPointF = start + (end - start) * (step / 8)
            QTest.mouseMove(page.map, at.toPoint())
    QTest.mouseRelease(page.map, LEFT, pos=places[-1].toPoint())
    settle()


def text(page: MapPage, name: str) -> str:
    label = page.findChild(QLabel, name)
    assert label is not None
    return label.text()


# Planes


def test_the_first_plane_is_the_models_own(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    assert mapping.plane.spec == PlaneSpec()
    assert text(page, "planeNote") == "VAE on pen, step 100. A plane of principal."
    assert page.strip.plane.text() == "Components 1 × 2"
    assert cartographer.count["plane"] == 1


def test_a_model_without_a_map_does_not_wear_the_note_of_another(shown: Map) -> None:
    page, exploring, _, _ = shown
    exploring.adopt(adopted(2, same_model=False, pictures="points"))
    assert text(page, "planeNote") == "VAE on pen, step 100."


def test_another_kind_of_plane(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    press(page, "planeButton")
    press(page, "quantilesPlane")
    cartographer.lay()
    assert mapping.plane.ground is not None
    assert mapping.plane.ground.spec.kind == "quantiles"
    assert not mapping.settled
    samples = page.findChild(QAbstractButton, "samplesPlane")
    assert samples is not None
    assert not samples.isEnabled()
    assert samples.toolTip() == "About samples."


def test_two_numbers_change_places_and_never_coincide(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    press(page, "planeButton")
    across = page.findChild(QWidget, "acrossField")
    assert across is not None
    QTest.keyClick(across, Qt.Key.Key_Up)
    assert mapping.plane.spec.dimensions == (1, 0)
    cartographer.lay()
    QTest.keyClick(across, Qt.Key.Key_Up)
    cartographer.lay()
    assert mapping.plane.spec.dimensions == (2, 0)
    for _ in range(9):
        QTest.keyClick(across, Qt.Key.Key_Up)
    assert mapping.plane.spec.dimensions == (4, 0)


def test_a_plane_that_is_refused_is_left_again(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    heard: list[str] = []
    mapping.refused.connect(heard.append)
    press(page, "planeButton")
    press(page, "dimensionsPlane")
    cartographer.refuse("plane", "No such plane.")
    assert heard == ["No such plane."]
    assert mapping.plane.spec == PlaneSpec()
    assert cartographer.spec == PlaneSpec()
    assert page.strip.plane.text() == "Components 1 × 2"


def test_three_corners_are_filled_with_test_digits_and_changed_one_by_one(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    press(page, "planeButton")
    press(page, "anchorsPlane")
    cartographer.lay()
    spec = mapping.plane.spec
    assert spec.kind == "anchors"
    assert [anchor[0] for anchor in spec.anchors] == [0, 10, 70]  # classes 0, 1 and 7
    press(page, "anchorB")
    click(page, 0.1, 0.1)
    cartographer.pick()
    press(page, "anchorPicked")
    assert [anchor[0] for anchor in mapping.plane.spec.anchors] == [0, grey(1, 0.1), 70]
    cartographer.lay()
    drawing = page.findChild(QAbstractButton, "anchorDrawing")
    assert drawing is not None
    assert not drawing.isEnabled()
    mapping.on_drawing_coded(np.full((28, 28), 99, np.uint8), np.zeros(5, np.float32), None)
    press(page, "anchorC")
    press(page, "anchorDrawing")
    assert [anchor[0] for anchor in mapping.plane.spec.anchors] == [0, grey(1, 0.1), 99]


def test_test_digits_of_a_class_take_turns(shown: Map) -> None:
    page, _, _cartographer, mapping = shown
    press(page, "planeButton")
    press(page, "anchorsPlane")
    page.planes._class.setCurrentIndex(3)
    greys = []
    for _ in range(3):
        press(page, "anchorTest")
        greys.append(mapping.plane.spec.anchors[0][0])
    assert greys == [30, 130, 30]


def test_on_a_sheet_of_samples_nothing_has_a_place(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    assert page.strip.points.isEnabled()
    cartographer.dim = 0
    mapping.plane.turn("samples")
    cartographer.lay()
    assert not page.strip.points.isEnabled()
    assert not page.strip.others.isVisible()
    mapping.on_drawing_coded(np.full((28, 28), 99, np.uint8), np.zeros(5, np.float32), None)
    assert "place" not in cartographer.asked
    assert page.map._place is None
    assert page.strip.plane.text() == "Samples"
    assert not page.minimap.isVisible()


def test_of_a_sheet_of_samples_the_digit_in_view_is_picked(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    cartographer.dim = 0
    mapping.plane.turn("samples")
    cartographer.lay()
    step = spacing(page.map.level())
    for x, y in ((2.1, 0.9), (2.9, 0.2), (-1.3, -2.6)):
        click(page, x * step, y * step)
        _, place = cartographer.asked["pick"]
        digit = (np.floor(x) + 0.5) * step, (np.floor(y) + 0.5) * step
        assert place == pytest.approx(digit)


def test_the_card_says_what_is_read_in_the_picked_digit(shown: Map) -> None:
    page, _, cartographer, _ = shown
    for label, certainty, words in (
        (None, 0.0, "What the model makes of this place."),
        (7, 0.934, "The classifier reads a 7 and is 93 % sure."),
        (10, 0.5, "The classifier reads no digit and is 50 % sure."),
    ):
        click(page, 0.3, 0.2)
        cartographer.pick(label, certainty)
        assert text(page, "pickText") == words


def test_the_minimap_knows_how_the_plane_lies(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    # The components of five numbers are measured by the codes, not by the prior.
    assert "standard deviations" not in page.minimap.toolTip()
    mapping.plane.turn("dimensions")
    cartographer.lay()
    assert "standard deviations" in page.minimap.toolTip()
    mapping.plane.turn("quantiles")
    cartographer.lay()
    assert "standard deviations" not in page.minimap.toolTip()


# The drawing


def test_the_plane_passes_through_the_drawing_if_that_is_wanted(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    seen = np.full((28, 28), 99, np.uint8)
    mapping.on_drawing_coded(seen, np.array([0.5, -1, 2, 0, 0], np.float32), None)
    assert mapping.plane.spec.through == (0.5, -1, 2, 0, 0)
    cartographer.lay()
    cartographer.place()
    assert page.map._place == (0.5, -1)
    press(page, "planeButton")
    press(page, "throughDrawing")
    assert mapping.plane.spec.through is None
    mapping.on_drawing_coded(None, None, None)
    assert page.map._place is None
    assert not page.planes.through.isEnabled()


def test_the_code_of_a_drawing_is_remembered_for_weights(shown: Map) -> None:
    """Otherwise a time cursor would lay each plane twice: with an old code, then with its own."""
    _, exploring, cartographer, mapping = shown
    seen = np.full((28, 28), 99, np.uint8)
    mapping.on_drawing_coded(seen, np.full(5, 1, np.float32), None)
    cartographer.lay()
    exploring.adopt(adopted(2, step=200))
    mapping.on_drawing_coded(seen, np.full(5, 2, np.float32), None)
    cartographer.lay()
    exploring.adopt(adopted(3, step=100))
    assert mapping.plane.spec.through == (1,) * 5
    mapping.on_drawing_coded(seen + 1, np.full(5, 3, np.float32), None)
    exploring.adopt(adopted(4, step=200))
    assert mapping.plane.spec.through == (3,) * 5


def test_the_class_of_the_drawing_is_written_until_the_user_chooses_one(shown: Map) -> None:
    page, exploring, _, mapping = shown
    seen = np.full((28, 28), 99, np.uint8)
    mapping.on_drawing_coded(seen, np.zeros(2, np.float32), 7)
    assert mapping.plane.spec.label == 7
    assert mapping.plane.spec.through is None  # two numbers lie on the plane anyway
    page.planes.label_chosen.emit(4)
    exploring.adopt(adopted(2, step=200))
    assert mapping.plane.spec.label == 4


# Other dimensions


def test_sliders_move_the_plane_and_strips_follow(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    assert page.strip.others.text() == "3 other"
    press(page, "otherDimensionsButton")
    assert page.offsets.isVisible()
    assert cartographer.asked["strips"][1][0] == [0, 1, 2]  # type: ignore[index]
    cartographer.strips()
    slider = page.findChild(QSlider, "offsetSlider1")
    assert slider is not None
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert mapping.plane.spec.offsets == ((1, 2.5),)
    cartographer.lay()
    strip = page.offsets._rows[0]._strip
    QTest.mouseClick(strip, LEFT, pos=QPoint(5, 10))
    assert mapping.plane.spec.offsets == ((0, -2.5), (1, 2.5))
    cartographer.lay()
    press(page, "resetOffsetsButton")
    assert mapping.plane.spec.offsets == ()
    cartographer.lay()
    assert slider.value() == 0


def test_offsets_belong_to_their_plane(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    mapping.plane.move(((0, 1.0),))
    cartographer.lay()
    press(page, "planeButton")
    press(page, "dimensionsPlane")
    assert mapping.plane.spec.offsets == ()


def test_strips_wait_until_somebody_sees_them(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    mapping.plane.move(((0, 1.0),))
    cartographer.lay()
    assert "strips" not in cartographer.count
    press(page, "otherDimensionsButton")
    assert cartographer.count["strips"] >= 1


# Pick and pins


def test_a_click_shows_a_digit_and_newer_weights_show_it_anew(shown: Map, qtbot: QtBot) -> None:
    page, exploring, cartographer, mapping = shown
    click(page, 0.4, 0.2)
    cartographer.pick()
    assert page.pick.isVisible()
    exploring.adopt(adopted(2, step=200))
    cartographer.lay()
    cartographer.pick()
    assert mapping.pins.digit is not None
    assert mapping.pins.digit[0, 0] == grey(2, mapping.pins.place[0])  # type: ignore[index]
    with qtbot.waitSignal(page.send_to_draw) as sent:
        press(page, "sendToDrawButton")
    assert sent.args is not None
    assert (sent.args[0] == mapping.pins.digit).all()
    press(page, "closePickButton")
    exploring.adopt(adopted(3, step=300))
    cartographer.lay()
    assert "pick" not in cartographer.asked


def test_pins_stay_on_their_plane_and_follow_the_weights(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    for x in (0.0, 1.0):
        click(page, x, 0.0)
        cartographer.pick()
        press(page, "pinButton")
    assert len(mapping.pins._here()) == 2
    exploring.adopt(adopted(2, step=200))
    cartographer.lay()
    settle()
    cartographer.decode()
    assert [pin.digit[0, 0] for pin in mapping.pins._here()] == [
        grey(2, pin.place[0]) for pin in mapping.pins._here()
    ]
    mapping.plane.turn("quantiles")
    cartographer.lay()
    assert not mapping.pins._here()
    assert not page.pick.isVisible()
    mapping.plane.turn("principal")
    cartographer.lay()
    assert len(mapping.pins._here()) == 2
    page.pick.pin_chosen.emit(1)
    cartographer.pick()
    assert page.map.centre() == pytest.approx(mapping.pins._here()[1].place)
    press(page, "pinButton")
    assert len(mapping.pins._here()) == 1


# Lines


def test_a_lasso_counts_what_it_holds(shown: Map) -> None:
    page, exploring, cartographer, mapping = shown
    press(page, "lassoTool")
    pull(page, [(-1, -0.5), (1, -0.5), (1, 0.5), (-1, 0.5), (-1, -0.4)])
    assert page.lasso.isVisible()
    assert "Counting" in text(page, "regionText")
    cartographer.survey()
    assert "12 test digits" in text(page, "regionText")
    assert "90 % sure" in text(page, "regionText")
    bars = page.findChild(QWidget, "regionBars")
    assert bars is not None
    assert bars.accessibleName() == "Mostly class 3: 100% of the decoded digits"
    exploring.adopt(adopted(2, step=200))
    cartographer.lay()
    assert "region" in cartographer.asked
    press(page, "closeLassoButton")
    assert mapping.lines.region is None


def test_a_region_that_holds_nothing_says_so(shown: Map) -> None:
    page, _, cartographer, _ = shown
    press(page, "lassoTool")
    pull(page, [(-1, -0.5), (1, -0.5), (1, 0.5), (-1, 0.5)])
    cartographer.refuse("region", "There is nothing here.")
    assert text(page, "regionText") == "There is nothing here."


def test_a_path_is_walked_at_an_even_pace(shown: Map, qtbot: QtBot) -> None:
    page, _, cartographer, _mapping = shown
    press(page, "pathTool")
    pull(page, [(-1, 0), (0, 0.5), (1, 0)])
    places = cartographer.asked["path"][1]
    assert isinstance(places, np.ndarray)
    assert len(places) == 60
    steps = np.hypot(*np.diff(places, axis=0).T)
    assert steps == pytest.approx(steps.mean(), rel=0.2)
    cartographer.walk()
    assert page.path.isVisible()
    with qtbot.waitSignal(page.path.frame_shown):
        press(page, "playPathButton")
    qtbot.waitUntil(lambda: page.path.frame() >= 2)
    assert page.map._play_mark == pytest.approx(tuple(places[page.path.frame()]))
    press(page, "playPathButton")
    assert not page.path.is_playing()
    frames = page.findChild(QWidget, "pathFrames")
    assert frames is not None
    frames.setFocus()
    frames.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(frames, "24")
    QTest.keyClick(frames, Qt.Key.Key_Return)
    assert len(cartographer.asked["path"][1]) == 24  # type: ignore[arg-type]


def test_lines_go_with_their_plane(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    press(page, "pathTool")
    pull(page, [(-1, 0), (0, 0.5), (1, 0)])
    cartographer.walk()
    mapping.plane.turn("quantiles")
    cartographer.lay()
    assert not page.path.isVisible()
    assert mapping.lines.frames is None


# Bookmarks


def test_bookmarks_are_kept_named_visited_and_dropped(shown: Map) -> None:
    page, _, cartographer, mapping = shown
    page.map.go_to(1.5, -2.0, 336.0)
    QTest.keyClick(page, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    mapping.plane.turn("quantiles")
    cartographer.lay()
    page.map.go_to(0.5, 0.5)
    press(page, "bookmarksButton")
    press(page, "addBookmarkButton")
    names = page.findChild(QListWidget, "bookmarkList")
    assert names is not None
    assert [names.item(row).text() for row in range(names.count())] == ["1.50, −2.00", "0.50, 0.50"]
    QTest.mouseClick(names.viewport(), LEFT, pos=names.visualItemRect(names.item(0)).center())
    assert mapping.plane.spec.kind == "principal"
    assert page.map.centre() == pytest.approx((1.5, -2.0))
    assert page.map.scale() == pytest.approx(336)
    cartographer.lay()
    assert page.map.centre() == pytest.approx((1.5, -2.0))
    names.item(0).setText("Here")
    assert mapping.bookmarks.all()[0].name == "Here"
    names.setFocus()
    QTest.keyClick(names, Qt.Key.Key_Delete)
    assert [mark.name for mark in mapping.bookmarks.all()] == ["0.50, 0.50"]


# Exports


@pytest.fixture
def exports(shown: Map, tmp_path: Path) -> Iterator[MapController]:
    page, _, _, mapping = shown
    errands = Errands("films", mapping)

    def ask_path(title: str, name: str, pattern: str) -> str:
        return str(tmp_path / "chosen")

    mapping.enable_exports(errands, ask_path, lambda: SheetDialog(page))
    yield mapping
    mapping.close()
    errands.close()


def test_a_path_becomes_a_film(
    shown: Map, exports: MapController, qtbot: QtBot, tmp_path: Path
) -> None:
    page, _, cartographer, mapping = shown
    press(page, "pathTool")
    pull(page, [(-1, 0), (1, 0)])
    cartographer.walk()
    with qtbot.waitSignal(mapping.exported, timeout=20_000) as written:
        press(page, "exportPathButton")
    assert written.args == [str(tmp_path / "chosen.mp4")]
    assert (tmp_path / "chosen.mp4").stat().st_size > 1000
    assert "units in 60 frames" in text(page, "pathNote")


def test_a_film_that_cannot_be_written_says_why(
    shown: Map, exports: MapController, qtbot: QtBot, tmp_path: Path
) -> None:
    page, _, cartographer, mapping = shown
    press(page, "pathTool")
    pull(page, [(-1, 0), (1, 0)])
    cartographer.walk()
    (tmp_path / "file").touch()
    with qtbot.waitSignal(mapping.refused, timeout=20_000) as heard:
        mapping.film.write(tmp_path / "file" / "film.gif")
    assert heard.args is not None
    assert heard.args[0].startswith("The export failed: ")
    assert "units in 60 frames" in text(page, "pathNote")


def test_the_sheet_of_the_view_or_of_the_lasso_is_asked_for(
    shown: Map, exports: MapController
) -> None:
    page, _, cartographer, _mapping = shown
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(page, Qt.Key.Key_M, modifiers)
    dialog = page.findChild(SheetDialog)
    assert dialog is not None
    assert dialog.isVisible()
    plan = dialog.plan()
    assert plan is not None
    assert plan.left == pytest.approx(page.map.view_rect().left, rel=1e-3)
    assert "sheet" in cartographer.asked
    dialog.close()
    press(page, "lassoTool")
    pull(page, [(-1, -0.5), (1, -0.5), (1, 0.5), (-1, 0.5)])
    cartographer.survey()
    press(page, "exportRegionButton")
    assert dialog.isVisible()
    dialog.close()
