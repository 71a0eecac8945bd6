"""Data sets: the one door. `load("pen")` gives a `Dataset`; nothing else here does any work.

A new data set is a function of the same keyword arguments, in a module of its own or beside its
kind, and one line in `_LOADERS`. Modules are imported when their data is asked for, so that
starting up costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from studio.data.dataset import (
    SPLITS,
    Cancelled,
    Dataset,
    DataUnavailable,
    LoadCancelled,
    Progress,
)

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data.plane import Plane

__all__ = [
    "DataUnavailable",
    "Dataset",
    "LoadCancelled",
    "Progress",
    "available",
    "load",
    "plane_of",
]

_LOADERS = {
    "pen": ("studio.data.pen", "load"),
    "mnist": ("studio.data.mnist", "load"),
    "ring8": ("studio.data.mixtures", "load_ring8"),
    "grid25": ("studio.data.mixtures", "load_grid25"),
    "stacked-pen": ("studio.data.stacked", "load_stacked_pen"),
    "stacked-mnist": ("studio.data.stacked", "load_stacked_mnist"),
    "mine": ("studio.data.mine", "load"),
}


def available() -> tuple[str, ...]:
    """Names that `load` knows, the default first."""
    return tuple(_LOADERS)


def load(
    name: str,
    split: str = "train",
    *,
    root: Path | None = None,
    mirror: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Dataset:
    """Load one split of a data set.

    Args:
        name: one of `available()`.
        split: "train" or "test".
        root: folder in which the files already lie (never written to); sets that are
            generated ignore it.
        mirror: http(s):// or file:// prefix to fetch missing files from, instead of the
            official places.
        seed: seed of a generated set; sets that are read ignore it.
        progress: told (message, fraction) while the work goes on.
        cancelled: polled while the work goes on.

    Raises:
        ValueError: unknown name or split, in one sentence that lists the known ones.
        DataUnavailable: the data is neither here nor to be had; says what to do.
        LoadCancelled: `cancelled()` said True.
    """
    if name not in _LOADERS:
        raise ValueError(f"There is no data set called {name!r}: choose {_either(available())}.")
    if split not in SPLITS:
        raise ValueError(f"There is no split called {split!r}: choose {_either(SPLITS)}.")
    module, function = _LOADERS[name]
    data: Dataset = getattr(importlib.import_module(module), function)(
        split, root=root, mirror=mirror, seed=seed, progress=progress, cancelled=cancelled
    )
    return data


def plane_of(name: str) -> Plane | None:
    """The plane of a set of points, without loading it; None for images and unknown names."""
    from studio.data import mixtures

    return mixtures.plane(name) if name in mixtures.NAMES else None


def _either(names: tuple[str, ...]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"
