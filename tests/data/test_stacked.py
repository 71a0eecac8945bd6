"""Colour digits: three digits in one, drawn at random, with the class that says which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.data import Dataset, DataUnavailable, LoadCancelled, load, mnist, pen, stacked
from studio.data.resident import ResidentData
from studio.data.stacked import stack
from studio.engine.session import shape_of

SORTED = np.repeat(np.arange(10), 30)


def digits(labels: np.ndarray = SORTED) -> Dataset:
    """Digits sorted by class, in which every pixel says class and number."""
    images = np.zeros((len(labels), 4, 4), np.uint8)
    images[:, 0, 0] = labels
    images[:, 1, 1] = np.arange(len(labels)) % 30
    return Dataset("sorted", "train", images, labels.astype(np.int64))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Few digits and few stacks, and no cache but an empty one."""
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(pen, "COUNTS", {"train": 300, "test": 100})
    monkeypatch.setattr(stacked, "COUNTS", {"train": 9_000, "test": 100})


def test_the_class_says_which_digit_is_in_which_channel() -> None:
    data = stack(digits(), 500, name="stacked")
    assert data.images.shape == (500, 4, 4, 3)
    assert data.images.dtype == np.uint8
    red, green, blue = data.images[:, 0, 0].astype(int).T
    assert np.array_equal(data.labels, 100 * red + 10 * green + blue)


def test_stacks_of_sorted_digits_are_not_sorted() -> None:
    data = stack(digits(), 20_000, name="stacked")
    assert len(np.unique(data.labels)) == 1_000
    channels = np.stack([data.labels // 100, data.labels // 10 % 10, data.labels % 10])
    for channel in channels:
        assert np.abs(np.bincount(channel) - 2_000).max() < 200
    # Neither the neighbour in the stack nor the neighbour in the set says anything.
    assert np.abs(np.corrcoef(channels) - np.eye(3)).max() < 0.03
    assert abs(np.corrcoef(channels[0][1:], channels[0][:-1])[0, 1]) < 0.03
    assert len({image.tobytes() for image in data.images[:1_000]}) > 990


def test_the_seed_decides_and_fewer_are_the_first_of_more() -> None:
    one, again, other = (stack(digits(), 90, seed, name="s") for seed in (3, 3, 4))
    assert one.checksum == again.checksum
    assert one.checksum != other.checksum
    assert np.array_equal(stack(digits(), 40, 3, name="s").images, one.images[:40])


def test_the_engine_takes_them_channel_by_channel() -> None:
    data = stack(digits(), 5_000, name="stacked")
    resident = ResidentData(data, "cpu")
    images, labels = resident.batch(64, seed=0, round=0)
    assert images.shape == (64, 3, 4, 4)
    classes = (images[:, :, 0, 0] * 255).round().long()
    assert (classes[:, 0] * 100 + classes[:, 1] * 10 + classes[:, 2]).tolist() == labels.tolist()


@pytest.mark.usefixtures("small")
def test_the_pens_digits_are_stacked_without_any_files() -> None:
    heard: list[float] = []
    data = load("stacked-pen", progress=lambda message, fraction: heard.append(fraction))
    assert (data.name, data.split, len(data)) == ("stacked-pen", "train", 9_000)
    assert data.images.shape == (9_000, 28, 28, 3)
    assert not data.images.flags.writeable
    assert (shape_of(data).chw, shape_of(data).classes) == ((3, 28, 28), 1_000)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert load("stacked-pen").checksum == data.checksum


@pytest.mark.usefixtures("small")
def test_test_stacks_hold_test_digits_alone() -> None:
    known = {digit.tobytes() for digit in pen.load("test").images}
    data = load("stacked-pen", "test")
    assert all(
        np.ascontiguousarray(image[..., channel]).tobytes() in known
        for image in data.images
        for channel in range(3)
    )


@pytest.mark.usefixtures("small")
def test_it_can_be_cancelled_while_digits_are_written_and_while_they_are_stacked() -> None:
    with pytest.raises(LoadCancelled):
        load("stacked-pen", cancelled=lambda: True)
    asked = iter([False, True])
    with pytest.raises(LoadCancelled):
        stack(digits(), 9_000, name="s", cancelled=lambda: next(asked))


def test_where_and_whence_are_passed_on_to_mnist(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: dict[str, object] = {}

    def fake(split: str, **told: object) -> Dataset:
        asked.update(told, split=split)
        return digits()

    monkeypatch.setitem(stacked._SOURCES, "stacked-mnist", fake)
    monkeypatch.setattr(stacked, "COUNTS", {"train": 12, "test": 5})
    data = load("stacked-mnist", root=tmp_path, mirror="http://here/", seed=2)
    assert len(data) == 12
    assert asked["split"] == "train"
    assert (asked["root"], asked["mirror"]) == (tmp_path, "http://here/")


@pytest.mark.usefixtures("small")
def test_without_mnist_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "nothing"
    empty.mkdir()
    with pytest.raises(DataUnavailable) as caught:
        load("stacked-mnist", mirror=empty.as_uri())
    message = str(caught.value)
    assert message.startswith("MNIST is not on this computer and could not be downloaded")
    assert message.endswith("(--data-root, --mirror), or train on stacked-pen.")
    assert mnist.INSTEAD in str(caught.value.__cause__)
