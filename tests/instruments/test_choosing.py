"""A few of many: the likely ones, the varied ones, and what lies between."""

from __future__ import annotations

import numpy as np
import pytest

from studio.instruments.choosing import choose


def pictures(seed: int, count: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Pictures around a few centres, as completions are, and how plausible they are."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 200, (3, 6, 6))
    images = centres[rng.integers(0, 3, count)] + rng.integers(0, 40, (count, 6, 6))
    return images.astype(np.uint8), rng.normal(size=count).astype(np.float32)


def mean_distance(images: np.ndarray) -> float:
    flat = images.reshape(len(images), -1).astype(float)
    distances = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    return float(distances.sum() / (len(images) * (len(images) - 1)))


@pytest.mark.parametrize("seed", range(20))
def test_no_variety_takes_the_most_plausible(seed: int) -> None:
    images, likely = pictures(seed)
    chosen = choose(images, likely, 0.0, 5)
    assert chosen.tolist() == np.argsort(-likely)[:5].tolist()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("count", [2, 4, 8, 15])
def test_variety_never_brings_pictures_closer_than_without(seed: int, count: int) -> None:
    images, likely = pictures(seed)
    least = mean_distance(images[choose(images, likely, 0.0, count)])
    for variety in (0.25, 0.5, 0.75, 1.0):
        assert mean_distance(images[choose(images, likely, variety, count)]) >= least - 1e-9


def test_all_variety_shows_every_kind() -> None:
    rng = np.random.default_rng(0)
    kinds = np.repeat([0, 80, 160, 240], 8)
    images = (kinds[:, None, None] + rng.integers(0, 10, (32, 6, 6))).astype(np.uint8)
    likely = np.where(kinds == 0, 1.0, 0.0) + rng.uniform(0, 0.5, 32)
    assert set(kinds[choose(images, likely, 0.0, 4)]) == {0}
    assert sorted(kinds[choose(images, likely, 1.0, 4)]) == [0, 80, 160, 240]


@pytest.mark.parametrize("variety", [0.0, 0.3, 0.7, 1.0])
def test_the_most_plausible_leads_and_the_others_follow_in_order(variety: float) -> None:
    images, likely = pictures(3)
    chosen = choose(images, likely, variety, 6)
    assert chosen[0] == likely.argmax()
    assert (np.diff(likely[chosen]) <= 0).all()


@pytest.mark.parametrize("variety", [0.0, 0.5, 1.0])
def test_equal_pictures_are_chosen_once(variety: float) -> None:
    images, likely = pictures(4, 6)
    images, likely = np.concatenate([images, images, images]), np.tile(likely, 3)
    chosen = choose(images, likely, variety, 10)
    assert len(chosen) == 6
    assert len(np.unique(images[chosen].reshape(6, -1), axis=0)) == 6


def test_the_answer_hangs_on_nothing_but_the_question() -> None:
    images, likely = pictures(5)
    turned = np.random.default_rng(1).permutation(16)
    for variety in (0.0, 0.4, 1.0):
        chosen = choose(images, likely, variety, 5)
        assert np.array_equal(chosen, choose(images.copy(), likely.copy(), variety, 5))
        assert np.array_equal(chosen, turned[choose(images[turned], likely[turned], variety, 5)])


def test_plausibility_counts_by_its_order_alone() -> None:
    images, likely = pictures(6)
    squeezed = np.exp(likely.astype(float) * 3)
    for variety in (0.0, 0.4, 1.0):
        assert np.array_equal(
            choose(images, likely, variety, 5), choose(images, squeezed, variety, 5)
        )


def test_odd_numbers_are_no_trouble() -> None:
    images, likely = pictures(7, 4)
    likely[:] = np.nan, -np.inf, 0.0, np.inf
    assert choose(images, likely, 0.0, 2).tolist() == [3, 2]
    assert choose(images, np.zeros(4), 0.0, 3).tolist() == [0, 1, 2]
    assert sorted(choose(images, likely, 1.0, 99).tolist()) == [0, 1, 2, 3]
    assert len(choose(images, likely, 0.5, 0)) == 0
    assert len(choose(images[:0], likely[:0], 0.5, 3)) == 0
    assert choose(images[:1], likely[:1], 1.0, 3).tolist() == [0]
