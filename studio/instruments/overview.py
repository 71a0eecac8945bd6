"""A whole curve at a glance: few points, each the mean of a stretch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def overview(
    steps: NDArray[np.integer], values: NDArray[np.floating], points: int
) -> tuple[Floats, Floats]:
    """At most `points` means over stretches of equally many values, in one pass.

    Stretches are powers of two long and start at the first value, so points that have been drawn
    stay where they are while the curve grows.

    Arguments:
        steps: (n,) increasing.
        values: (n,); what is not finite takes no part, a stretch of nothing else is a gap (NaN).
        points: At least 1.

    Returns:
        The middles of the stretches and their means, (m,) each, m <= points.
    """
    count = len(values)
    if count == 0:
        return np.zeros(0), np.zeros(0)
    length = 1
    while count > points * length:
        length *= 2
    begins = np.arange(0, count, length)
    ends = np.minimum(begins + length, count) - 1
    middles = (steps[begins].astype(np.float64) + steps[ends]) / 2
    known = np.isfinite(values)
    sums = np.add.reduceat(np.where(known, values, 0.0).astype(np.float64), begins)
    counts = np.add.reduceat(known.astype(np.int64), begins)
    means = np.full(len(begins), np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return middles, means
