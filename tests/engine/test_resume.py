"""A run that goes on is the run that never stopped: every loss, weight and memory, to the bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch

import models
from models import ModelConfig
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import events as ev
from studio.engine.pace import Budget
from studio.engine.progress import OptimizerState, Progress, Start
from tests.engine.apprentice import an_apprentice
from tests.engine.rehearsal import (
    ROUNDS,
    Make,
    Outcome,
    difference,
    interventions,
    of_the_zoo,
    perform,
    stage_boundaries,
    start_of,
)

MODELS = (*models.available(), "apprentice")
HALF = ROUNDS // 2

pytestmark = pytest.mark.usefixtures("every_round")


def subject(name: str) -> tuple[ModelConfig, Make]:
    return an_apprentice() if name == "apprentice" else of_the_zoo(name)


def stop_points(settings: ModelConfig, make: Make) -> list[int]:
    """The first rounds, around the middle and around each stage boundary, and the last."""
    points = {1, 2, HALF - 1, HALF, HALF + 1, 2 * HALF - 1}
    for boundary in stage_boundaries(make(settings, 0)):
        points |= {boundary - 1, boundary, boundary + 1}
    # Those without a boundary get others, so that there are eight of each.
    return sorted(points | {4, 9})


@pytest.mark.parametrize("name", MODELS)
def test_a_run_that_goes_on_is_the_run_that_never_stopped(name: str, data: ResidentData) -> None:
    settings, make = subject(name)
    plan = interventions(settings)
    whole = perform(make, settings, data, plan)
    assert whole.last.step == ROUNDS
    assert whole.last.progress.live, "nothing was changed live"
    points = stop_points(settings, make)
    assert len(points) >= 8
    for at in points:
        hurry = bool(at % 2)
        part = perform(make, settings, data, plan, stop=ask.Stop(True, hurry=hurry), at=at)
        resumed = perform(make, settings, data, plan, start=start_of(part.last))
        assert resumed.heard[0].step == part.last.step >= at
        assert difference(whole, resumed) == "", f"stopped at {at}"


def test_every_checkpoint_will_do(data: ResidentData, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those at the very end of a stage, which no intervention can ask for."""
    settings, make = an_apprentice()
    plan = interventions(settings)
    monkeypatch.setattr(Budget, "due", lambda budget: True)
    whole = perform(make, settings, data, plan)
    first: dict[tuple[int, int], ev.CheckpointTaken] = {}
    for checkpoint in whole.of(ev.CheckpointTaken):
        # The first of a step was taken before anything was asked for at this step.
        first.setdefault((checkpoint.step, checkpoint.progress.stage), checkpoint)
    boundary = next(stage_boundaries(make(settings, 0)))
    assert {(boundary, 0), (boundary, 1)} <= first.keys()
    assert {step for step, _ in first} == set(range(ROUNDS + 1))
    draws = [first[place].progress.draws for place in sorted(first)]
    assert draws == sorted(draws), "a stage is dealt the same batches again"
    assert draws[0] < draws[-1]
    for checkpoint in first.values():
        resumed = perform(make, settings, data, plan, start=start_of(checkpoint))
        assert difference(whole, resumed) == "", (checkpoint.step, checkpoint.progress.stage)


# What falsifying a part of the state does


def broken(taken: ev.CheckpointTaken, **changes: Any) -> Start:
    return Start(taken.weights, dataclasses.replace(taken.progress, **changes))


def falsified(value: torch.Tensor) -> torch.Tensor:
    return value + 1 if value.dtype != torch.bool else ~value


@pytest.fixture
def halfway(data: ResidentData) -> tuple[Outcome, Callable[[Start], str]]:
    """A run stopped after live changes with somebody frozen; how going on from it differs."""
    settings, make = an_apprentice()
    plan = interventions(settings) | {3: lambda players: [ask.Freeze("judge", True)]}
    whole = perform(make, settings, data, plan)
    part = perform(make, settings, data, plan, stop=ask.Stop(True), at=4)
    compare = lambda start: difference(whole, perform(make, settings, data, plan, start=start))  # noqa: E731
    assert compare(start_of(part.last)) == ""
    assert part.last.progress.frozen == ("judge",)
    return part, compare


