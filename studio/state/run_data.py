"""All that is known of one run, and what of it was known at an earlier step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.engine.events import Phase
from studio.state.film import frame_at, thinned
from studio.state.history import PlayerHistory, Series

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from studio.engine.config import TrainConfig
    from studio.engine.events import (
        Alarmed,
        Failed,
        Finished,
        Intervened,
        Noticed,
        RunStarted,
        SnapshotTaken,
        StageInfo,
    )

FILM_FRAMES = 240
"""Grids kept for the film, at most."""


@dataclass(frozen=True)
class Pace:
    """Where the run is and how fast it goes; see `engine.events.RoundsPlayed`."""

    step: int = 0
    total_steps: int | None = None
    rate: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    progress: float = 0.0


@dataclass
class Grid:
    """The fixed-noise grid: uint8 (N, H, W), its step and how it was drawn."""

    images: np.ndarray
    step: int
    how: str


@dataclass
class RunData:
    """One run, while it trains or as it was read from the disk.

    Attributes:
        folder: Where it is written down; empty before that begins.
        snapshots: The steps whose weights lie on the disk, rising.
        checkpoint: The step from which it can go on, if any.
        measures: By name.
        stage_marks: The step at which each stage began.
        snapshot: The newest weights, in memory.
        failure: Why it ended by itself, if it did.
    """

    config: TrainConfig
    phase: Phase = Phase.IDLE
    folder: str = ""
    started: RunStarted | None = None
    stage: StageInfo | None = None
    stage_marks: list[tuple[int, StageInfo]] = field(default_factory=list)
    players: dict[str, PlayerHistory] = field(default_factory=dict)
    measures: dict[str, Series] = field(default_factory=dict)
    marks: list[Intervened] = field(default_factory=list)
    alarms: list[Alarmed] = field(default_factory=list)
    notices: list[Noticed] = field(default_factory=list)
    frozen: set[str] = field(default_factory=set)
    live: dict[str, object] = field(default_factory=dict)
    grid: Grid | None = None
    film: list[Grid] = field(default_factory=list)
    snapshot: SnapshotTaken | None = None
    snapshots: tuple[int, ...] = ()
    checkpoint: int | None = None
    pace: Pace = field(default_factory=Pace)
    finished: Finished | None = None
    failure: Failed | None = None

    @property
    def unsaved(self) -> bool:
        """Whether what is being learned cannot be saved at the moment."""
        told = [notice.saving for notice in self.notices if notice.saving is not None]
        return bool(told) and not told[-1]

    def frame_at(self, step: int) -> Grid | None:
        """The grid as it was at a step: the last one drawn by then."""
        return frame_at(self.film, step)

    def stage_at(self, step: int) -> StageInfo | None:
        """The stage that was being played at a step."""
        begun = [stage for began, stage in self.stage_marks if began <= step]
        return begun[-1] if begun else self.stage

    def measure_at(self, step: int) -> dict[str, float]:
        """The measurements as they were at a step, by name; what was not yet taken is missing."""
        known = {name: series.at(step) for name, series in self.measures.items()}
        return {name: value for name, value in known.items() if value is not None}

    def snapshot_at(self, step: int) -> int | None:
        """The step of the newest weights at or before `step`, or of the first ones there are."""
        before = [s for s in self.snapshots if s <= step]
        return before[-1] if before else next(iter(self.snapshots), None)

    def show_grid(self, grid: Grid) -> None:
        """Takes in a newer grid; one that was drawn again at the same step replaces the older."""
        self.grid = grid
        earlier = [frame for frame in self.film if frame.step < grid.step]
        self.film = thinned([*earlier, grid], FILM_FRAMES)

    def enter(self, step: int, stage: StageInfo) -> None:
        """A stage begins, or goes on where the run was interrupted."""
        self.stage = stage
        if not self.stage_marks or self.stage_marks[-1][1].name != stage.name:
            self.stage_marks.append((step, stage))

    def measure(self, step: int, values: Mapping[str, float]) -> None:
        """Takes in measurements."""
        for name, value in values.items():
            self.measures.setdefault(name, Series()).append(step, value)

    def cut(self, step: int) -> None:
        """Forgets what happened after a step: the run goes on from there."""
        for history in self.players.values():
            history.cut(step)
        for series in self.measures.values():
            series.cut(step)
        self.marks = [mark for mark in self.marks if mark.step <= step]
        self.alarms = [alarm for alarm in self.alarms if alarm.step <= step]
        self.stage_marks = [mark for mark in self.stage_marks if mark[0] <= step]
        self.film = [frame for frame in self.film if frame.step <= step]
        self.snapshots = tuple(s for s in self.snapshots if s <= step)
        if self.grid is not None and self.grid.step > step:
            self.grid = self.film[-1] if self.film else None
