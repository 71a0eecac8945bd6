"""The Draw page: what the tools do, what the answers show, what the signals say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)

from studio.views import theme
from studio.views.code_view import CodeView
from studio.views.draw_page import DrawPage, Tab
from studio.views.pictures import best_grid

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot) -> DrawPage:
    widget = DrawPage()
    qtbot.addWidget(widget)
    widget.resize(960, 700)
    widget.show()
    widget.set_abilities(True, True, "", "")
    return widget


def press(page: DrawPage, name: str) -> None:
    button = page.findChild(QWidget, name)
    assert button is not None, name
    QTest.mouseClick(button, LEFT)


def draw(page: DrawPage, *places: tuple[float, float]) -> None:
    cell = page.canvas.sheet().width() / 28
    points = [QPoint(round(x * cell), round(y * cell)) for x, y in places]
    QTest.mousePress(page.canvas, LEFT, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(page.canvas, point)
    QTest.mouseRelease(page.canvas, LEFT, pos=points[-1])


def texts(page: QWidget) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def ramp(count: int) -> np.ndarray:
    return np.stack([np.full((28, 28), 20 + 30 * k, np.uint8) for k in range(count)])


def test_buttons_undo_redo_and_clear(page: DrawPage) -> None:
    undo, redo = (page.findChild(QToolButton, n) for n in ("undoButton", "redoButton"))
    assert not undo.isEnabled()
    draw(page, (5, 5), (20, 20))
    ink = page.canvas.image()
    assert undo.isEnabled()
    assert undo.toolTip() == "Undo pen stroke (Ctrl+Z)"
    press(page, "undoButton")
    assert not page.canvas.image().any()
    assert redo.isEnabled()
    press(page, "redoButton")
    assert np.array_equal(page.canvas.image(), ink)
    press(page, "clearButton")
    assert not page.canvas.image().any()


def test_tools_follow_the_keys_and_the_keys_work_on_the_whole_page(page: DrawPage) -> None:
    slider = page.findChild(QSlider, "brushSlider")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_M)
    assert page.findChild(QToolButton, "maskButton").isChecked()
    assert page.canvas.tool() == "mask"
    assert slider.value() == round(page.canvas.brush() * 5)
    press(page, "eraserButton")
    assert page.canvas.tool() == "eraser"
    slider.setValue(30)
    assert page.canvas.brush() == 6.0
    assert "6.0 px" in texts(page)


def test_drawing_is_announced(page: DrawPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.drawing_changed):
        draw(page, (5, 5), (20, 20))
    with qtbot.waitSignal(page.test_digit_requested):
        press(page, "testDigitButton")
    switch = page.findChild(QCheckBox, "centringSwitch")
    assert switch.isChecked()
    with qtbot.waitSignal(page.centring_changed) as heard:
        switch.click()
    assert heard.args == [False]


def test_filling_in_needs_a_mask_or_something_erased(page: DrawPage, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(page.inpaint_requested):
        press(page, "inpaintButton")
    assert page.canvas.tool() == "mask", "the page hands over the tool that is missing"
    assert "Nothing is marked yet" in texts(page)
    draw(page, (5, 5), (10, 10))
    with qtbot.waitSignal(page.inpaint_requested):
        press(page, "inpaintButton")
    page.canvas.clear()
    page.canvas.set_tool("pen")
    draw(page, (4, 14), (24, 14))
    page.canvas.set_tool("eraser")
    draw(page, (20, 10), (20, 18))
    with qtbot.waitSignal(page.inpaint_requested):
        press(page, "inpaintButton")
    assert page.canvas.mask()[14, 20]


def test_a_chosen_completion_goes_to_the_canvas_and_comes_back(page: DrawPage) -> None:
    draw(page, (5, 5), (20, 20))
    mine = page.canvas.image()
    page.set_completions(ramp(4), "By resampling under the mask.")
    assert "By resampling under the mask." in texts(page)
    tiles = page.answers.strip.tiles()
    assert len(tiles) == 4
    assert tiles[2].accessibleName() == "Completion 3 of 4"
    QTest.mouseClick(tiles[2], LEFT)
    assert (page.canvas.image() == 80).all()
    page.canvas.undo()
    assert np.array_equal(page.canvas.image(), mine)
    page.set_completions(ramp(2), "Again.")
    assert len(page.answers.strip.tiles()) == 2
    page.set_completions(None, "")
    assert page.answers.strip.tiles() == []


def test_what_a_model_cannot_do_is_disabled_and_says_why(page: DrawPage) -> None:
    page.set_abilities(True, False, "By the encoder.", "This model has no way to fill in.")
    button = page.findChild(QWidget, "inpaintButton")
    assert not button.isEnabled()
    assert button.toolTip() == "This model has no way to fill in."
    assert "This model has no way to fill in." in texts(page)
    assert "By the encoder." in texts(page)
    page.set_abilities(False, True, "This model has no code.", "By search.")
    assert button.isEnabled()
    assert texts(page).count("This model has no code.") == 2


def test_without_a_model_nothing_is_offered(qtbot: QtBot) -> None:
    page = DrawPage()
    qtbot.addWidget(page)
    button = page.findChild(QWidget, "inpaintButton")
    assert not button.isEnabled()
    assert "model is needed" in button.toolTip()


def test_answers_show_their_pictures_and_sentences(page: DrawPage) -> None:
    page.set_model_line("GAN, step 2,310, training")
    page.set_seen(np.full((28, 28), 250, np.uint8))
    page.set_reconstruction(np.full((28, 28), 120, np.uint8), "By the decoder. Error 0.02.")
    page.set_busy("reconstruction", 0.5)
    for text in ("GAN, step 2,310, training", "centred by mass", "By the decoder. Error 0.02."):
        assert text in texts(page)
    for answer, value in ((page._seen, 250), (page.answers.reconstruction, 120)):
        picture = answer.picture
        assert picture.width() >= 112
        assert picture.width() % 28 == 0
        assert picture.grab().toImage().pixelColor(50, 50).lightness() == value
    page.set_busy("", None)
    page.set_seen(None)
    assert "Draw a digit" in texts(page)


def test_setters_emit_nothing(page: DrawPage, qtbot: QtBot) -> None:
    with (
        qtbot.assertNotEmitted(page.drawing_changed),
        qtbot.assertNotEmitted(page.centring_changed),
    ):
        page.set_seen(ramp(1)[0])
        page.set_completions(ramp(3), "x")
        page.set_abilities(True, True, "", "")
        page.set_code(np.zeros(8), None, 0, "8 numbers")


@pytest.mark.parametrize("size", [(960, 700), (1280, 700), (1620, 950)])
def test_nothing_is_clipped_or_overlaps(page: DrawPage, size: tuple[int, int]) -> None:
    page.resize(*size)
    page.set_abilities(True, True, "A sentence of ordinary length. " * 3, "Another one. " * 6)
    page.set_completions(ramp(6), "By optimising the code until the visible pixels agree.")
    QApplication.processEvents()
    assert (page.width(), page.height()) == size, "the page asked for more room"
    whole = page.rect()
    places = {}
    for child in (page.canvas, *page._tools.stops(), page._seen, page.answers.strip, page._inpaint):
        place = child.rect().translated(child.mapTo(page, QPoint(0, 0)))
        assert whole.contains(place), child.objectName()
        places[child] = place
    sheet = places[page.canvas]
    assert sheet.width() >= 448
    assert sheet.width() == sheet.height()
    assert not any(
        place.intersects(sheet) for child, place in places.items() if child is not page.canvas
    )


def test_the_code_view_names_its_entries(qtbot: QtBot) -> None:
    view = CodeView()
    qtbot.addWidget(view)
    view.resize(300, 140)
    view.show()
    view.set_vector(np.array([0.5, -1.25, np.nan, 4.0]))
    assert view.describe(1) == "Value 1 of 4: -1.250"
    assert view.describe(4) == ""
    view.grab()
    view.set_vector(np.random.default_rng(0).normal(size=200))
    view.grab()
    view.set_codes(np.arange(49).reshape(7, 7), 512)
    assert view.describe(8) == "Row 1, column 1: entry 8 of 512"
    view.grab()
    view.set_vector(None)
    assert view.describe(0) == ""
    view.grab()


def test_bars_stand_above_and_below_zero(qtbot: QtBot) -> None:
    view = CodeView()
    qtbot.addWidget(view)
    view.resize(300, 140)
    view.show()
    view.set_vector(np.array([3.0, -3.0]))
    chart = view._chart.grab().toImage()
    accent = theme.tokens(view).accent.lower()
    first, second = (int(24 + 40 * (k + 0.5)) for k in range(2))
    high, low = chart.height() // 4, 3 * chart.height() // 4
    assert chart.pixelColor(first, high).name() == accent
    assert chart.pixelColor(first, low).name() != accent
    assert chart.pixelColor(second, low).name() == accent


@pytest.mark.parametrize(
    ("count", "width", "height", "expected"),
    [
        (4, 600, 130, (112, 4)),
        (6, 372, 180, (84, 3)),
        (1, 200, 200, (196, 1)),
        (8, 10, 10, (28, 1)),
    ],
)
def test_pictures_are_as_large_as_fits(
    count: int, width: int, height: int, expected: tuple[int, int]
) -> None:
    assert best_grid(count, width, height) == expected


class TestTabs:
    """The page whose right side belongs to others."""

    @pytest.fixture
    def page(self, qtbot: QtBot) -> DrawPage:
        names = ("answers", "fill", "rewrite", "mine")
        tabs = [Tab(name.title(), name, QLabel(f"The {name}"), f"About {name}") for name in names]
        widget = DrawPage(tabs)
        qtbot.addWidget(widget)
        widget.resize(1280, 668)
        widget.show()
        return widget

    def test_a_click_and_a_key_choose_a_tab(self, page: DrawPage) -> None:
        heard: list[str] = []
        page.tab_changed.connect(heard.append)
        assert page.tab() == "answers"
        bar = page.findChild(QTabBar, "answerTabBar")
        QTest.mouseClick(bar, LEFT, pos=bar.tabRect(2).center())
        assert "The rewrite" in texts(page)
        QTest.keyClick(page.canvas, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
        assert page.tab() == "mine"
        QTest.keyClick(page.canvas, Qt.Key.Key_9, Qt.KeyboardModifier.AltModifier)
        assert heard == ["rewrite", "mine"]
        assert bar.tabToolTip(3) == "About mine (Alt+4)"

    def test_a_tab_that_is_set_is_not_announced(self, page: DrawPage, qtbot: QtBot) -> None:
        with qtbot.assertNotEmitted(page.tab_changed):
            page.show_tab("rewrite")
            page.show_tab("no such tab")
        assert page.tab() == "rewrite"

    def test_f_shows_the_tab_that_fills_in_and_asks(self, page: DrawPage, qtbot: QtBot) -> None:
        with qtbot.waitSignal(page.inpaint_requested):
            QTest.keyClick(page.canvas, Qt.Key.Key_F)
        assert page.tab() == "fill"
        assert not page.findChild(QWidget, "inpaintButton").isVisible()

    def test_what_is_seen_stands_above_and_the_rest_is_theirs(self, page: DrawPage) -> None:
        page.set_seen(np.full((28, 28), 250, np.uint8))
        page.set_reconstruction(np.full((28, 28), 1, np.uint8), "nobody shows this")
        page.set_code(None, None, 0, "nor this")
        page.set_completions(None, "nor that")
        page.set_busy("reconstruction", 0.5)
        page.set_abilities(True, False, "By the encoder.", "Not for this model.")
        assert "What the models see" in texts(page)
        assert "nobody" not in texts(page)
        picture = page._seen.picture
        assert picture.width() == 112
        assert page.tabs is not None
        assert page.tabs.width() >= 650
        assert page.tabs.height() >= 440

    @pytest.mark.parametrize("size", [(960, 600), (1280, 668), (1920, 950)])
    def test_it_fits_and_grows_and_shrinks(self, page: DrawPage, size: tuple[int, int]) -> None:
        page.show_preview(True)
        page.resize(1920, 950)
        page.resize(*size)
        assert (page.width(), page.height()) == size, "the page asked for more room"
        sheet = page.canvas.geometry()
        assert sheet.width() == sheet.height() >= 448
        for widget in (page.canvas, *page._tools.stops(), *page.switches.stops()):
            place = widget.rect().translated(widget.mapTo(page, QPoint(0, 0)))
            assert page.rect().contains(place), widget.objectName()


def test_the_key_that_looks_back_works_on_the_whole_page(page: DrawPage) -> None:
    heard: list[bool] = []
    page.canvas.before_shown.connect(heard.append)
    page.canvas.take_over(ramp(1)[0])
    slider = page.findChild(QSlider, "brushSlider")
    slider.setFocus()
    assert "A shows what it was before" in texts(page)
    QTest.keyPress(slider, Qt.Key.Key_A)
    QTest.keyRelease(slider, Qt.Key.Key_A)
    assert heard == [True, False]


def test_switches_show_the_framing_and_the_pixels(page: DrawPage, qtbot: QtBot) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[3:12, 2:6] = np.arange(60, 240, 20)[:, None]
    page.canvas.set_image(image)
    pictures = [page.canvas.grab().toImage()]
    for name, signal in (
        ("framingSwitch", page.switches.framing_toggled),
        ("pixelsSwitch", page.switches.pixels_toggled),
    ):
        with qtbot.waitSignal(signal) as heard:
            press(page, name)
        assert heard.args == [True]
        pictures.append(page.canvas.grab().toImage())
        assert pictures[-1] != pictures[-2]
    page.findChild(QCheckBox, "centringSwitch").click()
    assert page.canvas.grab().toImage() != pictures[-1], "nothing is moved any more"
    with (
        qtbot.assertNotEmitted(page.switches.framing_toggled),
        qtbot.assertNotEmitted(page.switches.pixels_toggled),
    ):
        page.switches.set_framing_shown(False)
        page.switches.set_pixels_shown(False)
    assert page.canvas.grab().toImage() == pictures[0]


def test_the_zoom_is_told_with_the_way_back(page: DrawPage) -> None:
    page.canvas.zoom_by(2.0)
    assert "200 % · Ctrl+0 shows the whole sheet" in texts(page)
    page.canvas.fit()
    assert "Ctrl+wheel zooms" in texts(page)


def test_the_rectangle_has_a_button_and_no_brush_size(page: DrawPage) -> None:
    press(page, "rectangleButton")
    assert page.canvas.tool() == "rectangle"
    assert not page.findChild(QSlider, "brushSlider").isEnabled()
    QTest.keyClick(page.canvas, Qt.Key.Key_R)
    assert page.findChild(QToolButton, "penButton").isChecked()
    assert page.findChild(QSlider, "brushSlider").isEnabled()


def test_what_framing_does_is_said(page: DrawPage) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[3:17, 2:9] = 255
    page.canvas.set_image(image)
    page.set_seen(image)
    assert "box of 7 × 14 pixels, scaled to 10 × 20" in texts(page)
