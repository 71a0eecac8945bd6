"""Holes that are given: several ways to fill one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from models.base import GenerativeModel, SamplerStep
from models.means.iterating import fill_by_copies
from models.means.searching import search
from models.means.ways import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.capabilities import Inpaints


@dataclass(frozen=True)
class Filled:
    """Several ways to fill a hole, as far as they have come.

    Attributes:
        fraction: Done so far, in (0, 1]; 1 is the result.
        images: (N, C, H, W), the known pixels as given to the bit.
        state: The codes (N, D), or whatever the model carries, or None.
        likely: Where codes were searched, log p(z) + log p(known pixels | z) in nats but for a
            constant, (N,); else None.
    """

    fraction: float
    images: Tensor
    state: Tensor | None
    likely: Tensor | None


def fill(
    model: GenerativeModel,
    image: Tensor,
    hole: Tensor,
    count: int,
    *,
    generator: torch.Generator,
    spread: float = 1.0,
) -> Iterator[Filled]:
    """Several ways (count, C, H, W) to fill the hole of one image (1, C, H, W).

    `hole` is (1, 1, H, W) bool, True where unknown. Whatever the model does, the pixels under the
    hole are not shown to it, and the known pixels come back unchanged to the bit.

    Arguments:
        spread: Where codes are searched, the last picture may be off the known pixels so many
            times as far as the first: with more than 1, the pictures differ more.

    Raises:
        Unsupported: when the first step is asked for.
    """
    means = require(model, "inpaint")
    known = torch.where(hole, 0.0, image).expand(count, -1, -1, -1)
    holes = hole.expand(count, -1, -1, -1)
    if means in ("search", "search near samples"):
        for found in search(model, known, holes, generator, spread):
            images = torch.where(holes, found.images, known)
            yield Filled(found.fraction, images, found.codes, found.likely)
        return
    if means == "own":
        steps = cast("Inpaints", model).inpaint(known, holes, generator=generator)
    else:
        steps = fill_by_copies(model, known, holes, generator)
    for step in steps:
        images = torch.where(holes, step.images, known)
        yield Filled(step.fraction, images, step.state, None)


def inpaint(
    model: GenerativeModel,
    image: Tensor,
    hole: Tensor,
    count: int,
    *,
    generator: torch.Generator,
) -> Iterator[SamplerStep]:
    """As `fill`, in the steps that all samplers yield.

    Raises:
        Unsupported: when the first step is asked for.
    """
    for filled in fill(model, image, hole, count, generator=generator):
        yield SamplerStep(filled.fraction, filled.images, filled.state)
