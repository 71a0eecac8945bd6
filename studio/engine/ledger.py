"""Losses stay on the device until the host asks for them: no synchronisation per step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from studio.engine.events import Losses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.base import Terms


class Ledger:
    """Collects the terms of each move and hands them over in one transfer per player."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        self._steps: dict[str, list[int]] = {}
        self._rows: dict[str, list[Tensor]] = {}

    def note(self, player: str, step: int, moves: list[Terms]) -> None:
        """Writes down what a player's moves in round `step` cost; the mean, if several."""
        names = tuple(moves[0])
        self._names[player] = names
        rows = [torch.stack([terms[n].detach() for n in names]) for terms in moves]
        row = rows[0] if len(rows) == 1 else torch.stack(rows).mean(0)
        self._steps.setdefault(player, []).append(step)
        self._rows.setdefault(player, []).append(row)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def flush(self) -> Mapping[str, Losses]:
        """Everything since the last time, by player; this is where the host waits."""
        out: dict[str, Losses] = {}
        for player, rows in self._rows.items():
            table = torch.stack(rows).cpu().numpy()
            steps = np.asarray(self._steps[player], dtype=np.int64)
            columns = dict(zip(self._names[player], table.T.astype(np.float32), strict=True))
            out[player] = Losses(steps, columns)
        self._rows, self._steps = {}, {}
        return out


def first_bad_step(losses: Mapping[str, Losses]) -> tuple[int, str] | None:
    """The first step at which a total is not finite, and whose it is; None if all are."""
    bad = [
        (int(rows.steps[~np.isfinite(rows.terms["total"])][0]), player)
        for player, rows in losses.items()
        if not np.isfinite(rows.terms["total"]).all()
    ]
    return min(bad) if bad else None


def before(losses: Mapping[str, Losses], step: int) -> Mapping[str, Losses]:
    """What of the losses belongs to rounds before `step`; players without any are left out."""
    kept = {}
    for player, rows in losses.items():
        good = rows.steps < step
        if good.any():
            kept[player] = Losses(rows.steps[good], {n: v[good] for n, v in rows.terms.items()})
    return kept
