"""The folder of a run, version 2.

    run.json          what it is: `RunRecord`; written once
    HEAD.json         how far it is: `Head`; the only commit point
    label.json        the user's name, notes and tags: `Label`; absent until there are any
    log.jsonl         every loss of every round, every intervention, stage, measurement and alarm,
                      a line with a checksum each (see `log.py`); only ever grows
    checkpoints/      weights, optimizers and counters, from which the run goes on exactly
                      (`checkpoint.py`): the one that the head names and the one before
    snapshots/        weights alone at up to 200 steps, dense early and thinner later (`format.py`)
    grids/            the fixed-noise grid at up to 400 steps (`grids.py`)
    samples.png       the last grid, for people; nothing reads it back
    error.txt         the traceback, where the program failed
    lock              held by the process that writes

The three JSON files can be read and not be edited: each carries its own checksum (`sealed.py`).
Files below the three folders are called after their step. A save writes the checkpoint, appends
to the log, and then replaces the head, each forced onto the disk before the next: whenever a
crash, a full disk or a power cut comes, the head speaks of files that are whole, and what lies
beyond it is cut off when the run goes on. Snapshots and grids carry checksums of their own and are
not needed to open a run. A folder may be copied, renamed and given away: nothing in it names a
path or holds code.

Version 1 had no head, log or checkpoints; `legacy.py` reads it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from models.base import LossGuide, Role
from studio.data.atomic import write_atomically
from studio.data.disk import DISK
from studio.library import legacy, plain
from studio.library.container import BadRun, called, read
from studio.library.format import checked_shape
from studio.library.record import CheckpointRef, Head, Label, RunRecord
from studio.library.sealed import seal_json, unseal_json

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data.disk import Disk

RUN, HEAD, LABEL, LOG = "run.json", "HEAD.json", "label.json", "log.jsonl"
CHECKPOINTS, SNAPSHOTS, GRIDS = "checkpoints", "snapshots", "grids"
SAMPLES, ERROR = "samples.png", "error.txt"
RUN_KIND, HEAD_KIND, LABEL_KIND = "modescope-run", "modescope-head", "modescope-label"
VERSION = 2
MAX_JSON = 8 * 2**20
MAX_NAME, MAX_NOTES, MAX_TAGS = 200, 2_000, 32

_NAMES = {"LossGuide": LossGuide, "Role": Role}
T = TypeVar("T", RunRecord, Head, "_Lines")


def numbered(folder: Path, kind: str, step: int) -> Path:
    """Where the checkpoint, snapshot or grid of a step lies."""
    return folder / kind / checkpoint_name(step)


def version(folder: Path) -> int:
    """Which version of the format a run folder has.

    Raises:
        BadRun: there is no run; one sentence.
    """
    return 1 if legacy.is_v1(_content(folder, RUN)) else VERSION


def read_record(folder: Path) -> RunRecord:
    """What a run is, of any version; it does not say whether the other files are whole.

    Raises:
        BadRun: there is no run, or its description is damaged or newer; one sentence.
    """
    content, name = _content(folder, RUN), called(folder / RUN)
    if legacy.is_v1(content):
        return legacy.read_v1(content, name)[0]
    record = _unsealed(RunRecord, content, name, RUN_KIND)
    try:
        checked_shape(record.shape)
    except ValueError as error:
        raise BadRun(f"{name} is damaged: {error}") from None
    return record


def read_head(folder: Path) -> Head:
    """How far a run is, of any version.

    Raises:
        BadRun: the head is missing or damaged; one sentence.
    """
    run = _content(folder, RUN)
    if legacy.is_v1(run):
        return legacy.read_v1(run, called(folder / RUN))[1]
    name = called(folder / HEAD)
    head = _unsealed(Head, _content(folder, HEAD), name, HEAD_KIND)
    named = head.checkpoint
    if head.run != _checksum(run):
        raise BadRun(f"{name} belongs to another run")
    if head.step < 0 or head.log_bytes < 0:
        raise BadRun(f"{name} is damaged: a number in it is below zero")
    # The name of a file is made here, never taken from a file.
    if named is not None and named.file != checkpoint_name(named.step):
        raise BadRun(f"{name} is damaged: it does not name a checkpoint")
    return head


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def checkpoint_name(step: int) -> str:
    """The file name of a checkpoint, snapshot or grid inside its folder."""
    return f"{step:08d}.safetensors"


def reference(step: int, content: bytes, sha256: str) -> CheckpointRef:
    """How the head vouches for a checkpoint."""
    return CheckpointRef(checkpoint_name(step), step, len(content), sha256)


def read_label(folder: Path) -> Label:
    """The user's words about a run; empty if there are none or they are damaged."""
    if not (folder / LABEL).exists():
        return Label()
    try:
        found = _unsealed(_Lines, _content(folder, LABEL), called(folder / LABEL), LABEL_KIND)
    except BadRun:
        return Label()
    return cleaned(Label(name=found.name, notes="\n".join(found.notes), tags=found.tags))


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """A label as it stands in the file: notes by line, because texts in files have one line."""

    name: str = ""
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def cleaned(label: Label) -> Label:
    """A label within its bounds: one-line name, distinct tags, nothing that cannot be printed."""
    notes = "".join(c if c.isprintable() or c == "\n" else " " for c in label.notes)
    tags = dict.fromkeys(_one_line(tag)[:40] for tag in label.tags)
    return Label(
        name=_one_line(label.name)[:MAX_NAME],
        notes=notes[:MAX_NOTES],
        tags=tuple(tag for tag in tags if tag)[:MAX_TAGS],
    )


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def write_record(folder: Path, record: RunRecord, disk: Disk = DISK) -> None:
    """Writes `run.json`; OSError if it cannot be written."""
    _write(folder / RUN, RUN_KIND, record, disk)


def write_head(folder: Path, head: Head, disk: Disk = DISK) -> None:
    """Replaces `HEAD.json`: with this, and not before, a save has happened.

    Raises:
        OSError: it cannot be written, or there is no `run.json` yet.
    """
    head = dataclasses.replace(head, run=_checksum((folder / RUN).read_bytes()))
    _write(folder / HEAD, HEAD_KIND, head, disk)


def write_label(folder: Path, label: Label, disk: Disk = DISK) -> None:
    """Writes `label.json`; OSError if it cannot be written."""
    found = cleaned(label)
    lines = _Lines(name=found.name, notes=tuple(found.notes.split("\n")), tags=found.tags)
    _write(folder / LABEL, LABEL_KIND, lines, disk)


def _write(path: Path, kind: str, value: RunRecord | Head | _Lines, disk: Disk) -> None:
    values: dict[str, Any] = plain.plain(value)
    write_atomically(path, seal_json(kind, VERSION, values), disk)


def _content(folder: Path, name: str) -> bytes:
    if not folder.is_dir():
        raise BadRun(f"there is no run at {folder}")
    if not (folder / name).exists():
        raise BadRun(f"{folder} holds no run: it has no {name}")
    return read(folder / name, limit=MAX_JSON)


def _unsealed(kind: type[T], content: bytes, name: str, word: str) -> T:
    values = unseal_json(content, name, kind=word, version=VERSION)
    try:
        return plain.restore(kind, values, names=_NAMES)
    except ValueError as error:
        raise BadRun(f"{name} is damaged: {error}") from None
