"""What promises are made of: pure functions of readings."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.lab.preset import Reading

REACHED = 0.05
"""A spot is reached from this share of all points on, good or not: of eight it is two fifths of a
fair share."""


def value(readings: Sequence[Reading], step: int, name: str) -> float:
    """What the instrument `name` said after `step` rounds."""
    return _at(readings, step).values[name]


def spots(readings: Sequence[Reading], step: int) -> int:
    """Spots of the plane that are the nearest to at least one point in twenty."""
    return sum(share >= REACHED for share in near(_at(readings, step)))


def fullest(readings: Sequence[Reading], step: int) -> float:
    """The greatest share of points that are nearest to one and the same spot."""
    return max(near(_at(readings, step)))


def visited(readings: Sequence[Reading], first: int, last: int) -> int:
    """Different spots that were in turn the nearest to most points, from `first` to `last`."""
    shares = [near(reading) for reading in readings if first <= reading.step <= last]
    return len({those.index(max(those)) for those in shares})


def staying(readings: Sequence[Reading], first: int, last: int) -> float:
    """The share of points that a look and the next one have at the same spots, on average."""
    shares = [near(reading) for reading in readings if first <= reading.step <= last]
    kept = [sum(map(min, one, next_)) for one, next_ in itertools.pairwise(shares)]
    return sum(kept) / len(kept)


def near(reading: Reading) -> list[float]:
    """The share of points nearest to each spot of the plane."""
    shares: list[float] = []
    while (name := f"mode_{len(shares)}") in reading.values:
        shares.append(reading.values[name])
    return shares


def favourites(readings: Sequence[Reading], step: int, count: int) -> float:
    """What part of the legible samples the `count` commonest digits make; 0 if none is legible."""
    values = _at(readings, step).values
    shares = sorted((values[f"share_{digit}"] for digit in range(10)), reverse=True)
    return sum(shares[:count]) / sum(shares) if sum(shares) > 0 else 0.0


def _at(readings: Sequence[Reading], step: int) -> Reading:
    for reading in readings:
        if reading.step == step:
            return reading
    raise KeyError(f"nothing was read after {step} rounds")


MOST = 0.35


def one_clump(readings: Sequence[Reading], first: int, last: int) -> bool:
    """Whether from `first` to `last` at no reading more than one spot is alive, and on average at
    least 40 % of points are nearest to the same one."""
    steps = [reading.step for reading in readings if first <= reading.step <= last]
    alive = max(value(readings, step, "modes") for step in steps)
    return alive <= 1 and sum(fullest(readings, step) for step in steps) / len(steps) >= 0.4


def all_around(readings: Sequence[Reading], step: int, reached: int = 7) -> bool:
    """Whether points are all around the ring: so many spots reached, and none overcrowded."""
    return spots(readings, step) >= reached and fullest(readings, step) <= MOST
