"""How fast a picture changes along a map."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

STEP = 0.01
"""Units of the map between the two pictures of a difference, where nothing better is known."""
# How far the two ways may lie apart, of the speed itself, and still mean the same.
_ALIKE = 0.1


def exact(draw: Callable[[Tensor], Tensor], xy: Tensor) -> Tensor:
    """|J| = sqrt(trace(J^T J)) of draw, (N, 2) to (N, C, H, W), by forward differentiation.

    Returns:
        (N,), grey levels in [0, 1] per unit of the map, summed over pixels as a length.

    Raises:
        RuntimeError, NotImplementedError: some operation has no forward derivative.
    """
    along = torch.eye(2, dtype=xy.dtype, device=xy.device).repeat_interleave(len(xy), dim=0)
    with warnings.catch_warnings():
        # At its first use PyTorch compiles parts of itself by a means that it calls outdated.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        told = torch.func.jvp(draw, (xy.repeat(2, 1),), (along,))
    return _length(told[1])


def differences(draw: Callable[[Tensor], Tensor], xy: Tensor, step: float = STEP) -> Tensor:
    """The same by central differences over a step: what `draw` really does between two places."""
    along = torch.eye(2, dtype=xy.dtype, device=xy.device).repeat_interleave(len(xy), dim=0)
    places = xy.repeat(2, 1)
    half = 0.5 * step * along
    images = draw(torch.cat((places + half, places - half)))
    ahead, behind = images.tensor_split(2)
    return _length((ahead - behind) / step)


def agree(draw: Callable[[Tensor], Tensor], xy: Tensor) -> bool:
    """Whether forward differentiation tells what pictures really do.

    It does not where a network rounds and passes slopes through as if it did not, or where a part
    is cut off from differentiation.
    """
    try:
        told = exact(draw, xy)
    except (RuntimeError, NotImplementedError):
        return False
    seen = differences(draw, xy)
    return bool((told - seen).norm() <= _ALIKE * seen.norm() + 1e-4)


def _length(slopes: Tensor) -> Tensor:
    """From the slopes along x of all places and then along y, (2 N, C, H, W), to (N,)."""
    squares = slopes.flatten(1).square().sum(dim=1)
    x, y = squares.tensor_split(2)
    return (x + y).sqrt()
