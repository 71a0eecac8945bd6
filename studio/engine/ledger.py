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
    """Collects the terms of each move and hands them over in one transfer per player.

    A live setting may add a term or take it away between two rounds, and between two moves of one:
    where a term was not, there is NaN.
    """

    def __init__(self) -> None:
        self._names: dict[str, list[tuple[str, ...]]] = {}
        self._steps: dict[str, list[int]] = {}
        self._rows: dict[str, list[Tensor]] = {}

    def note(self, player: str, step: int, moves: list[Terms]) -> None:
        """Writes down what a player's moves in round `step` cost; the mean, if several."""
        names = tuple(dict.fromkeys(name for terms in moves for name in terms))
        if all(len(terms) == len(names) for terms in moves):
            rows = [torch.stack([terms[n].detach() for n in names]) for terms in moves]
            row = rows[0] if len(rows) == 1 else torch.stack(rows).mean(0)
        else:
            row = torch.stack([_mean(name, moves) for name in names])
        self._names.setdefault(player, []).append(names)
        self._steps.setdefault(player, []).append(step)
        self._rows.setdefault(player, []).append(row)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def flush(self) -> Mapping[str, Losses]:
        """Everything since the last time, by player; this is where the host waits."""
        out: dict[str, Losses] = {}
        for player, rows in self._rows.items():
            # One transfer, however many terms the rounds have.
            flat = torch.cat(rows).cpu().numpy().astype(np.float32)
            steps = np.asarray(self._steps[player], dtype=np.int64)
            out[player] = Losses(steps, _columns(self._names[player], flat))
        self._names, self._rows, self._steps = {}, {}, {}
        return out


def _mean(name: str, moves: list[Terms]) -> Tensor:
    """Over those moves that have the term."""
    return torch.stack([terms[name].detach() for terms in moves if name in terms]).mean(0)


def _columns(rounds: list[tuple[str, ...]], flat: np.ndarray) -> dict[str, np.ndarray]:
    """By term its values, from all values of the first round, of the second, and so on."""
    names = list(dict.fromkeys(name for round_names in rounds for name in round_names))
    if len(set(rounds)) == 1:
        return dict(zip(names, flat.reshape(len(rounds), -1).T, strict=True))
    columns = {name: np.full(len(rounds), np.nan, dtype=np.float32) for name in names}
    start = 0
    for number, round_names in enumerate(rounds):
        for offset, name in enumerate(round_names):
            columns[name][number] = flat[start + offset]
        start += len(round_names)
    return columns


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
