"""Opens what is on the disk: a whole run to look at, a model to ask, a training to go on with."""

from __future__ import annotations

import dataclasses
import hashlib
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from studio.engine.device import resolve
from studio.engine.progress import Start
from studio.library import VERSION as MODESCOPE
from studio.library import legacy
from studio.library.checkpoint import Checkpoint, unpack_checkpoint
from studio.library.container import BadRun, called, read
from studio.library.format import (
    LoadedModel,
    blank_model,
    load_model_file,
    set_live,
    unpack_model,
)
from studio.library.grids import Grid, unpack_grid
from studio.library.history import History
from studio.library.log import MAX_LOG, Log, read_log
from studio.library.record import Head, Label, RunRecord
from studio.library.run_folder import (
    CHECKPOINTS,
    GRIDS,
    LOG,
    SNAPSHOTS,
    numbered,
    read_head,
    read_label,
    read_record,
    reference,
    version,
)
from studio.library.shelf import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from studio.engine.config import TrainConfig


@dataclass(frozen=True)
class StoredRun:
    """A run as it lies on the disk, without its weights.

    Attributes:
        grids, snapshots: Steps at which there is one, rising; `read_grid`, `load_model` read it.
        problems: What is damaged, a sentence each; the rest is sound as far as it has been read.
    """

    folder: Path
    version: int
    record: RunRecord
    head: Head
    label: Label
    log: Log
    grids: tuple[int, ...]
    snapshots: tuple[int, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Restart:
    """A training that can go on.

    Attributes:
        config: The run as it was asked for, to be played where it was, or where there is no such
            device, on any.
        start: Weights and state.
        damage: What of the run is damaged and was gone around; "" if nothing.
        notes: Why it will not be the same run bit for bit; a sentence each.
        checkpoint: From which file, or None where only weights were left.
    """

    config: TrainConfig
    start: Start
    damage: str = ""
    notes: tuple[str, ...] = ()
    checkpoint: Checkpoint | None = None


def open_run(folder: Path) -> StoredRun:
    """Everything about a run but its weights, of any version of the format.

    Raises:
        BadRun: it is no run, or its description is damaged; one sentence. Other damage is told in
            `problems`, and what is not damaged is there.
    """
    record, problems = read_record(folder), list[str]()
    label = read_label(folder)
    if version(folder) == 1:
        _, head, marks = legacy.read_v1(read(folder / "run.json"), called(folder))
        try:
            history = legacy.read_history(folder)
        except BadRun as error:
            history, problems = History(), [str(error)]
        grids = tuple(int(step) for step in history.grid_steps)
        log = legacy.log(history, marks)
        return StoredRun(folder, 1, record, head, label, log, grids, (), tuple(problems))
    head, intact = head_or_recovered(folder, problems)
    log = _log(folder, head, problems, intact=intact)
    return StoredRun(
        folder,
        2,
        record,
        head,
        label,
        log,
        tuple(step for step in numbers_in(folder / GRIDS) if step <= head.step),
        tuple(step for step in numbers_in(folder / SNAPSHOTS) if step <= head.step),
        tuple(problems),
    )


def _log(folder: Path, head: Head, problems: list[str], *, intact: bool) -> Log:
    path = folder / LOG
    try:
        content = read(path, limit=MAX_LOG)
    except BadRun as error:
        if head.log_bytes or not intact:
            problems.append(str(error))
        return Log()
    log = read_log(content[: head.log_bytes] if intact else content, called(path))
    if not intact:
        return log.until(head.step)
    if log.good_bytes < head.log_bytes:
        problems.append(log.damaged or f"{called(path)} is damaged: it is cut short")
    return log


def read_grids(run: StoredRun) -> Iterator[tuple[int, Grid | BadRun]]:
    """The fixed-noise grids of a run in order, or what is wrong with one; without those that
    who writes the run has thinned out since it was opened."""
    if run.version == 1:
        history = legacy.read_history(run.folder) if run.grids else History()
        for step, images in zip(run.grids, history.grids, strict=True):
            yield step, Grid(step, images, "")
        return
    for step in run.grids:
        try:
            yield step, read_grid(run, step)
        except BadRun as error:
            if numbered(run.folder, GRIDS, step).exists():
                yield step, error


def read_grid(run: StoredRun, step: int) -> Grid:
    """The fixed-noise grid of one of the steps in `run.grids`.

    Raises:
        BadRun: it is damaged; one sentence.
    """
    if run.version == 1:
        history = legacy.read_history(run.folder)
        index = int(np.flatnonzero(history.grid_steps == step)[0])
        return Grid(step, history.grids[index], "")
    path = numbered(run.folder, GRIDS, step)
    return unpack_grid(read(path), called(path))


def load_model(place: Path, at: int | None = None) -> LoadedModel:
    """The trained model of a run folder, or of a single model file.

    Arguments:
        at: The model as it was at this step: its last snapshot until then.

    Raises:
        BadRun: there is none, or it cannot be used; one sentence.
    """
    if not place.is_dir():
        if not place.exists():
            raise BadRun(f"there is no run and no model file at {place}")
        if at is not None:
            raise BadRun(f"{called(place)} is a single model and knows no other step")
        return load_model_file(place)
    record = read_record(place)
    if version(place) == 1:
        if at is not None:
            raise BadRun(f"{called(place)} was made by an earlier Modescope and has no snapshots")
        if not (place / legacy.WEIGHTS).exists():
            raise BadRun(f"the run in {place} has no weights: it ended before the first save")
        loaded = load_model_file(place / legacy.WEIGHTS)
    elif at is not None:
        loaded = _snapshot(place, at)
    else:
        loaded = _as_model(newest_checkpoint(place)[0])
    if loaded.spec.model != record.model:
        raise BadRun(f"the files in {place} belong to different runs")
    return loaded


def load_start(folder: Path, at: int | None = None) -> Restart:
    """Where a training goes on: at its last checkpoint, or at the snapshot of a step.

    From a snapshot the optimizers begin anew; that is a branch of the run, not the run.

    Raises:
        BadRun: there is nothing to go on from; one sentence.
    """
    record = read_record(folder)
    config = _config(record, folder)
    if at is not None or version(folder) == 1:
        loaded = load_model(folder, at)
        _insist(loaded.spec.model == record.model, folder)
        weights = {name: tensor.clone() for name, tensor in loaded.model.state_dict().items()}
        return Restart(config, Start(weights, loaded.spec.progress()))
    checkpoint, damage = newest_checkpoint(folder)
    _insist(checkpoint.spec.model == record.model, folder)
    _insist(checkpoint.spec.settings == config.settings, folder)
    _insist(checkpoint.spec.seed == config.seed, folder)
    return Restart(config, checkpoint.start, damage, differences(record), checkpoint)


def _config(record: RunRecord, folder: Path) -> TrainConfig:
    try:
        config = record.train_config()
    except ValueError as error:
        raise BadRun(f"{called(folder)} cannot be used: {error}") from None
    try:
        resolve(config.device)
    except ValueError:  # `differences` says that it was trained elsewhere
        return dataclasses.replace(config, device="auto")
    return config


def _insist(fits: bool, folder: Path) -> None:
    if not fits:
        raise BadRun(f"the files in {folder} belong to different runs")


def differences(record: RunRecord) -> tuple[str, ...]:
    """Why going on here will not give the same numbers to the last bit; empty if it will."""
    here: Mapping[str, str] = {"torch": str(torch.__version__), "modescope": MODESCOPE}
    found = [
        f"{name} is {have} here and was {record.versions[name]}"
        for name, have in here.items()
        if record.versions.get(name, have) != have
    ]
    if record.device.partition(":")[0] != "cpu":
        found.append(f"it was trained on {record.device}, where rounding is not repeatable")
    if (machine := record.versions.get("machine", "")) not in ("", platform.machine()):
        found.append(f"this machine is of another kind ({platform.machine()}, not {machine})")
    if record.seconds_asked is not None:
        found.append("its budget is in seconds, and how far it comes in them depends on the day")
    return (f"Not the same run to the last bit: {'; '.join(found)}.",) if found else ()


def newest_checkpoint(folder: Path) -> tuple[Checkpoint, str]:
    """The checkpoint that the head names, else the newest sound one, and what was wrong if so.

    Raises:
        BadRun: none can be used; the sentence says why the first one could not.
    """
    problem, named = "", None
    try:
        named = read_head(folder).checkpoint
        if named is None:
            raise BadRun(f"the run in {folder} has no checkpoint: it ended before the first save")
        # It carries its own checksum. The head's may be another one: a step that is saved twice
        # (paused, then stopped) has a new checkpoint for a moment before it has a new head.
        return _checkpoint(folder, named.step), ""
    except BadRun as error:
        problem = str(error)
    for step in reversed(numbers_in(folder / CHECKPOINTS)):
        if named is not None and step == named.step:
            continue
        try:
            return _checkpoint(folder, step), f"{problem}; step {step:,} is sound"
        except BadRun:
            continue
    raise BadRun(problem)


def _head_from_checkpoints(folder: Path) -> Head:
    """How far a run is whose head is damaged."""
    try:
        checkpoint, _ = newest_checkpoint(folder)
    except BadRun:
        return Head()
    content, _ = _checkpoint_content(folder, checkpoint.spec.step)
    spec = checkpoint.spec
    return Head(
        step=spec.step,
        seconds=spec.seconds,
        checkpoint=reference(spec.step, content, hashlib.sha256(content).hexdigest()),
    )


def _checkpoint(folder: Path, step: int) -> Checkpoint:
    content, name = _checkpoint_content(folder, step)
    checkpoint = unpack_checkpoint(content, name)
    if checkpoint.spec.step != step:
        raise BadRun(f"{name} is the checkpoint of another step, {checkpoint.spec.step:,}")
    return checkpoint


def _checkpoint_content(folder: Path, step: int) -> tuple[bytes, str]:
    path = numbered(folder, CHECKPOINTS, step)
    return read(path), called(path)


def _as_model(checkpoint: Checkpoint) -> LoadedModel:
    model = blank_model(checkpoint.spec)
    model.load_state_dict(dict(checkpoint.start.weights), strict=True)
    set_live(model, checkpoint.spec.live)
    return LoadedModel(model.eval().requires_grad_(False), checkpoint.spec)


def _snapshot(folder: Path, at: int) -> LoadedModel:
    steps = [step for step in numbers_in(folder / SNAPSHOTS) if step <= at]
    if not steps:
        raise BadRun(f"{called(folder)} has no snapshot at or before step {at:,}")
    path = numbered(folder, SNAPSHOTS, steps[-1])
    return unpack_model(read(path), called(path))


def head_or_recovered(folder: Path, problems: list[str] | None = None) -> tuple[Head, bool]:
    """The head and whether it is intact; where it is damaged, what the checkpoints say instead,
    and nothing of the log. What is wrong with it is added to `problems`."""
    try:
        return read_head(folder), True
    except BadRun as error:
        if problems is not None:
            problems.append(str(error))
        return _head_from_checkpoints(folder), False
