"""Microscopes: everything that can be measured on a handful of samples, in one look.

There is one for single digits, one for stacks of three (1,000 classes) and one for points in the
plane; `open_microscope` finds the one that fits a data set. Each compares samples with random
subsets of the real data, chosen by a seed, and knows what real data would get at the same sample
size (the ceilings), which is never 0 or 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from studio.instruments.gauges import NOISE, REAL
from studio.instruments.measures import subset

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from studio.data.dataset import Dataset
    from studio.instruments.classifier import DigitClassifier

COUNT = 1_000
"""Samples of a look: as few as the noise allows; a look must not cost a training its pace."""
DRAWS = 6
"""Times that real data are measured like samples, for the ceilings and their noise."""
_FITS = 0.8
"""Where the classifier reads fewer of the real images as they are labelled, it knows others."""
_TRIED = 200


class AnyMicroscope(Protocol):
    """What every microscope can do.

    Attributes:
        count: Samples it wants to see in a look.
    """

    count: int

    def ceilings(self) -> dict[str, float]:
        """For every measurement NAME: NAME_real, the mean of real data of the same number, and
        NAME_noise, the standard deviation over such draws. Takes about a second, once."""
        ...

    def look(self, images: NDArray[Any]) -> dict[str, float]:
        """All measurements, by the names of `gauges`: finite numbers.

        Arguments:
            images: uint8 (N, H, W) or (N, H, W, 3), or points (N, 2); N >= 2, `count` of them if
                the values are to be compared with the ceilings.
        """
        ...


def open_microscope(
    dataset: Dataset,
    *,
    seed: int = 0,
    count: int = COUNT,
    classifier: DigitClassifier | None = None,
) -> AnyMicroscope | None:
    """The microscope that fits a data set, or None where no instrument does.

    A set of points needs its `plane`; images need a classifier that reads them as they are
    labelled, at least four in five of 200.

    Arguments:
        dataset: What a model is trained on.
        seed: Which real ones are taken for reference.
        count: Samples of a look.
        classifier: Instead of the one that ships with the program.

    Raises:
        ValueError: the classifier's file cannot be used; says what to do.
    """
    if dataset.plane is not None:
        from studio.instruments.plane_microscope import PlaneMicroscope

        return PlaneMicroscope(dataset.plane, seed=seed, count=count)
    stacked = dataset.images.shape[1:] == (28, 28, 3) and dataset.labels.max(initial=0) > 9
    if not stacked and dataset.images.shape[1:] != (28, 28):
        return None
    # Loading PyTorch takes seconds: only where there is something to look at.
    from studio.instruments.classifier import load_classifier
    from studio.instruments.digit_microscope import DigitMicroscope
    from studio.instruments.stack_microscope import StackMicroscope

    classifier = classifier or load_classifier()
    some = subset(len(dataset), _TRIED, seed)
    read = classifier.judge(dataset.images[some]).labels
    if not len(some) or float((read == dataset.labels[some]).mean()) < _FITS:
        return None
    kind = StackMicroscope if stacked else DigitMicroscope
    return kind(dataset, classifier, seed=seed, count=count)


def repeat(
    measure: Callable[[int], dict[str, float]], draws: int = DRAWS
) -> tuple[dict[str, float], dict[str, float]]:
    """Mean and standard deviation (unbiased) of measurements over draws 0, 1, ..., by name."""
    seen = [measure(draw) for draw in range(draws)]
    names = seen[0]
    mean = {name: float(np.mean([one[name] for one in seen])) for name in names}
    noise = {name: float(np.std([one[name] for one in seen], ddof=1)) for name in names}
    return mean, noise


def as_ceilings(mean: dict[str, float], noise: dict[str, float]) -> dict[str, float]:
    """Both under the names by which the rest of the program knows them."""
    return {name + REAL: value for name, value in mean.items()} | {
        name + NOISE: value for name, value in noise.items()
    }
