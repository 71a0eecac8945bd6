"""Three digits that span the plane: drawings, picked digits or test digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot

from studio.controllers.map_meeting import NO_DRAWING

if TYPE_CHECKING:
    from studio.controllers.map_overlays import OverlayController
    from studio.controllers.map_pins import PinController
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView

FIRST_CLASSES = (0, 1, 7)
"""The test digits that lie in the corners until the user chooses others."""
NO_PICK = "No digit is picked: click on one of the map first."
NO_TEST = "The test digits of this model are not known yet."
SHAPE = (28, 28)


class AnchorController(QObject):
    """Fills the three corners and shows the plane that they span."""

    def __init__(
        self,
        view: MapView,
        plane: PlaneController,
        overlays: OverlayController,
        pins: PinController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._plane, self._overlays, self._pins = view, plane, overlays, pins
        self._corners: list[np.ndarray | None] = [None, None, None]
        self._drawing: np.ndarray | None = None
        self._turn: dict[int, int] = {}
        view.planes.kind_chosen.connect(self._on_kind_chosen)
        view.planes.anchor_wanted.connect(self._on_anchor_wanted)
        pins.picked_changed.connect(self._show_sources)
        overlays.points_changed.connect(self._on_points_changed)
        plane.laid.connect(self._on_laid)
        self._show()

    def set_drawing(self, seen: np.ndarray | None) -> None:
        """The drawing as models see it, uint8 (28, 28), or None."""
        self._drawing = seen
        self._show_sources()

    @Slot(str)
    def _on_kind_chosen(self, kind: str) -> None:
        if kind == "anchors":
            self._fill()
            self._lay()

    @Slot(int, str, int)
    def _on_anchor_wanted(self, slot: int, source: str, label: int) -> None:
        given = {"drawing": self._drawing, "picked": self._pins.digit}
        image = given[source] if source in given else self._test_digit(label)
        if image is not None and image.shape == SHAPE:
            self._corners[slot] = image.copy()
            self._show()
            self._lay()

    @Slot()
    def _on_points_changed(self) -> None:
        self._show_sources()

    @Slot()
    def _on_laid(self) -> None:
        # A bookmark has brought other corners.
        spec = self._plane.spec
        if spec.kind == "anchors" and spec.anchors != self._bytes():
            self._corners = [np.frombuffer(a, np.uint8).reshape(SHAPE) for a in spec.anchors]
            self._show()

    def _fill(self) -> None:
        """Test digits for the corners that are still empty."""
        for slot, label in enumerate(FIRST_CLASSES):
            if self._corners[slot] is None:
                self._corners[slot] = self._test_digit(label)
        self._show()

    def _test_digit(self, label: int) -> np.ndarray | None:
        """A test digit of a class, another one each time."""
        points = self._overlays.points
        if points is None or points.images is None:
            return None
        known = np.flatnonzero(points.labels[: len(points.images)] == label)
        if not len(known):
            return None
        turn = self._turn.get(label, 0)
        self._turn[label] = turn + 1
        digit: np.ndarray = points.images[known[turn % len(known)]]
        return digit

    def _bytes(self) -> tuple[bytes, ...]:
        return tuple(image.tobytes() for image in self._corners if image is not None)

    def _lay(self) -> None:
        anchors = self._bytes()
        if len(anchors) == 3:
            self._plane.turn("anchors", (0, 1), anchors)

    def _show(self) -> None:
        self._view.planes.set_anchors(self._corners)
        self._show_sources()

    @Slot()
    def _show_sources(self) -> None:
        points = self._overlays.points
        self._view.planes.set_sources(
            {
                "drawing": "" if self._drawing is not None else NO_DRAWING,
                "picked": "" if self._pins.digit is not None else NO_PICK,
                "test": "" if points is not None and points.images is not None else NO_TEST,
            }
        )
