"""Precision, recall, density and coverage of samples, by nearest neighbours in feature space.

Precision and recall: Kynkäänniemi et al. 2019, arXiv 1904.06991. Density and coverage: Naeem et al.
2020, arXiv 2002.09797. The ball of a point reaches to its k-th nearest neighbour among its own
kind, itself not counted.

Real against real does not give 1: with k = 5 and 2,000 of each, about .94 for all four. And none of
them is a gate by itself: noise can have a precision of 1 and a density of 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

NEIGHBOURS = 5
_ROUNDING = 1e-9
"""Squared distances that differ by less than this share of the scale of the features are equal."""


@dataclass(frozen=True, slots=True)
class PRDC:
    """Precision, recall and coverage in [0, 1]; density from 0 on, 1 as for real ones."""

    precision: float
    recall: float
    density: float
    coverage: float


class Neighbourhoods:
    """The balls around features (M, F); made once for the real ones, used for many looks."""

    def __init__(self, features: Floats, neighbours: int = NEIGHBOURS) -> None:
        assert len(features) >= 2
        points = torch.from_numpy(features.astype(np.float64))
        self.neighbours = min(neighbours, len(points) - 1)
        # Distances are differences of large numbers where features are far from zero.
        self.origin = points.mean(0)
        self.points = points - self.origin
        self.rounding = _ROUNDING * float(self.points.square().sum(1).mean())
        own = _squares(self.points, self.points)
        own.fill_diagonal_(torch.inf)
        self.radii = own.kthvalue(self.neighbours, dim=1).values
        # k of them, or more where several are exactly as far.
        self.holds = (own <= self.radii[:, None] + self.rounding).sum(1)

    def prdc(self, features: Floats) -> PRDC:
        """Of samples (N, F), N >= 2, against these.

        Ties count as inside: the usual strict comparison gives samples that repeat a real one,
        which is what a collapse looks like, a density and a coverage of 0. Where real features are
        repeated, a ball holds more than k of them; density weighs each by what it holds. Without
        ties the values are those of the papers.
        """
        theirs = Neighbourhoods(features, self.neighbours)
        samples = theirs.points + (theirs.origin - self.origin)
        between = _squares(self.points, samples)
        # The larger scale decides what is rounding: the samples may all be the same.
        between -= max(self.rounding, theirs.rounding)
        inside = between <= self.radii[:, None]
        reached = between <= theirs.radii[None, :]
        weights = 1 / self.holds.double()
        return PRDC(
            precision=float(inside.any(0).double().mean()),
            recall=float(reached.any(1).double().mean()),
            density=float((inside.double().sum(1) * weights).sum()) / len(samples),
            coverage=float(inside.any(1).double().mean()),
        )

    def nearest(self, features: Floats, count: int) -> NDArray[np.int64]:
        """Indices (N, count) of the nearest of these for each of the features (N, F)."""
        samples = torch.from_numpy(features.astype(np.float64)) - self.origin
        found = _squares(samples, self.points).topk(min(count, len(self.points)), largest=False)
        indices: NDArray[np.int64] = found.indices.numpy()
        return indices


def prdc(samples: Floats, real: Floats, neighbours: int = NEIGHBOURS) -> PRDC:
    """Of samples (N, F) against real ones (M, F), at least two of each."""
    return Neighbourhoods(real, neighbours).prdc(samples)


def _squares(left: Tensor, right: Tensor) -> Tensor:
    """Squared distances (A, B) of points (A, F) and (B, F), not negative."""
    squares = torch.addmm(right.square().sum(1)[None, :], left, right.T, alpha=-2)
    return squares.add_(left.square().sum(1)[:, None]).clamp_(min=0)
