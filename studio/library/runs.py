"""Where runs live when nobody says where, which ones there are, and the way to the trash and back.

A folder whose name begins with a dot is not a run: `.trash` holds what was deleted and not yet
removed for good, `.import-...` what is still being taken in (see `bundle.py`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from studio.data.atomic import sync_folder
from studio.data.disk import DISK
from studio.library.container import BadRun, called
from studio.library.files import reason
from studio.library.legacy import WEIGHTS
from studio.library.lock import is_locked
from studio.library.members import numbered
from studio.library.record import Head, Label, RunRecord
from studio.library.run_folder import (
    CHECKPOINTS,
    GRIDS,
    HEAD,
    RUN,
    SNAPSHOTS,
    read_head,
    read_label,
    read_record,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from studio.data.disk import Disk

TRASH = ".trash"


def runs_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of all runs; it need not exist yet.

    `MODESCOPE_HOME`/runs if set, else in the platform's folder for data of programs.
    """
    if home := environ.get("MODESCOPE_HOME"):
        return Path(home).expanduser() / "runs"
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(base) / "modescope" / "runs"
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "modescope" / "runs"
    xdg = environ.get("XDG_DATA_HOME", "")
    # The XDG specification tells programs to ignore a relative path here.
    base = Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "share"
    return base / "modescope" / "runs"


def new_run_folder(model: str, root: Path | None = None) -> Path:
    """A name for the folder of a new run, which does not exist yet; names sort by time."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return (root or runs_dir()) / f"{moment}-{model}-{secrets.token_hex(3)}"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A folder among the runs, as far as its small files tell.

    Attributes:
        folder: Where it is.
        record, head: What it is and how far; None where that cannot be read.
        label: The user's words.
        problem: Why `record` or `head` is missing, in one sentence; else "".
        bytes: What it takes on the disk, about.
        thumbnail: The step of its last fixed-noise grid, None where there is none.
        has_weights: Whether there is a model to ask; not whether its file is whole.
        unfinished: It was cut off, or suspended, and can go on.
    """

    folder: Path
    record: RunRecord | None = None
    head: Head | None = None
    label: Label = field(default_factory=Label)
    problem: str = ""
    bytes: int = 0
    thumbnail: int | None = None
    has_weights: bool = False
    unfinished: bool = False


def list_runs(root: Path | None = None) -> list[Listed]:
    """All folders that hold or seem to hold a run, the newest first; never raises."""
    try:
        with os.scandir(root or runs_dir()) as found:
            folders = [Path(entry.path) for entry in found if not entry.name.startswith(".")]
    except OSError:
        return []
    return sorted(
        (listed(folder) for folder in folders if is_run(folder)),
        key=lambda run: (run.record.created if run.record else "", run.folder.name),
        reverse=True,
    )


def is_run(folder: Path) -> bool:
    """Whether a folder holds or seems to hold a run, damaged or not; never raises."""
    try:
        return folder.is_dir() and any(os.path.lexists(folder / name) for name in (RUN, HEAD))
    except (OSError, ValueError):
        return False


def listed(folder: Path) -> Listed:
    """What the small files of one run tell; never raises."""
    record, head, label, problem = None, None, Label(), ""
    try:
        label = read_label(folder)
        record = read_record(folder)
        head = read_head(folder)
    except BadRun as error:
        problem = str(error)
    except OSError as error:
        problem = f"cannot read {called(folder)}: {reason(error)}"
    size, last = _surveyed(folder)
    return Listed(
        folder=folder,
        record=record,
        head=head,
        label=label,
        problem=problem,
        bytes=size,
        thumbnail=last.get(GRIDS),
        has_weights=CHECKPOINTS in last or (folder / WEIGHTS).exists(),
        unfinished=head is not None and CHECKPOINTS in last and _left_off(folder, head),
    )


def _left_off(folder: Path, head: Head) -> bool:
    return head.state in ("suspended", "running") and not is_locked(folder)


def _surveyed(folder: Path) -> tuple[int, dict[str, int]]:
    """Bytes of all files, and the last step of each kind there is.

    Of a full shelf, whose files are alike, only some are asked for their size: asking each of 600
    in each of 500 runs would take a second.
    """
    total, last = 0, {}
    for kind in ("", CHECKPOINTS, SNAPSHOTS, GRIDS):
        try:
            with os.scandir(folder / kind) as found:
                files = [entry for entry in found if entry.is_file(follow_symlinks=False)]
            asked = files[:: max(1, len(files) // 8)] if kind else files
            sizes = [entry.stat(follow_symlinks=False).st_size for entry in asked]
        except OSError:
            continue
        total += round(sum(sizes) * len(files) / max(1, len(asked)))
        names = sorted((f.name for f in files), key=lambda name: (len(name), name), reverse=True)
        places = (numbered(f"{kind}/{name}") for name in names)
        if place := next((place for place in places if place is not None), None):
            last[kind] = place[1]
    return total, last


def latest(root: Path | None = None) -> Path | None:
    """The newest run that has something to show, or None."""
    for run in list_runs(root):
        if run.record is not None and run.has_weights:
            return run.folder
    return None


def unfinished(root: Path | None = None) -> list[Listed]:
    """The runs that were cut off or suspended and can go on, the newest first; never raises."""
    return [run for run in list_runs(root) if run.unfinished]


# -- the trash ----------------------------------------------------------------------------------


def trash(folder: Path, disk: Disk = DISK) -> Path:
    """Moves a run into the trash beside it; where it is now.

    Raises:
        BadRun: it is no run, or is being written; one sentence.
        OSError: it cannot be moved.
    """
    if not is_run(folder):
        raise BadRun(f"there is no run at {folder}")
    if is_locked(folder):
        raise BadRun(f"{called(folder)} is being written: stop its training first")
    place = folder.parent / TRASH
    if not place.is_dir():
        disk.mkdir(place)
    return _moved(folder, place, disk)


def restore(trashed: Path, disk: Disk = DISK) -> Path:
    """Takes a run out of the trash again; where it is now.

    Raises:
        BadRun: it is not in the trash any more; one sentence.
        OSError: it cannot be moved.
    """
    if trashed.parent.name != TRASH or not is_run(trashed):
        raise BadRun(f"{called(trashed)} is no longer in the trash")
    return _moved(trashed, trashed.parent.parent, disk)


def in_trash(root: Path | None = None) -> list[Path]:
    """What lies in the trash, by name; never raises."""
    try:
        return sorted(((root or runs_dir()) / TRASH).iterdir())
    except OSError:
        return []


def empty_trash(root: Path | None = None) -> int:
    """Removes for good what lies in the trash; how many runs that were.

    Raises:
        BadRun: something cannot be removed; one sentence. The rest is gone.
    """
    trouble, removed = "", 0
    for place in in_trash(root):
        try:
            # A link is taken away, never what it leads to.
            if stat.S_ISDIR(place.lstat().st_mode):
                shutil.rmtree(place)
            else:
                place.unlink()
            removed += 1
        except OSError as error:
            trouble = f"cannot remove {called(place)} from the trash: {reason(error)}"
    if trouble:
        raise BadRun(trouble)
    return removed


def _moved(folder: Path, place: Path, disk: Disk) -> Path:
    target = place / folder.name
    if os.path.lexists(target):
        target = place / f"{folder.name}-{secrets.token_hex(3)}"
    disk.replace(folder, target)
    sync_folder(folder.parent, disk)
    sync_folder(place, disk)
    return target
