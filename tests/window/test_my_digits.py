"""Drawings kept in the real window, and a model that is trained on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMainWindow

from studio import data
from studio.app import Studio, create_window
from studio.data.mine import MyDigits
from studio.engine.events import Phase
from studio.views.mine_grid import MineGrid
from studio.views.mine_tab import MineTab
from tests.window.hands import child, choose, click, stroke, until

real_load = data.load
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch, small_data: None) -> None:
    """A few pen digits, and My digits as they are."""
    few = data.load
    monkeypatch.setattr(
        data,
        "load",
        lambda name, split="train", **more: (
            real_load(name, split) if name == "mine" else few(name, split, **more)
        ),
    )


@pytest.fixture
def studio(
    qapp: object,
    small_data: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Studio]:
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path_factory.mktemp("home")))
    window = create_window()
    window.resize(1280, 800)
    window.show()
    found = window.findChild(Studio)
    assert isinstance(found, Studio)
    until(lambda: found.loader.isFinished() and bool(found.picker.chosen()))
    yield found
    window.close()
    window.deleteLater()


def draw(studio: Studio, number: int) -> None:
    studio.draw.canvas.clear()
    x = 0.35 + 0.03 * number
    stroke(studio.draw.canvas, (x, 0.2), (0.65 - 0.02 * number, 0.5), (0.4, 0.8))


def kept(window: QMainWindow) -> MineGrid:
    found = window.findChild(MineGrid)
    assert found is not None
    return found


def test_from_the_pen_to_a_model_of_ones_own(studio: Studio) -> None:
    window = studio.window
    studio.window.show_page(1)
    for number in range(10):
        draw(studio, number)
        # Whatever tab is in front, and with the focus on the canvas.
        studio.draw.canvas.setFocus()
        QTest.keyClick(studio.draw.canvas, Qt.Key(Qt.Key.Key_0 + number // 5), ALT)
        until(lambda number=number: len(MyDigits().read()) == number + 1)
    assert MyDigits().read().counts().tolist()[:3] == [5, 5, 0]
    studio.draw.show_tab("mine")
    tab = window.findChild(MineTab)
    assert tab is not None
    until(lambda: not kept(window).rect_of(9).isNull())
    train = child(window, "mineTrainButton")
    until(train.isEnabled)
    names = child(window, "field_data")
    assert isinstance(names, QComboBox)
    assert "mine (10)" in [names.itemText(index) for index in range(names.count())]
    click(window, "mineTrainButton")
    assert window.page() == 0  # type: ignore[attr-defined]
    assert studio.run_form.values()["data"] == "mine"
    choose(studio, "vae", steps=4, batch_size=64, hidden=8)
    click(window, "startButton")
    until(lambda: studio.state.data is not None and studio.state.data.phase is Phase.FINISHED)
    run = studio.state.data
    assert run is not None
    assert (run.config.data, run.pace.step) == ("mine", 4)
    # It answers on the Draw page, with one's own digits for reference.
    until(lambda: studio.exploring.current is not None and studio.exploring.current.data == "mine")
    studio.window.show_page(1)
    QTest.mouseDClick(
        kept(window).viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        kept(window).rect_of(7).center(),
    )
    sheet = studio.draw_room.drawing.sheet.seen
    assert sheet is not None
    assert np.abs(sheet.astype(int) - MyDigits().read().images[7]).mean() < 20


def test_another_window_sees_them(studio: Studio) -> None:
    studio.window.show_page(1)
    studio.draw.show_tab("mine")
    MyDigits().add(np.full((28, 28), 200, np.uint8), 4)
    studio.window.show_page(0)
    studio.window.show_page(1)
    until(lambda: not kept(studio.window).rect_of(0).isNull())
