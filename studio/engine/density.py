"""How densely test digits lie on a map: the aggregate posterior, seen from above."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from models.planes import Flat


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
            covariances = len(places) ** (-1 / 3) * spread
        self._covariances = covariances.double()

    def at(self, xy: Tensor, blur: Tensor) -> Tensor:
        """Per square unit of the map, at places (N, 2): (N,).

        Arguments:
            blur: Standard deviations (N, 2) over which a place looks around in both directions,
                above 0: half the way to its neighbours shows clouds that would fall between them.
        """
        gaps = xy.double()[:, None] - self._places
        if self._period is not None:
            gaps = gaps - self._period * (gaps / self._period).round()
        wide = blur.double().square()[:, None] + self._covariances.diagonal(dim1=1, dim2=2)
        (x, y), (xx, yy), xy_ = gaps.unbind(-1), wide.unbind(-1), self._covariances[:, 0, 1]
        determinant = xx * yy - xy_.square()
        squares = (yy * x.square() - 2 * xy_ * x * y + xx * y.square()) / determinant
        heights: Tensor = (-0.5 * squares).exp() / (2 * math.pi * determinant.sqrt())
        return heights.mean(dim=1)


def seen_from_above(plane: Flat, variances: Tensor) -> Tensor:
    """The covariances (M, 2, 2), in a plane's coordinates, of clouds with variances (M, D)."""
    feet = torch.linalg.pinv(plane.axes)
    return torch.einsum("di,md,dj->mij", feet, variances.to(feet), feet)
