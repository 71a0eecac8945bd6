"""The Rewrite tab: correcting, converting and morphing, by mouse and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSlider, QToolButton, QWidget

from studio.state.rewrite_parts import PARTS
from studio.views.digit_row import DigitRow
from studio.views.film_strip import FilmStrip
from studio.views.pictures import DigitPicture
from studio.views.rewrite_tab import RewriteTab

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
MODELS = [("", "VAE"), ("runs/7", "GAN")]


@pytest.fixture
def tab(qtbot: QtBot) -> RewriteTab:
    widget = RewriteTab()
    qtbot.addWidget(widget)
    widget.resize(700, 440)
    widget.set_models(MODELS)
    widget.show()
    return widget


def greys(count: int) -> np.ndarray:
    return np.stack([np.full((28, 28), 10 * k, np.uint8) for k in range(count)])


def words(count: int) -> list[str]:
    return [f"frame {k}" for k in range(count)]


def texts(widget: QWidget) -> str:
    labels = [label for label in widget.findChildren(QLabel) if label.isVisible()]
    return "\n".join(label.text() for label in labels)


def press(tab: QWidget, name: str) -> None:
    button = tab.findChild(QWidget, name)
    assert button is not None, name
    QTest.mouseClick(button, LEFT)


def shown(tab: QWidget, name: str) -> int:
    """The grey in the middle of a picture."""
    picture = tab.findChild(DigitPicture, name)
    assert picture is not None, name
    middle = picture.rect().center()
    return picture.grab().toImage().pixelColor(middle).red()


def strip(tab: QWidget, name: str) -> FilmStrip:
    found = tab.findChild(FilmStrip, name)
    assert found is not None
    return found


def test_the_slider_goes_from_the_drawing_to_the_plainest(tab: RewriteTab, qtbot: QtBot) -> None:
    take = tab.findChild(QPushButton, "correctTake")
    assert not take.isEnabled()
    tab.set_seen(np.full((28, 28), 200, np.uint8))
    tab.set_strip("correct", greys(11), words(11), "From your drawing to its copy.")
    assert shown(tab, "correctBefore") == 200
    assert shown(tab, "correctAfter") == 50
    assert "frame 5" in texts(tab)
    slider = tab.findChild(QSlider, "correctSlider")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert shown(tab, "correctAfter") == 100
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert shown(tab, "correctAfter") == 0
    row = strip(tab, "correctStrip")
    last = len(row.images()) - 1
    QTest.mouseClick(row, LEFT, pos=row.cell(last).center().toPoint())
    assert slider.value() == 100
    with qtbot.waitSignal(tab.taken) as heard:
        press(tab, "correctTake")
    assert heard.args is not None
    assert (heard.args[0] == 100).all()
    assert "From your drawing to its copy." in texts(tab)


def test_ten_digits_in_the_same_hand_are_taken_over_by_a_click(
    tab: RewriteTab, qtbot: QtBot
) -> None:
    labels = [*"012345678", "9: it never writes one"]
    tab.set_strip("convert", greys(10), labels, "Your 3 in code.")
    row = tab.findChild(DigitRow, "convertDigits")
    assert row.cell(9).right() <= tab.width(), "all ten fit into the smallest tab"
    with qtbot.waitSignal(tab.taken) as heard:
        QTest.mouseClick(row, LEFT, pos=row.cell(7).center().toPoint())
    assert heard.args is not None
    assert (heard.args[0] == 70).all()


def test_a_morph_plays_to_and_fro(tab: RewriteTab, qtbot: QtBot) -> None:
    for name in ("morphPlay", "morphExport", "morphTake"):
        assert not tab.findChild(QWidget, name).isEnabled()
    tab.set_strip("morph", greys(4), words(4), "In a straight line.")
    assert shown(tab, "morphPicture") == 0
    button = tab.findChild(QToolButton, "morphPlay")
    press(tab, "morphPlay")
    qtbot.waitUntil(lambda: shown(tab, "morphPicture") > 0)
    timer = tab.morph._timer
    timer.setInterval(10**6)
    tab.morph._frame, tab.morph._step = 0, 1
    frames = []
    for _ in range(8):
        timer.timeout.emit()
        frames.append(shown(tab, "morphPicture"))
    assert frames == [10, 20, 30, 20, 10, 0, 10, 20]
    row = strip(tab, "morphStrip")
    QTest.mouseClick(row, LEFT, pos=row.cell(2).center().toPoint())
    assert not button.isChecked(), "choosing a frame stops the motion"
    assert shown(tab, "morphPicture") == 20
    with qtbot.waitSignal(tab.taken) as heard:
        press(tab, "morphTake")
    assert heard.args is not None
    assert (heard.args[0] == 20).all()
    with qtbot.waitSignal(tab.export_requested):
        press(tab, "morphExport")


def test_a_hidden_morph_does_not_play(tab: RewriteTab, qtbot: QtBot) -> None:
    tab.set_strip("morph", greys(4), words(4), "")
    press(tab, "morphPlay")
    tab.hide()
    assert not tab.morph._timer.isActive()
    tab.show()
    assert tab.morph._timer.isActive()
    tab.set_reason("morph", "It has no code.")
    assert not tab.morph._timer.isActive(), "there is nothing left to play"


def test_what_the_morph_leads_to_is_asked_for(tab: RewriteTab, qtbot: QtBot) -> None:
    for name, what in (("morphKeep", "keep"), ("morphTest", "test"), ("morphMine", "mine")):
        with qtbot.waitSignal(tab.target_requested) as heard:
            press(tab, name)
        assert heard.args == [what]
    assert tab.path() == "linear"
    with qtbot.waitSignal(tab.path_changed) as heard:
        press(tab, "morphPathspherical")
    assert heard.args == ["spherical"]
    tab.set_first(np.full((28, 28), 90, np.uint8))
    assert shown(tab, "morphPicture") == 90
    assert "The first" in texts(tab)
    tab.set_mine(False)
    mine = tab.findChild(QPushButton, "morphMine")
    assert not mine.isEnabled()
    assert "My digits" in mine.toolTip()


def test_pointing_at_a_frame_shows_it_large(tab: RewriteTab, qtbot: QtBot) -> None:
    heard: list[int | None] = []
    tab.preview.connect(lambda image: heard.append(None if image is None else int(image[0, 0])))
    tab.set_seen(np.full((28, 28), 7, np.uint8))
    tab.set_strip("morph", greys(24), words(24), "")
    row = strip(tab, "morphStrip")
    assert len(row.images()) < 24, "a narrow strip leaves frames out"
    last = len(row.images()) - 1
    QTest.mouseMove(row, row.cell(last).center().toPoint())
    QTest.keyPress(row, Qt.Key.Key_A)
    QTest.keyRelease(row, Qt.Key.Key_A)
    QTest.mouseMove(row, QPoint(row.width() - 1, row.height() - 1))
    assert heard[:3] == [230, 7, 230]
    tab.hide()
    assert heard[-1] is None


def test_a_wider_tab_shows_larger_pictures(tab: RewriteTab, qtbot: QtBot) -> None:
    tab.set_strip("correct", greys(11), words(11), "")
    small = tab.findChild(DigitPicture, "correctAfter").width()
    tab.resize(1130, 700)
    large = tab.findChild(DigitPicture, "correctAfter").width()
    assert large >= 1.5 * small
    assert large % 28 == small % 28 == 0
    assert len(strip(tab, "correctStrip").images()) == 11


def test_the_model_is_chosen_and_stays(tab: RewriteTab, qtbot: QtBot) -> None:
    combo = tab.findChild(QComboBox, "rewriteModel")
    combo.setFocus()
    with qtbot.waitSignal(tab.model_chosen) as heard:
        QTest.keyClick(combo, Qt.Key.Key_Down)
    assert heard.args == ["runs/7"]
    with qtbot.assertNotEmitted(tab.model_chosen):
        tab.set_models([*MODELS, ("new", "Flow")])
    assert tab.model() == "runs/7"
    tab.set_models(MODELS[:1])
    assert tab.model() == ""


def test_why_a_section_is_empty_is_said_there_alone(tab: RewriteTab, qtbot: QtBot) -> None:
    for part in PARTS:
        tab.set_strip(part, greys(10), [*"0123456789"], "How.")
    tab.set_reason("convert", "PixelCNN: it has no code that could be changed.")
    assert "it has no code" in texts(tab.convert)
    assert "it has no code" not in texts(tab.correct) + texts(tab.morph)
    assert len(tab.findChild(DigitRow, "convertDigits").images()) == 0
    assert len(strip(tab, "correctStrip").frames()) == 10
    tab.set_reason("convert", "")
    assert "in your hand" in texts(tab.convert)
    tab.set_busy("morph", True, 0.5)
    tab.set_busy("morph", False, None)
    assert "Draw a digit" in texts(tab)


def test_the_tab_says_when_it_is_on_screen(tab: RewriteTab, qtbot: QtBot) -> None:
    heard: list[bool] = []
    tab.watched_changed.connect(heard.append)
    tab.hide()
    tab.show()
    assert heard == [False, True]


def test_everything_that_is_operated_has_a_name_and_a_tip(tab: RewriteTab, qtbot: QtBot) -> None:
    for widget in tab.findChildren(QWidget):
        if isinstance(widget, QPushButton | QToolButton | QSlider | QComboBox):
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()
            assert widget.toolTip(), widget.objectName()
