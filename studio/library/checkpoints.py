"""The checkpoint files of a run: the one that the head names, and the one before.

A file counts from the moment in which the head names it, and goes only when no head that may lie
on the disk names it any more.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from studio.data.atomic import write_atomically
from studio.library.container import BadRun
from studio.library.run_folder import CHECKPOINTS, numbered, read_head, reference
from studio.library.shelf import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from studio.data.disk import Disk
    from studio.library.record import CheckpointRef

KEPT = 2


class Checkpoints:
    """Writes them, and takes away those that nobody needs.

    Arguments:
        folder: Of the run.
        disk: All writing goes through it.
        newest: The one that the head names, where a run goes on.
    """

    def __init__(self, folder: Path, disk: Disk, newest: CheckpointRef | None = None) -> None:
        self._folder, self._disk = folder, disk
        self._named = [] if newest is None else [newest]
        self._lying = set(numbers_in(folder / CHECKPOINTS))

    @property
    def newest(self) -> CheckpointRef | None:
        """The one that the next head is to name, None before the first."""
        return self._named[-1] if self._named else None

    @contextlib.contextmanager
    def adding(self, step: int, content: bytes, sha256: str) -> Iterator[None]:
        """Writes one; inside the block it is the newest, and the head must be replaced there.

        Raises:
            OSError: it cannot be written, or the block raised this or a MemoryError: then the
                newest is again what it was, and no file is left over that a head does not name.
        """
        before = self._named
        older = [ref for ref in before if ref.step != step]
        self._lying.add(step)
        try:
            write_atomically(numbered(self._folder, CHECKPOINTS, step), content, self._disk)
            self._named = [*older, reference(step, content, sha256)][-KEPT:]
            yield
        except (OSError, MemoryError):
            self._named = before
            # A disk that is nearly full shall not be filled by attempts.
            self._take_away({step} - self._needed())
            raise
        # One whose head has not reached the disk for sure may go only now.
        self._take_away(self._lying - {ref.step for ref in self._named})

    def _needed(self) -> set[int]:
        """The steps that a head may name: it may have been replaced although that has failed."""
        needed = {ref.step for ref in self._named}
        with contextlib.suppress(BadRun):
            head = read_head(self._folder)
            needed |= set() if head.checkpoint is None else {head.checkpoint.step}
        return needed

    def _take_away(self, steps: set[int]) -> None:
        """Removes files; what cannot be removed is tried again after the next."""
        for step in sorted(steps):
            with contextlib.suppress(OSError):
                with contextlib.suppress(FileNotFoundError):
                    self._disk.unlink(numbered(self._folder, CHECKPOINTS, step))
                self._lying.discard(step)
