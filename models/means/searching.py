"""Codes that explain a picture, searched by gradient descent through a decoder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from models.base import GenerativeModel, SamplerStep
from models.blocks import best_of
from models.capabilities import Conditional, Decodes, Encodes, Samples
from models.means.ways import RESTARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "ITERATIONS",
    "PIXEL_DEVIATION",
    "RESTARTS",
    "CodePrior",
    "Found",
    "descend",
    "invert",
    "search",
]

ITERATIONS = 120
PIXEL_DEVIATION = 0.15
"""How far a pixel may be off, in grey levels: weighs the pixels against the prior of the code."""

_RESTARTS_PER_FILL = 4
# Starts per restart of which the best is kept: a look costs a tenth of a step of descent.
_CANDIDATES = 16
# A few rows are done before anyone could look; many may take a tenth of a second per step.
_STEPS_PER_REPORT, _FEW_ROWS = 5, 16
_RATE = 0.15
_BETAS = (0.9, 0.99)
_CODES_FOR_A_PRIOR = 512


@dataclass(frozen=True)
class Found:
    """The best of what has been searched so far.

    Attributes:
        fraction: Done so far, in (0, 1].
        images: What the codes show, (N, C, H, W).
        codes: (N, D).
        likely: For `search`, log p(z) + log p(known pixels | z) in nats but for a constant, (N,).
    """

    fraction: float
    images: Tensor
    codes: Tensor
    likely: Tensor | None = None


@dataclass(frozen=True)
class CodePrior:
    """Where a model's codes lie: mean + u @ factor is a likely code if u ~ N(0, I).

    Attributes:
        mean: (D,).
        factor: (D, D).
    """

    mean: Tensor
    factor: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, model: GenerativeModel, generator: torch.Generator) -> CodePrior:
        """N(0, I) where that is the prior, else a Gaussian fitted to the codes of samples."""
        dim = cast("Decodes", model).latent_dim()
        if model.latent_geometry == "gaussian":
            return cls(torch.zeros(dim, device=model.device), torch.eye(dim, device=model.device))
        drawn = cast("Samples", model).sample(_CODES_FOR_A_PRIOR, generator=generator)
        codes = cast("Encodes", model).encode(drawn)
        centred = codes - codes.mean(dim=0)
        values, vectors = torch.linalg.eigh(centred.T @ centred / len(codes))
        return cls(codes.mean(dim=0), values.clamp_min(0).sqrt()[:, None] * vectors.T)

    def codes(self, u: Tensor) -> Tensor:
        """(N, D) to (N, D)."""
        return self.mean + u @ self.factor


def invert(
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
        return squares / (2 * PIXEL_DEVIATION**2) + 0.5 * z.square().sum(dim=1), drawn

    shape = len(images), RESTARTS, cast("Decodes", model).latent_dim()
    for found in descend(loss, shape, images.device, generator):
        yield SamplerStep(found.fraction, found.images, found.codes)


def search(
    model: GenerativeModel,
    images: Tensor,
    hole: Tensor,
    generator: torch.Generator,
    spread: float = 1.0,
) -> Iterator[Found]:
    """Probable codes given the known pixels, a different one for each image.

    Randomise, then optimise (Bardsley et al., 2014, doi:10.1137/140964023): draws e ~ N(0, I) and
    pixel noise n ~ N(0, s^2) and minimises |x + n - decode(z)|^2 / (2 s^2) + |z - e|^2 / 2 over
    the known pixels. For a linear decoder these are exact draws from p(z | known pixels).

    Arguments:
        spread: The first image is taken as given within s, the last within `spread` times as much,
            the others between: with more than 1, later codes fit less and differ more.
    """
    restarts = _RESTARTS_PER_FILL
    prior = CodePrior.of(model, generator)
    dim = len(prior.mean)
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    steps = torch.linspace(0, 1, len(images), device=images.device)
    deviations = PIXEL_DEVIATION * spread**steps
    rows = (images + deviations[:, None, None, None] * noise).repeat_interleave(restarts, dim=0)
    variances = deviations.square().repeat_interleave(restarts, dim=0)
    holes = hole.repeat_interleave(restarts, dim=0)
    centres = torch.randn(len(images), dim, generator=generator, device=images.device)
    centres = centres.repeat_interleave(restarts, dim=0)
    labels = _any_labels(model, len(rows), generator)

    def loss(u: Tensor) -> tuple[Tensor, Tensor]:
        drawn = cast("Decodes", model).decode(prior.codes(u), labels)
        squares = (drawn - rows).square().masked_fill(holes, 0.0).flatten(1).sum(dim=1)
        pull = 0.5 * (u - centres).square().sum(dim=1)
        return squares / (2 * variances) + pull, drawn

    for found in descend(loss, (len(images), restarts, dim), images.device, generator):
        off = (found.images - images).square().masked_fill(hole, 0.0).flatten(1).sum(dim=1)
        likely = -off / (2 * PIXEL_DEVIATION**2) - 0.5 * found.codes.square().sum(dim=1)
        yield Found(found.fraction, found.images, prior.codes(found.codes), likely)


def _any_labels(model: GenerativeModel, count: int, generator: torch.Generator) -> Tensor | None:
    """Random classes (count,) for a conditional model, else None.

    Of several restarts, one with a class that fits the known pixels comes out best.
    """
    if not isinstance(model, Conditional):
        return None
    classes = model.shape.classes
    return torch.randint(classes, (count,), generator=generator, device=model.device)


@torch.enable_grad()
def descend(
    loss: Callable[[Tensor], tuple[Tensor, Tensor]],
    shape: tuple[int, int, int],
    device: torch.device,
    generator: torch.Generator,
    first: Tensor | None = None,
) -> Iterator[Found]:
    """Minimises a loss over codes, R restarts for each of N goals, and keeps the best of each.

    Arguments:
        loss: From codes (N * R, D) to losses (N * R,) and images.
        shape: (N, R, D).
        first: Codes (N, D) from which the first restart of each goal starts, if any are known.
    """
    count, restarts, dim = shape

    def random_codes() -> Tensor:
        return torch.randn(count * restarts, dim, generator=generator, device=device)

    with torch.no_grad():
        z = best_of(_CANDIDATES, random_codes, lambda z: loss(z)[0])
        if first is not None:
            z[::restarts] = first
    z.requires_grad_()
    rows = torch.arange(count, device=device) * restarts
    pause = _STEPS_PER_REPORT if len(z) <= _FEW_ROWS else 1

    def report(fraction: float, losses: Tensor, drawn: Tensor) -> Found:
        chosen = rows + losses.detach().view(count, restarts).argmin(dim=1)
        return Found(fraction, drawn.detach()[chosen], z.detach()[chosen])

    mean, square = torch.zeros_like(z), torch.zeros_like(z)
    for i in range(1, ITERATIONS + 1):
        losses, drawn = loss(z)
        if i > 1 and (i - 1) % pause == 0:
            yield report((i - 1) / ITERATIONS, losses, drawn)
        # Not backward(): that would leave gradients in a model that is being trained.
        (gradient,) = torch.autograd.grad(losses.sum(), z)
        with torch.no_grad():
            # Adam (arXiv:1412.6980) by hand, as torch.optim takes a second to import; the rate
            # falls to zero along a cosine: coarse at first, then exact.
            rate = _RATE * 0.5 * (1 + math.cos(math.pi * (i - 1) / ITERATIONS))
            mean.lerp_(gradient, 1 - _BETAS[0])
            square.lerp_(gradient.square(), 1 - _BETAS[1])
            scale = (square / (1 - _BETAS[1] ** i)).sqrt() + 1e-8
            z -= rate / (1 - _BETAS[0] ** i) * mean / scale
    with torch.no_grad():
        last = report(1.0, *loss(z))
    yield last
