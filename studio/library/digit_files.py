"""Labelled digits from files of others: pairs of IDX files, or folders of pictures.

Nothing in them is believed; see `pictures.py` for what a picture may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studio.data.framing import SIDE
from studio.data.idx import read_idx, unpack
from studio.data.kept import CLASSES
from studio.data.mine import MOST
from studio.library.exports.film import ExportCancelled
from studio.library.exports.idx import pair_of
from studio.library.files import reason
from studio.library.pictures import MAX_BYTES, read_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]

PICTURES = (".png", ".jpg", ".jpeg", ".bmp")


def read_labelled(
    paths: Sequence[Path],
    label: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Labelled:
    """All digits in some files and folders: images uint8 (N, 28, 28) and labels int64 (N,).

    Arguments:
        paths: Either file of an IDX pair, packed or not; pictures in folders named 0 to 9, or
            folders that hold such folders. Pictures of another size are framed as MNIST's are.
        label: What all of them are; then folders need no names and an IDX file no labels.

    Raises:
        ValueError: one cannot be read, has no label, or there are too many; one sentence.
        ExportCancelled: `cancelled()` said True.
    """
    pairs: dict[Path, Path] = {}
    pictures: list[tuple[Path, int]] = []
    for path in paths:
        if path.is_dir():
            pictures += _pictures_in(path, label)
        elif path.suffix.lower() in PICTURES:
            pictures.append((path, _named(path.parent, label, path)))
        else:
            images, labels = pair_of(path)
            pairs[images] = labels
    if len(pictures) > MOST:
        raise ValueError(f"there are {len(pictures):,} pictures, and at most {MOST:,} can be kept")
    parts = [_read_pair(*pair, label) for pair in pairs.items()]
    read = []
    for number, (path, _) in enumerate(pictures):
        if cancelled():
            raise ExportCancelled
        progress(number / len(pictures))
        read.append(np.rint(read_digits(path) * 255).astype(np.uint8))
    if read:
        parts.append((np.concatenate(read), np.array([digit for _, digit in pictures], np.int64)))
    if not parts:
        raise ValueError("there is no digit in it: choose IDX files or folders named 0 to 9")
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _pictures_in(folder: Path, label: int | None) -> list[tuple[Path, int]]:
    try:
        if label is None and not _digit(folder.name):
            below = [place for place in folder.iterdir() if place.is_dir() and _digit(place.name)]
            if not below:
                raise ValueError(
                    f"{folder} has no folders named 0 to 9: put each picture into the folder of "
                    "its digit"
                )
            return [found for place in sorted(below) for found in _pictures_in(place, label)]
        files = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)
    except OSError as error:
        raise ValueError(f"cannot read {folder}: {reason(error)}") from error
    return [(path, int(folder.name) if label is None else label) for path in files]


def _named(folder: Path, label: int | None, picture: Path) -> int:
    if label is not None:
        return label
    if not _digit(folder.absolute().name):
        raise ValueError(f"nobody says which digit {picture} is: put it into a folder named 0 to 9")
    return int(folder.absolute().name)


def _digit(name: str) -> bool:
    return len(name) == 1 and name in "0123456789"


def _read_pair(images_path: Path, labels_path: Path, label: int | None) -> Labelled:
    images = _array(images_path, 3)
    labels = np.full(len(images), label) if label is not None else _array(labels_path, 1)
    if images.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"the images in {images_path} are not {SIDE} x {SIDE} pixels")
    if len(labels) != len(images) or labels.max(initial=0) >= CLASSES:
        raise ValueError(f"the labels in {labels_path} do not fit the images in {images_path.name}")
    return images, labels.astype(np.int64)


def _array(path: Path, dimensions: int) -> NDArray[np.uint8]:
    try:
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"{path} is larger than {MAX_BYTES // 2**20} MiB")
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {reason(error)}") from error
    try:
        packed = content[:2] == b"\x1f\x8b"
        return read_idx(unpack(content) if packed else content, dimensions)
    except ValueError as error:
        raise ValueError(f"{path} is not a file of digits: {error}") from error
