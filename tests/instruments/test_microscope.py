"""The microscopes: real digits reach the ceilings, garbage and collapse do not, traps stay shut."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.data import load
from studio.data.dataset import Dataset
from studio.data.pen import WAY_NAMES, generate
from studio.data.plane import Plane
from studio.data.stacked import stack
from studio.instruments.classifier import DigitClassifier, load_classifier
from studio.instruments.digit_microscope import DigitMicroscope
from studio.instruments.gauges import gauge
from studio.instruments.microscope import open_microscope
from studio.instruments.nearest import TrainingDigits
from studio.instruments.plane_microscope import PlaneMicroscope
from studio.instruments.stack_microscope import StackMicroscope
from studio.instruments.verdict import verdict
from studio.instruments.ways import WayReader

COUNT = 300


@pytest.fixture(scope="module")
def classifier() -> DigitClassifier:
    return load_classifier()


@pytest.fixture(scope="module")
def pen() -> Dataset:
    return generate(4_000, 3)


@pytest.fixture(scope="module")
def fresh() -> Dataset:
    return generate(1_600, 11, split="test")


@pytest.fixture(scope="module")
def scope(pen: Dataset, classifier: DigitClassifier) -> DigitMicroscope:
    found = open_microscope(pen, count=COUNT, classifier=classifier)
    assert isinstance(found, DigitMicroscope)
    return found


@pytest.fixture(scope="module")
def ceilings(scope: DigitMicroscope) -> dict[str, float]:
    return scope.ceilings()


@pytest.fixture(scope="module")
def real(scope: DigitMicroscope, fresh: Dataset) -> dict[str, float]:
    return scope.look(fresh.images[:COUNT])


def near(values: dict[str, float], ceilings: dict[str, float], times: float = 6.0) -> list[str]:
    """The measurements that are further from the ceilings than noise explains."""
    floor = {"modes": 0.5, "ways": 2.0, "copied": 0.03}
    return [
        name
        for name, value in values.items()
        if abs(value - ceilings[f"{name}_real"])
        > times * ceilings[f"{name}_noise"] + floor.get(name, 0.005)
    ]


def test_fresh_digits_reach_the_ceilings(
    real: dict[str, float], ceilings: dict[str, float]
) -> None:
    assert near(real, ceilings) == []
    assert verdict({**real, **ceilings}).kind == "healthy"


def test_every_measurement_has_a_name_and_a_ceiling(
    real: dict[str, float], ceilings: dict[str, float]
) -> None:
    assert all(gauge(name).name == name for name in real)
    assert set(ceilings) == {f"{name}{end}" for name in real for end in ("_real", "_noise")}
    assert all(math.isfinite(value) for value in [*real.values(), *ceilings.values()])
    assert sum(real[f"share_{digit}"] for digit in range(10)) + real["share_none"] == (
        pytest.approx(1)
    )
    wanted = "modes kl frechet precision recall density coverage confidence diversity within"
    assert set(real) >= {*wanted.split(), "nearest", "copied", "ways"}


def test_noise_is_no_digit_and_no_collapse(
    scope: DigitMicroscope, ceilings: dict[str, float]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (COUNT, 28, 28), dtype=np.uint8)
    values = scope.look(noise)
    assert values["share_none"] > 0.95
    assert values["frechet"] > 50 * ceilings["frechet_real"]
    assert values["nearest"] > 1.5
    assert verdict({**values, **ceilings}).kind == "no digits"


def test_one_digit_again_and_again_is_a_collapse(
    scope: DigitMicroscope, fresh: Dataset, ceilings: dict[str, float]
) -> None:
    values = scope.look(np.repeat(fresh.images[:1], COUNT, axis=0))
    assert all(math.isfinite(value) for value in values.values())
    assert (values["modes"], values["ways"]) == (1, 1)
    assert values["diversity"] == values["within"] == 0
    assert values["recall"] < 0.02
    assert values["coverage"] < 0.05
    found = verdict({**values, **ceilings})
    assert found.kind == "few modes"
    assert f"almost only {fresh.labels[0]}s: 100 %" in found.sentence


def test_a_few_digits_alone_are_a_collapse(
    scope: DigitMicroscope, fresh: Dataset, ceilings: dict[str, float]
) -> None:
    few = fresh.images[np.isin(fresh.labels, (1, 7))][:COUNT]
    values = scope.look(few)
    assert values["share_1"] + values["share_7"] > 0.95
    assert values["modes"] <= 3
    assert values["kl"] == pytest.approx(math.log(5), abs=0.3)
    assert values["precision"] > 0.85
    assert values["recall"] < 0.5
    found = verdict({**values, **ceilings})
    assert found.kind == "few modes"
    assert "1s and 7s" in found.sentence


def test_a_black_picture_is_measured_too(scope: DigitMicroscope) -> None:
    values = scope.look(np.zeros((COUNT, 28, 28), np.uint8))
    assert all(math.isfinite(value) for value in values.values())
    assert values["share_none"] == 1
    assert all(math.isfinite(v) for v in scope.look(np.zeros((2, 28, 28), np.uint8)).values())


def test_copies_are_told_from_fresh_digits(
    scope: DigitMicroscope, pen: Dataset, real: dict[str, float]
) -> None:
    copies = scope.look(pen.images[100 : 100 + COUNT])
    assert copies["nearest"] == 0
    assert copies["copied"] == 1
    assert real["nearest"] == pytest.approx(1, abs=0.1)
    assert real["copied"] < 0.05


def test_data_sorted_by_class_make_no_difference(
    pen: Dataset, fresh: Dataset, classifier: DigitClassifier
) -> None:
    assert pen.ways is not None
    order = np.argsort(pen.labels, kind="stable")
    by_class = dataclasses.replace(
        pen, images=pen.images[order], labels=pen.labels[order], ways=pen.ways[order], factors=None
    )
    scope = open_microscope(by_class, count=COUNT, classifier=classifier)
    assert scope is not None
    assert near(scope.look(fresh.images[:COUNT]), scope.ceilings()) == []
    # Nor does it matter in which order a model writes them.
    order = np.argsort(fresh.labels[:COUNT], kind="stable")
    assert near(scope.look(fresh.images[:COUNT][order]), scope.ceilings()) == []


def test_the_order_of_samples_means_nothing(
    scope: DigitMicroscope, fresh: Dataset, real: dict[str, float]
) -> None:
    shuffled = scope.look(np.random.default_rng(0).permutation(fresh.images[:COUNT]))
    for name in set(real) - {"nearest", "copied"}:
        assert shuffled[name] == pytest.approx(real[name], rel=1e-4, abs=1e-6), name


def test_looking_is_deterministic_and_draws_nothing_global(
    pen: Dataset, fresh: Dataset, classifier: DigitClassifier, ceilings: dict[str, float]
) -> None:
    before = torch.get_rng_state()
    again = open_microscope(pen, count=COUNT, classifier=classifier)
    other = open_microscope(pen, count=COUNT, classifier=classifier, seed=1)
    assert again is not None
    assert other is not None
    assert again.ceilings() == ceilings
    assert (
        other.look(fresh.images[:COUNT])["frechet"] != again.look(fresh.images[:COUNT])["frechet"]
    )
    assert torch.equal(torch.get_rng_state(), before)


def test_a_way_that_nobody_writes_is_missed(
    scope: DigitMicroscope, fresh: Dataset, ceilings: dict[str, float]
) -> None:
    assert fresh.ways is not None
    assert ceilings["ways_real"] > len(WAY_NAMES) - 2
    lost = [WAY_NAMES.index(name) for name in ("7 crossed", "2 looped", "4 closed", "9 curled")]
    values = scope.look(fresh.images[~np.isin(fresh.ways, lost)][:1_000])
    assert len(WAY_NAMES) - 6 <= values["ways"] <= len(WAY_NAMES) - 3


def test_shares_of_ways_are_estimated_better_than_counted() -> None:
    """Two ways that overlap, one of them never written: a count would find a fifth of it."""
    rng = np.random.default_rng(0)
    ways = rng.integers(0, 2, 4_000)
    features = rng.normal(size=(4_000, 5)) + 0.8 * ways[:, None]
    reader = WayReader(features, np.zeros(4_000, np.int64), ways, 3)
    only = rng.normal(size=(1_000, 5))
    counted = (only.sum(1) > 2).mean()
    shares = reader.shares(only, np.zeros(1_000, np.int64))
    assert counted > 0.15
    assert shares[1] < 0.05
    assert shares[2] == 0
    assert shares.sum() == pytest.approx(1)
    mixed = np.concatenate([only[:700], rng.normal(size=(300, 5)) + 0.8])
    assert reader.shares(mixed, np.zeros(1_000, np.int64))[1] == pytest.approx(0.3, abs=0.05)
    # Half of them are no digit: they count in the whole.
    half = np.where(np.arange(1_000) < 500, 0, 10)
    assert reader.shares(mixed, half).sum() == pytest.approx(0.5)
    assert reader.shares(mixed[:0], half[:0]).sum() == 0


def test_the_nearest_training_digit_is_found(pen: Dataset, fresh: Dataset) -> None:
    """Blocks first, pixels for the best: now and then the second nearest, never a nearer one."""
    training = TrainingDigits(pen.images[:1_000])
    found = training.distances(fresh.images[:60])
    flat = pen.images[:1_000].reshape(1_000, -1).astype(float) / 255
    exact = [
        np.sqrt(np.square(flat - image.reshape(-1) / 255).sum(1)).min()
        for image in fresh.images[:60].astype(float)
    ]
    ratio = found / np.array(exact)
    assert (ratio > 1 - 1e-5).all()
    assert (ratio < 1 + 1e-5).mean() > 0.8
    assert ratio.max() < 1.2
    itself = np.arange(20)
    assert (training.distances(pen.images[:20]) == 0).all()
    assert (training.distances(pen.images[:20], apart_from=itself) > 0).all()


def test_stacks_are_counted_by_their_thousand_classes(
    pen: Dataset, fresh: Dataset, classifier: DigitClassifier
) -> None:
    data = stack(pen, 3_000, name="stacked-pen")
    scope = open_microscope(data, count=400, classifier=classifier)
    assert isinstance(scope, StackMicroscope)
    ceilings = scope.ceilings()
    # Of 1,000 classes, 400 stacks meet 1000 (1 - .999^400).
    assert ceilings["modes_real"] == pytest.approx(330, abs=12)
    values = scope.look(stack(fresh, 400, 5, name="x").images)
    assert set(ceilings) == {f"{name}{end}" for name in values for end in ("_real", "_noise")}
    assert all(gauge(name).name == name for name in values)
    # The stacks of the data are made of the same digits, these of others.
    assert near(values, ceilings, times=12) == []
    assert verdict({**values, **ceilings}).kind == "healthy"
    few = scope.look(np.repeat(data.images[:20], 20, axis=0))
    assert few["modes"] <= 20
    assert few["kl"] > math.log(1_000 / 20) - 0.1
    assert verdict({**few, **ceilings}).kind == "few modes"
    noise = np.random.default_rng(0).integers(0, 256, (400, 28, 28, 3), dtype=np.uint8)
    assert verdict({**scope.look(noise), **ceilings}).kind == "no digits"


def test_real_mnist_has_the_known_ceilings(mnist_root: Path, classifier: DigitClassifier) -> None:
    """With k = 5: precision and recall .94, density and coverage .96; KL .0045 for 1,000."""
    scope = open_microscope(load("mnist", root=mnist_root), classifier=classifier)
    assert scope is not None
    ceilings = scope.ceilings()
    assert ceilings["precision_real"] == pytest.approx(0.945, abs=0.02)
    assert ceilings["recall_real"] == pytest.approx(0.94, abs=0.02)
    assert ceilings["density_real"] == pytest.approx(0.98, abs=0.05)
    assert ceilings["coverage_real"] == pytest.approx(0.96, abs=0.02)
    assert ceilings["kl_real"] == pytest.approx(0.0045, abs=0.003)
    fresh = load("mnist", "test", root=mnist_root).images
    order = np.random.default_rng(0).permutation(len(fresh))
    assert near(scope.look(fresh[order[:1_000]]), ceilings) == []


def test_where_nothing_fits_there_is_no_microscope(
    digits: np.ndarray, classifier: DigitClassifier
) -> None:
    labels = (np.arange(len(digits)) % 2).astype(np.int64)
    blobs = Dataset("blobs", "train", digits, labels)
    assert open_microscope(blobs, classifier=classifier) is None
    colour = Dataset("colour", "train", np.zeros((20, 32, 32, 3), np.uint8), labels[:20])
    assert open_microscope(colour, classifier=classifier) is None
    red = Dataset("red", "train", np.zeros((20, 28, 28, 3), np.uint8), labels[:20])
    assert open_microscope(red, classifier=classifier) is None
    nothing = Dataset("nothing", "train", np.zeros((0, 28, 28), np.uint8), labels[:0])
    assert open_microscope(nothing, classifier=classifier) is None


def test_points_have_their_own() -> None:
    plane = Plane(2.0, np.array([[0.0, 1.0], [1.0, 0.0]]), 0.1)
    points = plane.to_unit(np.zeros((10, 2)))
    data = Dataset("two", "train", points, np.zeros(10, np.int64), plane=plane)
    scope = open_microscope(data, count=50)
    assert isinstance(scope, PlaneMicroscope)
    assert scope.count == 50


def test_a_tiny_data_set_is_enough(pen: Dataset, classifier: DigitClassifier) -> None:
    assert pen.ways is not None
    some = dataclasses.replace(
        pen, images=pen.images[:40], labels=pen.labels[:40], ways=pen.ways[:40], factors=None
    )
    scope = open_microscope(some, count=COUNT, classifier=classifier)
    assert scope is not None
    values = [*scope.ceilings().values(), *scope.look(pen.images[:50]).values()]
    assert all(math.isfinite(value) for value in values)
