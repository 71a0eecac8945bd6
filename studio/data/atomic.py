"""Files appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PART_SUFFIX = ".part"
"""Ends the name of a file that is still being written; one that stays behind is from a crash."""


def write_atomically(path: Path, data: bytes) -> None:
    """Writes `data` so that `path` afterwards holds all of it, or is as it was before.

    The bytes go to a new file in the same folder, are forced onto the disk, and only then take
    the name; forcing the folder afterwards makes the new name survive a power cut, too.

    Raises:
        OSError: the file could not be written; `path` is unchanged and nothing is left behind.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{PART_SUFFIX}")
    # Not tempfile: its files are readable by their owner alone, and runs get shared.
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and writes names through by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
