"""Runs of version 1: one record that was rewritten at each save, one file of weights, one of
history. They can be looked at, sampled and branched from, but not resumed: no optimizer was kept.

    run.json              who, what, how far, without a checksum
    weights.safetensors   the model at the last save (see `format.py`)
    history.safetensors   losses and grids until then (see `history.py`)
    samples.png           the last grid
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (`restore` reads annotations)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from models import ImageShape
from models.base import LossGuide, Role
from studio.engine.events import StageInfo  # noqa: TC001 (`restore` reads annotations)
from studio.library import plain
from studio.library.container import BadRun, called, read
from studio.library.format import checked_shape
from studio.library.history import History, unpack_history
from studio.library.log import Log, Mark
from studio.library.record import Head, RunRecord

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS, HISTORY = "weights.safetensors", "history.safetensors"
FINAL_ROUNDS = 100
_NAMES = {"LossGuide": LossGuide, "Role": Role}


@dataclass(frozen=True, kw_only=True)
class _Record:
    """`run.json` of version 1."""

    format: Literal["modescope-run"]
    version: int
    model: str
    settings: Mapping[str, bool | int | float | str]
    data: str
    data_checksum: str = ""
    shape: ImageShape = field(default_factory=ImageShape)
    seed: int = 0
    seconds_asked: float | None = None
    device: str = ""
    threads: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    steps: int = 0
    seconds: float = 0.0
    state: Literal["running", "finished", "stopped", "failed"] = "running"
    message: str = ""
    interventions: tuple[Mark, ...] = ()
    stages: tuple[StageInfo, ...] = ()


def is_v1(content: bytes) -> bool:
    """Whether these are the bytes of a `run.json` of version 1."""
    try:
        found = plain.parse(content)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("version") == 1 and "sha256" not in found


def read_v1(content: bytes, name: str) -> tuple[RunRecord, Head, tuple[Mark, ...]]:
    """A `run.json` of version 1 in the words of today: what it is, how far, what was done to it.

    Raises:
        BadRun: it is damaged; one sentence.
    """
    try:
        old = plain.restore(_Record, plain.parse(content), names=_NAMES)
        checked_shape(old.shape)
        if old.steps < 0:
            raise ValueError("its number of steps is below zero")
    except ValueError as error:
        raise BadRun(f"{name} is damaged: {error}") from None
    record = RunRecord(
        model=old.model,
        settings=old.settings,
        data=old.data,
        data_checksum=old.data_checksum,
        shape=old.shape,
        seed=old.seed,
        seconds_asked=old.seconds_asked,
        device=old.device,
        threads=old.threads,
        versions=old.versions,
        created=old.created,
        stages=old.stages,
    )
    total = old.settings.get("steps")
    head = Head(
        step=old.steps,
        total=total if isinstance(total, int) and old.seconds_asked is None else None,
        seconds=old.seconds,
        state=old.state,
        message=old.message,
        updated=old.created,
    )
    return record, head, old.interventions


def read_history(folder: Path) -> History:
    """The losses and grids of a run; an empty history if it was cut off before the first save.

    Raises:
        BadRun: the file is damaged; one sentence.
    """
    path = folder / HISTORY
    return unpack_history(read(path), called(path)) if path.exists() else History()


def log(history: History, marks: tuple[Mark, ...]) -> Log:
    """A history of version 1 as the log of today."""
    return Log(players=history.players, marks=marks)
