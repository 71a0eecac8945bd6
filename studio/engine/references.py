"""The real digits that models are compared with, loaded once for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from studio.data.dataset import Dataset, Split

TEST, TRAINING = 1_000, 10_000
"""At most so many images of a data set are at hand: a random but fixed choice."""


class References:
    """Data sets by name, each loaded when it is first asked for; for one thread."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, Split], Dataset] = {}

    def test(self, data: str) -> Dataset:
        """Up to TEST images that no model was trained on.

        Raises:
            ValueError: there is no such data set, or it is not to be had; one sentence.
        """
        return self._load(data, "test", TEST)

    def training(self, data: str) -> Dataset:
        """Up to TRAINING images of those that models are trained on.

        Raises:
            ValueError: there is no such data set, or it is not to be had; one sentence.
        """
        return self._load(data, "train", TRAINING)

    def _load(self, data: str, split: Split, most: int) -> Dataset:
        if (data, split) not in self._loaded:
            from studio import data as sets

            known = sets.load(data, split)
            chosen = np.random.default_rng(0).permutation(len(known))[:most]
            self._loaded[data, split] = replace(
                known,
                images=known.images[chosen],
                labels=known.labels[chosen],
                ways=None,
                factors=None,
            )
        return self._loaded[data, split]
