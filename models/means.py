"""What a model lacks is supplied where mathematics allows: here, once, for all models.

A model without an encoder is inverted (one searches the code whose picture comes closest); a
decoder fills holes by the same search with the known pixels alone. Everything asks for
capabilities, never for a model's name.

Shapes: N = any number of images, C, H, W = channels, height, width, D = latent size, R = restarts.
Nothing here changes a model: parameters get no gradient, and randomness is the caller's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, cast

import torch
from torch import Tensor

from models.base import GenerativeModel, SamplerStep
from models.blocks import best_of
from models.capabilities import Conditional, Decodes, Encodes, Inpaints, Reconstructs, Samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

What = Literal["sample", "encode", "decode", "reconstruct", "inpaint"]
"""What one can ask of a model."""

RESTARTS = 8
ITERATIONS = 120
_RESTARTS_PER_FILL = 4
# Starts per restart of which the best is kept: a look costs a tenth of a step of descent.
_CANDIDATES = 16
_STEPS_PER_REPORT = 10
_RATE = 0.15
_BETAS = (0.9, 0.99)
# How far a pixel may be off, in grey levels: weighs the pixels against the prior of the code.
_PIXEL_DEVIATION = 0.15
_SWEEPS = 60
_CODES_FOR_A_PRIOR = 512


class Unsupported(ValueError):
    """The model cannot do this, by no means; the message is one sentence for the user."""


def can(model: GenerativeModel | type[GenerativeModel], what: What) -> bool:
    """Whether the model can do this, by itself or by the means supplied here."""
    return _means(model, what) is not None


def way(model: GenerativeModel | type[GenerativeModel], what: What) -> str:
    """One sentence that says by what means this is done, or why it cannot be."""
    means = _means(model, what)
    if means is None:
        return f"{model.card.title}: {_REASONS[what]}"
    return _SENTENCES[means] if means in _SENTENCES else model.ways.get(what, _OWN[what])


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
    if _require(model, "sample") == "own":
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
    means = _require(model, "encode")
    labels = _labels(model, images, labels)
    if means == "own":
        latents = cast("Encodes", model).encode(images, labels)
        shown = model.decode(latents, labels) if isinstance(model, Decodes) else images
        yield SamplerStep(1.0, shown, latents)
    else:
        yield from _invert(model, images, labels, generator)


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
    if _require(model, "reconstruct") == "own":
        copies = cast("Reconstructs", model).reconstruct(images, labels)
        yield SamplerStep(1.0, copies)
    else:
        yield from encode(model, images, generator=generator, labels=labels)


def inpaint(
    model: GenerativeModel,
    image: Tensor,
    hole: Tensor,
    count: int,
    *,
    generator: torch.Generator,
) -> Iterator[SamplerStep]:
    """Several ways (count, C, H, W) to fill the hole of one image (1, C, H, W).

    `hole` is (1, 1, H, W) bool, True where unknown. Whatever the model does, the pixels under the
    hole are not shown to it, and the known pixels come back unchanged to the bit.

    Raises:
        Unsupported: when the first step is asked for.
    """
    means = _require(model, "inpaint")
    known = torch.where(hole, 0.0, image).expand(count, -1, -1, -1)
    holes = hole.expand(count, -1, -1, -1)
    if means == "own":
        steps = cast("Inpaints", model).inpaint(known, holes, generator=generator)
    elif means == "iterated":
        steps = _iterate(model, known, holes, generator)
    else:
        steps = _search(model, known, holes, generator)
    for step in steps:
        yield SamplerStep(step.fraction, torch.where(holes, step.images, known), step.state)


# Which means, and the words for them


def _means(model: GenerativeModel | type[GenerativeModel], what: What) -> str | None:
    cls = model if isinstance(model, type) else type(model)
    encodes, decodes = issubclass(cls, Encodes), issubclass(cls, Decodes)
    # Only where N(0, I) is the prior, one knows where to search and what is likely.
    known_density = decodes and cls.latent_geometry == "gaussian"
    free = encodes and decodes and cls.latent_geometry == "free"
    choices: dict[What, list[tuple[bool, str]]] = {
        "sample": [(issubclass(cls, Samples), "own"), (known_density, "prior")],
        "encode": [(encodes, "own"), (known_density, "inversion")],
        "decode": [(decodes, "own")],
        "reconstruct": [
            (issubclass(cls, Reconstructs), "own"),
            (encodes and decodes, "copy"),
            (known_density, "inversion"),
        ],
        "inpaint": [
            (issubclass(cls, Inpaints), "own"),
            (known_density, "search"),
            (free and issubclass(cls, Samples), "search near samples"),
            (free, "iterated"),
        ],
    }
    return next((means for holds, means in choices[what] if holds), None)


def _require(model: GenerativeModel, what: What) -> str:
    means = _means(model, what)
    if means is None:
        raise Unsupported(way(model, what))
    return means


_SENTENCES = {
    "prior": "Draws a code from N(0, I) and decodes it.",
    "inversion": (
        "It has no encoder, so the code is searched: gradient descent from "
        f"{RESTARTS} random codes, and the one whose picture comes closest is kept."
    ),
    "copy": "Decodes what it has encoded.",
    "search": (
        "It has no way of its own, so codes are searched that fit the known pixels, by gradient "
        "descent from random codes, each completion towards another random code."
    ),
    "search near samples": (
        "It has no way of its own, so codes are searched that fit the known pixels and lie where "
        "the codes of its samples lie, by gradient descent from random codes."
    ),
    "iterated": (
        "It has no way of its own, so the hole is filled from the copy of the picture, again and "
        "again, starting from random fills."
    ),
}

# For a model that has the capability but no sentence for it.
_OWN: dict[What, str] = {
    "sample": "Draws new digits by itself.",
    "encode": "Takes what its encoder gives.",
    "decode": "Shows what its decoder gives.",
    "reconstruct": "Copies the picture by itself.",
    "inpaint": "Fills holes by itself.",
}

_REASONS: dict[What, str] = {
    "sample": "there is no density that new codes could be drawn from.",
    "encode": "it has neither an encoder nor a decoder in which a code could be searched.",
    "decode": "it makes no picture from a code.",
    "reconstruct": "it has neither an encoder nor a decoder in which a code could be searched.",
    "inpaint": "it has neither a way of its own nor a decoder in which a code could be searched.",
}


def _labels(model: GenerativeModel, images: Tensor, labels: Tensor | None) -> Tensor | None:
    # Inferred once, so that a digit is encoded and decoded as the same class.
    if labels is None and isinstance(model, Conditional):
        return model.class_evidence(images).argmax(dim=1)
    return labels


# The means


def _invert(
    model: GenerativeModel, images: Tensor, labels: Tensor | None, generator: torch.Generator
) -> Iterator[SamplerStep]:
    """The most probable codes of images, if pixels carry Gaussian noise of deviation s.

    Minimises |x - decode(z)|^2 / (2 s^2) + |z|^2 / 2.
    """
    rows = images.repeat_interleave(RESTARTS, dim=0)
    if labels is not None:
        labels = labels.repeat_interleave(RESTARTS, dim=0)

    def loss(z: Tensor) -> tuple[Tensor, Tensor]:
        drawn = cast("Decodes", model).decode(z, labels)
        squares = (drawn - rows).square().flatten(1).sum(dim=1)
        return squares / (2 * _PIXEL_DEVIATION**2) + 0.5 * z.square().sum(dim=1), drawn

    shape = len(images), RESTARTS, cast("Decodes", model).latent_dim()
    yield from _descend(loss, shape, images.device, generator)


def _search(
    model: GenerativeModel, images: Tensor, hole: Tensor, generator: torch.Generator
) -> Iterator[SamplerStep]:
    """Probable codes given the known pixels, a different one for each image.

    Randomise, then optimise (Bardsley et al., 2014, doi:10.1137/140964023): draws e ~ N(0, I) and
    pixel noise n ~ N(0, s^2) and minimises |x + n - decode(z)|^2 / (2 s^2) + |z - e|^2 / 2 over
    the known pixels. For a linear decoder these are exact draws from p(z | known pixels).
    """
    restarts = _RESTARTS_PER_FILL
    mean, factor = _code_prior(model, generator)
    dim = len(mean)
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    rows = (images + _PIXEL_DEVIATION * noise).repeat_interleave(restarts, dim=0)
    holes = hole.repeat_interleave(restarts, dim=0)
    centres = torch.randn(len(images), dim, generator=generator, device=images.device)
    centres = centres.repeat_interleave(restarts, dim=0)
    labels = None
    if isinstance(model, Conditional):
        # Of the restarts, a class that fits the known pixels comes out best.
        labels = torch.randint(
            model.shape.classes, (len(rows),), generator=generator, device=images.device
        )

    def loss(u: Tensor) -> tuple[Tensor, Tensor]:
        drawn = cast("Decodes", model).decode(mean + u @ factor, labels)
        squares = (drawn - rows).square().masked_fill(holes, 0.0).flatten(1).sum(dim=1)
        prior = 0.5 * (u - centres).square().sum(dim=1)
        return squares / (2 * _PIXEL_DEVIATION**2) + prior, drawn

    for step in _descend(loss, (len(images), restarts, dim), images.device, generator):
        assert step.state is not None
        yield SamplerStep(step.fraction, step.images, mean + step.state @ factor)


@torch.no_grad()
def _code_prior(model: GenerativeModel, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mean (D,) and factor (D, D) such that mean + u @ factor is a likely code if u ~ N(0, I)."""
    dim = cast("Decodes", model).latent_dim()
    if model.latent_geometry == "gaussian":
        return torch.zeros(dim, device=model.device), torch.eye(dim, device=model.device)
    drawn = cast("Samples", model).sample(_CODES_FOR_A_PRIOR, generator=generator)
    codes = cast("Encodes", model).encode(drawn)
    centred = codes - codes.mean(dim=0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(codes))
    return codes.mean(dim=0), values.clamp_min(0).sqrt()[:, None] * vectors.T


