"""Ways from one code to another."""

from __future__ import annotations

import torch
from torch import Tensor

# Below this sine the plane of two codes is a matter of rounding.
_FLAT = 1e-6


def lerp(first: Tensor, last: Tensor, shares: Tensor) -> Tensor:
    """The straight way: codes (D,) and shares (T,) of it that are done to codes (T, D).

    Both ends are exact.
    """
    t = shares[:, None].to(first)
    return (1 - t) * first + t * last


def slerp(first: Tensor, last: Tensor, shares: Tensor) -> Tensor:
    """The way along a great circle (Shoemake, 1985, doi:10.1145/325334.325242), (T, D).

    The direction turns at an even pace, and the length goes evenly from that of the first code to
    that of the last. In many dimensions nearly all of N(0, I) lies in a thin shell around
    |z| = sqrt(D), which the straight way leaves and this one does not (White, 2016,
    arXiv:1609.04468). Both ends are exact to rounding; opposite codes are joined by one of their
    many great circles, always the same; from a code of length 0, and between codes of one number,
    there is only the straight way.
    """
    sizes = first.norm(), last.norm()
    if len(first) == 1 or min(float(size) for size in sizes) == 0:
        return lerp(first, last, shares)
    a, b = first / sizes[0], last / sizes[1]
    cosine = (a @ b).clamp(-1, 1)
    side = b - cosine * a
    if float(side.norm()) < _FLAT:
        if float(cosine) > 0:
            return lerp(first, last, shares)
        # Any direction across will do: the axis that the code has least of.
        axis = torch.zeros_like(a)
        axis[a.abs().argmin()] = 1
        side = axis - (axis @ a) * a
    side = side / side.norm()
    t = shares[:, None].to(first)
    # From the sine as well: near the ends the cosine alone has lost half of its digits.
    angle = t * torch.atan2((b @ side).clamp_min(0), cosine)
    length = sizes[0] + t * (sizes[1] - sizes[0])
    codes: Tensor = length * (angle.cos() * a + angle.sin() * side)
    return codes
