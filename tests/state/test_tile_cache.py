"""The cache of the map: bounded in bytes, forgets what was used longest ago, mixes nothing up."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.ground import PlaneSpec
from studio.state.tile_cache import OVERHEAD, Origin, TileCache, cost
from studio.state.tiles import TileKey

HERE = Origin("run", 100, PlaneSpec())


def tile(value: int, side: int = 8) -> np.ndarray:
    return np.full((side, side), value, np.uint8)


def key(number: int) -> TileKey:
    return TileKey(0, number, 0)


def test_what_was_put_in_comes_out_and_cannot_be_written_to() -> None:
    cache = TileCache()
    cache.put(HERE, "digits", key(1), tile(7))
    found = cache.get(HERE, "digits", key(1))
    assert found is not None
    assert (found == 7).all()
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 1
    assert cache.get(HERE, "digits", key(2)) is None


@pytest.mark.parametrize(
    ("origin", "what", "place"),
    [
        (Origin("another", 100, PlaneSpec()), "digits", key(1)),
        (Origin("run", 101, PlaneSpec()), "digits", key(1)),
        (Origin("run", 100, PlaneSpec(kind="quantiles")), "digits", key(1)),
        (Origin("run", 100, PlaneSpec(offsets=((0, 0.5),))), "digits", key(1)),
        (Origin("run", 100, PlaneSpec(through=(0.0, 1.0))), "digits", key(1)),
        (Origin("run", 100, PlaneSpec(anchors=(b"a", b"b", b"c"))), "digits", key(1)),
        (Origin("run", 100, PlaneSpec(label=3)), "digits", key(1)),
        (HERE, "density", key(1)),
        (HERE, "digits", TileKey(1, 1, 0)),
        (HERE, "digits", TileKey(0, 1, 1)),
    ],
)
def test_nothing_is_taken_for_something_else(origin: Origin, what: str, place: TileKey) -> None:
    cache = TileCache()
    cache.put(HERE, "digits", key(1), tile(1))
    assert cache.get(origin, what, place) is None
    cache.put(origin, what, place, tile(2))
    first = cache.get(HERE, "digits", key(1))
    second = cache.get(origin, what, place)
    assert first is not None
    assert second is not None
    assert first[0, 0] == 1
    assert second[0, 0] == 2


def test_the_same_words_are_the_same_place() -> None:
    cache = TileCache()
    cache.put(Origin("run", 5, PlaneSpec(dimensions=(2, 3))), "digits", key(1), tile(1))
    again = Origin("run", 5, PlaneSpec(dimensions=(2, 3)))
    assert cache.get(again, "digits", TileKey(0, 1, 0)) is not None


def test_those_used_longest_ago_go_first() -> None:
    cache = TileCache(room=3 * cost(tile(0)))
    for number in range(3):
        cache.put(HERE, "digits", key(number), tile(number))
    assert cache.get(HERE, "digits", key(0)) is not None  # now 1 was used longest ago
    cache.put(HERE, "digits", key(3), tile(3))
    known = [number for number in range(4) if cache.get(HERE, "digits", key(number)) is not None]
    assert known == [0, 2, 3]


def test_it_never_takes_more_bytes_than_it_may() -> None:
    """A random walk: the count is right at every step, and the newest is always there."""
    rng = np.random.default_rng(0)
    room = 40_000
    cache = TileCache(room)
    for _ in range(3000):
        number, side = int(rng.integers(60)), int(rng.integers(1, 60))
        what = ("digits", "density")[int(rng.integers(2))]
        if rng.random() < 0.3:
            cache.get(HERE, what, key(number))
            continue
        cache.put(HERE, what, key(number), tile(number, side))
        assert cache.used <= room
        found = cache.get(HERE, what, key(number))
        assert found is not None
        assert found.shape == (side, side)
    entries = [
        found
        for number in range(60)
        for what in ("digits", "density")
        if (found := cache.get(HERE, what, key(number))) is not None
    ]
    assert len(entries) == len(cache)
    assert cache.used == sum(cost(entry) for entry in entries)
    cache.clear()
    assert (len(cache), cache.used) == (0, 0)


def test_a_small_array_is_counted_with_what_it_costs_to_keep() -> None:
    cache = TileCache()
    cache.put(HERE, "classes", key(1), np.zeros((16, 2), np.float32))
    assert cache.used == 128 + OVERHEAD


def test_a_view_does_not_keep_the_whole() -> None:
    whole = np.zeros((64, 1000), np.uint8)
    cache = TileCache()
    cache.put(HERE, "digits", key(1), whole[3])
    found = cache.get(HERE, "digits", key(1))
    assert found is not None
    assert found.base is None
    whole[3] = 9
    assert (found == 0).all()


def test_what_is_larger_than_the_room_is_not_kept() -> None:
    cache = TileCache(room=1000)
    cache.put(HERE, "digits", key(1), tile(1, 4))
    cache.put(HERE, "digits", key(2), tile(1, 100))
    assert cache.get(HERE, "digits", key(2)) is None
    assert cache.used <= 1000
