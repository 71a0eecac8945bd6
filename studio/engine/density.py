"""How densely test digits lie on a map: the aggregate posterior, seen from above."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from models.planes import Flat

# Narrower than this, in units of the map, no digit is drawn: it would fall between two places.
_NARROWEST = 0.02


class Density:
    """A mixture of one Gaussian per test digit in the plane, q(x, y) = mean_i N(m_i, C_i).

    Where the encoder says how wide each digit's cloud of codes is, C_i is that cloud projected
    onto the plane, and the mixture is the exact marginal of the aggregate posterior. Where there
    are only middles, C is Scott's rule for their own covariance S: M^(-1/3) S (kernel density
    estimate).

    Arguments:
        places: m_i, (M, 2), M > 0.
        covariances: C_i, (M, 2, 2), or None.
        period: After how many units the map repeats in both directions, or None.
    """

    def __init__(
        self, places: Tensor, covariances: Tensor | None = None, period: float | None = None
    ) -> None:
        self._places, self._period = places.double(), period
        if covariances is None:
            spread = torch.cov(self._places.T, correction=0).reshape(1, 2, 2)
            covariances = len(places) ** (-1 / 3) * spread.expand(len(places), 2, 2)
        floor = _NARROWEST**2 * torch.eye(2, dtype=torch.float64, device=places.device)
        wide = covariances.double() + floor
        self._precisions = torch.linalg.inv(wide)
        self._heights = 1 / (2 * math.pi * torch.linalg.det(wide).sqrt())

    def at(self, xy: Tensor) -> Tensor:
        """Per square unit of the map, at places (N, 2): (N,)."""
        gaps = xy.double()[:, None] - self._places
        if self._period is not None:
            gaps = gaps - self._period * (gaps / self._period).round()
        squares = torch.einsum("nmi,mij,nmj->nm", gaps, self._precisions, gaps)
        heights: Tensor = self._heights * (-0.5 * squares).exp()
        return heights.mean(dim=1)


def seen_from_above(plane: Flat, variances: Tensor) -> Tensor:
    """The covariances (M, 2, 2), in a plane's coordinates, of clouds with variances (M, D)."""
    feet = torch.linalg.pinv(plane.axes)
    return torch.einsum("di,md,dj->mij", feet, variances.to(feet), feet)
