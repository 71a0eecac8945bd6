"""Colour digits: three digits of another set, one in each channel, and so 1,000 modes.

A stack of a in red, b in green and c in blue has the class 100 a + 10 b + c. The protocol is that
of VEEGAN (Srivastava et al., arXiv:1705.07761) and PacGAN (Lin et al., arXiv:1712.04086): 128,000
stacks, drawn once at random and kept. Two things differ: PacGAN stacks all 70,000 digits of
MNIST, here test digits make test stacks alone, so that copies of training digits can be told; and
the engine deals the stacks in a new order each epoch.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from studio.data import mnist, pen
from studio.data.dataset import (
    SPLITS,
    Cancelled,
    Dataset,
    DataUnavailable,
    Progress,
    Split,
    frozen,
    stop_if,
    tell,
)

if TYPE_CHECKING:
    from pathlib import Path

COUNTS: dict[Split, int] = {"train": 128_000, "test": 26_000}
"""26,000 is how many samples PacGAN judges."""

_SOURCES = {"stacked-mnist": mnist.load, "stacked-pen": pen.load}
_CHUNK = 4_000


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
    """The standard number of stacks, of MNIST's digits or of the pen's.

    The images of the training set take 301 MB.

    Raises:
        DataUnavailable: MNIST is neither here nor to be had.
        ValueError: `mirror` is not an address.
        LoadCancelled: `cancelled()` said True.
    """
    share = 0.5
    try:
        digits = _SOURCES[name](
            split,
            root=root,
            mirror=mirror,
            seed=seed,
            progress=lambda message, fraction: tell(progress, message, share * fraction),
            cancelled=cancelled,
        )
    except DataUnavailable as error:
        message = str(error).replace(mnist.INSTEAD, "train on stacked-pen")
        raise DataUnavailable(message) from error
    return stack(
        digits,
        COUNTS[split],
        seed,
        name=name,
        progress=lambda message, fraction: tell(progress, message, share + (1 - share) * fraction),
        cancelled=cancelled,
    )


def stack(
    digits: Dataset,
    count: int,
    seed: int = 0,
    *,
    name: str,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Dataset:
    """So many stacks of three grey digits each; fewer are the first of more.

    Every channel is drawn on its own and with replacement, so the order of `digits`, which may be
    sorted by class, plays no part.

    Raises:
        LoadCancelled: `cancelled()` said True.
    """
    assert digits.images.ndim == 3, "only grey digits can be stacked"
    stream = np.random.PCG64(np.random.SeedSequence([seed % 2**64, SPLITS.index(digits.split)]))
    words = stream.random_raw(3 * count).reshape(count, 3)
    # Of 2**64 words, no digit gets one in 2**48 more than another.
    chosen = (words % np.uint64(len(digits))).astype(np.int64)
    # Laid out as PyTorch wants it, and shown as everybody else does.
    planes = np.empty((count, 3, *digits.images.shape[1:]), np.uint8)
    for start in range(0, count, _CHUNK):
        stop_if(cancelled)
        tell(progress, "Stacking digits", start / count)
        planes[start : start + _CHUNK] = digits.images[chosen[start : start + _CHUNK]]
    tell(progress, "Stacking digits", 1.0)
    labels = digits.labels[chosen] @ np.array([100, 10, 1], np.int64)
    images = frozen(planes).transpose(0, 2, 3, 1)
    return Dataset(name, digits.split, images, frozen(labels))


load_stacked_pen = partial(_load, "stacked-pen")
load_stacked_mnist = partial(_load, "stacked-mnist")
