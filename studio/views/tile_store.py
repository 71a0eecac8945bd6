"""What a map knows of its tiles: so many at most, some of them fresh and some stale."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from studio.state.tiles import TileKey

T = TypeVar("T")


class TileStore(Generic[T]):
    """One thing per tile. What is stale stays until its successor comes.

    Arguments:
        kept: How many things; beyond that those go that were put or touched longest ago.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._things: OrderedDict[TileKey, tuple[T, int]] = OrderedDict()
        self._generation = 0

    def __len__(self) -> int:
        return len(self._things)

    def get(self, key: TileKey) -> T | None:
        """What is known of a tile, fresh or stale."""
        known = self._things.get(key)
        return None if known is None else known[0]

    def put(self, key: TileKey, thing: T) -> None:
        """Takes in something fresh."""
        self._things[key] = thing, self._generation
        self._things.move_to_end(key)
        while len(self._things) > self._kept:
            self._things.popitem(last=False)

    def touch(self, key: TileKey) -> None:
        """It is in use: others go first."""
        self._things.move_to_end(key)

    def keys(self) -> list[TileKey]:
        """Those that would go first, first."""
        return list(self._things)

    def is_fresh(self, key: TileKey) -> bool:
        """Whether what is known of a tile came after everything had aged."""
        known = self._things.get(key)
        return known is not None and known[1] == self._generation

    def age(self) -> None:
        """Makes everything stale."""
        self._generation += 1

    def clear(self) -> None:
        """Forgets everything."""
        self._things.clear()
