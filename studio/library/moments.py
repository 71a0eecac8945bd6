"""The moments of a run that can be looked back at: fixed-noise grids, and the weights alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.library.format import pack_model
from studio.library.grids import pack_grid
from studio.library.run_folder import GRIDS, SNAPSHOTS
from studio.library.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data.disk import Disk
    from studio.engine.events import SamplesDrawn, SnapshotTaken
    from studio.library.format import ModelSpec

SNAPSHOT_LIMIT, GRID_LIMIT = 200, 400
SNAPSHOT_BUDGET = 256 * 2**20
"""Bytes that the snapshots of a run may take, unless the user says otherwise."""


class Moments:
    """Keeps as many of them as there is room for.

    Arguments:
        folder: Of the run.
        budget_bytes: What the snapshots may take.
        disk: All writing goes through it.

    Attributes:
        newest: The last grid that was drawn, kept or not.
    """

    def __init__(self, folder: Path, budget_bytes: int, disk: Disk) -> None:
        self._snapshots = Shelf(
            folder / SNAPSHOTS, limit=SNAPSHOT_LIMIT, budget_bytes=budget_bytes, disk=disk
        )
        self._grids = Shelf(folder / GRIDS, limit=GRID_LIMIT, disk=disk)
        self.newest: SamplesDrawn | None = None

    def snapshots(self) -> tuple[int, ...]:
        """The steps that have one, rising."""
        return self._snapshots.steps()

    def wants_grid(self, step: int) -> bool:
        """Whether enough has been played since the last one that is kept."""
        return self._grids.wants(step)

    def wants_snapshot(self, step: int) -> bool:
        """Whether enough has been played since the last one."""
        return self._snapshots.wants(step)

    def put_grid(self, event: SamplesDrawn) -> None:
        """Keeps a grid; OSError if it cannot be written."""
        self._grids.put(event.step, pack_grid(event.step, event.images, event.how))

    def put_snapshot(self, event: SnapshotTaken, spec: ModelSpec) -> None:
        """Keeps weights, and with them the grid of the same moment if that has been drawn, so that
        a look back shows what belongs together.

        Raises:
            OSError: they cannot be written.
            ValueError: they are not finite.
        """
        content, grid = pack_model(event.weights, spec), self.newest
        if grid is not None and grid.step == event.step and grid.step not in self._grids.steps():
            self.put_grid(grid)
        self._snapshots.put(event.step, content)

    def cut_back(self, step: int) -> None:
        """Takes away what is later, and what writes that were cut off have left.

        Raises:
            OSError: something cannot be taken away.
        """
        for shelf in (self._snapshots, self._grids):
            shelf.clean()
            shelf.drop_after(step)
