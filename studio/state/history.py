"""Curves that grow while a training runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


class Column:
    """A growing array: appending is cheap, reading is a view."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self._room = np.empty(1024, dtype=dtype)
        self._length = 0

    def extend(self, values: np.ndarray) -> None:
        """Appends values."""
        needed = self._length + len(values)
        if needed > len(self._room):
            self._room = np.resize(self._room, max(needed, 2 * len(self._room)))
        self._room[self._length : needed] = values
        self._length = needed

    def values(self) -> np.ndarray:
        """Everything so far, not a copy."""
        return self._room[: self._length]


class PlayerHistory:
    """The terms of one player, over all steps at which it moved."""

    def __init__(self) -> None:
        self._steps = Column(np.int64)
        self._terms: dict[str, Column] = {}

    def extend(self, steps: np.ndarray, terms: Mapping[str, np.ndarray]) -> None:
        """Appends moves; a term that was not there before is a gap until now."""
        before = len(self._steps.values())
        self._steps.extend(steps)
        # Not a set: the terms keep the order in which the model names them.
        for name in [*self._terms, *(n for n in terms if n not in self._terms)]:
            if name not in self._terms:
                self._terms[name] = Column(np.float32)
                self._terms[name].extend(np.full(before, np.nan, dtype=np.float32))
            gap = np.full(len(steps), np.nan, dtype=np.float32)
            self._terms[name].extend(terms.get(name, gap))

    @property
    def steps(self) -> np.ndarray:
        """int64 (n,)."""
        return self._steps.values()

    @property
    def terms(self) -> dict[str, np.ndarray]:
        """By name float32 (n,), aligned with `steps`."""
        return {name: column.values() for name, column in self._terms.items()}
