"""Where runs live when nobody says where, and which ones there are."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from studio.library.container import BadRun
from studio.library.run_folder import RUN, WEIGHTS, RunRecord, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping


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


@dataclass(frozen=True)
class Listed:
    """A folder among the runs: its record, or in one sentence why it has none.

    `has_weights` says whether there is a file of weights, not whether it is whole.
    """

    folder: Path
    record: RunRecord | None
    problem: str
    has_weights: bool


def list_runs(root: Path | None = None) -> list[Listed]:
    """All folders that hold or seem to hold a run, the newest first; never raises."""
    try:
        folders = [f for f in (root or runs_dir()).iterdir() if (f / RUN).exists()]
    except OSError:
        return []
    return sorted(
        (_listed(folder) for folder in folders),
        key=lambda run: (run.record.created if run.record else "", run.folder.name),
        reverse=True,
    )


def latest(root: Path | None = None) -> Path | None:
    """The newest run that has something to show, or None."""
    for run in list_runs(root):
        if run.record is not None and run.has_weights:
            return run.folder
    return None


def _listed(folder: Path) -> Listed:
    has_weights = (folder / WEIGHTS).exists()
    try:
        return Listed(folder, read_record(folder), "", has_weights)
    except BadRun as error:
        return Listed(folder, None, str(error), has_weights)
