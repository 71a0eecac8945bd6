"""Files that the user asked for, and what went wrong with one, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.data.atomic import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def export(path: Path, data: bytes) -> None:
    """Writes a file that the user asked for, making its folder where that is missing.

    Raises:
        ValueError: it cannot be written there; one sentence says why.
    """
    try:
        if path.is_dir():
            raise ValueError(f"{path} is a folder; give the name of a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {reason(error)}") from error


def unsaved(folder: Path, why: str, *, good: int | None) -> str:
    """What to tell when a run cannot be saved that is safe up to the step `good`, if to any."""
    safe = "Nothing of it is saved yet" if good is None else "What was saved before is safe"
    return (
        f"Cannot save the run to {folder}: {why}. {safe}; the training can go on, and saving is "
        "tried again every few seconds."
    )


def reason(error: OSError) -> str:
    """What went wrong with a file, in a few plain words."""
    return (error.strerror or str(error) or type(error).__name__).lower()
