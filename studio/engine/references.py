"""The real digits that models are compared with, loaded once for all of them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.data.dataset import Dataset, Split
    from studio.engine.kin import Kin
    from studio.instruments.classifier import DigitClassifier

TEST, TRAINING = 1_000, 10_000
"""At most so many images of a data set are at hand: a random but fixed choice."""
PATIENCE = 60.0
"""Seconds until what was not to be had is asked for again: a download that fails takes long."""


class References:
    """Data sets by name, each loaded when it is first asked for; for one thread.

    Arguments:
        hurried: Asked while training digits are loaded, which takes seconds where they are drawn
            or downloaded for the first time; True gives that up, for somebody is waiting.
    """

    def __init__(self, hurried: Callable[[], bool] | None = None) -> None:
        self._hurried = hurried
        self._loaded: dict[tuple[str, Split], Dataset] = {}
        self._missing: dict[tuple[str, Split], tuple[float, ValueError]] = {}
        self._kin: dict[str, Kin] = {}

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
            LoadCancelled: somebody is in a hurry; ask again.
        """
        return self._load(data, "train", TRAINING)

    def test_at_hand(self, data: str) -> Dataset | None:
        """The test images if they have been loaded before."""
        return self._loaded.get((data, "test"))

    def kin(self, data: str) -> Kin:
        """The same, ready to be searched for neighbours.

        Raises:
            ValueError, LoadCancelled: as `training`.
        """
        if data not in self._kin:
            from studio.engine.kin import Kin

            self._kin[data] = Kin(self.training(data))
        return self._kin[data]

    def kin_at_hand(self, data: str) -> Kin | None:
        """The same if it costs no time."""
        return self._kin.get(data)

    def classifier(self) -> DigitClassifier:
        """The network that reads digits.

        Raises:
            ValueError: its file cannot be used; one sentence.
        """
        from studio.engine.class_codes import classifier

        return classifier()

    def forget(self, data: str) -> None:
        """A data set has changed: it is loaded again when it is next asked for."""
        for known in (self._loaded, self._missing):
            for split in ("train", "test"):
                known.pop((data, split), None)
        self._kin.pop(data, None)

    def _load(self, data: str, split: Split, most: int) -> Dataset:
        wanted = data, split
        if wanted not in self._loaded:
            from studio import data as sets

            since, error = self._missing.get(wanted, (-PATIENCE, None))
            if error is not None and time.monotonic() - since < PATIENCE:
                raise error
            hurried = self._hurried if split == "train" else None
            try:
                known = sets.load(data, split, cancelled=hurried)
            except ValueError as error:
                self._missing[wanted] = time.monotonic(), error
                raise
            chosen = np.random.default_rng(0).permutation(len(known))[:most]
            self._loaded[wanted] = replace(
                known,
                images=known.images[chosen],
                labels=known.labels[chosen],
                ways=None,
                factors=None,
            )
        return self._loaded[wanted]
