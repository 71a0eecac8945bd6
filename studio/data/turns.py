"""Taking turns at a folder: whoever changes what lies in it waits until nobody else does.

The lock is on an open file, so the system takes it back when a process dies; the file stays, for
removing it would let two in at once. Reading needs no turn.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

from studio.data import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "lock"
PATIENCE = 5.0
"""Seconds that a turn is waited for."""
_PAUSE = 0.02


class Taken(OSError):
    """Somebody else is still at it."""


@contextlib.contextmanager
def turn(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Keeps all others out of a folder that exists, in this process and in others.

    Where a file system knows no locks, as some network drives, nobody is kept out.

    Raises:
        Taken: nobody made room within `patience` seconds.
        OSError: the lock cannot be opened.
    """
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | file_lock.CAREFULLY, 0o666)
    try:
        until = time.monotonic() + patience
        while not file_lock.take(handle):
            if time.monotonic() >= until:
                raise Taken("another window is changing it: try again in a moment")
            threading.Event().wait(_PAUSE)
        try:
            yield
        finally:
            file_lock.give(handle)
    finally:
        os.close(handle)
