"""What is drawn on the map: a region with what it holds, and a path with the digits along it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from studio.state.paths import length, resample

if TYPE_CHECKING:
    import numpy as np

    from studio.bridge.cartographer import Cartographer, Path, Region
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView

FRAMES = 60
PER_SECOND = 12


class LineController(QObject):
    """Asks what a lasso holds and what lies along a path, again for newer weights.

    Attributes:
        region: Corners (m, 2) of the lasso, or None.
        places: The places (n, 2) of the frames of the path, or None.
        frames: Their digits, uint8 (n, 28, 28), or None until they are there.
    """

    def __init__(
        self,
        view: MapView,
        cartographer: Cartographer,
        plane: PlaneController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._cartographer, self._plane = view, cartographer, plane
        self.region: np.ndarray | None = None
        self.places: np.ndarray | None = None
        self.frames: np.ndarray | None = None
        self._line: np.ndarray | None = None
        self._count = FRAMES
        self._drawn_on: object = None
        view.map.lasso_drawn.connect(self._on_lasso_drawn)
        view.map.path_drawn.connect(self._on_path_drawn)
        view.lasso.closed.connect(self._on_lasso_closed)
        view.path.closed.connect(self._on_path_closed)
        view.path.count_changed.connect(self._on_count_changed)
        view.path.frame_shown.connect(self._on_frame_shown)
        plane.laid.connect(self._on_laid)
        plane.cleared.connect(self._on_cleared)
        cartographer.region.connect(self._on_region)
        cartographer.path.connect(self._on_path)
        cartographer.refused.connect(self._on_refused)

    # A region

    @Slot(object)
    def _on_lasso_drawn(self, polygon: np.ndarray) -> None:
        self.region = polygon
        self._view.map.set_lasso(polygon)
        self._view.lasso.set_busy("Counting what lies in the region.")
        self._view.show_lasso()
        self._cartographer.ask_region(polygon)

    @Slot(object)
    def _on_region(self, answer: Region) -> None:
        if self.region is None or self._plane.stands(answer.version, answer.spec) is None:
            return
        stats = answer.stats
        self._view.lasso.set_stats(
            stats.test_shares,
            stats.test_count,
            stats.read_shares,
            stats.mean_certainty,
            stats.area,
        )

    @Slot()
    def _on_lasso_closed(self) -> None:
        self.region = None
        self._view.map.set_lasso(None)
        self._cartographer.forget("region")

    # A path

    @Slot(object)
    def _on_path_drawn(self, line: np.ndarray) -> None:
        self._line = line
        self.frames = None
        self._view.map.set_path(line)
        self._view.path.set_frames(None)
        self._view.show_path()
        self._ask_path()

    @Slot(int)
    def _on_count_changed(self, count: int) -> None:
        self._count = count
        if self._line is not None:
            self._ask_path()

    def _ask_path(self) -> None:
        assert self._line is not None
        self.show_note()
        self._cartographer.ask_path(resample(self._line, self._count))

    def show_note(self) -> None:
        """Says how long the path is, in space and in time."""
        if self._line is None:
            return
        seconds = self._count / PER_SECOND
        self._view.path.set_note(
            f"{length(self._line):.3g} units in {self._count:,} frames, {seconds:.3g} seconds."
        )

    @Slot(object)
    def _on_path(self, path: Path) -> None:
        if self._line is None or self._plane.stands(path.version, path.spec) is None:
            return
        self.places, self.frames = path.places, path.digits
        self._view.path.set_frames(path.digits)

    @Slot(int)
    def _on_frame_shown(self, number: int) -> None:
        if self.places is not None and number < len(self.places):
            x, y = self.places[number]
            self._view.map.set_play_mark(float(x), float(y))

    @Slot()
    def _on_path_closed(self) -> None:
        self._line = self.places = self.frames = None
        self._view.map.set_path(None)
        self._cartographer.forget("path")

    # Plane and weights

    @Slot()
    def _on_laid(self) -> None:
        if self._drawn_on != self._plane.identity:
            # What was drawn on another plane means nothing on this one.
            self._forget()
        if self.region is not None:
            self._cartographer.ask_region(self.region)
        if self._line is not None:
            self._ask_path()

    @Slot()
    def _on_cleared(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._drawn_on = self._plane.identity
        if self.region is not None or self._line is not None:
            self.region = self._line = self.places = self.frames = None
            self._view.map.set_lasso(None)
            self._view.map.set_path(None)
            self._view.close_lines()

    @Slot(str, str)
    def _on_refused(self, channel: str, sentence: str) -> None:
        if channel == "region" and self.region is not None:
            self._view.lasso.set_busy(sentence)
        elif channel == "path" and self._line is not None:
            self._view.path.set_note(sentence)
