"""How hard a player pulls, and how far it goes: read off a single move, now and then.

A reading copies the player's weights and waits for the device, so it is not for every move.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from models.base import Player


class Scales:
    """Weighs one move of a player.

    To be made before the loss; `pull` is read after the backward pass, `go` after the step.

    Attributes:
        gradient: Euclidean norm of the gradient over all of the player's parameters, unclipped.
        update: Norm of the step that was made, divided by the norm of the weights before it; a
            healthy training moves its weights by about a thousandth.
    """

    def __init__(self, player: Player) -> None:
        self.gradient = self.update = 0.0
        self._parameters = player.parameters()
        self._before = [p.detach().clone() for p in self._parameters]

    def pull(self) -> None:
        """Reads the gradient."""
        self.gradient = norm(p.grad for p in self._parameters if p.grad is not None)

    def go(self) -> None:
        """Reads how far the weights went."""
        with torch.no_grad():
            pairs = zip(self._parameters, self._before, strict=True)
            gone = norm(now - before for now, before in pairs)
        size = norm(self._before)
        self.update = gone / size if size > 0 else 0.0


def norm(tensors: Iterable[Tensor]) -> float:
    """The Euclidean norm of all numbers in them together; 0 of nothing."""
    return math.sqrt(sum(float(torch.linalg.vector_norm(t)) ** 2 for t in tensors))
