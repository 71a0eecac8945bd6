"""The microscope for single digits: what is written, how differently, how well, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from studio.instruments.measures import (
    Gaussian,
    class_shares,
    diversity,
    diversity_within,
    kl,
    modes_alive,
    subset,
)
from studio.instruments.microscope import DRAWS, as_ceilings, repeat
from studio.instruments.nearest import Familiarity, TrainingDigits
from studio.instruments.prdc import Neighbourhoods
from studio.instruments.ways import WayReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.data.dataset import Dataset
    from studio.instruments.classifier import DigitClassifier, Judged

    Images = NDArray[np.uint8]

CLASSES = 10
REFERENCE = 5_000
"""Real digits to compare with; for neighbourhoods, as many of them as there are samples."""
WAY_ALIVE = 0.25
"""Real digits of all ways but one seem to hold a fifth of the missing one's share at most."""
SEARCHED = 200
"""Samples of a look for which the nearest training digit is searched."""


@dataclass(frozen=True, eq=False)
class _Reference:
    """A random subset of the real digits, as the classifier sees it."""

    images: Images
    labels: NDArray[np.int64]
    gaussian: Gaussian
    neighbourhoods: Neighbourhoods
    ways: WayReader | None


class DigitMicroscope:
    """Looks at samples of digits, uint8 (N, 28, 28).

    Thresholds: a sample is a digit unless "none" is the classifier's most probable answer; a digit
    is alive from a tenth of its share in the data on (`gauges.ALIVE`), a way of writing from a
    quarter of it on (`WAY_ALIVE`), for its share is an estimate (see `ways.py`); neighbourhoods
    reach to the fifth neighbour.
    """

    def __init__(
        self, dataset: Dataset, classifier: DigitClassifier, *, seed: int, count: int
    ) -> None:
        assert len(dataset) >= 4
        self.count = count
        self._dataset, self._classifier, self._seed = dataset, classifier, seed
        order = subset(len(dataset), len(dataset), seed)
        known = min(REFERENCE, len(order) // 2)
        self._known, self._others = order[:known], order[known:]
        self._fair = class_shares(dataset.labels, CLASSES)
        if dataset.ways is not None:
            self._fair_ways = class_shares(dataset.ways, len(dataset.way_names))

    def ceilings(self) -> dict[str, float]:
        """What other real digits of the same data get, `count` at a time."""
        size = min(self.count, len(self._others))

        def draw(number: int) -> dict[str, float]:
            # One after the other without overlap, as long as there are enough.
            first = number * size
            chosen = self._others[np.arange(first, first + size) % len(self._others)]
            images = self._dataset.images[chosen]
            values = self._measure(images, self._classifier.judge(images))
            nearest, copied = self._familiarity.weigh(self._unseen[number])
            return values | {"nearest": nearest, "copied": copied}

        return as_ceilings(*repeat(draw))

    def look(self, images: Images) -> dict[str, float]:
        """All measurements of digits; see `gauges`."""
        assert len(images) >= 2
        values = self._measure(images, self._classifier.judge(images))
        # A model that knows classes may write them in order.
        some = images[subset(len(images), SEARCHED, self._seed)]
        nearest, copied = self._familiarity.measure(some)
        return values | {"nearest": nearest, "copied": copied}

    def _measure(self, images: Images, judged: Judged) -> dict[str, float]:
        """What needs no search among the training digits."""
        real = self._reference
        shares = class_shares(judged.labels, CLASSES)
        near = real.neighbourhoods.prdc(judged.features)
        values = {f"share_{digit}": float(share) for digit, share in enumerate(shares)}
        if real.ways is not None:
            among = real.ways.shares(judged.features, judged.labels)
            values["ways"] = float(modes_alive(among, self._fair_ways, WAY_ALIVE))
        return values | {
            "share_none": max(0.0, 1 - float(shares.sum())),
            "modes": float(modes_alive(shares, self._fair)),
            "kl": kl(shares, self._fair),
            "confidence": float(judged.confidences.mean()),
            "diversity": diversity(images, real.images),
            "within": diversity_within(images, judged.labels, real.images, real.labels),
            "frechet": Gaussian.of(judged.features).distance(real.gaussian),
            "precision": near.precision,
            "recall": near.recall,
            "density": near.density,
            "coverage": near.coverage,
        }

    @cached_property
    def _reference(self) -> _Reference:
        images = self._dataset.images[self._known]
        judged = self._classifier.judge(images)
        near = Neighbourhoods(judged.features[: self.count])
        return _Reference(
            images, judged.labels, Gaussian.of(judged.features), near, self._way_reader(judged)
        )

    def _way_reader(self, judged: Judged) -> WayReader | None:
        data = self._dataset
        if data.ways is None:
            return None
        labels, ways = data.labels[self._known], data.ways[self._known]
        return WayReader(judged.features, labels, ways, len(data.way_names))

    @cached_property
    def _digits(self) -> TrainingDigits:
        return TrainingDigits(self._dataset.images)

    @cached_property
    def _unseen(self) -> NDArray[np.float64]:
        """Distances of real digits to the others, (DRAWS, SEARCHED) or fewer."""
        chosen = subset(len(self._dataset), DRAWS * SEARCHED, self._seed + 1)
        parts = np.array_split(chosen, DRAWS)
        smallest = min(len(part) for part in parts)
        return np.stack(
            [
                self._digits.distances(self._dataset.images[part], apart_from=part)
                for part in (part[:smallest] for part in parts)
            ]
        )

    @cached_property
    def _familiarity(self) -> Familiarity:
        return Familiarity(self._digits, self._unseen)
