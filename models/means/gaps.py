"""Holes that are not given: what is missing in a drawing, in the eyes of a model.

Nobody says where something is missing (blind inpainting), but one thing is known: what is missing
looks like blank paper. So ink is believed, and blank paper only as long as it costs little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from models.capabilities import Conditional, Decodes, Encodes, Inpaints
from models.means.iterating import copy_of
from models.means.searching import PIXEL_DEVIATION, RESTARTS, CodePrior, descend
from models.means.ways import labels_of, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.base import GenerativeModel

INK = 0.2
"""Grey level from which a pixel counts as ink: it is believed, and never filled."""

# What a blank pixel costs at most, in nats, however much ink the code shows there; believed like
# ink it would cost 22.
_PRICE = 2.5
# How far a copy's ink may lie from the drawing's before it counts as ink that is missing.
_TOLERANCE = 3
_SURE = 0.4
_MARGIN = 5
_SWEEPS = 12
_WINDOW, _PITCH = 9, 5


@dataclass(frozen=True)
class Gap:
    """Where something is missing.

    Attributes:
        fraction: Done so far, in (0, 1]; 1 is the result.
        hole: (1, 1, H, W) bool; no ink in it. Empty if nothing is missing.
        image: (1, C, H, W), what the model takes the whole for.
    """

    fraction: float
    hole: Tensor
    image: Tensor


def gap(model: GenerativeModel, image: Tensor, *, generator: torch.Generator) -> Iterator[Gap]:
    """Finds what is missing in one image (1, C, H, W).

    The model gives its idea of the whole; the gap is where that has ink (above 0.4) in a block of
    at least 2 x 2 pixels farther than one pixel from the ink of the image, or of at least 3 x 3
    blank ones next to it, and two pixels around. Ink is never part of it.

    Raises:
        Unsupported: when the first step is asked for.
    """
    means = require(model, "gap")
    ideas = {
        "gap by a robust fit": _by_a_robust_fit,
        "gap by windows": _by_windows,
        "gap by copies": _by_copies,
    }[means](model, image, generator)
    for fraction, idea in ideas:
        yield Gap(fraction, missing(image, idea), idea)


def missing(image: Tensor, idea: Tensor) -> Tensor:
    """Where an idea of the whole has ink that an image has not: (N, C, H, W) twice to bool
    (N, 1, H, W)."""
    ink = image.amax(dim=1, keepdim=True)
    whole = idea.amax(dim=1, keepdim=True)
    near = F.max_pool2d(ink, _TOLERANCE, stride=1, padding=_TOLERANCE // 2)
    far = _blocks((whole - near).clamp_min(0), 2)
    # A stroke that is cut leaves hardly anything that far from ink, but more than a copy's blur.
    cut = _blocks(torch.where(ink < INK, (whole - ink).clamp_min(0), 0.0), 3)
    core = torch.maximum(far, cut)
    wide = F.max_pool2d(core, _MARGIN, stride=1, padding=_MARGIN // 2)
    return (wide > _SURE) & (ink < INK)


def _blocks(picture: Tensor, side: int) -> Tensor:
    """Opening: of (N, 1, H, W), only what holds a block of side x side pixels."""
    least = -F.max_pool2d(-picture, side, stride=1)
    edge = side - 1
    return F.max_pool2d(F.pad(least, (edge, edge, edge, edge)), side, stride=1)


def _by_a_robust_fit(
    model: GenerativeModel, image: Tensor, generator: torch.Generator
) -> Iterator[tuple[float, Tensor]]:
    """The most probable code if blank paper may be wrong.

    Minimises sum over ink of r^2 / (2 s^2), plus sum over blank pixels of the same loss bounded by
    a price p (Geman and McClure, 1987: p q / (p + q) with q = r^2 / (2 s^2)), plus |u|^2 / 2.
    """
    prior = CodePrior.of(model, generator)
    ink = (image >= INK).any(dim=1, keepdim=True)
    restarts, labels, first = RESTARTS, None, None
    if isinstance(model, Conditional):
        # Each class once, and the first restart as what it looks like.
        restarts = model.shape.classes
        labels = torch.arange(restarts, device=image.device)
    if isinstance(model, Encodes) and model.latent_geometry == "gaussian":
        known = labels_of(model, image)
        with torch.no_grad():
            first = model.encode(image, known)
        if labels is not None and known is not None:
            labels = labels.roll(-int(known[0]))

    def loss(u: Tensor) -> tuple[Tensor, Tensor]:
        drawn = cast("Decodes", model).decode(prior.codes(u), labels)
        full = (drawn - image).square() / (2 * PIXEL_DEVIATION**2)
        cost = torch.where(ink, full, _PRICE * full / (_PRICE + full))
        return cost.flatten(1).sum(dim=1) + 0.5 * u.square().sum(dim=1), drawn

    shape = 1, restarts, len(prior.mean)
    for found in descend(loss, shape, image.device, generator, first):
        yield found.fraction, found.images


@torch.no_grad()
def _by_copies(
    model: GenerativeModel, image: Tensor, generator: torch.Generator
) -> Iterator[tuple[float, Tensor]]:
    """Copies the drawing again and again, putting the ink back: blank paper may fill."""
    picture = image
    for sweep in range(1, _SWEEPS + 1):
        copy, _codes = copy_of(model, picture)
        picture = torch.maximum(image, copy)
        yield sweep / _SWEEPS, copy


def _by_windows(
    model: GenerativeModel, image: Tensor, generator: torch.Generator
) -> Iterator[tuple[float, Tensor]]:
    """Hides the blank paper of one window after the other, and fills it anew."""
    ink = (image >= INK).any(dim=1, keepdim=True)
    rows = [
        hole
        for top in _places(image.shape[2])
        for left in _places(image.shape[3])
        if (hole := _window(ink, top, left)) is not None
    ]
    if not rows:
        yield 1.0, image
        return
    holes = torch.cat(rows)
    known = torch.where(holes, 0.0, image)
    times = holes.sum(dim=0, keepdim=True).clamp_min(1)
    for step in cast("Inpaints", model).inpaint(known, holes, generator=generator):
        ink_there = torch.where(holes, step.images, 0.0).sum(dim=0, keepdim=True) / times
        yield step.fraction, torch.where(holes.any(dim=0, keepdim=True), ink_there, image)


def _window(ink: Tensor, top: int, left: int) -> Tensor | None:
    """The blank pixels of a window, or None where there is no ink at all."""
    hole = torch.zeros_like(ink)
    rows, columns = slice(top, top + _WINDOW), slice(left, left + _WINDOW)
    hole[..., rows, columns] = ~ink[..., rows, columns]
    return hole if ink[..., rows, columns].any() else None


def _places(side: int) -> list[int]:
    """Where windows begin along a side, so that they cover all of it."""
    last = max(side - _WINDOW, 0)
    return sorted({*range(0, last, _PITCH), last})
