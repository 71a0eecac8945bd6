"""How close samples come to the digits that a model was trained on: memorisation.

Distances are Euclidean over pixels in [0, 1]. "Unseen" real digits are the training digits
themselves, each with itself left out: what a fresh digit of the same origin would find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Images = NDArray[np.uint8]
    Floats = NDArray[np.float64]

_BLOCK = 4
_CANDIDATES = 16
_CHUNK = 8_192
_COPY = 0.01


class TrainingDigits:
    """All training digits (M, H, W), ready to be searched.

    A search among 60,000 would take a second of a core for every hundred samples. Means over blocks
    of 4 x 4 pixels are compared first, in a sixteenth of the time, and pixels only for the best 16:
    a copy is always found, for its means are equal.
    """

    def __init__(self, images: Images) -> None:
        self._images = images
        self._means = torch.cat(
            [_means(images[at : at + _CHUNK]) for at in range(0, len(images), _CHUNK)]
        )
        self._squares = self._means.square().sum(1)

    def distances(self, images: Images, apart_from: NDArray[np.int64] | None = None) -> Floats:
        """To the nearest training digit, (N,), in pixels' units: 0 is a copy.

        Arguments:
            images: (N, H, W).
            apart_from: (N,), for each the index of a training digit that does not count.
        """
        means = _means(images)
        near = self._squares[None, :] - 2 * means @ self._means.T
        if apart_from is not None:
            near[torch.arange(len(images)), torch.from_numpy(apart_from)] = torch.inf
        count = min(_CANDIDATES, len(self._images) - (apart_from is not None))
        indices = near.topk(count, dim=1, largest=False).indices.numpy()
        found = self._images[indices].astype(np.float32)
        found -= images[:, None]
        squares = np.square(found, out=found).reshape(len(images), count, -1).sum(-1).min(1)
        distances: Floats = np.sqrt(squares.astype(np.float64)) / 255
        return distances


class Familiarity:
    """Compares distances of samples with those of unseen real digits."""

    def __init__(self, digits: TrainingDigits, unseen: Floats) -> None:
        """`unseen` are the distances of real digits that are not in the training set."""
        self._digits = digits
        self._median = float(np.median(unseen))
        self._close = float(np.quantile(unseen, _COPY))

    def measure(self, images: Images) -> tuple[float, float]:
        """(nearest, copied): the median distance in units of that of unseen real digits, and the
        share of images that are closer than all but 1 % of unseen real ones."""
        return self.weigh(self._digits.distances(images))

    def weigh(self, distances: Floats) -> tuple[float, float]:
        """The same from distances that are known."""
        if not len(distances) or self._median <= 0:
            return 0.0, 0.0
        return float(np.median(distances)) / self._median, float((distances < self._close).mean())


def _means(images: Images) -> Tensor:
    """Means over blocks, (N, blocks), scaled so that their distances never exceed the pixels'."""
    pixels = torch.from_numpy(images.astype(np.float32))[:, None] / 255
    return F.avg_pool2d(pixels, _BLOCK, ceil_mode=True).flatten(1) * _BLOCK
