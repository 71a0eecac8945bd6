"""A drawing lands where MNIST would have put it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from studio.data import load
from studio.data.framing import frame, framing, ink_box, mass_centre
from studio.data.pen import generate

if TYPE_CHECKING:
    from pathlib import Path


def drawing(height: int, width: int, top: int, left: int, tall: int, wide: int) -> np.ndarray:
    sheet = np.zeros((height, width), np.uint8)
    sheet[top : top + tall, left : left + wide] = 255
    return sheet


@pytest.mark.parametrize(
    ("tall", "wide"), [(10, 4), (4, 10), (20, 20), (28, 28), (40, 12), (200, 190)]
)
def test_the_longer_side_becomes_twenty_pixels(tall: int, wide: int) -> None:
    framed = frame(drawing(280, 280, 30, 50, tall, wide)) > 100
    rows, columns = framed.any(axis=1).sum(), framed.any(axis=0).sum()
    assert max(rows, columns) == 20
    assert abs(rows / columns - tall / wide) < 0.35 * tall / wide


def test_the_mass_comes_to_the_centre() -> None:
    sheet = drawing(28, 28, 0, 0, 9, 3)
    sheet[8, 0:8] = 200
    framed = frame(sheet).astype(float)
    y, x = np.mgrid[0:28, 0:28]
    assert abs((framed * x).sum() / framed.sum() - 14) <= 0.5
    assert abs((framed * y).sum() / framed.sum() - 14) <= 0.5


def test_a_framed_drawing_stays_as_it_is() -> None:
    rng = np.random.default_rng(0)
    sheet = drawing(60, 60, 5, 9, 33, 21)
    sheet[sheet > 0] = rng.integers(100, 255, (sheet > 0).sum())
    framed = frame(sheet)
    assert np.array_equal(frame(framed), framed)


def test_digits_framed_as_mnist_frames_them_stay_as_they_are() -> None:
    images = generate(300, seed=3).images
    assert all(np.array_equal(frame(image), image) for image in images)


def test_mnist_itself_stays_as_it_is(mnist_root: Path) -> None:
    images = load("mnist", "test", root=mnist_root).images
    assert len(images) == 10_000
    assert sum(not np.array_equal(frame(image), image) for image in images) == 0


def moved_about(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    sheet = np.zeros((60, 50), np.uint8)
    top, left = rng.integers(0, 32), rng.integers(0, 22)
    sheet[top : top + 28, left : left + 28] = image
    return sheet


def test_a_digit_comes_back_from_wherever_it_was_moved() -> None:
    rng = np.random.default_rng(4)
    for image in generate(200, seed=5).images:
        assert np.array_equal(frame(moved_about(image, rng)), image)


def test_a_digit_of_mnist_comes_back_from_wherever_it_was_moved(mnist_root: Path) -> None:
    rng = np.random.default_rng(6)
    for image in load("mnist", "test", root=mnist_root).images[:2000]:
        assert np.array_equal(frame(moved_about(image, rng)), image)


def test_faint_rims_are_kept_where_nothing_is_enlarged() -> None:
    sheet = drawing(28, 28, 4, 8, 20, 11)
    sheet[4:24, 7] = 3
    assert (frame(sheet) == 3).sum() == 20


def test_the_box_and_the_mass_of_the_ink() -> None:
    sheet = drawing(40, 30, 5, 9, 12, 3)
    assert ink_box(sheet) == (9, 5, 12, 17)
    assert mass_centre(sheet) == (10.0, 10.5)
    assert ink_box(np.full((9, 9), 3, np.uint8)) is None


def test_an_empty_drawing_stays_empty() -> None:
    assert not frame(np.zeros((28, 28), np.uint8)).any()


def test_the_mask_moves_with_the_ink() -> None:
    sheet = drawing(28, 28, 2, 3, 10, 5)
    mask = np.zeros((28, 28), bool)
    mask[2:12, 3:8] = True
    moved = framing(sheet).apply_mask(mask)
    ink = frame(sheet) > 127
    assert (moved == ink).mean() > 0.97
    assert moved.sum() > mask.sum()
