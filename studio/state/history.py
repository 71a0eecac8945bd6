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

    def cut(self, length: int) -> None:
        """Forgets everything after the first `length` values."""
        self._length = min(self._length, length)

    def values(self) -> np.ndarray:
        """Everything so far, not a copy."""
        return self._room[: self._length]


class PlayerHistory:
    """The terms of one player, over all rounds in which it moved.

    Round r is the one that led from step r to step r + 1, so what was known at step s are the
    rounds below s.
    """

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

    def main(self, shown: str) -> str:
        """The term to draw bold: the one that the player shows, or its loss where a run of an older
        version has not got that one."""
        return shown if shown in self._terms else "total"

    def until(self, step: int) -> dict[str, np.ndarray]:
        """The terms as they were known at a step: by name the values of the rounds below it.

        Views of the arrays, not copies.
        """
        count = self.count(step)
        return {name: column.values()[:count] for name, column in self._terms.items()}

    def count(self, step: int) -> int:
        """How many values were known at a step."""
        return int(np.searchsorted(self.steps, step, side="left"))

    def cut(self, step: int) -> None:
        """Forgets what happened from a step on."""
        count = self.count(step)
        for column in (self._steps, *self._terms.values()):
            column.cut(count)


class Series:
    """One measurement, at the steps at which it was taken."""

    def __init__(self) -> None:
        self._steps = Column(np.int64)
        self._values = Column(np.float64)

    def append(self, step: int, value: float) -> None:
        """Adds a measurement; whatever had been measured at or after this step gives way."""
        self.cut(step - 1)
        self._steps.extend(np.array([step], dtype=np.int64))
        self._values.extend(np.array([value]))

    @property
    def steps(self) -> np.ndarray:
        """int64 (n,)."""
        return self._steps.values()

    @property
    def values(self) -> np.ndarray:
        """float64 (n,), aligned with `steps`."""
        return self._values.values()

    def at(self, step: int) -> float | None:
        """The last value that was measured at a step or before it."""
        index = int(np.searchsorted(self.steps, step, side="right"))
        return float(self.values[index - 1]) if index else None

    def cut(self, step: int) -> None:
        """Forgets what was measured after a step."""
        count = int(np.searchsorted(self.steps, step, side="right"))
        self._steps.cut(count)
        self._values.cut(count)
