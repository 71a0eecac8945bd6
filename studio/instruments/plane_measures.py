"""How well points cover a mixture of Gaussians in the plane: rings and grids of spots.

Papers differ in every detail (radius, width, box or circle, one sample or more). Here, as in PacGAN
(Lin et al. 2018, arXiv 1712.04086), a point is good within three standard deviations of the nearest
centre; of real points 98.9 % are. Unlike there, a spot counts as captured from a tenth of its fair
share of all points on, not from a single one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.instruments.gauges import ALIVE
from studio.instruments.measures import class_shares, kl, modes_alive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GOOD = 3.0
"""Standard deviations from the nearest centre, up to which a point is good."""


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What points make of K spots.

    Attributes:
        modes: Spots captured, of K: those with at least a tenth of N / K good points.
        quality: Share of good points.
        kl: KL(good points || uniform over spots), nats; ln K where no point is good.
        near: Share of all points nearest to each spot, good or not, (K,).
    """

    modes: int
    quality: float
    kl: float
    near: Floats


def coverage(
    points: NDArray[np.floating[Any]],
    centres: NDArray[np.floating[Any]],
    sigma: float,
    least: float = ALIVE,
) -> Coverage:
    """Of points (N, 2), N >= 1, for centres (K, 2) of Gaussians of standard deviation `sigma`.

    With least = 0 a spot is captured by a single good point, as in the papers.
    """
    assert len(points) > 0
    spots = len(centres)
    offsets = points.astype(np.float64)[:, None] - centres[None]
    squares = np.square(offsets).sum(-1)
    nearest = squares.argmin(1)
    good = squares[np.arange(len(points)), nearest] < (GOOD * sigma) ** 2
    fair = np.full(spots, 1 / spots)
    # Bad points are of no spot, but of the whole.
    captured = class_shares(np.where(good, nearest, spots), spots)
    return Coverage(
        modes=modes_alive(captured, fair, least),
        quality=float(good.mean()),
        kl=kl(captured, fair),
        near=class_shares(nearest, spots),
    )
