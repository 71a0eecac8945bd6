"""Variety and ink of grids, and the rule that notices a collapse."""

from __future__ import annotations

import numpy as np
import pytest

from studio.data.pen import generate
from studio.instruments.grids import CollapseRule, ink, variety


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    return generate(1000, seed=3).images


def test_variety_is_what_it_says(real: np.ndarray) -> None:
    grid, reference = real[:20], real[20:40]

    def slowly(images: np.ndarray) -> float:
        flat = images.reshape(len(images), -1).astype(float)
        return float(
            np.mean(
                [
                    np.sqrt(np.mean((flat[i] - flat[j]) ** 2))
                    for i in range(len(flat))
                    for j in range(i)
                ]
            )
        )

    assert variety(grid, reference) == pytest.approx(slowly(grid) / slowly(reference), rel=1e-12)


def test_real_digits_measure_as_real(real: np.ndarray) -> None:
    """64 against 64 others: within a tenth for variety, a fifth for ink."""
    rng = np.random.default_rng(0)
    pairs = [rng.permutation(len(real))[:128].reshape(2, 64) for _ in range(50)]
    varieties = [variety(real[a], real[b]) for a, b in pairs]
    inks = [ink(real[a], real[b]) for a, b in pairs]
    assert np.mean(varieties) == pytest.approx(1, abs=0.02)
    assert np.abs(np.array(varieties) - 1).max() < 0.1
    assert np.mean(inks) == pytest.approx(1, abs=0.03)
    assert np.abs(np.array(inks) - 1).max() < 0.2


def test_real_digits_of_mnist_measure_as_real(mnist_root: object) -> None:
    from studio.data import load

    digits = load("mnist", "train", root=mnist_root).images[:256]  # type: ignore[arg-type]
    assert variety(digits[:64], digits[64:128]) == pytest.approx(1, abs=0.1)
    assert ink(digits[:64], digits[64:128]) == pytest.approx(1, abs=0.2)


def test_grids_that_are_no_digits(real: np.ndarray) -> None:
    same = np.repeat(real[:1], 64, axis=0)
    assert variety(same, real[:64]) == 0.0
    two = np.concatenate([np.repeat(real[i : i + 1], 32, axis=0) for i in (0, 1)])
    assert 0 < variety(two, real[:64]) < 0.8
    black = np.zeros_like(same)
    assert (variety(black, real[:64]), ink(black, real[:64])) == (0.0, 0.0)
    noise = np.random.default_rng(0).integers(0, 256, same.shape).astype(np.uint8)
    assert variety(noise, real[:64]) > 1
    assert ink(noise, real[:64]) > 2


def test_a_reference_without_anything_gives_numbers(real: np.ndarray) -> None:
    black = np.zeros_like(real[:8])
    for reference in (black, black[:1], black[:0]):
        assert variety(real[:8], reference) == 0.0
        assert ink(real[:8], reference) == 0.0
    assert variety(real[:1], real[:8]) == 0.0
    assert ink(real[:0], real[:8]) == 0.0


def test_colours_count_as_more_numbers(real: np.ndarray) -> None:
    coloured = np.repeat(real[..., None], 3, axis=3)
    grey = variety(real[:32], real[32:64])
    assert variety(coloured[:32], coloured[32:64]) == pytest.approx(grey)


def alarms(values: list[float]) -> list[tuple[int, bool]]:
    rule = CollapseRule()
    seen = [(10 * i, rule.see(10 * i, value)) for i, value in enumerate(values)]
    return [(step, alarm.begins) for step, alarm in seen if alarm is not None]


def test_the_rule_of_collapse() -> None:
    assert alarms([0.1, 0.2, 0.1, 0.59, 0.1, 0.1]) == [], "it has never been varied"
    assert alarms([0.6, 0.34, 0.34]) == [(20, True)]
    assert alarms([0.6, 0.34, 0.35, 0.34]) == [], "not in a row"
    assert alarms([0.9, 0.1, 0.1, 0.1, 0.5, 0.1]) == [(20, True)], "once, and not over at 0.5"
    assert alarms([0.9, 0.1, 0.1, 0.51, 0.1, 0.1]) == [(20, True), (30, False), (50, True)]


def test_what_the_rule_says() -> None:
    rule = CollapseRule()
    rule.see(1_000, 0.7)
    assert rule.see(2_310, 0.3) is None
    alarm = rule.see(2_400, 0.28)
    assert alarm is not None
    assert alarm.message == (
        "Since step 2,310 the digits look alike: 28 % of the variety of real ones."
    )
    over = rule.see(2_500, 0.55)
    assert over is not None
    assert over.message.startswith("Since step 2,500 the digits differ again: 55 % of")
