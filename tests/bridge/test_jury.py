"""One question to many models: who answers when, and who keeps nobody waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from pytestqt.qtbot import QtBot

import models
from models import ImageShape
from studio.bridge.desk import Desk, Snapshot
from studio.bridge.jury import Jury
from studio.engine.build import build
from studio.library.format import ModelSpec, save_model_file
from studio.state.panel import MOST, Member, Panel, member

if TYPE_CHECKING:
    from studio.engine.witness import Witness

SMALL = {
    "vae": {"hidden": 8, "latent_dim": 2},
    "gan": {"width": 16},
}


def weights_of(name: str, seed: int, shape: ImageShape | None = None) -> Snapshot:
    settings = models.spec(name).config.from_values(SMALL[name])
    shape = shape or ImageShape()
    model = build(name, settings, shape, seed=seed, device=torch.device("cpu"))
    return Snapshot(name, settings, shape, "pen", seed, model.state_dict(), {})


def a_file(place: Path, name: str, seed: int, shape: ImageShape | None = None) -> Member:
    """A member in a file of its own; its step is its seed."""
    made = weights_of(name, seed, shape)
    model = models.create(name, made.settings, made.shape)
    model.load_state_dict(dict(made.weights))
    spec = ModelSpec(model=name, settings=made.settings, shape=made.shape, step=seed, data="pen")
    save_model_file(place, model, spec)
    return member(place, f"{name} {seed}", "pen", step=seed)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


class Heard:
    """All that a jury says."""

    def __init__(self, jury: Jury) -> None:
        self.said: list[tuple[str, str, object, bool]] = []
        self.refused: list[tuple[str, str, str]] = []
        self.finished: list[str] = []
        jury.said.connect(lambda *said: self.said.append(said))
        jury.refused.connect(lambda *told: self.refused.append(told))
        jury.finished.connect(self.finished.append)

    def values(self, name: str = "answer") -> list[tuple[str, object]]:
        """Without the repetition at the end."""
        return [(key, value) for said, key, value, last in self.said if said == name and not last]


@pytest.fixture
def jury(desk: Desk) -> Jury:
    return Jury(desk)


@pytest.fixture
def heard(jury: Jury) -> Heard:
    return Heard(jury)


def steps(count: int) -> Callable[[Witness], Iterator[object]]:
    """A question that is answered in so many steps, by the model's name."""

    def question(witness: Witness) -> Iterator[object]:
        for step in range(count):
            yield type(witness.model).__name__, step

    return question


