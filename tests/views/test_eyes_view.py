"""The discriminator's opinions on screen: bars, badges, colours of wishes, and the plane."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.views import theme
from studio.views.eyes_view import EMPTY, HINT, EyesView
from studio.views.mixture_view import MixtureView
from studio.views.opinion_line import OpinionLine
from studio.views.sample_grid import SampleGrid
from studio.views.score_histogram import BINS, ScoreHistogram
from studio.views.wishes import diverging, overlaid, poles


def shown(qtbot: QtBot, widget: QWidget, width: int, height: int) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)


def colours(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }


def rgb(colour: str) -> list[int]:
    return [QColor(colour).red(), QColor(colour).green(), QColor(colour).blue()]


# Colours


def test_the_map_of_colours_diverges_from_its_middle() -> None:
    less, more = poles(theme.DARK)
    result = diverging(np.array([-1.0, 0.0, 1.0, 7.0, np.nan]), theme.DARK, theme.DARK.surface)
    assert result.tolist() == [
        rgb(less),
        rgb(theme.DARK.surface),
        rgb(more),
        rgb(more),
        rgb(theme.DARK.surface),
    ]


def test_wishes_lie_over_a_digit_that_can_still_be_seen() -> None:
    digit = np.array([[0, 255], [255, 255]], np.uint8)
    shares = np.array([[1.0, 0.0], [-1.0, 0.0]])
    picture = overlaid(digit, shares, paper=False)
    less, more = poles(theme.DARK)
    assert picture[0, 0].tolist() == rgb(more)
    assert picture[1, 0].tolist() == rgb(less)
    assert 80 < picture[0, 1].max() < 160
    paper = overlaid(digit, np.zeros((2, 2)), paper=True)
    assert paper[0, 0].tolist() == [255, 255, 255]
    assert paper[0, 1].max() < 200


def test_colour_pictures_take_wishes_too() -> None:
    assert overlaid(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4)), paper=False).shape == (4, 4, 3)


# Histogram


def test_every_score_is_counted_once_and_in_its_place(qtbot: QtBot) -> None:
    histogram = ScoreHistogram()
    shown(qtbot, histogram, 300, 120)
    histogram.set_scores(np.array([1.0, 1.0, 0.99]), np.array([0.0, 0.02, 0.5]), percent=True)
    real, fake = histogram.counts()
    assert real[-1] == 3
    assert fake[0] == 2
    assert fake[BINS // 2] == 1
    assert histogram.range() == (0.0, 1.0)
    tokens = theme.tokens(histogram)
    assert {tokens.generator.lower(), tokens.quiet.lower()} <= colours(histogram)


def test_values_have_round_ends(qtbot: QtBot) -> None:
    histogram = ScoreHistogram()
    qtbot.addWidget(histogram)
    histogram.set_scores(np.array([-13.2, 4.1]), np.array([-20.4]), percent=False)
    assert histogram.range() == (-25.0, 5.0)
    assert sum(side.sum() for side in histogram.counts()) == 3
    histogram.set_scores(np.array([2.0]), np.array([2.0]), percent=False)
    low, high = histogram.range()
    assert low < 2 < high
    histogram.set_scores(np.zeros(0), np.array([np.nan]), percent=False)
    histogram.grab()


# The instrument


@pytest.fixture
def eyes(qtbot: QtBot) -> EyesView:
    view = EyesView()
    shown(qtbot, view, 480, 152)
    return view


def label(view: QWidget, name: str) -> QLabel:
    found = view.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found


def test_what_is_missing_is_said_in_one_sentence(eyes: EyesView) -> None:
    assert label(eyes, "eyesEmpty").text() == EMPTY
    assert not eyes.histogram.isVisible()
    eyes.set_scores(np.array([0.9]), np.array([0.1]), percent=True)
    assert eyes.histogram.isVisible()
    eyes.set_empty("VAE has no discriminator.")
    assert label(eyes, "eyesEmpty").text() == "VAE has no discriminator."
    assert not eyes.histogram.isVisible()


def test_the_switch_tells_and_its_setter_does_not(eyes: EyesView, qtbot: QtBot) -> None:
    heard: list[bool] = []
    eyes.badges_toggled.connect(heard.append)
    eyes.set_scores(np.array([0.9]), np.array([0.1]), percent=True)
    eyes.set_badges(True)
    assert heard == []
    assert eyes.badges()
    eyes.findChild(QCheckBox, "badgesSwitch").click()
    assert heard == [False]


def test_words_about_a_sample_come_and_go(eyes: EyesView) -> None:
    eyes.set_scores(np.array([0.9]), np.array([0.1]), percent=True)
    eyes.set_detail("Sample 3: 10 % real.", 0.1)
    assert label(eyes, "eyesDetail").text() == "Sample 3: 10 % real."
    assert theme.tokens(eyes).accent.lower() in colours(eyes.histogram)
    eyes.set_detail("")
    assert label(eyes, "eyesDetail").text() == HINT
    assert theme.tokens(eyes).accent.lower() not in colours(eyes.histogram)


def test_everything_fits_into_the_height_of_an_instrument(eyes: EyesView) -> None:
    eyes.set_scores(np.array([0.9]), np.array([0.1]), percent=True)
    eyes.set_sentence("Real scores higher in 91 % of all pairs: it mostly tells them apart.")
    eyes.set_state("64 real, 64 samples, step 12,310")
    eyes.set_detail("Sample 28: 85 % real; 41 of 64 real digits score lower. A pixel is worth 0.1.")
    assert eyes.heightForWidth(480) <= 118


# Badges and wishes on the grid


@pytest.fixture
def grid(qtbot: QtBot) -> SampleGrid:
    widget = SampleGrid()
    shown(qtbot, widget, 240, 240)
    widget.set_images(np.zeros((4, 28, 28), np.uint8))
    return widget


def orange_in(grid: SampleGrid, index: int) -> bool:
    room = grid.grab().copy(grid.digit_rect(index)).toImage()
    hues = [room.pixelColor(x, y).hue() for x in range(room.width()) for y in range(room.height())]
    wanted = QColor(theme.tokens(grid).discriminator).hue()
    return any(abs(hue - wanted) < 10 for hue in hues)


def test_badges_are_written_on_their_digits_and_taken_off(grid: SampleGrid) -> None:
    assert not orange_in(grid, 0)
    grid.set_badges(["81%", "3%", "55%"])
    assert [orange_in(grid, index) for index in range(4)] == [True, True, True, False]
    grid.set_images(np.full((4, 28, 28), 9, np.uint8))
    assert orange_in(grid, 0), "they stay until the next are known"
    grid.set_badges(())
    assert not orange_in(grid, 0)


def test_badges_leave_small_digits_alone(grid: SampleGrid) -> None:
    grid.set_images(np.zeros((64, 28, 28), np.uint8))
    grid.set_badges(["50%"] * 64)
    assert not orange_in(grid, 0)


def test_wishes_are_shown_over_the_digit_that_is_pointed_at(grid: SampleGrid) -> None:
    heard: list[int] = []
    grid.digit_pointed.connect(heard.append)
    grid.set_wishes(np.ones((4, 28, 28)))
    assert not orange_in(grid, 1)
    QTest.mouseMove(grid._sheet, grid.digit_rect(1).center() - grid._sheet.pos())
    assert heard == [1]
    assert orange_in(grid, 1)
    QTest.keyClick(grid._sheet, Qt.Key.Key_Left)
    assert heard == [1, 0]
    grid.set_wishes(None)
    assert not orange_in(grid, 0)


def test_wishes_of_other_pictures_are_not_shown(grid: SampleGrid) -> None:
    grid.set_wishes(np.ones((2, 9, 9)))
    QTest.mouseMove(grid._sheet, QPoint(5, 5))
    assert not orange_in(grid, 0)
    QTest.keyClick(grid._sheet, Qt.Key.Key_Right)
    QTest.keyClick(grid._sheet, Qt.Key.Key_Down)
    grid.grab()


def test_nothing_is_pointed_at_when_its_digit_is_gone(grid: SampleGrid) -> None:
    heard: list[int] = []
    grid.digit_pointed.connect(heard.append)
    QTest.mouseMove(grid._sheet, grid.digit_rect(3).center() - grid._sheet.pos())
    grid.set_images(np.zeros((1, 28, 28), np.uint8))
    assert heard == [3, -1]


# The plane


def test_points_lie_where_they_belong(qtbot: QtBot) -> None:
    view = MixtureView()
    shown(qtbot, view, 300, 360)
    field = np.zeros((2, 2))
    field[0, 1] = 1.0
    view.set_scene(2.0, np.array([[-1.0, -1.0]]), np.array([[1.0, -1.0]]), field, np.zeros((1, 2)))
    picture = view.plane.grab().toImage()
    tokens = theme.tokens(view)

    def at(x: float, y: float) -> str:
        return picture.pixelColor(view.plane.place_of(x, y).toPoint()).name()

    assert at(1.0, -1.0) == tokens.generator.lower()
    assert at(-1.0, -1.0) == tokens.text.lower()
    more, less = QColor(at(1.9, 1.9)), QColor(at(-1.9, 1.9))
    assert abs(more.hue() - QColor(tokens.discriminator).hue()) < 12, "above at the right"
    assert less.name() == tokens.surface.lower()
    square = view.plane.square()
    assert square.width() == square.height()
    assert view.plane.rect().contains(square.toRect())


def test_without_a_discriminator_there_is_no_field_to_explain(qtbot: QtBot) -> None:
    view = MixtureView()
    shown(qtbot, view, 300, 360)
    points = np.random.default_rng(0).normal(size=(5, 2))
    view.set_scene(2.0, points, points, None, np.zeros((0, 2)))
    assert not view._legend.isVisible()
    view.grab()
    view.set_scene(2.0, points, points, np.ones((3, 3)), points, ("46 % real", "54 % real"))
    assert view._legend.isVisible()
    view.grab()
    view.set_scene(2.0, points, points, np.ones((3, 3)), points * np.nan)
    view.grab()


# The drawing


def test_the_opinion_of_a_drawing_is_hidden_where_nobody_judges(qtbot: QtBot) -> None:
    line = OpinionLine()
    line.set_text("")
    assert line.isHidden()
    line.set_text("Its discriminator: 3 % real.")
    shown(qtbot, line, 400, 60)
    heard: list[bool] = []
    line.wishes_toggled.connect(heard.append)
    assert not line.wishes()
    line.findChild(QCheckBox, "wishesSwitch").click()
    assert heard == [True]
    assert line.wishes()
