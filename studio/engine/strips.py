"""Rows of pictures that begin with what a model makes of a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from models import means
from models.capabilities import Decodes
from studio.engine.images import to_arrays, to_tensor
from studio.engine.seeding import generator
from studio.engine.stepping import at_leisure, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models import GenerativeModel
    from studio.engine.witness import Witness


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A row of pictures.

    Attributes:
        fraction: Done so far, in (0, 1]; 1 is the result.
        images: uint8 (n, H, W).
        labels: A few words on each.
        how: By what means, one or two sentences.
    """

    fraction: float
    images: np.ndarray
    labels: tuple[str, ...]
    how: str


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a model makes of a drawing.

    Attributes:
        fraction: Done so far, in (0, 1].
        copy: uint8 (H, W).
        code: (1, D).
        label: int64 (1,), as which class a conditional model reads it, else None.
    """

    fraction: float
    copy: np.ndarray
    code: Tensor
    label: Tensor | None


def has_codes(model: GenerativeModel) -> bool:
    """Whether a drawing has a code from which a picture can be made."""
    return isinstance(model, Decodes) and means.can(model, "encode")


def read_drawing(witness: Witness, drawing: np.ndarray) -> Iterator[Read]:
    """As the explorer reads it, with the same noise: the same copy."""
    model = witness.model
    image = to_tensor(drawing[None], model.device)
    with torch.no_grad():
        label = means.labels_of(model, image)
    noise = generator(model.device, 0, "encode")
    steps = means.encode(model, image, generator=noise, labels=label)
    for step in at_leisure(frozen(steps)):
        assert step.state is not None
        yield Read(step.fraction, to_arrays(step.images)[0], step.state, label)


def read_both(
    witness: Witness, first: np.ndarray, second: np.ndarray
) -> Iterator[tuple[Read, Read]]:
    """The same of two drawings; `fraction` of the second one counts both."""
    a = None
    for a in read_drawing(witness, first):
        if a.fraction < 1:
            # Half of the search is still to come.
            half = Read(a.fraction / 2, a.copy, a.code, a.label)
            yield half, half
    assert a is not None
    for b in read_drawing(witness, second):
        share = 1.0 if b.fraction == 1 else 0.5 + b.fraction / 2
        yield a, Read(share, b.copy, b.code, b.label)


def decode(model: GenerativeModel, codes: Tensor, labels: Tensor | None) -> np.ndarray:
    """Pictures of codes (N, D) as classes (N,): uint8 (N, H, W)."""
    with torch.no_grad():
        return to_arrays(cast("Decodes", model).decode(codes, labels))


def faded(first: np.ndarray, last: np.ndarray, count: int) -> np.ndarray:
    """uint8 (count, H, W) from one picture to another, pixel by pixel; both ends exact."""
    shares = np.linspace(0, 1, count)[:, None, None]
    pictures: np.ndarray = np.rint((1 - shares) * first + shares * last).astype(np.uint8)
    return pictures


def waiting(drawing: np.ndarray, labels: tuple[str, ...]) -> Strip:
    """While nothing is known yet: the drawing, and no more."""
    return Strip(0.01, np.stack([drawing] * len(labels)), labels, "")
