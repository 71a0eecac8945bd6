"""The system calls that write: everything that is to last goes through a `Disk`.

Each method is one call and decides nothing, so that a test can put in its place a disk that is
full at the n-th call, writes down what it was asked for, or stops for good.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = (0.02, 0.05, 0.1, 0.15, 0.2)
"""Seconds between the attempts to replace a file that Windows says is open: about half a one."""


class Disk:
    """The real one. Every method raises OSError if the system refuses."""

    def open(self, path: Path, flags: int) -> int:
        """Opens a file, as readable for others as the user's umask wants; the descriptor."""
        return os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        """Writes; how many bytes of `data` it took, which may be fewer than all."""
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        """Comes back when what was written lies on the medium."""
        if sys.platform == "darwin":
            import fcntl

            try:
                # On a Mac fsync stops at the drive's own cache, which a power cut empties.
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
                return
            except OSError:  # not every file system there knows it
                pass
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """Closes a descriptor."""
        os.close(fd)

    def truncate(self, fd: int, size: int) -> None:
        """Cuts an open file to `size` bytes."""
        os.ftruncate(fd, size)

    def replace(self, old: Path, new: Path) -> None:
        """Gives `old` the name `new`; what had that name is gone."""
        if sys.platform == "win32":
            # A virus scanner or a viewer may hold the file open for a moment.
            for pause in _PATIENCE:
                try:
                    os.replace(old, new)
                    return
                except PermissionError:
                    threading.Event().wait(pause)
        os.replace(old, new)

    def unlink(self, path: Path) -> None:
        """Removes a file."""
        os.unlink(path)

    def mkdir(self, path: Path) -> None:
        """Makes a folder in one that exists."""
        os.mkdir(path)

    def rmdir(self, path: Path) -> None:
        """Removes an empty folder."""
        os.rmdir(path)


DISK = Disk()
"""The disk of this computer; it has no state."""
