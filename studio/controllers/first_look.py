"""What the sample grid shows: digits of the shipped model at first, those of the run later; and
what of them can be exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.controllers.exporting import ShownGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from studio.bridge.desk import Adopted, Desk
    from studio.controllers.exploring import ExploringController
    from studio.controllers.exporting import ExportController
    from studio.state.run_data import Grid
    from studio.state.run_state import RunState

FIRST = 64
"""Digits that are shown before anything has been trained here."""


class SampleGrid(Protocol):
    """The grid."""

    def set_images(self, images: np.ndarray) -> None: ...


class GridPage(Protocol):
    """Where the grid is."""

    @property
    def grid(self) -> SampleGrid: ...
    def set_grid_note(self, text: str) -> None: ...


class Reporter(Protocol):
    """Who shows the grids of a run."""

    grid_shown: SignalInstance


class FirstLook(QObject):
    """Lets the shipped model write until something is trained, and tells the export what is shown.

    Signals:
        exportable(bool, bool): whether there is a grid, and whether there is a run, to export.
    """

    exportable = Signal(bool, bool)

    def __init__(
        self,
        page: GridPage,
        state: RunState,
        desk: Desk,
        exploring: ExploringController,
        reporting: Reporter,
        exporting: ExportController,
        title: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page, self._state, self._desk = page, state, desk
        self._exploring, self._exporting, self._title = exploring, exporting, title
        exploring.adopted.connect(self._on_adopted)
        desk.sampled.connect(self._on_sampled)
        reporting.grid_shown.connect(self._on_grid_shown)

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        draws = adopted.abilities["sample"] and adopted.pictures != "points"
        if self._state.data is None and draws:
            self._desk.ask_samples(FIRST, seed=0)

    @Slot(object)
    def _on_sampled(self, images: np.ndarray) -> None:
        current = self._exploring.current
        if self._state.data is not None or current is None:
            return
        self._page.grid.set_images(images)
        self._page.set_grid_note(f"{self._exploring.line()}. {current.ways['sample']}")
        self._exporting.set_shown(
            ShownGrid(images, current.title, current.step, 0, current.data, {})
        )
        self.exportable.emit(True, False)

    @Slot(object)
    def _on_grid_shown(self, grid: Grid) -> None:
        data = self._state.data
        if data is None:
            return
        config = data.config
        self._exporting.set_shown(
            ShownGrid(
                grid.images,
                self._title(config.model),
                grid.step,
                config.seed,
                config.data,
                config.plain(),
            )
        )
        self.exportable.emit(True, True)
