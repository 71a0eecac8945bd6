"""One writer per run: a lock that the system takes back when its process dies.

The lock is on an open file, not in what the file says: there is nothing stale to clean up after a
crash, and no process number that another program might have by now. What the file says, who holds
it, is for people. It stays when the lock is given back; who wants it gone removes it while holding
the lock.
"""

from __future__ import annotations

import contextlib
import os
import platform
import stat
import threading
from typing import TYPE_CHECKING, Self

from studio.data import file_lock
from studio.library.container import BadRun, called

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "lock"
_HOLDER = 64
"""Windows locks bytes: one far behind those that say who holds it, which others may read."""
_ATTEMPTS, _PAUSE = 5, 0.02


class Busy(BadRun):
    """Somebody else writes the run."""


class RunLock:
    """The right to write into the folder of a run.

    It is not inherited by child processes, and a second one in the same process is refused too.
    Where a file system knows no locks, as some network drives, nobody is kept out.
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
        handle = None
        for attempt in range(_ATTEMPTS):
            if attempt:  # somebody who only looks whether it is held holds it for an instant
                threading.Event().wait(_PAUSE)
            try:
                handle = _taken(path)
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise BadRun(f"cannot write into {called(self._folder)}: {why}") from error
            if handle is not None:
                break
        else:
            raise Busy(f"{called(self._folder)} is being written by {_holder(path)}")
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {platform.node()[:40]}".encode()[:_HOLDER])
        self._handle = handle

    def release(self) -> None:
        """Gives the lock back, if it is held."""
        if self._handle is not None:
            file_lock.give(self._handle, at=_HOLDER)
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(folder: Path) -> bool:
    """Whether somebody writes the run, this process included; it may be asked by many at once."""
    # Some network drives lock only what may be written, and some folders may only be read.
    for access in (os.O_RDWR, os.O_RDONLY):
        try:
            handle = os.open(folder / LOCK, access | file_lock.CAREFULLY)
        except OSError:
            continue
        try:
            return stat.S_ISREG(os.fstat(handle).st_mode) and not file_lock.take(
                handle, at=_HOLDER, shared=True
            )
        finally:
            os.close(handle)
    return False


def _taken(path: Path) -> int | None:
    """The descriptor of the file, locked; None if somebody else has it.

    Raises:
        OSError: the file cannot be opened or made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | file_lock.CAREFULLY, 0o666)
    if file_lock.take(handle, at=_HOLDER) and _is_at(handle, path):
        return handle
    os.close(handle)
    return None


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file still has its name: one that was removed keeps nobody out."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except OSError:
        return False


def _holder(path: Path) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | file_lock.CAREFULLY)
        with os.fdopen(handle, "rb") as file:
            text = file.read(_HOLDER).decode("utf-8", "replace")
    except OSError:
        text = ""
    return "".join(c for c in text if c.isprintable()) or "another program"
