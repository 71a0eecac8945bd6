"""Where a view stands over an endless plane, and what a shift or a zoom makes of that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.state import tiles
from studio.state.tiles import PlaneRect

HOME_SCALE = 168.0
"""Pixels per unit when the map opens: digits of 42 pixels, about four units in view."""
LEAST_SCALE, MOST_SCALE = 2.0, 2.0e6


@dataclass(frozen=True, slots=True)
class Viewport:
    """The middle of a view and its scale.

    Pixels are logical, count from the middle of the view, `right` and `down`; the plane has y up.
    A viewport knows no size, so that it stays the same when a window grows.

    Arguments:
        x, y: The point of the plane in the middle.
        wanted_scale: Pixels per unit that zooming has come to, before rounding, so that many small
            turns of a wheel add up.
    """

    x: float = 0.0
    y: float = 0.0
    wanted_scale: float = HOME_SCALE

    @property
    def scale(self) -> float:
        """Pixels per unit: the nearest at which a tile is a whole number of pixels wide."""
        side = tiles.tile_side(tiles.level_for(self.wanted_scale))
        return round(side * self.wanted_scale) / side

    @property
    def level(self) -> int:
        """The level of the tiles that are shown at this scale."""
        return tiles.level_for(self.scale)

    def looks_like(self, other: Viewport) -> bool:
        """Whether both show the same, however their scales were wanted."""
        return (self.x, self.y, self.scale) == (other.x, other.y, other.scale)

    def rect(self, width: float, height: float) -> PlaneRect:
        """The part of the plane in a view of this size in pixels."""
        wide, high = width / 2 / self.scale, height / 2 / self.scale
        return PlaneRect(self.x - wide, self.y - high, self.x + wide, self.y + high)

    def to_plane(self, right: float, down: float) -> tuple[float, float]:
        """The point of the plane under a place of the view."""
        return self.x + right / self.scale, self.y - down / self.scale

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """The place of the view, right and down, under which a point of the plane lies."""
        return (x - self.x) * self.scale, -(y - self.y) * self.scale

    def at(self, x: float, y: float, wanted_scale: float | None = None) -> Viewport:
        """With (x, y) in the middle, and another scale within what a view can show."""
        scale = self.wanted_scale if wanted_scale is None else wanted_scale
        return Viewport(x, y, min(max(scale, LEAST_SCALE), MOST_SCALE))

    def held(self, bounds: PlaneRect | None) -> Viewport:
        """With its middle within the bounds of a plane that ends, so that nobody gets lost."""
        if bounds is None:
            return self
        x = min(max(self.x, bounds.left), bounds.right)
        y = min(max(self.y, bounds.bottom), bounds.top)
        return replace(self, x=x, y=y)

    def dragged(self, right: float, down: float) -> Viewport:
        """After the plane was pulled by so many pixels."""
        return replace(self, x=self.x - right / self.scale, y=self.y + down / self.scale)

    def zoomed(self, factor: float, right: float = 0.0, down: float = 0.0) -> Viewport:
        """Closer (above 1) or farther, with the same point of the plane under a place."""
        x, y = self.to_plane(right, down)
        closer = self.at(x, y, self.wanted_scale * factor)
        return closer.dragged(right, down)