@pytest.mark.parametrize(
    "change",
    [
        {"step": 5},
        {"stage": 1, "optimizers": {}, "frozen": ()},
        {"draws": 1},
        {"live": {}},
        {"frozen": ()},
        {"optimizers": {}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_word_about_the_progress_is_noticed(
    change: dict[str, Any], halfway: tuple[Outcome, Callable[[Start], str]]
) -> None:
    part, compare = halfway
    assert compare(broken(part.last, **change))


def test_every_live_setting_counts(halfway: tuple[Outcome, Callable[[Start], str]]) -> None:
    part, compare = halfway
    live = dict(part.last.progress.live)
    assert len(live) == 4
    for name in live:
        assert compare(broken(part.last, live={k: live[k] for k in live if k != name})), name


def test_every_weight_and_buffer_counts(halfway: tuple[Outcome, Callable[[Start], str]]) -> None:
    part, compare = halfway
    weights = part.last.weights
    assert {"replay", "place", "averaged.updates", "encoder.2.running_var"} <= weights.keys()
    for name in weights:
        if name != "mean":  # filled when the second stage begins: see the next test
            wrong = dict(weights) | {name: falsified(weights[name])}
            assert compare(Start(wrong, part.last.progress)), name


def test_what_a_stage_learned_when_it_began_counts(data: ResidentData) -> None:
    settings, make = an_apprentice()
    whole = perform(make, settings, data, {})
    part = perform(make, settings, data, {}, stop=ask.Stop(True), at=9)
    resumed = perform(make, settings, data, {}, start=start_of(part.last))
    assert difference(whole, resumed) == ""
    assert (part.model.entered, resumed.model.entered) == (1, 0)
    assert [e.index for e in resumed.of(ev.StageChanged)] == [1]
    wrong = dict(part.last.weights) | {"mean": torch.zeros_like(part.last.weights["mean"])}
    assert difference(
        whole, perform(make, settings, data, {}, start=Start(wrong, part.last.progress))
    )


def test_everything_that_an_optimizer_remembers_counts(
    halfway: tuple[Outcome, Callable[[Start], str]],
) -> None:
    part, compare = halfway
    optimizers = part.last.progress.optimizers
    words = {key.split("/")[1] for state in optimizers.values() for key in state.tensors}
    assert words >= {"exp_avg", "exp_avg_sq", "step", "square_avg", "momentum_buffer", "grad_avg"}
    for name, state in optimizers.items():
        for key in state.tensors:
            tensors = dict(state.tensors) | {key: falsified(state.tensors[key])}
            wrong = dict(optimizers) | {name: OptimizerState(tensors, state.numbers)}
            assert compare(broken(part.last, optimizers=wrong)), f"{name} {key}"
        assert compare(broken(part.last, optimizers=dict(optimizers) | {name: OptimizerState()}))


@pytest.mark.parametrize("name", models.available())
def test_a_model_of_the_zoo_misses_each_part(name: str, data: ResidentData) -> None:
    settings, make = subject(name)
    plan = interventions(settings)
    whole = perform(make, settings, data, plan)
    part = perform(make, settings, data, plan, stop=ask.Stop(True), at=7)
    taken = part.last
    for change in ({"step": 8}, {"draws": 0}, {"live": {}}, {"frozen": ()}, {"optimizers": {}}):
        if change == {"frozen": ()} and not taken.progress.frozen:
            continue
        resumed = perform(make, settings, data, plan, start=broken(taken, **change))
        assert difference(whole, resumed), change
    key = max(taken.weights, key=lambda k: taken.weights[k].numel())
    wrong = dict(taken.weights) | {key: falsified(taken.weights[key])}
    assert difference(
        whole, perform(make, settings, data, plan, start=Start(wrong, taken.progress))
    )


# The edges


def test_a_finished_run_ends_at_once(data: ResidentData) -> None:
    settings, make = an_apprentice()
    whole = perform(make, settings, data, {})
    again = perform(make, settings, data, {}, start=start_of(whole.last))
    assert not again.of(ev.RoundsPlayed)
    assert again.of(ev.Finished)[0].complete
    assert again.of(ev.Finished)[0].step == ROUNDS
    assert difference(whole, again) == ""


def test_a_finished_run_can_be_made_longer(data: ResidentData) -> None:
    settings, make = an_apprentice()
    whole = perform(make, settings, data, {})
    longer = broken(whole.last, live={"steps": ROUNDS + 3})
    again = perform(make, settings, data, {}, start=longer)
    assert again.of(ev.Finished)[0].step == ROUNDS + 3
    assert again.last.progress.live == {"steps": ROUNDS + 3}


def test_weights_alone_are_a_start_too(data: ResidentData) -> None:
    settings, make = an_apprentice()
    part = perform(make, settings, data, {}, stop=ask.Stop(True), at=4)
    snapshot = part.of(ev.SnapshotTaken)[-1]
    assert not snapshot.progress.optimizers
    assert perform(make, settings, data, {}, start=start_of(snapshot)).last.step == ROUNDS


def test_the_time_spent_counts(data: ResidentData) -> None:
    settings, make = an_apprentice()
    part = perform(make, settings, data, {}, stop=ask.Stop(True), at=4)
    spent = broken(part.last, seconds=1000.0)
    again = perform(make, settings, data, {}, start=spent, seconds=1000.0)
    assert not again.of(ev.RoundsPlayed)
    assert again.of(ev.Finished)[0].complete
    assert again.last.progress.seconds >= 1000.0
    assert perform(make, settings, data, {}, start=spent).last.progress.seconds > 1000.0


def test_steps_are_whole_numbers_beyond_what_a_float_can_count(data: ResidentData) -> None:
    settings, make = an_apprentice()
    part = perform(make, settings, data, {}, stop=ask.Stop(True), at=4)
    far = broken(part.last, step=2**53, draws=2**53)
    again = perform(
        make, settings, data, {}, start=far, seconds=1e6, stop=ask.Stop(True), at=2**53 + 3
    )
    assert type(again.heard[0].step) is int
    assert sorted({step for _, step, _ in again.losses(0)}) == [2**53 + i for i in range(3)]
    assert again.of(ev.Finished)[0].step == 2**53 + 3


# A start from a stranger


@pytest.mark.parametrize(
    "change",
    [
        {"stage": 2},
        {"stage": -1},
        {"step": -1},
        {"draws": -1},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"frozen": ("nobody",)},
        {"live": {"nonsense": 1}},
        {"live": {"batch_size": 4}},
        {"live": {"learning_rate": float("nan")}},
        {"live": {"steps": 0}},
        {"optimizers": {"nobody": OptimizerState()}},
    ],
    ids=str,
)
def test_a_start_that_does_not_fit_is_refused(change: dict[str, Any], data: ResidentData) -> None:
    settings, make = an_apprentice()
    part = perform(make, settings, data, {}, stop=ask.Stop(True), at=2)
    with pytest.raises(ValueError, match=r"^[^\n]{10,200}$"):
        perform(make, settings, data, {}, start=broken(part.last, **change))


def test_weights_of_another_model_are_refused(data: ResidentData) -> None:
    settings, make = an_apprentice()
    for weights in ({}, make(settings, 0).state_dict() | {"place": torch.zeros(3)}):
        with pytest.raises(ValueError, match="weights do not fit"):
            perform(make, settings, data, {}, start=Start(weights, Progress()))
