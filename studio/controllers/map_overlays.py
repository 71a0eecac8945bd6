"""What lies over the digits of the map: heat or regions, and the encoded test digits."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from studio.state.tiles import TileKey, digit_centres, spacing

if TYPE_CHECKING:
    from studio.bridge.cartographer import Cartographer, Points, Shade
    from studio.controllers.exploring import ExploringController
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView
    from studio.engine.ground import ShadeKind
    from studio.state.tile_cache import Origin, TileCache

HOLDER = "shades"
KEPT = 64
"""Sets of points that are remembered."""


class OverlayController(QObject):
    """Answers `shades_wanted`, from the cache where it can, and brings the test digits.

    Attributes:
        kind: What the user wants laid over the digits; "" for nothing. Where a model does not
            allow it, nothing lies there until another model comes.
        settled: All of it is there.
        points: The test digits as they lie, or None.

    Signals:
        points_changed(): `points` are others.
        refused(str): one sentence for the user.
    """

    points_changed = Signal()
    refused = Signal(str)

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
        self.kind, self._shown = "", ""
        self.settled = True
        self.points: Points | None = None
        self._known: OrderedDict[Origin, Points] = OrderedDict()
        view.overlay_chosen.connect(self._on_overlay_chosen)
        view.map.tiles_wanted.connect(self._on_tiles_wanted)
        view.map.shades_wanted.connect(self._on_shades_wanted)
        plane.laid.connect(self._on_laid)
        plane.cleared.connect(self._on_cleared)
        cartographer.shade.connect(self._on_shade)
        cartographer.points.connect(self._on_points)
        cartographer.finished.connect(self._on_finished)
        cartographer.refused.connect(self._on_refused)

    # Heat and regions

    @Slot(str)
    def _on_overlay_chosen(self, kind: str) -> None:
        self.kind = self._shown = kind
        self.settled = not kind
        if not kind:
            self._cartographer.forget("shades")
            self.let_go()

    def let_go(self) -> None:
        """Newer weights may come."""
        self._exploring.hold(HOLDER, False)

    def show(self, kind: str) -> None:
        """Lays something else over the digits, where this model allows it."""
        self.kind = kind
        self._show_possible()

    def _show_possible(self) -> None:
        ground = self._plane.ground
        if ground is None:
            return
        reasons = {choice.kind: "" if choice.possible else choice.note for choice in ground.shades}
        self._view.set_overlays(reasons)
        shown = "" if reasons.get(self.kind) else self.kind
        if shown != self._shown:
            self._shown = shown
            self._view.set_overlay(shown)
        self.settled = not shown

    @Slot(object)
    def _on_tiles_wanted(self, keys: list[TileKey]) -> None:
        # What lies over the digits comes after them: until it has, no weights may come between, or
        # a slow one would begin again with each snapshot and never be there.
        if self._shown and self._view.map.wanted():
            self._exploring.hold(HOLDER, True)

    @Slot(object)
    def _on_shades_wanted(self, keys: list[TileKey]) -> None:
        origin, kind = self._plane.origin, self._shown
        if origin is None or not kind:
            return
        missing = []
        for key in keys:
            values = self._cache.get(origin, kind, key)
            if values is None:
                missing.append(key)
            else:
                self._view.map.set_shade(key, values)
        self.settled = not missing
        self._exploring.hold(HOLDER, bool(missing))
        self._cartographer.ask_shades(
            cast("ShadeKind", kind),
            [(key, digit_centres(key), spacing(key.level)) for key in missing],
        )

    @Slot(object)
    def _on_shade(self, shade: Shade) -> None:
        origin = self._plane.stands(shade.version, shade.spec)
        if origin is None or not isinstance(shade.key, TileKey):
            return
        self._cache.put(origin, shade.kind, shade.key, shade.values)
        if origin == self._plane.origin and shade.kind == self._shown:
            self._view.map.set_shade(shade.key, shade.values)

    @Slot(str)
    def _on_finished(self, channel: str) -> None:
        if channel == "shades":
            self.settled = not self._view.map.shades_missing()
            self.let_go()
        elif channel == "tiles" and not (self._shown and self._view.map.shades_missing()):
            self.let_go()

    @Slot(str, str)
    def _on_refused(self, channel: str, sentence: str) -> None:
        if channel == "shades":
            self.settled = True
            self.let_go()
            self.refused.emit(sentence)

    # Points

    @Slot()
    def _on_laid(self) -> None:
        self._show_possible()
        origin, adopted = self._plane.origin, self._plane.adopted
        assert origin is not None
        assert adopted is not None
        if self._plane.ground is not None and not self._plane.ground.dim:
            # On a sheet of samples no digit has a place; as corners they are still of use.
            self._view.set_points(None, None)
        elif origin in self._known:
            self._set_points(self._known[origin])
        # Where each code is a search of seconds, points of a training lie as they lay before.
        elif adopted.encodes_fast or self.points is None or not self._exploring.training:
            self._cartographer.ask_points()

    @Slot()
    def _on_cleared(self) -> None:
        self.let_go()
        self._set_points(None)

    @Slot(object)
    def _on_points(self, points: Points) -> None:
        origin = self._plane.stands(points.version, points.spec)
        if origin is None or origin != self._plane.origin:
            return
        self._known[origin] = points
        self._known.move_to_end(origin)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        self._set_points(points)

    def _set_points(self, points: Points | None) -> None:
        self.points = points
        if points is None or not len(points.places):
            self._view.set_points(None, None)
        else:
            self._view.set_points(points.places, points.labels, points.images)
        self.points_changed.emit()
