"""The system's own lock on an open file, which it takes back when a process dies.

Windows locks bytes, which nobody else may read meanwhile; elsewhere the whole file is locked, and
may be read. Where a file system knows no locks, as some network drives, everybody gets one.
"""

from __future__ import annotations

import contextlib
import os
import sys

CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""With what to open the file: no link leads out of its folder, and no pipe makes anybody wait."""

if sys.platform == "win32":
    import msvcrt

    def take(handle: int, *, at: int = 0, shared: bool = False) -> bool:
        """Locks an open file without waiting; whether it could.

        Arguments:
            at: The byte that Windows locks.
            shared: Others may share the lock; Windows does not know that.
        """
        os.lseek(handle, at, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def give(handle: int, *, at: int = 0) -> None:
        """Gives the lock back."""
        os.lseek(handle, at, os.SEEK_SET)
        with contextlib.suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def take(handle: int, *, at: int = 0, shared: bool = False) -> bool:
        """Locks an open file without waiting; whether it could.

        Arguments:
            at: The byte that Windows locks.
            shared: Others may share the lock; Windows does not know that.
        """
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # the file system knows no locks
            return True
        return True

    def give(handle: int, *, at: int = 0) -> None:
        """Gives the lock back."""
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
