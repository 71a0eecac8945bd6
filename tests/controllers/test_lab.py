"""A lesson takes its run through its acts, by itself or by hand, and ends with it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Signal

import models
from studio.controllers.lab import LONGER, LabController
from studio.engine import events as ev
from studio.engine.config import TrainConfig
from studio.lab.preset import Act, Preset, Promise
from studio.state.lessons import LessonCard, LessonState
from studio.state.run_state import RunState

PRESET = Preset(
    name="digits",
    title="Digits",
    group="cause",
    model="gan",
    data="pen",
    settings={"gradient_penalty": 0.0},
    acts=(
        Act(step=100, caption="Slow it", why="Because.", changes={"learning_rate_d": 1e-5}),
        Act(step=200, caption="Stop it", why="Because.", freeze={"discriminator": True}),
    ),
    paragraphs=("One.", "Two."),
    look_at=("First.", "Second."),
    promise=Promise("It fails.", lambda readings: True),
    reads=(100, 300),
    kept=(9, 10),
    seconds=120.0,
)


class FakePage(QObject):
    started = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.lessons: list[LessonCard] = []
        self.busy = False

    def set_lessons(self, lessons: list[LessonCard]) -> None:
        self.lessons = list(lessons)

    def set_busy(self, busy: bool) -> None:
        self.busy = busy


class FakeStrip(QObject):
    act_requested = Signal()
    by_itself_toggled = Signal(bool)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown: LessonState | None = None

    def show_lesson(self, lesson: LessonState) -> None:
        self.shown = lesson

    def hide(self) -> None:
        self.shown = None


class FakeTraining:
    """Begins runs in the state, and writes down what is asked of them."""

    def __init__(self, state: RunState) -> None:
        self.state, self.runs = state, 0
        self.asked: list[object] = []
        self.prepared: tuple[str, dict[str, object], dict[str, object]] | None = None

    def prepare(self, model: str, settings: dict[str, object], run: dict[str, object]) -> None:
        self.prepared = (model, settings, run)

    def start(self) -> None:
        self.runs += 1
        settings = models.spec("gan").config()
        self.state.follow(TrainConfig(model="gan", settings=settings, run=self.runs))
        self.state.apply([ev.PhaseChanged(self.runs, 0, ev.Phase.RUNNING)])

    def change(self, setting: str, value: object) -> None:
        self.asked.append((setting, value))

    def freeze(self, player: str, frozen: bool) -> None:
        self.asked.append((player, frozen))

    def play_until(self, step: int) -> None:
        self.state.apply([ev.RoundsPlayed(self.runs, step, {}, 1.0, 10.0, 900, None, 0.3)])


class Bench:
    def __init__(self) -> None:
        self.state, self.page, self.strip = RunState(), FakePage(), FakeStrip()
        self.training = FakeTraining(self.state)
        self.controller = LabController(
            [PRESET], self.state, self.page, self.strip, self.training, self.state
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_lessons_are_listed_for_the_models_that_there_are(bench: Bench) -> None:
    bench.controller.set_titles({"vae": "VAE"})
    assert bench.page.lessons == []
    bench.controller.set_titles({"gan": "GAN"})
    (card,) = bench.page.lessons
    assert card.game == "GAN on pen · 300 rounds · about 2 min"
    assert (card.kept, card.seeds, card.group) == (9, 10, "Cause collapse")


def test_a_lesson_begins_its_run_and_does_its_acts_at_their_steps(bench: Bench) -> None:
    bench.page.started.emit("digits", 3)
    assert bench.training.prepared == (
        "gan",
        {"gradient_penalty": 0.0, "steps": LONGER * 300},
        {"data": "pen", "seed": 3},
    )
    assert bench.page.busy
    shown = bench.strip.shown
    assert shown is not None
    assert shown.act is not None
    assert (shown.act.caption, shown.number, shown.line) == ("Slow it", 1, "First.")
    bench.training.play_until(99)
    assert bench.training.asked == []
    bench.training.play_until(130)
    assert bench.training.asked == [("learning_rate_d", 1e-5)]
    bench.training.play_until(131)
    bench.training.play_until(500)
    assert bench.training.asked == [("learning_rate_d", 1e-5), ("discriminator", True)]
    assert bench.strip.shown is not None
    assert bench.strip.shown.act is None
    assert bench.strip.shown.line == "Second."


def test_by_hand_nothing_happens_by_itself(bench: Bench) -> None:
    bench.page.started.emit("digits", 0)
    bench.strip.by_itself_toggled.emit(False)
    bench.training.play_until(1_000)
    assert bench.training.asked == []
    bench.strip.act_requested.emit()
    assert bench.training.asked == [("learning_rate_d", 1e-5)]


def test_a_lesson_ends_with_its_run_when_closed_and_when_another_run_begins(bench: Bench) -> None:
    bench.page.started.emit("digits", 0)
    bench.state.apply([ev.PhaseChanged(1, 5, ev.Phase.FINISHED)])
    assert bench.strip.shown is None
    assert not bench.page.busy
    bench.page.started.emit("digits", 0)
    bench.strip.closed.emit()
    bench.training.play_until(1_000)
    assert (bench.strip.shown, bench.training.asked) == (None, [])
    bench.page.started.emit("digits", 0)
    bench.training.start()
    assert bench.strip.shown is None, "somebody began another run"
