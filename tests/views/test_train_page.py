"""The Train page puts curves, digits and players together."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QSlider,
    QSplitter,
    QTabBar,
    QToolButton,
    QWidget,
)

from studio.state.cards import PlayerRow
from studio.state.microscope import VerdictRow
from studio.views import theme
from studio.views.classes_view import ClassesView
from studio.views.grid_room import GridRoom
from studio.views.loss_plot import LossPlot
from studio.views.measures_view import MeasuresView
from studio.views.players_panel import PlayersPanel
from studio.views.sample_grid import SampleGrid
from studio.views.train_page import TrainPage, weight_at
from studio.views.verdict_line import VerdictLine

GENERATOR = PlayerRow("g", "Generator", "generator", 2e-4, 1, False)
DISCRIMINATOR = PlayerRow("d", "Discriminator", "discriminator", 1e-4, 5, False)
LEARNER = PlayerRow("net", "Autoencoder", "learner", 1e-3, 1, False)


@pytest.fixture
def page(qtbot):
    widget = TrainPage()
    qtbot.addWidget(widget)
    widget.resize(900, 700)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_its_parts_have_stable_names(page):
    assert page.objectName() == "pageTrain"
    assert page.findChild(LossPlot, "discriminatorLossPlot") is page.upper
    assert page.findChild(LossPlot, "generatorLossPlot") is page.lower
    assert page.findChild(SampleGrid, "sampleGrid") is page.grid
    assert page.findChild(PlayersPanel, "playersPanel") is page.players
    assert {s.objectName() for s in page.findChildren(QSplitter)} >= {
        "trainSplitter",
        "trainPlotSplitter",
        "trainInstrumentSplitter",
    }
    assert page.findChild(ClassesView, "classesView") is page.classes
    assert page.findChild(MeasuresView, "measuresView") is page.measures


def test_the_discriminator_is_above_whoever_comes_first(page):
    page.set_players([GENERATOR, DISCRIMINATOR])
    assert page.upper.accessibleName() == "Loss of Discriminator"
    assert page.lower.accessibleName() == "Loss of Generator"
    assert page.plot_of("d") is page.upper
    assert page.plot_of("g") is page.lower


def test_a_lonely_learner_gets_its_terms_below(page):
    page.set_players([LEARNER])
    assert page.upper.accessibleName() == "Loss of Autoencoder"
    assert page.lower.accessibleName() == "Loss of Its terms"
    assert page.plot_of("net") is page.upper


def test_one_look_moves_both_plots(page):
    steps = np.arange(1_000)
    for plot in (page.upper, page.lower):
        plot.set_curves(steps, {"total": np.linspace(1, 2, 1_000)}, "total")
    page.upper.viewed.emit((100.0, 200.0))
    assert page.lower.span() == (100.0, 200.0)


def test_the_controls_reach_both_plots(page):
    noise = 5 + np.random.default_rng(0).normal(0, 1, 1_000)
    for plot in (page.upper, page.lower):
        plot.set_curves(np.arange(1_000), {"total": noise, "part": noise + 100}, "total")
    QTest.mouseClick(
        page.findChild(QCheckBox, "termsSwitch"),
        Qt.MouseButton.LeftButton,
        pos=page.findChild(QCheckBox, "termsSwitch").rect().center(),
    )
    assert all(plot.value_range()[1] < 20 for plot in (page.upper, page.lower))
    page.findChild(QCheckBox, "logSwitch").setChecked(True)
    assert all(plot.value_range()[1] < 2 for plot in (page.upper, page.lower))
    slider = page.findChild(QSlider, "smoothingSlider")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert any(label.text() == "off" for label in page.findChildren(QLabel))


def test_the_slider_goes_from_one_to_a_thousand_rounds():
    assert weight_at(0) == 0
    assert 1 / (1 - weight_at(100)) == pytest.approx(1_000)


def test_the_page_forgets_the_curves_but_not_the_digits(page):
    page.upper.set_curves(np.arange(9), {"total": np.ones(9)}, "total")
    page.grid.set_images(np.zeros((4, 28, 28), dtype=np.uint8))
    page.set_grid_note("Step 9. One pass of the generator.")
    page.set_grid_title("Reconstructions")
    page.clear()
    assert page.upper.readout() == "–"
    assert len(page.grid.images()) == 4
    assert page.findChild(VerdictLine, "verdictLine").text() == "Step 9. One pass of the generator."
    assert page.grid.accessibleDescription() == "Step 9. One pass of the generator."


@pytest.fixture
def players(page):
    page.set_players([DISCRIMINATOR, GENERATOR])
    page.players.said = []
    page.players.learning_rate_changed.connect(lambda *said: page.players.said.append(said))
    page.players.freeze_toggled.connect(lambda *said: page.players.said.append(said))
    page.players.move_requested.connect(lambda *said: page.players.said.append(said))
    return page.players


def test_a_learning_rate_is_typed(players):
    field = players.findChild(QLineEdit, "rate_g")
    assert field.text() == "2e-4"
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "5e-5")
    assert players.said == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert players.said == [("g", 5e-5)]


def test_a_player_is_frozen_by_a_click_and_not_by_a_setter(players):
    button = players.findChild(QToolButton, "freeze_d")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert players.said == [("d", True)]
    frozen = PlayerRow("d", "Discriminator", "discriminator", 1e-4, 5, True)
    players.set_players([frozen, GENERATOR])
    assert players.findChild(QToolButton, "freeze_d") is button
    assert button.isChecked()
    assert players.said == [("d", True)]
    assert "Frozen" in [label.text() for label in players.findChildren(QLabel)]


def test_single_moves_wait_for_a_pause(players):
    button = players.findChild(QToolButton, "move_g")
    players.set_moves_allowed(False)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert players.said == []
    assert "Pause" in button.toolTip()
    players.set_moves_allowed(True)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert players.said == [("g",)]


def test_a_rate_that_is_being_typed_is_not_taken_away(players):
    field = players.findChild(QLineEdit, "rate_g")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "3e")
    players.set_players([DISCRIMINATOR, GENERATOR])
    assert field.text() == "3e"


def test_moves_per_round_are_told(players):
    assert players.findChild(QLineEdit, "moves_d").text() == "5"
    assert players.findChild(QLineEdit, "moves_g").text() == "1"


# -- samples and instruments ------------------------------------------------------------------


@pytest.fixture(scope="module")
def dressed(qapp):
    """Once: it dresses every widget that there has been."""
    theme.apply(qapp, "dark")


@pytest.fixture
def small(dressed, qtbot):
    """The page as it is in a window of 1280 x 800."""
    widget = TrainPage()
    qtbot.addWidget(widget)
    widget.resize(972, 617)
    widget.show()
    qtbot.waitExposed(widget)
    widget.grid.set_images(np.zeros((64, 28, 28), dtype=np.uint8))
    widget.set_grid_note("One pass.")
    return widget


def test_in_a_small_window_digits_are_twice_their_size_and_the_instruments_useful(small):
    assert small.grid.digit_rect(0).width() == 56
    room = small.findChild(GridRoom, "gridRoom")
    assert room.height() >= 7 * 57 - 1
    assert small.instruments.height() >= 140
    bar = room.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    last = small.grid.digit_rect(63)
    assert (
        room.viewport().rect().contains(small.grid.mapTo(room.viewport(), last.bottomRight()), True)
    )


def test_only_whole_rows_are_in_sight(small):
    room = small.findChild(GridRoom, "gridRoom")
    assert (room.viewport().height() + 1) % 57 == 0


def test_in_a_large_window_all_digits_are_in_sight(small):
    small.resize(1_612, 897)
    room = small.findChild(GridRoom, "gridRoom")
    assert room.verticalScrollBar().maximum() == 0
    assert small.grid.digit_rect(0).width() == 84


def test_one_large_picture_is_not_scrolled(small):
    small.grid.set_images(np.zeros((1, 256, 256), dtype=np.uint8))
    small.set_grid_note("The plane.")
    room = small.findChild(GridRoom, "gridRoom")
    assert room.verticalScrollBar().maximum() == 0
    assert small.grid.digit_rect(0).width() == 256


def test_instruments_are_chosen_by_tabs(small):
    said: list[str] = []
    small.instruments.chosen.connect(said.append)
    other = QWidget()
    small.add_instrument("Eyes", other)
    assert small.instruments.titles() == ["Players", "Classes", "Measures", "Eyes"]
    assert small.instruments.current() == "Players"
    tabs = small.findChild(QTabBar, "instrumentTabs")
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(3).center())
    assert other.isVisible()
    assert said == ["Eyes"]
    tabs.setFocus()
    QTest.keyClick(tabs, Qt.Key.Key_Left)
    assert said == ["Eyes", "Measures"]
    assert small.measures.isVisible()
    small.instruments.set_current("Classes")
    small.instruments.set_current("Nobody's")
    assert small.classes.isVisible()
    assert said == ["Eyes", "Measures"], "a setter says nothing"


def test_the_verdict_takes_the_place_of_the_note_and_moves_nothing(small):
    line = small.findChild(VerdictLine, "verdictLine")
    top = small.grid.mapTo(small, small.grid.rect().topLeft())
    assert line.text() == "One pass."
    long = "Since step 2,310 the generator writes almost only 1s and 7s: 78 % of the samples. " * 4
    small.set_verdict(VerdictRow("warning", "Mode collapse", long, ("And more.",)))
    assert line.text().startswith("Mode collapse: Since")
    assert long.strip() in line.toolTip().replace("\n", " ")
    assert "And more." in line.toolTip()
    small.grab()
    assert small.grid.mapTo(small, small.grid.rect().topLeft()) == top
    small.set_verdict(None)
    assert line.text() == "One pass."


def test_every_mood_has_an_icon_and_a_colour(dressed, qtbot):
    line = VerdictLine()
    qtbot.addWidget(line)
    line.resize(400, line.height())
    tokens = theme.tokens(line)
    wanted = {
        "good": tokens.good,
        "warning": tokens.warning,
        "wrong": tokens.wrong,
        "quiet": tokens.quiet,
    }
    for mood, colour in wanted.items():
        line.set_verdict(VerdictRow(mood, "Word", "A sentence."))
        picture = line.grab().toImage()
        places = [(x, y) for x in range(40) for y in range(picture.height())]
        assert colour.lower() in {picture.pixelColor(*place).name() for place in places}


def test_the_plane_takes_the_place_of_the_grid(small):
    plane = QWidget()
    small.set_canvas(plane)
    assert plane.parent() is small.plane_slot
    small.show_plane(True)
    assert plane.isVisible()
    assert not small.grid.isVisible()
    small.show_plane(False)
    assert small.grid.isVisible()


def test_which_reading_is_shown_stands_beside_the_tabs(small):
    small.set_reading("read at step 480")
    note = small.findChild(QLabel, "instrumentNote")
    # Who plays, and what the discriminator sees, is not of that reading.
    for title, text in (("Players", ""), ("Measures", "read at step 480")):
        small.instruments.set_current(title)
        assert note.text() == text
