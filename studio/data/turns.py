"""Taking turns at a folder: whoever changes what lies in it waits until nobody else does.

The lock is on an open file, so the system takes it back when a process dies; the file stays, for
removing it would let two in at once. Reading needs no turn.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

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
    carefully = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | carefully, 0o666)
    try:
        until = time.monotonic() + patience
        while not _take(handle):
            if time.monotonic() >= until:
                raise Taken("another window is changing it: try again in a moment")
            threading.Event().wait(_PAUSE)
        try:
            yield
        finally:
            _give(handle)
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        with contextlib.suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # the file system knows no locks
            return True
        return True

    def _give(handle: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
