"""Fingers on the canvas: one draws, two move the sheet and zoom it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPointF

SLIP = 1.5
"""Image pixels that a finger may have drawn before a second one shows that it meant to pinch."""
LEAST_PRESSURE = 0.5


class Surface(Protocol):
    """What a hand can do to the canvas."""

    def begin_stroke(self, tool: str, place: QPointF, pressure: float = 1.0) -> None: ...
    def extend_stroke(self, place: QPointF, pressure: float = 1.0) -> None: ...
    def finish_stroke(self) -> None: ...
    def cancel_stroke(self) -> None: ...
    def travelled(self) -> float: ...
    def tool(self) -> str: ...
    def zoom_by(self, factor: float, about: QPointF) -> None: ...
    def move_by(self, across: float, down: float) -> None: ...


class Finger:
    """One finger: who it is, where it is on the widget, and how hard it presses, in [0, 1]; None
    where the device does not feel that."""

    __slots__ = ("number", "place", "pressure")

    def __init__(self, number: int, place: QPointF, pressure: float | None = None) -> None:
        self.number, self.place, self.pressure = number, place, pressure

    def width(self) -> float:
        """The factor for the brush: 1 where the device does not feel."""
        return 1.0 if self.pressure is None else LEAST_PRESSURE + self.pressure


class Fingers:
    """Follows the fingers from the first one down to the last one up.

    A second finger ends the drawing: what has been drawn is kept, unless it is so short that it
    was only the first of two fingers to arrive.
    """

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._drawing: int | None = None
        self._pinching = False
        self._spread: tuple[QPointF, float] | None = None
        self._pair: tuple[int, ...] = ()

    def follow(self, down: Sequence[Finger]) -> None:
        """The fingers that are on the canvas now, in any order; none when the last has left."""
        if not down:
            if self._drawing is not None:
                self._surface.finish_stroke()
            self._forget()
        elif len(down) > 1:
            self._pinch(down)
        elif self._pinching:
            # One of two has left: the other one may come to rest without drawing.
            self._spread = None
        elif self._drawing is None:
            self._drawing = down[0].number
            self._surface.begin_stroke(self._surface.tool(), down[0].place, down[0].width())
        elif down[0].number == self._drawing:
            self._surface.extend_stroke(down[0].place, down[0].width())

    def cancel(self) -> None:
        """The system has taken the fingers away: nothing was meant."""
        if self._drawing is not None:
            self._surface.cancel_stroke()
        self._forget()

    def _forget(self) -> None:
        self._drawing, self._spread = None, None
        self._pinching, self._pair = False, ()

    def _pinch(self, down: Sequence[Finger]) -> None:
        if self._drawing is not None:
            if self._surface.travelled() < SLIP:
                self._surface.cancel_stroke()
            else:
                self._surface.finish_stroke()
            self._drawing = None
        self._pinching = True
        first, second = sorted(down, key=lambda finger: finger.number)[:2]
        middle = (first.place + second.place) / 2
        away = second.place - first.place
        spread = max(math.hypot(away.x(), away.y()), 1.0)
        pair = first.number, second.number
        if self._spread is not None and pair == self._pair:
            last, before = self._spread
            self._surface.move_by(middle.x() - last.x(), middle.y() - last.y())
            self._surface.zoom_by(spread / before, middle)
        self._spread, self._pair = (middle, spread), pair
