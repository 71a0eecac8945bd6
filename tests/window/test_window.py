"""The real window, driven by mouse and keyboard: the main job from end to end, in small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from studio.app import Studio, create_window, root
from studio.engine.events import Phase
from tests.window.hands import child, choose, click, stroke, until

NAMES = """
    modelPicker configForm startButton pauseButton stepButton stopButton discriminatorLossPlot
    generatorLossPlot sampleGrid digitCanvas clearButton undoButton redoButton maskButton
    inpaintButton latentMap pageTrain pageDraw pageMap pageLibrary timelineBar timelineStrip
    timelinePlayButton timelineLiveButton timelineBranchButton
"""


def test_other_programs_find_what_they_rely_on(window: QMainWindow, studio: Studio) -> None:
    assert window.objectName() == "mainWindow"
    for name in NAMES.split():
        child(window, name)
    assert window.findChild(QAction, "exportGridAction") is not None


def test_the_shipped_model_shows_something_before_anything_is_trained(
    window: QMainWindow, studio: Studio
) -> None:
    assert root.PRETRAINED.exists()
    until(lambda: len(studio.train.grid.images()) == 64)
    assert studio.train.grid.images().std() > 20
    assert "pretrained" in studio.exploring.line()


def test_a_gan_trains_live_and_its_losses_come_apart(
    window: QMainWindow, studio: Studio, tmp_path: Path
) -> None:
    choose(studio, "gan", steps=100_000, batch_size=16)
    click(window, "startButton")
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 40)
    run = studio.state.data
    assert run is not None
    assert {"discriminator", "generator"} == run.players.keys()
    assert "0." in studio.train.upper.sentence()
    first = studio.train.grid.images().copy()
    until(lambda: not np.array_equal(studio.train.grid.images(), first))

    click(window, "pauseButton")
    until(lambda: studio.state.phase is Phase.PAUSED)
    step = run.pace.step
    click(window, "stepButton")
    until(lambda: run.pace.step == step + 1)
    studio.train.players.move_requested.emit("discriminator")
    until(lambda: run.pace.step == step + 2)
    assert len(run.players["discriminator"].steps) == len(run.players["generator"].steps) + 1

    studio.exporting.write("grid", tmp_path / "grid.png")
    studio.exporting.write("csv", tmp_path / "curves.csv")
    studio.exporting.write("svg", tmp_path / "curves.svg")
    studio.exporting.write("film", tmp_path / "film.gif")
    until(lambda: len(list(tmp_path.iterdir())) == 4)
    with Image.open(tmp_path / "grid.png") as picture:
        assert "modescope" in picture.text  # type: ignore[attr-defined]
    assert (tmp_path / "curves.csv").read_text().startswith("player,term,step,value")

    click(window, "stopButton")
    until(lambda: studio.state.phase is Phase.FINISHED)


def test_a_drawn_digit_is_read_placed_and_filled_in(window: QMainWindow, studio: Studio) -> None:
    until(lambda: studio.exploring.current is not None)
    click(window, "pageButtonDraw")
    canvas = studio.draw.canvas
    stroke(canvas, (0.3, 0.25), (0.7, 0.25), (0.5, 0.8))
    drawn = canvas.image()
    assert drawn.any()
    until(lambda: studio.draw_room.drawing.answered)
    click(window, "undoButton")
    assert not canvas.image().any()
    click(window, "redoButton")
    assert np.array_equal(canvas.image(), drawn)

    click(window, "maskButton")
    stroke(canvas, (0.4, 0.6), (0.6, 0.6), (0.6, 0.8), (0.4, 0.8))
    assert canvas.mask().any()
    click(window, "inpaintButton")
    until(lambda: studio.draw_room.filling.completed)

    click(window, "pageButtonMap")
    until(lambda: studio.map_room.mapping.settled)
    plane = child(window, "latentMap")
    before = studio.map.map.centre()
    QTest.mousePress(plane, Qt.MouseButton.LeftButton, pos=QPoint(600, 300))
    QTest.mouseMove(plane, QPoint(560, 320))
    QTest.mouseMove(plane, QPoint(500, 350))
    QTest.mouseRelease(plane, Qt.MouseButton.LeftButton, pos=QPoint(500, 350))
    assert studio.map.map.centre() != before

    # A digit of the map becomes the drawing.
    QTest.mouseClick(plane, Qt.MouseButton.LeftButton, pos=QPoint(600, 300))
    until(lambda: "classifier reads" in child(window, "pickText").text())  # type: ignore[attr-defined]
    click(window, "sendToDrawButton")
    assert studio.draw.isVisible()
    assert not np.array_equal(canvas.image(), drawn)


def test_drawing_and_the_map_follow_a_model_in_training(
    window: QMainWindow, studio: Studio
) -> None:
    click(window, "pageButtonDraw")
    stroke(studio.draw.canvas, (0.5, 0.2), (0.5, 0.8))
    choose(studio, "vae", steps=100_000, latent_dim=2, hidden=32, batch_size=16)
    studio.training.start()
    until(lambda: studio.exploring.training and studio.draw_room.drawing.answered)
    assert "training" in studio.exploring.line()
    click(window, "pageButtonMap")
    until(lambda: studio.map_room.mapping.settled)
    first = studio.exploring.current
    until(lambda: studio.exploring.current is not first)
    assert studio.exploring.current is not None
    assert studio.exploring.current.same_model


def test_closing_while_it_trains_keeps_the_run(window: QMainWindow, studio: Studio) -> None:
    choose(studio, "gan", steps=100_000, batch_size=16)
    click(window, "startButton")
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 5)
    window.close()
    assert not studio.state.active
    from studio.library.runs import list_runs

    newest = list_runs()[0]
    assert newest.head is not None
    assert newest.head.state == "suspended"
    assert newest.has_weights


def test_a_run_that_is_discarded_leaves_nothing(window: QMainWindow, studio: Studio) -> None:
    from studio.library.runs import list_runs

    before = len(list_runs())
    choose(studio, "gan", steps=100_000, batch_size=16)
    studio.training.start()
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 5)
    studio.transport.stop_requested.emit(False)
    until(lambda: not studio.state.active)
    assert len(list_runs()) == before


def test_wrong_settings_are_told_in_one_sentence(window: QMainWindow, studio: Studio) -> None:
    choose(studio, "gan")
    until(lambda: True)  # the rows of the model before go with the next turn of the event loop
    field = studio.form.findChild(QWidget, "field_learning_rate_d")
    assert field is not None
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "fast")
    studio.training.start()
    assert studio.state.data is None
    assert studio.window.notice.isVisible()
    assert studio.window.notice.text()


def test_the_theme_and_the_layout_are_remembered(qtbot: QtBot, small_data: None) -> None:
    def open_window() -> tuple[Studio, QSplitter]:
        window = create_window()
        window.resize(1600, 900)
        window.show()
        found, splitter = window.findChild(Studio), window.findChild(QSplitter, "trainSplitter")
        assert isinstance(found, Studio)
        assert isinstance(splitter, QSplitter)
        until(lambda: found.loader.isFinished())
        return found, splitter

    def close(studio: Studio) -> None:
        studio.window.close()
        studio.window.deleteLater()

    first, splitter = open_window()
    first.window.scheme_chosen.emit("light")
    splitter.setSizes([700, 400])
    arranged = splitter.sizes()
    close(first)
    second, splitter = open_window()
    assert second.window.palette().window().color().lightness() > 128
    assert splitter.sizes() == pytest.approx(arranged, abs=8)
    second.window.scheme_chosen.emit("dark")
    close(second)
    third, _ = open_window()
    assert third.window.palette().window().color().lightness() < 128
    close(third)


def test_all_keys_are_shown_at_a_key(window: QMainWindow, studio: Studio) -> None:
    (action,) = [a for a in window.findChildren(QAction) if a.shortcut().toString() == "F1"]
    action.trigger()
    card = child(window, "keysCard")
    assert card.isVisible()
    words = {label.text() for label in card.findChildren(QLabel)}
    assert {"Space", "one round", "Ctrl+E   Ctrl+Shift+E"} <= words
    QTest.keyClick(card, Qt.Key.Key_Escape)
    until(lambda: not any(w.objectName() == "keysCard" for w in QApplication.topLevelWidgets()))


def test_each_shortcut_belongs_to_one_action(window: QMainWindow, studio: Studio) -> None:
    """Two actions with one key are ambiguous to Qt, and neither works."""
    owners: dict[str, set[str]] = {}
    for action in window.findChildren(QAction):
        for keys in action.shortcuts():
            owners.setdefault(keys.toString(), set()).add(action.text())
    assert {keys: names for keys, names in owners.items() if len(names) > 1} == {}
