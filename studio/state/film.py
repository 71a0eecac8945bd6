"""The film of a training: its fixed-noise grids, dense where a training changes fastest."""

from __future__ import annotations

from bisect import bisect_right
from math import sqrt
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class Frame(Protocol):
    """Something that was drawn at a step."""

    @property
    def step(self) -> int: ...


AnyFrame = TypeVar("AnyFrame", bound=Frame)


def thinned(film: Sequence[AnyFrame], limit: int) -> list[AnyFrame]:
    """At most `limit` frames, spread evenly over the square root of their step.

    The first and the last always stay. Of the others the one goes first whose neighbours lie
    closest together: frame by frame, so that a film which grows and is thinned at each new frame
    stays even all the time. A training changes most in its first rounds, and the square root gives
    these more room.

    Arguments:
        film: With rising steps.
        limit: At least 2.
    """
    assert limit >= 2
    kept = list(film)
    places = [sqrt(frame.step) for frame in kept]
    while len(kept) > limit:
        crowded = min(range(1, len(kept) - 1), key=lambda i: places[i + 1] - places[i - 1])
        del kept[crowded], places[crowded]
    return kept


def frame_at(film: Sequence[AnyFrame], step: int) -> AnyFrame | None:
    """The last frame at or before `step`; None where the film begins later."""
    index = bisect_right(film, step, key=lambda frame: frame.step)
    return film[index - 1] if index else None
