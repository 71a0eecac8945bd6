"""Which ways of writing samples show, where the ways of the real digits are known.

Single samples are read with some doubt (about one in eight wrongly), and what is read wrongly would
keep a way alive that nobody writes any more. So shares are estimated, not counted: Gaussians of
equal covariance for the ways of each digit in the classifier's features (linear discriminant
analysis), and then the shares under which all samples together are most probable, by expectation
maximisation (Saerens, Latinne and Decaestecker 2002, Neural Computation 14: adjusting the outputs
of a classifier to new a priori probabilities).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

RIDGE = 0.1
"""Added to the covariances, as a share of the mean variance."""
ROUNDS = 100


@dataclass(frozen=True, slots=True, eq=False)
class _Digit:
    """Of one digit with V ways: their numbers (V,), log likelihood ratios x @ slope + offset."""

    ways: Integers
    slope: Floats
    offset: Floats
    shares: Floats


class WayReader:
    """Estimates the shares of W ways of writing."""

    def __init__(
        self, features: NDArray[np.floating[Any]], digits: Integers, ways: Integers, count: int
    ) -> None:
        """Learns from features (M, F) of real digits with their classes and ways, of W = count."""
        self._count = count
        rows = features.astype(np.float64)
        self._digits: dict[int, _Digit] = {}
        for digit in np.unique(digits):
            mine, way = rows[digits == digit], ways[digits == digit]
            known, which = np.unique(way, return_inverse=True)
            means = np.stack([mine[which == number].mean(0) for number in range(len(known))])
            rest = mine - means[which]
            covariance = rest.T @ rest / len(rest)
            ridge = RIDGE * np.trace(covariance) / len(covariance) + 1e-12
            slope = np.linalg.solve(covariance + ridge * np.eye(len(covariance)), means.T)
            self._digits[int(digit)] = _Digit(
                ways=known,
                slope=slope,
                offset=-(means.T * slope).sum(0) / 2,
                shares=np.bincount(which) / len(which),
            )

    def shares(self, features: NDArray[np.floating[Any]], digits: Integers) -> Floats:
        """The share (W,) of each way among N samples, of features (N, F).

        Samples whose digit (N,) is none that has been seen count in the whole alone.
        """
        found = np.zeros(self._count)
        for digit, known in self._digits.items():
            rows = features[digits == digit].astype(np.float64)
            if not len(rows):
                continue
            ratio = rows @ known.slope + known.offset
            likely = np.exp(ratio - ratio.max(1, keepdims=True))
            shares = known.shares
            for _ in range(ROUNDS):
                belongs = likely * shares
                # A way that has died out may be the only one that a sample resembles.
                belongs /= np.maximum(belongs.sum(1, keepdims=True), 1e-300)
                shares = belongs.mean(0)
            found[known.ways] = shares * len(rows)
        return found / max(len(features), 1)
