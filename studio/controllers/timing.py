"""How long answers take, measured where they are worked out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, eq=False)
class Timed:
    """A step of an answer and the seconds of work that it has cost so far."""

    value: object
    seconds: float


def timed(steps: Iterator[object]) -> Iterator[Timed]:
    """The steps of one model; the time in which others work between them does not count."""
    spent = 0.0
    while True:
        began = time.perf_counter()
        try:
            value = next(steps)
        except StopIteration:
            return
        spent += time.perf_counter() - began
        yield Timed(value, spent)
