"""The checkpoint files of a run that is being written: the newest, the one before, no others."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from studio.data.atomic import write_atomically
from studio.library.container import BadRun
from studio.library.run_folder import CHECKPOINTS, numbered, read_head, reference
from studio.library.shelf import numbers_in

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data.disk import Disk
    from studio.library.record import CheckpointRef

KEPT = 2


class Checkpoints:
    """Knows which checkpoints count, and takes away those that do not.

    Arguments:
        folder: Of the run.
        disk: All writing goes through it.
        first: The one that the head names already, if any.
    """

    def __init__(self, folder: Path, disk: Disk, first: CheckpointRef | None = None) -> None:
        self._folder, self._disk = folder, disk
        self._kept: tuple[CheckpointRef, ...] = () if first is None else (first,)
        self._before = self._kept
        # Steps of which there may be a file, whether it counts or not.
        self._lying = set(numbers_in(folder / CHECKPOINTS))

    @property
    def newest(self) -> CheckpointRef | None:
        """The one to go on from."""
        return self._kept[-1] if self._kept else None

    def add(self, step: int, content: bytes, sha256: str) -> None:
        """Writes one and lets it count; `keep` or `take_back` must follow.

        Raises:
            OSError: it cannot be written, and does not count.
        """
        self._before = self._kept
        self._lying.add(step)
        write_atomically(numbered(self._folder, CHECKPOINTS, step), content, self._disk)
        others = tuple(ref for ref in self._kept if ref.step != step)
        self._kept = (*others, reference(step, content, sha256))[-KEPT:]

    def keep(self) -> None:
        """The head names the newest one now: older ones may go."""
        self._take_away(self._lying - {ref.step for ref in self._kept})

    def take_back(self, step: int) -> None:
        """The head could not be written: what it named before is still what counts."""
        self._kept = self._before
        named = {ref.step for ref in self._kept}
        with contextlib.suppress(BadRun):
            # It may have been replaced although the attempt has failed.
            head = read_head(self._folder)
            named |= set() if head.checkpoint is None else {head.checkpoint.step}
        self._take_away({step} - named)

    def _take_away(self, steps: set[int]) -> None:
        """Removes files; what cannot be removed is tried again later."""
        for step in sorted(steps):
            with contextlib.suppress(OSError):
                with contextlib.suppress(FileNotFoundError):
                    self._disk.unlink(numbered(self._folder, CHECKPOINTS, step))
                self._lying.discard(step)
