"""What can be read off a grid of digits by comparing it with as many real ones.

Images are uint8 (N, H, W) or (N, H, W, 3), ink bright. Of 64 real digits against 64 others, the
variety is 1.00 ± 0.03 and the ink 1.00 ± 0.06 (standard deviations, for the pen's and MNIST's).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Images = NDArray[np.uint8]

HEALTHY = 0.6
"""A grid as varied as this once shows that the model can do better than all alike."""
ALIKE = 0.35
RECOVERED = 0.5
PATIENCE = 2
"""Grids in a row: a single one may be chance, a glimpse of a game in motion."""


def variety(grid: Images, reference: Images) -> float:
    """How much the digits of a grid differ from each other: 0 all alike, 1 as much as real ones.

    The mean root-mean-square distance of all pairs, divided by the same of the reference. This says
    whether digits are alike, not whether they are good: noise has 1.14. Nor does it see that whole
    classes are missing: real ones alone have 0.65, real zeros alone more than 0.9.
    """
    real = _mean_distance(reference)
    return _mean_distance(grid) / real if real > 0 else 0.0


def ink(grid: Images, reference: Images) -> float:
    """How bright a grid is: 0 black, 1 as bright as real digits, above 1 too bold."""
    real = float(reference.mean()) if reference.size else 0.0
    return float(grid.mean()) / real if real > 0 and grid.size else 0.0


def _mean_distance(images: Images) -> float:
    """The mean over all pairs of the root-mean-square difference, in [0, 255]."""
    count = len(images)
    if count < 2:
        return 0.0
    flat = images.reshape(count, -1).astype(np.float64)
    products = flat @ flat.T
    squares = np.diag(products)
    # |a - b|^2 = |a|^2 + |b|^2 - 2 ab; exact here, for these are sums of whole numbers.
    distances = squares[:, None] + squares[None, :] - 2 * products
    pairs = np.sqrt(np.clip(distances[np.triu_indices(count, 1)], 0, None) / flat.shape[1])
    return float(pairs.mean())


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule has begun or ceased to hold, and the sentence for it."""

    begins: bool
    message: str


class CollapseRule:
    """Notices that digits which were different have become alike (mode collapse).

    The rule: once the variety has reached 0.6, the alarm begins when it has been below 0.35 in two
    grids in a row, and ends when it is above 0.5 again. A run that has never been varied raises no
    alarm: at the start all digits are alike, and that is no collapse.
    """

    def __init__(self) -> None:
        self._was_healthy = self._alarmed = False
        self._low_since: list[int] = []

    def see(self, step: int, value: float) -> Alarm | None:
        """Takes in the variety of the grid of a step; steps rise."""
        self._was_healthy |= value >= HEALTHY
        if self._alarmed:
            if value <= RECOVERED:
                return None
            self._alarmed, self._low_since = False, []
            text = f"Since step {step:,} the digits differ again: {value:.0%} of the variety"
            return Alarm(False, text.replace("%", " %") + " of real ones.")
        if value >= ALIKE or not self._was_healthy:
            self._low_since = []
            return None
        self._low_since.append(step)
        if len(self._low_since) < PATIENCE:
            return None
        self._alarmed = True
        text = (
            f"Since step {self._low_since[0]:,} the digits look alike: {value:.0%} of the variety"
        )
        return Alarm(True, text.replace("%", " %") + " of real ones.")
