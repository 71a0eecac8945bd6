"""Runs that are looked back at, left, resumed and branched, in the real window."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from studio.app import Studio, create_window
from studio.data.disk import Disk
from studio.engine.events import Failed, Phase
from studio.library.lock import RunLock
from studio.library.opening import load_start, open_run
from studio.library.runs import list_runs, runs_dir
from studio.state.run_data import RunData
from tests.window.hands import child, choose, click, until

SMALL = {"batch_size": 16, "latent_dim": 2, "hidden": 16}


@pytest.fixture(autouse=True)
def _a_shelf_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path / "home"))


def run_of(studio: Studio) -> RunData:
    assert studio.state.data is not None
    return studio.state.data


def train(studio: Studio, steps: int = 100_000, until_step: int = 200) -> RunData:
    choose(studio, "vae", steps=steps, **SMALL)
    studio.training.start()
    until(lambda: run_of(studio).pace.step >= until_step and len(run_of(studio).snapshots) >= 3)
    return run_of(studio)


def stop(studio: Studio) -> None:
    studio.training._on_view_stop_requested(True)
    until(lambda: not studio.state.active)


def test_the_cursor_moves_everything_together(window: QMainWindow, studio: Studio) -> None:
    train(studio)
    stop(studio)
    run = run_of(studio)
    strip = child(window, "timelineStrip")
    live = studio.train.grid.images().copy()
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() // 2, 30))
    QTest.mouseMove(strip, QPoint(strip.width() // 4, 30))
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() // 4, 30))
    quarter = run.pace.step / 4
    until(lambda: studio.timeline.cursor is not None and studio.timeline.cursor < 1.2 * quarter)
    cursor = studio.timeline.cursor
    assert cursor is not None
    assert cursor > 0.8 * quarter
    until(lambda: not np.array_equal(studio.train.grid.images(), live))
    frame = run.frame_at(cursor)
    assert frame is not None
    assert np.array_equal(studio.train.grid.images(), frame.images)

    click(window, "pageButtonMap")
    wanted = max(step for step in run.snapshots if step <= cursor)
    until(lambda: studio.exploring.current is not None and studio.exploring.current.step == wanted)
    until(lambda: studio.map_room.mapping.settled)
    picked: list[np.ndarray] = []
    cartographer = studio.map_room.cartographer
    cartographer.picked.connect(lambda answer: picked.append(answer.digit))
    plane = child(window, "latentMap")
    QTest.mouseClick(plane, Qt.MouseButton.LeftButton, pos=plane.rect().center())
    until(lambda: bool(picked))
    then = picked[-1]
    click(window, "timelineLiveButton")
    until(lambda: studio.exploring.current.step == run.pace.step)  # type: ignore[union-attr]
    until(lambda: not np.array_equal(picked[-1], then))
    click(window, "closePickButton")
    assert studio.timeline.cursor is None
    click(window, "pageButtonTrain")
    until(lambda: np.array_equal(studio.train.grid.images(), live))


def test_a_branch_goes_on_with_other_settings(window: QMainWindow, studio: Studio) -> None:
    parent = train(studio)
    stop(studio)
    folder, step = parent.folder, parent.snapshots[-2]
    studio.timeline.go_to(step)
    click(window, "timelineBranchButton")
    assert f"step {step:,}" in studio.window.notice.text()
    studio.form.set_values({"beta": 3.0, "steps": step + 40})
    studio.training._typed["vae"].update({"beta": 3.0, "steps": step + 40})
    click(window, "startButton")
    until(lambda: run_of(studio).phase is Phase.FINISHED)
    branch = run_of(studio)
    assert branch.folder != folder
    stored = open_run(Path(branch.folder))
    assert stored.record.parent is not None
    assert (stored.record.parent.run, stored.record.parent.step) == (Path(folder).name, step)
    assert stored.record.settings["beta"] == 3.0
    steps = stored.log.players["learner"].steps
    assert (steps[0], steps[-1] + 1) == (step, step + 40)


def test_a_prepared_branch_is_always_in_sight_and_can_be_given_up(
    window: QMainWindow, studio: Studio
) -> None:
    train(studio)
    click(window, "timelineBranchButton")
    assert "stop the training first" in studio.window.notice.text()
    stop(studio)
    assert studio.window.notice.text() == "", "the reason is gone"

    click(window, "timelineBranchButton")
    prepared = studio.window.notice.text()
    studio.notices.show("Written: somewhere", "good")
    click(window, "noticeClose")
    assert studio.window.notice.text() == prepared
    choose(studio, "dense_ae")
    click(window, "startButton")
    assert "choose Variational autoencoder again" in studio.window.notice.text()
    assert not studio.state.active
    click(window, "noticeAction")  # cancel
    assert not studio.training.branching

    click(window, "timelineBranchButton")
    click(window, "noticeClose")
    assert not studio.training.branching
    click(window, "timelineBranchButton")
    studio.training.prepare("vae", {}, {})
    assert studio.window.notice.text() == ""


def test_nothing_is_offered_of_a_run_that_was_discarded(
    window: QMainWindow, studio: Studio
) -> None:
    run = train(studio)
    folder = Path(run.folder)
    studio.transport.stop_requested.emit(False)
    until(lambda: run.finished is not None and not folder.exists())
    assert "trash" in studio.window._message.text()
    assert not child(window, "timelineBranchButton").isEnabled()
    studio.timeline.go_to(run.pace.step // 2)
    click(window, "pageButtonMap")
    until(lambda: studio.exploring.current is not None)
    assert studio.window.notice.text() == ""


def test_the_forms_show_the_run_that_is_opened_or_goes_on(
    window: QMainWindow, studio: Studio
) -> None:
    folder = train(studio).folder
    stop(studio)
    choose(studio, "dense_ae", batch_size=99)
    studio.run_form.set_values({"seed": 7})
    for ask in (studio.library.open_requested, studio.library.resume_requested):
        choose(studio, "dense_ae", batch_size=99)
        studio.run_form.set_values({"seed": 7})
        ask.emit(folder)
        until(lambda: studio.picker.chosen() == "vae")
        assert studio.form.values()["batch_size"] == SMALL["batch_size"]
        assert studio.form.values()["latent_dim"] == SMALL["latent_dim"]
        assert studio.run_form.values()["seed"] == run_of(studio).config.seed
    until(lambda: studio.state.active)
    stop(studio)


def test_a_run_that_was_left_is_offered_and_goes_on(qtbot: QtBot, small_data: None) -> None:
    def open_window() -> Studio:
        window = create_window()
        window.show()
        found = window.findChild(Studio)
        assert isinstance(found, Studio)
        until(lambda: found.loader.isFinished() and bool(found.picker.chosen()))
        return found

    first = open_window()
    run = train(first)
    folder = Path(run.folder)
    first.window.close()
    left = load_start(folder).start.progress.step
    first.window.deleteLater()
    assert left >= 200

    second = open_window()
    until(lambda: "was training when the window was closed" in second.window.notice.text())
    assert f"{left:,}" in second.window.notice.text()
    QTest.mouseClick(child(second.window, "noticeAction"), Qt.MouseButton.LeftButton)
    until(lambda: second.state.phase is Phase.RUNNING and run_of(second).pace.step > left)
    again = run_of(second)
    assert Path(again.folder) == folder
    steps = again.players["learner"].steps
    assert steps.tolist() == list(range(len(steps))), "the history is whole"
    stop(second)
    second.window.close()
    second.window.deleteLater()
    assert len(list_runs()) == 1


def test_quitting_while_training_asks_once(window: QMainWindow, studio: Studio) -> None:
    train(studio, until_step=20)

    def by_hand() -> None:
        event = QCloseEvent()
        studio.window._quitting = True
        QApplication.sendEvent(window, event)

    by_hand()
    box = window.findChild(QMessageBox, "quitQuestion")
    assert box is not None
    assert "is training" in box.text()
    assert studio.state.active
    until(lambda: box.isVisible())
    stay = box.findChild(QPushButton, "stayButton")
    assert stay is not None
    QTest.mouseClick(stay, Qt.MouseButton.LeftButton)
    until(lambda: studio.window._asking is None)
    assert studio.state.active
    assert window.isVisible()

    by_hand()
    until(lambda: studio.window._asking is not None and studio.window._asking.isVisible())
    assert studio.window._asking is not None
    leave = studio.window._asking.findChild(QPushButton, "quitButton")
    assert leave is not None
    QTest.mouseClick(leave, Qt.MouseButton.LeftButton)
    until(lambda: not window.isVisible())
    assert not studio.state.active


def test_nothing_is_asked_when_nothing_trains(window: QMainWindow, studio: Studio) -> None:
    studio.window._quitting = True
    window.close()
    assert not window.isVisible()


def test_a_disk_that_fails_pauses_once_and_both_ways_on_work(
    window: QMainWindow, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = False
    fsync = Disk.fsync

    def maybe(self: Disk, fd: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(self, fd)

    monkeypatch.setattr(Disk, "fsync", maybe)
    run = train(studio)
    full = True
    until(lambda: studio.state.phase is Phase.PAUSED)
    assert "no space left" in studio.window.notice.text()
    assert studio.window._saving_fails, "the question before quitting must not promise too much"
    good = load_start(Path(run.folder)).start.progress.step
    click(window, "noticeAction")  # try again, in vain
    assert "not saved yet" in studio.window.notice.text()
    until(lambda: studio.state.phase is Phase.RUNNING)
    studio.continuing._on_noticed(run.notices[-1])
    until(lambda: studio.state.phase is Phase.PAUSED)
    click(window, "noticeSecond")  # go on without saving
    assert "not saved yet" in studio.window.notice.text()
    paused_at = run.pace.step
    until(lambda: run.pace.step > paused_at + 50)
    assert studio.state.phase is Phase.RUNNING
    assert len([n for n in run.notices if n.saving is False]) == 1
    assert load_start(Path(run.folder)).start.progress.step == good
    full = False
    click(window, "pauseButton")  # a pause saves
    until(lambda: studio.state.phase is Phase.PAUSED)
    until(lambda: "works again" in studio.window.notice.text())
    assert load_start(Path(run.folder)).start.progress.step == run.pace.step


def test_the_library_lists_opens_and_resumes(window: QMainWindow, studio: Studio) -> None:
    train(studio)
    stop(studio)
    played = run_of(studio).pace.step
    first = Path(run_of(studio).folder)
    choose(studio, "dense_ae", steps=20, batch_size=16)
    studio.training.start()
    until(lambda: run_of(studio).phase is Phase.FINISHED and run_of(studio).config.model != "vae")
    click(window, "pageButtonLibrary")
    until(lambda: len(studio.library.shelf.cards()) == 2)
    studio.library.select(first.name)
    studio.library.open_requested.emit(str(first))
    until(lambda: Path(run_of(studio).folder) == first)
    assert studio.window.page() == 0
    assert run_of(studio).pace.step == played
    assert len(run_of(studio).film) >= 3
    until(lambda: len(studio.train.grid.images()) == 64)
    click(window, "pageButtonMap")
    until(lambda: studio.exploring.current is not None and studio.exploring.current.step == played)
    click(window, "pageButtonLibrary")
    studio.library.resume_requested.emit(str(first))
    until(lambda: studio.state.phase is Phase.RUNNING and run_of(studio).pace.step > played)
    stop(studio)
    assert Path(run_of(studio).folder) == first
    assert runs_dir() == first.parent


def test_a_run_that_another_program_writes_is_shown_and_not_resumed(
    window: QMainWindow, studio: Studio
) -> None:
    train(studio)
    stop(studio)
    folder = Path(run_of(studio).folder)
    with RunLock(folder):
        click(window, "pageButtonLibrary")
        until(lambda: bool(studio.library.shelf.cards()))
        studio.library.resume_requested.emit(str(folder))
        until(lambda: "Another program" in studio.window.notice.text())
        assert not studio.state.active
        studio.library.open_requested.emit(str(folder))
        until(lambda: studio.window.page() == 0)


@pytest.mark.parametrize(
    ("cause", "label"), [("diverged", "half the rate"), ("memory", "batches of 8")]
)
def test_what_went_wrong_offers_to_go_on_from_the_last_good_state(
    window: QMainWindow, studio: Studio, cause: Literal["diverged", "memory"], label: str
) -> None:
    train(studio)
    stop(studio)
    parent = run_of(studio)
    good = load_start(Path(parent.folder)).start.progress
    failed = Failed(parent.config.run, parent.pace.step, "It went wrong.", cause, good.step)
    studio.state.apply([failed])
    button = child(window, "noticeAction")
    assert isinstance(button, QPushButton)
    assert label in button.text()
    click(window, "noticeAction")
    until(lambda: run_of(studio).folder not in ("", parent.folder))
    until(lambda: run_of(studio).pace.step > good.step + 5)
    stop(studio)
    branch = open_run(Path(run_of(studio).folder))
    assert branch.record.parent is not None
    assert branch.record.parent.step == good.step
    before = parent.config.settings
    if cause == "diverged":
        rate = float(str(branch.record.settings["learning_rate"]))
        assert rate == pytest.approx(float(getattr(before, "learning_rate")) / 2)  # noqa: B009
    else:
        assert branch.record.settings["batch_size"] == before.batch_size // 2
    assert branch.log.players["learner"].steps[0] == good.step
