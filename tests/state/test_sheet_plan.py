"""Where the digits of a sheet stand, and how large it becomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.library.exports import Caption
from studio.library.exports.sheet import write_sheet
from studio.state.sheet_plan import SheetPlan, around, plan


def test_digits_stand_in_squares() -> None:
    sheet = plan((-2.0, -1.0, 2.0, 1.4), 8)
    assert (sheet.rows, sheet.columns, sheet.count) == (5, 8, 40)
    assert (sheet.left, sheet.right) == (-2.0, 2.0)
    assert (sheet.bottom, sheet.top) == (pytest.approx(-1.05), pytest.approx(1.45))
    places = sheet.places()
    assert places.shape == (5, 8, 2)
    assert places[0, 0] == pytest.approx([-1.75, 1.2])
    assert places[-1, -1] == pytest.approx([1.75, -0.8])
    assert np.diff(places[:, 0, 1]) == pytest.approx([-0.5] * 4)
    assert np.diff(places[0, :, 0]) == pytest.approx([0.5] * 7)
    assert plan((0, 0, 10, 0.1), 4).rows == 1


@pytest.mark.parametrize(
    "region", [(1, 0, 1, 2), (2, 0, 1, 2), (0, 2, 1, 1), (0, 0, float("nan"), 1)]
)
def test_a_region_without_area_is_refused(region: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be less than"):
        plan(region, 10)


def test_a_lasso_leaves_digits_out() -> None:
    lasso = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    assert around(lasso) == (0, 0, 4, 4)
    sheet = plan(around(lasso), 8)
    assert sheet.inside().all()
    drawn = SheetPlan(*around(lasso), 8, 8, tuple(map(tuple, lasso.tolist())))
    places = drawn.places()
    assert (drawn.inside() == (places.sum(axis=-1) < 4)).all()
    assert drawn.preview().lasso == drawn.lasso


def test_a_lasso_that_crosses_itself() -> None:
    eight = ((0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0))
    inside = SheetPlan(0, 0, 4, 4, 4, 4, eight).inside()
    # Two triangles that meet in the middle, at the left and at the right.
    assert inside[1:3, 0].all()
    assert inside[1:3, 3].all()
    assert not inside[0, 1:3].any()


@pytest.mark.parametrize("scale", [1, 2])
def test_the_size_is_that_of_the_file(tmp_path: Path, scale: int) -> None:
    sheet = plan((-3, -3, 3, 2), 12)
    sheet = SheetPlan(*(sheet.left, sheet.bottom, sheet.right, sheet.top), 10, 12, scale=scale)
    digits = np.zeros((10, 12, 28, 28), np.uint8)
    write_sheet(tmp_path / "a.png", digits, Caption("VAE"), {}, edges=sheet.edges(), scale=scale)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == sheet.pixels("VAE")
    wide, tall = sheet.centimetres("VAE")
    assert wide == pytest.approx(picture.size[0] / 300 * 2.54)
    assert tall == pytest.approx(picture.size[1] / 300 * 2.54)


def test_what_cannot_be_made_says_why() -> None:
    assert plan((0, 0, 1, 1), 200).fault() == ""
    assert "40,401 digits are too many" in plan((0, 0, 1, 1), 201).fault()
    assert "at most 40,000." in plan((0, 0, 1, 1), 201).fault()
    assert "smaller enlargement." in SheetPlan(0, 0, 1, 1, 200, 200, scale=4).fault()
    assert "too many" in plan((0, 0, 1e-9, 1), 4).fault()
    sliver = SheetPlan(0, 0, 1, 1, 2, 2, ((0.0, 0.0), (0.01, 0.0), (0.0, 0.01)))
    assert "No digit stands in the lasso" in sliver.fault()


def test_a_preview_shows_the_same_part() -> None:
    sheet = plan((-2, -1, 2, 1), 100)
    small = sheet.preview()
    assert (small.rows, small.columns) == (6, 12)
    assert (small.left, small.top) == (sheet.left, sheet.top)
    assert plan((0, 0, 1, 1), 5).preview().count == 25
    assert sheet.seconds(0.01) > 50
