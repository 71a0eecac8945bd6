"""What optimizers remember, taken out of them and put back.

Works for every optimizer of `torch.optim` that keeps, for each parameter, tensors of its shape and
scalars: Adam, AdamW, RMSprop, SGD and their kin. The settings of an optimizer are not part of its
memory: the player's factory makes it anew, and its rate is set before each move.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from studio.engine.copies import all_finite, copied
from studio.engine.progress import OptimizerState

if TYPE_CHECKING:
    from models.base import Player


def set_momentum(group: dict[str, Any], value: float) -> None:
    """How much of the past the next steps carry on: Adam's beta1, in [0, 1).

    Adam's correction for its start, 1 - beta1 to the power of the step, is that of the new value
    from then on.
    """
    group["betas"] = (value, group["betas"][1])


def remember(optimizer: torch.optim.Optimizer) -> OptimizerState:
    """A copy of its memory, on the CPU."""
    tensors: dict[str, Tensor] = {}
    numbers: dict[str, bool | int | float | None] = {}
    for index, memory in optimizer.state_dict()["state"].items():
        for word, value in memory.items():
            if isinstance(value, Tensor):
                tensors[f"{index}/{word}"] = copied(value)
            else:
                numbers[f"{index}/{word}"] = value
    return OptimizerState(tensors, numbers)


def recall(optimizer: torch.optim.Optimizer, state: OptimizerState, player: Player) -> None:
    """Gives a fresh optimizer of `player` the memory of another one.

    The memory may come from a stranger's file, so nothing of it is believed.

    Raises:
        ValueError: it is not what this optimizer remembers of these parameters; one sentence.
    """
    parameters = player.parameters()
    places = {str(index): index for index in range(len(parameters))}
    expected = _what_it_remembers(player)
    found: dict[int, dict[str, Any]] = {}
    for key, value in (*state.tensors.items(), *state.numbers.items()):
        number, _, word = key.partition("/")
        if number not in places or word not in expected:
            raise _unfit(player, f"it knows nothing called {key[:60]!r}")
        index, pattern = places[number], expected[word]
        _check(value, pattern, parameters[index], player, key)
        found.setdefault(index, {})[word] = _placed(value, pattern, parameters[index])
    for index, memory in found.items():
        if missing := expected.keys() - memory.keys():
            raise _unfit(player, f"{index}/{min(missing)} is missing")
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": found, "param_groups": groups})


def _what_it_remembers(player: Player) -> dict[str, Any]:
    """By word, what an optimizer of this player holds after one step, for a (2, 3) parameter."""
    like = player.parameters()[0]
    probe = torch.nn.Parameter(torch.zeros(2, 3, dtype=like.dtype, device=like.device))
    optimizer = player.optimizer([probe], 0.0)
    probe.grad = torch.zeros_like(probe)
    optimizer.step()
    return dict(optimizer.state[probe])


def _check(value: object, pattern: object, parameter: Tensor, player: Player, key: str) -> None:
    if isinstance(value, Tensor) != isinstance(pattern, Tensor):
        raise _unfit(player, f"{key} is of the wrong kind")
    if isinstance(value, Tensor) and isinstance(pattern, Tensor):
        shape = parameter.shape if pattern.ndim else pattern.shape
        if value.shape != shape:
            raise _unfit(player, f"{key} has the shape {tuple(value.shape)}, not {tuple(shape)}")
        if value.dtype != pattern.dtype:
            raise _unfit(player, f"{key} is of the wrong kind")
        if not all_finite([value]):
            raise _unfit(player, f"{key} holds numbers that are not finite")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _unfit(player, f"{key} is not finite")
    elif value is not None and not isinstance(value, bool | int | float):
        raise _unfit(player, f"{key} is of the wrong kind")


def _placed(value: object, pattern: object, parameter: Tensor) -> object:
    """A copy of a tensor, laid out in memory as the optimizer would have done itself."""
    if not isinstance(value, Tensor) or not isinstance(pattern, Tensor):
        return value
    if pattern.ndim:
        return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
    return value.clone()


def _unfit(player: Player, why: str) -> ValueError:
    return ValueError(f"the optimizer's memory does not fit the {player.name}: {why}")
