"""How likely a model finds pictures, by the best measure that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from models.capabilities import (
    Decodes,
    Diffuses,
    Encodes,
    HasLikelihood,
    Reconstructs,
    Scores,
)
from models.means.iterating import copy_of
from models.means.searching import PIXEL_DEVIATION
from models.means.ways import labels_of

if TYPE_CHECKING:
    from models.base import GenerativeModel
    from models.means.filling import Filled

_DRAWS = 16
# Where a digit's shape is still to be seen, but not its details.
_NOISE_TIMES = (0.2, 0.35, 0.5, 0.65)


@torch.no_grad()
def plausibility(
    model: GenerativeModel, filled: Filled, *, generator: torch.Generator
) -> tuple[Tensor, str]:
    """How likely the model finds each way to fill a hole, (N,), and by what measure.

    Greater is more likely; comparable among the pictures of one call alone. In this order: its
    likelihood or a bound on it; the probability of the searched code and of the known pixels; the
    probability of the encoded code and of the picture, where N(0, I) is the prior; the error of
    the denoiser, with the same noise for all pictures; the discriminator's output; the error of
    the copy. The sentence is for the user.
    """
    images = filled.images
    if isinstance(model, HasLikelihood):
        values = model.log_likelihood(images, generator=generator, draws=_DRAWS)
        return values, "Likelier is what its own bound on log p(x) says, in nats."
    if filled.likely is not None:
        return filled.likely, (
            "Likelier is the code that lies where codes are frequent and fits the known pixels, "
            "in nats."
        )
    if isinstance(model, Diffuses):
        return -_noise_error(model, images, generator), (
            "Likelier is the picture that its denoiser recovers better from noise, "
            "as a mean squared error."
        )
    if isinstance(model, Scores):
        return model.score(images), "Likelier is what its discriminator takes for more real."
    if isinstance(model, Encodes) and isinstance(model, Decodes):
        copies, codes = copy_of(model, images)
        off = _squares(copies, images)
        if model.latent_geometry == "gaussian":
            pull = 0.5 * codes.square().sum(dim=1)
            return -off / (2 * PIXEL_DEVIATION**2) - pull, (
                "Likelier is the picture with a frequent code that is well copied, in nats."
            )
        return -off, "Likelier is the picture that it copies with a smaller error."
    if isinstance(model, Reconstructs):
        labels = labels_of(cast("GenerativeModel", model), images)
        copies = model.reconstruct(images, labels)
        return -_squares(copies, images), (
            "Likelier is the picture that it copies with a smaller error."
        )
    return torch.zeros(len(images), device=images.device), (
        "It has no measure of what is likely: all are taken as equal."
    )


def _squares(copies: Tensor, images: Tensor) -> Tensor:
    return (copies - images).square().flatten(1).sum(dim=1)


def _noise_error(model: Diffuses, images: Tensor, generator: torch.Generator) -> Tensor:
    noise = torch.randn(images.shape[1:], generator=generator, device=images.device)
    error = torch.zeros(len(images), device=images.device)
    for time in _NOISE_TIMES:
        t = torch.full((len(images),), time, device=images.device)
        clean = model.denoise(model.noised(images, t, noise.expand_as(images)), t)
        error += (clean - images).square().flatten(1).mean(dim=1) / len(_NOISE_TIMES)
    return error
