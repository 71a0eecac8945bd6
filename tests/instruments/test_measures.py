"""Shares, Frechet distance, spreads and AUC: known values, other people's programs, and traps."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from studio.instruments.measures import (
    Gaussian,
    auc,
    class_shares,
    diversity,
    diversity_within,
    frechet_distance,
    kl,
    modes_alive,
    spread,
    subset,
)


def features(rng: np.random.Generator, count: int, size: int = 12) -> np.ndarray:
    """Correlated, like what a layer with ReLU gives: many zeros, one column that is always zero."""
    mixing = np.random.default_rng(5).normal(size=(size, size))
    found = np.maximum(rng.normal(size=(count, size)) @ mixing + 0.5, 0)
    found[:, 3] = 0
    return found.astype(np.float32)


def test_shares_count_what_is_no_class_in_the_whole() -> None:
    shares = class_shares(np.array([0, 0, 1, 10]), 10)
    assert shares[0] == 0.5
    assert shares[1] == 0.25
    assert shares.sum() == 0.75
    assert class_shares(np.array([], dtype=np.int64), 10).sum() == 0


def test_kl_agrees_with_its_definition() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        p, q = rng.dirichlet(np.ones(10)), rng.dirichlet(np.ones(10))
        assert kl(p, q) == pytest.approx(float((p * np.log(p / q)).sum()))
        assert kl(p * 0.3, q * 7) == pytest.approx(kl(p, q))
        order = rng.permutation(10)
        assert kl(p[order], q[order]) == pytest.approx(kl(p, q))


def test_kl_of_one_class_and_of_nothing() -> None:
    fair = np.full(10, 0.1)
    one = np.eye(10)[7]
    assert kl(one, fair) == pytest.approx(math.log(10))
    assert kl(np.zeros(10), fair) == pytest.approx(math.log(10))
    assert kl(fair, fair) == 0
    # The reference has no sevens: bad, but finite.
    assert math.log(9) <= kl(one, np.where(one > 0, 0, 1 / 9)) < 10


def test_kl_rises_as_classes_are_lost() -> None:
    fair = np.full(10, 0.1)
    left = [kl(np.where(np.arange(10) < alive, 1.0, 0.0), fair) for alive in range(10, 0, -1)]
    assert left == sorted(left)


@pytest.mark.parametrize(("count", "classes", "floor", "within"), [
    (26_000, 1_000, 0.019, 0.003),
    (1_000, 10, 0.0045, 0.003),
])  # fmt: skip
def test_the_noise_floor_of_kl_is_the_known_one(
    count: int, classes: int, floor: float, within: float
) -> None:
    values, alive = [], []
    for seed in range(5):
        labels = np.random.default_rng(seed).integers(classes, size=count)
        shares = class_shares(labels, classes)
        values.append(kl(shares, np.full(classes, 1 / classes)))
        alive.append(modes_alive(shares, np.full(classes, 1 / classes)))
    assert np.mean(values) == pytest.approx(floor, abs=within)
    assert alive == [classes] * 5


def test_a_class_is_alive_from_a_tenth_of_its_fair_share_on() -> None:
    fair = np.array([0.5, 0.3, 0.2])
    assert modes_alive(np.array([0.05, 0.029, 0.0]), fair) == 1
    assert modes_alive(np.array([0.05, 0.029, 0.0]), fair, least=0) == 2
    assert modes_alive(np.array([0.05, 0.029, 0.02]), fair) == 2
    assert modes_alive(fair, fair) == 3
    # Exactly at the threshold, in numbers that floating point cannot write.
    tenths = np.full(10, 0.1)
    assert modes_alive(np.full(10, 10 / 1_000), tenths) == 10
    assert modes_alive(np.full(10, 9 / 1_000), tenths) == 0
    assert modes_alive(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0


def test_frechet_distance_of_known_gaussians() -> None:
    """In one dimension it is the squared distance of means plus that of standard deviations."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(2, 3, (500, 1)), rng.normal(-1, 0.5, (400, 1))
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def square_root_by_iteration(matrix: np.ndarray) -> np.ndarray:
    """Denman and Beavers' iteration: another way than eigenvalues, of matrices without symmetry."""
    root, inverse = matrix.copy(), np.eye(len(matrix))
    for _ in range(60):
        root, inverse = (
            (root + np.linalg.inv(inverse)) / 2,
            (inverse + np.linalg.inv(root)) / 2,
        )
    return root


def plain_frechet(a: np.ndarray, b: np.ndarray) -> float:
    """As in the paper (arXiv 1706.08500), for covariances of full rank."""
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    cross = square_root_by_iteration(first @ second)
    shift = np.square(a.mean(0) - b.mean(0)).sum()
    return float(shift + np.trace(first + second - 2 * cross))


