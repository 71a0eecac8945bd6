"""Copies of weights that may leave the training: on the CPU, and every number in them finite."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models import GenerativeModel


def copy_weights(model: GenerativeModel) -> dict[str, Tensor]:
    """All weights and buffers as they are now; training on does not change the copy."""
    return {name: copied(tensor) for name, tensor in model.state_dict().items()}


def copied(tensor: Tensor) -> Tensor:
    """A copy on the CPU, without gradient."""
    return tensor.detach().to("cpu", copy=True)


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """Whether there is neither NaN nor infinity in tensors on the CPU."""
    return all(_is_finite(t) for t in tensors if t.is_floating_point())


def _is_finite(tensor: Tensor) -> bool:
    # One NaN or infinity makes the sum NaN or infinite, and a sum reads the tensor once without
    # writing another. Great numbers alone may overflow it, so a bad sum is looked into.
    return math.isfinite(tensor.sum().item()) or bool(torch.isfinite(tensor).all())
