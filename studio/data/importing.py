"""Turns a picture of a digit, of any size and colour, into a drawing as MNIST would store it.

Every stage is kept, so that it can be shown what was done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from studio.data.framing import BOX, SIDE, framing, ink_box
from studio.data.inking import (
    background,
    evened,
    grown,
    ink_is_bright,
    noise,
    stroke_width,
    threshold_of,
    thresholded,
    without_specks,
)
from studio.data.picture_file import SUFFIXES, Picture, picture_of, read_picture

__all__ = [
    "SUFFIXES",
    "Importing",
    "Picture",
    "Prepared",
    "Settings",
    "picture_of",
    "prepare",
    "read_picture",
]

Polarity = Literal["auto", "dark", "bright"]
THINNEST = 1.8
"""Stroke width in pixels of the 28 x 28 below which clean-up thickens: MNIST's are about 2.5."""
FLAT = 0.9
"""Share of the border that is plain black or white in a picture that is a digit already."""


@dataclass(frozen=True)
class Settings:
    """What may be chosen.

    Attributes:
        threshold: In (0, 1): how much of the darkest ink counts as ink. None finds it.
        polarity: Whether ink is darker or brighter than the paper; "auto" finds it.
        clean: Whether specks and edges of the paper go, and thin lines are thickened.
    """

    threshold: float | None = None
    polarity: Polarity = "auto"
    clean: bool = True


@dataclass(frozen=True)
class Prepared:
    """A picture on its way to a drawing; bright ink on dark in all but the first stage.

    Attributes:
        original: uint8 (h, w, 3).
        evened: uint8 (h, w): grey, with the light evened out.
        ink: uint8 (h, w): above the threshold, cleaned.
        framed: uint8 (28, 28).
        threshold: The one that was used, in (0, 1).
        bright: Whether the ink was brighter than the paper.
        as_it_is: Whether it was a digit of 28 x 28 already, and nothing was done.
        steps: What was done, one phrase per stage that follows the original.
    """

    original: np.ndarray
    evened: np.ndarray
    ink: np.ndarray
    framed: np.ndarray
    threshold: float
    bright: bool
    as_it_is: bool
    steps: tuple[str, str, str]


class Importing:
    """One picture that may be prepared several times, with other settings."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._paper: np.ndarray | None = None
        self._evened: dict[bool, tuple[np.ndarray, float, float]] = {}

    def prepare(self, settings: Settings) -> Prepared:
        """Goes through all stages.

        Raises:
            ValueError: no ink was found; one sentence says what to do.
        """
        if settings.threshold is None and settings.clean:
            digit = self._digit(settings.polarity)
            if digit is not None:
                return digit
        grey = self.picture.grey
        if self._paper is None:
            self._paper = background(grey)
        bright = settings.polarity == "bright" or (
            settings.polarity == "auto" and ink_is_bright(grey, self._paper)
        )
        even, found, rough = self._even(bright)
        level = found if settings.threshold is None else settings.threshold
        ink, cleaned = thresholded(even, level, rough), ""
        if settings.clean:
            ink, specks = without_specks(ink)
            ink, thickened = _thickened(ink)
            cleaned = _cleaned(specks, thickened)
        drawn = np.rint(ink * 255).astype(np.uint8)
        if ink_box(drawn) is None or ink.max() < 0.5:
            raise ValueError("No ink is left at this threshold: move it to the left.")
        framed, placed = _framed(drawn)
        lit = "light evened out" if np.ptp(self._paper) > 0 else "evenly lit"
        how = "brighter" if bright else "darker"
        by = "by hand" if settings.threshold is not None else "by Otsu"
        return Prepared(
            self.picture.colours,
            np.rint(even * 255).astype(np.uint8),
            drawn,
            framed,
            level,
            bright,
            False,
            (
                f"Grey, {lit}; ink is {how} than the paper",
                f"Ink above {level * 100:.0f}\u00a0% {by}{cleaned}",
                placed,
            ),
        )

    def _even(self, bright: bool) -> tuple[np.ndarray, float, float]:
        """How much ink there is, stretched so that plain ink is 1; Otsu's threshold; noise."""
        assert self._paper is not None
        if bright not in self._evened:
            ink = evened(self.picture.grey, self._paper, bright=bright)
            level = threshold_of(ink)
            full = float(np.quantile(ink[ink > level], 0.9))
            stretched = np.clip(ink / full, 0, 1).astype(np.float32)
            level = min(max(level / full, 0.02), 0.98)
            self._evened[bright] = stretched, level, noise(ink) / full
        return self._evened[bright]

    def _digit(self, polarity: Polarity) -> Prepared | None:
        """A picture of 28 x 28 on plain black or white is a digit already: nothing is done."""
        picture = self.picture
        if (picture.width, picture.height) != (SIDE, SIDE) or np.ptp(picture.colours, axis=2).any():
            return None
        grey = picture.colours[..., 0]
        border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        bright = bool((border == 0).mean() > FLAT)
        if not (bright or (border == 255).mean() > FLAT) or not np.ptp(grey):
            return None
        if polarity != "auto" and (polarity == "bright") != bright:
            return None
        drawn = grey if bright else (255 - grey).astype(np.uint8)
        if ink_box(drawn) is None:
            return None
        framed, placed = _framed(drawn, stretch=False)
        how = "brighter" if bright else "darker"
        return Prepared(
            picture.colours,
            drawn,
            drawn,
            framed,
            0.5,
            bright,
            True,
            (f"Ink is {how} than the paper", "A digit already: every grey is kept", placed),
        )


def prepare(picture: Picture, settings: Settings | None = None) -> Prepared:
    """Goes through all stages once; see `Importing.prepare`."""
    return Importing(picture).prepare(replace(settings) if settings else Settings())


def _thickened(ink: np.ndarray) -> tuple[np.ndarray, bool]:
    """Lines that would be fainter than MNIST's after framing become as wide as its thin ones."""
    box = ink_box(np.rint(ink * 255).astype(np.uint8))
    if box is None:
        return ink, False
    left, top, right, bottom = box
    side = max(right - left, bottom - top)
    lacking = (THINNEST * side / BOX - stroke_width(ink)) / 2
    steps = round(lacking)
    if steps < 1:
        return ink, False
    return grown(np.pad(ink, steps), steps), True


def _cleaned(specks: int, thickened: bool) -> str:
    said = []
    if specks:
        said.append(f"{specks:,} speck{'s' if specks > 1 else ''} removed")
    if thickened:
        said.append("thin lines thickened")
    return "".join(f", {what}" for what in said)


def _framed(drawn: np.ndarray, *, stretch: bool = True) -> tuple[np.ndarray, str]:
    move = framing(drawn)
    framed = move.apply(drawn)
    peak = int(framed.max())
    if stretch and 0 < peak < 255:
        framed = np.rint(framed * (255 / peak)).astype(np.uint8)
    if move.scale == 1.0:
        return framed, "Centred by mass; no scaling was needed"
    return framed, "Scaled to a box of 20\u00a0×\u00a020, centred by mass"
