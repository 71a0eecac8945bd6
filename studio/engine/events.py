"""What a run tells the world. Frozen values, safe to hand across threads.

Every event carries the number of its run and the step, the count of rounds played so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

# The window hears of events before PyTorch has been loaded behind it.
if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from torch import Tensor

    from models.base import ImageShape, LossGuide, Role
    from studio.engine.progress import Progress

__all__ = [
    "Alarmed",
    "CheckpointTaken",
    "Event",
    "Failed",
    "Finished",
    "Intervened",
    "Losses",
    "Measured",
    "Moved",
    "Noticed",
    "Phase",
    "PhaseChanged",
    "PlayerInfo",
    "Preparing",
    "Recording",
    "Refused",
    "RoundsPlayed",
    "RunStarted",
    "SamplesDrawn",
    "Saved",
    "SnapshotTaken",
    "StageChanged",
    "StageInfo",
]


class Phase(StrEnum):
    """Where a run is.

    idle -> loading -> running <-> paused, and from each of them -> finished or failed.
    """

    IDLE = "idle"
    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PlayerInfo:
    """A player without its tensors."""

    name: str
    title: str
    role: Role
    shown: str
    guide: LossGuide
    rate_field: str
    moves_field: str
    learning_rate: float
    moves_per_round: int
    parameters: int


@dataclass(frozen=True, slots=True)
class StageInfo:
    """A stage without its tensors; `share` is its part of the whole budget."""

    name: str
    title: str
    share: float
    preview: str
    players: tuple[PlayerInfo, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """A player's terms at consecutive moves: `terms[name][i]` belongs to round `steps[i]`.

    Where a player moves several times in a round, the mean over its moves.
    """

    steps: np.ndarray
    terms: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Preparing:
    """Before the first round: what is being made ready, and how far it is, in [0, 1]."""

    run: int
    step: int
    message: str
    fraction: float


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first event of the loop: what will be played, where, and with how many CPU threads.

    `step` is above zero where a run goes on or branches off another.
    """

    run: int
    step: int
    model: str
    shape: ImageShape
    stages: tuple[StageInfo, ...]
    device: str
    threads: int


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A stage begins; `index` counts from 0."""

    run: int
    step: int
    index: int
    stage: StageInfo


@dataclass(frozen=True, slots=True)
class RoundsPlayed:
    """What happened since the last one, at most 30 times a second.

    Attributes:
        losses: By player.
        seconds: Time spent training, pauses left out.
        rate: Rounds per second, recently.
        total_steps: The budget in rounds, or None when it is given in seconds.
        seconds_left: Estimate, or None while unknown.
        progress: Share of the whole budget, in [0, 1].
    """

    run: int
    step: int
    losses: Mapping[str, Losses]
    seconds: float
    rate: float
    total_steps: int | None
    seconds_left: float | None
    progress: float


@dataclass(frozen=True, slots=True)
class SamplesDrawn:
    """The fixed-noise grid: uint8 (N, H, W) or (N, H, W, 3), and how it was made."""

    run: int
    step: int
    images: np.ndarray
    how: str


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """A frozen copy of all weights and buffers, on the CPU, for explorers and for the timeline.

    Attributes:
        progress: Where the training stood, without the memory of its optimizers.
        wanted: Somebody asked for it, or something happened (pause, stage, end): it is kept on the
            timeline however close the last one is.
    """

    run: int
    step: int
    weights: Mapping[str, Tensor]
    progress: Progress
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class CheckpointTaken:
    """All that it takes to go on exactly here; every loss before `step` has been told already.

    For the disk alone: recorders take it out of the stream.
    """

    run: int
    step: int
    weights: Mapping[str, Tensor]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Measured:
    """What the instruments read at this step, by name; `studio.instruments.gauges` knows them."""

    run: int
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Alarmed:
    """An instrument's rule has been met: which one, whether it begins or ends, and the sentence."""

    run: int
    step: int
    rule: str
    begins: bool
    message: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The run is written down from now on; `folder` is where."""

    run: int
    step: int
    folder: str


@dataclass(frozen=True, slots=True)
class Saved:
    """Something new lies safely on the disk.

    Attributes:
        checkpoint: The step from which the run can go on, or None before the first.
        snapshots: The steps whose weights are on the timeline, rising.
    """

    run: int
    step: int
    checkpoint: int | None
    snapshots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something about the run that its user should know, in one sentence; it goes on.

    `saving` is False where saving has begun to fail, True where it works again, and None where the
    sentence is about something else.
    """

    run: int
    step: int
    message: str
    saving: bool | None = None


@dataclass(frozen=True, slots=True)
class Intervened:
    """Somebody changed the game: written into the run and onto the curves."""

    run: int
    step: int
    what: str  # round, move, freeze, thaw, change, pause, resume
    target: str  # a player, a setting, or ""
    value: object


@dataclass(frozen=True, slots=True)
class Moved:
    """A player has just moved, in slow motion or by hand: so slow that it can be shown."""

    run: int
    step: int
    player: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An intervention that is not possible, in one sentence; the run goes on."""

    run: int
    step: int
    message: str


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The run entered a phase."""

    run: int
    step: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ended by itself in a way that it should not; one sentence and what to do.

    Attributes:
        cause: `diverged` where a loss or weight is not finite, `memory` where it ran out.
        good: The step of the last good checkpoint on the disk, None where there is none. The
            engine does not know it; the recorder fills it in.
    """

    run: int
    step: int
    message: str
    cause: Literal["error", "diverged", "memory"] = "error"
    good: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The run ended: by its budget (`complete`) or by request; `keep` says whether to keep it.

    `suspended`: nobody wanted it to end, the program was closing.
    """

    run: int
    step: int
    keep: bool
    complete: bool
    seconds: float
    suspended: bool = False


Event = (
    Preparing
    | RunStarted
    | StageChanged
    | RoundsPlayed
    | SamplesDrawn
    | SnapshotTaken
    | CheckpointTaken
    | Measured
    | Moved
    | Alarmed
    | Recording
    | Saved
    | Intervened
    | Refused
    | Noticed
    | PhaseChanged
    | Failed
    | Finished
)