def test_the_subject_begins_and_a_search_keeps_nobody_waiting(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    slow, fast = a_file(tmp_path / "a", "gan", 1), a_file(tmp_path / "b", "vae", 2)
    jury.set_members([slow, fast])
    desk.adopt(weights_of("gan", 0))
    jury.ask("answer", steps(3))
    assert jury.busy("answer")
    qtbot.waitUntil(lambda: heard.finished == ["answer"])
    assert not jury.busy("answer")
    assert [key for key, _ in heard.values()] == [
        # The subject says what it can at once, then the fast one goes before both searches.
        *([""] + [fast.key] * 3 + [""] * 2 + [slow.key] * 3),
    ]
    assert [(key, value) for _, key, value, last in heard.said if last] == [
        (fast.key, ("VAE", 2)),
        ("", ("GAN", 2)),
        (slow.key, ("GAN", 2)),
    ]


def test_a_fast_subject_is_through_before_the_others_begin(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    other = a_file(tmp_path / "b", "vae", 2)
    jury.set_members([other])
    desk.adopt(weights_of("vae", 0))
    jury.ask("answer", steps(2))
    qtbot.waitUntil(lambda: heard.finished == ["answer"])
    assert [key for key, _ in heard.values()] == ["", "", other.key, other.key]


def test_one_that_cannot_be_opened_says_so_and_the_others_go_on(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    gone = member(tmp_path / "gone", "Gone", "pen")
    points = a_file(tmp_path / "points", "gan", 1, ImageShape(2, 1, 1, 8))
    well = a_file(tmp_path / "well", "vae", 2)
    jury.set_members([gone, points, well])

    def question(witness: Witness) -> Iterator[object]:
        yield "said"
        raise ValueError("this model has no code")

    jury.ask("answer", question)  # there is no subject
    qtbot.waitUntil(lambda: heard.finished == ["answer"])
    assert heard.values() == [(well.key, "said")]
    told = {key: text for _, key, text in heard.refused}
    assert list(told) == [gone.key, points.key, well.key]
    assert "no run and no model file" in told[gone.key]
    assert "points of a plane" in told[points.key]
    assert told[well.key] == "This model has no code."


def test_the_newest_question_wins_for_everybody(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    jury.set_members([a_file(tmp_path / "b", "vae", 2)])
    desk.adopt(weights_of("vae", 0))
    for number in range(20):
        jury.ask("answer", lambda witness, n=number: iter([n] * 3))
    qtbot.waitUntil(lambda: heard.finished == ["answer"])
    assert len({value for _, value in heard.values()}) < 20
    assert {value for key, value, *_ in ((k, v) for k, v in heard.values()[-6:])} == {19}
    assert not jury.busy("answer")


def test_asking_the_subject_alone_leaves_the_others_at_work(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    other = a_file(tmp_path / "b", "vae", 2)
    jury.set_members([other])
    desk.adopt(weights_of("vae", 0))
    gate = threading.Event()

    def question(witness: Witness) -> Iterator[object]:
        yield 0
        if witness.version == 0:  # a member: only the subject has been adopted
            gate.wait(5)
        yield 1

    jury.ask("fill", question)
    qtbot.waitUntil(lambda: (other.key, 0) in heard.values("fill"))
    jury.ask("fill", lambda witness: iter(["again"]), whom="subject")
    gate.set()
    qtbot.waitUntil(lambda: heard.finished == ["fill"])
    assert heard.values("fill")[-2:] in (
        [("", "again"), (other.key, 1)],
        [(other.key, 1), ("", "again")],
    )


def test_one_member_alone_may_be_asked(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    one, other = a_file(tmp_path / "a", "vae", 1), a_file(tmp_path / "b", "vae", 2)
    jury.set_members([one, other])
    desk.adopt(weights_of("gan", 0))
    jury.ask("rewrite", steps(1), whom=other.key)
    qtbot.waitUntil(lambda: heard.finished == ["rewrite"])
    assert heard.values("rewrite") == [(other.key, ("VAE", 0))]
    jury.ask("rewrite", steps(1), whom="somebody who has been sent away")
    qtbot.waitUntil(lambda: heard.finished == ["rewrite"] * 2)
    assert len(heard.values("rewrite")) == 1


def test_what_is_forgotten_is_not_told(desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot) -> None:
    desk.adopt(weights_of("vae", 0))
    ended: list[str] = []
    desk.finished.connect(ended.append)
    jury.ask("rewrite", steps(1_000))
    jury.forget("rewrite")
    assert not jury.busy("rewrite")
    count = len(heard.said)
    qtbot.waitUntil(lambda: "rewrite" in ended and "rewrites" in ended)
    assert len(heard.said) == count
    assert heard.finished == []


def test_a_member_is_loaded_once_and_again_when_it_was_saved(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    import os

    one = a_file(tmp_path / "b", "vae", 2)
    jury.set_members([one])
    seen: list[int] = []

    def question(witness: Witness) -> Iterator[object]:
        seen.append(id(witness))
        witnesses.append(witness)
        yield "x"

    witnesses: list[Witness] = []
    for turn in range(3):
        if turn == 2:
            a_file(tmp_path / "b", "vae", 3)
            os.utime(tmp_path / "b", ns=(1, 1))
        jury.ask("answer", question, whom="others")
        qtbot.waitUntil(lambda turn=turn: len(heard.finished) == turn + 1)
    assert seen[0] == seen[1]
    assert seen[2] != seen[0]


def test_the_yardstick_asks_the_subject_and_the_others_on_one_channel(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    other = a_file(tmp_path / "b", "vae", 2)
    jury.set_members([other])
    desk.adopt(weights_of("vae", 0))

    def question(witness: Witness) -> Iterator[object]:
        yield None
        yield "done"

    jury.ask("yardstick", question)
    qtbot.waitUntil(lambda: heard.finished == ["yardstick"])
    assert heard.values("yardstick") == [("", "done"), (other.key, "done")]


def test_a_panel_holds_each_run_once_and_not_too_many(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel()
    heard: list[int] = []
    panel.changed.connect(lambda: heard.append(len(panel.members)))
    runs = [member(tmp_path / str(n), f"Run {n}", "pen") for n in range(MOST + 3)]
    panel.set_members([runs[0], *runs])
    assert panel.members == tuple(runs[:MOST])
    panel.set_members(runs[:MOST])
    assert heard == [MOST]
    panel.remove(runs[1].key)
    assert runs[1] not in panel.members
    assert heard == [MOST, MOST - 1]
    assert member(tmp_path, "a", "pen", at=5).key != member(tmp_path, "a", "pen").key


def test_weights_that_are_no_numbers_are_refused_in_a_sentence(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot
) -> None:
    diverged = weights_of("vae", 1)
    for weights in diverged.weights.values():
        weights.fill_(torch.nan)
    desk.adopt(diverged)
    jury.ask("answer", steps(1))
    qtbot.waitUntil(lambda: heard.finished == ["answer"])
    assert heard.said == []
    ((name, key, sentence),) = heard.refused
    assert (name, key) == ("answer", "")
    assert "diverged" in sentence


def test_a_question_that_meets_another_model_than_the_window_knows_is_refused(
    desk: Desk, jury: Jury, heard: Heard, qtbot: QtBot
) -> None:
    """The window asks a model of digits while one of colours is just being adopted."""
    desk.adopt(weights_of("gan", 1, ImageShape(3, 32, 32)))
    jury.ask("answer", steps(1))
    qtbot.waitUntil(lambda: heard.finished == ["answer"])
    assert heard.said == []
    assert "other pictures" in heard.refused[0][2]
