"""Mixtures of Gaussians in the plane, on which everybody measures mode collapse first.

- `ring8`: eight means on the unit circle, the first at (1, 0); sigma 0.02.
- `grid25`: twenty-five means on {-4, -2, 0, 2, 4}^2; sigma 0.05.

After VEEGAN (Srivastava et al., arXiv:1705.07761) and PacGAN (Lin et al., arXiv:1712.04086), whose
100,000 training points these are as well. For the ring's sigma PacGAN's code has 0.01, less than a
pixel of the picture in which it is shown here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from studio.data.dataset import SPLITS, Cancelled, Dataset, Progress, Split, frozen, tell
from studio.data.plane import Plane

if TYPE_CHECKING:
    from pathlib import Path

COUNTS: dict[Split, int] = {"train": 100_000, "test": 20_000}

_STEPS = np.float32(2**20)
"""Numbers are rounded to so many steps per unit: machines differ in the last bits of a cosine, and
the data must not, for a resumed run checks that they are those that it began with."""


def _ring() -> Plane:
    angles = 2 * np.pi * np.arange(8) / 8
    return Plane(1.5, np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.02)


def _grid() -> Plane:
    sides = np.arange(-4.0, 5.0, 2.0)
    x, y = np.meshgrid(sides, sides)
    return Plane(5.0, np.stack([x.ravel(), y.ravel()], axis=1), 0.05)


_MAKERS = {"ring8": _ring, "grid25": _grid}
NAMES = tuple(_MAKERS)


def plane(name: str) -> Plane:
    """The plane of one of `NAMES`."""
    return _MAKERS[name]()


def _load(
    name: str,
    split: Split,
    *,
    root: Path | None = None,
    mirror: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Dataset:
    """100,000 points to learn from, or 20,000 others; labels say from which Gaussian each came.

    Made in a few milliseconds; nothing is read, fetched or worth cancelling.
    """
    data = generate(name, COUNTS[split], seed, split=split)
    tell(progress, "The points are drawn", 1.0)
    return data


def generate(name: str, count: int, seed: int = 0, *, split: Split = "train") -> Dataset:
    """So many points of `ring8` or `grid25`; fewer are the first of more.

    Each point owns three random words: which mean it belongs to, and a step away from it by the
    method of Box and Muller.
    """
    where = plane(name)
    stream = np.random.PCG64(np.random.SeedSequence([seed % 2**64, SPLITS.index(split)]))
    # NumPy guarantees the words themselves, but not what its distributions make of them.
    words = stream.random_raw(3 * count).reshape(count, 3)
    chance = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
    labels = np.floor(chance[:, 0] * len(where.centres)).astype(np.int64)
    radius = np.sqrt(-2 * np.log1p(-chance[:, 1]))
    angle = 2 * np.pi * chance[:, 2]
    steps = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    exact = where.to_unit(where.centres[labels] + where.sigma * steps)
    images = np.rint(exact * _STEPS) / _STEPS
    return Dataset(name, split, frozen(images), frozen(labels), plane=where)


load_ring8 = partial(_load, "ring8")
load_grid25 = partial(_load, "grid25")
