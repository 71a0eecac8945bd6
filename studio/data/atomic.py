"""Files appear whole or not at all, and grow by whole pieces or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING

from studio.data.disk import DISK

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data.disk import Disk

PART_SUFFIX = ".part"
"""Ends the name of a file that is still being written; one that stays behind is from a crash."""

_CANNOT_SYNC_FOLDERS = (errno.EINVAL, errno.ENOTSUP)


def write_atomically(path: Path, data: bytes, disk: Disk = DISK) -> None:
    """Writes `data` so that `path` afterwards holds all of it, or is as it was before.

    The bytes go to a new file in the same folder, are forced onto the disk, and only then take
    the name; forcing the folder afterwards makes the new name survive a power cut, too.

    Raises:
        OSError: the file could not be written; nothing is left behind. `path` is unchanged, or,
            where forcing the folder was all that failed, holds all of `data`.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{PART_SUFFIX}")
    # Not tempfile: its files are readable by their owner alone, and runs get shared.
    handle = disk.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            write_all(handle, data, disk)
            disk.fsync(handle)
        finally:
            disk.close(handle)
        disk.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):  # the disk may be gone altogether
            disk.unlink(part)
        raise
    sync_folder(path.parent, disk)


def append_durably(path: Path, data: bytes, *, at: int, disk: Disk = DISK) -> None:
    """Makes `data` follow the first `at` bytes of a file, and forces it onto the disk.

    What lies beyond `at` comes from an attempt that failed, and is cut off first. With `at` 0 the
    file is made where it is missing.

    Raises:
        OSError: it could not be written, or the file holds fewer than `at` bytes. The first `at`
            are as they were; behind them may be a part of `data`, until the next attempt.
    """
    flags = os.O_WRONLY | os.O_APPEND | (0 if at else os.O_CREAT)
    # The folder may come from elsewhere: no link leads out of it, no pipe makes this wait.
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = disk.open(path, flags)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is not an ordinary file", str(path))
        if about.st_size < at:
            message = f"it holds {about.st_size:,} bytes, and {at:,} had been written"
            raise OSError(errno.EIO, message, str(path))
        if about.st_size > at:
            disk.truncate(handle, at)
        write_all(handle, data, disk)
        disk.fsync(handle)
    finally:
        disk.close(handle)
    if at == 0:
        # Even where the file was there: an attempt that failed may have made it.
        sync_folder(path.parent, disk)


def sync_folder(folder: Path, disk: Disk = DISK) -> None:
    """Makes the names in a folder survive a power cut; OSError if that fails.

    Windows writes names through by itself and cannot open a folder; some network file systems
    cannot force one either. There nothing is done.
    """
    if os.name == "nt":
        return
    handle = disk.open(folder, os.O_RDONLY)
    try:
        disk.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:
            raise
    finally:
        disk.close(handle)


def write_all(handle: int, data: bytes, disk: Disk) -> None:
    """Writes all of `data`, however little the disk takes at a time; OSError if it takes none."""
    rest = memoryview(data)
    while rest:
        taken = disk.write(handle, rest)
        if taken <= 0:
            raise OSError(errno.EIO, "the disk takes no more bytes")
        rest = rest[taken:]
