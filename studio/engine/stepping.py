"""What all generators of ever better answers have in common."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

PAUSE = 0.1
"""Seconds between two answers on the way: often enough to see it work."""

Step = TypeVar("Step")


def frozen(steps: Iterator[Step]) -> Iterator[Step]:
    """Runs a generator under no_grad: the mode is per thread and would leak between its steps."""
    while True:
        with torch.no_grad():
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


def at_leisure(steps: Iterator[Step]) -> Iterator[Step]:
    """The first step, the last, and between them one every PAUSE seconds.

    Which ones is a matter of time; what the last one says is not.
    """
    due = 0.0
    kept: Step | None = None
    for step in steps:
        kept = step
        if time.monotonic() >= due:
            kept = None
            yield step
            due = time.monotonic() + PAUSE
    if kept is not None:
        yield kept
