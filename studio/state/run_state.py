"""What the user sees of the current run. Events in, signals out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.engine.events import (
    Event,
    Failed,
    Finished,
    Intervened,
    Phase,
    PhaseChanged,
    Preparing,
    Refused,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    SnapshotTaken,
    StageChanged,
    StageInfo,
)
from studio.state.history import PlayerHistory

if TYPE_CHECKING:
    import numpy as np

    from studio.engine.config import TrainConfig


News = dict[SignalInstance, tuple[object, ...]]
"""What changed: signals and what they carry."""

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
    """All that is known of one run."""

    config: TrainConfig
    phase: Phase = Phase.IDLE
    started: RunStarted | None = None
    stage: StageInfo | None = None
    stage_index: int = 0
    players: dict[str, PlayerHistory] = field(default_factory=dict)
    marks: list[Intervened] = field(default_factory=list)
    frozen: set[str] = field(default_factory=set)
    live: dict[str, object] = field(default_factory=dict)
    grid: Grid | None = None
    film: list[Grid] = field(default_factory=list)
    snapshot: SnapshotTaken | None = None
    pace: Pace = field(default_factory=Pace)
    finished: Finished | None = None


class RunState(QObject):
    """The current run, or None before the first."""

    begun = Signal()
    phase_changed = Signal()
    prepared = Signal(str, float)
    stage_changed = Signal()
    progressed = Signal()
    grid_changed = Signal()
    intervened = Signal()
    snapshot_taken = Signal()
    refused = Signal(str)
    failed = Signal(str)
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.data: RunData | None = None

    @property
    def phase(self) -> Phase:
        """Where the current run is; idle before the first."""
        return Phase.IDLE if self.data is None else self.data.phase

    @property
    def active(self) -> bool:
        """Whether a training thread is at work or paused."""
        return self.phase in (Phase.LOADING, Phase.RUNNING, Phase.PAUSED)

    def follow(self, config: TrainConfig) -> None:
        """Shows a new run from its beginning; events of any other run are ignored from now on."""
        self.data = RunData(config, phase=Phase.LOADING)
        self.begun.emit()
        self.phase_changed.emit()

    @Slot(object)
    def apply(self, events: list[Event]) -> None:
        """Takes in what happened and tells of each kind of news once."""
        news: News = {}
        for event in events:
            # The one place where late events of an older run are dropped.
            if self.data is not None and event.run == self.data.config.run:
                news.update(self._take(self.data, event))
        for signal, values in news.items():
            signal.emit(*values)

    def _take(self, data: RunData, event: Event) -> News:
        match event:
            case Preparing(message=message, fraction=fraction):
                return {self.prepared: (message, fraction)}
            case RunStarted():
                data.started = event
            case StageChanged(index=index, stage=stage):
                data.stage, data.stage_index = stage, index
                return {self.stage_changed: ()}
            case RoundsPlayed():
                for player, losses in event.losses.items():
                    history = data.players.setdefault(player, PlayerHistory())
                    history.extend(losses.steps, losses.terms)
                data.pace = Pace(
                    event.step,
                    event.total_steps,
                    event.rate,
                    event.seconds,
                    event.seconds_left,
                    event.progress,
                )
                return {self.progressed: ()}
            case SamplesDrawn(step=step, images=images, how=how):
                data.grid = Grid(images, step, how)
                data.film.append(data.grid)
                if len(data.film) > FILM_FRAMES:
                    # Every second frame goes: the film keeps its whole span, coarser.
                    data.film = data.film[::2]
                return {self.grid_changed: ()}
            case SnapshotTaken():
                data.snapshot = event
                return {self.snapshot_taken: ()}
            case Intervened(what=what, target=target, value=value):
                data.marks.append(event)
                if what == "freeze":
                    data.frozen.add(target)
                elif what == "thaw":
                    data.frozen.discard(target)
                elif what == "change":
                    data.live[target] = value
                return {self.intervened: ()}
            case Refused(message=message):
                return {self.refused: (message,)}
            case PhaseChanged(phase=phase):
                data.phase = phase
                return {self.phase_changed: ()}
            case Failed(message=message):
                return {self.failed: (message,)}
            case Finished():
                data.finished = event
                return {self.finished: ()}
        return {}
