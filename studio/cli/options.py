"""Values of options, checked while they are parsed; a mistake says what would be right."""

from __future__ import annotations

import argparse

MAX_COUNT = 1_000_000


def number(text: str, low: int, high: int) -> int:
    """A whole number within bounds.

    Raises:
        argparse.ArgumentTypeError: it is none, or lies outside.
    """
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"must be from {low:,} to {high:,}, not {value:,}")
    return value


def count(text: str) -> int:
    """Of things to draw."""
    return number(text, 1, MAX_COUNT)


def share(text: str) -> float:
    """From 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be from 0 to 1, not {value:g}")
    return value


def step(text: str) -> int:
    """Of a training."""
    return number(text, 0, 2**63 - 1)


def seed(text: str) -> int:
    """Of a generator of random numbers."""
    return number(text, 0, 2**63 - 1)


def threads(text: str) -> int:
    """Of the CPU."""
    return number(text, 1, 1_024)
