"""Where a training stands, apart from the weights: all that it takes to go on as if it had never
stopped.

Data order and noise follow from (seed, draws), the weights hold their own running statistics, so
this is little: counters, what was changed live, and the memory of the optimizers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

Plain = bool | int | float | str


@dataclass(frozen=True, slots=True)
class OptimizerState:
    """What an optimizer remembers of its parameters, by "INDEX/KEY": parameter and word.

    Attributes:
        tensors: Running means and the like, on the CPU.
        numbers: What is not a tensor; None where the optimizer keeps a place free.
    """

    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    numbers: Mapping[str, bool | int | float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a training stands.

    Attributes:
        step: Rounds played since the run began.
        stage: Index of the stage that is being played; it has been entered.
        draws: Batches dealt since the run began: the state of data order and noise.
        seconds: Spent training, pauses left out.
        live: Settings that have another value than the run began with.
        frozen: Players of the stage that do not move.
        memory: What the rules of the instruments remember of what they have seen, as JSON; "" where
            they have seen nothing. No number of the training depends on it.
        optimizers: By player of the stage; empty where only the weights were kept, and then the
            optimizers begin anew.
    """

    step: int = 0
    stage: int = 0
    draws: int = 0
    seconds: float = 0.0
    live: Mapping[str, Plain] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()
    memory: str = ""
    optimizers: Mapping[str, OptimizerState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Start:
    """A training that does not begin at zero: weights and buffers by name, and where it stood."""

    weights: Mapping[str, Tensor]
    progress: Progress
