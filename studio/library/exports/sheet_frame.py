"""The frame of a contact sheet: how large everything is and where it stands, in pixels.

Around the digits stand the coordinates of the plane, below them the caption. Letters grow with the
sheet, so that a poster can be read from as far away as it is looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from studio.library.exports.caption import Caption, font
from studio.library.exports.curves import ticks

DPI = 300
MOST_DIGITS = 40_000
MOST_PIXELS = 250_000_000
"""As many as an A0 poster has at 400 dots per inch; programs refuse pictures not much larger."""
LEAST_WIDTH = 280


@dataclass(frozen=True)
class Edges:
    """The part of the plane that the sheet shows, y up, and what its two axes are called.

    The digit of the first row and column stands half a cell inside the upper left corner.
    """

    left: float
    bottom: float
    right: float
    top: float
    names: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Text:
    """Words at a place: their start, middle or end (`anchor`) stands at x, their base line at y."""

    x: float
    y: float
    words: str
    anchor: str = "start"


@dataclass(frozen=True)
class Frame:
    """A sheet of rows x columns digits of height x width, `gap` apart, all enlarged `scale` times.

    Attributes:
        edges: None where the digits lie on no plane.
    """

    rows: int
    columns: int
    height: int
    width: int
    scale: int
    gap: int
    caption: Caption
    edges: Edges | None = None

    @property
    def pitch(self) -> tuple[int, int]:
        """From digit to digit: across, down."""
        return (self.width + self.gap) * self.scale, (self.height + self.gap) * self.scale

    @property
    def area(self) -> tuple[int, int]:
        """Size of all digits with the gaps between and around them: wide, tall."""
        across, down = self.pitch
        around = self.gap * self.scale
        return self.columns * across + around, self.rows * down + around

    @cached_property
    def letters(self) -> int:
        """The height of letters."""
        return max(13, min(120, round(self.area[0] / 80)))

    @property
    def left(self) -> int:
        """Where the digits begin."""
        return (5 if self.edges else 1) * self.letters

    @property
    def top(self) -> int:
        """Where the digits begin."""
        named = self.edges is not None and bool(self.edges.names[1])
        return 2 * self.letters if named else self.letters

    @cached_property
    def lines(self) -> list[str]:
        """The caption, broken to fit."""
        room = self.size_across - self.left - self.letters
        return self.caption.lines(font(self.letters), room)

    @property
    def size_across(self) -> int:
        """Width of the whole picture."""
        return max(self.left + self.area[0] + 2 * self.letters, LEAST_WIDTH)

    @property
    def size(self) -> tuple[int, int]:
        """Of the whole picture: wide, tall."""
        below = (2 * self.letters if self.edges else 0) + len(self.lines) * self.line
        return self.size_across, self.top + self.area[1] + below + 2 * self.letters

    @property
    def line(self) -> int:
        """From line to line of the caption."""
        return math.ceil(1.4 * self.letters)

    @cached_property
    def marks(self) -> list[tuple[float, float, float, float]]:
        """Short lines from (x, y) to (x, y) where the numbers stand."""
        length = self.letters / 3
        foot, end = self.top + self.area[1], self.left
        down = [(x, foot, x, foot + length) for x, _ in self._across()]
        return down + [(end - length, y, end, y) for y, _ in self._down()]

    @cached_property
    def texts(self) -> list[Text]:
        """All that is written, the caption last."""
        em, wide = self.letters, self.left + self.area[0]
        foot = self.top + self.area[1]
        found = [Text(x, foot + 1.5 * em, words, "middle") for x, words in self._across()]
        found += [
            Text(self.left - 0.5 * em, y + 0.35 * em, words, "end") for y, words in self._down()
        ]
        if self.edges is not None:
            across, up = self.edges.names
            if across:
                found.append(Text(wide, foot + 2.8 * em, across, "end"))
            if up:
                found.append(Text(self.left, self.top - 0.6 * em, up))
        below = foot + (3.0 if self.edges else 1.0) * em
        found += [
            Text(self.left, below + number * self.line + em, words)
            for number, words in enumerate(self.lines)
        ]
        return found

    def _across(self) -> list[tuple[float, str]]:
        if self.edges is None:
            return []
        low, high, room = self.edges.left, self.edges.right, self.area[0]
        around = self.gap * self.scale
        scale = (room - around) / (high - low)
        return [
            (self.left + around / 2 + (value - low) * scale, number(value))
            for value in self._round_numbers(low, high, room / 8)
        ]

    def _down(self) -> list[tuple[float, str]]:
        if self.edges is None:
            return []
        low, high, room = self.edges.bottom, self.edges.top, self.area[1]
        around = self.gap * self.scale
        scale = (room - around) / (high - low)
        return [
            (self.top + around / 2 + (high - value) * scale, number(value))
            for value in self._round_numbers(low, high, room / 6)
        ]

    def _round_numbers(self, low: float, high: float, room: float) -> list[float]:
        return ticks(low, high, max(1, min(11, int(room / self.letters))))

    def check(self) -> None:
        """Refuses what cannot become a file.

        Raises:
            ValueError: no digit, too many digits, or too many pixels; one sentence.
        """
        count = self.rows * self.columns
        if count == 0:
            raise ValueError("there is no digit to put onto the sheet")
        if count > MOST_DIGITS:
            raise ValueError(
                f"{count:,} digits are too many for one sheet: choose at most {MOST_DIGITS:,}"
            )
        wide, tall = self.size
        if wide * tall > MOST_PIXELS:
            raise ValueError(
                f"the sheet would have {wide:,} x {tall:,} pixels: choose fewer digits or a "
                "smaller enlargement"
            )

    def plain(self) -> dict[str, object]:
        """What a program needs to cut the digits out again, JSON-ready."""
        about: dict[str, object] = {
            "rows": self.rows,
            "columns": self.columns,
            "height": self.height,
            "width": self.width,
            "scale": self.scale,
            "gap": self.gap,
            "left": self.left + self.gap * self.scale,
            "top": self.top + self.gap * self.scale,
        }
        if self.edges is not None:
            edges = self.edges
            about["region"] = [edges.left, edges.bottom, edges.right, edges.top]
            about["axes"] = list(edges.names)
        return about


def number(value: float) -> str:
    """A coordinate for people; Pillow's own letters know no other minus than the hyphen."""
    return f"{value:g}"
