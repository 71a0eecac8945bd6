"""Which runs there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.library.container import BadRun
from studio.library.places import runs_dir
from studio.library.run_folder import RUN, WEIGHTS, RunRecord, read_record

if TYPE_CHECKING:
    from pathlib import Path


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
