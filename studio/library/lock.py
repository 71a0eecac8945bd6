"""One writer per run: a lock that the system takes back when its process dies.

The lock is on an open file, not in what the file says: there is nothing stale to clean up after a
crash, and no process number that another program might have by now. What the file says, who holds
it, is for people.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from typing import TYPE_CHECKING, Self

from studio.library.container import BadRun, called

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "lock"
_HOLDER = 64
"""Windows locks bytes: one far behind those that say who holds it, which others may read."""


class Busy(BadRun):
    """Somebody else writes the run."""


class RunLock:
    """The right to write into the folder of a run.

    It is not inherited by child processes, and a second one in the same process is refused too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def acquire(self) -> None:
        """Takes the lock.

        Raises:
            Busy: somebody else has it; one sentence says who.
            BadRun: the folder cannot be written to.
        """
        assert self._handle is None
        path = self._folder / LOCK
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise BadRun(f"cannot write into {called(self._folder)}: {why}") from error
        if not _take(handle):
            os.close(handle)
            raise Busy(f"{called(self._folder)} is being written by {_holder(path)}")
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {platform.node()[:40]}".encode()[:_HOLDER])
        self._handle = handle

    def release(self) -> None:
        """Gives the lock back, if it is held."""
        if self._handle is not None:
            _give(self._handle)
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(folder: Path) -> bool:
    """Whether somebody writes the run, without taking the lock from anybody's view."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        if not _take(handle):
            return True
        _give(handle)
        return False
    finally:
        os.close(handle)


def _holder(path: Path) -> str:
    try:
        text = path.read_bytes()[:_HOLDER].decode("utf-8", "replace")
    except OSError:
        text = ""
    return "".join(c for c in text if c.isprintable()) or "another program"


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        os.lseek(handle, _HOLDER, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give(handle: int) -> None:
        os.lseek(handle, _HOLDER, os.SEEK_SET)
        with contextlib.suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _give(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
