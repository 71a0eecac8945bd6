"""What one model says about one drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

    from studio.engine.explorer import Reading
    from studio.engine.sight import Opinions

Fit = Literal["log-likelihood", "error"]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How well a model explains a drawing, and how well that is.

    Attributes:
        name: By what it is measured: a bound on log p(x), or the mean squared error of the copy.
        value: In `unit`; of errors the smaller is the better one.
        unit: "nats" or "per pixel".
        percentile: Share of real test digits that do worse, in [0, 1]; None until they have all
            been measured.
        count: How many test digits these are.
    """

    name: Fit
    value: float
    unit: str
    percentile: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """All that a model says about a drawing, as far as it is known.

    Attributes:
        reading: Its code and its copy; None while nothing has been found yet, and where the model
            finds none: `lacks` then says why.
        shares: float32 (10,), how likely each digit is; they and `none` sum to 1. None while
            there is no copy to read.
        none: How likely it is that the copy shows no digit.
        opinion_by: Who reads the digit: a conditional model knows the classes itself; of any other
            one the classifier reads the copy.
        score: What its discriminator thinks of the drawing, among real digits; None without one.
        yardstick: None while there is no copy, and where it is not a number.
        neighbours: uint8 (k, 28, 28), the training digits that are nearest to the drawing; k is 0
            until they have been looked for.
        neighbour_labels: int64 (k,).
        neighbours_by: Whether nearness is that of codes or of pixels.
        seconds: Spent on this answer so far, without what else was done meanwhile.
    """

    reading: Reading | None = None
    lacks: str = ""
    shares: np.ndarray | None = None
    none: float = 0.0
    opinion_by: Literal["the model", "the classifier"] = "the classifier"
    score: Opinions | None = None
    yardstick: Yardstick | None = None
    neighbours: np.ndarray
    neighbour_labels: np.ndarray
    neighbours_by: Literal["codes", "pixels"] = "pixels"
    seconds: float = 0.0

    @property
    def fraction(self) -> float:
        """Done so far, in [0, 1]."""
        if self.reading is None:
            return 1.0 if self.lacks else 0.0
        return self.reading.fraction