@pytest.mark.parametrize("seed", range(4))
def test_frechet_distance_agrees_with_an_independent_root(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = np.delete(features(rng, 300), 3, axis=1).astype(np.float64)
    b = np.delete(features(rng, 500), 3, axis=1).astype(np.float64) * 1.3 + 0.2
    assert frechet_distance(a, b) == pytest.approx(plain_frechet(a, b), rel=1e-6)


def test_frechet_distance_agrees_with_scipy() -> None:
    linalg = pytest.importorskip("scipy.linalg", reason="scipy is an oracle of development")
    rng = np.random.default_rng(0)
    a = np.delete(features(rng, 300), 3, axis=1).astype(np.float64)
    b = np.delete(features(rng, 500), 3, axis=1).astype(np.float64) * 1.3 + 0.2
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    cross = np.real(linalg.sqrtm(first @ second))
    shift = np.square(a.mean(0) - b.mean(0)).sum()
    expected = shift + np.trace(first + second - 2 * cross)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_frechet_distance_agrees_with_torchmetrics() -> None:
    fid = pytest.importorskip(
        "torchmetrics.image.fid", reason="torchmetrics is an oracle of development"
    )
    import torch

    class AsTheyAre(torch.nn.Module):
        """Features that are passed as images of one row."""

        num_features = 12

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.flatten(1)[:, :12]

    rng = np.random.default_rng(0)
    a, b = features(rng, 700), features(rng, 900) * 1.2 + 0.1
    metric = fid.FrechetInceptionDistance(feature=AsTheyAre())
    # Double precision, for theirs sums squares before the mean is taken off.
    metric.set_dtype(torch.float64)
    metric.update(torch.from_numpy(a)[:, None, None].double(), real=True)
    metric.update(torch.from_numpy(b)[:, None, None].double(), real=False)
    assert frechet_distance(b, a) == pytest.approx(float(metric.compute()), rel=1e-3)


def test_frechet_distance_is_symmetric_zero_on_itself_and_blind_to_order() -> None:
    rng = np.random.default_rng(1)
    a, b = features(rng, 200), features(rng, 300) + 1
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6)
    assert frechet_distance(rng.permutation(a), b) == pytest.approx(frechet_distance(a, b))
    further = [frechet_distance(a + shift, a) for shift in (0.0, 0.5, 1.0, 2.0)]
    assert further == sorted(further)


def test_frechet_distance_of_copies_of_one_image_is_finite() -> None:
    rng = np.random.default_rng(2)
    real = features(rng, 300)
    same = np.repeat(real[:1], 200, axis=0)
    expected = np.square(same[0] - real.mean(0)).sum() + np.trace(np.cov(real, rowvar=False))
    assert frechet_distance(same, real) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(same, same) == pytest.approx(0, abs=1e-6)


def test_few_samples_raise_the_frechet_distance() -> None:
    """Which is why ceilings are taken at the same number."""
    rng = np.random.default_rng(3)
    reference = Gaussian.of(features(rng, 5_000))
    means = [
        np.mean([Gaussian.of(features(rng, count)).distance(reference) for _ in range(5)])
        for count in (50, 200, 1_000)
    ]
    assert means[0] > 2 * means[1] > 4 * means[2]


def test_the_trap_of_sorted_data_is_real() -> None:
    """The first samples of sorted data are as far from the data as garbage; a subset is not."""
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(10), 200)
    points = rng.normal(size=(2_000, 4)) + rng.normal(size=(10, 4))[labels] * 4
    chosen = subset(2_000, 2_000, seed=0)
    fair = frechet_distance(points[chosen[:500]], points[chosen[500:]])
    assert frechet_distance(points[:500], points[500:]) > 30 * fair


def test_subsets_are_random_and_follow_the_seed() -> None:
    assert np.array_equal(subset(1_000, 10, 3), subset(1_000, 10, 3))
    assert not np.array_equal(subset(1_000, 10, 3), subset(1_000, 10, 4))
    assert len(set(subset(1_000, 100, 0))) == 100
    assert sorted(subset(7, 50, 0)) == list(range(7))
    assert subset(1_000, 500, 0).mean() == pytest.approx(500, abs=60)


def test_spread_is_that_of_all_pairs() -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 5, 4), dtype=np.uint8)
    flat = images.reshape(20, -1).astype(float)
    squares = [np.square(a - b).sum() for a, b in itertools.combinations(flat, 2)]
    assert spread(images) == pytest.approx(math.sqrt(np.mean(squares)), rel=1e-6)
    assert spread(images[:1]) == 0
    assert spread(np.repeat(images[:1], 9, axis=0)) == 0


def test_diversity_is_a_share_of_that_of_real_ones() -> None:
    rng = np.random.default_rng(0)
    real = rng.normal(size=(400, 8))
    assert diversity(real, real) == 1
    assert diversity(real / 2, real) == pytest.approx(0.5, rel=1e-6)
    assert diversity(real, real * 0) == 0


def test_diversity_within_does_not_ask_how_often_classes_are_made() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=4_000)
    sigmas = np.linspace(1, 4, 10)
    real = rng.normal(size=(4_000, 6)) * sigmas[labels, None] + 20 * labels[:, None]
    only = labels < 3
    assert diversity_within(real[only], labels[only], real, labels) == pytest.approx(1)
    assert diversity(real[only], real) < 0.5
    rare = np.concatenate([np.flatnonzero(labels == 0)[:20], np.flatnonzero(labels == 9)])
    assert diversity_within(real[rare], labels[rare], real, labels) == pytest.approx(1, abs=0.02)


def test_diversity_within_of_one_shape_per_class_and_of_no_class() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=500)
    real = rng.normal(size=(500, 6)) + 9 * labels[:, None]
    shapes = 9.0 * labels[:, None] + np.zeros((500, 6))
    assert diversity_within(shapes, labels, real, labels) == pytest.approx(0, abs=1e-3)
    assert diversity(shapes, real) > 0.9
    assert diversity_within(real, np.full(500, 10), real, labels) == 0


def test_auc_is_the_probability_of_being_ranked_higher() -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        real = rng.integers(0, 6, 30).astype(float)
        made = rng.integers(-2, 5, 40).astype(float)
        pairs = [(r > m) + 0.5 * (r == m) for r in real for m in made]
        assert auc(real, made) == pytest.approx(np.mean(pairs))
        assert auc(made, real) == pytest.approx(1 - auc(real, made))
    assert auc(np.ones(5), np.zeros(5)) == 1
    assert auc(np.zeros(5), np.zeros(5)) == 0.5
    assert auc(np.zeros(0), np.zeros(5)) == 0.5
