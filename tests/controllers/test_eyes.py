"""When the discriminator is asked, and what is said of its answers; against plain fakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

import models
from studio.bridge.desk import Adopted
from studio.controllers import eyes as eyes_module
from studio.controllers.eyes import EyesController
from studio.controllers.judgement import beliefs, shares_of, standing, verdict
from studio.engine.config import TrainConfig
from studio.engine.sight import Opinions, PlaneSight, Ranking
from studio.state.run_data import Grid
from studio.state.run_state import RunState


class FakeDesk(QObject):
    opinions = Signal(object)
    plane_seen = Signal(object)
    finished = Signal(str)
    refused = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[object] = []

    def ask_opinions(self, images: np.ndarray) -> None:
        self.asked.append(int(images.flat[0]))

    def ask_plane(self) -> None:
        self.asked.append("plane")

    def answer(self, value: object) -> None:
        channel = "plane" if isinstance(value, PlaneSight) else "opinions"
        (self.plane_seen if channel == "plane" else self.opinions).emit(value)
        self.finished.emit(channel)


class FakeExploring(QObject):
    adopted = Signal(object)
    training = False


class FakeView(QObject):
    badges_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, Any] = {}
        self.on = False

    def badges(self) -> bool:
        return self.on

    def set_scores(self, real: np.ndarray, fake: np.ndarray, *, percent: bool) -> None:
        self.said["scores"] = (real, fake, percent)
        self.said["empty"] = None

    def set_state(self, text: str) -> None:
        self.said["state"] = text

    def set_sentence(self, text: str) -> None:
        self.said["sentence"] = text

    def set_detail(self, text: str, score: float | None = None) -> None:
        self.said["detail"] = (text, score)

    def set_pictures(self, on: bool) -> None:
        self.said["pictures"] = on

    def set_empty(self, text: str) -> None:
        self.said["empty"] = text


class FakeGrid(QObject):
    digit_pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.badges: tuple[str, ...] = ()
        self.wishes: np.ndarray | None = None

    def set_badges(self, texts: Any) -> None:
        self.badges = tuple(texts)

    def set_wishes(self, shares: np.ndarray | None) -> None:
        self.wishes = shares


class FakePlane:
    def __init__(self) -> None:
        self.scene: tuple[Any, ...] = ()
        self.sentence = ""

    def set_scene(self, *scene: Any) -> None:
        self.scene = scene

    def set_sentence(self, text: str) -> None:
        self.sentence = text


class Stage:
    """The controller and everything around it."""

    def __init__(self) -> None:
        self.view, self.grid, self.plane = FakeView(), FakeGrid(), FakePlane()
        self.desk, self.exploring, self.state = FakeDesk(), FakeExploring(), RunState()
        self.state.follow(TrainConfig(model="gan", settings=models.spec("gan").config(), run=1))
        parts: tuple[Any, ...] = (self.desk, self.exploring, self.state)
        self.eyes = EyesController(self.view, self.grid, self.plane, *parts)
        self.eyes.set_visible(True)

    def adopt(self, step: int = 10, **other: Any) -> None:
        known = {"model": "gan", "title": "GAN", "data": "pen", "judges": True} | other
        self.exploring.adopted.emit(
            Adopted(
                version=step,
                step=step,
                abilities={},
                ways={},
                encodes_fast=False,
                same_model=True,
                **known,
            )
        )

    def show(self, ink: int) -> None:
        self.eyes.on_grid_shown(Grid(np.full((3, 2, 2), ink, np.uint8), 10, ""))


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage()


def opinions(**other: Any) -> Opinions:
    known: dict[str, Any] = {
        "fake": np.array([-100.0, 0.0, np.log(4)]),
        "real": np.array([-1.0, 1.0, 2.0, 3.0]),
        "scale": "logit",
        "told_apart": 0.83,
        "crowd": False,
        "gradients": np.zeros((3, 2, 2)),
        "wishes": np.linspace(-0.5, 1, 12).reshape(3, 2, 2),
    }
    return Opinions(**(known | other))


# When


def test_the_newest_samples_and_weights_are_asked_about_one_question_at_a_time(
    stage: Stage,
) -> None:
    stage.show(1)
    assert stage.desk.asked == [], "nobody knows who judges yet"
    stage.adopt()
    assert stage.desk.asked == [1]
    stage.show(2)
    stage.adopt(20)
    stage.show(3)
    assert stage.desk.asked == [1], "the answer is not there yet"
    stage.desk.answer(opinions())
    assert stage.desk.asked == [1, 3]
    stage.desk.answer(opinions())
    assert stage.desk.asked == [1, 3], "nothing has changed"


def test_nothing_is_asked_while_nobody_looks(stage: Stage) -> None:
    stage.eyes.set_visible(False)
    stage.show(1)
    stage.adopt()
    assert stage.desk.asked == []
    stage.eyes.set_visible(True)
    assert stage.desk.asked == [1]


def test_a_training_has_most_of_the_machine(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eyes_module, "GAP", 0.05)
    stage.exploring.training = True
    stage.show(1)
    stage.adopt()
    stage.desk.answer(opinions())
    stage.show(2)
    assert stage.desk.asked == [1]
    qtbot.waitUntil(lambda: stage.desk.asked == [1, 2])
    stage.eyes.close()


def test_nobody_waits_for_a_training_that_is_paused(stage: Stage) -> None:
    stage.exploring.training = True
    stage.show(1)
    stage.adopt()
    stage.desk.answer(opinions())
    stage.show(2)
    assert stage.desk.asked == [1]
    stage.exploring.training = False
    stage.adopt(20)
    assert stage.desk.asked == [1, 2]
    stage.eyes.close()


def test_another_models_weights_are_not_asked_about_these_samples(stage: Stage) -> None:
    stage.show(1)
    stage.adopt(model="vae")
    stage.adopt(data="mnist")
    assert stage.desk.asked == []


def test_a_run_that_begins_starts_with_nothing(stage: Stage) -> None:
    stage.view.on = True
    stage.show(1)
    stage.adopt()
    stage.desk.answer(opinions())
    assert stage.grid.badges
    stage.state.follow(TrainConfig(model="gan", settings=models.spec("gan").config(), run=2))
    assert stage.grid.badges == ()
    assert stage.grid.wishes is None
    assert stage.view.said["empty"] == ""
    stage.desk.answer(opinions())  # asked before the run began
    assert stage.grid.badges == ()


def test_a_refusal_is_told_in_place_and_asked_again(stage: Stage) -> None:
    stage.show(1)
    stage.adopt()
    stage.desk.refused.emit("opinions", "Cannot read the data.")
    assert stage.view.said["empty"] == "Cannot read the data."
    stage.desk.refused.emit("read", "Something else.")
    assert stage.view.said["empty"] == "Cannot read the data."
    stage.adopt(20)
    assert stage.desk.asked == [1, 1]


def test_without_a_discriminator_one_sentence_says_so(stage: Stage) -> None:
    stage.show(1)
    stage.adopt(judges=False, title="GAN")
    assert stage.desk.asked == []
    assert stage.view.said["empty"] == "GAN has no discriminator: nobody judges what it draws."


# What


def test_logits_are_shown_as_percents(stage: Stage) -> None:
    stage.view.on = True
    stage.show(1)
    stage.adopt(2310)
    stage.desk.answer(opinions())
    _, fake, percent = stage.view.said["scores"]
    assert percent
    np.testing.assert_allclose(fake, [0, 0.5, 0.8], atol=1e-9)
    assert stage.grid.badges == ("0%", "50%", "80%")
    assert stage.view.said["state"] == "4 real, 3 samples, step 2,310"
    assert stage.grid.wishes is not None
    assert np.abs(stage.grid.wishes).max() == 1
    stage.view.on = False
    stage.view.badges_toggled.emit(False)
    assert stage.grid.badges == ()


def test_what_is_pointed_at_is_put_into_words(stage: Stage) -> None:
    stage.show(1)
    stage.adopt()
    stage.desk.answer(opinions())
    assert stage.view.said["detail"] == ("", None)
    stage.grid.digit_pointed.emit(2)
    text, score = stage.view.said["detail"]
    assert text.startswith("Sample 3: 80 % real; 2 of 4 real digits score higher.")
    assert score == pytest.approx(0.8)
    stage.grid.digit_pointed.emit(-1)
    assert stage.view.said["detail"] == ("", None)


def test_a_critic_gives_values(stage: Stage) -> None:
    stage.view.on = True
    stage.show(1)
    stage.adopt()
    stage.desk.answer(opinions(scale="value", crowd=True))
    assert stage.grid.badges == ("-100", "+0", "+1.39")
    assert "as crowds" in stage.view.said["state"]
    assert not stage.view.said["scores"][2]


def test_a_game_on_the_plane_shows_the_plane(stage: Stage, qtbot: QtBot) -> None:
    wanted: list[bool] = []
    stage.eyes.plane_wanted.connect(wanted.append)
    stage.adopt(pictures="points")
    assert stage.desk.asked == ["plane"]
    assert wanted == [True]
    assert stage.view.said["pictures"] is False
    sight = PlaneSight(
        extent=2.0,
        samples=np.zeros((3, 2)),
        real=np.ones((2, 2)),
        ranking=opinions(),
        field=np.array([[-1.0, 1.0], [0.0, 0.0]]),
        arrows=np.array([[3.0, 4.0]]),
    )
    stage.desk.answer(sight)
    assert stage.plane.scene[0] == 2.0
    assert "grows by 5 per unit" in stage.plane.sentence
    assert stage.view.said["scores"][2]
    stage.state.follow(TrainConfig(model="gan", settings=models.spec("gan").config(), run=2))
    assert wanted == [True, False]


# Words and colours


def test_a_drawing_is_placed_among_real_digits() -> None:
    real = np.array([1.0, 2.0, 3.0])
    one = opinions(fake=np.array([2.5]), real=real)
    assert standing(one, 0) == "92 % real; 2 of 3 real digits score lower"
    low = opinions(fake=np.array([0.0]), real=real, scale="value")
    assert standing(low, 0) == "a score of +0; 3 of 3 real digits score higher"


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.2, "samples for the more real"), (0.5, "cannot"), (0.7, "little"), (1.0, "always")],
)
def test_the_verdict_follows_the_share_of_pairs(share: float, words: str) -> None:
    text = verdict(opinions(told_apart=share))
    assert words in text
    assert f"{100 * share:.0f} %" in text


def test_a_saturated_discriminator_is_named() -> None:
    assert "less than 1 %" in verdict(opinions(fake=np.full(3, -30.0)))
    assert "less than 1 %" not in verdict(opinions(fake=np.full(3, -30.0), scale="value"))


def test_full_colour_is_the_same_wish_for_all_digits() -> None:
    shares, reach = shares_of(np.array([[[0.1]], [[-0.2]]]))
    assert shares[1, 0, 0] == -1
    assert reach == pytest.approx(0.2, rel=0.01)
    assert shares[0, 0, 0] == pytest.approx(0.5, rel=0.01)
    nothing, none = shares_of(np.zeros((2, 3, 3)))
    assert none == 0
    assert not nothing.any()


def a_sight(scale: str, field: np.ndarray | None) -> PlaneSight:
    ranking = Ranking(
        fake=np.array([0.0, 2.0]),
        real=np.array([4.0, 6.0]),
        scale=scale,  # type: ignore[arg-type]
        told_apart=1.0,
        crowd=False,
    )
    nothing = np.zeros((0, 2))
    return PlaneSight(
        extent=1.0, samples=nothing, real=nothing, ranking=ranking, field=field, arrows=nothing
    )


def test_undecided_places_have_no_colour() -> None:
    leaning, ends = beliefs(a_sight("logit", np.array([[0.0, 40.0], [-40.0, 0.0]])))
    assert leaning is not None
    assert leaning.tolist() == [[0, 1], [-1, 0]]
    assert ends == ("0 % real", "100 % real")
    leaning, ends = beliefs(a_sight("value", np.array([[3.0, 5.0], [1.0, 3.0]])))
    assert leaning is not None
    assert leaning.tolist() == [[0, 1], [-1, 0]]
    assert ends == ("1", "5, more real")
    assert beliefs(a_sight("logit", None))[0] is None
    flat, _ = beliefs(a_sight("logit", np.zeros((2, 2))))
    assert flat is not None
    assert not flat.any()
