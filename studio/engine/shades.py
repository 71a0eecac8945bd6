"""What the ground of a map may be coloured by, place by place.

Each function takes pictures or places, n of them, and gives float32 (n, 2): the value, and for
classes how certain it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from models import means
from models.capabilities import Conditional
from models.planes import Quantiles, Torus
from studio.engine import jacobian
from studio.engine.density import Density, seen_from_above
from studio.engine.images import to_tensor
from studio.engine.map_kinds import has_clouds
from studio.engine.seeding import generator
from studio.engine.sight import COMPANY, scale_of
from studio.instruments.classifier import DIGITS, NONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from models import GenerativeModel
    from models.capabilities import Scores
    from studio.engine.laying import Laid
    from studio.engine.witness import Witness
    from studio.instruments.classifier import Judged

_REAL = 64
"""Real digits that tell whether a discriminator minds company."""
_BEYOND = 1e-12


def classes(judged: Judged) -> np.ndarray:
    """What the classifier reads, 0 to 9 or 10 for no digit, and the probability of that."""
    digit = judged.confidences * (1 - judged.none)
    certainty = np.where(judged.labels == NONE, judged.none, digit)
    return np.stack([judged.labels, certainty], axis=1).astype(np.float32)


def shares(judged: Judged) -> np.ndarray:
    """How often each of the eleven answers is given, float32 (11,)."""
    counts = np.bincount(judged.labels, minlength=DIGITS + 1)
    return (counts / max(len(judged.labels), 1)).astype(np.float32)


def errors(model: GenerativeModel, images: np.ndarray, label: int | None) -> np.ndarray:
    """By how much the model's own copy of its picture, uint8 (n, H, W), is off.

    The mean squared error per pixel of x against decode(encode(x)), in [0, 1].
    """
    pictures = to_tensor(images, model.device)
    noise = generator(model.device, 0, "encode")
    with torch.no_grad():
        steps = means.reconstruct(
            model, pictures, generator=noise, labels=_labels(model, n := len(images), label)
        )
        *_, last = steps
        off = (last.images - pictures).square().flatten(1).mean(dim=1)
    assert len(off) == n
    return _alone(off)


class Judge:
    """A model's discriminator, asked about the pictures of a map.

    One that judges crowds sees each picture among real digits: beside its neighbours on the map,
    which look alike, it would see a collapse everywhere.
    """

    def __init__(self, witness: Witness) -> None:
        self._model = witness.model
        self._logits = scale_of(self._model) == "logit"
        reals = to_tensor(witness.test().images[:_REAL], self._model.device)
        judge = cast("Scores", self._model)
        with torch.no_grad():
            alone, among = judge.score(reals[:1]), judge.score(reals)[:1]
        # As in sight: whoever is scored otherwise when alone minds company.
        self._company = None if torch.allclose(alone, among, rtol=1e-4, atol=1e-5) else reals

    @torch.no_grad()
    def scores(self, images: np.ndarray, label: int | None) -> np.ndarray:
        """The probability that a picture is real, or the critic's value; greater is more real."""
        judge, model = cast("Scores", self._model), self._model
        pictures = to_tensor(images, model.device)
        each = 1
        if self._company is not None:
            each = COMPANY + 1
            turns = torch.arange(len(pictures) * COMPANY) % len(self._company)
            real = self._company[turns].reshape(-1, COMPANY, *pictures.shape[1:])
            pictures = torch.cat((pictures[:, None], real), dim=1).flatten(0, 1)
        scores = judge.score(pictures, _labels(model, len(pictures), label))[::each]
        return _alone(scores.sigmoid() if self._logits else scores)


class Speed:
    """How fast the picture changes: by differentiation where that tells the truth.

    Arguments:
        trajectory: A picture is a network's work many times over; to differentiate that twice takes
            seconds.
    """

    def __init__(self, trajectory: bool) -> None:
        self._exact: bool | None = False if trajectory else None

    def speeds(self, draw: Callable[[Tensor], Tensor], xy: Tensor, pitch: float) -> np.ndarray:
        """sqrt(trace(J^T J)) of the map's pictures, in grey levels per unit of the map.

        Arguments:
            draw: Places (n, 2) to images (n, C, H, W).
            xy: The places, float32.
            pitch: Between neighbouring places; where pictures jump, what they do over this way.
        """
        with torch.no_grad():
            if self._exact is None:
                self._exact = jacobian.agree(draw, xy)
            if self._exact:
                return _alone(jacobian.exact(draw, xy))
            return _alone(jacobian.differences(draw, xy, max(pitch, jacobian.STEP)))


class Crowd:
    """How densely test digits lie on a map.

    Arguments:
        codes: Of the first test digits, (M, D).
    """

    def __init__(self, witness: Witness, laid: Laid, codes: Tensor) -> None:
        assert laid.surface is not None, "a sheet of samples has no density"
        self._square = laid.surface if isinstance(laid.surface, Quantiles) else None
        flat = laid.flat
        clouds = None
        if flat is not None and has_clouds(witness.explorer):
            clouds = seen_from_above(flat, _variances(witness, len(codes))).cpu()
        surface = flat or laid.surface
        period = Torus.period if isinstance(surface, Torus) else None
        self._density = Density(surface.to_plane(codes).cpu(), clouds, period)

    def at(self, places: np.ndarray, pitch: float) -> np.ndarray:
        """Test digits per square unit of the map, of all of them: it integrates to one.

        In a quantile square the prior itself has density one everywhere.

        Arguments:
            pitch: Units between neighbouring places.
        """
        xy = torch.from_numpy(np.asarray(places, dtype=np.float64))
        blur = torch.full_like(xy, 0.5 * pitch)
        if self._square is None:
            return _alone(self._density.at(xy, blur))
        numbers = torch.special.ndtri(xy.clamp(_BEYOND, 1 - _BEYOND))
        bells = (-0.5 * numbers.square()).exp() / math.sqrt(2 * math.pi)
        return _alone(self._density.at(numbers, blur / bells) / bells.prod(dim=1))


@torch.no_grad()
def _variances(witness: Witness, count: int) -> Tensor:
    """The variances of the clouds of codes of the first test digits, (count, D)."""
    model = witness.model
    images = to_tensor(witness.test().images[:count], model.device)
    labels = means.labels_of(model, images, None)
    given = (images,) if labels is None else (images, labels)
    _, log_variance = cast("Callable[..., tuple[Tensor, Tensor]]", model.posterior)(*given)
    return log_variance.exp()


def _labels(model: GenerativeModel, count: int, label: int | None) -> Tensor | None:
    if label is None or not isinstance(model, Conditional):
        return None
    return torch.full((count,), label, dtype=torch.int64, device=model.device)


def _alone(values: Tensor) -> np.ndarray:
    column = values.detach().float().cpu().numpy()
    return np.stack([column, np.zeros_like(column)], axis=1)


def no_values(count: int) -> np.ndarray:
    """What is said of places where there is nothing."""
    return np.full((count, 2), np.nan, dtype=np.float32)
