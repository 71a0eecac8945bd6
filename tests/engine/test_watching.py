"""Looking on changes nothing; and what is shown together belongs together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import models
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import events as ev
from studio.engine import preview
from studio.engine.pace import Budget
from tests.engine.apprentice import an_apprentice
from tests.engine.rehearsal import Plan, difference, of_the_zoo, perform

NOTHING: Plan = {}


@pytest.fixture(autouse=True)
def _small_grids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "GRID", 4)


@pytest.mark.parametrize("name", [*models.available(), "apprentice"])
def test_watching_every_round_changes_nothing(
    name: str, data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, make = an_apprentice() if name == "apprentice" else of_the_zoo(name)
    before = torch.get_rng_state()
    monkeypatch.setattr(Budget, "due", lambda budget: False)
    alone = perform(make, settings, data, NOTHING)
    monkeypatch.setattr(Budget, "due", lambda budget: True)
    watched = perform(make, settings, data, NOTHING)
    assert len(watched.of(ev.SnapshotTaken)) > settings.steps > len(alone.of(ev.SnapshotTaken))
    assert len(watched.of(ev.CheckpointTaken)) > settings.steps
    assert difference(alone, watched) == ""
    assert torch.equal(before, torch.get_rng_state()), "the global generator was used"


def test_weights_and_grid_come_together(
    data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timeline shows both of one step."""
    monkeypatch.setattr(Budget, "due", lambda budget: True)
    settings, make = an_apprentice()
    heard = perform(make, settings, data, NOTHING).heard
    grid = None
    for event in heard:
        if isinstance(event, ev.SamplesDrawn):
            grid = event
        if isinstance(event, ev.SnapshotTaken):
            assert grid is not None
            assert grid.step == event.step == event.progress.step
            assert not event.progress.optimizers
            grid = None


def test_losses_are_told_before_the_checkpoint_that_contains_them(
    data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget, "due", lambda budget: budget._least > 1)
    settings, make = an_apprentice()
    plan: Plan = {0: lambda players: [ask.TakeSnapshot()]}
    told = 0
    for event in perform(make, settings, data, plan).heard:
        if isinstance(event, ev.RoundsPlayed):
            told = event.step
        if isinstance(event, ev.CheckpointTaken):
            assert told == event.step


@pytest.mark.usefixtures("every_round")
def test_what_was_asked_for_is_wanted(data: ResidentData) -> None:
    settings, make = an_apprentice()
    plan: Plan = {
        3: lambda players: [ask.TakeSnapshot()],
        5: lambda players: [ask.PlayRound(), ask.Resume()],
    }
    taken = perform(make, settings, data, plan).of(ev.SnapshotTaken)
    # Start, asked for, the pause before the round, the second stage, the end; not the round itself.
    assert [s.step for s in taken if s.wanted] == [0, 3, 5, 8, 12]
    assert [s.step for s in taken if not s.wanted] == [6]


@pytest.mark.usefixtures("every_round")
def test_a_paused_run_waits_in_the_next_stage(data: ResidentData) -> None:
    """Rounds played one by one go over the border of a stage as all rounds do."""
    settings, make = an_apprentice()
    plan: Plan = {
        7: lambda players: [ask.PlayRound(), ask.PlayRound(), ask.PlayMove("polisher")],
        10: lambda players: [ask.Resume()],
    }
    run = perform(make, settings, data, plan)
    assert [(e.step, e.index) for e in run.of(ev.StageChanged)] == [(0, 0), (8, 1)]
    notes = [(e.step, e.what) for e in run.of(ev.Intervened)]
    assert notes == [(7, "pause"), (8, "round"), (9, "round"), (10, "move"), (10, "resume")]
    assert run.of(ev.Finished)[0].step == 12


@pytest.mark.usefixtures("every_round")
def test_rounds_played_by_hand_are_the_same_rounds(data: ResidentData) -> None:
    settings, make = an_apprentice()
    by_hand: Plan = {step: lambda players: [ask.PlayRound(), ask.Resume()] for step in (2, 5, 10)}
    alone, stepped = (perform(make, settings, data, plan) for plan in (NOTHING, by_hand))
    assert len(stepped.of(ev.Intervened)) == 9
    assert difference(alone, stepped) == ""


# Instruments


class Painter:
    """Grids of a wanted variety: real digits, of which all but a few are the same one."""

    def __init__(self, real: np.ndarray) -> None:
        self.real = real

    def paint(self, different: int) -> torch.Tensor:
        chosen = [min(i, different) for i in range(len(self.real))]
        return torch.from_numpy(self.real[chosen]).float().div(255)[:, None]


def test_grids_are_measured_and_a_collapse_is_told(
    data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget, "due", lambda budget: True)
    monkeypatch.setattr(preview, "GRID", 64)
    painter = Painter(data.images[:64, 0].numpy())
    kinds = iter([0, 0, 60, 1, 60, 1, 1, 1, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60])
    monkeypatch.setattr(preview.means, "sample", lambda *_, **__: painter.paint(next(kinds)))
    settings, make = of_the_zoo("vae")
    run = perform(make, settings, data, NOTHING)
    measured = run.of(ev.Measured)
    assert measured[0].values["variety"] == 0.0
    assert measured[2].values["variety"] > 0.9
    alarms = run.of(ev.Alarmed)
    assert [(a.rule, a.begins) for a in alarms] == [("collapse", True), ("collapse", False)]
    # The first of the two grids in a row, not the one that had been an exception before.
    low = [m.step for m in measured if m.values["variety"] < 0.35]
    assert f"Since step {low[3]} the digits look alike: " in alarms[0].message
    assert alarms[0].step == low[4]


def test_copies_of_digits_are_not_measured(
    data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget, "due", lambda budget: True)
    settings, make = of_the_zoo("vqvae")
    run = perform(make, settings, data, NOTHING)
    second = run.of(ev.StageChanged)[1].step
    assert min(m.step for m in run.of(ev.Measured)) == second > 0
