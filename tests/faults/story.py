"""A run that is told, not played: its events follow from the step, so that what lies on a disk can
be held against what ought to lie there. Its images have 4 x 4 pixels, so that it is quick."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import torch

import models
from models import ImageShape
from models.base import LossGuide
from studio.engine.config import TrainConfig
from studio.engine.events import (
    Alarmed,
    CheckpointTaken,
    Event,
    Finished,
    Intervened,
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
from studio.engine.progress import OptimizerState, Progress, Start
from studio.library.opening import load_model, load_start, open_run, read_grid
from studio.library.run_folder import SNAPSHOTS, numbered
from studio.library.verify import verify

APART = 10
"""Rounds between two saves."""

SHAPE = ImageShape(1, 4, 4, 2)
CONFIG = TrainConfig(
    model="vae",
    settings=models.spec("vae").config.from_values({"hidden": 8, "latent_dim": 2, "steps": 1_000}),
    seed=3,
    threads=1,
)
_GUIDE = LossGuide(rising="r", falling="f", steady="s", equilibrium=0.5)
_PLAYER = PlayerInfo(
    "learner", "Encoder and decoder", "learner", "total", _GUIDE, "learning_rate", "", 1e-3, 1, 99
)
_STAGE = StageInfo("train", "Training", 1.0, "samples", (_PLAYER,))
_SHAPES = {
    name: tuple(tensor.shape)
    for name, tensor in models.create("vae", CONFIG.settings, SHAPE).state_dict().items()
}


def weights(step: int) -> dict[str, torch.Tensor]:
    """The weights after `step` rounds."""
    dice = torch.Generator().manual_seed(step)
    return {name: torch.randn(shape, generator=dice) for name, shape in _SHAPES.items()}


def losses(first: int, last: int) -> np.ndarray:
    """What the rounds from `first` to `last` - 1 cost; no two alike, none of them round."""
    return np.sqrt(np.arange(first, last) + 0.1).astype(np.float32)


def grid(step: int) -> np.ndarray:
    """The grid after `step` rounds."""
    return np.full((4, 4, 4), step % 256, np.uint8)


def progress(step: int, waited: float = 0.0) -> Progress:
    moment = torch.full((8, 16), 0.5 + step)
    optimizers = {"learner": OptimizerState({"0/exp_avg": moment}, {"0/step": step})}
    return Progress(step=step, draws=2 * step, seconds=step / 2 + waited, optimizers=optimizers)


def beginning(step: int = 0) -> list[Event]:
    """What comes before the first save of a run that begins or goes on."""
    return [
        RunStarted(0, step, "vae", SHAPE, (_STAGE,), "cpu", 1),
        PhaseChanged(0, step, Phase.RUNNING),
        StageChanged(0, step, 0, _STAGE),
        *moment(step),
    ]


def moment(step: int) -> list[Event]:
    """A grid, a snapshot and a checkpoint of one step; every third one twice, as where a training
    is paused and then stopped: all is as it was, but for the time."""
    times = (0.0, 0.25) if step % (3 * APART) == 0 else (0.0,)
    return [
        event
        for waited in times
        for event in (
            SamplesDrawn(0, step, grid(step), "how"),
            SnapshotTaken(0, step, weights(step), progress(step), wanted=True),
            CheckpointTaken(0, step, weights(step), progress(step, waited)),
        )
    ]


def rounds(first: int, last: int) -> list[Event]:
    """What was played, and what else the log keeps."""
    steps, middle = np.arange(first, last), (first + last) // 2
    told: list[Event] = []
    for part in (steps[: middle - first], steps[middle - first :]):
        begin, end = int(part[0]), int(part[-1]) + 1
        played = {"learner": Losses(part, {"total": losses(begin, end)})}
        told.append(RoundsPlayed(0, end, played, end / 2, 2.0, 1_000, 1.0, end / 1_000))
    told.append(Intervened(0, last, "change", "beta", 1 + last / 7))
    told.append(Measured(0, last, {"variety": last / 3}))
    told.append(Alarmed(0, last, "collapse", bool(last % 20), "They look alike."))
    return told


def story(saves: int, *, first: int = 0) -> Iterator[Event]:
    """A run of `saves` saves after the one at its beginning, with its end."""
    yield from beginning(first)
    last = first + saves * APART
    for step in range(first + APART, last + 1, APART):
        yield from rounds(step - APART, step)
        yield from moment(step)
    yield Finished(0, last, True, True, last / 2)
    yield PhaseChanged(0, last, Phase.FINISHED)


def check_sound(
    folder: Path,
    *,
    least: int,
    snapshots: Collection[int] = (),
    damaged: Collection[str] = (),
    verified: bool = True,
) -> int:
    """Insists that a run opens without complaint, tells nothing wrong and lacks nothing.

    Arguments:
        least: The step until which it was said to be saved.
        snapshots: Steps whose snapshots were said to be saved.
        damaged: Names of files that were damaged before, and may lie there still.
        verified: Whether to read every byte, too.

    Returns:
        The step from which it can go on.
    """
    run = open_run(folder)
    assert not run.problems, run.problems
    if verified:
        report = verify(folder)
        bad = {file.name for file in report.files if file.state in ("damaged", "missing")}
        assert bad <= set(damaged), report.problems
        assert not [file.name for file in report.files if file.state == "unknown"]
    restart = load_start(folder)
    step = restart.start.progress.step
    assert step >= least, f"saved until step {least:,}, and only step {step:,} is there"
    assert restart.checkpoint is not None
    assert restart.config.settings == CONFIG.settings
    insist_on_start(restart.start)

    assert run.head.checkpoint is not None
    assert run.head.step >= step
    assert run.head.checkpoint.step == step
    if step:
        curves = run.log.players["learner"]
        assert curves.steps.tolist() == list(range(run.head.step))
        assert np.array_equal(curves.terms["total"], losses(0, run.head.step))
    assert [mark.step for mark in run.log.marks] == list(range(APART, run.head.step + 1, APART))

    assert set(snapshots) <= set(run.snapshots)
    for at in run.snapshots:
        content = numbered(folder, SNAPSHOTS, at).read_bytes()
        if (at, content) not in _SOUND:
            loaded = load_model(folder, at)
            assert loaded.step == at
            _insist_equal(dict(loaded.model.state_dict()), weights(at))
            _SOUND.add((at, content))
    for at in run.grids:
        assert np.array_equal(read_grid(run, at).images, grid(at))
    return step


_SOUND: set[tuple[int, bytes]] = set()
"""Snapshots that have been looked into already: most crash states have most of them in common."""


def insist_on_start(start: Start) -> None:
    """Insists that a training would go on as it should at its step."""
    kept, meant = start.progress, progress(start.progress.step)
    _insist_equal(start.weights, weights(kept.step))
    assert kept.draws == meant.draws
    assert kept.seconds - meant.seconds in (0.0, 0.25)
    (player,) = kept.optimizers
    _insist_equal(kept.optimizers[player].tensors, meant.optimizers[player].tensors)
    assert kept.optimizers[player].numbers == meant.optimizers[player].numbers


def _insist_equal(found: object, meant: dict[str, torch.Tensor] | object) -> None:
    assert isinstance(found, dict)
    assert isinstance(meant, dict)
    assert found.keys() == meant.keys()
    for name, tensor in meant.items():
        assert torch.equal(found[name], tensor), name
