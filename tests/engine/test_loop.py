"""The training as a generator of events, played without Qt, threads or files."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import models
from models import GenerativeModel, ImageShape, ModelConfig, param
from models.base import Batch, LossGuide, Player, Stage, Terms, adam
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import events as ev
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.loop import train

CPU = torch.device("cpu")


def a_run(
    data: ResidentData,
    name: str = "gan",
    *,
    seed: int = 0,
    seconds: float | None = None,
    commands: tuple[ask.Command, ...] = (),
    react: Callable[[ev.Event, Controls], None] = lambda event, controls: None,
    **settings: object,
) -> tuple[Any, list[ev.Event]]:
    config = models.spec(name).config.from_values({"steps": 6, "batch_size": 16} | settings)
    model = build(name, config, ImageShape(), seed=seed, device=CPU)
    controls = Controls()
    for command in commands:
        controls.send(command)
    heard: list[ev.Event] = []
    run = TrainConfig(model=name, settings=config, seed=seed, seconds=seconds, run=7)
    for event in train(model, data, run, controls):
        heard.append(event)
        react(event, controls)
    return model, heard


def of(kind: type, events: list[ev.Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def steps_of(events: list[ev.Event], player: str) -> list[int]:
    played = of(ev.RoundsPlayed, events)
    return [int(s) for e in played if player in e.losses for s in e.losses[player].steps]


def test_a_run_tells_its_story_in_order(data: ResidentData) -> None:
    _, heard = a_run(data)
    assert isinstance(heard[0], ev.RunStarted)
    assert [p.name for p in heard[0].stages[0].players] == ["discriminator", "generator"]
    assert [e.phase for e in of(ev.PhaseChanged, heard)] == ["running", "finished"]
    assert of(ev.Finished, heard)[0].complete
    assert {e.run for e in heard} == {7}
    assert steps_of(heard, "discriminator") == list(range(6)) == steps_of(heard, "generator")


def test_losses_come_apart_by_player(data: ResidentData) -> None:
    _, heard = a_run(data)
    losses = of(ev.RoundsPlayed, heard)[-1].losses
    assert {"total", "d_real", "d_fake"} <= losses["discriminator"].terms.keys()
    assert "d_real" not in losses["generator"].terms


def test_the_same_seed_plays_the_same_game(data: ResidentData) -> None:
    first, heard = a_run(data, seed=3)
    second, again = a_run(data, seed=3)
    other, _ = a_run(data, seed=4)
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name]), name
    assert not torch.equal(first.generator[0].weight, other.generator[0].weight)
    grids = [of(ev.SamplesDrawn, events)[-1].images for events in (heard, again)]
    assert np.array_equal(*grids)


def test_watching_changes_nothing(data: ResidentData) -> None:
    """Snapshots and samples asked for in every round leave weights as they would have been."""
    quiet, _ = a_run(data)

    def ask_in_every_round(event: ev.Event, controls: Controls) -> None:
        if isinstance(event, ev.RoundsPlayed):
            controls.send(ask.TakeSnapshot())

    busy, heard = a_run(data, commands=(ask.TakeSnapshot(),) * 5, react=ask_in_every_round)
    assert len(of(ev.SamplesDrawn, heard)) > 6
    for name, weight in quiet.state_dict().items():
        assert torch.equal(weight, busy.state_dict()[name]), name
    state = torch.get_rng_state()
    a_run(data)
    assert torch.equal(state, torch.get_rng_state()), "the global generator was used"


def test_a_snapshot_is_a_copy(data: ResidentData) -> None:
    model, heard = a_run(data)
    first, last = of(ev.SnapshotTaken, heard)[0], of(ev.SnapshotTaken, heard)[-1]
    live = model.state_dict()
    for name, weight in last.weights.items():
        assert torch.equal(weight, live[name])
        assert weight.data_ptr() != live[name].data_ptr()
    assert not torch.equal(first.weights["generator.0.weight"], live["generator.0.weight"])


def test_paused_plays_single_moves_and_rounds(data: ResidentData) -> None:
    said = iter(
        [
            ask.PlayMove("discriminator"),
            ask.PlayMove("generator"),
            ask.PlayRound(),
            ask.Stop(keep=True),
        ]
    )

    def one_after_the_other(event: ev.Event, controls: Controls) -> None:
        paused = isinstance(event, ev.PhaseChanged) and event.phase == "paused"
        done = isinstance(event, ev.SnapshotTaken) and event.step > 0
        if paused or done:
            controls.send(next(said, ask.Stop(keep=True)))

    _, heard = a_run(data, commands=(ask.Pause(),), react=one_after_the_other)
    assert steps_of(heard, "discriminator") == [0, 2]
    assert steps_of(heard, "generator") == [1, 2]
    notes = [(e.what, e.target) for e in of(ev.Intervened, heard)]
    expected = [("pause", ""), ("move", "discriminator"), ("move", "generator"), ("round", "")]
    assert notes == expected
    end = of(ev.Finished, heard)[0]
    assert (end.complete, end.keep, end.step) == (False, True, 3)


def test_a_single_move_changes_its_player_alone(data: ResidentData) -> None:
    def stop_after_move(event: ev.Event, controls: Controls) -> None:
        if isinstance(event, ev.Intervened) and event.what == "move":
            controls.send(ask.Stop(keep=True))

    untouched, _ = a_run(data, commands=(ask.Stop(keep=True),))
    moved, _ = a_run(data, commands=(ask.PlayMove("generator"),), react=stop_after_move)
    same = {
        name: torch.equal(weight, moved.state_dict()[name])
        for name, weight in untouched.state_dict().items()
    }
    assert all(same[n] for n in same if n.startswith("discriminator"))
    assert not same["generator.0.weight"]


def test_a_frozen_player_does_not_move(data: ResidentData) -> None:
    start, _ = a_run(data, commands=(ask.Stop(keep=True),))
    model, heard = a_run(data, commands=(ask.Freeze("discriminator", True),))
    weight = "discriminator.1.weight"
    assert torch.equal(start.state_dict()[weight], model.state_dict()[weight])
    assert steps_of(heard, "discriminator") == []
    assert steps_of(heard, "generator") == list(range(6))


def test_a_learning_rate_changes_live(data: ResidentData) -> None:
    start, _ = a_run(data, commands=(ask.Stop(keep=True),))
    model, heard = a_run(data, commands=(ask.Change("learning_rate_g", 0.0),))
    name = "generator.0.weight"
    assert torch.equal(start.state_dict()[name], model.state_dict()[name])
    assert [(e.target, e.value) for e in of(ev.Intervened, heard)] == [("learning_rate_g", 0.0)]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (ask.Change("latent_dim", 3), "cannot change while training"),
        (ask.Change("learning_rate_g", float("nan")), "at least"),
        (ask.Change("nonsense", 1), "there is no setting"),
        (ask.PlayMove("nobody"), "no player 'nobody'"),
    ],
)
def test_what_is_impossible_is_refused_and_the_run_goes_on(
    data: ResidentData, command: ask.Command, words: str
) -> None:
    _, heard = a_run(data, commands=(command,))
    assert words in of(ev.Refused, heard)[0].message
    assert of(ev.Finished, heard)[0].step == 6


def test_a_discarded_run_says_so(data: ResidentData) -> None:
    _, heard = a_run(data, commands=(ask.Stop(keep=False),))
    assert not of(ev.Finished, heard)[0].keep


class Poisoned(GenerativeModel):
    """Learns well until its third move."""

    card = models.spec("gan").card

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        learning_rate: float = param(0.1, help="Step size.", live=True)

    def __init__(self) -> None:
        super().__init__(self.Config(steps=50, batch_size=4), ImageShape())
        self.weight = nn.Parameter(torch.ones(1))
        self.moves = 0

    def stages(self) -> tuple[Stage, ...]:
        guide = LossGuide(rising="", falling="", steady="")
        player = Player(
            name="learner",
            title="Learner",
            role="learner",
            modules=(self,),
            loss=self.loss,
            optimizer=adam(),
            guide=guide,
        )
        return (Stage(name="only", title="Only", players=(player,)),)

    def loss(self, batch: Batch) -> Terms:
        self.moves += 1
        bad = torch.tensor(float("nan") if self.moves >= 3 else 1.0)
        return {"total": (self.weight * bad).sum()}

    def sample(
        self, count: int, *, generator: torch.Generator, labels: torch.Tensor | None = None
    ) -> torch.Tensor:
        return torch.zeros(count, 1, 28, 28)


def test_a_loss_that_is_no_number_ends_the_run_before_anyone_sees_the_weights(
    data: ResidentData,
) -> None:
    model = Poisoned()
    run = TrainConfig(model="poisoned", settings=model.config)
    heard = list(train(model, data, run, Controls()))
    failed = of(ev.Failed, heard)[0]
    assert "learner's loss is not a finite number since step 2:" in failed.message
    assert heard[-1] == ev.PhaseChanged(0, failed.step, ev.Phase.FAILED)
    assert not of(ev.Finished, heard)
    assert failed.cause == "diverged"
    assert failed.step == 2
    assert "lower learning rate" in failed.message
    assert steps_of(heard, "learner") == [0, 1], "the curves end before the loss that is no number"
    for event in of(ev.SnapshotTaken, heard) + of(ev.CheckpointTaken, heard):
        assert event.step < 2
        assert torch.isfinite(event.weights["weight"]).all()


def test_a_budget_of_seconds_ends(data: ResidentData) -> None:
    _, heard = a_run(data, seconds=0.3, steps=1_000_000)
    end = of(ev.Finished, heard)[0]
    assert end.complete
    assert 0.3 <= end.seconds < 30
    assert of(ev.RoundsPlayed, heard)[-1].total_steps is None


def test_stages_follow_each_other_by_their_shares(data: ResidentData) -> None:
    name = "vqvae"
    if name not in models.available():
        pytest.skip("no model with two stages")
    _, heard = a_run(data, name, steps=4)
    changes = of(ev.StageChanged, heard)
    assert [c.index for c in changes] == [0, 1]
    share = changes[0].stage.share
    assert changes[1].step == math.ceil(4 * share)
    assert of(ev.Finished, heard)[0].step == 4
