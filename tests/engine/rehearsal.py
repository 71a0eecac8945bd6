"""Plays short runs by a plan, whole or from where another one stood, and compares them bit by bit.

It knows the contract of `models.base` alone, no model by name: a new one is covered by existing.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import models
from models import GenerativeModel, ImageShape, ModelConfig
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import events as ev
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.loop import train
from studio.engine.progress import Progress, Start
from studio.engine.session import go_on

ROUNDS = 12
SMALL = 8

Make = Callable[[ModelConfig, int], GenerativeModel]
"""A fresh model from its settings and a seed."""
Plan = Mapping[int, Callable[[tuple[str, ...]], list[ask.Command]]]
"""By step: from the names of the stage's players to what is asked before this round."""


def tiny(cls: type[ModelConfig]) -> ModelConfig:
    """Settings of a model that plays a round in milliseconds."""
    values: dict[str, object] = {"steps": ROUNDS}
    for spec in dataclasses.fields(cls):
        if type(spec.default) is int and spec.name != "steps":
            low = spec.metadata["low"]
            values[spec.name] = max(low or 0, min(spec.default, SMALL))
    return cls.from_values(values)


def of_the_zoo(name: str) -> tuple[ModelConfig, Make]:
    """Small settings of a registered model, and how to make it."""

    def make(settings: ModelConfig, seed: int) -> GenerativeModel:
        return build(name, settings, ImageShape(), seed=seed, device=torch.device("cpu"))

    return tiny(models.spec(name).config), make


def changes(settings: ModelConfig) -> list[ask.Command]:
    """Another value for everything that may change live: twice as low, or the other word."""
    asked: list[ask.Command] = []
    for spec in dataclasses.fields(settings):
        if not spec.metadata["live"]:
            continue
        now, low = getattr(settings, spec.name), spec.metadata["low"] or 0
        value: object
        if isinstance(now, bool):
            value = not now
        elif isinstance(now, str):
            value = next(word for word in spec.metadata["choices"] if word != now)
        else:
            value = max(low, now // 2 if isinstance(now, int) else now / 2)
        asked.append(ask.Change(spec.name, value))
    return asked


def interventions(settings: ModelConfig) -> Plan:
    """Live changes, players frozen and thawed, a single move, a single round, a pause.

    Nothing follows a single move or round at once: what is asked while one is shown may be
    answered before the next round or after it.
    """
    return {
        2: lambda players: changes(settings),
        3: lambda players: [ask.Freeze(players[0], True)],
        4: lambda players: [ask.Freeze(players[0], False)],
        6: lambda players: [ask.Freeze(players[-1], True)],
        7: lambda players: [ask.PlayMove(players[-1]), ask.Resume()],
        9: lambda players: [ask.PlayRound(), ask.Resume()],
        11: lambda players: [ask.Freeze(players[-1], False), ask.Pause(), ask.Resume()],
    }


@dataclass
class Outcome:
    """What a run came to."""

    model: GenerativeModel
    heard: list[ev.Event] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind)]

    @property
    def last(self) -> ev.CheckpointTaken:
        taken = self.of(ev.CheckpointTaken)[-1]
        assert isinstance(taken, ev.CheckpointTaken)
        return taken

    def checkpoints(self) -> dict[tuple[int, int], ev.CheckpointTaken]:
        """By step and stage; the last of each."""
        return {(c.step, c.progress.stage): c for c in self.of(ev.CheckpointTaken)}

    def losses(self, since: int) -> dict[tuple[str, int, str], float]:
        """By player, step and term."""
        return {
            (player, int(step), name): float(values[i])
            for event in self.of(ev.RoundsPlayed)
            for player, rows in event.losses.items()
            for name, values in rows.terms.items()
            for i, step in enumerate(rows.steps)
            if step >= since
        }


def perform(
    make: Make,
    settings: ModelConfig,
    data: ResidentData,
    plan: Plan,
    *,
    stop: ask.Stop | None = None,
    at: int = -1,
    start: Start | None = None,
    seconds: float | None = None,
) -> Outcome:
    """Plays to the end, or until `stop` is asked at step `at`; whole or from a start."""
    model = make(settings, 0 if start is None else 1)
    if start is not None:
        disturb()
        go_on(model, start)
    boundaries = set(stage_boundaries(model))
    controls, players = Controls(), ("",)
    outcome = Outcome(model)
    config = TrainConfig(model="any", settings=settings, seed=5, seconds=seconds)
    told = -1
    for event in train(model, data, config, controls, start):
        outcome.heard.append(event)
        if isinstance(event, ev.StageChanged):
            players = tuple(player.name for player in event.stage.players)
        if isinstance(event, ev.StageChanged | ev.RoundsPlayed) and event.step > told:
            told = event.step
            if stop is not None and event.step == at:
                controls.send(stop)
            elif event.step in plan and event.step not in boundaries:
                for command in plan[event.step](players):
                    controls.send(command)
    assert not outcome.of(ev.Refused), outcome.of(ev.Refused)
    return outcome


def stage_boundaries(model: GenerativeModel) -> Iterator[int]:
    """The first step of each stage but the first."""
    share = 0.0
    for stage in model.stages()[:-1]:
        share += stage.share
        yield next(step for step in range(ROUNDS + 1) if step / ROUNDS >= share)


def disturb() -> None:
    """Leaves every global source of randomness somewhere else."""
    torch.manual_seed(random.randrange(2**31))
    torch.rand(3)
    np.random.seed(1)  # noqa: NPY002 - the global one is what is disturbed
    random.random()


def start_of(taken: ev.CheckpointTaken | ev.SnapshotTaken) -> Start:
    return Start(taken.weights, taken.progress)


def difference(whole: Outcome, resumed: Outcome) -> str:
    """Where two runs differ after the second one began, in words; "" if nowhere. No tolerance."""
    if failed := resumed.of(ev.Failed):
        return str(failed[0].message)
    since = resumed.heard[0].step
    ours, theirs = whole.losses(since), resumed.losses(since)
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            return f"loss {key}: {ours.get(key)} and {theirs.get(key)}"
    expected = whole.checkpoints()
    for place, taken in resumed.checkpoints().items():
        # At the step where it began, some of what was asked may be still to do.
        both = (place in expected and place[0] > since) or taken is resumed.last
        if both and (found := _changed(expected[place], taken)):
            return f"at step {taken.step:,}, {found}"
    grids = [run.of(ev.SamplesDrawn)[-1].images for run in (whole, resumed)]
    return "" if np.array_equal(*grids) else "the last grid"


def _changed(first: ev.CheckpointTaken, second: ev.CheckpointTaken) -> str:
    if found := _unequal(first.weights, second.weights):
        return f"weight {found}"
    for name, state in first.progress.optimizers.items():
        other = second.progress.optimizers[name]
        if found := _unequal(state.tensors, other.tensors):
            return f"optimizer {name} {found}"
        if state.numbers != other.numbers:
            return f"optimizer {name}: {state.numbers} and {other.numbers}"
    if _plain(first.progress) != _plain(second.progress):
        return f"progress: {_plain(first.progress)} and {_plain(second.progress)}"
    return ""


def _unequal(first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]) -> str:
    if first.keys() != second.keys():
        return f"names: {sorted(first.keys() ^ second.keys())}"
    return next((n for n, value in first.items() if not torch.equal(value, second[n])), "")


def _plain(progress: Progress) -> Progress:
    return dataclasses.replace(progress, seconds=0.0, optimizers={}, live=dict(progress.live))
