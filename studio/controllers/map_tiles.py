"""Brings the map its digits: at once where they are known, else nearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from studio.state.tiles import TileKey, digit_centres, mosaic

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from studio.bridge.cartographer import Cartographer, Tile
    from studio.controllers.exploring import ExploringController
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView
    from studio.state.tile_cache import TileCache

DIGITS = "digits"
HOLDER = "map"


class TileController(QObject):
    """Answers `tiles_wanted`, from the cache without delay and without a flicker.

    While digits in view are being decoded, newer weights of a training are held back: otherwise a
    slow decoder would begin again with each snapshot and never finish.

    Attributes:
        settled: Everything in view has been decoded.
    """

    def __init__(
        self,
        view: MapView,
        cartographer: Cartographer,
        exploring: ExploringController,
        plane: PlaneController,
        cache: TileCache,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._cartographer, self._exploring = view, cartographer, exploring
        self._plane, self._cache = plane, cache
        self._extras: Callable[[], list[tuple[object, np.ndarray]]] = list
        self._asking = False
        self.settled = False
        view.map.tiles_wanted.connect(self._on_tiles_wanted)
        view.map.view_changed.connect(self._on_view_changed)
        plane.laid.connect(self._on_laid)
        plane.cleared.connect(self._on_cleared)
        cartographer.tile.connect(self._on_tile)
        cartographer.finished.connect(self._on_finished)

    def set_extras(self, extras: Callable[[], list[tuple[object, np.ndarray]]]) -> None:
        """What else shall be decoded when tiles are: (key, places) each, keys no `TileKey`."""
        self._extras = extras

    def refresh(self) -> None:
        """Asks for what is in view and for the extras."""
        self._ask(self._serve(self._view.map.wanted()))

    def let_go(self) -> None:
        """Nobody looks at the map any more: nothing is decoded, nothing is held back."""
        self._rest()

    @Slot()
    def _on_laid(self) -> None:
        self.settled = False
        self._view.map.invalidate()
        # Not a moment later, as the widget would ask: what is known is there in the same frame.
        self.refresh()

    @Slot()
    def _on_cleared(self) -> None:
        self.settled = False
        self._rest()

    @Slot(object)
    def _on_tiles_wanted(self, keys: list[TileKey]) -> None:
        self._ask(self._serve(keys))

    @Slot()
    def _on_view_changed(self) -> None:
        # What was asked for has left the view, and all that is in view is there.
        if self._asking and not self._view.map.wanted():
            self._rest()
            self.settled = True

    def _serve(self, keys: list[TileKey]) -> list[TileKey]:
        """Shows what is known of these tiles; returns the others."""
        origin = self._plane.origin
        if origin is None:
            return []
        missing = []
        for key in keys:
            image = self._cache.get(origin, DIGITS, key)
            if image is None:
                missing.append(key)
            else:
                self._view.map.set_tile(key, image)
        return missing

    def _ask(self, keys: list[TileKey]) -> None:
        if self._plane.origin is None:
            return
        wanted: list[tuple[object, np.ndarray]] = [(key, digit_centres(key)) for key in keys]
        wanted = [*self._extras(), *wanted]
        self.settled = not keys
        self._asking = bool(wanted)
        self._exploring.hold(HOLDER, bool(keys))
        if wanted:
            self._cartographer.ask_tiles(wanted)

    @Slot(object)
    def _on_tile(self, tile: Tile) -> None:
        origin = self._plane.stands(tile.version, tile.spec)
        if origin is None or not isinstance(tile.key, TileKey):
            return
        image = mosaic(tile.digits)
        self._cache.put(origin, DIGITS, tile.key, image)
        if origin == self._plane.origin:
            self._view.map.set_tile(tile.key, image)

    @Slot(str)
    def _on_finished(self, channel: str) -> None:
        if channel == "tiles" and self._asking:
            self._asking = False
            self._exploring.hold(HOLDER, False)
            self.settled = not self._view.map.wanted()

    def _rest(self) -> None:
        if self._asking:
            self._asking = False
            self._cartographer.forget("tiles")
        self._exploring.hold(HOLDER, False)
