"""What a model is asked when it is to write a drawing again, and what it says.

The question is played on the inference thread, which alone imports PyTorch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from studio.engine.rewriting import Strip
    from studio.engine.witness import Witness
    from studio.state.rewrite_parts import Part

STEPS, FRAMES = 11, 24
"""Frames of a correction and of a morph."""


@dataclass(frozen=True, eq=False)
class Written:
    """What the model has written for one part so far."""

    part: Part
    strip: Strip


@dataclass(frozen=True, eq=False)
class Reason:
    """Why it cannot write one part; the others go on."""

    part: Part
    sentence: str


@dataclass(frozen=True, eq=False)
class Found:
    """The test digit that was asked for, uint8 (28, 28)."""

    image: np.ndarray


@dataclass(frozen=True, eq=False)
class Wish:
    """All that a question needs: nothing of it changes any more.

    Attributes:
        seen: The drawing, uint8 (28, 28).
        first, target: Between these and the drawing there is a morph; None for the drawing itself.
        test: The number of the test digit that is to be the target; None for none.
        path: "linear" or "spherical".
    """

    seen: np.ndarray
    first: np.ndarray | None
    target: np.ndarray | None
    test: int | None
    path: Literal["linear", "spherical"]


def question(wish: Wish, parts: tuple[Part, ...]) -> Callable[[Witness], Iterator[object]]:
    """Says Written, Reason and Found, part after part."""
    return partial(_play, wish=wish, parts=parts)


def _play(witness: Witness, wish: Wish, parts: tuple[Part, ...]) -> Iterator[object]:
    """The parts, one after the other; what one of them cannot do does not stop the others."""
    for part in parts:
        try:
            if part == "morph" and wish.target is None and wish.test is not None:
                found = _test_digit(witness, wish.test)
                wish = Wish(wish.seen, None, found, None, wish.path)
                yield Found(found)
            for strip in _steps(witness, wish, part):
                yield Written(part, strip)
        except ValueError as error:
            yield Reason(part, str(error))


def _steps(witness: Witness, wish: Wish, part: Part) -> Iterator[Strip]:
    from studio.engine.rewriting import convert, correct, morph

    if part == "correct":
        return correct(witness, wish.seen, steps=STEPS)
    if part == "convert":
        return convert(witness, wish.seen)
    first = wish.seen if wish.first is None else wish.first
    second = wish.seen if wish.target is None else wish.target
    return morph(witness, first, second, path=wish.path, steps=FRAMES)


def _test_digit(witness: Witness, number: int) -> np.ndarray:
    images = witness.test().images
    if images.shape[1:] != (28, 28):
        raise ValueError("The data of this model hold no digits to turn into.")
    digit: np.ndarray = images[number % len(images)]
    return digit
