"""A few of many pictures: from the most likely to the most varied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def choose(
    images: NDArray[np.uint8], plausibility: NDArray[Any], variety: float, count: int
) -> NDArray[np.int64]:
    """Indices of up to `count` pictures, no two of them alike, the most plausible one first.

    Maximal marginal relevance (Carbonell and Goldstein, 1998, doi:10.1145/290941.291025): after
    the most plausible picture, each next one has the greatest

        (1 - variety) * rank + variety * distance to the nearest chosen one,

    with ranks of plausibility in [0, 1] and Euclidean distances in units of the greatest one. So 0
    takes the most plausible and 1 goes from each to the farthest (Gonzalez, 1985,
    doi:10.1016/0304-3975(85)90224-5). More variety never gives pictures that are closer to each
    other on average than the most plausible ones: such a choice is not taken.

    The same arguments give the same answer, and equals go by their index.

    Arguments:
        images: uint8 (N, H, W); of pictures that are equal only the first can be chosen.
        plausibility: (N,), greater is more plausible; NaN is the least of all.
        variety: In [0, 1].
        count: At least 0; fewer come back where there are not so many different ones.
    """
    assert 0 <= variety <= 1, variety
    assert count >= 0, count
    assert len(images) == len(plausibility), (len(images), len(plausibility))
    if not len(images) or not count:
        return np.zeros(0, dtype=np.int64)
    flat = np.ascontiguousarray(images).reshape(len(images), -1)
    first = np.sort(np.unique(flat, axis=0, return_index=True)[1])
    likely = np.nan_to_num(np.asarray(plausibility, dtype=np.float64), nan=-np.inf)[first]
    # Stable, so that of equals the first comes first.
    order = first[np.argsort(-likely, kind="stable")]
    distances = _distances(flat[order])
    top = np.arange(min(count, len(order)))
    chosen = _spread(distances, variety, len(top))
    if distances[np.ix_(chosen, chosen)].sum() < distances[np.ix_(top, top)].sum():
        chosen = top
    picked: NDArray[np.int64] = order[np.sort(chosen)].astype(np.int64)
    return picked


def _spread(distances: NDArray[np.float64], variety: float, count: int) -> NDArray[np.int64]:
    """Of pictures in the order of their plausibility: marginal relevance, with the first taken."""
    total = len(distances)
    rank = 1 - np.arange(total) / max(total - 1, 1)
    unit = distances / (distances.max() or 1.0)
    chosen = [0]
    nearest = unit[0].copy()
    while len(chosen) < count:
        worth = (1 - variety) * rank + variety * nearest
        worth[chosen] = -np.inf
        chosen.append(int(worth.argmax()))
        nearest = np.minimum(nearest, unit[chosen[-1]])
    return np.array(chosen, dtype=np.int64)


def _distances(flat: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Euclidean distances between all rows (N, P), in grey levels: (N, N)."""
    rows = flat.astype(np.float64)
    squares = (rows**2).sum(1)
    # Whole numbers below 2^53: exact, so that the order of equals does not hang on rounding.
    between = squares[:, None] + squares[None] - 2 * rows @ rows.T
    distances: NDArray[np.float64] = np.sqrt(np.maximum(between, 0))
    return distances
