"""Who is asked about the drawing, when, and what the rows say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Adopted
from studio.controllers import answer_words
from studio.controllers.drawing import Sheet
from studio.controllers.jury import JuryController
from studio.engine import testimony
from studio.engine.explorer import Reading
from studio.engine.sight import Opinions
from studio.state.answer_rows import AnswerRow, Choice, RowHead
from studio.state.panel import Panel, member
from studio.state.shelf import RunCard


class FakeJury(QObject):
    said = Signal(str, str, object, bool)
    refused = Signal(str, str, str)
    finished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.members: tuple[Any, ...] = ()
        self.asked: list[tuple[str, str]] = []
        self.questions: list[Any] = []
        self.open: set[str] = set()

    def set_members(self, members: Any) -> None:
        self.members = tuple(members)

    def ask(self, name: str, question: Any, *, whom: str = "all") -> None:
        self.asked.append((name, whom))
        self.questions.append(question)
        self.open.add(name)

    def forget(self, name: str) -> None:
        self.asked.append(("forget", name))
        self.open.discard(name)

    def busy(self, name: str) -> bool:
        return name in self.open

    def finish(self, name: str) -> None:
        self.open.discard(name)
        self.finished.emit(name)


class FakeDrawing(QObject):
    seen_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.read: list[Reading] = []

    def take_reading(self, reading: Reading) -> None:
        self.read.append(reading)


class FakeExploring(QObject):
    adopted = Signal(object)
    line_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.current: Adopted | None = None
        self.held: set[str] = set()
        self.training = False

    def hold(self, who: str, busy: bool) -> None:
        (self.held.add if busy else self.held.discard)(who)

    def line(self) -> str:
        return "VAE on pen, step 7, training"

    def adopt(self, **other: Any) -> None:
        known: dict[str, Any] = {
            "version": 1,
            "model": "vae",
            "title": "VAE",
            "data": "pen",
            "step": 7,
            "abilities": {"encode": True},
            "ways": {"encode": "By its encoder."},
            "encodes_fast": True,
            "same_model": False,
        }
        self.current = Adopted(**(known | other))
        self.adopted.emit(self.current)


class FakeTab(QObject):
    chosen = Signal(object)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.heads: list[RowHead] = []
        self.rows: dict[str, AnswerRow | None] = {}
        self.problems: dict[str, str] = {}
        self.choices: list[Choice] = []
        self.ticked: list[str] = []
        self.drawn = False

    def set_rows(self, heads: Any) -> None:
        self.heads = list(heads)

    def show_answer(self, key: str, row: AnswerRow | None) -> None:
        self.rows[key] = row

    def show_problem(self, key: str, sentence: str) -> None:
        self.problems[key] = sentence

    def set_drawn(self, drawn: bool) -> None:
        self.drawn = drawn

    def set_choices(self, choices: Any) -> None:
        self.choices = list(choices)

    def set_chosen(self, keys: Any) -> None:
        self.ticked = list(keys)


class Stage:
    def __init__(self) -> None:
        self.tab, self.jury, self.panel = FakeTab(), FakeJury(), Panel()
        self.drawing, self.exploring = FakeDrawing(), FakeExploring()
        parts: tuple[Any, ...] = (self.tab, self.jury, self.panel, self.drawing, self.exploring)
        self.controller = JuryController(*parts)

    def draw(self, ink: int = 9) -> np.ndarray:
        seen = np.zeros((28, 28), np.uint8)
        seen[ink:20, 10:12] = 255
        self.drawing.seen_changed.emit(Sheet(seen, np.zeros((28, 28), bool), None))
        return seen

    def wipe(self) -> None:
        self.drawing.seen_changed.emit(Sheet(None, np.zeros((28, 28), bool), None))

    def answers(self) -> list[str]:
        return [whom for name, whom in self.jury.asked if name == "answer"]


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage()


RUN = member(Path("runs") / "a", "GAN on mnist", "mnist", step=20_000)
OTHER = member(Path("runs") / "b", "Mine", "mnist", step=5)


def said(fraction: float = 1.0, **other: Any) -> testimony.Testimony:
    reading = Reading(
        fraction=fraction,
        reconstruction=np.full((28, 28), 7, np.uint8),
        error=0.0123,
        latent=np.arange(4, dtype=np.float32),
        codes=None,
        codebook_size=0,
        label=None,
        how="By its encoder.",
        **({"place": None} if "place" in Reading.__slots__ else {}),
    )
    known: dict[str, Any] = {
        "reading": reading,
        "shares": np.full(10, 0.09, np.float32),
        "none": 0.1,
        "neighbours": np.zeros((3, 28, 28), np.uint8),
        "neighbour_labels": np.array([7, 7, 9]),
        "seconds": 0.0142,
    }
    return testimony.Testimony(**(known | other))


def test_a_drawing_is_put_to_all_and_the_answers_fill_their_rows(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.panel.set_members([RUN])
    assert stage.jury.asked == []
    assert [(head.key, head.title, head.detail) for head in stage.tab.heads] == [
        ("", "VAE", "on pen, step 7, training"),
        (RUN.key, "GAN on mnist", "step 20,000"),
    ]
    assert [head.removable for head in stage.tab.heads] == [False, True]
    stage.draw()
    assert stage.jury.asked == [("answer", "all")]
    assert stage.tab.drawn
    stage.jury.said.emit("answer", "", said(), False)
    stage.jury.said.emit("answer", RUN.key, said(0.5), False)
    mine = stage.tab.rows[""]
    assert mine is not None
    assert mine.copy is not None
    assert (mine.copy == 7).all()
    assert stage.drawing.read[-1].fraction == 1
    assert len(stage.drawing.read) == 1, "only the model in the window is on the map"
    other = stage.tab.rows[RUN.key]
    assert other is not None
    assert other.fraction == 0.5
    stage.jury.refused.emit("answer", RUN.key, "It is gone.")
    assert stage.tab.problems == {RUN.key: "It is gone."}


def test_nothing_blinks_while_an_answer_is_on_its_way(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    fit = testimony.Yardstick("error", 0.5, "per pixel", 0.25, 200)
    stage.jury.said.emit("answer", "", said(yardstick=fit), False)
    stage.jury.said.emit("answer", "", said(yardstick=fit), True)
    stage.draw(ink=4)
    nothing = np.zeros((0, 28, 28), np.uint8)
    stage.jury.said.emit(
        "answer",
        "",
        said(reading=None, shares=None, neighbours=nothing, neighbour_labels=np.zeros(0, int)),
        False,
    )
    row = stage.tab.rows[""]
    assert row is not None
    assert row.fraction == 0, "it is at it"
    assert row.copy is not None
    assert row.vector is not None
    assert row.shares is not None
    assert row.standing == "better than 25 % of 200 test digits"
    assert len(row.neighbours) == 3
    unmeasured = testimony.Yardstick("error", 0.4, "per pixel", None, 0)
    stage.jury.said.emit("answer", "", said(yardstick=unmeasured), False)
    row = stage.tab.rows[""]
    assert row is not None
    assert row.fit == "error 0.4000"
    assert row.standing == "better than 25 % of 200 test digits"
    # In the end only what is true of this answer is left.
    stage.jury.said.emit("answer", "", said(yardstick=unmeasured), True)
    row = stage.tab.rows[""]
    assert row is not None
    assert row.standing == ""


def test_the_same_drawing_is_not_asked_twice(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.draw()
    assert stage.answers() == ["all"]
    stage.draw(ink=5)
    assert stage.answers() == ["all", "all"]


def test_newer_weights_alone_are_asked_again(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.panel.set_members([RUN])
    stage.draw()
    stage.exploring.adopt(same_model=True, version=2, step=9)
    assert stage.answers() == ["all", "subject"]


def test_another_model_does_not_inherit_an_answer(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.jury.said.emit("answer", "", said(), False)
    stage.exploring.adopt(same_model=True)
    assert stage.tab.rows[""] is not None, "newer weights of the same model will answer soon"
    stage.exploring.adopt(same_model=False)
    assert stage.tab.rows[""] is None


def test_who_joins_the_panel_is_asked_at_once_and_who_leaves_asks_nobody(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.panel.set_members([RUN])
    assert stage.answers() == ["all", "others"]
    assert stage.jury.members == (RUN,)
    stage.panel.set_members([OTHER, RUN])
    assert stage.answers() == ["all", "others", "others"]
    stage.tab.removed.emit(OTHER.key)
    assert stage.panel.members == (RUN,)
    assert len(stage.answers()) == 3
    stage.jury.said.emit("answer", OTHER.key, said(), False)
    assert OTHER.key not in stage.tab.rows


def test_weights_stay_while_a_search_goes_on(stage: Stage) -> None:
    stage.exploring.adopt(encodes_fast=False)
    stage.draw()
    assert stage.exploring.held == {"reading"}
    stage.jury.finish("answer")
    assert stage.exploring.held == set()
    stage.draw(ink=4)
    stage.wipe()
    assert stage.exploring.held == set()


def test_an_empty_sheet_asks_nobody_and_shows_nothing(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.panel.set_members([RUN])
    stage.draw()
    stage.jury.said.emit("answer", "", said(), False)
    stage.wipe()
    assert stage.jury.asked[-2:] == [("forget", "answer"), ("forget", "yardstick")]
    assert stage.tab.rows == {"": None, RUN.key: None}
    assert not stage.tab.drawn
    stage.jury.said.emit("answer", "", said(), False)  # it was on its way
    assert stage.tab.rows[""] is None
    stage.exploring.adopt()
    assert len(stage.answers()) == 1


def test_what_draws_no_digits_is_not_asked(stage: Stage) -> None:
    stage.exploring.adopt(pictures="points", ways={"encode": "GAN: it was trained on points."})
    assert stage.tab.problems == {"": "GAN: it was trained on points."}
    stage.draw()
    assert stage.answers() == []
    stage.panel.set_members([RUN])
    stage.draw(ink=4)
    assert stage.answers() == ["others", "others"]


def test_nobody_is_asked_for_rows_that_nobody_sees(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.panel.set_members([RUN])
    stage.controller.set_watched(False, False)
    stage.draw()
    assert stage.answers() == []
    stage.controller.set_watched(False, True)
    assert stage.answers() == ["subject"], "the map shows where the drawing lies"
    stage.controller.set_watched(True, True)
    assert stage.answers() == ["subject", "all"]
    stage.controller.set_watched(True, True)
    assert stage.answers() == ["subject", "all"]


class FakeWitness:
    def __init__(self, version: int) -> None:
        self.version = version

    def deepen(self, seen: np.ndarray, *, thorough: bool) -> bool:
        return thorough


def test_when_all_have_answered_they_are_measured_without_delay_for_the_next(
    stage: Stage,
) -> None:
    stage.exploring.adopt()
    stage.draw()
    stage.jury.said.emit("answer", "", said(), False)
    stage.jury.finish("answer")
    assert stage.jury.asked[-1] == ("yardstick", "all")
    count = len(stage.jury.asked)
    # It is at it: another drawing does not make it begin again, and is measured afterwards.
    stage.draw(ink=4)
    stage.jury.finish("answer")
    assert len(stage.jury.asked) == count + 1
    old = said(yardstick=testimony.Yardstick("error", 0.5, "per pixel", 0.25, 200))
    stage.jury.said.emit("yardstick", "", old, False)
    row = stage.tab.rows[""]
    assert row is not None
    assert row.standing == "", "that is about the drawing before"
    stage.jury.finish("yardstick")
    assert stage.jury.asked[-1] == ("yardstick", "all")
    stage.jury.said.emit("yardstick", "", old, False)
    row = stage.tab.rows[""]
    assert row is not None
    assert row.standing == "better than 25 % of 200 test digits"
    stage.jury.finish("yardstick")
    assert len(stage.jury.asked) == count + 2, "there is nothing left to measure"


def test_newer_weights_that_are_measured_quickly_do_not_wait_for_a_search(stage: Stage) -> None:
    stage.exploring.adopt(version=1)
    stage.draw()
    stage.jury.finish("answer")
    asked = [("yardstick", "all")]
    assert stage.jury.asked[1:] == asked
    stage.exploring.adopt(version=2, same_model=True)
    stage.jury.finish("answer")
    assert stage.jury.asked[-1] == ("yardstick", "all")
    stage.exploring.adopt(version=3, same_model=True, encodes_fast=False)
    count = len(stage.jury.asked)
    stage.jury.finish("answer")
    assert len(stage.jury.asked) == count, "what is a search itself waits"


def test_weights_in_training_are_measured_only_where_that_is_quick(stage: Stage) -> None:
    stage.exploring.adopt()
    stage.exploring.training = True
    stage.draw()
    stage.jury.finish("answer")
    question = stage.jury.questions[-1]
    assert question(FakeWitness(version=3)) is False
    assert question(FakeWitness(version=0)) is True, "the panel's weights stay as they are"
    stage.jury.finish("yardstick")
    stage.exploring.training = False
    stage.exploring.line_changed.emit()  # it has been paused
    assert stage.jury.asked[-1] == ("yardstick", "all")
    assert stage.jury.questions[-1](FakeWitness(version=3)) is True


def a_card(folder: str, **other: Any) -> RunCard:
    known: dict[str, Any] = {
        "id": folder,
        "folder": folder,
        "title": "VAE on pen",
        "model": "vae",
        "model_title": "VAE",
        "data": "pen",
        "step": 4_000,
        "thumbnail": np.full((16, 28, 28), 3, np.uint8),
    }
    return RunCard(**(known | other))


def test_runs_of_the_library_may_be_chosen(stage: Stage) -> None:
    stage.controller.set_shipped(Path("shipped.safetensors"), "VAE, pretrained", "pen")
    cards = [
        a_card("a", created="2001-11-21T12:00:00+00:00"),
        a_card("b", problem="It is damaged."),
        a_card("c", thumbnail=np.zeros((16, 28, 28, 3), np.uint8)),
        a_card("d", model=""),
        a_card("e", data="ring8"),
    ]
    stage.controller.set_runs(cards)
    choices = stage.tab.choices
    assert [choice.title for choice in choices] == ["VAE, pretrained", *["VAE on pen"] * 4]
    assert choices[1].detail.startswith("step 4,000 · ")
    assert "2001" in choices[1].detail
    assert choices[2].detail == "step 4,000"
    assert choices[1].thumbnail is not None
    assert [choice.problem for choice in choices[2:]] == [
        "It is damaged.",
        "It draws no grey digits.",
        "It draws points of a plane, and no digits.",
    ]
    stage.tab.chosen.emit((choices[1].key, choices[0].key))
    assert [one.title for one in stage.panel.members] == ["VAE on pen", "VAE, pretrained"]
    assert stage.tab.ticked == [choices[1].key, choices[0].key]


def test_a_run_that_was_named_or_trained_further_is_shown_as_it_is_now(stage: Stage) -> None:
    stage.controller.set_runs([a_card("a")])
    stage.tab.chosen.emit((stage.tab.choices[0].key,))
    stage.draw()
    count = len(stage.answers())
    stage.controller.set_runs([a_card("a", title="My best")])
    assert stage.tab.heads[-1].title == "My best"
    assert len(stage.answers()) == count, "its weights are the same"
    stage.controller.set_runs([a_card("a", title="My best", step=8_000)])
    assert stage.answers()[count:] == ["others"]
    # One that has gone keeps its row, which says so when it is asked.
    stage.controller.set_runs([])
    assert len(stage.panel.members) == 1


def test_runs_chosen_in_an_earlier_session_come_back(stage: Stage) -> None:
    stage.controller.choose(("b", "gone", "a"))
    assert stage.panel.members == ()
    stage.controller.set_runs([a_card("a"), a_card("b")])
    assert [str(one.path) for one in stage.panel.members] == ["b", "a"]
    stage.panel.set_members([])
    stage.controller.set_runs([a_card("a"), a_card("b")])
    assert stage.panel.members == ()


# Words


def test_an_answer_is_put_into_words() -> None:
    wishes = np.zeros((1, 28, 28))
    score = Opinions(
        fake=np.array([0.0]),
        real=np.array([-1.0, 1.0, 2.0]),
        scale="logit",
        told_apart=0.7,
        crowd=False,
        gradients=wishes,
        wishes=wishes,
    )
    fit = testimony.Yardstick("log-likelihood", -87.31, "nats", 0.834, 200)
    row = answer_words.as_row(said(score=score, yardstick=fit, neighbours_by="codes"))
    assert row.fit == "log p ≥ −87.3 nats"
    assert row.standing == "better than 83 % of 200 test digits"
    assert row.score == "50 % real; 2 of 3 real digits score higher"
    assert row.read_by == "by the classifier"
    assert row.code_note == "4 numbers"
    assert row.neighbour_labels == (7, 7, 9)
    assert row.neighbours_by == "by codes"
    assert row.time == "14 ms"
    assert row.how.startswith("By its encoder. Its copy is off by 0.0123 per pixel")
    none = answer_words.as_row(
        testimony.Testimony(
            lacks="It has no code.",
            opinion_by="the model",
            neighbours=np.zeros((0, 28, 28), np.uint8),
            neighbour_labels=np.zeros(0, np.int64),
        )
    )
    assert none.copy is None
    assert none.fraction == 1
    assert none.how == none.standing == "It has no code."
    assert none.read_by == "by the model itself"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "worse than all 200 test digits"),
        (0.005, "better than 1 % of 200 test digits"),
        (0.996, "better than 99 % of 200 test digits"),
        (1.0, "better than all 200 test digits"),
        (None, ""),
    ],
)
def test_a_standing_says_neither_more_nor_less(share: float | None, words: str) -> None:
    fit = testimony.Yardstick("error", 0.01234, "per pixel", share, 200)
    assert answer_words.standing_words(fit) == words
    assert answer_words.fit_words(fit) == "error 0.0123"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0.1 ms"), (0.0034, "3.4 ms"), (0.0142, "14 ms"), (0.9998, "1.00 s"), (1.24, "1.24 s")],
)
def test_a_time_has_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert answer_words.time_words(seconds) == words


def test_a_code_says_what_it_is() -> None:
    reading = said().reading
    assert reading is not None
    from dataclasses import replace

    grid = replace(reading, codes=np.zeros((7, 7), int), codebook_size=512, label=3)
    assert answer_words.code_words(grid) == ("49 of 512 codewords, one per patch, read as a 3")
    assert answer_words.code_words(replace(reading, latent=None)) == "No code"
