"""Moves the plane along the dimensions that it does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from studio.bridge.cartographer import Cartographer, Strip
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView

REST_MS = 250
"""Film strips show the middle of the view once it has rested so long."""


class OffsetController(QObject):
    """Keeps the sliders in step with the plane, and their film strips with the view."""

    def __init__(
        self,
        view: MapView,
        cartographer: Cartographer,
        plane: PlaneController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._cartographer, self._plane = view, cartographer, plane
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(REST_MS)
        self._resting.timeout.connect(self._ask)
        view.offsets.offset_changed.connect(self._on_offset_changed)
        view.offsets.reset.connect(self._on_reset)
        view.offsets.shown.connect(self._ask)
        view.offsets_toggled.connect(self._on_toggled)
        view.map.view_changed.connect(self._on_view_changed)
        plane.laid.connect(self._on_laid)
        cartographer.strip.connect(self._on_strip)

    @Slot()
    def _on_laid(self) -> None:
        ground = self._plane.ground
        assert ground is not None
        self._view.offsets.set_dimensions(ground.offset_names, ground.offset_values)
        self._view.offsets.set_moved(bool(ground.spec.offsets))
        self._view.set_other_dimensions(len(ground.offset_names))
        self._ask()

    @Slot(int, float)
    def _on_offset_changed(self, index: int, value: float) -> None:
        moved = {**dict(self._plane.spec.offsets), index: round(value, 4)}
        self._plane.move(tuple(sorted(moved.items())))

    @Slot()
    def _on_reset(self) -> None:
        self._plane.move(())

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        if on:
            self._ask()

    @Slot()
    def _on_view_changed(self) -> None:
        if self._view.offsets.isVisible():
            self._resting.start()

    @Slot()
    def _ask(self) -> None:
        indices = self._view.offsets.on_show()
        if self._plane.ground is not None and indices and self._view.offsets.isVisible():
            self._cartographer.ask_strips(indices, self._view.map.centre())

    @Slot(object)
    def _on_strip(self, strip: Strip) -> None:
        origin = self._plane.stands(strip.version, strip.spec)
        if origin is not None and origin == self._plane.origin:
            self._view.offsets.set_strip(strip.index, strip.values, strip.digits)
