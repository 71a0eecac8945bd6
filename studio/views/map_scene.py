"""What lies still on the plane of a map: test digits, a region, a path, corners and pins.

All places are in plane coordinates, y up. The scene is painted piece by piece (see `map_blocks`),
so everything here is drawn the same whatever piece it lies on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from studio.views import map_cards, point_layer, theme, thumbnails
from studio.views.pictures import grey_image
from studio.views.viewport import HOME_SCALE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QFont, QImage, QPainter

    from studio.state.tiles import PlaneRect
    from studio.views.map_lines import MapLine

LEAST_PERIOD = 96.0
"""A plane that repeats itself after fewer pixels shows what lies on it once."""

Points = NDArray[np.float64]
Digit = NDArray[np.uint8]


class Signs:
    """Cards that point at places: corners, pins or bookmarks.

    Arguments:
        signs: Of each (x, y, uint8 (28, 28) or None, words).
    """

    def __init__(self, signs: Iterable[tuple[float, float, Digit | None, str]] = ()) -> None:
        known = list(signs)
        self.places: Points = np.array([(x, y) for x, y, _, _ in known], float).reshape(-1, 2)
        self.cards = [(None if d is None else grey_image(d), text) for _, _, d, text in known]


class MapScene:
    """The things on a plane, and how they are painted."""

    def __init__(self) -> None:
        self.period: float | None = None
        self.bounds: PlaneRect | None = None
        self.points_visible = True
        self.corners = Signs()
        self.clear()

    def clear(self) -> None:
        """Takes everything away but the corners."""
        self.clear_points()
        self.lasso: MapLine | None = None
        self.path: MapLine | None = None
        self.pins = self.bookmarks = Signs()

    def clear_points(self) -> None:
        """Takes the digits away."""
        self._places: Points = np.zeros((0, 2))
        self._classes: point_layer.Labels = np.zeros(0, np.int64)
        self._digits: NDArray[np.uint8] | None = None
        self._rooms: NDArray[np.float64] | None = None
        self._chosen: tuple[float, NDArray[np.bool_], int] | None = None
        self._pictures: dict[tuple[int, int], QImage] = {}

    def set_points(
        self,
        places: NDArray[np.floating],
        labels: NDArray[np.integer] | None,
        digits: NDArray[np.uint8] | None,
    ) -> None:
        """Encoded digits: places (N, 2), classes (N,) and pictures (N, 28, 28)."""
        self._places = np.asarray(places, np.float64).reshape(-1, 2)
        self._classes = point_layer.classes(labels, len(self._places))
        if self._digits is not digits:
            self._pictures.clear()
        self._digits = digits
        self._rooms = self._chosen = None

    def nearest(self, x: float, y: float, middle: tuple[float, float]) -> tuple[float, float]:
        """The copy of a place that lies nearest to `middle`, on a plane that repeats itself."""
        if self.period is None:
            return x, y
        return (
            x + self.period * round((middle[0] - x) / self.period),
            y + self.period * round((middle[1] - y) / self.period),
        )

    def paint(
        self,
        painter: QPainter,
        left: float,
        top: float,
        room: QRectF,
        scale: float,
        font: QFont,
        *,
        hasty: bool = False,
    ) -> bool:
        """Paints what touches a rectangle; whether there is anything.

        Arguments:
            left, top: Pixels from the plane's origin, y down, to the painter's (0, 0).
            room: The rectangle, in the painter's coordinates.
            scale: Logical pixels per unit of the plane.
            hasty: Leaves out what takes long, for a picture that will not last.
        """
        painted = False
        if self.points_visible and len(self._places):
            painted |= self._paint_points(painter, left, top, room, scale)
        for line in (self.lasso, self.path):
            if line is not None:
                painted |= line.paint(painter, left, top, room, scale, hasty=hasty)
        for signs, paint in (
            (self.bookmarks, map_cards.paint_bookmark),
            (self.corners, map_cards.paint_corner),
            (self.pins, map_cards.paint_pin),
        ):
            if not signs.cards:
                continue
            which, places = self._seen(signs.places, left, top, room, scale, map_cards.REACH)
            for index, (x, y) in zip(which.tolist(), places.tolist(), strict=True):
                picture, text = signs.cards[index]
                paint(painter, QPointF(x, y), picture, text, font)
                painted = True
        return painted

    def pin_at(
        self, left: float, top: float, place: QPointF, scale: float
    ) -> tuple[float, float] | None:
        """The place of the pin whose card lies under `place`, the topmost first."""
        room = QRectF(place, place)
        which, places = self._seen(self.pins.places, left, top, room, scale, map_cards.REACH)
        for index, (x, y) in reversed(list(zip(which.tolist(), places.tolist(), strict=True))):
            if map_cards.pin_card(QPointF(x, y)).contains(place):
                return float(self.pins.places[index, 0]), float(self.pins.places[index, 1])
        return None

    def _paint_points(
        self, painter: QPainter, left: float, top: float, room: QRectF, scale: float
    ) -> bool:
        large, times = self._thumbnails(scale)
        # Small from afar, where digits and points crowd; larger on the way in.
        radius = min(max(2.0 * (scale / HOME_SCALE) ** 0.5, 1.2), 5.0)
        reach = max(radius + point_layer.RIM + 1, thumbnails.side(times) / 2 + 1)
        which, places = self._seen(self._places, left, top, room, scale, reach)
        if self.bounds is not None and len(which):
            inside = _within(self._places[which], self.bounds)
            which, places = which[inside], places[inside]
        if not len(which):
            return False
        small = ~large[which]
        point_layer.paint(painter, places[small], self._classes[which[small]], radius)
        half = thumbnails.side(times) // 2
        tints = (*theme.CLASS_COLOURS, theme.DARK.quiet)
        corners = np.floor(places).astype(np.int64) - half
        for index, corner in zip(which[~small].tolist(), corners[~small].tolist(), strict=True):
            picture = self._pictures.get((index, times))
            if picture is None:
                assert self._digits is not None
                picture = thumbnails.picture_of(self._digits[index], times)
                self._pictures[index, times] = picture
            thumbnails.paint(painter, corner, picture, tints[int(self._classes[index])])
        return True

    def _thumbnails(self, scale: float) -> tuple[NDArray[np.bool_], int]:
        if self._chosen is None or self._chosen[0] != scale:
            if self._digits is None:
                none = np.zeros(len(self._places), np.bool_)
                self._chosen = scale, none, 1
            else:
                if self._rooms is None:
                    self._rooms = thumbnails.rooms(self._places)
                self._chosen = scale, *thumbnails.choose(self._rooms, scale)
        return self._chosen[1:]

    def _seen(
        self, spots: Points, left: float, top: float, room: QRectF, scale: float, reach: float
    ) -> tuple[NDArray[np.int64], Points]:
        """Which places touch a rectangle, and where they lie in the painter's coordinates; some
        more than once on a plane that repeats itself."""
        first = room.left() - reach, room.top() - reach
        last = room.right() + reach, room.bottom() + reach
        places = spots * (scale, -scale) - (left, top)
        step = 0.0 if self.period is None else self.period * scale
        if step < LEAST_PERIOD:
            inside = np.all((places >= first) & (places <= last), axis=1)
            which = np.flatnonzero(inside)
            return which, places[which]
        places = first + np.mod(places - first, step)
        copies = [math.floor((end - start) / step) for start, end in zip(first, last, strict=True)]
        found, where = [], []
        for down in range(copies[1] + 1):
            for right in range(copies[0] + 1):
                moved = places + np.array((right * step, down * step))
                inside = np.all(moved <= last, axis=1)
                found.append(np.flatnonzero(inside))
                where.append(moved[inside])
        return np.concatenate(found), np.concatenate(where)


def _within(places: Points, ends: PlaneRect) -> NDArray[np.bool_]:
    """Which places lie on a plane that ends."""
    first, last = (ends.left, ends.bottom), (ends.right, ends.top)
    inside: NDArray[np.bool_] = np.all((places >= first) & (places <= last), axis=1)
    return inside
