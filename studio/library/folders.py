"""What a recorder does with the folder of a run before, after and apart from saving."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import torch

import models
from studio.data.atomic import sync_folder, write_atomically
from studio.library import VERSION
from studio.library.container import read
from studio.library.exports.caption import Caption
from studio.library.exports.grid import sample_grid_bytes
from studio.library.files import reason
from studio.library.lock import LOCK
from studio.library.log import MAX_LOG, Log, read_log, trim
from studio.library.opening import head_or_recovered
from studio.library.run_folder import (
    CHECKPOINTS,
    GRIDS,
    LOG,
    RUN,
    SAMPLES,
    SNAPSHOTS,
    numbered,
    reference,
    write_head,
)
from studio.library.shelf import numbers_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from studio.data.disk import Disk
    from studio.engine.config import TrainConfig
    from studio.engine.events import SamplesDrawn
    from studio.library.opening import Restart
    from studio.library.record import CheckpointRef, Head


def claim(folder: Path, disk: Disk) -> bool:
    """Makes the folder of a run; whether it had to be made.

    Raises:
        ValueError: it holds something or cannot be made; one sentence.
    """
    try:
        if folder.is_dir():
            if any(folder.iterdir()):
                raise ValueError(f"{folder} already holds something: choose a new or empty folder")
            return False
        if folder.exists():
            raise ValueError(f"{folder} is a file: choose a new or empty folder")
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.parent.mkdir(parents=True, exist_ok=True)
        disk.mkdir(folder)
        for place in missing:  # or a power cut could take the folder with all that is in it
            sync_folder(place.parent, disk)
    except OSError as error:
        raise ValueError(f"cannot make the folder {folder}: {reason(error)}") from error
    return True


def leave(folder: Path, disk: Disk, *, remove: bool) -> None:
    """Takes away a folder in which no run has begun, or what of one has no description: without
    `run.json`, weights and grids belong to nothing. What is not of a run stays."""
    if os.path.lexists(folder / RUN):
        return
    with contextlib.suppress(OSError):
        for name in (CHECKPOINTS, SNAPSHOTS, GRIDS):
            for step in numbers_in(folder / name):
                disk.unlink(numbered(folder, name, step))
            with contextlib.suppress(FileNotFoundError):
                disk.rmdir(folder / name)
        with contextlib.suppress(FileNotFoundError):
            disk.unlink(folder / LOCK)
        if remove:
            disk.rmdir(folder)


@dataclass(frozen=True)
class CutBack:
    """A run folder that ends at a checkpoint: nothing in it speaks of a later step."""

    head: Head
    checkpoint: CheckpointRef
    log: Log
    log_bytes: int


def cut_back(folder: Path, step: int, disk: Disk) -> CutBack:
    """Brings a run folder to the state at its checkpoint of `step`: the rest will be played again.

    Raises:
        OSError: it cannot be written.
    """
    for file in (*folder.glob(".*.part"), *(folder / CHECKPOINTS).glob(".*.part")):
        disk.unlink(file)
    content = read(numbered(folder, CHECKPOINTS, step))
    kept = reference(step, content, hashlib.sha256(content).hexdigest())
    for other in numbers_in(folder / CHECKPOINTS):
        if other > step:
            disk.unlink(numbered(folder, CHECKPOINTS, other))
    head, intact = head_or_recovered(folder)
    path = folder / LOG
    whole = read(path, limit=MAX_LOG) if path.exists() else b""
    log = read_log(whole[: head.log_bytes], LOG)
    intact = intact and head.checkpoint == kept and head.step == step
    if not intact or log.good_bytes < head.log_bytes:
        # The head is lost or ahead of the checkpoint: the log is written anew without the rest.
        content = trim(read_log(whole, LOG), step)
        write_atomically(path, content, disk)
        log = read_log(content, LOG)
        head = dataclasses.replace(
            head, step=step, checkpoint=kept, log_bytes=len(content), state="running", message=""
        )
        write_head(folder, head, disk)
    return CutBack(head, kept, log, head.log_bytes)


def lengthened(restart: Restart, total: int | None, seconds: float | None) -> Restart:
    """A restart that will be played until round `total`, or for so many seconds in all.

    Raises:
        ValueError: the run has another kind of budget, or has come farther already.
    """
    config, start = restart.config, restart.start
    played = start.progress.step
    if total is not None:
        if config.seconds is not None:
            raise ValueError("this run's length is given in seconds, not in rounds")
        if total < played:
            raise ValueError(f"{played:,} rounds are played already; ask for more than that")
        models.spec(config.model).config.from_values({"steps": total})
        live = {**start.progress.live, "steps": total}
        progress = dataclasses.replace(start.progress, live=live)
        return dataclasses.replace(restart, start=dataclasses.replace(start, progress=progress))
    if seconds is not None:
        if config.seconds is None:
            raise ValueError("this run's length is given in rounds, not in seconds")
        if seconds < (spent := start.progress.seconds):
            raise ValueError(f"{spent:,.1f} seconds are played already; ask for more than that")
        return dataclasses.replace(restart, config=dataclasses.replace(config, seconds=seconds))
    return restart


def planned(config: TrainConfig) -> int | None:
    """How many rounds are planned; None where the budget is in seconds."""
    return None if config.seconds is not None else int(config.settings.steps)


def now() -> str:
    """The moment, as files say it: UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> Mapping[str, str]:
    """What makes a run repeatable besides its settings."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "modescope": VERSION,
        "machine": platform.machine(),
    }


def write_picture(folder: Path, grid: SamplesDrawn, config: TrainConfig, disk: Disk) -> None:
    """The last grid as a picture with a caption; OSError if it cannot be written."""
    caption = Caption(
        models.spec(config.model).card.title, step=grid.step, seed=config.seed, data=config.data
    )
    content = sample_grid_bytes(grid.images, caption=caption, metadata={"run": folder.name})
    write_atomically(folder / SAMPLES, content, disk)
