"""Directions of a latent space, those in which most happens first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

MOST = 34
"""Principal directions that are worked out at most: two for the map and 32 beside it."""
# Below this share of the widest direction, codes do not spread at all.
_FLAT = 1e-6


@dataclass(frozen=True, eq=False)
class Frame:
    """A place in the latent space and directions from it.

    Attributes:
        origin: (D,).
        rows: (K, D), orthogonal to each other; one unit along each is its length.
        shares: (K,), each direction's share of all variance, in [0, 1].
    """

    origin: Tensor
    rows: Tensor
    shares: Tensor


def raw(codes: Tensor | None, dim: int, device: torch.device) -> Frame:
    """The numbers of the code themselves; one unit is a standard deviation of each.

    Arguments:
        codes: (M, D) that say where the middle is and how far each number spreads; None where
            N(0, I) does.
    """
    if codes is None:
        ones = torch.ones(dim, device=device)
        return Frame(torch.zeros(dim, device=device), torch.eye(dim, device=device), ones / dim)
    deviations = codes.std(dim=0, correction=0)
    flat = deviations <= _FLAT * deviations.max().clamp_min(1.0)
    shares = (deviations.square() / deviations.square().sum()).nan_to_num(0.0)
    return Frame(codes.mean(dim=0), torch.diag(deviations.masked_fill(flat, 1.0)), shares)


def by_spread(codes: Tensor) -> Frame:
    """The principal components of codes (M, D), through their mean.

    One unit is one standard deviation of the codes. Directions in which the codes do not spread
    (a single code spreads in none) come last, with a length of 1.
    """
    origin = codes.mean(dim=0)
    _, sizes, directions = torch.linalg.svd(codes - origin, full_matrices=False)
    count = min(codes.shape[1], MOST)
    deviations = torch.zeros(count, dtype=codes.dtype, device=codes.device)
    found = min(count, len(sizes))
    deviations[:found] = sizes[:found] / math.sqrt(len(codes))
    flat = deviations <= _FLAT * deviations.max().clamp_min(1.0)
    rows = complete(directions[:count][~flat[: len(directions)]], count)
    squares = deviations.square() * len(codes)
    shares = (squares / sizes.square().sum()).nan_to_num(0.0)
    return Frame(origin, rows * deviations.masked_fill(flat, 1.0)[:, None], shares)


def by_pictures(latents: Tensor, images: Tensor) -> Frame:
    """The directions of a Gaussian prior along which a decoder's pictures change most.

    For a decoder without encoder, whose codes would have to be searched: the linear regression of
    the pictures on their codes, A = cov(z, x), and its left singular vectors (reduced rank
    regression; in the spirit of GANSpace, Haerkoenen et al., 2020, arXiv:2004.02546). One unit is
    one standard deviation of the prior.

    Arguments:
        latents: Draws of N(0, I), (M, D).
        images: What they are decoded to, (M, C, H, W).
    """
    pictures = images.flatten(1)
    slopes = latents.T @ (pictures - pictures.mean(dim=0)) / len(latents)
    directions, sizes, _ = torch.linalg.svd(slopes, full_matrices=False)
    count = min(latents.shape[1], MOST)
    told = sizes > _FLAT * sizes.max().clamp_min(1e-12)
    rows = complete(directions.T[told][:count], count)
    shares = torch.zeros(count, dtype=latents.dtype, device=latents.device)
    known = sizes[:count].square() / sizes.square().sum()
    shares[: len(known)] = known.nan_to_num(0.0)
    return Frame(torch.zeros_like(latents[0]), rows, shares)


def far_directions(latents: Tensor) -> Tensor:
    """Four orthonormal directions (4, D) through codes (M, D) that lie far apart; D >= 4."""
    units = latents / latents.norm(dim=1, keepdim=True).clamp_min(1e-12)
    chosen = [0]
    nearest = 1 - units @ units[0]
    while len(chosen) < min(4, len(units)):
        chosen.append(int(nearest.argmax()))
        nearest = torch.minimum(nearest, 1 - units @ units[chosen[-1]])
    return complete(units[chosen], 4)


def complete(directions: Tensor, count: int) -> Tensor:
    """Orthonormal rows (count, D) that start with the given ones, turned to a fixed sign."""
    dim = directions.shape[1]
    spare = torch.eye(dim, dtype=directions.dtype, device=directions.device)
    rows = torch.zeros(0, dim, dtype=directions.dtype, device=directions.device)
    for candidate in [*directions, *spare]:
        if len(rows) == min(count, dim):
            break
        rest = beside(candidate[None], rows)[0]
        if rest.norm() > 1e-3:
            rest = rest / rest.norm()
            # Otherwise the map could come back mirrored after each snapshot.
            turned = rest * torch.where(rest[rest.abs().argmax()] < 0, -1.0, 1.0)
            rows = torch.cat((rows, turned[None]))
    return rows


def beside(vectors: Tensor, rows: Tensor) -> Tensor:
    """What is left of vectors (N, D) without their parts along orthonormal rows (K, D)."""
    for _ in range(2):  # twice is enough against rounding (Kahan)
        vectors = vectors - (vectors @ rows.T) @ rows
    return vectors
