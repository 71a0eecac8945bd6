"""Gauges: value, curve, and the line of real data."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from studio.state.microscope import GaugeRow
from studio.views import theme
from studio.views.measures_view import GaugeCell, MeasuresView


def row(name: str, values: list[float], *, ceiling: float | None = None) -> GaugeRow:
    steps = np.arange(len(values), dtype=np.float64) * 100
    newest = values[-1]
    return GaugeRow(
        name,
        name.capitalize(),
        f"{newest:.2f}",
        newest,
        steps,
        np.array(values, dtype=np.float64),
        ceiling,
        None if ceiling is None else 0.05,
        "" if ceiling is None else f"{ceiling:.2f}",
        f"{name} and how to read it.",
    )


@pytest.fixture(params=["dark", "light"], scope="module")
def tokens(qapp, request):
    yield theme.apply(qapp, request.param)
    theme.apply(qapp, "dark")


@pytest.fixture
def view(qapp, qtbot, tokens):
    widget = MeasuresView()
    qtbot.addWidget(widget)
    widget.resize(482, 120)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def columns_of(picture: QImage, colour: str) -> list[int]:
    wanted = QColor(colour).rgb()
    return [
        x
        for x in range(picture.width())
        if any(picture.pixel(x, y) == wanted for y in range(picture.height()))
    ]


def test_each_gauge_has_a_cell_with_its_words(view):
    view.set_gauges([row("kl", [2.0, 1.0]), row("recall", [0.0, 0.5], ceiling=0.9)], 100)
    assert view.names() == ["kl", "recall"]
    cell = view.findChild(GaugeCell, "gauge_recall")
    assert cell.accessibleName() == "Recall: 0.50"
    assert cell.toolTip() == "recall and how to read it."
    assert view.accessibleDescription() == "Kl 1.00; Recall 0.50"


def test_cells_stay_when_values_change(view):
    view.set_gauges([row("kl", [2.0, 1.0])], 100)
    cell = view.findChild(GaugeCell, "gauge_kl")
    view.set_gauges([row("kl", [2.0, 1.0, 0.5])], 200)
    assert view.findChild(GaugeCell, "gauge_kl") is cell
    assert cell.accessibleName() == "Kl: 0.50"


def test_more_room_means_more_columns_and_never_less_than_one(view):
    view.set_gauges([row(f"g{k}", [0.0, 1.0]) for k in range(12)], 100)
    view.grab()
    tops = {cell.y() for cell in view.findChildren(GaugeCell)}
    assert len(tops) == 6
    view.resize(800, 120)
    view.grab()
    assert len({cell.y() for cell in view.findChildren(GaugeCell)}) == 3
    view.resize(100, 120)
    view.grab()
    assert len({cell.y() for cell in view.findChildren(GaugeCell)}) == 12
    assert view.minimumHeight() >= 12 * 35


def test_the_ceiling_is_a_line_across(view, tokens):
    view.set_gauges([row("recall", [0.1, 0.2, 0.3])], 200)
    cell = view.findChild(GaugeCell, "gauge_recall")
    assert columns_of(cell.grab().toImage(), tokens.good) == []
    view.set_gauges([row("recall", [0.1, 0.2, 0.3], ceiling=0.9)], 200)
    assert len(columns_of(cell.grab().toImage(), tokens.good)) > cell.width() / 3


def test_the_cursor_stands_at_its_step(view, tokens):
    view.set_gauges([row("kl", list(np.linspace(2, 0, 11)))], 1_000)
    cell = view.findChild(GaugeCell, "gauge_kl")
    view.set_cursor(500)
    found = columns_of(cell.grab().toImage(), tokens.accent)
    assert found
    assert np.mean(found) == pytest.approx(cell.width() / 2, abs=3)
    view.set_cursor(None)
    assert columns_of(cell.grab().toImage(), tokens.accent) == []


@pytest.mark.parametrize(
    "values", [[0.5], [0.5] * 30, [float("nan")], [1.0, float("nan"), 2.0, 1e300], [0.0, -1e9]]
)
def test_anything_can_be_drawn(view, values):
    view.set_gauges([row("kl", values, ceiling=1.0)], 1_000)
    view.set_cursor(50)
    view.grab()


def test_before_the_first_reading_it_says_what_will_come(view):
    before = view.grab().toImage()
    shades = {before.pixel(x, y) for x in range(before.width()) for y in range(before.height())}
    assert len(shades) > 1
    view.set_gauges([row("kl", [1.0, 2.0])], 100)
    view.set_gauges([], 0)
    assert view.names() == []
