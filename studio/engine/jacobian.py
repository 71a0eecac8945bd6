"""How fast a picture changes along a map."""

from __future__ import annotations

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
    """|J| = sqrt(trace(J^T J)) of draw, (N, 2) to (N, C, H, W), by differentiation.

    J v is the derivative of u^T J with respect to u, along v: two passes backward. As exact as
    forward differentiation, which takes PyTorch two seconds to set up when it is first used.

    Returns:
        (N,), grey levels in [0, 1] per unit of the map, summed over pixels as a length.

    Raises:
        RuntimeError: some operation cannot be differentiated twice.
    """
    along = _directions(xy)
    with torch.enable_grad():
        places = xy.repeat(2, 1).requires_grad_()
        images = draw(places)
        weights = torch.zeros_like(images, requires_grad=True)
        (pulled,) = torch.autograd.grad(images, places, weights, create_graph=True)
        (slopes,) = torch.autograd.grad(pulled, weights, along)
    return _length(slopes)


def differences(draw: Callable[[Tensor], Tensor], xy: Tensor, step: float = STEP) -> Tensor:
    """The same by central differences over a step: what `draw` really does between two places."""
    places, half = xy.repeat(2, 1), 0.5 * step * _directions(xy)
    images = draw(torch.cat((places + half, places - half)))
    ahead, behind = images.tensor_split(2)
    return _length((ahead - behind) / step)


def agree(draw: Callable[[Tensor], Tensor], xy: Tensor) -> bool:
    """Whether differentiation tells what pictures really do.

    It does not where a network rounds and passes slopes through as if it did not, or where a part
    is cut off from differentiation.
    """
    try:
        told = exact(draw, xy)
    except RuntimeError:
        return False
    seen = differences(draw, xy)
    return bool((told - seen).norm() <= _ALIKE * seen.norm() + 1e-4)


def _directions(xy: Tensor) -> Tensor:
    """(1, 0) for all places and then (0, 1), (2 N, 2)."""
    both = torch.eye(2, dtype=xy.dtype, device=xy.device)
    return both.repeat_interleave(len(xy), dim=0)


def _length(slopes: Tensor) -> Tensor:
    """From the slopes along x of all places and then along y, (2 N, C, H, W), to (N,)."""
    squares = slopes.flatten(1).square().sum(dim=1)
    x, y = squares.tensor_split(2)
    return (x + y).sqrt()
