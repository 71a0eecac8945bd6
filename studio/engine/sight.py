"""How a discriminator sees: what it thinks of pictures, and what it would like to be different.

Pure functions on a frozen model. Nothing here changes it: its weights get no gradient, buffers stay
as they are (the model is in evaluation mode), and randomness is the caller's.

A discriminator may judge a crowd (PacGAN, minibatch features): samples are judged as one crowd,
real images as another, and a single drawing in the company of real ones.

N, M = numbers of images, H, W = height and width, R = side of a field.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import torch
from torch import Tensor

from models import means
from models.capabilities import Scores
from studio.engine.images import to_tensor
from studio.instruments.measures import auc

if TYPE_CHECKING:
    from models import GenerativeModel
    from studio.data.plane import Plane

Scale = Literal["logit", "value"]
"""What a score is: a logit, so that its sigmoid is the probability of being real, or a value on a
scale of the critic's own."""

COMPANY = 7
"""Real points between two places of a field, where the discriminator judges crowds: as many as the
largest pack of PacGAN holds besides the place itself."""
LN2 = math.log(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Scores of samples (or of one drawing) and of real images; greater is more real.

    Attributes:
        fake: float64 (N,).
        real: float64 (M,).
        scale: What the scores are.
        told_apart: Probability that a real image is ranked above a sample; see `measures.auc`.
        crowd: Whether an image's score depends on its company.
    """

    fake: np.ndarray
    real: np.ndarray
    scale: Scale
    told_apart: float
    crowd: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions(Ranking):
    """A ranking of pictures, and which of their pixels speak for and against them.

    Attributes:
        gradients: float32 (N, H, W): by how much the score grows per unit of ink (from black to
            white); colours are summed. Of a drawing, its own score; of samples, the sum over all
            of them, which is what a generator climbs: the same where nobody looks at the company.
        wishes: float32 (N, H, W): what filling a pixel (> 0) or emptying it (< 0) would add to the
            score, to first order. A full pixel can take no more ink and an empty one can lose none.
    """

    gradients: np.ndarray
    wishes: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneSight:
    """A game on the plane.

    Attributes:
        extent: Everything lies in [-extent, extent] in both directions.
        samples: float64 (N, 2), what the generator draws.
        real: float64 (M, 2).
        ranking: Of these samples and real points; None without a discriminator, as what follows.
        field: float64 (R, R), the score at the centres of R x R cells; the first row is the top.
        arrows: float64 (K, 2), the gradient of the score at the first K samples, per unit of the
            plane: the direction in which a sample becomes more real.
    """

    extent: float
    samples: np.ndarray
    real: np.ndarray
    ranking: Ranking | None
    field: np.ndarray | None
    arrows: np.ndarray


def scale_of(model: GenerativeModel) -> Scale:
    """What the model's scores are.

    A discriminator whose loss has its equilibrium at ln 2 minimises the cross-entropy of a logit.
    """
    levels = [
        player.guide.equilibrium
        for stage in model.stages()
        for player in stage.players
        if player.role == "discriminator"
    ]
    sure = any(level is not None and abs(level - LN2) < 1e-3 for level in levels)
    return "logit" if sure else "value"


def see_samples(model: GenerativeModel, images: np.ndarray, real: np.ndarray) -> Opinions:
    """What the discriminator thinks of samples, uint8 (N, H, W[, 3]), next to real images (M, ...).

    Each of them is one crowd.
    """
    judge = cast("Scores", model)
    pictures = to_tensor(images, model.device).requires_grad_()
    with torch.enable_grad():
        scores = judge.score(pictures)
        # Not backward(): that would leave gradients behind.
        (slope,) = torch.autograd.grad(scores.sum(), pictures)
    with torch.no_grad():
        reals = to_tensor(real, model.device)
        on_real = judge.score(reals)
        crowd = _minds_company(judge, reals, on_real)
    return _opinions(model, pictures, scores, on_real, slope, crowd)


def see_drawing(model: GenerativeModel, drawing: np.ndarray, real: np.ndarray) -> Opinions:
    """What the discriminator thinks of one picture, uint8 (H, W), among real ones (M, H, W).

    N is 1. The real ones are judged in the company of each other and of the drawing.
    """
    judge = cast("Scores", model)
    picture = to_tensor(drawing[None], model.device).requires_grad_()
    with torch.enable_grad():
        everyone = torch.cat([picture, to_tensor(real, model.device)])
        scores = judge.score(everyone)
        (slope,) = torch.autograd.grad(scores[0], picture)
    scores = scores.detach()
    with torch.no_grad():
        crowd = _minds_company(judge, everyone.detach(), scores)
    return _opinions(model, picture, scores[:1], scores[1:], slope, crowd)


def see_plane(
    model: GenerativeModel,
    plane: Plane,
    real: np.ndarray,
    *,
    count: int,
    arrows: int,
    resolution: int,
    noise: torch.Generator,
) -> PlaneSight:
    """What the generator does on a plane, and how the discriminator sees it.

    Arguments:
        real: float32 (M, 1, 1, 2) in [0, 1], as data sets of points are kept.
        count: Samples to draw.
        arrows: For how many of them the gradient is wanted.
        resolution: R.
    """
    with torch.no_grad():
        drawn = means.sample(model, count, generator=noise)
    samples = plane.to_points(drawn.cpu().numpy())
    points = plane.to_points(real)
    if not isinstance(model, Scores):
        nothing = np.zeros((0, 2))
        return PlaneSight(
            extent=plane.extent,
            samples=samples,
            real=points,
            ranking=None,
            field=None,
            arrows=nothing,
        )
    reals = torch.from_numpy(np.array(real, np.float32)).to(model.device).permute(0, 3, 1, 2)
    drawn.requires_grad_()
    with torch.enable_grad():
        scores = model.score(drawn)
        (slope,) = torch.autograd.grad(scores.sum(), drawn)
    with torch.no_grad():
        on_real = model.score(reals)
        crowd = _minds_company(model, reals, on_real)
        ranking = _ranking(model, scores.detach(), on_real, crowd)
        field = _field(model, reals if crowd else None, resolution)
    # The plane's side, two extents, is the unit of the pictures' values.
    climbs = slope[:arrows].reshape(-1, 2).double().cpu().numpy() / (2 * plane.extent)
    return PlaneSight(
        extent=plane.extent,
        samples=samples,
        real=points,
        ranking=ranking,
        field=field,
        arrows=climbs,
    )


def _field(model: Scores, company: Tensor | None, resolution: int) -> np.ndarray:
    """The score of each place; among real points, where the discriminator judges crowds."""
    middles = (torch.arange(resolution, dtype=torch.float32) + 0.5) / resolution
    down, across = torch.meshgrid(1 - middles, middles, indexing="ij")
    places = torch.stack([across, down], dim=-1).reshape(-1, 2, 1, 1)
    if company is None:
        scores = model.score(places.to(_device(model)))
    else:
        # A place is judged with the real points after it, never with its neighbours on the plane.
        turns = torch.arange(len(places) * COMPANY) % len(company)
        packs = torch.cat(
            [
                places.to(company.device)[:, None],
                company[turns].reshape(-1, COMPANY, *company.shape[1:]),
            ],
            dim=1,
        )
        # Rows of the field are crowds of their own, so that none gets too large.
        rows = packs.reshape(resolution, -1, *company.shape[1:])
        scores = torch.cat([model.score(row)[:: COMPANY + 1] for row in rows])
    return scores.reshape(resolution, resolution).double().cpu().numpy()


def _device(model: Scores) -> torch.device:
    return cast("GenerativeModel", model).device


def _minds_company(judge: Scores, images: Tensor, scores: Tensor) -> bool:
    """Whether the first image would be scored otherwise if it were alone.

    Ask it of real images: among samples that are all the same nobody is missed.
    """
    alone = judge.score(images[:1])
    return not torch.allclose(alone, scores[:1], rtol=1e-4, atol=1e-5)


def _ranking(model: GenerativeModel, fake: Tensor, real: Tensor, crowd: bool) -> Ranking:
    of_fake, of_real = (scores.double().cpu().numpy() for scores in (fake, real))
    return Ranking(
        fake=of_fake,
        real=of_real,
        scale=scale_of(model),
        told_apart=auc(real_scores=of_real, scores=of_fake),
        crowd=crowd,
    )


def _opinions(
    model: GenerativeModel,
    pictures: Tensor,
    fake: Tensor,
    real: Tensor,
    slope: Tensor,
    crowd: bool,
) -> Opinions:
    ink = pictures.detach()
    wishes = torch.where(slope > 0, slope * (1 - ink), slope * ink)
    ranking = _ranking(model, fake.detach(), real, crowd)
    return Opinions(
        fake=ranking.fake,
        real=ranking.real,
        scale=ranking.scale,
        told_apart=ranking.told_apart,
        crowd=crowd,
        gradients=slope.sum(dim=1).cpu().numpy(),
        wishes=wishes.sum(dim=1).cpu().numpy(),
    )
