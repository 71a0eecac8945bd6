"""Numbered files of one kind, as many as there is room for: dense early, thinner later.

A training changes fast at first, so what is worth looking back at lies evenly in the square root
of the step: of 200 snapshots over 6,000 rounds, a new one comes after one round at the beginning
and after sixty at the end.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
from typing import TYPE_CHECKING

from studio.data.atomic import PART_SUFFIX, write_atomically
from studio.data.disk import DISK

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data.disk import Disk

_NAME = re.compile(r"([0-9]{8,16})\.safetensors", re.ASCII)


def numbers_in(folder: Path) -> tuple[int, ...]:
    """The steps of the files in a folder, rising; foreign files are passed over. Never raises."""
    return tuple(sorted(_sizes(folder)))


def _sizes(folder: Path) -> dict[int, int]:
    found = {}
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _NAME.fullmatch(entry.name)
            if match is None or f"{int(match[1]):08d}" != match[1]:
                continue
            with contextlib.suppress(OSError):
                if entry.is_file(follow_symlinks=False):
                    found[int(match[1])] = entry.stat(follow_symlinks=False).st_size
    return found


class Shelf:
    """One folder of numbered files.

    Arguments:
        folder: Where they lie; made with the first file, if need be.
        limit: How many may lie there, at least 3.
        budget_bytes: How much room they may take together, or None for any; the first and the
            last stay in any case. May be changed later.
        disk: All writing goes through it.
    """

    def __init__(
        self, folder: Path, *, limit: int, budget_bytes: int | None = None, disk: Disk = DISK
    ) -> None:
        assert limit >= 3
        self._folder, self._limit, self._disk = folder, limit, disk
        self.budget_bytes = budget_bytes
        self._known: dict[int, int] | None = None
        self._doomed: set[int] = set()

    @property
    def _files(self) -> dict[int, int]:
        if self._known is None:
            found = _sizes(self._folder)
            self._known = {step: found[step] for step in found if step not in self._doomed}
        return self._known

    def steps(self) -> tuple[int, ...]:
        """The steps that have a file, rising."""
        return tuple(sorted(self._files))

    def size(self) -> int:
        """What they take together, in bytes."""
        return sum(self._files.values())

    def path(self, step: int) -> Path:
        """The file of a step."""
        return self._folder / f"{step:08d}.safetensors"

    def wants(self, step: int) -> bool:
        """Whether enough has been played since the last file for another one."""
        if not self._files:
            return True
        # Even in the square root of the step means a distance of 2 sqrt(step) sqrt(step) / limit.
        return step - max(self._files) >= max(1, 2 * step // self._room())

    def put(self, step: int, content: bytes) -> None:
        """Adds a file, or replaces it, and then makes room by taking others away.

        Raises:
            OSError: it cannot be written; no other file is missing for it. What cannot be taken
                away is no error, and is tried again the next time.
        """
        files = self._files
        try:
            if not self._folder.is_dir():
                self._disk.mkdir(self._folder)
            write_atomically(self.path(step), content, self._disk)
        except OSError:
            self._known = None  # it may be there all the same: look again
            raise
        files[step] = len(content)
        self._doomed.discard(step)
        while len(self._files) > 2 and self._too_full():
            self._doom(self._least_missed())
        self._clear()

    def drop_after(self, step: int) -> None:
        """Takes away the files of later steps.

        Raises:
            OSError: one cannot be taken away.
        """
        for later in sorted((known for known in self._files if known > step), reverse=True):
            with contextlib.suppress(FileNotFoundError):
                self._disk.unlink(self.path(later))
            del self._files[later]

    def clean(self) -> None:
        """Takes away what writes that were cut off have left."""
        for part in self._folder.glob(f".*{PART_SUFFIX}"):
            self._disk.unlink(part)

    def _too_full(self) -> bool:
        over = self.budget_bytes is not None and self.size() > self.budget_bytes
        return over or len(self._files) > self._limit

    def _room(self) -> int:
        """How many files there is room for, going by the size of those that are there."""
        if self.budget_bytes is None or not self.size():
            return self._limit
        return max(3, min(self._limit, self.budget_bytes * len(self._files) // self.size()))

    def _least_missed(self) -> int:
        steps = self.steps()
        roots = [math.sqrt(step) for step in steps]
        gaps = [(roots[i + 1] - roots[i - 1], steps[i]) for i in range(1, len(steps) - 1)]
        return min(gaps)[1]

    def _doom(self, step: int) -> None:
        del self._files[step]
        self._doomed.add(step)

    def _clear(self) -> None:
        for step in sorted(self._doomed):
            try:
                self._disk.unlink(self.path(step))
            except FileNotFoundError:
                pass
            except OSError:
                continue
            self._doomed.discard(step)
