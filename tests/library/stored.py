"""Whole runs on the disk, told to a recorder and not played: small, quick and always the same."""

from __future__ import annotations

from collections.abc import Iterator
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
    Intervened,
    Losses,
    Measured,
    PlayerInfo,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    SnapshotTaken,
    StageChanged,
    StageInfo,
)
from studio.engine.progress import OptimizerState, Progress
from studio.library.record import Label
from studio.library.recorder import Recorder, record
from studio.library.run_folder import write_label

SHAPE = ImageShape(1, 4, 4, 2)
_GUIDE = LossGuide(rising="r", falling="f", steady="s", equilibrium=0.5)
_PLAYER = PlayerInfo(
    "learner", "Encoder and decoder", "learner", "total", _GUIDE, "learning_rate", "", 1e-3, 1, 99
)
_STAGE = StageInfo("train", "Training", 1.0, "samples", (_PLAYER,))
STEPS = (0, 10, 20, 30)
"""At each of these the run was saved, drawn and copied; the last is its end."""


def config(seed: int = 3, hidden: int = 8) -> TrainConfig:
    """A tiny VAE."""
    values = {"hidden": hidden, "latent_dim": 2, "steps": STEPS[-1]}
    settings = models.spec("vae").config.from_values(values)
    return TrainConfig(model="vae", settings=settings, seed=seed, threads=1)


def weights(asked: TrainConfig, step: int) -> dict[str, torch.Tensor]:
    """The weights after `step` rounds."""
    torch.manual_seed(step)
    return models.create("vae", asked.settings, SHAPE).state_dict()


def events(asked: TrainConfig) -> Iterator[Event]:
    """All that such a run tells, from its begin to its end."""
    yield RunStarted(0, 0, "vae", SHAPE, (_STAGE,), "cpu", 1)
    yield StageChanged(0, 0, 0, _STAGE)
    before = 0
    for step in STEPS:
        if step:
            rounds = np.arange(before, step)
            losses = {"learner": Losses(rounds, {"total": rounds / 7})}
            yield RoundsPlayed(0, step, losses, step / 2, 2.0, STEPS[-1], 1.0, step / STEPS[-1])
            yield Intervened(0, step, "change", "beta", 1.0 + step)
            yield Measured(0, step, {"variety": step / 10})
        yield SamplesDrawn(0, step, np.full((4, 4, 4), step, np.uint8), "how")
        optimizer = OptimizerState({"0/exp_avg": torch.full((8, 16), 0.5)}, {"0/step": step})
        progress = Progress(step=step, seconds=step / 2, optimizers={"learner": optimizer})
        yield SnapshotTaken(0, step, weights(asked, step), Progress(step=step), True)
        yield CheckpointTaken(0, step, weights(asked, step), progress)
        before = step
    yield Finished(0, step, True, True, step / 2)


def make_run(folder: Path, asked: TrainConfig | None = None, *, name: str = "mine") -> Path:
    """A finished run with a label; its folder."""
    asked = asked or config()
    for _ in record(events(asked), Recorder(folder, asked)):
        pass
    write_label(folder, Label(name=name, notes="two\nlines", tags=("a", "b")))
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
