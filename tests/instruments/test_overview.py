"""A curve at a glance."""

from __future__ import annotations

import numpy as np
import pytest

from studio.instruments.overview import overview


def test_a_short_curve_stays_as_it_is() -> None:
    steps, values = overview(np.arange(5) * 3, np.arange(5.0), 10)
    assert steps.tolist() == [0, 3, 6, 9, 12]
    assert values.tolist() == [0, 1, 2, 3, 4]
    assert all(len(part) == 0 for part in overview(np.zeros(0, np.int64), np.zeros(0), 10))


@pytest.mark.parametrize("count", [11, 1_000, 4_097])
def test_there_are_few_points_and_each_is_a_mean(count: int) -> None:
    values = np.random.default_rng(0).normal(size=count)
    steps, means = overview(np.arange(count), values, 10)
    assert 5 <= len(means) <= 10
    length = round(steps[1] - steps[0])
    assert means[0] == pytest.approx(values[:length].mean())
    assert means[-1] == pytest.approx(values[(len(means) - 1) * length :].mean())
    assert steps[0] == (length - 1) / 2


def test_what_is_no_number_takes_no_part() -> None:
    values = np.array([1, np.nan, np.nan, np.inf, 5, 7], np.float32)
    _, means = overview(np.arange(6), values, 3)
    assert means[0] == 1
    assert np.isnan(means[1])
    assert means[2] == 6


def test_points_stay_where_they_are_while_the_curve_grows() -> None:
    values = np.random.default_rng(1).normal(size=4_000)
    short = overview(np.arange(3_000), values[:3_000], 64)
    grown = overview(np.arange(4_000), values, 64)
    for before, after in zip(short, grown, strict=True):
        assert np.array_equal(before[:-1], after[: len(before) - 1])
