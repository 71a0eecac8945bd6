"""A grid comes back to the pixel, or is refused in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from studio.library.container import BadRun, seal
from studio.library.grids import KIND, VERSION, pack_grid, unpack_grid


@pytest.mark.parametrize("shape", [(64, 28, 28), (1, 8, 8), (5, 32, 16, 3), (1024, 2, 2)])
def test_there_and_back(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    grid = unpack_grid(pack_grid(2**53 + 1, images, "20 steps of Euler"), "x")
    assert (grid.step, grid.how) == (2**53 + 1, "20 steps of Euler")
    assert grid.images.dtype == np.uint8
    assert np.array_equal(grid.images, images)


def test_any_layout_in_memory_and_any_text() -> None:
    images = np.arange(240, dtype=np.uint8).reshape(6, 5, 8).transpose(2, 1, 0)[::2]
    grid = unpack_grid(pack_grid(0, images, "a\nb\u202e" + "x" * 5_000), "x")
    assert np.array_equal(grid.images, images)
    assert grid.how.startswith("a b x")
    assert len(grid.how) == 2_000


def test_no_flipped_bit_and_no_cut_is_accepted() -> None:
    images = np.arange(32, dtype=np.uint8).reshape(2, 4, 4)
    content = pack_grid(7, images, "prior")
    for index in range(len(content)):
        mutant = bytearray(content)
        mutant[index] ^= 1 << index % 8
        try:
            grid = unpack_grid(bytes(mutant), "x")
        except BadRun:
            continue
        # Only the padding of the header can change without a difference.
        assert (grid.step, grid.how) == (7, "prior")
        assert np.array_equal(grid.images, images)
    for length in range(len(content)):
        with pytest.raises(BadRun, match="x is "):
            unpack_grid(content[:length], "x")


IMAGES = np.zeros((2, 4, 4), np.uint8)


@pytest.mark.parametrize(
    ("arrays", "spec"),
    [
        ({}, {"step": 1, "how": ""}),
        ({"images": IMAGES, "more": IMAGES}, {"step": 1, "how": ""}),
        ({"pictures": IMAGES}, {"step": 1, "how": ""}),
        ({"images": IMAGES.astype(np.float32)}, {"step": 1, "how": ""}),
        ({"images": IMAGES[0]}, {"step": 1, "how": ""}),
        ({"images": IMAGES[:0]}, {"step": 1, "how": ""}),
        ({"images": IMAGES[:, :0]}, {"step": 1, "how": ""}),
        ({"images": np.zeros((2, 4, 4, 4), np.uint8)}, {"step": 1, "how": ""}),
        ({"images": np.zeros((2, 4, 4, 3, 1), np.uint8)}, {"step": 1, "how": ""}),
        ({"images": np.zeros((1025, 1, 1), np.uint8)}, {"step": 1, "how": ""}),
        ({"images": np.zeros((1, 257, 1), np.uint8)}, {"step": 1, "how": ""}),
        ({"images": IMAGES}, {"step": -1, "how": ""}),
        ({"images": IMAGES}, {"step": 1.5, "how": ""}),
        ({"images": IMAGES}, {"how": ""}),
        ({"images": IMAGES}, {"step": 1, "how": 5}),
        ({"images": IMAGES}, []),
    ],
)
def test_well_made_and_wrong(arrays: dict[str, np.ndarray], spec: Any) -> None:
    content = seal(safetensors.numpy.save(arrays), kind=KIND, version=VERSION, spec=spec)
    with pytest.raises(BadRun, match="x is damaged") as caught:
        unpack_grid(content, "x")
    assert "\n" not in str(caught.value)


def test_other_files_and_newer_ones() -> None:
    draft = safetensors.numpy.save({"images": IMAGES})
    spec = {"step": 1, "how": ""}
    with pytest.raises(BadRun, match="is not a modescope grid file"):
        unpack_grid(seal(draft, kind="modescope-model", version=2, spec=spec), "x")
    with pytest.raises(BadRun, match="newer Modescope"):
        unpack_grid(seal(draft, kind=KIND, version=VERSION + 1, spec=spec), "x")
    with pytest.raises(BadRun, match="is not a Modescope file"):
        unpack_grid(b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "x")


def test_what_is_no_grid_is_not_written() -> None:
    for images in (IMAGES[0], IMAGES[:0], np.zeros((1, 300, 4), np.uint8)):
        with pytest.raises(AssertionError):
            pack_grid(0, images, "")
