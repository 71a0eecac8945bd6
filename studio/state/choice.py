"""A few of the tries of one model to fill a hole, as the window shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Choice:
    """Some of the tries of one model, the most plausible first.

    Attributes:
        images: uint8 (K, 28, 28).
        shares: (K,) in [0, 1]: how plausible each is between the least (0) and the most plausible
            (1) of all tries; empty as long as nobody knows.
        ranks: (K,) from 1: its place among all tries; empty as long as nobody knows.
        values: (K,) the plausibility itself; greater is more likely.
        total: How many tries there are.
        by: How plausibility is measured; one sentence, empty as long as nobody knows.
        how: By which means the hole was filled; one sentence.
        fraction: How far the answer is, in [0, 1].
        seconds: What it has cost so far.
        gap: The pixels that the model thinks are missing, bool (28, 28); None where it was told.
    """

    images: NDArray[np.uint8]
    shares: tuple[float, ...]
    ranks: tuple[int, ...]
    values: tuple[float, ...]
    total: int
    by: str
    how: str
    fraction: float
    seconds: float
    gap: NDArray[np.bool_] | None = None
