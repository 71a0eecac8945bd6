"""The microscope on a training: it reads, raises alarms, remembers, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import models
from models import GenerativeModel, ImageShape
from studio import data as sets
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import events as ev
from studio.engine import inspection
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.inspection import COUNTS, Inspection
from studio.engine.loop import train
from studio.engine.progress import Start
from studio.engine.session import go_on
from studio.instruments.microscope import open_microscope

CPU = torch.device("cpu")
QUICK = {"batch_size": 16, "width": 16, "latent_dim": 4, "steps": 6}


class Slide:
    """A microscope that writes down what it is shown, and sees what it is told to see."""

    def __init__(self, count: int, sees: Mapping[str, float]) -> None:
        self.count, self.sees = count, sees
        self.shown: list[NDArray[Any]] = []

    def ceilings(self) -> Mapping[str, float]:
        return {"modes_real": 10.0, "modes_noise": 0.0}

    def look(self, images: NDArray[Any]) -> Mapping[str, float]:
        self.shown.append(images)
        return self.sees


def a_gan(shape: ImageShape | None = None, **settings: object) -> GenerativeModel:
    config = models.spec("gan").config.from_values(QUICK | settings)
    return build("gan", config, shape or ImageShape(), seed=0, device=CPU)


def watched(
    data: ResidentData,
    slide: Slide | None,
    *commands: ask.Command,
    start: Start | None = None,
    **settings: object,
) -> tuple[GenerativeModel, list[ev.Event]]:
    model, controls = a_gan(**settings), Controls()
    if start is not None:
        go_on(model, start)
    for command in commands:
        controls.send(command)
    run = TrainConfig(model="gan", settings=model.config)
    events = train(model, data, run, controls, start, None if slide is None else lambda n: slide)
    return model, list(events)


def of(kind: type, events: list[ev.Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_ceilings_come_once_and_readings_with_the_discriminators_opinion(
    data: ResidentData,
) -> None:
    slide = Slide(8, {"modes": 10.0, "odd": float("nan")})
    _, heard = watched(data, slide, ask.Pause(), ask.PlayRound(), ask.PlayRound(), ask.Resume())
    readings = [m for m in of(ev.Measured, heard) if "modes" in m.values]
    assert len(readings) >= 2
    assert ["modes_real" in m.values for m in readings] == [True] + [False] * (len(readings) - 1)
    assert all(0 <= m.values["told_apart"] <= 1 for m in readings)
    assert all("odd" not in m.values for m in readings), "what is no number is not told"
    assert all(images.shape == (8, 28, 28) for images in slide.shown)
    assert all(images.dtype == np.uint8 for images in slide.shown)
    weighed = [m for m in of(ev.Measured, heard) if "gradient_generator" in m.values]
    assert weighed, "the players are weighed where somebody looks"


def test_fresh_samples_at_each_step(data: ResidentData) -> None:
    slide = Slide(8, {"modes": 10.0})
    watched(data, slide, ask.Pause(), ask.PlayRound(), ask.PlayRound(), ask.Resume())
    assert not np.array_equal(slide.shown[0], slide.shown[-1])


def test_looking_changes_nothing(data: ResidentData) -> None:
    alone, _ = watched(data, None)
    seen, heard = watched(data, Slide(8, {"modes": 10.0}), *[ask.TakeSnapshot()] * 3)
    assert of(ev.Measured, heard)
    for name, weight in alone.state_dict().items():
        assert torch.equal(weight, seen.state_dict()[name]), name
    state = torch.get_rng_state()
    watched(data, Slide(8, {"modes": 10.0}))
    assert torch.equal(state, torch.get_rng_state()), "the global generator was used"


FEW = {f"share_{digit}": float(digit == 1) for digit in range(10)} | {
    "share_none": 0.0,
    "modes": 1.0,
    "kl": 2.3,
    "confidence": 0.99,
    "frechet": 900.0,
}
MANY = {f"share_{digit}": 0.1 for digit in range(10)} | {
    "share_none": 0.0,
    "modes": 10.0,
    "kl": 0.01,
    "confidence": 0.9,
    "frechet": 20.0,
}


def test_an_alarm_is_raised_and_the_rules_remember_across_processes(data: ResidentData) -> None:
    """Varied once, then the run is resumed elsewhere: two readings of few modes are a collapse."""
    _, heard = watched(data, Slide(8, MANY), ask.Pause(), ask.PlayRound(), ask.Stop(keep=True))
    kept = of(ev.CheckpointTaken, heard)[-1]
    assert json.loads(kept.progress.memory)["varied"] is True
    start = Start(kept.weights, kept.progress)
    rounds = [ask.Pause(), ask.PlayRound(), ask.PlayRound(), ask.Resume()]
    _, resumed = watched(data, Slide(8, FEW), *rounds, start=start)
    (alarm,) = of(ev.Alarmed, resumed)
    assert (alarm.rule, alarm.begins) == ("collapse", True)
    assert "1s" in alarm.message
    _, fresh = watched(data, Slide(8, FEW), *rounds)
    assert not of(ev.Alarmed, fresh), "a run that has never been varied has not collapsed"


@pytest.mark.parametrize("memory", ["", "{", "[]", "null", '{"varied": true}', "[" * 10_000])
def test_a_memory_that_is_nonsense_counts_as_none(data: ResidentData, memory: str) -> None:
    model = a_gan()
    run = TrainConfig(model="gan", settings=model.config)
    looking = Inspection(model, data, run, lambda n: Slide(8, MANY), memory)
    assert len(list(looking.look(model.stages()[0], 3, {}))) == 1


def test_a_slow_model_is_looked_at_less_closely(
    data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, opened = a_gan(), []
    run = TrainConfig(model="gan", settings=model.config)
    for patience in (1e9, 0.0):
        monkeypatch.setattr(inspection, "PATIENCE", patience)
        looking = Inspection(model, data, run, opened.append)  # type: ignore[arg-type]
        assert list(looking.look(model.stages()[0], 0, {})) == [], "nothing fits these data"
    assert tuple(opened) == COUNTS
    assert model.training


def test_a_microscope_that_cannot_be_used_is_told_once_and_ends_nothing(
    data: ResidentData,
) -> None:
    def broken(count: int) -> None:
        raise ValueError("Its weights are damaged: install the program again.")

    model, controls = a_gan(), Controls()
    for _ in range(3):
        controls.send(ask.TakeSnapshot())
    run = TrainConfig(model="gan", settings=model.config)
    heard = list(train(model, data, run, controls, None, broken))
    told = [event.message for event in of(ev.Noticed, heard)]
    assert told == ["Its weights are damaged: install the program again."]
    assert of(ev.Finished, heard)[0].step == 6


def test_points_are_shown_as_points() -> None:
    ring = sets.load("ring8")
    resident = ResidentData(ring, CPU)
    model = a_gan(ImageShape(*resident.shape, 8))
    run = TrainConfig(model="gan", settings=model.config, data="ring8")
    looking = Inspection(model, resident, run, lambda n: open_microscope(ring, count=n))
    (measured,) = looking.look(model.stages()[0], 0, {})
    assert {"modes", "quality", "kl", "modes_real", "told_apart"} <= measured.values.keys()
    assert measured.values["modes"] <= 8


def test_where_no_microscope_fits_the_grid_raises_the_alarm(
    data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digits that differ, then no longer: whoever sees them has to say so, and only one does."""
    read = iter([0.9, *[0.1] * 20])
    monkeypatch.setattr("studio.engine.preview.variety", lambda grid, real: next(read))
    rounds = [ask.Pause(), *[ask.PlayRound()] * 3, ask.Resume()]
    model, controls = a_gan(), Controls()
    for command in rounds:
        controls.send(command)
    run = TrainConfig(model="gan", settings=model.config)
    heard = list(train(model, data, run, controls, microscope=lambda count: None))
    assert [(a.rule, a.begins) for a in of(ev.Alarmed, heard)] == [("collapse", True)]
    read = iter([0.9, *[0.1] * 20])
    _, seen = watched(data, Slide(8, MANY), *rounds)
    assert not of(ev.Alarmed, seen), "the microscope sees that they differ"
