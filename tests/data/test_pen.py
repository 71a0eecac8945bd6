"""The pen: the same seed writes the same digits, and they keep MNIST's conventions."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from studio.data import LoadCancelled, load, pen
from studio.data.pen import COUNTS, FACTORS, WAY_NAMES, WAYS, generate
from studio.data.places import cache_dir

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data import Dataset

# Whoever changes what the pen writes raises EDITION and puts the new digests here.
EDITION = 2
FIRST_HUNDRED = "6bbf3f26e85c1dc35c009ccfa9020acf579be19a2160d78de5df28b1d4b74831"
WHOLE_TEST = "80686d1ee3699b0489d17e7cd9ca4360b2d65260905da480215bf41f643cca5c"


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return generate(1200, seed=7)


def test_the_first_digits_are_the_same_as_ever() -> None:
    assert pen.EDITION == EDITION
    assert generate(100, seed=0).checksum == FIRST_HUNDRED


def test_the_whole_test_split_is_the_same_as_ever() -> None:
    data = load("pen", "test")
    assert len(data) == COUNTS["test"] == 4_000
    assert data.checksum == WHOLE_TEST


def test_fewer_digits_are_the_first_of_more(digits: Dataset) -> None:
    few = generate(530, seed=7)
    assert np.array_equal(few.images, digits.images[:530])
    assert np.array_equal(few.labels, digits.labels[:530])
    assert few.ways is not None
    assert digits.ways is not None
    assert np.array_equal(few.ways, digits.ways[:530])


def test_seeds_and_splits_write_different_digits() -> None:
    sets = [generate(20, seed=1), generate(20, seed=2), generate(20, seed=1, split="test")]
    assert len({data.checksum for data in sets}) == 3
    assert generate(5, seed=-1).checksum == generate(5, seed=-1).checksum


def test_shapes_types_and_ranges(digits: Dataset) -> None:
    assert digits.images.shape == (1200, 28, 28)
    assert digits.images.dtype == np.uint8
    assert digits.images.max() == 255
    assert digits.way_names == WAY_NAMES
    assert digits.factors is not None
    assert tuple(digits.factors) == FACTORS
    for values in digits.factors.values():
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        assert values.std() > 0


def test_every_digit_is_written_in_at_least_two_ways(digits: Dataset) -> None:
    assert digits.ways is not None
    for digit in range(10):
        own = [way for way in WAYS if way.digit == digit]
        assert len(own) >= 2
        assert sum(way.share for way in own) == pytest.approx(1)
        # A mode too rare to be missed would make mode coverage meaningless.
        assert min(way.share for way in own) >= 0.1
    assert set(digits.ways) == set(range(len(WAYS)))
    assert [WAYS[way].digit for way in digits.ways] == list(digits.labels)


@pytest.mark.parametrize("way", WAYS, ids=WAY_NAMES)
def test_the_forms_of_a_way_have_the_same_topology(way: pen.Way) -> None:
    def topology(form: tuple[tuple[tuple[float, float], ...], ...]) -> list[list[bool]]:
        return [[a == b for a, b in itertools.pairwise(stroke)] for stroke in form]

    assert len({str(topology(form)) for form in way.forms}) == 1
    for form in way.forms:
        heights = [y for stroke in form for _, y in stroke]
        assert min(heights) >= -0.05
        assert max(heights) <= 1.05


def test_mnist_framing(digits: Dataset) -> None:
    ink = digits.images > 0
    rows, columns = ink.any(axis=2).sum(axis=1), ink.any(axis=1).sum(axis=1)
    assert np.maximum(rows, columns).max() <= 20
    assert np.maximum(rows, columns).min() >= 19
    mass = digits.images.sum(axis=(1, 2), dtype=float)
    for axis in (1, 2):
        middle = (digits.images.sum(axis=axis, dtype=float) * np.arange(28)).sum(axis=1) / mass
        assert (np.abs(middle - 14) <= 0.501).mean() > 0.97
        assert np.abs(middle - 14).max() < 3
    # As in MNIST, about a fifth of the field is inked, and most ink is fully black or nearly.
    assert 0.1 < digits.images.mean() / 255 < 0.2


def test_style_factors_mean_what_they_say(digits: Dataset) -> None:
    assert digits.factors is not None
    assert digits.ways is not None
    bars = digits.ways == WAY_NAMES.index("1 stroke")
    images = digits.images[bars].astype(float)
    y, x = np.mgrid[0:28, 0:28]
    mass = images.sum(axis=(1, 2))
    dx = x - ((images * x).sum(axis=(1, 2)) / mass)[:, None, None]
    dy = y - ((images * y).sum(axis=(1, 2)) / mass)[:, None, None]
    lean = -(images * dx * dy).sum(axis=(1, 2)) / (images * dy * dy).sum(axis=(1, 2))
    assert np.corrcoef(lean, digits.factors["slant"][bars])[0, 1] > 0.85
    assert np.corrcoef(mass, digits.factors["thickness"][bars])[0, 1] > 0.9


def test_progress_rises_to_one_and_cancelling_stops() -> None:
    told: list[float] = []
    generate(1100, seed=0, progress=lambda _message, fraction: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(LoadCancelled):
        generate(1100, seed=0, cancelled=lambda: True)


def test_none_is_not_a_number_of_digits() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        generate(0)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of its own, and a set small enough to be written again and again."""
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path))
    monkeypatch.setitem(COUNTS, "train", 40)
    return tmp_path


def test_the_cache_gives_the_same_digits_without_writing_them_again(
    few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load("pen", seed=3)
    monkeypatch.delattr(pen, "generate")
    again = load("pen", seed=3)
    assert again.checksum == first.checksum
    assert again.ways is not None
    assert np.array_equal(again.ways, first.ways)  # type: ignore[arg-type]
    assert again.factors is not None
    assert again.factors.keys() == first.factors.keys()  # type: ignore[union-attr]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_a_damaged_cache_is_written_again(few: Path, damage: str) -> None:
    whole = load("pen").checksum
    (path,) = cache_dir().glob("pen-*.npz")
    data = bytearray(path.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    elif damage == "empty":
        data = bytearray()
    else:
        data = bytearray(b"<html>not found</html>")
    path.write_bytes(data)
    assert load("pen").checksum == whole
    assert path.read_bytes() != bytes(data)
    assert not list(cache_dir().glob("*.part"))


def test_a_cache_that_cannot_be_written_does_not_matter(few: Path) -> None:
    (few / "cache").write_text("a file where the folder should be")
    assert len(load("pen")) == 40
