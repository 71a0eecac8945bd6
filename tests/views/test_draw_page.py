"""The Draw page: what the tools do, what the answers show, what the signals say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
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

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


@pytest.fixture
def page(qtbot: QtBot) -> DrawPage:
    names = ("answers", "fill", "rewrite", "mine")
    tabs = [Tab(name.title(), name, QLabel(f"The {name}"), f"About {name}") for name in names]
    widget = DrawPage(tabs)
    qtbot.addWidget(widget)
    widget.resize(1280, 668)
    widget.show()
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


def test_what_is_seen_is_shown_and_said(page: DrawPage) -> None:
    page.set_model_line("GAN, step 2,310, training")
    page.set_seen(np.full((28, 28), 250, np.uint8))
    for text in ("GAN, step 2,310, training", "centred by mass", "What the models see"):
        assert text in texts(page)
    picture = page._seen.picture
    assert picture.width() == 84
    assert picture.grab().toImage().pixelColor(50, 50).lightness() == 250
    page.set_seen(None)
    assert "Draw a digit" in texts(page)


def test_a_model_that_reads_no_digits_says_so(page: DrawPage) -> None:
    page.set_abilities(False, False, "It writes points.", "It writes points.")
    assert not page.findChild(QWidget, "testDigitButton").isEnabled()
    assert "It writes points." in texts(page)
    page.set_abilities(True, False, "By the encoder.", "It cannot fill in.")
    assert page.findChild(QWidget, "testDigitButton").isEnabled()


def test_setters_emit_nothing(page: DrawPage, qtbot: QtBot) -> None:
    with (
        qtbot.assertNotEmitted(page.drawing_changed),
        qtbot.assertNotEmitted(page.centring_changed),
        qtbot.assertNotEmitted(page.tab_changed),
    ):
        page.set_seen(ramp(1)[0])
        page.set_abilities(True, True, "", "")
        page.show_tab("rewrite")
        page.show_tab("no such tab")
    assert page.tab() == "rewrite"


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


def test_a_click_and_a_key_choose_a_tab(page: DrawPage) -> None:
    heard: list[str] = []
    page.tab_changed.connect(heard.append)
    assert page.tab() == "answers"
    bar = page.findChild(QTabBar, "answerTabBar")
    QTest.mouseClick(bar, LEFT, pos=bar.tabRect(2).center())
    assert "The rewrite" in texts(page)
    QTest.keyClick(page.canvas, Qt.Key.Key_4, BOTH)
    assert page.tab() == "mine"
    QTest.keyClick(page.canvas, Qt.Key.Key_9, BOTH)
    assert heard == ["rewrite", "mine"]
    assert bar.tabToolTip(3) == "About mine (Ctrl+Alt+4)"


def test_f_shows_the_tab_that_fills_in_and_asks(page: DrawPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.inpaint_requested):
        QTest.keyClick(page.canvas, Qt.Key.Key_F)
    assert page.tab() == "fill"


def test_the_button_among_the_tools_does_the_same(page: DrawPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.inpaint_requested):
        QTest.mouseClick(page.findChild(QToolButton, "inpaintButton"), LEFT)
    assert page.tab() == "fill"


def test_the_answers_have_the_room_that_they_need(page: DrawPage) -> None:
    assert page.tabs.width() >= 650
    assert page.tabs.height() >= 440


@pytest.mark.parametrize(
    ("size", "least"),
    [
        ((960, 600), 364),
        ((1064, 472), 336),  # the smallest window, with a notice above the page
        ((1064, 518), 392),
        ((1264, 572), 448),
        ((1264, 618), 476),
        ((1920, 950), 448),
    ],
)
def test_it_fits_and_grows_and_shrinks(page: DrawPage, size: tuple[int, int], least: int) -> None:
    page.show_preview(True)
    page.resize(1920, 950)
    page.resize(*size)
    assert (page.width(), page.height()) == size, "the page asked for more room"
    sheet = page.canvas.geometry()
    assert sheet.width() == sheet.height() >= least
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


def test_switches_show_the_framing_and_the_pixels(page: DrawPage) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[3:12, 2:6] = np.arange(60, 240, 20)[:, None]
    page.canvas.set_image(image)
    pictures = [page.canvas.grab().toImage()]
    for name in ("framingSwitch", "pixelsSwitch"):
        press(page, name)
        pictures.append(page.canvas.grab().toImage())
        assert pictures[-1] != pictures[-2]
    page.findChild(QCheckBox, "centringSwitch").click()
    assert page.canvas.grab().toImage() != pictures[-1], "nothing is moved any more"
    for name in ("framingSwitch", "pixelsSwitch"):
        press(page, name)
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
