"""Smoothing against its definition, thinning without losing a peak, and sentences that are true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from studio.instruments.curves import decimate, figure, level, read, smooth, trend


@dataclass(frozen=True)
class Words:
    """A guide whose texts are easy to find in a sentence."""

    equilibrium: float | None = 0.69
    tolerance: float = 0.05
    near: str = "it can hardly tell them apart."
    above: str = "it is fooled."
    below: str = "it wins."
    rising: str = "it is losing the argument."
    falling: str = "it is winning the argument."
    steady: str = "nobody gains."


def slowly(values: np.ndarray, weight: float) -> np.ndarray:
    """The definition of the bias-corrected average, one value at a time."""
    total, mass, result = 0.0, 0.0, []
    for value in values:
        if np.isfinite(value):
            total, mass = weight * total + value, weight * mass + 1
            result.append(total / mass)
        else:
            result.append(np.nan)
    return np.array(result)


@pytest.mark.parametrize("weight", [1e-20, 0.1, 0.5, 0.9, 0.999, 0.99999])
def test_smoothing_is_the_average_of_its_definition(weight):
    values = np.random.default_rng(0).normal(3, 1, 5_000)
    values[[0, 7, 8, 4_000]] = [np.nan, np.inf, -np.inf, np.nan]
    np.testing.assert_allclose(smooth(values, weight), slowly(values, weight), rtol=1e-9)


def test_smoothing_without_weight_changes_nothing_but_infinities():
    values = np.array([1.0, np.inf, 3.0])
    np.testing.assert_array_equal(smooth(values, 0), [1.0, np.nan, 3.0])


def test_smoothing_begins_at_the_first_value_and_not_at_zero():
    assert smooth(np.full(10, 5.0), 0.99)[0] == pytest.approx(5)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_smoothing_nothing_gives_nothing(values):
    result = smooth(np.array(values), 0.9)
    assert len(result) == len(values)
    assert not np.isfinite(result).any()


@pytest.mark.parametrize("weight", [-0.1, 1.0])
def test_a_weight_outside_its_range_is_refused(weight):
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        smooth(np.ones(3), weight)


def test_a_million_values_are_smoothed_in_the_same_way():
    values = np.random.default_rng(1).normal(size=1_000_000)
    tail = slowly(values[-3_000:], 0.9)[-1]
    assert smooth(values, 0.9)[-1] == pytest.approx(tail)


def test_thinning_keeps_every_peak_and_the_order():
    values = np.random.default_rng(2).normal(size=100_000)
    values[54_321] = 50
    values[54_399] = -50
    steps, kept = decimate(np.arange(100_000.0), values, 600)
    assert len(steps) <= 1_200
    assert (np.diff(steps) > 0).all()
    assert kept.max() == 50
    assert kept.min() == -50


def test_thinning_leaves_short_curves_alone():
    steps, kept = decimate(np.arange(10.0), np.arange(10.0), 5)
    np.testing.assert_array_equal(kept, np.arange(10.0))
    assert len(steps) == 10


def test_thinned_points_stay_where_they_are_while_the_curve_grows():
    values = np.random.default_rng(3).normal(size=3_000)
    before = decimate(np.arange(2_900.0), values[:2_900], 300)[0]
    after = decimate(np.arange(3_000.0), values, 300)[0]
    # The last bucket was not full yet.
    np.testing.assert_array_equal(before[:-4], after[: len(before) - 4])


def test_a_long_gap_stays_a_gap():
    values = np.ones(10_000)
    values[4_000:6_000] = np.nan
    steps, kept = decimate(np.arange(10_000.0), values, 100)
    inside = (steps > 4_200) & (steps < 5_800)
    assert inside.any()
    assert np.isnan(kept[inside]).all()


def test_nothing_is_said_of_no_curve_and_little_of_a_short_one():
    assert read(np.array([]), Words()) == ""
    assert read(np.ones(5), Words()).startswith("Too early to say: 1.000")


def noisy(slope: float, around: float, seed: int) -> np.ndarray:
    steps = np.linspace(-1, 0, 4_000)
    return around + slope * steps + np.random.default_rng(seed).normal(0, 0.1, 4_000)


@pytest.mark.parametrize(
    ("slope", "around", "expected"),
    [
        (0.0, 0.69, ["near 0.69: it can hardly tell them apart.", "Steady: nobody gains."]),
        (0.8, 0.95, ["above 0.69: it is fooled.", "Rising: it is losing the argument."]),
        (-0.8, 0.3, ["below 0.69: it wins.", "Falling: it is winning the argument."]),
    ],
)
def test_the_sentence_says_where_the_curve_is_and_where_it_goes(slope, around, expected):
    sentence = read(noisy(slope, around, 4), Words())
    for part in expected:
        assert part in sentence


def test_noise_alone_is_rarely_called_a_trend():
    calls = [trend(noisy(0, 0.69, seed)) for seed in range(200)]
    assert calls.count("steady") > 180


def test_outliers_make_no_trend():
    values = noisy(0, 0.69, 5)
    values[-40::4] = 1e6
    assert trend(values) == "steady"


def test_texts_that_are_sentences_already_are_kept_whole():
    words = Words(near="Near 0.69 it guesses.", steady="Steady: nobody gains.")
    assert read(noisy(0, 0.69, 6), words).endswith(". Near 0.69 it guesses. Steady: nobody gains.")
    falling = read(noisy(-1, 5, 7), Words(equilibrium=None, falling="Copies get closer."))
    assert falling.endswith("Falling. Copies get closer.")


def test_a_diverged_loss_is_called_so():
    assert "diverged" in read(np.array([1.0] * 100 + [np.nan]), Words())


def test_a_gap_in_the_past_is_forgiven():
    values = noisy(0, 0.69, 8)
    values[3_500:3_600] = np.nan
    assert "Steady" in read(values, Words())


def test_the_level_is_the_recent_one():
    assert level(np.concatenate([np.zeros(1_000), np.ones(500)])) == pytest.approx(1)
    assert np.isnan(level(np.array([np.nan])))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.6414, "0.641"),
        (-12.5, "−12.500"),
        (1234.56, "1,234.6"),
        (0.00012, "1.20e-4"),
        (np.nan, "–"),
    ],
)
def test_figures_are_short_and_readable(value, text):
    assert figure(value) == text
