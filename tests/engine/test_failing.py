"""What goes wrong in a training: numbers that are none, and memory that is not there."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import models
from models import GenerativeModel, ImageShape, ModelConfig, param
from models.base import Batch, LossGuide, OptimizerFactory, Player, Stage, Terms, adam
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import events as ev
from studio.engine import memory
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.copies import all_finite
from studio.engine.loop import train
from studio.engine.pace import Budget

pytestmark = pytest.mark.usefixtures("every_round")


class Victim(GenerativeModel):
    """Something happens to it in a certain round."""

    card = models.spec("gan").card

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        learning_rate: float = param(0.1, help="Step size.", live=True)

    def __init__(
        self,
        happens: Callable[[Victim, Batch], None],
        at: int = 3,
        *,
        optimizer: OptimizerFactory | None = None,
        batch_size: int = 64,
    ) -> None:
        super().__init__(self.Config(steps=8, batch_size=batch_size), ImageShape())
        self.weight = nn.Parameter(torch.ones(4))
        self.register_buffer("extra", torch.zeros(4))
        self.happens, self.at, self.moves = happens, at, 0
        self.optimizer = optimizer or adam()

    def stages(self) -> tuple[Stage, ...]:
        player = Player(
            name="learner",
            title="Learner",
            role="learner",
            modules=(self,),
            loss=self.loss,
            optimizer=self.optimizer,
            guide=LossGuide(rising="", falling="", steady=""),
        )
        return (Stage(name="only", title="Only", players=(player,)),)

    def loss(self, batch: Batch) -> Terms:
        if self.moves == self.at:
            self.happens(self, batch)
        self.moves += 1
        return {"total": self.weight.square().sum()}

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        return (self.weight.mean() + self.extra.mean()).expand(count, 1, 28, 28).clone()


def play(
    model: Victim,
    data: ResidentData,
    *commands: ask.Command,
    react: Callable[[ev.Event], None] = lambda event: None,
) -> list[Any]:
    controls = Controls()
    for command in commands:
        controls.send(command)
    heard = []
    run = TrainConfig(model="victim", settings=model.config)
    for event in train(model, data, run, controls):
        heard.append(event)
        react(event)
    return heard


def only(kind: type, heard: list[Any]) -> list[Any]:
    return [event for event in heard if isinstance(event, kind)]


# Numbers that are none


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("what", ["weight", "extra"])
def test_weights_that_are_not_finite_never_leave(
    what: str, value: float, data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither as a snapshot nor as a checkpoint nor as the picture of a step."""
    monkeypatch.setattr(Budget, "due", lambda budget: True)

    def spoil(model: Victim, batch: Batch) -> None:
        with torch.no_grad():
            getattr(model, what)[1] = value

    model = Victim(spoil)
    # Its loss stays good for ever: only a look at the weights can tell.
    model.loss = lambda batch, loss=model.loss: (  # type: ignore[method-assign]
        loss(batch) and {"total": model.weight.nan_to_num(0, 0, 0).square().sum()}
    )
    heard = play(model, data)
    failed = only(ev.Failed, heard)[0]
    assert failed.cause == "diverged"
    assert "since step 3 at the latest" in failed.message
    assert not only(ev.Finished, heard)
    for kind in (ev.SnapshotTaken, ev.CheckpointTaken, ev.SamplesDrawn, ev.Measured):
        assert max(event.step for event in only(kind, heard)) == 3, kind
    for event in only(ev.SnapshotTaken, heard) + only(ev.CheckpointTaken, heard):
        assert all_finite(event.weights.values())


