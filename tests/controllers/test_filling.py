"""What is asked when a hole is to be filled, and which of the answers are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Adopted
from studio.controllers.drawing import Sheet
from studio.controllers.filling import FillController
from studio.controllers.timing import Timed, timed
from studio.engine.filling import Filling
from studio.state.choice import Choice
from studio.state.panel import Panel, member
from studio.views.fill_tab import FillTab

OTHER = member(Path("/runs/gan"), "GAN", "pen")


class FakeDrawing(QObject):
    seen_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(None, np.zeros((28, 28), bool), None)

    def draw(self, hole: bool = True) -> None:
        ink = np.zeros((28, 28), np.uint8)
        ink[4:24, 12:16] = 255
        unknown = np.zeros((28, 28), bool)
        unknown[10:16, 8:20] = hole
        self.show(Sheet(ink, unknown, None))

    def show(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.seen_changed.emit(sheet)


class FakeJury(QObject):
    said = Signal(str, str, object, bool)
    refused = Signal(str, str, str)
    finished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.question: Callable[[Any], Iterator[object]] | None = None
        self.forgotten: list[str] = []

    def ask(self, name: str, question: Any, *, whom: str = "all") -> None:
        assert name == "fill"
        self.asked.append(whom)
        self.question = question

    def forget(self, name: str) -> None:
        self.forgotten.append(name)

    def say(self, key: str, value: Filling, seconds: float = 0.5, last: bool = False) -> None:
        self.said.emit("fill", key, Timed(value, seconds), False)
        if last:
            self.said.emit("fill", key, Timed(value, seconds), True)


class FakeExploring(QObject):
    adopted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.current: Adopted | None = None
        self.held: set[str] = set()

    def hold(self, who: str, busy: bool) -> None:
        (self.held.add if busy else self.held.discard)(who)

    def adopt(self, **other: Any) -> None:
        verbs = ("sample", "encode", "decode", "reconstruct", "inpaint")
        known: dict[str, Any] = {
            "title": "VAE",
            "abilities": dict.fromkeys(verbs, True),
            "ways": dict.fromkeys(verbs, "It searches codes."),
            "same_model": False,
        }
        self.current = Adopted(
            version=1, model="vae", data="pen", step=1, encodes_fast=True, **(known | other)
        )
        self.adopted.emit(self.current)


class Shown:
    """The Fill in tab, and what it was last told of each model."""

    def __init__(self, tab: FillTab) -> None:
        self.choices: dict[str, Choice] = {}
        self.reasons: dict[str, str] = {}
        self.busy: list[tuple[bool, float | None]] = []
        self.notice = ""
        set_choice, set_reason = tab.set_choice, tab.set_reason
        set_busy, set_notice = tab.set_busy, tab.set_notice

        def choice(key: str, value: Choice) -> None:
            self.choices[key] = value
            set_choice(key, value)

        def reason(key: str, sentence: str) -> None:
            self.reasons[key] = sentence
            set_reason(key, sentence)

        def busy(on: bool, share: float | None) -> None:
            self.busy.append((on, share))
            set_busy(on, share)

        def notice(text: str) -> None:
            self.notice = text
            set_notice(text)

        tab.set_choice, tab.set_reason = choice, reason  # type: ignore[method-assign]
        tab.set_busy, tab.set_notice = busy, notice  # type: ignore[method-assign]


class Stage:
    def __init__(self, qtbot: QtBot) -> None:
        self.tab = FillTab()
        qtbot.addWidget(self.tab)
        self.shown = Shown(self.tab)
        self.drawing, self.jury = FakeDrawing(), FakeJury()
        self.exploring, self.panel = FakeExploring(), Panel()
        self.erased = False
        parts: tuple[Any, ...] = (self.tab, self.drawing, self.jury, self.exploring, self.panel)
        self.filling = FillController(*parts, self.mark_erased)

    def mark_erased(self) -> bool:
        if self.erased:
            self.drawing.draw(hole=True)
        return self.erased

    def models(self) -> list[str]:
        return list(self.tab._rows)


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(qtbot)


@pytest.fixture
def ready(stage: Stage) -> Stage:
    stage.exploring.adopt()
    stage.panel.set_members([OTHER])
    stage.drawing.draw()
    return stage


def tries(count: int = 16, fraction: float = 1.0, likely: bool = True) -> Filling:
    """The first is the least likely; all are far from each other."""
    images = np.random.default_rng(0).integers(0, 255, (count, 28, 28)).astype(np.uint8)
    hole = np.zeros((28, 28), bool)
    hole[2:5, 2:5] = True
    values = np.arange(count, dtype=np.float32) if likely else np.zeros(count, np.float32)
    by = "Likelier is what it copies better." if likely else ""
    return Filling(fraction, hole, images, values, by, "It searches codes.")


def test_all_models_are_asked_at_once_and_newer_weights_wait(ready: Stage) -> None:
    ready.filling.fill()
    assert ready.jury.asked == ["all"]
    assert ready.exploring.held == {"completions"}
    assert not ready.filling.completed
    ready.jury.say("", tries(fraction=0.5, likely=False))
    assert ready.shown.busy[-1] == (True, 0.25)
    assert ready.shown.choices[""].ranks == (), "until the result nobody knows what is likely"
    ready.jury.say("", tries(), last=True)
    assert ready.exploring.held == set(), "only the model in the window is held"
    assert not ready.filling.completed
    ready.jury.say(OTHER.key, tries(), last=True)
    ready.jury.finished.emit("fill")
    assert ready.filling.completed
    assert ready.shown.busy[-1] == (False, None)


def test_what_needs_to_be_done_first_is_said(stage: Stage, qtbot: QtBot) -> None:
    stage.filling.fill()
    assert "A model is needed" in stage.shown.notice
    stage.exploring.adopt()
    stage.filling.fill()
    assert "Draw a digit first" in stage.shown.notice
    stage.drawing.draw(hole=False)
    with qtbot.waitSignal(stage.filling.mask_wanted):
        stage.filling.fill()
    assert "Nothing is marked yet" in stage.shown.notice
    assert stage.jury.asked == []
    stage.erased = True
    stage.filling.fill()
    assert stage.jury.asked == ["all"]
    assert stage.shown.notice == ""


def test_an_unknown_gap_needs_no_mask_and_is_outlined(ready: Stage) -> None:
    ready.drawing.draw(hole=False)
    ready.tab._mode.set_current("gap")
    ready.filling.fill()
    assert ready.jury.asked == ["all"]
    ready.jury.say("", tries())
    gap = ready.shown.choices[""].gap
    assert gap is not None
    assert gap.sum() == 9
    ready.tab._mode.set_current("marked")
    ready.drawing.draw()
    ready.filling.fill()
    ready.jury.say("", tries())
    assert ready.shown.choices[""].gap is None


def test_the_models_get_the_drawing_the_hole_and_another_seed_each_time(
    ready: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    import studio.engine.filling

    got: list[tuple[Any, Any, int]] = []

    def fill(explorer: Any, drawing: Any, hole: Any, *, seed: int) -> Iterator[Filling]:
        got.append((drawing, hole, seed))
        yield tries()

    monkeypatch.setattr(studio.engine.filling, "fill", fill)

    class Witness:
        explorer = None

    for _ in range(2):
        ready.filling.fill()
        assert ready.jury.question is not None
        answers = list(ready.jury.question(Witness()))
        assert isinstance(answers[0], Timed)
        assert isinstance(answers[0].value, Filling)
    (drawing, hole, first), (_, _, second) = got
    assert np.array_equal(drawing, ready.drawing.sheet.seen)
    assert np.array_equal(hole, ready.drawing.sheet.hole)
    assert second > first
    ready.tab._mode.set_current("gap")
    ready.filling.fill()
    assert ready.jury.question is not None
    list(ready.jury.question(Witness()))
    assert got[-1][1] is None, "the models are not told where"


def test_the_slider_chooses_at_once_among_the_tries_that_are_there(ready: Stage) -> None:
    ready.filling.fill()
    ready.jury.say("", tries())
    likely = ready.shown.choices[""]
    assert likely.ranks == (1, 2, 3, 4, 5, 6)
    assert likely.shares[0] == 1.0
    assert likely.values[0] == 15.0
    assert np.array_equal(likely.images[0], tries().images[15])
    ready.tab._variety.setValue(100)
    varied = ready.shown.choices[""]
    assert varied.ranks[0] == 1
    assert list(varied.ranks) == sorted(varied.ranks)
    assert varied.ranks != likely.ranks
    ready.tab._count.set_current("9")
    ready.tab.count_changed.emit(9)
    assert len(ready.shown.choices[""].images) == 9
    assert ready.jury.asked == ["all"], "nobody was asked again"


def test_one_failing_model_stops_nobody(ready: Stage) -> None:
    ready.filling.fill()
    ready.jury.refused.emit("fill", OTHER.key, "GAN: this run is gone.")
    assert ready.shown.reasons == {OTHER.key: "GAN: this run is gone."}
    ready.jury.say("", tries(), last=True)
    ready.jury.finished.emit("fill")
    assert ready.filling.completed
    assert len(ready.shown.choices[""].images) == 6
    ready.jury.refused.emit("answer", "", "Of another question.")
    assert "" not in ready.shown.reasons


def test_stopping_keeps_what_was_found(ready: Stage) -> None:
    ready.filling.fill()
    ready.jury.say("", tries(fraction=0.3, likely=False))
    ready.filling.cancel()
    assert ready.jury.forgotten == ["fill"]
    assert ready.exploring.held == set()
    assert ready.shown.busy[-1] == (False, None)
    assert not ready.filling.completed
    ready.tab._variety.setValue(50)
    assert len(ready.shown.choices[""].images) == 6


def test_a_model_that_draws_no_digits_leaves_the_question_to_the_others(ready: Stage) -> None:
    ways = dict.fromkeys(("sample", "encode", "decode", "reconstruct", "inpaint"), "In colour.")
    ready.exploring.adopt(pictures="colour", ways=ways)
    ready.filling.fill()
    assert ready.jury.asked == ["others"]
    assert ready.shown.reasons[""] == "In colour."
    assert ready.exploring.held == set()
    ready.jury.say(OTHER.key, tries(), last=True)
    assert ready.shown.busy[-1] == (True, 1.0)


def test_rows_are_the_model_in_the_window_and_the_panel(ready: Stage) -> None:
    assert ready.models() == ["", OTHER.key]
    ready.filling.fill()
    ready.jury.say("", tries(), last=True)
    ready.jury.say(OTHER.key, tries(), last=True)
    ready.exploring.adopt(same_model=True)
    ready.tab._variety.setValue(10)
    assert len(ready.tab._rows[""].digits.images()) == 6, "the same model, newer weights"
    ready.exploring.adopt(title="Flow")
    assert len(ready.tab._rows[""].digits.images()) == 0
    assert len(ready.tab._rows[OTHER.key].digits.images()) == 6
    ready.panel.set_members([])
    assert ready.models() == [""]
    ready.jury.say(OTHER.key, tries())  # it was on its way
    assert ready.models() == [""]


def test_completions_of_an_older_drawing_say_so(ready: Stage) -> None:
    told: list[bool] = []
    ready.tab.set_outdated = told.append  # type: ignore[method-assign]
    ready.filling.fill()
    ready.jury.say("", tries(), last=True)
    asked = ready.drawing.sheet
    ready.drawing.draw(hole=False)
    ready.drawing.show(asked)
    assert told == [False, True, False]


def test_the_time_of_an_answer_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def work() -> Iterator[str]:
        nonlocal now
        for step in ("a", "b"):
            now += 1.0
            yield step

    monkeypatch.setattr("studio.controllers.timing.time.perf_counter", lambda: now)
    steps = timed(work())
    first = next(steps)
    now += 100.0  # others are at work
    second = next(steps)
    assert (first.value, first.seconds) == ("a", 1.0)
    assert (second.value, second.seconds) == ("b", 2.0)
