"""The last values of each loss: what a head says of how a run is doing."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FINAL_ROUNDS = 100
"""The losses in the head are means over at most this many last rounds."""


class Tail:
    """The last values of each of a player's terms."""

    def __init__(self) -> None:
        self._terms: dict[str, deque[float]] = {}

    @classmethod
    def of(cls, terms: Mapping[str, NDArray[np.float32]]) -> Tail:
        """The tail of whole curves."""
        tail = cls()
        tail.add(terms)
        return tail

    def add(self, terms: Mapping[str, NDArray[np.float32]]) -> None:
        for name, values in terms.items():
            kept = self._terms.setdefault(name, deque(maxlen=FINAL_ROUNDS))
            kept.extend(np.asarray(values[-FINAL_ROUNDS:], np.float64).tolist())

    def means(self) -> dict[str, float | None]:
        found = {name: float(np.mean(values)) for name, values in self._terms.items() if values}
        return {name: mean if math.isfinite(mean) else None for name, mean in found.items()}
