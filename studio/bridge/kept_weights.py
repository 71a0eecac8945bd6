"""Weights of earlier steps that have been looked at lately: scrubbing goes over the same ones again
and again, and each reading of a file and making of a network takes tens of milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from studio.library import LoadedModel

MOST_BYTES = 256 * 2**20

Stamp = tuple[int, int, int]
"""Of a file: its number, its size, and when it was written last."""


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: Stamp
    loaded: LoadedModel
    size: int


class KeptWeights:
    """A bounded memory of the snapshots of runs. The weights handed out must not be changed.

    Arguments:
        most: Bytes of weights that are kept, those asked for last.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Path, int], _Kept] = OrderedDict()
        self._size = 0

    def load(self, path: Path, at: int | None) -> LoadedModel:
        """As `library.load_model`, which see; a file that has been written anew is read anew."""
        from studio.library import load_model
        from studio.library.run_folder import SNAPSHOTS, numbered

        if at is None:  # a single model, or the last state of a run, which may be another soon
            return load_model(path)
        # Stamped before it is read: whatever is written in between makes it be read again.
        stamp = _stamp(numbered(path, SNAPSHOTS, at))
        if stamp is None:
            return load_model(path, at)
        kept = self._kept.get((path, at))
        if kept is None or kept.stamp != stamp:
            self._drop(path, at)
            loaded = load_model(path, at)
            tensors = loaded.model.state_dict().values()
            kept = _Kept(stamp, loaded, sum(t.numel() * t.element_size() for t in tensors))
            self._kept[path, at] = kept
            self._size += kept.size
        self._kept.move_to_end((path, at))
        while self._size > self._most:
            self._drop(*next(iter(self._kept)))
        return kept.loaded

    def _drop(self, path: Path, at: int) -> None:
        kept = self._kept.pop((path, at), None)
        if kept is not None:
            self._size -= kept.size


def _stamp(file: Path) -> Stamp | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
