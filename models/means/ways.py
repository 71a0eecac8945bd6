"""Which means a model has for what, by its capabilities; and one sentence for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from models.capabilities import (
    Conditional,
    Decodes,
    Encodes,
    Inpaints,
    Reconstructs,
    Samples,
)

if TYPE_CHECKING:
    from torch import Tensor

    from models.base import GenerativeModel

What = Literal["sample", "encode", "decode", "reconstruct", "inpaint", "gap"]
"""What one can ask of a model; `gap` is to find what is missing in a drawing."""

RESTARTS = 8
"""Codes that an inversion starts from."""


class Unsupported(ValueError):
    """The model cannot do this, by no means; the message is one sentence for the user."""


def can(model: GenerativeModel | type[GenerativeModel], what: What) -> bool:
    """Whether the model can do this, by itself or by the means supplied here."""
    return means_of(model, what) is not None


def way(model: GenerativeModel | type[GenerativeModel], what: What) -> str:
    """One sentence that says by what means this is done, or why it cannot be."""
    means = means_of(model, what)
    if means is None:
        return f"{model.card.title}: {_REASONS[what]}"
    return _SENTENCES[means] if means in _SENTENCES else model.ways.get(what, _OWN[what])


def means_of(model: GenerativeModel | type[GenerativeModel], what: What) -> str | None:
    """The name of the means, `own` for the model's own, or None."""
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
        "gap": [
            (known_density, "gap by a robust fit"),
            (issubclass(cls, Inpaints), "gap by windows"),
            (free and issubclass(cls, Samples), "gap by a robust fit"),
            (encodes and decodes, "gap by copies"),
        ],
    }
    return next((means for holds, means in choices[what] if holds), None)


def require(model: GenerativeModel, what: What) -> str:
    """As `means_of`.

    Raises:
        Unsupported: there is none.
    """
    means = means_of(model, what)
    if means is None:
        raise Unsupported(way(model, what))
    return means


def labels_of(
    model: GenerativeModel, images: Tensor, labels: Tensor | None = None
) -> Tensor | None:
    """The classes (N,) as which a conditional model reads images, if they are not given.

    Inferred once and handed on, a digit is encoded and decoded as the same class. None for models
    that know no classes.
    """
    if labels is None and isinstance(model, Conditional):
        return model.class_evidence(images).argmax(dim=1)
    return labels


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
    "gap by a robust fit": (
        "A code is searched that explains all ink, while blank paper may contradict it at a "
        "limited price; where its picture has ink that the drawing has not, something is missing."
    ),
    "gap by windows": (
        "The blank paper of one window after the other is hidden and filled anew; where ink comes "
        "most of the time, something is missing."
    ),
    "gap by copies": (
        "The drawing is copied again and again, each time with its ink put back; where the copies "
        "keep ink that the drawing has not, something is missing."
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
    "gap": "it can neither copy a drawing nor fill holes, so it cannot tell what is missing.",
}
