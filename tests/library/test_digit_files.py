"""Labelled digits go out and come in again, as IDX files and as folders of pictures."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.data.idx import as_idx, read_idx
from studio.library.digit_files import read_labelled
from studio.library.exports import ExportCancelled
from studio.library.exports.idx import pair_of, write_pair, write_pngs

Labelled = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def some() -> Labelled:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (23, 28, 28), dtype=np.uint8)
    return images, rng.integers(0, 10, 23)


def same(found: Labelled, wanted: Labelled) -> bool:
    """In the order of the digits, which a folder of pictures does not keep."""
    order = np.argsort(wanted[1], kind="stable")
    sorted_ = np.argsort(found[1], kind="stable")
    return bool(
        (found[0][sorted_] == wanted[0][order]).all()
        and (found[1][sorted_] == wanted[1][order]).all()
    )


@pytest.mark.parametrize(
    ("chosen", "images", "labels"),
    [
        ("mine", "mine-images-idx3-ubyte", "mine-labels-idx1-ubyte"),
        ("mine.gz", "mine-images-idx3-ubyte.gz", "mine-labels-idx1-ubyte.gz"),
        ("train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("t10k-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("images", "images", "labels"),
    ],
)
def test_the_two_names_of_a_pair(chosen: str, images: str, labels: str) -> None:
    folder = Path("images-of-labels")
    assert pair_of(folder / chosen) == (folder / images, folder / labels)


@pytest.mark.parametrize(
    "name", ["mine", "mine.gz", "x-images-idx3-ubyte", "x-labels-idx1-ubyte.gz"]
)
def test_an_idx_pair(tmp_path: Path, some: Labelled, name: str) -> None:
    places = write_pair(tmp_path / name, *some)
    contents = [place.read_bytes() for place in places]
    if name.endswith(".gz"):
        contents = [gzip.decompress(content) for content in contents]
    assert (read_idx(contents[0], 3) == some[0]).all()
    assert (read_idx(contents[1], 1) == some[1]).all()
    for place in places:
        images, labels = read_labelled([place])
        assert (images == some[0]).all()
        assert (labels == some[1]).all()
    # Both files of a pair are one pair.
    assert len(read_labelled(list(places))[0]) == 23


def test_packed_files_are_the_same_each_time(tmp_path: Path, some: Labelled) -> None:
    one = [place.read_bytes() for place in write_pair(tmp_path / "a.gz", *some)]
    assert [place.read_bytes() for place in write_pair(tmp_path / "b.gz", *some)] == one


def test_a_folder_of_pictures(tmp_path: Path, some: Labelled) -> None:
    folder = tmp_path / "mine"
    told: list[float] = []
    write_pngs(folder, *some, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    first = np.flatnonzero(some[1] == some[1][0])[0]
    with Image.open(folder / str(some[1][0]) / "0001.png") as picture:
        assert picture.mode == "L"
        assert (np.asarray(picture) == some[0][first]).all()
    assert sorted(p.name for p in folder.iterdir()) == sorted(map(str, set(some[1].tolist())))
    assert same(read_labelled([folder]), some)
    digit = some[1][0]
    labels = read_labelled([folder / str(digit)])[1]
    assert set(labels) == {digit}
    assert len(read_labelled([folder / str(digit) / "0001.png"])[0]) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_label_for_all(tmp_path: Path, some: Labelled) -> None:
    write_pair(tmp_path / "x", *some)
    assert set(read_labelled([tmp_path / "x-images-idx3-ubyte"], 4)[1]) == {4}
    Image.fromarray(some[0][0]).save(tmp_path / "loose.png")
    images, labels = read_labelled([tmp_path / "loose.png"], 7)
    assert (images[0] == some[0][0]).all()
    assert labels.tolist() == [7]
    assert read_labelled([tmp_path], 6)[1].tolist() == [6]


def test_pictures_of_another_size_are_framed(tmp_path: Path) -> None:
    (tmp_path / "3").mkdir()
    large = np.zeros((90, 60), np.uint8)
    large[10:80, 25:35] = 255
    Image.fromarray(large).save(tmp_path / "3" / "a.png")
    images = read_labelled([tmp_path])[0]
    assert images.shape == (1, 28, 28)
    assert np.flatnonzero(images[0].any(axis=1)).size == 20


def test_what_is_there_is_not_written_over(tmp_path: Path, some: Labelled) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").write_text("x")
    with pytest.raises(ValueError, match="already holds something: choose a new or empty folder"):
        write_pngs(tmp_path / "mine", *some)
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "note"]
    (tmp_path / "mine" / "note").unlink()
    write_pngs(tmp_path / "mine", *some)
    assert same(read_labelled([tmp_path / "mine"]), some)


def test_calling_it_off_leaves_nothing(tmp_path: Path, some: Labelled) -> None:
    asked = iter([False] * 5 + [True])
    with pytest.raises(ExportCancelled):
        write_pngs(tmp_path / "mine", *some, cancelled=lambda: next(asked))
    assert list(tmp_path.iterdir()) == []
    write_pngs(tmp_path / "mine", *some)
    with pytest.raises(ExportCancelled):
        read_labelled([tmp_path / "mine"], cancelled=lambda: True)


def test_what_is_no_set_of_digits_is_one_sentence(tmp_path: Path, some: Labelled) -> None:
    def refused(match: str, *paths: Path) -> None:
        with pytest.raises(ValueError, match=match) as error:
            read_labelled(list(paths))
        assert "\n" not in str(error.value)

    images, labels = write_pair(tmp_path / "x", *some)
    labels.write_bytes(as_idx(np.arange(23, dtype=np.uint8)))
    refused("do not fit the images", images)
    labels.write_bytes(as_idx(np.zeros(22, np.uint8)))
    refused("do not fit the images", images)
    labels.unlink()
    refused("there is no file .*x-labels-idx1-ubyte", images)
    images.write_bytes(as_idx(np.zeros((2, 32, 32), np.uint8)))
    labels.write_bytes(as_idx(np.zeros(2, np.uint8)))
    refused("are not 28 x 28 pixels", images)
    images.write_bytes(b"\x1f\x8b" + b"x" * 30)
    refused("is not a file of digits: it does not unpack", images)
    images.write_bytes(b"words")
    refused("is not a file of digits: it is too short", images)
    Image.fromarray(some[0][0]).save(tmp_path / "loose.png")
    refused("nobody says which digit .*loose.png is", tmp_path / "loose.png")
    (tmp_path / "folder").mkdir()
    refused("has no folders named 0 to 9", tmp_path / "folder")
    (tmp_path / "folder" / "0").mkdir()
    refused("there is no digit in it", tmp_path / "folder")
    refused("there is no digit in it")
    (tmp_path / "folder" / "0" / "a.png").write_bytes(b"no picture")
    refused("not a picture that can be read", tmp_path / "folder")
