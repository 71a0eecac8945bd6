"""Labelled digits as others keep them: a pair of IDX files, or a folder of pictures per digit."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import secrets
import shutil
from typing import TYPE_CHECKING

from PIL import Image

from studio.data.idx import as_idx
from studio.library.exports.film import ExportCancelled
from studio.library.files import export, reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


def pair_of(path: Path) -> tuple[Path, Path]:
    """The names of both files of a pair, from that of either, or from what they have in common.

    `x-images-idx3-ubyte` belongs to `x-labels-idx1-ubyte`, and `x` to both; so with `.gz`.
    """
    name, packed = (path.name[:-3], ".gz") if path.suffix == ".gz" else (path.name, "")
    if "images" in name:
        start, _, end = name.rpartition("images")
        return path, path.with_name(f"{start}labels{end.replace('idx3', 'idx1')}{packed}")
    if "labels" in name:
        start, _, end = name.rpartition("labels")
        return path.with_name(f"{start}images{end.replace('idx1', 'idx3')}{packed}"), path
    images, labels = (path.with_name(f"{name}-{kind}{packed}") for kind in (IMAGES, LABELS))
    return images, labels


def write_pair(
    path: Path, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> tuple[Path, Path]:
    """Writes both files, each whole or not at all.

    Arguments:
        path: See `pair_of`; packed with gzip where it ends with .gz, the same bytes each time.
        images, labels: uint8 (N, H, W) and (N,) in [0, 255].

    Returns:
        Where they are.

    Raises:
        ValueError: one cannot be written; one sentence.
    """
    places = pair_of(path)
    for place, array in zip(places, (images, labels.astype("uint8")), strict=True):
        content = as_idx(array)
        export(place, gzip.compress(content, mtime=0) if place.suffix == ".gz" else content)
    return places


def write_pngs(
    folder: Path,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Writes a folder with a folder for each digit: 7/0001.png is the first seven.

    The folder appears when all pictures are in it.

    Arguments:
        folder: New or empty.
        images, labels: uint8 (N, H, W) and (N,).

    Raises:
        ValueError: it holds something or cannot be written; one sentence.
        ExportCancelled: `cancelled()` said True; nothing is left.
    """
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(f"{folder} already holds something: choose a new or empty folder")
        part.mkdir(parents=True)
        try:
            counts: dict[int, int] = {}
            for number, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
                if cancelled():
                    raise ExportCancelled
                progress(number / len(images))
                counts[label] = counts.get(label, 0) + 1
                (part / str(label)).mkdir(exist_ok=True)
                (part / str(label) / f"{counts[label]:04}.png").write_bytes(_png(image))
            with contextlib.suppress(FileNotFoundError):
                folder.rmdir()
            os.replace(part, folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    except OSError as error:
        raise ValueError(f"cannot write {folder}: {reason(error)}") from error
    progress(1.0)


def _png(image: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