def test_a_grid_alone_does_not_show_them_either(
    data: ResidentData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where weights are many, grids come more often than copies of them."""
    monkeypatch.setattr(Budget, "due", lambda budget: budget._share < 30)

    def spoil(model: Victim, batch: Batch) -> None:
        model.extra.fill_(float("nan"))

    heard = play(Victim(spoil), data)
    assert [e.step for e in only(ev.SamplesDrawn, heard)] == [0, 1, 2, 3]
    assert only(ev.Failed, heard)[0].cause == "diverged"


def test_an_optimizer_that_overflows_is_not_kept(data: ResidentData) -> None:
    """The weights stand still then, and look sound."""

    def explode(model: Victim, batch: Batch) -> None:
        model.weight.register_hook(lambda gradient: gradient * 1e30)

    heard = play(Victim(explode), data)
    failed = only(ev.Failed, heard)[0]
    assert failed.cause == "diverged"
    assert "learner's gradients overflow" in failed.message
    for event in only(ev.CheckpointTaken, heard):
        for state in event.progress.optimizers.values():
            assert all_finite(state.tensors.values())


def test_great_numbers_are_finite() -> None:
    great = torch.full((8,), 3e38)
    assert torch.isinf(great.sum())
    assert all_finite([great, torch.tensor([1, 2]), torch.tensor(True), torch.zeros(0)])
    for value in (float("nan"), float("inf"), -float("inf")):
        assert not all_finite([torch.ones(3), torch.tensor([1.0, value])])
    assert not all_finite([torch.tensor([float("inf"), -float("inf")])])


# Memory that is not there


def on_the_host() -> None:
    raise MemoryError


def on_the_cpu() -> None:
    torch.empty(2**50, dtype=torch.uint8)


def on_cuda() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def on_mps() -> None:
    raise RuntimeError("MPS backend out of memory (MPS allocated: 9.06 GB)")


@pytest.mark.parametrize("exhaust", [on_the_host, on_the_cpu, on_cuda, on_mps])
def test_out_of_memory_ends_the_run_with_advice_and_nothing_is_held(
    exhaust: Callable[[], None], data: ResidentData
) -> None:
    held: list[weakref.ref[Tensor]] = []
    alive: list[Tensor | None] = []

    def fill(model: Victim, batch: Batch) -> None:
        graph = (model.weight * torch.ones(1000, 4)).sum(dim=1)
        held.extend([weakref.ref(graph), weakref.ref(batch.images)])
        exhaust()

    def look(event: ev.Event) -> None:
        if isinstance(event, ev.Failed):
            alive.extend(ref() for ref in held)

    model = Victim(fill)
    heard = play(model, data, react=look)
    failed = only(ev.Failed, heard)[0]
    assert (failed.cause, failed.step) == ("memory", 3)
    assert "batches of 64 digits" in failed.message
    assert "batches of 32" in failed.message
    assert heard[-1].phase == ev.Phase.FAILED
    assert not only(ev.Finished, heard)
    assert alive == [None, None], "the step's tensors still fill the memory"
    assert model.weight.grad is None


def test_a_grid_may_run_out_of_memory_too(data: ResidentData) -> None:
    class Greedy(Victim):
        def sample(
            self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
        ) -> Tensor:
            raise MemoryError

    heard = play(Greedy(lambda model, batch: None), data)
    assert only(ev.Failed, heard)[0].cause == "memory"


def test_another_error_is_not_taken_for_it(data: ResidentData) -> None:
    def break_down(model: Victim, batch: Batch) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        play(Victim(break_down), data)


def test_the_advice_never_asks_for_less_than_a_batch() -> None:
    assert "batches of 2." in memory.advice(ModelConfig(batch_size=3))
    assert "smaller model" in memory.advice(ModelConfig(batch_size=2))


# Closing in a hurry


@pytest.mark.parametrize("hurry", [False, True])
def test_a_run_that_is_cut_short_can_go_on(hurry: bool, data: ResidentData) -> None:
    heard = play(Victim(lambda model, batch: None), data, ask.Stop(True, hurry))
    finished = only(ev.Finished, heard)[0]
    assert (finished.suspended, finished.keep, finished.complete) == (hurry, True, False)
    # A grid at the beginning, and another at the end if there is time.
    assert len(only(ev.SamplesDrawn, heard)) == (1 if hurry else 2)
    assert len(only(ev.CheckpointTaken, heard)) == 2
    taken = only(ev.CheckpointTaken, heard)[-1]
    snapshot = only(ev.SnapshotTaken, heard)[-1]
    assert taken.weights is snapshot.weights, "copied twice"
    assert snapshot.wanted


def test_a_discarded_run_is_not_suspended(data: ResidentData) -> None:
    heard = play(Victim(lambda model, batch: None), data, ask.Stop(keep=False, hurry=True))
    assert not only(ev.Finished, heard)[0].suspended
