"""Optimizers forget nothing when they are taken apart and put together, and believe no stranger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from models.base import LossGuide, OptimizerFactory, Player, Terms, adam
from studio.engine.optimizers import recall, remember
from studio.engine.progress import OptimizerState

KINDS: dict[str, OptimizerFactory] = {
    "AdamW fused": adam(weight_decay=0.1),
    "Adam": lambda parameters, rate: torch.optim.Adam(parameters, lr=rate),
    "Adam amsgrad": lambda parameters, rate: torch.optim.Adam(parameters, lr=rate, amsgrad=True),
    "RMSprop": lambda parameters, rate: torch.optim.RMSprop(parameters, lr=rate),
    "RMSprop centred": lambda parameters, rate: torch.optim.RMSprop(
        parameters, lr=rate, momentum=0.9, centered=True
    ),
    "SGD": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate),
    "SGD momentum": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
    "Adagrad": lambda parameters, rate: torch.optim.Adagrad(parameters, lr=rate),
    "NAdam": lambda parameters, rate: torch.optim.NAdam(parameters, lr=rate),
}


class Weights(nn.Module):
    """Of odd shapes: transposed in memory, a scalar, one that never gets a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.linspace(-1, 1, 15).view(5, 3).t())
        self.b = nn.Parameter(torch.tensor(0.7))
        self.idle = nn.Parameter(torch.ones(2))

    def loss(self, _: object) -> Terms:
        return {"total": (self.a**4).sum() * self.b + self.b**2}


def a_player(kind: OptimizerFactory) -> Player:
    weights = Weights()
    return Player(
        name="learner",
        title="Learner",
        role="learner",
        modules=(weights,),
        loss=weights.loss,  # type: ignore[arg-type]
        optimizer=kind,
        guide=LossGuide(rising="", falling="", steady=""),
    )


def step(player: Player, optimizer: torch.optim.Optimizer, times: int) -> None:
    for _ in range(times):
        optimizer.zero_grad()
        player.loss(None)["total"].backward()  # type: ignore[arg-type, no-untyped-call]
        optimizer.step()


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize("moves", [0, 1, 3])
def test_an_optimizer_goes_on_where_the_other_stopped(kind: OptimizerFactory, moves: int) -> None:
    first, second = a_player(kind), a_player(kind)
    optimizer = kind(first.parameters(), 0.01)
    step(first, optimizer, moves)
    state = remember(optimizer)
    for weight, other in zip(first.parameters(), second.parameters(), strict=True):
        other.data.copy_(weight.data)
    again = kind(second.parameters(), 0.01)
    recall(again, state, second)
    step(first, optimizer, 3)
    kept = {key: tensor.clone() for key, tensor in state.tensors.items()}
    step(second, again, 3)
    for weight, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(weight, other)
    for key, tensor in kept.items():
        assert torch.equal(tensor, state.tensors[key]), f"{key} is written into by the training"
    assert len(remember(again).tensors) == len(remember(optimizer).tensors)


def altered(
    change: Callable[[dict[str, torch.Tensor], dict[str, bool | int | float | None]], object],
) -> OptimizerState:
    player = a_player(adam())
    optimizer = player.optimizer(player.parameters(), 0.01)
    step(player, optimizer, 2)
    state = remember(optimizer)
    tensors, numbers = dict(state.tensors), dict(state.numbers)
    change(tensors, numbers)
    return OptimizerState(tensors, numbers)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t, n: t.update({"3/exp_avg": torch.zeros(2)}), "nothing called '3/exp_avg'"),
        (lambda t, n: t.update({"-1/exp_avg": torch.zeros(2)}), "nothing called"),
        (lambda t, n: t.update({"00/exp_avg": torch.zeros(2)}), "nothing called"),
        (lambda t, n: t.update({"²/exp_avg": torch.zeros(2)}), "nothing called"),
        (lambda t, n: t.update({"9" * 5000 + "/step": torch.zeros(())}), "nothing called"),
        (lambda t, n: t.update({"exp_avg": torch.zeros(2)}), "nothing called"),
        (lambda t, n: t.update({"0/__class__": torch.zeros(2)}), "nothing called"),
        (lambda t, n: t.update({"0/exp_avg": torch.zeros(5, 3)}), r"shape \(5, 3\), not \(3, 5\)"),
        (lambda t, n: t.update({"0/exp_avg": torch.zeros(1)}), "shape"),
        (lambda t, n: t.update({"0/exp_avg": torch.zeros(())}), "shape"),
        (lambda t, n: t.update({"0/step": torch.zeros(3, 5)}), "shape"),
        (lambda t, n: t.update({"0/exp_avg": torch.full((3, 5), float("nan"))}), "not finite"),
        (lambda t, n: t.update({"0/step": torch.tensor(float("inf"))}), "not finite"),
        (lambda t, n: t.update({"0/exp_avg": torch.zeros(3, 5).double()}), "wrong kind"),
        (lambda t, n: t.update({"0/exp_avg": torch.zeros(3, 5, dtype=torch.int8)}), "wrong kind"),
        (lambda t, n: n.update({"0/step": 3.0}), "wrong kind"),
        (lambda t, n: t.pop("0/exp_avg_sq"), "0/exp_avg_sq is missing"),
        (lambda t, n: t.update({"2/step": torch.ones(())}), "2/exp_avg is missing"),
    ],
)
def test_a_memory_that_does_not_fit_is_refused(
    change: Callable[[dict[str, torch.Tensor], dict[str, bool | int | float | None]], object],
    words: str,
) -> None:
    player = a_player(adam())
    optimizer = player.optimizer(player.parameters(), 0.01)
    with pytest.raises(ValueError, match=words) as refusal:
        recall(optimizer, altered(change), player)
    assert "does not fit the learner" in str(refusal.value)
    assert len(str(refusal.value)) < 150
    assert "\n" not in str(refusal.value)
    assert not optimizer.state, "half of it was believed"


def test_numbers_are_kept_apart() -> None:
    """NAdam keeps a product of its momenta, some optimizers plain numbers."""

    class Counting(torch.optim.SGD):
        def step(self, closure: object = None) -> None:  # type: ignore[override]
            for parameter in self.param_groups[0]["params"]:
                memory = self.state[parameter]
                memory["moves"] = memory.get("moves", 0) + 1
                memory["free"] = None

    player = a_player(lambda parameters, rate: Counting(parameters, lr=rate))
    optimizer = player.optimizer(player.parameters(), 0.1)
    optimizer.step()
    optimizer.step()
    state = remember(optimizer)
    assert state.numbers == {f"{i}/{word}": v for i in range(3) for word, v in WORDS.items()}
    again = player.optimizer(player.parameters(), 0.1)
    recall(again, state, player)
    assert remember(again) == state
    for wrong in (float("nan"), "three", [3]):
        with pytest.raises(ValueError, match="moves is"):
            recall(again, OptimizerState({}, dict(state.numbers) | {"0/moves": wrong}), player)  # type: ignore[dict-item]


WORDS = {"moves": 2, "free": None}
