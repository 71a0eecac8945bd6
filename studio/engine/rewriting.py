"""One's own drawing, written anew by a model: tidier, as another digit, or on the way to another.

A strip is a row of pictures. A model whose code is searched answers with ever better strips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import torch

from models import means
from models.capabilities import Conditional, Decodes, Diffuses, HasCodebook
from studio.engine.class_codes import class_codes, class_of, classifier
from studio.engine.correcting import correct
from studio.engine.images import to_arrays
from studio.engine.strips import Strip, decode, faded, has_codes, read_both, read_drawing, waiting
from studio.instruments.classifier import DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from models import GenerativeModel
    from studio.engine.class_codes import ClassCodes
    from studio.engine.strips import Read
    from studio.engine.witness import Witness

__all__ = ["Path", "Strip", "Unsupported", "convert", "correct", "morph"]

Unsupported = means.Unsupported
Path = Literal["linear", "spherical"]

# How far a converted code goes on to a plain one, if it must.
_CERTAIN = 0.9
_PULLS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_AT_ONCE = 8
_UNTOLD = "none was among the digits that it learned from"


def convert(witness: Witness, drawing: np.ndarray) -> Iterator[Strip]:
    """The same hand writing each digit, from 0 to 9.

    A conditional model decodes the code of the drawing as each class: what is in the code is the
    hand (Kingma et al., 2014, arXiv:1406.5298). Any other adds the way from the mean code of the
    drawing's class to that of the other (Larsen et al., 2016, arXiv:1512.09300), and goes on to the
    middle of the other's codes only as far as our classifier needs to read it. In the drawing's
    own class this is the model's copy. A digit that the model does not know, or of which there are
    hardly any codes, is a black picture.

    Raises:
        Unsupported: codes say nothing of classes; one sentence.
        ValueError: there are no digits to compare with; one sentence.
    """
    model = witness.model
    title = model.card.title
    if isinstance(model, Diffuses):
        raise Unsupported(f"{title}: its code is pure noise, in which no direction means a digit.")
    if isinstance(model, HasCodebook):
        raise Unsupported(
            f"{title}: its codes are letters of an alphabet, and there is no way from the letters "
            "of one digit to those of another."
        )
    if not has_codes(model):
        raise Unsupported(f"{title}: it has no code that could be changed.")
    if isinstance(model, Conditional):
        yield from _as_each_class(witness, drawing)
    else:
        yield from _by_arithmetic(witness, drawing)


def morph(
    witness: Witness,
    first: np.ndarray,
    second: np.ndarray,
    *,
    path: Path = "linear",
    steps: int = 24,
) -> Iterator[Strip]:
    """From one drawing to another through the latent space; the ends are the model's copies.

    The spherical way turns around the origin where codes lie around it, else around the mean of
    the codes of test digits. A conditional model that reads two classes fades from one to the
    other.

    Raises:
        Unsupported: the model has no codes; one sentence.
    """
    assert steps >= 2, steps
    model = witness.model
    if not has_codes(model):
        raise Unsupported(f"{model.card.title}: it has no code that could go from here to there.")
    middle: Tensor | None = None
    if path == "spherical" and model.latent_geometry == "free":
        middle = witness.codes().mean(dim=0)
    how = _how_to_morph(model, path)
    labels = tuple(f"{share:.0%}" for share in np.linspace(0, 1, steps))
    shares = torch.linspace(0, 1, steps, device=model.device)
    for a, b in read_both(witness, first, second):
        codes = _way_between(a.code[0], b.code[0], shares, path, middle)
        searched = 0.8 * min(a.fraction, b.fraction)
        images = faded(a.copy, b.copy, steps)
        if searched < 0.8:
            yield Strip(searched, images, labels, how)
            continue
        # The ends stay as they are: they are the copies.
        inner = range(1, steps - 1, _AT_ONCE)
        for at in inner:
            some = slice(at, min(at + _AT_ONCE, steps - 1))
            with torch.no_grad():
                images[some] = to_arrays(_between(model, codes[some], shares[some], a, b))
            done = some.stop / (steps - 1)
            yield Strip(0.8 + 0.2 * done, images.copy(), labels, how)
        if not inner:
            yield Strip(1.0, images, labels, how)


# Converting


def _as_each_class(witness: Witness, drawing: np.ndarray) -> Iterator[Strip]:
    model = witness.model
    classes = torch.arange(min(model.shape.classes, DIGITS), device=model.device)
    count = len(classes)
    words = (*map(str, range(count)), *(f"{label}: {_UNTOLD}" for label in range(count, DIGITS)))
    for read in read_drawing(witness, drawing):
        assert read.label is not None
        own = int(read.label[0])
        images = np.zeros((DIGITS, *drawing.shape), np.uint8)
        images[:count] = decode(model, read.code.expand(count, -1), classes)
        images[own] = read.copy
        yield Strip(
            read.fraction,
            images,
            words,
            f"It reads a {own}, and decodes the same code as every other class.",
        )


def _by_arithmetic(witness: Witness, drawing: np.ndarray) -> Iterator[Strip]:
    model = witness.model
    codes: ClassCodes | None = None
    for codes in class_codes(witness):
        if codes is None:
            yield waiting(drawing, tuple(map(str, range(DIGITS))))
    assert codes is not None
    own = class_of(witness, drawing)
    labels = range(DIGITS)
    known = [codes.has(label) for label in labels]
    words = tuple(str(label) if known[label] else f"{label}: {codes.lacks}" for label in labels)
    start = f"a {own}" if known[own] else f"all codes, for want of a {own},"
    how = (
        f"Your {own} in code, plus the way from the mean of {start} to that of another digit; from "
        "there towards a plain one, but no farther than until our classifier reads it. "
        f"Means and plain ones are those of {codes.how}."
    )
    for read in read_drawing(witness, drawing):
        images = np.stack(
            [
                _as_class(model, codes, read.code[0], own, label)
                if known[label]
                else np.zeros_like(drawing)
                for label in labels
            ]
        )
        images[own] = read.copy
        yield Strip(read.fraction, images, words, how)


def _as_class(
    model: GenerativeModel, codes: ClassCodes, code: Tensor, own: int, label: int
) -> np.ndarray:
    """uint8 (H, W): the first picture on the way to a plain one that is read as the class."""
    moved = code + codes.mean(label) - codes.mean(own)
    shares = torch.tensor(_PULLS, device=code.device)
    images = decode(model, means.lerp(moved, codes.plain(label, moved), shares), None)
    judged = classifier().judge(images)
    read = (judged.labels == label) & (judged.confidences >= _CERTAIN)
    picked: np.ndarray = images[int(read.argmax()) if read.any() else -1]
    return picked


# Morphing


def _way_between(
    first: Tensor, last: Tensor, shares: Tensor, path: Path, middle: Tensor | None
) -> Tensor:
    way: Callable[[Tensor, Tensor, Tensor], Tensor] = (
        means.lerp if path == "linear" else means.slerp
    )
    if middle is None:
        return way(first, last, shares)
    return middle + way(first - middle, last - middle, shares)


def _between(model: GenerativeModel, codes: Tensor, shares: Tensor, a: Read, b: Read) -> Tensor:
    """Pictures of codes (n, D); where the ends are of two classes, a mixture of both."""
    decoder = cast("Decodes", model)
    if a.label is None or b.label is None:
        return decoder.decode(codes)
    one = decoder.decode(codes, a.label.expand(len(codes)))
    if int(a.label) == int(b.label):
        return one
    other = decoder.decode(codes, b.label.expand(len(codes)))
    return torch.lerp(one, other, shares[:, None, None, None])


def _how_to_morph(model: GenerativeModel, path: Path) -> str:
    if path == "linear":
        way = "Its code goes in a straight line from one drawing's to the other's"
        if model.latent_geometry == "sphere":
            way += ", through the inside of a sphere where this model has never been"
    else:
        way = "Its code goes along a great circle from one drawing's to the other's"
    if isinstance(model, HasCodebook):
        way += "; it is rounded to letters of an alphabet, so the picture jumps"
    if isinstance(model, Conditional):
        way += "; between two classes the picture fades from one to the other"
    return f"{way}."
