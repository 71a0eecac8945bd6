"""What the views are told of the microscope's readings: plain values, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Mood = Literal["good", "warning", "wrong", "quiet"]
"""How serious a verdict is; `quiet` where nothing can be said yet."""


@dataclass(frozen=True)
class VerdictRow:
    """A reading in one sentence.

    Attributes:
        word: The state in a word or two, for those who do not see its colour.
        more: What else holds, one line each, for the tooltip.
    """

    mood: Mood
    word: str
    sentence: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A class of the data.

    Attributes:
        digit: Which of the ten colours is its own; None for what is no digit, or a spot.
        share: Of the samples, in [0, 1].
        expected: Of the data; None where it has none.
        alive: Whether it counts among the modes that the model still makes.
        words: The bar in words.
    """

    label: str
    digit: int | None
    share: float
    expected: float | None
    alive: bool
    words: str


@dataclass(frozen=True)
class Census:
    """Which modes of the data the model still makes.

    Attributes:
        summary: One line.
        bars: One per class, where the shares of each are known.
        alive, total: How many there are and how many there could be, where only that is known.
    """

    summary: str
    bars: tuple[Bar, ...] = ()
    alive: int = 0
    total: int = 0


@dataclass(frozen=True, eq=False)
class GaugeRow:
    """One measurement over the run.

    Attributes:
        text: The value at the cursor with its unit; "–" before it was first taken.
        value: The same as a number, or None.
        steps, values: (n,) each, thinned out for the screen; a gap is NaN.
        ceiling: What real data have at the same sample size, or None.
        noise: Standard deviation of a reading, or None.
        ceiling_text: The ceiling with its unit, or "".
        words: What it is and how to read it, for the tooltip.
    """

    name: str
    title: str
    text: str
    value: float | None
    steps: np.ndarray
    values: np.ndarray
    ceiling: float | None
    noise: float | None
    ceiling_text: str
    words: str
