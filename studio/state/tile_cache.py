"""What the map has been given, kept for the next time that the same weights are looked at.

A time cursor that is dragged to and fro comes to the same weights again and again. What they decode
does not change, so it is found here at once, and nothing flickers.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Hashable

ROOM = 192 * 2**20
"""Bytes that are kept by default: about 15,000 tiles of digits."""
OVERHEAD = 512
"""Bytes that an entry is counted with beside its numbers: the array, the key and their place."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """What something on the map was made from.

    Attributes:
        run: Identity of the run or file; together with `step` it names the weights.
        step: Rounds that the weights have been trained for.
        spec: The plane, as anything that can be compared and hashed.
    """

    run: str
    step: int
    spec: Hashable


class TileCache:
    """Arrays by origin, kind and place; those used longest ago go first when room is short.

    Arguments:
        room: Bytes that all entries together may take.
    """

    def __init__(self, room: int = ROOM) -> None:
        assert room >= 0
        self._room = room
        self._used = 0
        self._entries: OrderedDict[tuple[Origin, str, Hashable], Array] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def used(self) -> int:
        """Bytes taken now, never more than the room."""
        return self._used

    def get(self, origin: Origin, what: str, key: Hashable) -> Array | None:
        """What was put there, read-only, or None; it counts as used now."""
        place = (origin, what, key)
        found = self._entries.get(place)
        if found is not None:
            self._entries.move_to_end(place)
        return found

    def put(self, origin: Origin, what: str, key: Hashable, value: Array) -> None:
        """Keeps an array under its origin, its kind ("digits", "density") and its place."""
        # A view would keep the whole of what it looks at, which is not what is counted.
        kept = value.copy() if value.base is not None else value
        kept.setflags(write=False)
        place = (origin, what, key)
        old = self._entries.pop(place, None)
        if old is not None:
            self._used -= cost(old)
        self._entries[place] = kept
        self._used += cost(kept)
        while self._used > self._room:
            _, gone = self._entries.popitem(last=False)
            self._used -= cost(gone)

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()
        self._used = 0


def cost(value: Array) -> int:
    """The bytes that an array takes in the cache."""
    return int(np.asarray(value).nbytes) + OVERHEAD
