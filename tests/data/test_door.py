"""The door to the data, and what a data set is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.data import Dataset, available, load
from studio.data.atomic import write_atomically
from studio.data.places import cache_dir, data_dir
from studio.library.runs import runs_dir


def test_the_default_comes_first() -> None:
    images = ("pen", "mnist", "ring8", "grid25", "stacked-pen", "stacked-mnist", "mine")
    assert available() == images


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"no data set called 'penn': choose pen, mnist, .* or mine"
    ):
        load("penn")
    with pytest.raises(ValueError, match="no split called 'valid': choose train or test"):
        load("pen", "valid")


def test_the_door_is_light() -> None:
    code = (
        "import sys, studio.data;"
        "print([m for m in ('torch', 'torchvision', 'studio.data.pen', 'studio.data.mnist')"
        " if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


def test_the_checksum_covers_images_and_labels() -> None:
    images = np.arange(2 * 9, dtype=np.uint8).reshape(2, 3, 3)
    labels = np.array([1, 2])
    one = Dataset("x", "train", images, labels)
    assert one.checksum == Dataset("y", "test", images.copy(), labels.copy()).checksum
    assert one.checksum != Dataset("x", "train", images, labels[::-1].copy()).checksum
    assert one.checksum != Dataset("x", "train", images[::-1].copy(), labels).checksum


def test_caches_lie_where_the_platform_wants_them() -> None:
    home = Path.home()
    assert cache_dir({"MODESCOPE_HOME": "/somewhere"}) == Path("/somewhere/cache")
    assert cache_dir({"XDG_CACHE_HOME": "/xdg"}, "linux") == Path("/xdg/modescope")
    assert cache_dir({"XDG_CACHE_HOME": "relative"}, "linux") == home / ".cache" / "modescope"
    assert cache_dir({}, "linux") == home / ".cache" / "modescope"
    assert cache_dir({}, "darwin") == home / "Library" / "Caches" / "modescope"
    assert cache_dir({"LOCALAPPDATA": "/local"}, "win32") == Path("/local/modescope/cache")


def test_what_cannot_be_made_again_lies_elsewhere() -> None:
    home = Path.home()
    assert data_dir({"MODESCOPE_HOME": "/somewhere"}) == Path("/somewhere")
    assert data_dir({"XDG_DATA_HOME": "/xdg"}, "linux") == Path("/xdg/modescope")
    assert data_dir({}, "linux") == home / ".local" / "share" / "modescope"
    assert data_dir({}, "darwin") == home / "Library" / "Application Support" / "modescope"
    assert data_dir({"LOCALAPPDATA": "/local"}, "win32") == Path("/local/modescope")
    for platform in ("linux", "darwin", "win32"):
        assert runs_dir({}, platform) == data_dir({}, platform) / "runs"


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    assert path.read_bytes() == b"old"

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.data.atomic.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [left.name for left in path.parent.iterdir()] == ["file"]
