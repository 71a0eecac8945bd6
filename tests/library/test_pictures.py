"""Digits and masks from any file, or one sentence."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from studio.library import pictures
from studio.library.pictures import read_digits, read_mask, write_npz

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def digit() -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 12:16] = np.arange(64).reshape(16, 4) * 4
    return image


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def test_a_picture_of_the_right_size_is_taken_as_it_is(tmp_path: Path, digit: np.ndarray) -> None:
    path = saved(tmp_path / "d.png", Image.fromarray(digit))
    read = read_digits(path)
    assert read.dtype == np.float32
    assert np.array_equal(read[0], digit.astype(np.float32) / 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_any_mode_of_png(tmp_path: Path, digit: np.ndarray, mode: str) -> None:
    ink = np.where(digit > 0, 255, 0).astype(np.uint8)
    if mode == "I;16":
        image = Image.fromarray(ink.astype(np.uint16) * 257)
    elif mode == "LA":
        # White everywhere, and the digit is what is opaque.
        image = Image.merge("LA", (Image.new("L", (28, 28), 255), Image.fromarray(ink)))
    else:
        image = Image.fromarray(ink).convert(mode)
    path = saved(tmp_path / "d.png", image)
    assert np.array_equal(read_digits(path)[0], ink / np.float32(255))


def test_a_larger_drawing_is_framed_as_mnist_was(tmp_path: Path) -> None:
    large = np.zeros((200, 300), np.uint8)
    large[50:150, 20:60] = 255
    framed = read_digits(saved(tmp_path / "d.png", Image.fromarray(large)))[0]
    assert framed.shape == (28, 28)
    rows, columns = np.nonzero(framed > 0.5)
    assert rows.max() - rows.min() + 1 == 20
    assert abs(columns.mean() - 13.5) <= 1


@pytest.mark.parametrize("count", [None, 1, 3])
def test_arrays(tmp_path: Path, digit: np.ndarray, count: int | None) -> None:
    array = digit if count is None else np.stack([digit] * count)
    for stored in (array, array / 255, (array / 255).astype(np.float32)):
        np.save(tmp_path / "a.npy", stored)
        read = read_digits(tmp_path / "a.npy")
        assert read.dtype == np.float32
        assert read.shape == (count or 1, 28, 28)
        assert np.allclose(read[0], digit / 255, atol=1e-7)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((27, 28), np.uint8), r"it must be \(28, 28\)"),
        (np.zeros((0, 28, 28), np.uint8), "must be|not a NumPy"),
        (np.zeros((1, 1, 28, 28), np.uint8), "must be"),
        (np.zeros((28, 28), np.int32), "int32"),
        (np.full((28, 28), 200.0), "outside"),
        (np.full((28, 28), np.nan), "outside"),
        (np.zeros((28, 28), np.complex64), "numbers"),
        (np.zeros((28, 28), "U3"), "numbers"),
    ],
)
def test_arrays_of_other_things(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=words):
        read_digits(tmp_path / "a.npy")


def test_arrays_that_lie_or_hold_objects(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="not a NumPy array of numbers"):
        read_digits(path)
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f4", "fortran_order": False, "shape": (10**9, 28, 28)}
    )
    for content in (buffer.getvalue(), b"", b"\x93NUMPY", b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="not a NumPy array of numbers"):
            read_digits(path)


def test_files_that_are_no_pictures(tmp_path: Path, digit: np.ndarray) -> None:
    with pytest.raises(ValueError, match="there is no file"):
        read_digits(tmp_path / "none.png")
    with pytest.raises(ValueError, match="not an ordinary file"):
        read_digits(tmp_path)
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(ValueError, match="give a PNG"):
        read_digits(tmp_path / "text.png")
    whole = saved(tmp_path / "d.png", Image.fromarray(digit)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="cannot be read"):
        read_digits(tmp_path / "cut.png")
    saved(tmp_path / "rare.png", Image.fromarray(digit), format="TIFF")
    with pytest.raises(ValueError, match="give a PNG"):
        read_digits(tmp_path / "rare.png")


def test_damaged_pictures_are_read_or_refused(tmp_path: Path, digit: np.ndarray) -> None:
    whole = saved(tmp_path / "d.png", Image.fromarray(digit)).read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "x.png"
    for _ in range(300):
        broken = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            broken[place] = int(rng.integers(0, 256))
        path.write_bytes(bytes(broken))
        # What is left may still be a picture; anything but a ValueError fails the test.
        with contextlib.suppress(ValueError):
            read_digits(path)


def test_huge_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "big.png", Image.new("1", (300, 300)))
    monkeypatch.setattr(pictures, "MAX_PIXELS", 80_000)
    with pytest.raises(ValueError, match="more than"):
        read_digits(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    with pytest.raises(ValueError, match="more than"):
        read_digits(path)


def test_masks(tmp_path: Path, digit: np.ndarray) -> None:
    png = saved(tmp_path / "m.png", Image.fromarray(digit))
    assert np.array_equal(read_mask(png), digit != 0)
    np.save(tmp_path / "m.npy", digit > 0)
    assert np.array_equal(read_mask(tmp_path / "m.npy"), digit != 0)
    wrong = saved(tmp_path / "w.png", Image.new("L", (30, 20), 1))
    with pytest.raises(ValueError, match="is 30 x 20, but the digits are 28 x 28"):
        read_mask(wrong)
    empty = saved(tmp_path / "e.png", Image.new("L", (28, 28)))
    with pytest.raises(ValueError, match="marks nothing"):
        read_mask(empty)


def test_arrays_are_written_whole(tmp_path: Path) -> None:
    write_npz(tmp_path / "new" / "a.npz", images=np.arange(3), labels=np.array(["a"]))
    with np.load(tmp_path / "new" / "a.npz", allow_pickle=False) as file:
        assert file["images"].tolist() == [0, 1, 2]
        assert file["labels"].tolist() == ["a"]
