"""The classifier reads digits, says when there is none, and opens nothing but its own weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch

from bench import garbage
from studio.data import load
from studio.data.dataset import Dataset
from studio.instruments.classifier import (
    FEATURES,
    NO_STACK,
    NONE,
    WEIGHTS,
    DigitClassifier,
    load_classifier,
    save_classifier,
)


@pytest.fixture(scope="module")
def classifier() -> DigitClassifier:
    return load_classifier()


@pytest.fixture(scope="module")
def pen() -> Dataset:
    from studio.data import pen

    return pen.generate(1_000, 7, split="test")


def test_it_reads_the_pen(classifier: DigitClassifier, pen: Dataset) -> None:
    seen = classifier.judge(pen.images)
    assert (seen.labels == pen.labels).mean() > 0.98
    assert (seen.labels == NONE).mean() < 0.01
    assert seen.confidences.mean() > 0.97


def test_it_reads_mnist(classifier: DigitClassifier, mnist_root: Path) -> None:
    data = load("mnist", "test", root=mnist_root)
    seen = classifier.judge(data.images)
    assert (seen.labels == data.labels).mean() > 0.985
    assert (seen.digits == data.labels).mean() > 0.99
    assert (seen.labels == NONE).mean() < 0.01


@pytest.mark.parametrize("kind", [*garbage.SHOWN, *garbage.UNSEEN])
def test_garbage_is_none_and_not_an_eight(
    kind: str, classifier: DigitClassifier, pen: Dataset
) -> None:
    makers = garbage.SHOWN | garbage.UNSEEN
    digits = (pen.images / 255).astype(np.float32)
    made = garbage.make(makers[kind], 300, digits, pen.labels, np.random.default_rng(5))
    seen = classifier.judge(made)
    assert (seen.labels == NONE).mean() > (0.6 if kind in DOUBTFUL else 0.93)


DOUBTFUL = {"halves", "mixtures", "overlaps", "smears", "letters", "shapes"}
"""Kinds of which some can be read as a digit."""


def test_all_shapes_and_types_mean_the_same(classifier: DigitClassifier, pen: Dataset) -> None:
    few = pen.images[:12]
    seen = classifier.judge(few)
    units = torch.from_numpy(few.astype(np.float32) / 255)
    for same in (few[:, None], units, units[:, None], units.double().numpy()):
        again = classifier.judge(same)
        np.testing.assert_array_equal(again.labels, seen.labels)
        np.testing.assert_allclose(again.features, seen.features, rtol=1e-4, atol=1e-5)
    assert seen.features.shape == (12, FEATURES)
    assert seen.features.min() >= 0
    types = [getattr(seen, name).dtype for name in ("labels", "digits", "confidences", "none")]
    assert types == [np.int64, np.int64, np.float32, np.float32]


def test_stacks_are_read_channel_by_channel(classifier: DigitClassifier, pen: Dataset) -> None:
    three = pen.images[:60].reshape(20, 3, 28, 28).transpose(0, 2, 3, 1)
    seen = classifier.judge(three)
    one = classifier.judge(pen.images[:60])
    hundreds, tens, ones = one.digits.reshape(20, 3).T
    np.testing.assert_array_equal(seen.digits, 100 * hundreds + 10 * tens + ones)
    assert seen.features.shape == (20, 3 * FEATURES)
    np.testing.assert_allclose(seen.confidences, one.confidences.reshape(20, 3).mean(1), rtol=1e-4)
    np.testing.assert_array_equal(
        classifier.judge(np.ascontiguousarray(three.transpose(0, 3, 1, 2))).labels, seen.labels
    )


def test_a_stack_with_a_channel_of_noise_is_no_stack(
    classifier: DigitClassifier, pen: Dataset
) -> None:
    three = pen.images[:60].reshape(20, 3, 28, 28).transpose(0, 2, 3, 1).copy()
    three[..., 1] = np.random.default_rng(0).integers(0, 256, (20, 28, 28))
    seen = classifier.judge(three)
    assert (seen.labels == NO_STACK).all()
    assert (seen.digits < NO_STACK).all()
    assert seen.none.min() > 0.5


def test_nothing_and_many_more_than_a_chunk(classifier: DigitClassifier, pen: Dataset) -> None:
    nothing = classifier.judge(np.zeros((0, 28, 28), np.uint8))
    assert nothing.features.shape == (0, FEATURES)
    whole = classifier.judge(pen.images)
    parts = [classifier.judge(part).labels for part in np.split(pen.images, 4)]
    np.testing.assert_array_equal(whole.labels, np.concatenate(parts))


def test_other_shapes_are_refused(classifier: DigitClassifier) -> None:
    for shape in ((5, 32, 32), (5, 28, 28, 2), (28, 28)):
        with pytest.raises(ValueError, match="28 x 28"):
            classifier.judge(np.zeros(shape, np.uint8))


def test_loading_draws_no_random_number_and_needs_no_gradients() -> None:
    before = torch.random.get_rng_state()
    model = load_classifier()
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not any(weight.requires_grad for weight in model.parameters())
    assert not model.training


def test_weights_come_back_as_they_were(tmp_path: Path, classifier: DigitClassifier) -> None:
    save_classifier(classifier, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == WEIGHTS.read_bytes()
    assert WEIGHTS.stat().st_size < 1 << 20


def test_files_that_are_not_the_classifier_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    good = safetensors.numpy.load(WEIGHTS.read_bytes())

    def refused(content: bytes, why: str) -> None:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"cannot be used .*{why}.*bench.classifier"):
            load_classifier(path)

    refused(b"", "")
    refused(b"not weights at all", "")
    refused(WEIGHTS.read_bytes()[:-9], "")
    refused(bytes((1 << 20) + 1), "far too large")
    refused(safetensors.numpy.save({"a": np.zeros(3, np.float32)}), "other layers")
    for name, value, why in (
        ("answer.bias", np.zeros(10, np.float16), "another shape"),
        ("answer.bias", np.zeros(11, np.int64), "another shape or type"),
        ("answer.bias", np.full(11, np.nan, np.float16), "not finite"),
    ):
        refused(safetensors.numpy.save({**good, name: value}), why)
    with pytest.raises(ValueError, match="No such file"):
        load_classifier(tmp_path / "missing.safetensors")
