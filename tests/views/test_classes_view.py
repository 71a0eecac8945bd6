"""Bars in the colours of the classes, cells where only their number is known."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel

from studio.state.microscope import Bar, Census
from studio.views import theme
from studio.views.classes_view import ClassesView, _cells


def digits(*shares: float) -> Census:
    bars = [
        Bar(str(d), d, share, 0.1, share >= 0.01, f"{d}: {100 * share:.0f} %.")
        for d, share in enumerate(shares)
    ]
    return Census("2 of 10 digits", (*bars, Bar("none", None, 0.2, None, True, "No digit: 20 %.")))


@pytest.fixture(params=["dark", "light"], scope="module")
def tokens(qapp, request):
    yield theme.apply(qapp, request.param)
    theme.apply(qapp, "dark")


@pytest.fixture
def view(qapp, qtbot, tokens):
    widget = ClassesView()
    qtbot.addWidget(widget)
    widget.resize(482, 120)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def heights(picture: QImage, colour: str) -> int:
    """How many rows have this colour somewhere."""
    wanted = QColor(colour).rgb()
    return sum(
        any(picture.pixel(x, y) == wanted for x in range(picture.width()))
        for y in range(picture.height())
    )


def test_every_digit_has_its_own_colour_and_its_share_its_height(view):
    view.set_census(digits(0.4, 0.2, *[0.0] * 8))
    picture = view.grab().toImage()
    high, low = heights(picture, theme.CLASS_COLOURS[0]), heights(picture, theme.CLASS_COLOURS[1])
    assert high > 40
    assert low == pytest.approx(high / 2, abs=3)
    assert heights(picture, theme.CLASS_COLOURS[5]) == 0


def test_the_words_say_what_the_bars_show(view):
    view.set_census(digits(0.4, 0.2, *[0.02] * 8))
    assert view.findChild(QLabel, "classesSummary").text() == "2 of 10 digits"
    assert "0: 40 %." in view.accessibleDescription()
    assert "No digit: 20 %." in view.accessibleDescription()
    assert view.words_at(QPointF(66, 20)) == "1: 20 %."
    assert view.words_at(QPointF(470, 20)) == "No digit: 20 %."


def test_a_pointer_that_rests_on_a_bar_reads_it(view):
    view.set_census(digits(0.4, 0.2, *[0.02] * 8))
    chart = view.findChild(type(view._chart), "classesChart")
    place = QPoint(20, 20)
    event = QHelpEvent(QEvent.Type.ToolTip, place, chart.mapToGlobal(place))
    assert QApplication.sendEvent(chart, event)


@pytest.mark.parametrize(("alive", "total"), [(3, 8), (17, 25), (212, 1_000)])
def test_cells_are_counted(view, tokens, alive, total):
    view.set_census(Census("some", alive=alive, total=total))
    picture = view._chart.grab().toImage()
    columns, side = _cells(view._chart.width(), view._chart.height(), total)
    made = QColor(tokens.generator).rgb()
    found = sum(
        picture.pixel((k % columns) * side, (k // columns) * side) == made for k in range(total)
    )
    assert found == alive
    assert f"{alive:,} of {total:,}" in view.words_at(QPointF(1, 1))


@pytest.mark.parametrize("total", [1, 8, 25, 632, 1_000])
@pytest.mark.parametrize("size", [(482, 80), (200, 72), (800, 300)])
def test_cells_fit_into_their_room(size, total):
    columns, side = _cells(*size, total)
    assert columns * side <= size[0]
    assert -(-total // columns) * side <= size[1]


def test_many_spots_have_bars_without_figures(view, tokens):
    spots = tuple(Bar("", None, 1 / 25, 1 / 25, True, f"Spot {k}.") for k in range(25))
    view.set_census(Census("25 of 25 spots", spots))
    assert heights(view.grab().toImage(), tokens.generator) > 10
    assert view.words_at(QPointF(5, 5)) == "Spot 0."


def test_nothing_has_been_counted_at_first(view):
    view.set_census(digits(*[0.1] * 10))
    view.set_census(None)
    assert view.words_at(QPointF(20, 20)) == ""
    assert not view.findChild(QLabel, "classesSummary").isVisible()
    view.set_empty_text("Nobody looks at such pictures.")
    view.grab()
