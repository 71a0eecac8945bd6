"""Pulling a drawing to where a model's digits are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from models import means
from models.capabilities import Diffuses, HasCodebook
from studio.engine.class_codes import class_codes, class_of
from studio.engine.images import to_arrays, to_tensor
from studio.engine.seeding import generator
from studio.engine.stepping import at_leisure, frozen
from studio.engine.strips import Strip, decode, faded, has_codes, read_drawing, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from studio.engine.class_codes import ClassCodes
    from studio.engine.witness import Witness

# Noise beyond this leaves too little of the drawing to speak of a correction.
_MOST_NOISE = 0.7
_NOISE = (
    "Adds more and more noise to your drawing and removes it again (SDEdit): little noise mends "
    "the details, much noise writes another digit."
)
_COPIES = (
    "From your drawing to its copy, pixel by pixel; then it copies its own copy, again and again: "
    "it has no codes that have a mean."
)


def correct(witness: Witness, drawing: np.ndarray, steps: int = 9) -> Iterator[Strip]:
    """From a drawing, uint8 (H, W), over the model's copy to the plainest of its kind.

    The first half fades from the drawing to the copy. In the second the code goes straight to the
    middle of the codes of the drawing's class around it (as samples are made plainer by Karras et
    al., 2019, arXiv:1812.04948). A model with discrete codes copies its copy again and
    again instead; a diffusion adds more and more noise and removes it (SDEdit, Meng et al., 2021,
    arXiv:2108.01073).

    Raises:
        Unsupported: the model cannot copy a drawing; one sentence.
        ValueError: there are no digits to compare with; one sentence.
    """
    assert steps >= 3, steps
    model = witness.model
    if isinstance(model, Diffuses):
        yield from _by_noise(model, model.device, drawing, steps)
    elif isinstance(model, HasCodebook) or not has_codes(model):
        yield from _by_copies(witness, drawing, steps)
    else:
        yield from _towards_the_mean(witness, drawing, steps)


def _towards_the_mean(witness: Witness, drawing: np.ndarray, steps: int) -> Iterator[Strip]:
    model = witness.model
    codes: ClassCodes | None = None
    for codes in class_codes(witness):
        if codes is None:
            yield waiting(drawing, ("your drawing",) * steps)
    assert codes is not None
    label = class_of(witness, drawing)
    half = (steps - 1) // 2
    goal_word = f"a plain {label}" if codes.has(label) else "a plain picture"
    shares = torch.linspace(0, 1, steps - half, device=model.device)
    words = (
        "your drawing",
        *(f"{i / half:.0%} of the way to its copy" for i in range(1, half)),
        "its copy",
        *(f"{share:.0%} of the way to {goal_word}" for share in shares[1:-1].tolist()),
        goal_word,
    )
    how = (
        "From your drawing to its copy, pixel by pixel; then the code goes straight to that of "
        f"{goal_word}, the middle of those {codes.how} that lie around it."
    )
    if not codes.has(label):
        how += f" They are of all classes, as it takes your drawing for a {label}: {codes.lacks}."
    for read in read_drawing(witness, drawing):
        goal = codes.plain(label, read.code[0])
        way = means.lerp(read.code[0], goal, shares[1:])
        told = None if read.label is None else read.label.expand(len(way))
        images = np.concatenate([faded(drawing, read.copy, half + 1), decode(model, way, told)])
        yield Strip(read.fraction, images, words, how)


def _by_copies(witness: Witness, drawing: np.ndarray, steps: int) -> Iterator[Strip]:
    model = witness.model
    if not means.can(model, "reconstruct"):
        raise means.Unsupported(means.way(model, "reconstruct"))
    half = (steps - 1) // 2
    picture, copies = to_tensor(drawing[None], model.device), []
    for index in range(steps - half):
        noise = generator(model.device, index, "copies")
        *_, step = frozen(means.reconstruct(model, picture, generator=noise))
        picture = step.images
        copies.append(to_arrays(picture)[0])
        shown = [*copies, *[copies[-1]] * (steps - half - len(copies))]
        yield Strip(
            fraction=len(copies) / (steps - half),
            images=np.concatenate([faded(drawing, copies[0], half + 1), np.stack(shown[1:])]),
            labels=(
                "your drawing",
                *(f"{i / half:.0%} of the way to its copy" for i in range(1, half)),
                "its copy",
                *(f"copied {_times(i)}" for i in range(2, steps - half + 1)),
            ),
            how=_COPIES,
        )


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _by_noise(
    model: Diffuses, device: torch.device, drawing: np.ndarray, steps: int
) -> Iterator[Strip]:
    image = to_tensor(drawing[None], device)
    strengths = [_MOST_NOISE * i / (steps - 1) for i in range(steps)]
    labels = ("your drawing", *(f"{100 * strength:.0f} % noise" for strength in strengths[1:]))
    images = [drawing]
    for index, strength in enumerate(strengths[1:]):
        # The same noise at each strength: the pictures then go over into each other.
        noise = generator(device, 0, "refine")
        for step in at_leisure(frozen(model.refine(image, strength, generator=noise))):
            shown = to_arrays(step.images)[0]
            row = [*images, *[shown] * (steps - len(images))]
            yield Strip((index + step.fraction) / (steps - 1), np.stack(row), labels, _NOISE)
        images.append(shown)
