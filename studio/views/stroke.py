"""A stroke under way: what each tool does to the drawing between press and release."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect

from studio.views import strokes
from studio.views.strokes import SIDE, Point

if TYPE_CHECKING:
    from studio.views.drawing import Drawing

TOOLS: Final = ("pen", "eraser", "mask", "unmask", "rectangle")
BRUSHES: Final = {"pen": 2.2, "eraser": 3.4, "mask": 5.0, "unmask": 5.0, "rectangle": 5.0}
"""Width of each tool's brush in image pixels, until the user changes it; the rectangle has none."""
ERASED_FROM = 24
"""Loss of grey value from which a pixel counts as erased, not only grazed."""
_OPPOSITE = {"mask": "unmask", "unmask": "mask", "rectangle": "unmask rectangle"}
_NAMES = {"rectangle": "Mask rectangle", "unmask rectangle": "Unmask rectangle"}


def opposite(tool: str) -> str:
    """What the right mouse button and the rubber of a pen do while `tool` is taken up."""
    return _OPPOSITE.get(tool, "eraser")


class Stroke:
    """Changes a drawing as the pointer moves, and can take all of it back.

    Arguments:
        tool: One of TOOLS, or an `opposite` of one.
        width: Of the brush, in image pixels.
        place: Where it begins, in image pixels.
        pressure: A factor for the width.
    """

    def __init__(
        self, tool: str, drawing: Drawing, width: float, place: Point, pressure: float
    ) -> None:
        self.tool = tool
        self.travelled = 0.0
        """Length so far, in image pixels."""
        self._drawing, self._before = drawing, drawing.copy()
        self._width = width
        self._start = self._last = place
        self._radius = width / 2 * pressure
        self.extend(place, pressure)

    @property
    def name(self) -> str:
        """What the undo stack calls it."""
        return _NAMES.get(self.tool, f"{self.tool.capitalize()} stroke")

    @property
    def adds(self) -> bool:
        """Whether it puts something on the sheet, rather than taking it away."""
        return self.tool in ("pen", "mask", "rectangle")

    def band(self) -> QRect | None:
        """The image pixels within the rectangle that is being drawn; None for brushes."""
        if not self.tool.endswith("rectangle"):
            return None
        (left, right), (top, bottom) = (
            sorted((min(max(a, 0.0), SIDE), min(max(b, 0.0), SIDE)))
            for a, b in zip(self._start, self._last, strict=True)
        )
        # A pixel belongs to it as soon as it is touched: the band never shows less than it takes.
        x, y = min(math.floor(left), SIDE - 1), min(math.floor(top), SIDE - 1)
        return QRect(x, y, max(math.ceil(right) - x, 1), max(math.ceil(bottom) - y, 1))

    def extend(self, end: Point, pressure: float) -> None:
        """Goes on to a place."""
        radius = self._width / 2 * pressure
        self.travelled += math.dist(self._last, end)
        mask, ink = self._drawing.mask, self._drawing.ink
        if self.tool in ("mask", "unmask"):
            strokes.mark(mask, self._last, end, radius, value=self.adds)
        elif self.tool in ("pen", "eraser"):
            strokes.stamp(ink, self._last, end, (self._radius, radius), erase=not self.adds)
        self._last, self._radius = end, radius
        if (band := self.band()) is not None:
            mask[...] = self._before.mask
            mask[band.top() : band.bottom() + 1, band.left() : band.right() + 1] = self.adds

    def finish(self) -> Drawing:
        """The drawing after it. The drawing itself is as before: a command is to change it."""
        after = self._drawing.copy()
        gain = strokes.average(after.ink).astype(int) - strokes.average(self._before.ink)
        after.erased = (after.erased | (gain < -ERASED_FROM)) & (gain <= 0)
        self.take_back()
        return after

    def take_back(self) -> None:
        """Leaves the drawing as it was before."""
        self._drawing.take(self._before)
