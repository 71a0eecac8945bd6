"""The folder of a run, version 1.

    run.json              who, what, how far: a `RunRecord`, written last, so that it never speaks
                          of files that are not there
    weights.safetensors   the model as it was at the last save (see `format.py`)
    history.safetensors   losses and grids until then (see `history.py`)
    samples.png           the last grid, for people; nothing reads it back

Every file is replaced as a whole and forced onto the disk (`atomic.py`), so that a crash, a full
disk or a power cut costs at most what came after the last save. A folder may be copied, renamed
and given away: nothing in it names a path or holds code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 (`restore` reads annotations)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import models
from models import ImageShape, ModelConfig
from models.base import LossGuide, Role
from studio.data.atomic import write_atomically
from studio.engine.events import StageInfo  # noqa: TC001 (`restore` reads annotations)
from studio.library import plain
from studio.library.container import BadRun, called, read
from studio.library.format import LoadedModel, checked_shape, load_model_file
from studio.library.history import History, unpack_history

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "modescope-run"
VERSION = 1
RUN, WEIGHTS, HISTORY, SAMPLES = (
    "run.json",
    "weights.safetensors",
    "history.safetensors",
    "samples.png",
)
MAX_RECORD = 8 * 2**20

State = Literal["running", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class Intervention:
    """Somebody changed the game at a step; see `studio.engine.events.Intervened`."""

    step: int
    what: str
    target: str
    value: bool | int | float | str | None = None


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """`run.json`: everything about a run that is not an array.

    Attributes:
        model: Name in the registry.
        settings: The model's config, as plain values, as the run began.
        data: Name of the data set, and its SHA-256 ("" while unknown).
        shape: Of the images.
        seed: Fixes weights, data order and noise.
        seconds_asked: The budget where it was given in seconds, else None.
        device: Where it was played; with `threads`, part of what makes it repeatable.
        threads: CPU threads of PyTorch.
        versions: Of python, torch, numpy and modescope.
        created: UTC, ISO 8601.
        steps: Rounds played until the last save.
        seconds: Time spent training until then.
        state: `running` in a folder that nobody writes to any more means that the run was cut off.
        message: Why it failed, else "".
        interventions: In order; the oldest of more than 10,000 are dropped.
        stages: What was played, with players, roles and the meaning of their losses.
    """

    format: Literal["modescope-run"] = "modescope-run"
    version: int = VERSION
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
    state: State = "running"
    message: str = ""
    interventions: tuple[Intervention, ...] = ()
    stages: tuple[StageInfo, ...] = ()

    def config(self) -> ModelConfig:
        """The settings as the model's own config.

        Raises:
            ValueError: there is no such model here, or it does not take these settings.
        """
        return models.spec(self.model).config.from_values(self.settings)


_NAMES = {"LossGuide": LossGuide, "Role": Role}


def write_record(folder: Path, record: RunRecord) -> None:
    """Writes `run.json`.

    Raises:
        OSError: it cannot be written; the old one is still there.
    """
    text = json.dumps(plain.plain(record), indent=1, allow_nan=False)
    write_atomically(folder / RUN, text.encode())


def read_record(folder: Path) -> RunRecord:
    """The record of a run, checked; it does not say whether the other files are whole.

    Raises:
        BadRun: there is no run, or its record is damaged or from a newer version; one sentence.
    """
    path = folder / RUN
    if not folder.is_dir():
        raise BadRun(f"there is no run at {folder}")
    if not path.exists():
        raise BadRun(f"{folder} holds no run: it has no {RUN}")
    content = read(path, limit=MAX_RECORD)
    try:
        found = plain.parse(content)
        _insist_on_version(found, called(path))
        record = plain.restore(RunRecord, found, names=_NAMES)
        checked_shape(record.shape)
    except BadRun:
        raise
    except ValueError as error:
        raise BadRun(f"{called(path)} is damaged: {error}") from None
    return record


def _insist_on_version(found: Any, name: str) -> None:
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BadRun(f"{name} does not describe a Modescope run")
    version = found.get("version")
    if type(version) is not int or version < 1:
        raise ValueError("it has no version")
    if version > VERSION:
        raise BadRun(
            f"{name} was made by a newer Modescope (format {version}, this one reads {VERSION})"
        )


def read_history(folder: Path) -> History:
    """The losses and grids of a run; an empty history if it was cut off before the first save.

    Raises:
        BadRun: the file is damaged; one sentence.
    """
    path = folder / HISTORY
    if not path.exists():
        return History()
    return unpack_history(read(path), called(path))


def load_model(place: Path) -> LoadedModel:
    """The trained model of a run folder, or of a single model file.

    Raises:
        BadRun: there is none, or it cannot be used; one sentence.
    """
    if place.is_dir():
        record = read_record(place)
        if not (place / WEIGHTS).exists():
            raise BadRun(f"the run in {place} has no weights: it ended before the first save")
        loaded = load_model_file(place / WEIGHTS)
        if loaded.spec.model != record.model:
            raise BadRun(f"the files in {place} belong to different runs")
        return loaded
    if not place.exists():
        raise BadRun(f"there is no run and no model file at {place}")
    return load_model_file(place)
