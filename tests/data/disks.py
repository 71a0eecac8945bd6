"""Disks that misbehave, for tests of whatever writes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from studio.data.disk import Disk

CALLS = ("open", "write", "fsync", "close", "truncate", "replace", "unlink", "mkdir", "rmdir")


class Killed(BaseException):
    """The process is gone; nothing catches this, as nothing catches a real kill."""


class Watched(Disk):
    """Every call goes through `before`, which may raise; subclasses say when."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before(self, call: str, *values: Any) -> None:
        self.calls.append(call)


def _watched(call: str) -> Callable[..., Any]:
    real = getattr(Disk, call)

    def method(self: Watched, *values: Any) -> Any:
        try:
            self.before(call, *values)
        except OSError:
            if call == "close":  # a close that fails has closed all the same
                real(self, *values)
            raise
        return real(self, *values)

    return method


for _call in CALLS:
    setattr(Watched, _call, _watched(_call))


class Failing(Watched):
    """Fails from the n-th call on (counting from 0), `times` times in a row.

    A write that fails has written the first half, as a disk does that fills up.
    """

    def __init__(self, at: int, code: int = errno.ENOSPC, times: float = 1) -> None:
        super().__init__()
        self.at, self.code, self.times = at, code, times
        self.failed = 0

    def before(self, call: str, *values: Any) -> None:
        number = len(self.calls)
        super().before(call, *values)
        if number >= self.at and self.failed < self.times:
            self.failed += 1
            if call == "write":
                os.write(values[0], bytes(values[1])[: len(values[1]) // 2])
            raise OSError(self.code, os.strerror(self.code))


class Dying(Watched):
    """The process is killed at the n-th call; half of what it was writing has been written."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def before(self, call: str, *values: Any) -> None:
        number = len(self.calls)
        super().before(call, *values)
        if number >= self.at:
            if number == self.at and call == "write":
                os.write(values[0], bytes(values[1])[: len(values[1]) // 2])
            if call == "close":
                os.close(values[0])
            raise Killed


class PowerCut(Watched):
    """Remembers every call below `root`, and what the disk might hold after a power cut.

    The model: what was written to a file lasts from its fsync on; before that any part of what
    follows the last fsync may be there. A name lasts from the fsync of its folder on; before
    that any number of the oldest changes may have happened, and none out of order (as with a
    journal). This is weaker than real disks and stronger than trusting them.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self._names: dict[Path, int] = {}
        self._settled: dict[Path, int] = {}
        self._open: dict[int, tuple[int | None, Path]] = {}
        self._bytes: list[bytes] = []
        self._safe: list[bytes] = []
        self._log: list[tuple[str, Path, Path | int | None]] = []

    def open(self, path: Path, flags: int) -> int:
        self.before("open", path, flags)
        fd = Disk.open(self, path, flags)
        path = Path(path)
        if path.is_dir():
            self._open[fd] = (None, path)
            return fd
        if path not in self._names:
            self._names[path] = len(self._bytes)
            self._log.append(("make", path, self._names[path]))
            self._bytes.append(b"")
            self._safe.append(b"")
        self._open[fd] = (self._names[path], path)
        return fd

    def write(self, fd: int, data: bytes | memoryview) -> int:
        self.before("write", fd, data)
        taken = Disk.write(self, fd, data)
        number = self._open[fd][0]
        assert number is not None
        self._bytes[number] += bytes(data)[:taken]
        return taken

    def truncate(self, fd: int, size: int) -> None:
        self.before("truncate", fd, size)
        Disk.truncate(self, fd, size)
        number = self._open[fd][0]
        assert number is not None
        self._bytes[number] = self._bytes[number][:size]

    def fsync(self, fd: int) -> None:
        self.before("fsync", fd)
        number, path = self._open[fd]
        if number is not None:
            self._safe[number] = self._bytes[number]
            return
        rest = []
        for change in self._log:
            if change[1].parent == path:
                self._apply(self._settled, change)
            else:
                rest.append(change)
        self._log = rest

    def replace(self, old: Path, new: Path) -> None:
        self.before("replace", old, new)
        Disk.replace(self, old, new)
        self._names[Path(new)] = self._names.pop(Path(old))
        self._log.append(("move", Path(old), Path(new)))

    def unlink(self, path: Path) -> None:
        self.before("unlink", path)
        Disk.unlink(self, path)
        self._names.pop(Path(path))
        self._log.append(("remove", Path(path), None))

    @staticmethod
    def _apply(names: dict[Path, int], change: tuple[str, Path, Path | int | None]) -> None:
        kind, path, value = change
        if kind == "make":
            assert isinstance(value, int)
            names[path] = value
        elif kind == "move":
            assert isinstance(value, Path)
            if path in names:
                names[value] = names.pop(path)
        else:
            names.pop(path, None)

    def states(self) -> Iterator[dict[Path, bytes]]:
        """What the disk may hold if the power went now."""
        for changes in range(len(self._log) + 1):
            names = dict(self._settled)
            for change in self._log[:changes]:
                self._apply(names, change)
            for share in (0.0, 0.5, 1.0):
                yield {path: self._torn(number, share) for path, number in names.items()}

    def _torn(self, number: int, share: float) -> bytes:
        safe, now = self._safe[number], self._bytes[number]
        if now.startswith(safe):
            return safe + now[len(safe) :][: round(share * (len(now) - len(safe)))]
        # Cut and written anew since: either the old bytes or some of the new ones.
        return safe if share == 0 else now[: round(share * len(now))]
