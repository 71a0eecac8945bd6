"""The microscope for stacks of three digits: a thousand classes, of which a collapse loses most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from studio.instruments.measures import (
    Gaussian,
    class_shares,
    diversity,
    kl,
    modes_alive,
    subset,
)
from studio.instruments.microscope import as_ceilings, repeat
from studio.instruments.prdc import Neighbourhoods

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.data.dataset import Dataset
    from studio.instruments.classifier import DigitClassifier

    Images = NDArray[np.uint8]

CLASSES = 1_000
REFERENCE = 2_000


@dataclass(frozen=True, eq=False)
class _Reference:
    images: Images
    gaussian: Gaussian
    neighbourhoods: Neighbourhoods


class StackMicroscope:
    """Looks at stacks, uint8 (N, 28, 28, 3), each channel a digit.

    A class is alive from one sample on, and KL is that to equal shares: the definitions of the
    papers (Metz et al. 2016, arXiv 1611.02163), who count 26,000 samples. A look sees fewer, so
    that even real stacks have but `modes_real` classes and a KL of `kl_real`; 1,000 of them have
    632 and 0.5 or so. A stack with a channel that is no digit is of no class.
    """

    def __init__(
        self, dataset: Dataset, classifier: DigitClassifier, *, seed: int, count: int
    ) -> None:
        assert len(dataset) >= 4
        self.count = count
        self._dataset, self._classifier = dataset, classifier
        order = subset(len(dataset), len(dataset), seed)
        known = min(REFERENCE, len(order) // 2)
        self._known, self._others = order[:known], order[known:]

    def ceilings(self) -> dict[str, float]:
        """What other real stacks of the same data get, `count` at a time."""
        size = min(self.count, len(self._others))

        def draw(number: int) -> dict[str, float]:
            # One after the other without overlap, as long as there are enough.
            first = number * size
            chosen = self._others[np.arange(first, first + size) % len(self._others)]
            return self.look(self._dataset.images[chosen])

        return as_ceilings(*repeat(draw))

    def look(self, images: Images) -> dict[str, float]:
        """All measurements of stacks; see `gauges`."""
        assert len(images) >= 2
        real = self._reference
        judged = self._classifier.judge(images)
        shares = class_shares(judged.labels, CLASSES)
        fair = np.full(CLASSES, 1 / CLASSES)
        near = real.neighbourhoods.prdc(judged.features)
        return {
            "share_none": max(0.0, 1 - float(shares.sum())),
            "modes": float(modes_alive(shares, fair, least=0)),
            "kl": kl(shares, fair),
            "confidence": float(judged.confidences.mean()),
            "diversity": diversity(images, real.images),
            "frechet": Gaussian.of(judged.features).distance(real.gaussian),
            "precision": near.precision,
            "recall": near.recall,
            "density": near.density,
            "coverage": near.coverage,
        }

    @cached_property
    def _reference(self) -> _Reference:
        images = self._dataset.images[self._known]
        features = self._classifier.judge(images).features
        return _Reference(images, Gaussian.of(features), Neighbourhoods(features[: self.count]))
