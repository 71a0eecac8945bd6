"""MNIST, read from files that are here or fetched from where torchvision fetches them.

LeCun, Cortes and Burges, "The MNIST database of handwritten digits"; 60,000 training and
10,000 test digits of 28x28.

The places and checksums are those of `torchvision.datasets.MNIST`; the fetching is not, because
torchvision waits for a silent server for ever, retries https as open http, and does not check
what it has unpacked. Here every file is checked before it is used, wherever it comes from, and
nothing is unpacked onto the disk, so that no half-unpacked file can be left behind.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.data.atomic import write_atomically
from studio.data.dataset import Dataset, DataUnavailable, frozen, stop_if, tell
from studio.data.fetch import checked_mirror, fetch
from studio.data.idx import read_idx, unpack
from studio.data.places import cache_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from studio.data.dataset import Cancelled, Progress, Split


@dataclass(frozen=True)
class Part:
    """One of MNIST's files: name without .gz, checksum of the .gz and of the unpacked file."""

    name: str
    dimensions: int
    md5: str
    sha256: str
    size: int
    """Bytes of the .gz."""


PARTS: dict[Split, tuple[Part, Part]] = {
    "train": (
        Part(
            "train-images-idx3-ubyte",
            3,
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            9_912_422,
        ),
        Part(
            "train-labels-idx1-ubyte",
            1,
            "d53e105ee54ea40749a09fcbcd1e9432",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            28_881,
        ),
    ),
    "test": (
        Part(
            "t10k-images-idx3-ubyte",
            3,
            "9fb629c4189551a2d022fa330f9573f3",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            1_648_877,
        ),
        Part(
            "t10k-labels-idx1-ubyte",
            1,
            "ec29112dd5afa0611ce80d1b7f02629c",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            4_542,
        ),
    ),
}
"""The official files. torchvision keeps the same checksums (a test compares them); ours serve
where it is not installed."""

INSTEAD = "train on pen"
"""The way out that remains without MNIST; who builds on it puts another in its place."""

_MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/",)

_LAYOUTS = ("", "MNIST/raw", "raw")
"""Where in a given folder the files may lie: as they are, or as torchvision puts them."""


class _Unfit(Exception):
    """A source does not give the file; the message says why in a few words."""


def load(
    split: Split,
    *,
    root: Path | None = None,
    mirror: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Dataset:
    """One split of MNIST, from `root`, else from the cache, else from the network.

    Fetched files go into the cache folder; `root` is never written to. With a `mirror`, no
    other place on the network is asked. `seed` means nothing here.

    Raises:
        DataUnavailable: no source has a sound copy.
        ValueError: `mirror` is not an address.
        LoadCancelled: `cancelled()` said True.
    """
    if mirror is not None:
        mirror = checked_mirror(mirror)
    arrays: list[NDArray[np.uint8]] = []
    for number, part in enumerate(PARTS[split]):
        stop_if(cancelled)
        where = _Steps(progress, number / 2, 0.5)
        content = _content(part, root, mirror, where, cancelled)
        try:
            arrays.append(read_idx(content, part.dimensions))
        except ValueError as error:
            raise DataUnavailable(_sorry(f"{part.name} is damaged: {error}")) from error
    images, labels = arrays
    if len(images) != len(labels) or len(images) == 0 or labels.max() > 9:
        raise DataUnavailable(_sorry("its labels do not fit its images"))
    tell(progress, "MNIST is here", 1.0)
    return Dataset("mnist", split, frozen(images), frozen(labels.astype(np.int64)))


@dataclass(frozen=True)
class _Steps:
    """Progress of one file, as a part of the whole."""

    progress: Progress | None
    start: float
    share: float

    def say(self, message: str, fraction: float) -> None:
        tell(self.progress, message, self.start + self.share * fraction)


def _content(
    part: Part,
    root: Path | None,
    mirror: str | None,
    steps: _Steps,
    cancelled: Cancelled | None,
) -> bytes:
    """The unpacked bytes of one file, checked."""
    reasons = []
    if root is not None:
        try:
            return _from_folder(part, root)
        except _Unfit as error:
            reasons.append(str(error))
    try:
        return _from_folder(part, _cache())
    except _Unfit:
        pass  # Fetching replaces what is missing or damaged there.
    for prefix in (mirror,) if mirror is not None else _official_mirrors():
        stop_if(cancelled)
        try:
            return _from_network(part, prefix, steps, cancelled)
        except _Unfit as error:
            reasons.append(str(error))
    raise DataUnavailable(_sorry("; ".join(dict.fromkeys(reasons))))


def _from_folder(part: Part, folder: Path) -> bytes:
    """A sound copy from a folder; the packed file is preferred, being the official one."""
    damage = None
    for path in _candidates(part, folder):
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            damage = f"{path} cannot be read ({error.strerror})"
            continue
        if path.suffix == ".gz" and _md5(data) == part.md5:
            return unpack(data)
        if path.suffix != ".gz" and hashlib.sha256(data).hexdigest() == part.sha256:
            return data
        damage = f"{path} is damaged: its checksum is wrong"
    raise _Unfit(damage or f"{part.name}.gz is not in {folder}")


def _candidates(part: Part, folder: Path) -> Iterator[Path]:
    for suffix in (".gz", ""):
        for layout in _LAYOUTS:
            yield folder / layout / (part.name + suffix)


def _from_network(part: Part, prefix: str, steps: _Steps, cancelled: Cancelled | None) -> bytes:
    url = f"{prefix}{part.name}.gz"
    message = f"Fetching {part.name}.gz"
    steps.say(message, 0.0)
    try:
        data = fetch(
            url,
            most=2 * part.size + 1_000_000,
            progress=lambda fraction: steps.say(message, fraction),
            cancelled=cancelled,
        )
    except OSError as error:
        raise _Unfit(f"{url}: {error}") from error
    if _md5(data) != part.md5:
        raise _Unfit(f"{url} is not the official file: its checksum is wrong")
    # A full or read-only disk costs another fetch next time, and nothing else.
    with contextlib.suppress(OSError):
        _cache().mkdir(parents=True, exist_ok=True)
        write_atomically(_cache() / f"{part.name}.gz", data)
    return unpack(data)


def _official_mirrors() -> tuple[str, ...]:
    """torchvision's mirrors, the encrypted ones; imported only when something is missing."""
    try:
        from torchvision.datasets import MNIST
    except (ImportError, RuntimeError, OSError):
        # A torchvision that does not fit the installed torch fails in all of these ways.
        return _MIRRORS
    return tuple(url for url in MNIST.mirrors if url.startswith("https://")) or _MIRRORS


def _cache() -> Path:
    return cache_dir() / "mnist"


def _md5(data: bytes) -> str:
    # Systems in FIPS mode refuse MD5 unless told that it guards against accidents only.
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sorry(reason: str) -> str:
    return (
        f"MNIST is not on this computer and could not be downloaded ({reason}): put its four files "
        f"into {_cache()}, name a folder or a mirror on the command line (--data-root, --mirror), "
        f"or {INSTEAD}."
    )
