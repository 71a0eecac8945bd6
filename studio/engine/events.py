"""What a run tells the world. Frozen values, safe to hand across threads.

Every event carries the number of its run and the step, the count of rounds played so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

# The window hears of events before PyTorch has been loaded behind it.
if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from torch import Tensor

    from models.base import ImageShape, LossGuide, Role

__all__ = [
    "Event",
    "Failed",
    "Finished",
    "Intervened",
    "Losses",
    "Phase",
    "PhaseChanged",
    "PlayerInfo",
    "Preparing",
    "Refused",
    "RoundsPlayed",
    "RunStarted",
    "SamplesDrawn",
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
    """The first event: what will be played, where, and with how many CPU threads."""

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
    """A frozen copy of all weights and buffers, on the CPU, for explorers and for the disk."""

    run: int
    step: int
    weights: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Intervened:
    """Somebody changed the game: written into the run and onto the curves."""

    run: int
    step: int
    what: str  # round, move, freeze, thaw, change, pause, resume
    target: str  # a player, a setting, or ""
    value: object


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
    """The run ended by itself in a way that it should not; one sentence and what to do."""

    run: int
    step: int
    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The run ended: by its budget (`complete`) or by request; `keep` says whether to keep it."""

    run: int
    step: int
    keep: bool
    complete: bool
    seconds: float


Event = (
    Preparing
    | RunStarted
    | StageChanged
    | RoundsPlayed
    | SamplesDrawn
    | SnapshotTaken
    | Intervened
    | Refused
    | PhaseChanged
    | Failed
    | Finished
)
