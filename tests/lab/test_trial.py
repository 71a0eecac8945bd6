"""A trial does what a preset says, at exactly its rounds, and reads without being noticed."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import pytest
import torch

import models
from studio.data import load
from studio.data.resident import ResidentData
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.events import CheckpointTaken
from studio.engine.loop import train
from studio.engine.session import shape_of
from studio.lab import trial as trials
from studio.lab.preset import Act, Preset, Promise, Reading
from studio.lab.trial import Ground, Trial, play_trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.data.dataset import Dataset

SETTINGS = {"width": 16, "batch_size": 16, "gradient_penalty": 0.0, "ema_decay": 0.0}


class Counting:
    """A microscope that sees one thing: how far from the middle the points are."""

    count = 32

    def ceilings(self) -> dict[str, float]:
        return {"far_real": 1.0}

    def look(self, images: object) -> dict[str, float]:
        return {"far": float(abs(images).mean())}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def points() -> Dataset:
    whole = load("ring8")
    return dataclasses.replace(whole, images=whole.images[:512], labels=whole.labels[:512])


@pytest.fixture
def ground(points: Dataset) -> Ground:
    return Ground(points, Counting())


def preset(
    acts: Sequence[Act] = (),
    reads: Sequence[int] = (0, 7, 12),
    check: object = None,
    **settings: float,
) -> Preset:
    return Preset(
        name="test",
        title="A test",
        group="cause",
        model="gan",
        data="ring8",
        settings={**SETTINGS, **settings},
        acts=tuple(acts),
        paragraphs=("One.", "Two."),
        look_at=("This.",),
        promise=Promise("It is kept.", check or (lambda readings: True)),  # type: ignore[arg-type]
        reads=tuple(reads),
        kept=(1, 1),
        seconds=1.0,
    )


def same(one: Trial, other: Trial) -> bool:
    return one.readings == other.readings


def test_it_reads_at_its_steps_and_nowhere_else(ground: Ground) -> None:
    trial = play_trial(preset(), ground=ground)
    assert [reading.step for reading in trial.readings] == [0, 7, 12]
    for reading in trial.readings:
        assert reading.values["far"] > 0
        assert reading.values["gradient_generator"] > 0
        assert reading.values["gradient_discriminator"] > 0
        assert 0 <= reading.values["told_apart"] <= 1


def test_the_same_seed_gives_the_same_trial_and_another_another(ground: Ground) -> None:
    first, again = play_trial(preset(), 3, ground=ground), play_trial(preset(), 3, ground=ground)
    other = play_trial(preset(), 4, ground=ground)
    assert same(first, again)
    assert not same(first, other)
    assert first.seed == 3


def test_reading_and_cutting_change_nothing(ground: Ground) -> None:
    """The weights are those of a training that is not cut, to the last bit."""
    often = preset(reads=range(0, 13, 2), replay_size=40, instance_noise=0.1)
    seen: dict[str, torch.Tensor] = {}
    cut = trials._Game(often, 5, ground, "cpu")
    for begin, end in itertools.pairwise(trials._stops(often)):
        cut.read()
        assert begin in often.reads
        cut.play(end, [], lambda step: None)
    assert cut._start is not None
    values = {**often.settings, "steps": 12}
    settings = models.spec("gan").config.from_values(values)
    config = TrainConfig(model="gan", settings=settings, data="ring8", seed=5)
    whole = build("gan", settings, shape_of(ground.dataset), seed=5, device=torch.device("cpu"))
    for event in train(whole, ResidentData(ground.dataset, "cpu"), config, Controls()):
        if isinstance(event, CheckpointTaken):
            seen = dict(event.weights)
    assert seen.keys() == cut._start.weights.keys()
    for name, weights in cut._start.weights.items():
        assert torch.equal(weights, seen[name]), name


def test_acts_land_at_exactly_their_round(ground: Ground) -> None:
    """A rate of 0 from round 5 on is the same as a training of 5 rounds."""
    still = {"learning_rate_d": 0.0, "learning_rate_g": 0.0}
    act = Act(step=5, caption="Stop", why="To see.", changes=still)
    stopped = play_trial(preset([act], reads=(5, 9)), ground=ground).readings
    plain = play_trial(preset(reads=(4, 5, 6)), ground=ground).readings
    pulls = "gradient_discriminator"
    assert stopped[0].values[pulls] == plain[1].values[pulls]
    assert stopped[1].values[pulls] == plain[1].values[pulls]
    assert plain[2].values[pulls] != plain[1].values[pulls] != plain[0].values[pulls]


def test_players_are_frozen_and_let_go(ground: Ground) -> None:
    acts = [
        Act(step=0, caption="Hold", why="To see.", freeze={"generator": True}),
        Act(step=6, caption="Let go", why="To see.", freeze={"generator": False}),
    ]
    far = [r.values for r in play_trial(preset(acts, reads=(0, 6, 12)), ground=ground).readings]
    # The noise of a look is another one at each step, so that the same weights are not seen equal.
    assert far[1]["far"] == pytest.approx(far[0]["far"], rel=0.2)
    assert far[1]["gradient_discriminator"] != far[0]["gradient_discriminator"]
    frozen = Act(step=0, caption="Hold", why="To see.", freeze={"generator": True})
    held = play_trial(preset([frozen], reads=(12,)), ground=ground).readings[0].values
    assert far[2]["gradient_generator"] != held["gradient_generator"]


def test_an_act_is_remembered_across_the_cuts(ground: Ground) -> None:
    act = Act(step=2, caption="Slow", why="To see.", changes={"learning_rate_d": 1e-5})
    few = play_trial(preset([act], reads=(0, 12)), ground=ground)
    many = play_trial(preset([act], reads=(0, 3, 6, 9, 12)), ground=ground)
    assert few.readings[-1] == many.readings[-1]


def test_the_promise_is_asked_with_all_readings(ground: Ground) -> None:
    asked: list[Reading] = []

    def check(readings: Sequence[Reading]) -> bool:
        asked.extend(readings)
        return False

    told: list[Reading] = []
    trial = play_trial(preset(check=check), ground=ground, told=told.append)
    assert not trial.kept
    assert tuple(asked) == trial.readings == tuple(told)


def test_a_training_that_fails_keeps_no_promise(ground: Ground) -> None:
    act = Act(step=7, caption="Explode", why="To see.", changes={"learning_rate_d": 1.0})
    wild = preset([act], reads=(0, 7, 400), optimizer="sgd", loss="least squares")
    trial = play_trial(wild, ground=ground)
    assert not trial.kept
    assert trial.failed
    assert [reading.step for reading in trial.readings] == [0, 7]


@pytest.mark.parametrize(
    ("changes", "freeze", "word"),
    [
        ({"width": 32}, {}, "width"),
        ({"speed": 3}, {}, "speed"),
        ({}, {"referee": True}, "referee"),
    ],
)
def test_an_act_that_is_refused_is_the_presets_fault(
    changes: dict[str, int], freeze: dict[str, bool], word: str, ground: Ground
) -> None:
    act = Act(step=2, caption="No", why="To see.", changes=changes, freeze=freeze)
    with pytest.raises(ValueError, match=word):
        play_trial(preset([act]), ground=ground)
