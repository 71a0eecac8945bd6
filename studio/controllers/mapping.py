"""Joins the Map page and the model that decodes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, SignalInstance, Slot

from studio.state.tiles import TileKey, digit_centres, mosaic

if TYPE_CHECKING:
    from studio.bridge.desk import Adopted, Desk, Picked, Points, Tile
    from studio.controllers.exploring import ExploringController


class MapWidget(Protocol):
    """The plane of digits."""

    tiles_wanted: SignalInstance
    picked: SignalInstance

    def set_tile(self, key: TileKey, image: np.ndarray) -> None: ...
    def invalidate(self) -> None: ...
    def reset(self) -> None: ...


class MapView(Protocol):
    """What this controller needs of the Map page."""

    pick_closed: SignalInstance

    @property
    def map(self) -> MapWidget: ...
    def set_plane_note(self, text: str) -> None: ...
    def set_points(self, xy: np.ndarray | None, labels: np.ndarray | None) -> None: ...
    def set_place(self, x: float | None, y: float | None, image: np.ndarray | None) -> None: ...
    def set_unavailable(self, text: str) -> None: ...
    def set_pick(self, image: np.ndarray | None, x: float, y: float, text: str) -> None: ...


class MappingController(QObject):
    """Keeps the map in step with the weights, the drawing and the view.

    `settled` says whether everything in view has been decoded.
    """

    def __init__(
        self,
        view: MapView,
        desk: Desk,
        exploring: ExploringController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._desk, self._exploring = view, desk, exploring
        self._laid = 0  # the version of the weights for which the plane was laid; 0 for none
        self.settled = False
        self._drawn: tuple[np.ndarray, np.ndarray] | None = None
        self._through: np.ndarray | None = None
        self._note = ""
        self._visible = False
        self._watched = True
        self._unasked: Adopted | None = None
        self._picked_at: tuple[float, float] | None = None
        view.map.tiles_wanted.connect(self._on_view_tiles_wanted)
        view.map.picked.connect(self._on_view_picked)
        view.pick_closed.connect(self._on_view_pick_closed)
        exploring.adopted.connect(self._on_adopted)
        exploring.line_changed.connect(self._show_line)
        desk.points.connect(self._on_points)
        desk.laid.connect(self._on_laid)
        desk.tile.connect(self._on_tile)
        desk.picked.connect(self._on_picked)
        desk.finished.connect(self._on_finished)

    def set_visible(self, visible: bool) -> None:
        """Whether the Map page is on screen."""
        self._visible = visible
        if visible:
            self._follow_drawing()
        else:
            self._exploring.hold("map", False)

    def set_watched(self, watched: bool) -> None:
        """Whether a page that shows places is on screen; if not, no plane is laid."""
        self._watched = watched
        if watched and self._unasked is not None:
            self._lay(self._unasked)

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        can = adopted.abilities["decode"] and adopted.abilities["encode"]
        self._view.set_unavailable("" if can else f"No map: {adopted.ways['decode']}")
        if not adopted.same_model:
            self._laid, self._through = 0, None
            self._picked_at = None
            self._view.map.reset()
            self._view.set_points(None, None)
            self._view.set_place(None, None, None)
            self._view.set_pick(None, 0.0, 0.0, "")
        self._unasked = adopted if can else None
        if can and self._watched:
            self._lay(adopted)

    def _lay(self, adopted: Adopted) -> None:
        """Lays the plane for these weights, and draws what is in view anew."""
        self._unasked = None
        # Placing digits by a search takes seconds: while it trains, the plane stays as it lies.
        if adopted.encodes_fast or not self._laid or not self._exploring.training:
            self._desk.ask_points()
        else:
            self._laid = adopted.version
        self.settled = False
        self._view.map.invalidate()
        self._pick_again()

    def _pick_again(self) -> None:
        """The picked digit is the model's as it is now, not as it was when it was picked."""
        if self._picked_at is not None and self._laid:
            self._desk.ask_digit_at(self._picked_at)

    @Slot(object)
    def _on_points(self, points: Points) -> None:
        self._view.set_points(points.places, points.labels)
        if points.version != self._laid:
            # The plane has been laid anew, so every tile shows something else.
            self._laid, self._through = points.version, None
            self._show_note(points.note)
            self._view.map.invalidate()
            self._pick_again()
            self._follow_drawing()

    @Slot(object)
    def _on_laid(self, points: Points) -> None:
        self._show_note(points.note)
        self._view.map.invalidate()
        self._pick_again()

    @Slot(object)
    def _on_view_tiles_wanted(self, keys: list[TileKey]) -> None:
        if self._laid:
            self.settled = not keys
            self._exploring.hold("map", bool(keys))
            self._desk.ask_tiles([(key, digit_centres(key)) for key in keys])

    @Slot(object)
    def _on_tile(self, tile: Tile) -> None:
        assert isinstance(tile.key, TileKey)
        current = self._exploring.current
        if current is not None and tile.version == current.version:
            self._view.map.set_tile(tile.key, mosaic(tile.digits))

    @Slot(str)
    def _on_finished(self, channel: str) -> None:
        if channel == "tiles":
            self.settled = True
            self._exploring.hold("map", False)

    @Slot(float, float)
    def _on_view_picked(self, x: float, y: float) -> None:
        if self._laid:
            self._picked_at = (x, y)
            self._desk.ask_digit_at((x, y))

    @Slot()
    def _on_view_pick_closed(self) -> None:
        self._picked_at = None

    @Slot(object)
    def _on_picked(self, picked: Picked) -> None:
        x, y = picked.place
        self._view.set_pick(picked.digit, x, y, "What the model makes of this place.")

    @Slot(object, object, object)
    def on_drawing_placed(
        self,
        place: tuple[float, float] | None,
        seen: np.ndarray | None,
        latent: np.ndarray | None,
    ) -> None:
        """Marks where the drawing lies."""
        x, y = place if place is not None else (None, None)
        self._view.set_place(x, y, seen)
        self._drawn = (seen, latent) if seen is not None and latent is not None else None
        if self._visible:
            self._follow_drawing()

    def _show_note(self, note: str) -> None:
        self._note = note
        self._show_line()

    @Slot()
    def _show_line(self) -> None:
        if self._note:
            self._view.set_plane_note(f"{self._exploring.line()}. {self._note}")

    def _follow_drawing(self) -> None:
        """Lays the plane so that it meets the drawing, and for its class, if the model has any."""
        if self._drawn is None or not self._laid:
            return
        if self._through is None or not np.array_equal(self._through, self._drawn[1]):
            self._through = self._drawn[1]
            self._desk.ask_plane_through(self._through)
