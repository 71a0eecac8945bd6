"""What the answers to a drawing look like, row by row: plain values for the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class RowHead:
    """Who answers in a row.

    Attributes:
        key: What it is called; "" for the model in the window.
        title: A short name.
        detail: What it was trained on and how far.
        removable: Whether it can be sent away.
    """

    key: str
    title: str
    detail: str
    removable: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class AnswerRow:
    """What one model says.

    Attributes:
        copy: Its picture, uint8 (28, 28); None while there is none.
        fraction: How far the answer is, in [0, 1].
        vector: Its code, (D,), or None.
        codes: Its code as a grid (h, w) of `code_size` entries, or None.
        code_note: What the code is, a few words.
        shares: How likely each digit is, (10,), or None; together with `none`, the share of no
            digit at all, they sum to 1.
        read_by: Who reads it, a few words.
        fit: How well it explains the drawing, a number with its unit, or "".
        standing: How many real digits do worse, a few words, or why nothing is known; or "".
        percentile: The same as a share in [0, 1], or None.
        score: What its discriminator thinks, one sentence without its end, or "".
        neighbours: The nearest training digits, uint8 (k, 28, 28); k may be 0.
        neighbour_labels: Their classes.
        neighbours_by: By what they are near, a few words.
        time: How long the answer took, with its unit.
        how: By what means, or why there is no copy: a sentence.
    """

    copy: np.ndarray | None
    fraction: float
    vector: np.ndarray | None
    codes: np.ndarray | None
    code_size: int
    code_note: str
    shares: np.ndarray | None
    none: float
    read_by: str
    fit: str
    standing: str
    percentile: float | None
    score: str
    neighbours: np.ndarray
    neighbour_labels: tuple[int, ...]
    neighbours_by: str
    time: str
    how: str


@dataclass(frozen=True, eq=False)
class Choice:
    """A run that may be chosen to answer.

    Attributes:
        title, detail: Two lines that say what it is.
        thumbnail: One of its digits, uint8 (28, 28), or None.
        problem: Why it cannot answer, a sentence, or "".
    """

    key: str
    title: str
    detail: str
    thumbnail: np.ndarray | None = None
    problem: str = ""
