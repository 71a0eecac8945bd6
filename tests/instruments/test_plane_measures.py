"""Spots captured: rings and grids, and the smear that must not count as all of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.data.plane import Plane
from studio.instruments.gauges import gauge
from studio.instruments.plane_measures import coverage
from studio.instruments.plane_microscope import PlaneMicroscope

ANGLES = np.arange(8) / 8 * 2 * math.pi
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)


def real_points(count: int, seed: int = 0, sigma: float = 0.02) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return RING[rng.integers(8, size=count)] + rng.normal(scale=sigma, size=(count, 2))


def test_real_points_capture_all() -> None:
    found = coverage(real_points(10_000), RING, 0.02)
    assert found.modes == 8
    # Within three standard deviations in two dimensions: 1 - exp(-9/2).
    assert found.quality == pytest.approx(1 - math.exp(-4.5), abs=0.004)
    assert found.kl == pytest.approx(0, abs=0.002)
    assert found.near.sum() == pytest.approx(1)


def test_a_smeared_ring_captures_nothing() -> None:
    angles = np.random.default_rng(0).uniform(0, 2 * math.pi, 10_000)
    radii = np.random.default_rng(1).normal(1, 0.3, 10_000)
    smear = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    found = coverage(smear, RING, 0.02)
    assert found.quality < 0.03
    assert found.modes == 0
    # By the definition of the papers it would be perfect.
    assert coverage(smear, RING, 0.02, least=0).modes == 8


def test_one_spot_and_none() -> None:
    one = RING[3] + 0.01 * np.random.default_rng(0).normal(size=(500, 2))
    found = coverage(one, RING, 0.02)
    assert (found.modes, found.quality) == (1, 1)
    assert found.kl == pytest.approx(math.log(8))
    assert found.near[3] == 1
    nowhere = coverage(np.zeros((500, 2)), RING, 0.02)
    assert (nowhere.modes, nowhere.quality) == (0, 0)
    assert nowhere.kl == pytest.approx(math.log(8))


def test_the_border_is_outside() -> None:
    assert coverage(np.array([[3.0, 0.0]]), np.zeros((1, 2)), 1.0).quality == 0
    assert coverage(np.array([[2.999, 0.0]]), np.zeros((1, 2)), 1.0).quality == 1


def test_agrees_with_a_count_by_hand() -> None:
    points = np.random.default_rng(0).normal(size=(300, 2))
    good = [0] * 8
    for point in points:
        distances = [math.dist(point, centre) for centre in RING]
        if min(distances) < 3 * 0.2:
            good[distances.index(min(distances))] += 1
    found = coverage(points, RING, 0.2)
    assert found.quality == pytest.approx(sum(good) / 300)
    assert found.modes == sum(count >= 0.1 * 300 / 8 for count in good)
    part = [count / sum(good) for count in good if count]
    assert found.kl == pytest.approx(sum(p * math.log(8 * p) for p in part))


def test_blind_to_order_and_fewer_modes_the_more_are_lost() -> None:
    points = real_points(4_000)
    shuffled = coverage(np.random.default_rng(0).permutation(points), RING, 0.02)
    assert shuffled.modes == 8
    kept = [coverage(points[points[:, 0] > x], RING, 0.02) for x in (-2.0, -0.9, 0.5, 0.9)]
    assert [f.modes for f in kept] == [8, 7, 3, 1]
    assert [f.kl for f in kept] == sorted(f.kl for f in kept)


def test_the_microscope_for_the_plane() -> None:
    scope = PlaneMicroscope(Plane(1.5, RING, 0.02), seed=0, count=1_000)
    ceilings = scope.ceilings()
    values = scope.look(real_points(1_000))
    assert set(ceilings) == {f"{name}{end}" for name in values for end in ("_real", "_noise")}
    assert ceilings["modes_real"] == 8
    assert ceilings["quality_real"] == pytest.approx(0.989, abs=0.005)
    assert 0 < ceilings["quality_noise"] < 0.01
    for name, value in values.items():
        assert gauge(name)
        assert abs(value - ceilings[f"{name}_real"]) < 5 * ceilings[f"{name}_noise"] + 1e-9, name
    assert scope.look(np.zeros((1_000, 2)))["diversity"] == 0
    assert scope.ceilings() == ceilings