@torch.enable_grad()
def _descend(
    loss: Callable[[Tensor], tuple[Tensor, Tensor]],
    shape: tuple[int, int, int],
    device: torch.device,
    generator: torch.Generator,
) -> Iterator[SamplerStep]:
    """Minimises a loss over codes, R restarts for each of N goals, and keeps the best of each.

    `loss` takes codes (N * R, D) to losses (N * R,) and images; `shape` is (N, R, D).
    """
    count, restarts, dim = shape

    def random_codes() -> Tensor:
        return torch.randn(count * restarts, dim, generator=generator, device=device)

    with torch.no_grad():
        z = best_of(_CANDIDATES, random_codes, lambda z: loss(z)[0])
    z.requires_grad_()
    mean, square = torch.zeros_like(z), torch.zeros_like(z)
    for i in range(1, ITERATIONS + 1):
        # Not backward(): that would leave gradients in a model that is being trained.
        (gradient,) = torch.autograd.grad(loss(z)[0].sum(), z)
        with torch.no_grad():
            # Adam (arXiv:1412.6980) by hand, as torch.optim takes a second to import; the rate
            # falls to zero along a cosine: coarse at first, then exact.
            rate = _RATE * 0.5 * (1 + math.cos(math.pi * (i - 1) / ITERATIONS))
            mean.lerp_(gradient, 1 - _BETAS[0])
            square.lerp_(gradient.square(), 1 - _BETAS[1])
            scale = (square / (1 - _BETAS[1] ** i)).sqrt() + 1e-8
            z -= rate / (1 - _BETAS[0] ** i) * mean / scale
        if i % _STEPS_PER_REPORT == 0 or i == ITERATIONS:
            with torch.no_grad():
                losses, drawn = loss(z)
                first = torch.arange(count, device=device) * restarts
                chosen = first + losses.view(count, restarts).argmin(dim=1)
                step = SamplerStep(i / ITERATIONS, drawn[chosen], z.detach()[chosen])
            yield step


@torch.no_grad()
def _iterate(
    model: GenerativeModel, images: Tensor, hole: Tensor, generator: torch.Generator
) -> Iterator[SamplerStep]:
    """Copies the picture again and again, restoring the known pixels in between.

    The copy of a picture lies nearer to the digits than the picture, so this walks from a random
    fill to a digit (Bengio et al., 2013, arXiv:1305.6663, without their noise).
    """
    encoder, decoder = cast("Encodes", model), cast("Decodes", model)
    fill = torch.rand(images.shape, generator=generator, device=images.device)
    for sweep in range(1, _SWEEPS + 1):
        picture = torch.where(hole, fill, images)
        labels = _labels(model, picture, None)
        latents = encoder.encode(picture, labels)
        fill = decoder.decode(latents, labels)
        if sweep % _STEPS_PER_REPORT == 0 or sweep == _SWEEPS:
            yield SamplerStep(sweep / _SWEEPS, fill, latents)
