"""How many CPU threads a training is given: measured once for each kind of work, then remembered.

More threads are not faster by themselves: for a small network the hand-over costs more than it
brings, and next to a busy window two threads on two cores can be ten times slower than one.
The count changes the last bits of every sum, so it is part of what makes a run repeatable, and a
measurement that could come out either way must not be made anew for each run.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING

import torch

from studio.data.atomic import write_atomically
from studio.data.resident import ResidentData
from studio.engine.build import build
from studio.engine.referee import Referee
from studio.engine.seeding import mix

if TYPE_CHECKING:
    from pathlib import Path

    from models import ImageShape, ModelConfig
    from studio.data.dataset import Dataset

WORTH_IT = 1.15
"""A greater count must be this much faster: below it, a free core is worth more to the window."""


def choose(
    name: str, settings: ModelConfig, shape: ImageShape, data: Dataset, *, memory: Path | None
) -> int:
    """The thread count for training this model here on the CPU.

    Arguments:
        data: Any data set of the right shape; a few batches of it are played.
        memory: A JSON file that keeps what was measured, or None to measure always.
    """
    cores = os.cpu_count() or 1
    what = f"{name} {settings} {shape} {cores} {torch.__version__}"
    key = f"{mix(0, what):016x}"
    known = _read(memory)
    if key in known:
        return min(known[key], cores)
    candidates = sorted({1, cores, max(1, cores // 2)})
    before = torch.get_num_threads()
    try:
        best, best_rate = 1, 0.0
        for count in candidates:
            torch.set_num_threads(count)
            rate = _rounds_per_second(name, settings, shape, data)
            if rate > best_rate * (WORTH_IT if best_rate else 1.0):
                best, best_rate = count, rate
    finally:
        torch.set_num_threads(before)
    if memory is not None:
        _write(memory, known | {key: best})
    return best


def _rounds_per_second(
    name: str, settings: ModelConfig, shape: ImageShape, data: Dataset, seconds: float = 0.4
) -> float:
    cpu = torch.device("cpu")
    model = build(name, settings, shape, seed=0, device=cpu).train()
    stage = model.stages()[0]
    referee = Referee(model, stage, ResidentData(data, cpu), seed=0, draws=0)
    if stage.on_enter is not None:
        with torch.no_grad():
            stage.on_enter(referee.batch(0.0))
    referee.play_round(0.0)  # the first round allocates
    rounds, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        referee.play_round(0.0)
        rounds += 1
    return rounds / (time.perf_counter() - began)


def _read(memory: Path | None) -> dict[str, int]:
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        if memory is not None:
            return {str(k): max(1, int(v)) for k, v in json.loads(memory.read_text()).items()}
    return {}


def _write(memory: Path, known: dict[str, int]) -> None:
    # Losing this file costs a second of measuring, so a failure is nobody's business.
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(memory, json.dumps(known).encode())
