"""What the user sees of the current run. Events in, signals out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.engine.events import (
    Alarmed,
    Event,
    Failed,
    Finished,
    Intervened,
    Measured,
    Moved,
    Noticed,
    Phase,
    PhaseChanged,
    Preparing,
    Recording,
    Refused,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    Saved,
    SnapshotTaken,
    StageChanged,
)
from studio.state.history import PlayerHistory
from studio.state.run_data import FILM_FRAMES, Grid, Pace, RunData

if TYPE_CHECKING:
    from studio.engine.config import TrainConfig

__all__ = ["FILM_FRAMES", "Grid", "Pace", "RunData", "RunState"]

News = dict[SignalInstance, tuple[object, ...]]
"""What changed: signals and what they carry."""


class RunState(QObject):
    """The current run, or None before the first."""

    begun = Signal()
    phase_changed = Signal()
    prepared = Signal(str, float)
    stage_changed = Signal()
    progressed = Signal()
    grid_changed = Signal()
    measured = Signal()
    alarmed = Signal()
    intervened = Signal()
    moved = Signal(str)
    """Who has just moved, where moves are so slow that they can be shown."""
    snapshot_taken = Signal()
    recording = Signal()
    """It is being written down; `data.folder` says where."""
    saved = Signal()
    noticed = Signal(object)  # Noticed
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

    def show(self, data: RunData) -> None:
        """Shows a run that was read from the disk and that nobody plays."""
        assert data.phase in (Phase.IDLE, Phase.FINISHED, Phase.FAILED)
        assert not self.active, "the run that is being played would be lost from sight"
        self._present(data)

    def resume(self, data: RunData, config: TrainConfig) -> None:
        """Follows a run that goes on: what was read from the disk stays, and news are appended.

        The loop says in its first event from which step; what was known beyond it is forgotten.
        """
        data.config = config
        data.phase, data.finished, data.failure = Phase.LOADING, None, None
        self._present(data)

    def _present(self, data: RunData) -> None:
        self.data = data
        self.begun.emit()
        self.phase_changed.emit()
        if data.stage is not None:
            self.stage_changed.emit()
        for signal in (self.progressed, self.intervened, self.measured, self.alarmed, self.saved):
            signal.emit()
        if data.grid is not None:
            self.grid_changed.emit()
        if data.snapshot is not None:
            self.snapshot_taken.emit()

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
            case RoundsPlayed() | SamplesDrawn() | Measured() | Alarmed() | Saved():
                return self._take_history(data, event)
            case Preparing(message=message, fraction=fraction):
                return {self.prepared: (message, fraction)}
            case Recording(folder=folder):
                data.folder = folder
                return {self.recording: ()}
            case RunStarted(step=step):
                data.started = event
                data.cut(step)
            case StageChanged(step=step, stage=stage):
                data.enter(step, stage)
                return {self.stage_changed: ()}
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
            case Moved(player=player):
                return {self.moved: (player,)}
            case Noticed():
                data.notices.append(event)
                return {self.noticed: (event,)}
            case Refused(message=message):
                return {self.refused: (message,)}
            case PhaseChanged(phase=phase):
                data.phase = phase
                return {self.phase_changed: ()}
            case Failed(message=message):
                data.failure = event
                return {self.failed: (message,)}
            case Finished():
                data.finished = event
                if event.keep:
                    return {self.finished: ()}
                # It lies in the trash: nothing can be read or branched there any more.
                data.folder, data.snapshots, data.checkpoint = "", (), None
                return {self.saved: (), self.finished: ()}
        return {}

    def _take_history(
        self, data: RunData, event: RoundsPlayed | SamplesDrawn | Measured | Alarmed | Saved
    ) -> News:
        """What the timeline can be dragged over."""
        match event:
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
                data.show_grid(Grid(images, step, how))
                return {self.grid_changed: ()}
            case Measured(step=step, values=values):
                data.measure(step, values)
                return {self.measured: ()}
            case Alarmed():
                data.alarms.append(event)
                return {self.alarmed: ()}
            case Saved(checkpoint=checkpoint, snapshots=snapshots):
                data.checkpoint, data.snapshots = checkpoint, snapshots
                return {self.saved: ()}
