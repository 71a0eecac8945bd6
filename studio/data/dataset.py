"""What every data set is, whatever it was read from or written by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.data.plane import Plane

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")

Progress = Callable[[str, float], None]
"""Called as (message, fraction done in [0, 1]), possibly often, from the loading thread."""

Cancelled = Callable[[], bool]
"""Asked now and then while loading; True means that nobody waits for the data any more."""


class DataUnavailable(ValueError):
    """The data cannot be had here and now; the message is one sentence with a way out."""


class LoadCancelled(Exception):
    """`cancelled()` said True, so loading stopped half-way and left nothing half-written."""


@dataclass(frozen=True)
class Dataset:
    """Labelled images, or points, in host memory; ink bright on dark.

    Shapes: images uint8 (N, H, W), or (N, H, W, 3) for colour, in [0, 255]; labels int64 (N,).
    A set whose ways of writing are known carries `ways`, int64 (N,), indices into `way_names`:
    the ground-truth modes, numbered over all classes. `factors` maps the name of a style
    factor to its values, float32 (N,).

    A set of points carries the `plane` that they lie in; its images are float32 (N, 1, 1, 2) in
    [0, 1], see `plane.py`.
    """

    name: str
    split: Split
    images: NDArray[Any]
    labels: NDArray[np.int64]
    ways: NDArray[np.int64] | None = None
    way_names: tuple[str, ...] = ()
    factors: dict[str, NDArray[np.float32]] | None = None
    plane: Plane | None = None

    def __post_init__(self) -> None:
        count = len(self.images)
        if self.plane is None:
            assert self.images.dtype == np.uint8
            assert self.images.ndim in (3, 4)
        else:
            assert self.images.dtype == np.float32
            assert self.images.shape == (count, 1, 1, 2)
        assert self.labels.dtype == np.int64
        assert self.labels.shape == (count,)
        if self.ways is not None:
            assert self.ways.dtype == np.int64
            assert self.ways.shape == (count,)
        for values in (self.factors or {}).values():
            assert values.shape == (count,)

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def checksum(self) -> str:
        """SHA-256, in hexadecimal, of the images and then the labels (little-endian)."""
        digest = hashlib.sha256()
        little = self.images.dtype.newbyteorder("<")
        # Piece by piece: a copy of all stacked digits would take 300 MB.
        for start in range(0, len(self.images), 4_096):
            digest.update(self.images[start : start + 4_096].astype(little).tobytes())
        digest.update(self.labels.astype("<i8").tobytes())
        return digest.hexdigest()


def tell(progress: Progress | None, message: str, fraction: float) -> None:
    """Report progress to whoever listens."""
    if progress is not None:
        progress(message, min(max(fraction, 0.0), 1.0))


def stop_if(cancelled: Cancelled | None) -> None:
    """Raise `LoadCancelled` when nobody waits any more."""
    if cancelled is not None and cancelled():
        raise LoadCancelled("Loading the data was cancelled.")


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, made read-only: data sets are shared between threads."""
    array.setflags(write=False)
    return array
