"""Copying a picture again and again: what any autoencoder can do, with or without a density."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from models.base import GenerativeModel, SamplerStep
from models.means.ways import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.capabilities import Decodes, Encodes

SWEEPS = 60
_SWEEPS_PER_REPORT = 5


@torch.no_grad()
def fill_by_copies(
    model: GenerativeModel, images: Tensor, hole: Tensor, generator: torch.Generator
) -> Iterator[SamplerStep]:
    """Copies the picture again and again, restoring the known pixels in between.

    The copy of a picture lies nearer to the digits than the picture, so this walks from a random
    fill to a digit (Bengio et al., 2013, arXiv:1305.6663, without their noise).
    """
    fill = torch.rand(images.shape, generator=generator, device=images.device)
    for sweep in range(1, SWEEPS + 1):
        fill, latents = copy_of(model, torch.where(hole, fill, images))
        if sweep % _SWEEPS_PER_REPORT == 0 or sweep == SWEEPS:
            yield SamplerStep(sweep / SWEEPS, fill, latents)


@torch.no_grad()
def copy_of(model: GenerativeModel, images: Tensor) -> tuple[Tensor, Tensor]:
    """Copies of images (N, C, H, W) by a model that encodes and decodes, and their codes (N, D)."""
    labels = labels_of(model, images)
    latents = cast("Encodes", model).encode(images, labels)
    return cast("Decodes", model).decode(latents, labels), latents
