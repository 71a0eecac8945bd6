"""Which sample belongs to which place of an endless sheet of samples.

Samples are cheap by the batch and dear one by one (a model that draws pixel after pixel takes as
long for one as for sixteen), yet a place must show the same one whoever asks. Where places stand
in the middles of a lattice whose pitch is a power of two, as the digits of a map do, a place tells
which lattice and which block of it it belongs to: a block is one batch. Any other place is a batch
of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

SIDE = 4
BATCH = SIDE * SIDE
"""Samples of a block."""
# Places are counted in steps of 2^-_FINEST; a lattice this fine or finer is taken for chance.
_FINEST, _CHANCE = 40, 12


class Seed(NamedTuple):
    """Where the randomness of a batch comes from; `alone` says that it holds one sample."""

    words: tuple[int, ...]
    alone: bool


def batches(places: np.ndarray) -> Mapping[Seed, list[tuple[int, int]]]:
    """The batches that hold the samples of places (N, 2).

    Returns:
        For each batch the numbers of the places in it and where in the batch their samples are.
    """
    found: dict[Seed, list[tuple[int, int]]] = {}
    steps = np.round(places * 2.0**_FINEST).astype(object)
    for number, (x, y) in enumerate(np.vectorize(int, otypes=[object])(steps)):
        seed, index = _batch_of(x, y)
        found.setdefault(seed, []).append((number, index))
    return found


def _batch_of(x: int, y: int) -> tuple[Seed, int]:
    # In the middle of a cell of the lattice, both are odd multiples of half its pitch.
    half = x & -x
    if half != y & -y or half.bit_length() <= _CHANCE:
        return Seed((x, y), alone=True), 0
    column, row = (x // half - 1) // 2, (y // half - 1) // 2
    words = half.bit_length(), column // SIDE, row // SIDE
    return Seed(words, alone=False), row % SIDE * SIDE + column % SIDE
