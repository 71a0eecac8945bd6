"""Where the plane of the map meets the user's drawing."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from studio.engine.ground import PlaneSpec

NO_DRAWING = "There is no drawing yet: draw a digit on the Draw page."
Code = tuple[float, ...]
Weights = tuple[str, int]
"""Which run, and at which step."""


class Meeting:
    """The code of the drawing, for each of the weights that have read it.

    Attributes:
        wanted: The plane shall contain the drawing.
    """

    def __init__(self) -> None:
        self.wanted = True
        self._code: Code | None = None
        self._label: int | None = None
        self._codes: dict[Weights, Code | None] = {}

    def read(
        self, code: np.ndarray | None, label: int | None, weights: Weights | None, *, anew: bool
    ) -> None:
        """These weights have read the drawing as a code (D,); `anew` where it is another drawing,
        and not the same one read by other weights."""
        self._code = None if code is None else tuple(float(number) for number in np.ravel(code))
        self._label = label
        if anew:
            self._codes.clear()
        if weights is not None:
            self._codes[weights] = self._code

    def turn_to(self, weights: Weights, *, same_run: bool) -> None:
        """Other weights answer. Until they have read the drawing, the code by those before is
        nearly right if they are of the same run; to another run it means something else."""
        self._code = self._codes.get(weights, self._code if same_run else None)

    def choose_label(self) -> None:
        """The user has chosen a class, which now counts more than that of the drawing."""
        self._label = None

    def forget(self) -> None:
        """Another model: no code means anything any more."""
        self._code = None
        self._codes.clear()

    def through(self, spec: PlaneSpec) -> PlaneSpec:
        """The same plane through the drawing and for its class, where wanted and possible."""
        code = self._code if self.wanted and not self.why_apart(spec.kind) else None
        label = self._label if self.wanted and self._code is not None else None
        return dataclasses.replace(spec, through=code, label=spec.label if label is None else label)

    def why_apart(self, kind: str) -> str:
        """Why a plane cannot be led through the drawing; "" if it can."""
        if kind not in ("principal", "dimensions", "quantiles"):
            return "Only a plane along two directions can be moved to your drawing."
        if self._code is None:
            return NO_DRAWING
        if len(self._code) <= 2:
            return "The code has two numbers, so your drawing lies on the plane anyway."
        return ""
