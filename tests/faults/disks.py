"""Disks that fail, remember or kill: each stands in for `studio.data.disk.Disk`."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from studio.data.disk import Disk


class _WatchedDisk(Disk):
    """Passes each call on to the real disk, but asks `_before` first."""

    def _before(self, name: str, fd: int = -1, data: bytes = b"") -> None:
        raise NotImplementedError

    def open(self, path: Path, flags: int) -> int:
        self._before("open")
        return super().open(path, flags)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        self._before("write", fd, bytes(data))
        return super().write(fd, data)

    def fsync(self, fd: int) -> None:
        self._before("fsync")
        super().fsync(fd)

    def close(self, fd: int) -> None:
        self._before("close", fd)
        super().close(fd)

    def truncate(self, fd: int, size: int) -> None:
        self._before("truncate")
        super().truncate(fd, size)

    def replace(self, old: Path, new: Path) -> None:
        self._before("replace")
        super().replace(old, new)

    def unlink(self, path: Path) -> None:
        self._before("unlink")
        super().unlink(path)

    def mkdir(self, path: Path) -> None:
        self._before("mkdir")
        super().mkdir(path)

    def rmdir(self, path: Path) -> None:
        self._before("rmdir")
        super().rmdir(path)


class FailingDisk(_WatchedDisk):
    """Fails with `errno` from its n-th call on, `count` times (None: for good).

    A write that fails has taken half of the bytes, and a descriptor is closed even where closing
    fails, as on Linux.
    """

    def __init__(self, n: int, errno: int, count: int | None = 1) -> None:
        self.n, self.errno, self.count = n, errno, count
        self.calls, self.failed = 0, 0

    def _before(self, name: str, fd: int = -1, data: bytes = b"") -> None:
        self.calls += 1
        if self.calls < self.n or (self.count is not None and self.calls >= self.n + self.count):
            return
        self.failed += 1
        if name == "write":
            os.write(fd, data[: len(data) // 2])
        if name == "close":
            os.close(fd)
        raise OSError(self.errno, os.strerror(self.errno))


class ShortDisk(Disk):
    """Takes at most 1,000 bytes at a time, as a pipe or a slow network file system may."""

    def write(self, fd: int, data: bytes | memoryview) -> int:
        return super().write(fd, data[:1_000])


class KillingDisk(_WatchedDisk):
    """Once armed, ends the process by SIGKILL before the n-th call from then on.

    With `half`, in the middle of the n-th write; other calls do not count then, because they
    either happen or do not.
    """

    def __init__(self) -> None:
        self._left, self._half = 0, False

    def arm(self, n: int, *, half: bool = False) -> None:
        self._left, self._half = n, half

    def _before(self, name: str, fd: int = -1, data: bytes = b"") -> None:
        if self._left == 0 or (self._half and name != "write"):
            return
        self._left -= 1
        if self._left > 0:
            return
        if self._half:
            os.write(fd, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
        sys.exit("unreachable")


@dataclass(frozen=True)
class Call:
    """A call that went well. `number` names the open file: descriptors are used again."""

    name: str
    path: Path | None = None
    number: int = -1
    data: bytes = b""
    new: Path | None = None
    size: int = 0
    flags: int = 0


class RecordingDisk(Disk):
    """Does everything, and remembers it with its data, for `crash_states.py`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._numbers: dict[int, int] = {}
        self._opened = 0

    def open(self, path: Path, flags: int) -> int:
        fd = super().open(path, flags)
        self._opened += 1
        self._numbers[fd] = self._opened
        self.calls.append(Call("open", path, self._opened, flags=flags))
        return fd

    def write(self, fd: int, data: bytes | memoryview) -> int:
        taken = super().write(fd, data)
        self.calls.append(Call("write", number=self._numbers[fd], data=bytes(data[:taken])))
        return taken

    def fsync(self, fd: int) -> None:
        super().fsync(fd)
        self.calls.append(Call("fsync", number=self._numbers[fd]))

    def close(self, fd: int) -> None:
        super().close(fd)
        self.calls.append(Call("close", number=self._numbers.pop(fd)))

    def truncate(self, fd: int, size: int) -> None:
        super().truncate(fd, size)
        self.calls.append(Call("truncate", number=self._numbers[fd], size=size))

    def replace(self, old: Path, new: Path) -> None:
        super().replace(old, new)
        self.calls.append(Call("replace", old, new=new))

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self.calls.append(Call("unlink", path))

    def mkdir(self, path: Path) -> None:
        super().mkdir(path)
        self.calls.append(Call("mkdir", path))

    def rmdir(self, path: Path) -> None:
        super().rmdir(path)
        self.calls.append(Call("rmdir", path))
