"""New digits, codes and copies, from any model that can give them by any means."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from models.base import GenerativeModel, SamplerStep
from models.capabilities import Decodes, Encodes, Reconstructs, Samples
from models.means.searching import invert
from models.means.ways import labels_of, require

if TYPE_CHECKING:
    from collections.abc import Iterator


def sample(
    model: GenerativeModel,
    count: int,
    *,
    generator: torch.Generator,
    labels: Tensor | None = None,
) -> Tensor:
    """New digits (count, C, H, W).

    Raises:
        Unsupported: the model can neither sample nor decode a known density.
    """
    if require(model, "sample") == "own":
        return cast("Samples", model).sample(count, generator=generator, labels=labels)
    decoder = cast("Decodes", model)
    noise = torch.randn(count, decoder.latent_dim(), generator=generator, device=model.device)
    return decoder.decode(noise, labels)


def encode(
    model: GenerativeModel,
    images: Tensor,
    *,
    generator: torch.Generator,
    labels: Tensor | None = None,
) -> Iterator[SamplerStep]:
    """Codes of images (N, C, H, W), as the steps' `state` (N, D); their `images` show the codes.

    One step where the model has an encoder, several where it is inverted.

    Raises:
        Unsupported: when the first step is asked for.
    """
    means = require(model, "encode")
    labels = labels_of(model, images, labels)
    if means == "own":
        latents = cast("Encodes", model).encode(images, labels)
        shown = model.decode(latents, labels) if isinstance(model, Decodes) else images
        yield SamplerStep(1.0, shown, latents)
    else:
        yield from invert(model, images, labels, generator)


def reconstruct(
    model: GenerativeModel,
    images: Tensor,
    *,
    generator: torch.Generator,
    labels: Tensor | None = None,
) -> Iterator[SamplerStep]:
    """The model's best copies of images (N, C, H, W); `state` holds the codes if there are any.

    Raises:
        Unsupported: when the first step is asked for.
    """
    if require(model, "reconstruct") == "own":
        copies = cast("Reconstructs", model).reconstruct(images, labels)
        yield SamplerStep(1.0, copies)
    else:
        yield from encode(model, images, generator=generator, labels=labels)
