"""Which weights answer, and when newer ones are taken over; against plain fakes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

import models
from models import ImageShape
from studio.bridge.desk import Adopted, ModelFile, Snapshot
from studio.controllers.exploring import ExploringController
from studio.engine import events as ev
from studio.engine.config import TrainConfig
from studio.engine.progress import Progress
from studio.state.run_state import RunState


class FakeDesk(QObject):
    """Remembers what it was asked to adopt."""

    adopted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[ModelFile | Snapshot] = []

    def adopt(self, source: ModelFile | Snapshot) -> None:
        self.asked.append(source)


def an_answer(step: int) -> Adopted:
    return Adopted(1, "gan", "GAN", "pen", step, {}, {}, True, False)


@pytest.fixture
def desk(qtbot: QtBot) -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def state(qtbot: QtBot) -> RunState:
    state = RunState()
    state.follow(TrainConfig(model="gan", settings=models.spec("gan").config(), run=1))
    started = ev.RunStarted(1, 0, "gan", ImageShape(), (), "cpu", 1)
    state.apply([started, ev.PhaseChanged(1, 0, ev.Phase.RUNNING)])
    return state


@pytest.fixture
def exploring(desk: FakeDesk, state: RunState) -> ExploringController:
    return ExploringController(desk, state)  # type: ignore[arg-type]


def snapshot(state: RunState, step: int) -> None:
    state.apply([ev.SnapshotTaken(1, step, {"weight": torch.ones(1)}, Progress(step=step))])


def steps(desk: FakeDesk) -> list[int]:
    return [source.step for source in desk.asked if isinstance(source, Snapshot)]


def test_nobody_pays_for_weights_that_nobody_looks_at(
    desk: FakeDesk, state: RunState, exploring: ExploringController
) -> None:
    snapshot(state, 10)
    snapshot(state, 20)
    assert steps(desk) == []
    exploring.set_watched(True)
    assert steps(desk) == [20]


def test_newer_weights_wait_until_the_answer_is_there(
    desk: FakeDesk, state: RunState, exploring: ExploringController
) -> None:
    exploring.set_watched(True)
    exploring.hold("map", True)
    exploring.hold("reading", True)
    snapshot(state, 10)
    exploring.hold("map", False)
    assert steps(desk) == []
    exploring.hold("reading", False)
    assert steps(desk) == [10]


def test_the_last_weights_are_taken_over_in_any_case(
    desk: FakeDesk, state: RunState, exploring: ExploringController
) -> None:
    state.apply([ev.PhaseChanged(1, 30, ev.Phase.PAUSED)])
    snapshot(state, 30)
    assert steps(desk) == [30]


def test_the_line_says_whose_answers_they_are(
    desk: FakeDesk, state: RunState, exploring: ExploringController
) -> None:
    assert exploring.line() == "No model yet"
    exploring.open(Path("model"), "pretrained on pen")
    desk.adopted.emit(an_answer(0))
    assert exploring.line() == "GAN, pretrained on pen"
    assert not exploring.training
    exploring.set_watched(True)
    snapshot(state, 2310)
    desk.adopted.emit(an_answer(2310))
    assert exploring.line() == "GAN on pen, step 2,310, training"
    assert exploring.training


def test_a_run_from_the_library_answers_until_the_windows_own_is_chosen_again(
    desk: FakeDesk, state: RunState, exploring: ExploringController
) -> None:
    exploring.set_watched(True)
    exploring.choose(Path("other"))
    desk.adopted.emit(an_answer(500))
    assert desk.asked == [ModelFile(Path("other"))]
    assert exploring.line() == "GAN on pen, step 500, from the library"
    assert not exploring.training
    snapshot(state, 10)
    exploring.set_watched(False)
    exploring.set_watched(True)
    assert steps(desk) == []
    exploring.choose(None)
    assert steps(desk) == [10]
    assert exploring.chosen is None


def test_whoever_starts_a_training_sees_what_becomes_of_it(
    desk: FakeDesk, state: RunState, exploring: ExploringController
) -> None:
    exploring.set_watched(True)
    exploring.choose(Path("other"))
    state.follow(TrainConfig(model="gan", settings=models.spec("gan").config(), run=2))
    assert exploring.chosen is None


def test_without_a_run_the_shipped_model_is_the_windows_own(desk: FakeDesk, qtbot: QtBot) -> None:
    exploring = ExploringController(desk, RunState())  # type: ignore[arg-type]
    exploring.open(Path("shipped"), "pretrained on pen")
    exploring.choose(Path("other"))
    exploring.choose(None)
    assert desk.asked == [ModelFile(Path(name)) for name in ("shipped", "other", "shipped")]
    desk.adopted.emit(an_answer(0))
    assert exploring.line() == "GAN, pretrained on pen"
