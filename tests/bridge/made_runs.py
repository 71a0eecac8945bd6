"""Small runs on the disk, written by the real recorder without any training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

import models
from models import ImageShape
from models.base import LossGuide
from studio.engine.config import TrainConfig
from studio.engine.events import (
    CheckpointTaken,
    Event,
    Finished,
    Losses,
    Measured,
    Phase,
    PhaseChanged,
    PlayerInfo,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    SnapshotTaken,
    StageChanged,
    StageInfo,
)
from studio.engine.progress import Progress
from studio.library.recorder import Recorder, record

SETTINGS = {"hidden": 8, "latent_dim": 2, "steps": 9}
GUIDE = LossGuide(rising="r", falling="f", steady="s", equilibrium=0.5)
PLAYER = PlayerInfo(
    "learner", "Encoder and decoder", "learner", "total", GUIDE, "learning_rate", "", 1e-3, 1, 99
)
STAGE = StageInfo("train", "Training", 1.0, "samples", (PLAYER,))


def a_run(folder: Path, *, suspended: bool = False) -> Path:
    """A run of nine rounds, or one that was suspended in the middle."""
    config = TrainConfig(
        model="vae", settings=models.spec("vae").config.from_values(SETTINGS), seed=3
    )
    end = 4 if suspended else 9
    torch.manual_seed(0)
    weights = models.create("vae", config.settings).state_dict()
    steps = np.arange(end)
    losses = {"learner": Losses(steps, {"total": np.full(end, 0.25)})}
    digits = np.arange(32 * 28 * 28, dtype=np.int64).reshape(32, 28, 28) % 251
    events: list[Event] = [
        RunStarted(0, 0, "vae", ImageShape(), (STAGE,), "cpu", 1),
        PhaseChanged(0, 0, Phase.RUNNING),
        StageChanged(0, 0, 0, STAGE),
        CheckpointTaken(0, 0, weights, Progress()),
        RoundsPlayed(0, end, losses, end / 2, 2.0, 9, 1.0, end / 9),
        SamplesDrawn(0, end, digits.astype(np.uint8), "how"),
        Measured(0, end, {"variety": 0.75, "strangeness": 1.5}),
        SnapshotTaken(0, end, weights, Progress(step=end), True),
        CheckpointTaken(0, end, weights, Progress(step=end, draws=end, seconds=end / 2)),
        Finished(0, end, True, not suspended, end / 2, suspended=suspended),
        PhaseChanged(0, end, Phase.FINISHED),
    ]
    list(record(iter(events), Recorder(folder, config)))
    return folder
