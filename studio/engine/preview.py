"""The fixed-noise grid: how it is drawn, and what the instruments read off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models import means
from studio.engine.events import Alarmed, Measured, SamplesDrawn
from studio.engine.images import to_arrays, to_pictures
from studio.engine.seeding import generator
from studio.instruments.grids import CollapseRule, ink, variety

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from models import GenerativeModel
    from models.base import Stage
    from studio.data.resident import ResidentData
    from studio.engine.config import TrainConfig
    from studio.engine.events import Event

GRID = 64
"""Digits in the fixed-noise grid."""
CLOUD = 2_500
"""Points in the picture of a plane (PacGAN's number, arXiv:1712.04086)."""


class Preview:
    """Draws from noise that is the same at every step of every run with this seed.

    Nothing here changes the training: the noise has a generator of its own, and the model is in
    training mode again afterwards.
    """

    def __init__(self, model: GenerativeModel, data: ResidentData, config: TrainConfig) -> None:
        self._model, self._data, self._config = model, data, config
        self._collapse = CollapseRule()
        self._count = GRID if data.plane is None else CLOUD
        self._real: NDArray[np.uint8] | None = None
        if data.plane is None:
            dealt = data.indices(min(GRID, len(data)), seed=config.seed, round=0)
            self._real = to_arrays(data.take(dealt)[0])

    def draw(self, stage: Stage) -> Tensor:
        """(N, C, H, W): samples, or copies of training digits while there is nothing to sample."""
        noise = generator(self._model.device, self._config.seed, "grid")
        self._model.eval()
        with torch.no_grad():
            if stage.preview == "samples":
                images = means.sample(self._model, self._count, generator=noise)
            else:
                first = torch.arange(min(self._count, len(self._data)), device=self._model.device)
                originals, _ = self._data.take(first)
                *_, last = means.reconstruct(self._model, originals, generator=noise)
                images = last.images
        self._model.train()
        return images

    def publish(self, stage: Stage, step: int, images: Tensor, alone: bool) -> Iterator[Event]:
        """The grid, and what the instruments say of it.

        Arguments:
            alone: No microscope sees the samples, so that the grid's variety has to raise the alarm
                of a collapse.
        """
        run, sampled = self._config.run, stage.preview == "samples"
        # A sampler may overflow although the weights are sound: black, not undefined.
        pixels = to_pictures(images.nan_to_num(0.0, 1.0, 0.0), self._data.plane)
        how = "Copies of training digits: this stage only learns to see."
        yield SamplesDrawn(run, step, pixels, means.way(self._model, "sample") if sampled else how)
        if not sampled or self._real is None:
            return
        values = {"variety": variety(pixels, self._real), "ink": ink(pixels, self._real)}
        yield Measured(run, step, values)
        alarm = self._collapse.see(step, values["variety"])
        if alarm is not None and alone:
            yield Alarmed(run, step, "collapse", alarm.begins, alarm.message)
