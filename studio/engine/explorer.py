"""Everything one may ask a model that is not being trained here: a frozen copy with arrays in and
arrays out.

Digits are uint8 (H, W) with bright ink on dark. Long answers come as generators whose every step is
a better answer, so that the asker can show progress and drop the rest when something newer is
wanted. What lies beyond one answer is worked out beside it: `filling`, `rewriting`, `atlas`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models import GenerativeModel, means
from models.capabilities import Conditional, Encodes, HasCodebook, Scores
from studio.engine import sight
from studio.engine.images import to_arrays, to_tensor
from studio.engine.seeding import generator
from studio.engine.stepping import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    from models.base import SamplerStep
    from studio.data.plane import Plane

NATIVE_POINTS, COSTLY_POINTS = 600, 96
"""How many test digits are placed on the map: with an encoder, and where each is a search."""
PLANE_SAMPLES, PLANE_ARROWS, PLANE_CELLS = 512, 96, 48
"""Of a game on the plane: points drawn, gradients shown, cells of the field in each direction."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model makes of a drawing.

    Attributes:
        fraction: Done so far, in (0, 1].
        reconstruction: uint8 (H, W).
        error: Mean squared error per pixel against the drawing, in [0, 1].
        latent: (D,) float32, or None if the model has no vector latent.
        codes: int (h, w) for a model with a codebook, else None; codebook_size goes with it.
        label: As which class a conditional model reads it, else None.
        how: By what means, one sentence.
    """

    fraction: float
    reconstruction: np.ndarray
    error: float
    latent: np.ndarray | None
    codes: np.ndarray | None
    codebook_size: int
    label: int | None
    how: str


class Explorer:
    """A model that only answers.

    Arguments:
        model: On its device; from now on nobody else may touch it.
    """

    def __init__(self, model: GenerativeModel) -> None:
        self._model = model.eval().requires_grad_(False)
        self._settings = model.config

    def load(self, weights: Mapping[str, Tensor], live: Mapping[str, object]) -> None:
        """Takes over another snapshot of the weights, and what was changed live.

        Raises:
            RuntimeError: names or shapes do not fit the model.
        """
        self._model.load_state_dict(dict(weights), strict=True)
        # An earlier snapshot knows nothing of what was changed after it.
        self._model.config = self._settings
        for name, value in live.items():
            # A run that was made longer says so here; how long it is does not change the model.
            if name != "steps":
                self._model.set_live(name, value)

    @property
    def model(self) -> GenerativeModel:
        """The frozen model itself, for the thread that asks."""
        return self._model

    # -- what it can ----------------------------------------------------------------------------

    def can(self, what: means.What) -> bool:
        """Whether it can sample, encode, decode, reconstruct or inpaint, by any means."""
        return means.can(self._model, what)

    def way(self, what: means.What) -> str:
        """By what means, or why not: one sentence."""
        return means.way(self._model, what)

    @property
    def encodes_fast(self) -> bool:
        """Whether a code is one pass of an encoder and not a search or a trajectory."""
        return isinstance(self._model, Encodes) and self._model.latent_geometry != "sphere"

    @property
    def judges(self) -> bool:
        """Whether it has a discriminator or critic."""
        return isinstance(self._model, Scores)

    # -- answers --------------------------------------------------------------------------------

    def sample(self, count: int, *, seed: int, label: int | None = None) -> np.ndarray:
        """uint8 (count, H, W)."""
        noise = self._noise("sample", seed)
        labels = None
        if label is not None:
            labels = torch.full((count,), label, dtype=torch.int64, device=self._model.device)
        with torch.no_grad():
            return to_arrays(means.sample(self._model, count, generator=noise, labels=labels))

    def read(self, drawing: np.ndarray) -> Iterator[Reading]:
        """Encodes and reconstructs a digit, better at each step."""
        image = self._tensor(drawing[None])
        how = means.way(self._model, "encode")
        codes, size, label = None, 0, None
        with torch.no_grad():
            if isinstance(self._model, HasCodebook):
                codes = self._model.codes(image)[0].cpu().numpy()
                size = self._model.codebook_size()
            if isinstance(self._model, Conditional):
                label = int(self._model.class_evidence(image)[0].argmax())
        for step in self._encode(image):
            latent = None if step.state is None else step.state[:1]
            yield Reading(
                fraction=step.fraction,
                reconstruction=to_arrays(step.images[:1])[0],
                error=float((step.images[:1] - image).square().mean()),
                latent=None if latent is None else latent[0].float().cpu().numpy(),
                codes=codes,
                codebook_size=size,
                label=label,
                how=how,
            )

    # -- through the discriminator's eyes -------------------------------------------------------

    def opinions(self, images: np.ndarray, real: np.ndarray) -> sight.Opinions:
        """What it thinks of samples, uint8 (N, H, W[, 3]), next to real images (M, ...)."""
        assert self.judges
        return sight.see_samples(self._model, images, real)

    def opinion(self, drawing: np.ndarray, real: np.ndarray) -> sight.Opinions:
        """What it thinks of one drawing, uint8 (H, W), among real digits (M, H, W); N is 1."""
        assert self.judges
        return sight.see_drawing(self._model, drawing, real)

    def plane_sight(self, plane: Plane, real: np.ndarray, *, seed: int) -> sight.PlaneSight:
        """A game on the plane; `real` is float32 (M, 1, 1, 2) in [0, 1]."""
        return sight.see_plane(
            self._model,
            plane,
            real,
            count=PLANE_SAMPLES,
            arrows=PLANE_ARROWS,
            resolution=PLANE_CELLS,
            noise=self._noise("plane", seed),
        )

    # -- inside ---------------------------------------------------------------------------------

    def _encode(self, images: Tensor) -> Iterator[SamplerStep]:
        return frozen(means.encode(self._model, images, generator=self._noise("encode", 0)))

    def _tensor(self, images: np.ndarray) -> Tensor:
        return to_tensor(images, self._model.device)

    def _noise(self, purpose: str, seed: int) -> torch.Generator:
        return generator(self._model.device, seed, purpose)
