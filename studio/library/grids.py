"""The fixed-noise grid at one step, in one file.

Format "modescope-grid", version 2 (there was no 1): a sealed safetensors file (see `container.py`)
with the array `images`, uint8 (N, H, W) or (N, H, W, 3), and the spec `{step, how}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import safetensors
import safetensors.numpy

from studio.library import plain
from studio.library.container import BadRun, Entry, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

KIND = "modescope-grid"
VERSION = 2
MAX_DIGITS, MAX_SIDE = 1_024, 256
_LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Grid:
    """Digits drawn at a step from noise that is the same at every step, and how they were made."""

    step: int
    images: NDArray[np.uint8]
    how: str


@dataclass(frozen=True)
class _Spec:
    step: int
    how: str = ""


def pack_grid(step: int, images: NDArray[np.uint8], how: str) -> bytes:
    """The content of a grid file; texts of more than 2,000 characters are cut."""
    assert images.dtype == np.uint8
    assert _plausible(images.shape)
    draft = safetensors.numpy.save({"images": np.ascontiguousarray(images)})
    spec = {"step": int(step), "how": how[:_LONGEST_TEXT]}
    return seal(draft, kind=KIND, version=VERSION, spec=spec)


def unpack_grid(content: bytes, name: str) -> Grid:
    """The grid in the bytes of a file that messages call `name`.

    Raises:
        BadRun: it is no grid file, or a damaged one; one sentence.
    """
    found, entries = unseal(content, name, kind=KIND, version=VERSION)
    try:
        spec = plain.restore(_Spec, found, "its spec")
        if spec.step < 0:
            raise ValueError("its step is below zero")
        _insist_on_images(entries)
        images = safetensors.numpy.load(content)["images"]
    except (ValueError, KeyError, safetensors.SafetensorError) as error:
        raise BadRun(f"{name} is damaged: {str(error)[:100]}") from None
    return Grid(spec.step, images, spec.how)


def _insist_on_images(entries: Mapping[str, Entry]) -> None:
    if set(entries) != {"images"}:
        raise ValueError("it holds something else than images")
    entry = entries["images"]
    if entry.dtype != "U8" or not _plausible(entry.shape):
        raise ValueError("its images have another type, shape or number than those of a grid")


def _plausible(shape: tuple[int, ...]) -> bool:
    if len(shape) not in (3, 4) or shape[3:] not in ((), (3,)):
        return False
    return 1 <= shape[0] <= MAX_DIGITS and all(1 <= side <= MAX_SIDE for side in shape[1:3])
