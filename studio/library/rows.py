"""Losses of a player as plain bytes, in the order in which they came: what a log is made of.

Bytes, and not an array per line: a log of a hundred thousand short lines takes no more memory
than one of a few long ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

MAX_NAMES = 64
"""Players in a log, and terms of a player, at most."""
MAX_MEASURES = 256
"""Measures in a log, at most: a share for each of 25 spots, with ceilings and noise, and more."""
_LONGEST_NAME = 100
_NAN = np.array(np.nan, "<f4").tobytes()


def is_name(text: object) -> bool:
    """Whether something may name a player, a term or a measure."""
    return isinstance(text, str) and 0 < len(text) <= _LONGEST_NAME and text.isprintable()


class Rows:
    """Steps that rise, and for each step a value of each term; NaN where a term was absent."""

    def __init__(self) -> None:
        self._steps = bytearray()
        self._terms: dict[str, bytearray] = {}

    def __len__(self) -> int:
        return len(self._steps) // 8

    def size(self) -> int:
        """Bytes of steps and terms."""
        return len(self._steps) + sum(len(values) for values in self._terms.values())

    def add(self, steps: bytes, terms: Mapping[str, bytes], room: int | None = None) -> None:
        """Takes rows: steps as little-endian int64, values as little-endian float32.

        Raises:
            ValueError: they are not that, steps do not rise, there are too many terms, or they
                take more than `room` bytes; nothing has been taken.
        """
        count, left = divmod(len(steps), 8)
        if left or any(len(values) != 4 * count for values in terms.values()):
            raise ValueError("its numbers are not as many as they should be")
        found = np.frombuffer(steps, "<i8")
        last = int(np.frombuffer(self._steps[-8:], "<i8")[0]) if self._steps else -1
        if count and not (found[0] > last and (found[1:] > found[:-1]).all()):
            raise ValueError("its steps do not rise")
        new = terms.keys() - self._terms.keys()
        if len(self._terms) + len(new) > MAX_NAMES or not all(map(is_name, new)):
            raise ValueError("its terms are too many, or are none")
        names = len(self._terms) + len(new)
        if room is not None and 4 * len(self) * len(new) + count * (8 + 4 * names) > room:
            raise ValueError("it unfolds to more than a file of this size can hold")
        for name in terms:  # in their order
            if name in new:  # it was not there before
                self._terms[name] = bytearray(_NAN * len(self))
        self._steps += steps
        for name, values in self._terms.items():
            values += terms.get(name, _NAN * count)

    def blocks(self, size: int) -> Iterator[tuple[memoryview, Mapping[str, memoryview]]]:
        """Consecutive rows in pieces of at most `size` bytes: (steps, values by term)."""
        count = max(1, size // (8 + 4 * len(self._terms)))
        steps = memoryview(self._steps).toreadonly()
        terms = {name: memoryview(values).toreadonly() for name, values in self._terms.items()}
        for first in range(0, len(self), count):
            end = first + count
            yield (
                steps[8 * first : 8 * end],
                {name: values[4 * first : 4 * end] for name, values in terms.items()},
            )

    def arrays(self) -> tuple[NDArray[np.int64], Mapping[str, NDArray[np.float32]]]:
        """Steps (n,) and by term values (n,), which share memory with the rows."""
        return (
            np.frombuffer(self._steps, "<i8").astype(np.int64, copy=False),
            {
                name: np.frombuffer(values, "<f4").astype(np.float32, copy=False)
                for name, values in self._terms.items()
            },
        )
