"""The built-in data set: digits written by a procedural pen.

Every digit comes with its label, its way of writing (a known mode, see `ways.py`) and its style
factors (see `hand.py`). Nothing is downloaded; the same seed writes the same digits.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from studio.data.atomic import write_atomically
from studio.data.dataset import Cancelled, Dataset, Progress, Split, frozen
from studio.data.pen.ways import WAY_NAMES, WAYS, Way
from studio.data.pen.writer import FACTORS, generate
from studio.data.places import cache_dir

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COUNTS", "EDITION", "FACTORS", "WAYS", "WAY_NAMES", "Way", "generate", "load"]

EDITION = 2
"""Raised whenever the same seed would write other digits than before (a test notices)."""

COUNTS: dict[Split, int] = {"train": 20_000, "test": 4_000}


_DAMAGE = (
    *(OSError, EOFError, ValueError, KeyError, AssertionError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What reading a file of random bytes as .npz can raise."""


def load(
    split: Split,
    *,
    root: Path | None = None,
    mirror: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Dataset:
    """The standard number of digits, from the cache if they have been written before.

    `root` and `mirror` mean nothing here: the pen needs no files. A cache that is damaged or
    cannot be written costs a few seconds and nothing else.
    """
    path = cache_dir() / f"pen-{EDITION}-{split}-{seed}.npz"
    kept = _read(path, split)
    if kept is not None:
        return kept
    data = generate(COUNTS[split], seed, split=split, progress=progress, cancelled=cancelled)
    # A read-only or full disk must not stop anybody from training.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _packed(data))
    return data


def _packed(data: Dataset) -> bytes:
    assert data.ways is not None
    assert data.factors is not None
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        checksum=np.array(data.checksum),
        images=data.images,
        labels=data.labels,
        ways=data.ways,
        **{f"factor_{name}": data.factors[name] for name in FACTORS},
    )
    return buffer.getvalue()


def _read(path: Path, split: Split) -> Dataset | None:
    """The cached digits, or None if there are none or they are not what was written."""
    try:
        # Read first: np.load leaves a damaged file open when it is given a path.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            data = Dataset(
                name="pen",
                split=split,
                images=frozen(file["images"]),
                labels=frozen(file["labels"]),
                ways=frozen(file["ways"]),
                way_names=WAY_NAMES,
                factors={name: frozen(file[f"factor_{name}"]) for name in FACTORS},
            )
            whole = str(file["checksum"]) == data.checksum
    except _DAMAGE:
        return None
    return data if whole and len(data) == COUNTS[split] else None
