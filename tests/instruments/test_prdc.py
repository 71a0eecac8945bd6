"""Precision, recall, density, coverage: against loops written from the papers, and in collapse."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.instruments.prdc import PRDC, Neighbourhoods, prdc


def cloud(seed: int, count: int, shift: float = 0.0, size: int = 6) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(count, size)) + shift).astype(np.float32)


def as_published(samples: np.ndarray, real: np.ndarray, k: int) -> PRDC:
    """arXiv 1904.06991 and 2002.09797, one pair of points at a time, in double precision."""

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        return math.sqrt(sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)))

    def radii(points: np.ndarray) -> list[float]:
        found = []
        for i, a in enumerate(points):
            others = sorted(distance(a, b) for j, b in enumerate(points) if j != i)
            found.append(others[k - 1])
        return found

    real_radii, sample_radii = radii(real), radii(samples)
    between = [[distance(r, s) for s in samples] for r in real]
    balls = [[d < radius for d in row] for row, radius in zip(between, real_radii, strict=True)]
    precision = np.mean([any(row[j] for row in balls) for j in range(len(samples))])
    coverage = np.mean([any(row) for row in balls])
    density = sum(sum(row) for row in balls) / (k * len(samples))
    recall = np.mean(
        [any(d < e for d, e in zip(row, sample_radii, strict=True)) for row in between]
    )
    return PRDC(float(precision), float(recall), float(density), float(coverage))


@pytest.mark.parametrize(("shift", "k"), [(0.0, 5), (0.7, 3), (2.0, 5)])
def test_agrees_with_the_papers(shift: float, k: int) -> None:
    real, samples = cloud(0, 60), cloud(1, 45, shift)
    found, expected = prdc(samples, real, k), as_published(samples, real, k)
    assert found.precision == pytest.approx(expected.precision, abs=1e-9)
    assert found.recall == pytest.approx(expected.recall, abs=1e-9)
    assert found.density == pytest.approx(expected.density, abs=1e-9)
    assert found.coverage == pytest.approx(expected.coverage, abs=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_agrees_with_prdc(capsys: pytest.CaptureFixture[str]) -> None:
    oracle = pytest.importorskip("prdc", reason="prdc is an oracle of development")
    real, samples = cloud(0, 400), cloud(1, 300, 0.5)
    expected = oracle.compute_prdc(real_features=real, fake_features=samples, nearest_k=5)
    found = prdc(samples, real, 5)
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(float(value), abs=1e-6), name


def test_features_far_from_zero_lose_nothing() -> None:
    """|a|^2 + |b|^2 - 2ab cancels there."""
    real, samples = cloud(0, 80).astype(np.float64), cloud(1, 60, 0.3).astype(np.float64)
    near, far = prdc(samples, real), prdc(samples + 1e5, real + 1e5)
    assert far == near


def test_real_against_real_has_the_known_ceiling() -> None:
    values = prdc(cloud(1, 1_000, size=3), cloud(0, 1_000, size=3))
    assert values.precision == pytest.approx(values.recall, abs=0.02)
    assert 0.9 < values.precision < 1
    assert values.density == pytest.approx(1, abs=0.06)
    # Of k neighbours of a real point, each as likely real or a sample: 1 - 2^-k.
    assert values.coverage == pytest.approx(1 - 2**-5, abs=0.02)


def test_real_points_repeated_are_all_there() -> None:
    """Strict comparisons would give density and coverage 0."""
    real = np.repeat(cloud(0, 40), 8, axis=0)
    values = prdc(real.copy(), real)
    assert values.precision == values.recall == values.coverage == 1
    assert values.density == pytest.approx(8 / 7)


def test_one_real_image_repeated_is_a_collapse() -> None:
    real = cloud(0, 400)
    values = prdc(np.repeat(real[7:8], 300, axis=0), real)
    assert values.precision == 1
    assert values.recall == pytest.approx(1 / 400)
    assert values.coverage < 0.05
    assert 0 < values.density < 10


def test_one_wrong_image_repeated_is_a_worse_one() -> None:
    far = np.full((300, 6), 50, dtype=np.float32)
    assert prdc(far, cloud(0, 400)) == PRDC(0, 0, 0, 0)


def test_everything_the_same_is_no_division_by_zero() -> None:
    same = np.ones((30, 6), dtype=np.float32)
    values = prdc(same, same)
    assert values == PRDC(1, 1, pytest.approx(30 / 29), 1)
    assert prdc(same + 1, same) == PRDC(0, 0, 0, 0)


def test_blind_to_order_and_in_range() -> None:
    rng = np.random.default_rng(0)
    real, samples = cloud(0, 200), cloud(1, 150, 0.4)
    values = prdc(samples, real)
    assert prdc(rng.permutation(samples), rng.permutation(real)) == values
    assert 0 <= values.precision <= 1
    assert 0 <= values.recall <= 1
    assert 0 <= values.coverage <= 1


def test_less_is_covered_the_less_is_made() -> None:
    """A generator that keeps to an ever smaller part of the data."""
    real, made = cloud(0, 600), cloud(1, 3_000)
    parts = [made[np.abs(made[:, 0]) < width][:300] for width in (9.0, 1.0, 0.5, 0.1)]
    values = [prdc(part, real) for part in parts]
    assert [v.coverage for v in values] == sorted((v.coverage for v in values), reverse=True)
    assert [v.recall for v in values] == sorted((v.recall for v in values), reverse=True)


def test_fewer_points_than_neighbours() -> None:
    values = prdc(cloud(1, 3), cloud(0, 4))
    assert all(np.isfinite([values.precision, values.recall, values.density, values.coverage]))
    assert Neighbourhoods(cloud(0, 4)).neighbours == 3
