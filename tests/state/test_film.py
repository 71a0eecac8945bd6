"""A film keeps its span and gives the early rounds more room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from studio.state.film import frame_at, thinned


@dataclass
class Frame:
    step: int


def grown(last: int, limit: int, every: int = 1) -> list[int]:
    film: list[Frame] = []
    for step in range(0, last + 1, every):
        film = thinned([*film, Frame(step)], limit)
    return [frame.step for frame in film]


def test_a_short_film_stays_as_it_is() -> None:
    film = [Frame(step) for step in (0, 1, 5)]
    assert thinned(film, 3) == film
    assert thinned([], 3) == []


@pytest.mark.parametrize("last", [100, 1_000, 3_000])
def test_it_keeps_its_ends_and_its_order(last: int) -> None:
    steps = grown(last, 30)
    assert len(steps) == 30
    assert steps[0] == 0
    assert steps[-1] == last
    assert steps == sorted(set(steps))


def test_it_is_even_in_the_square_root() -> None:
    gaps = np.diff(np.sqrt(grown(4_000, 40)))
    assert gaps.max() < 4 * np.median(gaps)
    # Dense early: the first half of the film lies in well under half of the training.
    assert grown(4_000, 40)[20] < 1_700


def test_the_last_grid_at_or_before_a_step() -> None:
    film = [Frame(step) for step in (10, 20, 30)]
    assert frame_at(film, 9) is None
    assert frame_at(film, 10) is film[0]
    assert frame_at(film, 29) is film[1]
    assert frame_at(film, 10**12) is film[2]
    assert frame_at([], 5) is None
