"""Which part of the sheet the canvas shows: zoom and place, and the way from screen to pixel."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from studio.views.strokes import SIDE, Point

MOST_ZOOM = 16.0
ZOOM_STEP = 1.25
"""Factor of one notch of the wheel, and of one press of a key."""
_FITTED = 1.001


class SheetView:
    """A square window onto the sheet. At zoom 1 it shows all of it; it never shows anything else.

    Lengths are screen pixels; the window's top left corner is (0, 0).
    """

    def __init__(self) -> None:
        self._side = SIDE
        self._zoom = 1.0
        self._left = self._top = 0.0

    @property
    def zoom(self) -> float:
        """From 1, where the whole sheet is seen, to MOST_ZOOM."""
        return self._zoom

    def set_room(self, width: int, height: int) -> None:
        """The room there is; the window takes a square of whole screen pixels per image pixel."""
        side = max(min(width, height) // SIDE, 1) * SIDE
        share = side / self._side
        self._side, self._left, self._top = side, self._left * share, self._top * share
        self._hold()

    def window(self) -> QRectF:
        """Where the sheet is seen."""
        return QRectF(0, 0, self._side, self._side)

    def sheet(self) -> QRectF:
        """Where the 28 x 28 pixels lie; reaches beyond the window when zoomed in."""
        side = self._side * self._zoom
        return QRectF(self._left, self._top, side, side)

    def pixel(self, place: QPointF) -> Point:
        """The place on the sheet under a place on the screen, in image pixels."""
        scale = SIDE / (self._side * self._zoom)
        return (place.x() - self._left) * scale, (place.y() - self._top) * scale

    def zoom_by(self, factor: float, about: QPointF) -> bool:
        """Zooms so that the pixel under `about` stays there; says whether anything changed."""
        zoom = min(max(self._zoom * factor, 1.0), MOST_ZOOM)
        if zoom < _FITTED:
            zoom = 1.0
        share = zoom / self._zoom
        before = self._zoom, self._left, self._top
        self._left = about.x() - (about.x() - self._left) * share
        self._top = about.y() - (about.y() - self._top) * share
        self._zoom = zoom
        self._hold()
        return before != (self._zoom, self._left, self._top)

    def move_by(self, across: float, down: float) -> bool:
        """Moves the sheet under the window, as far as it goes; says whether anything changed."""
        before = self._left, self._top
        self._left += across
        self._top += down
        self._hold()
        return before != (self._left, self._top)

    def fit(self) -> bool:
        """Shows the whole sheet; says whether anything changed."""
        return self.zoom_by(1 / MOST_ZOOM, QPointF(0, 0))

    def _hold(self) -> None:
        least = self._side * (1.0 - self._zoom)
        self._left = min(max(self._left, least), 0.0)
        self._top = min(max(self._top, least), 0.0)
