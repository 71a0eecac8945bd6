"""How well a model explains real test digits, as a scale for drawings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from models import means
from models.capabilities import HasLikelihood
from studio.engine.images import to_tensor
from studio.engine.seeding import generator
from studio.engine.stepping import frozen
from studio.engine.testimony import Yardstick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models import GenerativeModel

DIGITS, SEARCHED = 200, 48
"""Test digits on a scale: with an encoder, and where each of them has to be searched for."""
DRAWS = 8
"""Of the bound on log p(x): with more of them it is tighter and scatters less."""
_CHUNK, _SEARCHED_CHUNK = 40, 2


class Scale:
    """Bounds on log p(x) where the model knows them, else errors of its copies.

    Arguments:
        fast: Whether a code is one pass of an encoder.
    """

    def __init__(self, model: GenerativeModel, fast: bool) -> None:
        self._model, self._fast = model, fast
        self._likely = isinstance(model, HasLikelihood)
        self._scores: list[float] = []  # greater is better
        self.complete = False

    def grow(self, digits: np.ndarray) -> Iterator[None]:
        """Measures test digits, uint8 (N, H, W), a few at each step; goes on where it was."""
        digits = digits[: DIGITS if self._fast or self._likely else SEARCHED]
        chunk = _CHUNK if self._fast or self._likely else _SEARCHED_CHUNK
        while len(self._scores) < len(digits):
            first = len(self._scores)
            images = to_tensor(digits[first : first + chunk], self._model.device)
            if self._likely:
                scores = self._likelihood(images, first)
            else:
                steps = self._copy(images)
                for copy in steps:
                    scores = -(copy - images).square().flatten(1).mean(1)
                    yield
            # An urgent answer may have measured the same digits meanwhile.
            if len(self._scores) == first:
                self._scores += [_finite(score) for score in scores.tolist()]
            yield
        self.complete = True

    def measure(self, drawing: np.ndarray, error: float) -> Yardstick | None:
        """Where a drawing stands, uint8 (H, W), whose copy is off by `error`; None if that is no
        number."""
        value = -error
        if self._likely:
            image = to_tensor(drawing[None], self._model.device)
            value = float(self._likelihood(image, -1)[0])
        if not math.isfinite(value):
            return None
        share = None
        if self.complete and self._scores:
            share = float((np.array(self._scores) < value).mean())
        count = len(self._scores) if self.complete else 0
        if self._likely:
            return Yardstick("log-likelihood", value, "nats", share, count)
        return Yardstick("error", -value, "per pixel", share, count)

    @torch.no_grad()
    def _likelihood(self, images: torch.Tensor, first: int) -> torch.Tensor:
        noise = generator(self._model.device, 0, "scale", first)
        model = cast("HasLikelihood", self._model)
        return model.log_likelihood(images, generator=noise, draws=DRAWS)

    def _copy(self, images: torch.Tensor) -> Iterator[torch.Tensor]:
        noise = generator(self._model.device, 0, "encode")
        steps = means.encode(self._model, images, generator=noise)
        for step in frozen(steps):
            yield step.images


def _finite(score: float) -> float:
    """What is no number is worse than anything."""
    return score if math.isfinite(score) else -math.inf
