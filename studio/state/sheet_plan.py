"""What is to be put onto a contact sheet: which part of the plane, how densely, in what file."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from studio.library.exports.caption import Caption
from studio.library.exports.sheet_frame import DPI, MOST_DIGITS, Edges, Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Region = tuple[float, float, float, float]
    """Left, bottom, right, top in units of the plane, y up."""

PIXELS = 28
PREVIEW = 12
"""Digits of a preview, across and down at most."""
_PER_SECOND = 20_000
"""Digits that are packed into a file in a second, about."""


@dataclass(frozen=True)
class SheetPlan:
    """A sheet that has not been made yet. Its digits stand in squares of equal size.

    Attributes:
        left, bottom, right, top: What is shown, in units of the plane, y up.
        rows, columns: Digits down and across.
        lasso: Corners (x, y) outside of which digits are left out; () for none.
        kind: Of file.
        scale: Each pixel becomes scale x scale pixels.
        paper: Ink dark on light.
    """

    left: float
    bottom: float
    right: float
    top: float
    rows: int
    columns: int
    lasso: tuple[tuple[float, float], ...] = ()
    kind: Literal["png", "svg"] = "png"
    scale: int = 1
    paper: bool = False

    @property
    def count(self) -> int:
        """Digits on the sheet."""
        return self.rows * self.columns

    def places(self) -> NDArray[np.float64]:
        """Where the digits stand on the plane, (rows, columns, 2), from the upper left."""
        across = (np.arange(self.columns) + 0.5) / self.columns
        down = (np.arange(self.rows) + 0.5) / self.rows
        x, y = np.meshgrid(
            self.left + across * (self.right - self.left),
            self.top - down * (self.top - self.bottom),
        )
        return np.stack([x, y], axis=-1)

    def inside(self) -> NDArray[np.bool_]:
        """Which digits stand within the lasso, (rows, columns); all where there is none.

        By counting crossings with a ray to the right, so that a lasso may cross itself.
        """
        places = self.places()
        if not self.lasso:
            return np.ones(places.shape[:2], bool)
        x, y = places[..., 0], places[..., 1]
        found = np.zeros(x.shape, bool)
        corners = np.array(self.lasso)
        for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if ay == by:
                continue
            crossing = ax + (y - ay) / (by - ay) * (bx - ax)
            found ^= ((ay > y) != (by > y)) & (x < crossing)
        return found

    def edges(self, names: tuple[str, str] = ("", "")) -> Edges:
        """What stands along its edges."""
        return Edges(self.left, self.bottom, self.right, self.top, names)

    def pixels(self, caption: str = " ", names: tuple[str, str] = ("", "")) -> tuple[int, int]:
        """Of the picture with everything around the digits: wide, tall."""
        return self._frame(caption, names).size

    def centimetres(self, caption: str = " ") -> tuple[float, float]:
        """Of the picture when it is printed at 300 dots per inch: wide, tall."""
        wide, tall = self.pixels(caption)
        return wide / DPI * 2.54, tall / DPI * 2.54

    def fault(self) -> str:
        """Why it cannot be made, in one sentence; "" if it can."""
        try:
            self._frame(" ", ("", "")).check()
        except ValueError as error:
            text = str(error)
            return text[0].upper() + text[1:] + "."
        return "" if self.inside().any() else "No digit stands in the lasso: choose more across."

    def seconds(self, per_digit: float) -> float:
        """How long it takes, about, where a digit takes so long to decode."""
        return self.count * (per_digit + self.scale**2 / _PER_SECOND)

    def preview(self) -> SheetPlan:
        """The same part of the plane with fewer digits, if there are many."""
        most = max(self.rows, self.columns)
        share = min(1.0, PREVIEW / most)
        rows = max(1, round(self.rows * share))
        columns = max(1, round(self.columns * share))
        return replace(self, rows=rows, columns=columns)

    def _frame(self, caption: str, names: tuple[str, str]) -> Frame:
        return Frame(
            self.rows, self.columns, PIXELS, PIXELS, self.scale, 1, Caption(caption),
            self.edges(names),
        )  # fmt: skip


def plan(region: Region, columns: int) -> SheetPlan:
    """So many digits across a region, and as many rows as fit; its height is made to fit them.

    Raises:
        ValueError: the region has no area, or is not finite; one sentence.
    """
    left, bottom, right, top = region
    if not all(map(math.isfinite, region)) or right <= left or top <= bottom:
        raise ValueError("The left must be less than the right, and the bottom less than the top.")
    pitch = (right - left) / columns
    rows = max(1, round(min((top - bottom) / pitch, 2.0 * MOST_DIGITS)))
    middle, half = (bottom + top) / 2, rows * pitch / 2
    return SheetPlan(left, middle - half, right, middle + half, rows, columns)


def around(lasso: NDArray[np.floating]) -> Region:
    """The smallest region that holds a lasso (m, 2)."""
    (left, bottom), (right, top) = lasso.min(axis=0), lasso.max(axis=0)
    return float(left), float(bottom), float(right), float(top)
