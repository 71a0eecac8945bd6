"""A curve that can be read: gaps, outliers, scales, terms, and one time axis for two plots."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from studio.views import theme
from studio.views.curve_canvas import CurveCanvas
from studio.views.loss_plot import LossPlot

STEPS = np.arange(4_000)


@pytest.fixture
def plot(qapp, qtbot):
    theme.apply(qapp, "dark")
    widget = LossPlot("discriminator", "discriminatorLossPlot")
    qtbot.addWidget(widget)
    widget.resize(600, 320)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def canvas(plot: LossPlot) -> CurveCanvas:
    return plot.findChild(CurveCanvas)


def picture(plot: LossPlot) -> QImage:
    return canvas(plot).grab().toImage()


def columns_with(plot: LossPlot, colour: str) -> set[int]:
    """In which pixel columns the plot shows this colour."""
    image = picture(plot)
    wanted = QColor(colour).rgb()
    return {
        x
        for x in range(image.width())
        for y in range(image.height())
        if image.pixel(x, y) == wanted
    }


def noisy(size: int = 4_000, around: float = 0.69) -> np.ndarray:
    return around + np.random.default_rng(0).normal(0, 0.05, size)


def test_before_the_first_round_it_says_what_will_come(plot):
    hint = next(c for c in plot.findChildren(QLabel) if "first round" in c.text())
    assert hint.isVisible()
    assert plot.readout() == "–"
    plot.set_curves(STEPS, {"total": noisy()}, "total")
    assert not hint.isVisible()
    plot.clear()
    assert hint.isVisible()
    assert plot.readout() == "–"


def test_the_header_tells_the_value_now(plot):
    values = np.concatenate([np.full(3_000, 2.0), np.full(1_000, 0.641)])
    plot.set_curves(STEPS, {"total": values}, "total")
    assert plot.readout() == "0.641"


def test_the_curve_has_the_colour_of_its_role(plot):
    plot.set_curves(STEPS, {"total": np.linspace(1, 2, 4_000)}, "total")
    assert len(columns_with(plot, theme.DARK.discriminator)) > 300
    plot.set_role("generator")
    assert len(columns_with(plot, theme.DARK.generator)) > 300
    assert not columns_with(plot, theme.DARK.discriminator)


def test_values_that_are_no_numbers_are_gaps(plot):
    values = np.linspace(1, 2, 4_000)
    values[1_000:3_000] = np.nan
    values[1_500] = np.inf
    plot.set_curves(STEPS, {"total": values}, "total")
    drawn = sorted(columns_with(plot, theme.DARK.discriminator))
    gaps = np.diff(drawn)
    assert gaps.max() > 200


@pytest.mark.parametrize("values", [np.full(4_000, np.nan), np.zeros(4_000), np.full(4_000, -3.0)])
@pytest.mark.parametrize("log", [False, True])
def test_no_curve_is_too_odd_to_be_drawn(plot, values, log):
    plot.set_log(log)
    plot.set_equilibrium(0.0, "balance")
    plot.set_curves(STEPS, {"total": values, "other": -values}, "total")
    picture(plot)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_the_first_rounds_are_drawn_too(plot, size):
    plot.set_curves(np.arange(size), {"total": np.ones(size)}, "total")
    picture(plot)


def test_one_outlier_does_not_flatten_the_curve(plot):
    values = noisy()
    values[2_000] = 10
    plot.set_curves(STEPS, {"total": values}, "total")
    low, high = plot.value_range()
    assert 0.4 < low < high < 1.1


def test_the_range_holds_the_equilibrium_if_it_is_near(plot):
    plot.set_equilibrium(0.8, "equilibrium")
    plot.set_curves(STEPS, {"total": noisy()}, "total")
    assert plot.value_range()[1] > 0.8
    assert any("equilibrium 0.8" in label.text() for label in plot.findChildren(QLabel))
    plot.set_equilibrium(50.0, "equilibrium")
    assert plot.value_range()[1] < 2


def test_a_logarithmic_scale_shows_powers_of_ten(plot):
    plot.set_log(True)
    plot.set_curves(STEPS, {"total": np.geomspace(1e-3, 10, 4_000)}, "total")
    low, high = plot.value_range()
    assert low == pytest.approx(-3, abs=0.5)
    assert high == pytest.approx(1, abs=0.5)
    assert plot.note() == ""


def test_a_curve_below_zero_stays_linear_and_says_so(plot):
    plot.set_log(True)
    plot.set_curves(STEPS, {"total": np.linspace(-5, 1, 4_000)}, "total")
    assert plot.note() == "linear: it goes below zero"
    assert plot.value_range()[0] < -4
    plot.set_log(False)
    assert plot.note() == ""


def test_terms_can_be_switched(plot):
    plot.set_curves(STEPS, {"total": noisy(), "d_fake": noisy(around=5)}, "total")
    assert plot.value_range()[1] > 4
    chip = plot.findChild(QToolButton, "term_d fake")
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert plot.value_range()[1] < 2
    plot.set_terms_shown(True)
    assert chip.isChecked()
    assert plot.value_range()[1] > 4


def test_a_switched_off_term_stays_off_while_the_curve_grows(plot):
    for size in (1_000, 2_000):
        curves = {"total": noisy(size), "d_fake": noisy(size, around=5)}
        plot.set_curves(np.arange(size), curves, "total")
        if size == 1_000:
            chip = plot.findChild(QToolButton, "term_d fake")
            QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert plot.value_range()[1] < 2


def test_the_span_follows_the_training(plot):
    for size in (1_000, 3_000):
        plot.set_curves(np.arange(size), {"total": noisy(size)}, "total")
        assert plot.span() == (0, size - 1)


def wheel(plot: LossPlot, clicks: int) -> None:
    """Turns the wheel in the middle of the plot."""
    port = canvas(plot).viewport()
    at = QPointF(port.rect().center())
    event = QWheelEvent(
        at,
        QPointF(port.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * clicks),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(port, event)


def test_two_plots_share_their_rounds_but_not_their_values(plot, qtbot):
    other = LossPlot("generator", "generatorLossPlot")
    qtbot.addWidget(other)
    other.show()
    plot.link_x(other)
    plot.set_curves(STEPS, {"total": noisy()}, "total")
    other.set_curves(STEPS, {"total": noisy(around=9)}, "total")
    wheel(plot, 5)
    assert plot.span() == pytest.approx(other.span())
    assert plot.span()[1] - plot.span()[0] < 3_500
    assert other.value_range()[0] > plot.value_range()[1]
    # Someone who looks closer is left alone by what comes in.
    plot.set_curves(np.arange(4_100), {"total": noisy(4_100)}, "total")
    assert plot.span()[1] < 4_000
    wheel(other, -50)
    assert plot.span() == (0, 4_099)


def point(qtbot, plot: LossPlot, at: Callable[[], QPoint], until: Callable[[], bool]) -> None:
    """Moves the pointer there until it is noticed: pyqtgraph lays out late and drops fast moves."""
    offsets = itertools.cycle([QPoint(0, 1), QPoint(0, 0)])

    def noticed() -> bool:
        QTest.mouseMove(canvas(plot).viewport(), at() + next(offsets))
        return until()

    qtbot.waitUntil(noticed)


def test_the_pointer_reads_both_curves(plot, qtbot):
    other = LossPlot("generator", "generatorLossPlot")
    qtbot.addWidget(other)
    plot.link_x(other)
    plot.set_smoothing(0)
    for one in (plot, other):
        one.set_curves(STEPS, {"total": STEPS / 1_000}, "total")
    port = canvas(plot).viewport()
    middle = QPoint(56 + (port.width() - 60) // 2, port.height() // 2)
    point(qtbot, plot, lambda: middle, lambda: "at round" in plot.readout())
    value, step = plot.readout().split(" at round ")
    assert float(value) == pytest.approx(int(step.replace(",", "")) / 1_000, abs=1e-3)
    assert 1_800 < int(step.replace(",", "")) < 2_200
    assert other.readout().endswith(f"at round {step}")
    plot.read_at(None)
    assert plot.readout() == "3.980"


def test_marks_are_drawn_and_read(plot, qtbot):
    plot.set_curves(STEPS, {"total": noisy()}, "total")
    before = picture(plot)
    plot.set_marks([(2_000, "learning rate 1e-4")])
    assert picture(plot) != before
    view = canvas(plot).getViewBox()

    def mark() -> QPoint:
        return canvas(plot).mapFromScene(view.mapViewToScene(QPointF(2_000, 0.69)))

    point(qtbot, plot, mark, lambda: canvas(plot).toolTip() == "learning rate 1e-4")
    plot.set_marks([])


def test_a_hidden_plot_draws_nothing_until_it_is_shown(plot):
    plot.hide()
    plot.set_curves(STEPS, {"total": noisy()}, "total")
    assert plot.span() != (0, 3_999)
    plot.show()
    assert plot.span() == (0, 3_999)


def test_histories_that_go_on_growing_are_copied(plot):
    values = noisy()
    plot.set_curves(STEPS, {"total": values}, "total")
    values[:] = 99
    plot.set_smoothing(0.9)
    assert plot.value_range()[1] < 2


def test_the_sentence_is_shown_whole(plot, qtbot):
    text = "0.641. " + "It can hardly tell real from written, and it says so at length. " * 3
    plot.set_sentence(text)
    assert plot.sentence() == text
    plot.resize(420, 320)
    qtbot.wait(20)
    label = plot.findChild(QLabel, "discriminatorLossPlotSentence")
    assert label.height() >= label.heightForWidth(label.width())


def test_it_follows_the_theme(plot, qapp):
    plot.set_curves(STEPS, {"total": noisy()}, "total")
    theme.apply(qapp, "light")
    QApplication.sendPostedEvents()
    image = picture(plot)
    assert image.pixelColor(image.width() - 1, 0) == QColor(theme.LIGHT.surface)
    assert columns_with(plot, theme.LIGHT.discriminator)
    theme.apply(qapp, "dark")


def test_a_million_rounds_are_drawn_with_pauses(plot, qtbot):
    steps = np.arange(1_000_000)
    for around in (1.0, 2.0, 3.0):
        plot.set_curves(steps, {"total": noisy(1_000_000, around)}, "total")
    qtbot.waitUntil(lambda: 2.5 < sum(plot.value_range()) / 2 < 3.5, timeout=10_000)
    plot.hide()


def test_the_cursor_shows_what_was_known_then(plot):
    values = np.concatenate([np.full(2_000, 2.0), np.full(2_000, 0.641)])
    plot.set_curves(STEPS, {"total": values}, "total")
    before = columns_with(plot, theme.DARK.accent)
    plot.set_cursor(1_180)
    assert plot.readout() == "2.000 at step 1,180"
    drawn = columns_with(plot, theme.DARK.accent) - before
    assert 1 <= len(drawn) <= 2
    plot.set_cursor(0)
    assert plot.readout() == "– at step 0", "nothing was known before the first round"
    plot.set_cursor(None)
    assert plot.readout() == "0.641"
    assert columns_with(plot, theme.DARK.accent) == before


def test_the_cursor_stays_while_the_curve_grows(plot):
    plot.set_curves(STEPS, {"total": np.full(4_000, 1.5)}, "total")
    plot.set_cursor(1_000)
    grown = np.concatenate([np.full(4_000, 1.5), np.full(500, 9.0)])
    plot.set_curves(np.arange(4_500), {"total": grown}, "total")
    assert plot.readout() == "1.500 at step 1,000"
    plot.read_at(2_000)
    assert plot.readout().endswith("at round 2,000")
    plot.read_at(None)
    assert plot.readout() == "1.500 at step 1,000", "the pointer gives it back"
    plot.clear()
    assert plot.readout() == "–"


def test_a_penalty_that_has_just_been_turned_on_leaves_room_for_the_rest(plot):
    steps = np.arange(2_000)
    main = np.full(2_000, 0.6, np.float32)
    penalty = np.full(2_000, np.nan, np.float32)
    penalty[1_000:] = 0.5
    penalty[1_000:1_010] = 150
    plot.set_curves(steps, {"total": main, "penalty": penalty}, "total")
    # Its average needs a while to come down.
    assert plot.value_range()[1] < 8


def test_many_terms_take_another_line_and_not_more_width(plot):
    steps = np.arange(100)
    names = ("total", "real", "fake", "d_real", "d_fake", "wrong_names", "penalty")
    curves = {name: np.full(100, 0.5, np.float32) for name in names}
    before = plot.minimumSizeHint().width()
    plot.set_curves(steps, {"game": curves["total"], **curves}, "game")
    plot.resize(420, 320)
    chips = [plot.findChild(QToolButton, f"term_{name.replace('_', ' ')}") for name in names]
    assert plot.minimumSizeHint().width() <= max(before, 420)
    assert plot.width() == 420
    places = [chip.mapTo(plot, chip.rect().topRight()) for chip in chips]
    assert all(place.x() < 420 for place in places)
    assert len({place.y() for place in places}) == 2
