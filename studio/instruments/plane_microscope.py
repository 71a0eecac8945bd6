"""The microscope for points in the plane: which spots are captured, how many points are good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from studio.instruments.measures import diversity
from studio.instruments.microscope import as_ceilings, repeat
from studio.instruments.plane_measures import coverage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.data.plane import Plane

    Floats = NDArray[np.float64]


class PlaneMicroscope:
    """Looks at points (N, 2) in the coordinates of the mixture.

    A point is good within three standard deviations of a centre; a spot counts as captured from a
    tenth of its fair share of all points on, counting good ones only. `mode_K` is the share of
    points nearest to spot K, good or not: it tells where points are that miss all spots.
    """

    def __init__(self, plane: Plane, *, seed: int, count: int) -> None:
        self.count = count
        self._plane, self._seed = plane, seed

    def ceilings(self) -> dict[str, float]:
        """What `count` points of the mixture itself get."""
        return as_ceilings(*repeat(lambda number: self._measure(self._draw(number + 1))))

    def look(self, images: NDArray[np.floating[Any]]) -> dict[str, float]:
        """All measurements of points; see `gauges`."""
        return self._measure(images.astype(np.float64))

    def _measure(self, points: Floats) -> dict[str, float]:
        found = coverage(points, self._plane.centres, self._plane.sigma)
        values = {f"mode_{spot}": float(share) for spot, share in enumerate(found.near)}
        return values | {
            "modes": float(found.modes),
            "quality": found.quality,
            "kl": found.kl,
            "diversity": diversity(points, self._draw(0)),
        }

    def _draw(self, number: int) -> Floats:
        rng = np.random.default_rng((self._seed, number))
        spots = rng.integers(len(self._plane.centres), size=self.count)
        noise = rng.normal(scale=self._plane.sigma, size=(self.count, 2))
        points: Floats = self._plane.centres[spots] + noise
        return points
