"""What a run of version 1 looked like over time: losses of each player and fixed-noise grids.

Later versions keep a log and single grids instead; nothing writes this format any more.
`history.safetensors` is a sealed file (see `container.py`), format "modescope-history", version 1:

    steps/PLAYER        int64 (n,)      rounds in which the player moved, rising
    loss/PLAYER/TERM    float32 (n,)    a term of its loss at those rounds; NaN where it had none
    grids               uint8 (T, N, H, W) or (T, N, H, W, 3)
    grid_steps          int64 (T,)      when each grid was drawn

Stages follow each other, so a player's rounds may begin late. Names hold no slash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy

from studio.library.container import BadRun, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FORMAT = "modescope-history"
VERSION = 1


class Curves(NamedTuple):
    """One player: rounds int64 (n,), and by term float32 (n,)."""

    steps: NDArray[np.int64]
    terms: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class History:
    """All players by name, and the grids with their steps; no grids is shape (0, 0, 0, 0)."""

    players: Mapping[str, Curves] = field(default_factory=dict)
    grids: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0, 0, 0), np.uint8))
    grid_steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def unpack_history(content: bytes, name: str) -> History:
    """The history in the bytes of a file that messages call `name`.

    Raises:
        BadRun: it is no history file, or a damaged one; one sentence.
    """
    unseal(content, name, kind=FORMAT, version=VERSION)
    try:
        return _arranged(safetensors.numpy.load(content))
    except (ValueError, KeyError, safetensors.SafetensorError) as error:
        raise BadRun(f"{name} is damaged: {str(error)[:100]}") from None


def _arranged(arrays: Mapping[str, NDArray[np.generic]]) -> History:
    steps: dict[str, NDArray[np.int64]] = {}
    terms: dict[str, dict[str, NDArray[np.float32]]] = {}
    grids, grid_steps = arrays.get("grids"), arrays.get("grid_steps")
    for name, array in arrays.items():
        match name.split("/"):
            case ["steps", player] if array.dtype == np.int64 and array.ndim == 1:
                steps[player] = array.astype(np.int64, copy=False)
            case ["loss", player, term] if array.dtype == np.float32 and array.ndim == 1:
                terms.setdefault(player, {})[term] = array.astype(np.float32, copy=False)
            case ["grids"] if array.dtype == np.uint8 and array.ndim in (4, 5):
                pass
            case ["grid_steps"] if array.dtype == np.int64 and array.ndim == 1:
                pass
            case _:
                raise ValueError(f"its array {name[:60]!r} does not belong there")
    if grids is None or grid_steps is None or len(grids) != len(grid_steps):
        raise ValueError("its grids and their steps do not match")
    for player, named in terms.items():
        if player not in steps or any(len(v) != len(steps[player]) for v in named.values()):
            raise ValueError(f"the losses and the steps of {player[:40]!r} do not match")
    return History(
        {player: Curves(steps[player], terms.get(player, {})) for player in steps},
        grids.astype(np.uint8, copy=False),
        grid_steps.astype(np.int64, copy=False),
    )
