"""The hand that writes: style factors, their distribution, and what they do to a stroke.

A way of writing gives control points; the hand mixes its forms, misses the points a little,
rounds the corners, bends, trembles, stretches and slants. All of it works on many digits at
once, and every digit has its own fixed share of the random stream, so that digit i is the same
whichever digits are written beside it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from studio.data.pen.ways import Stroke, Way

Array = NDArray[np.float64]

DOTS = 208
"""Points along which the pen leaves ink, in all strokes of a digit together."""

# Typical spread of the style, in units of the digit's height unless said otherwise. Means and
# spreads of slant, thickness and width follow what moments of MNIST digits show.
_SLANT = (0.13, 0.25)
_SLANT_OF_ONE = (0.22, 0.27)
_TURN = 0.09
_WIDTH = (1.2, 0.17)
_THICKNESS = (2.55, 0.26)
_MISS = 0.022
_SHIFT = 0.020
_BEND = 0.16
_WAVE = 0.022
_TREMOR = 0.0035

_MOST_FORMS = 8


class Luck:
    """The random words of n digits, used up column by column.

    Only whole-number arithmetic lies between the words and the results, and NumPy guarantees
    the words themselves, so the same seed gives the same style on every machine.
    """

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words
        self._used = 0

    def uniform(self, *shape: int) -> Array:
        """Evenly in [0, 1): (n, *shape)."""
        return (self._take(shape) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def bell(self, *shape: int) -> Array:
        """Mean 0, standard deviation 1, never beyond 3.5: (n, *shape).

        The sum of four even numbers of 16 bits: close to normal, but without the rare
        monsters in the tails that no hand would write.
        """
        words = self._take(shape)
        mask = np.uint64(0xFFFF)
        total = sum(((words >> np.uint64(s)) & mask).astype(np.float64) for s in (0, 16, 32, 48))
        return np.asarray((total - 2 * 0xFFFF) / (0x10000 * (1 / 3) ** 0.5), np.float64)

    def _take(self, shape: tuple[int, ...]) -> NDArray[np.uint64]:
        size = int(np.prod(shape, dtype=np.int64))
        assert self._used + size <= self._words.shape[1], "a digit owns too few words"
        words = self._words[:, self._used : self._used + size]
        self._used += size
        return words.reshape(len(words), *shape)


@dataclass(frozen=True)
class Style:
    """How each of n digits is written; every field is an array (n,)."""

    slant: Array
    """Shear: x moved per height, positive leaning to the right."""
    thickness: Array
    """Width of the pen in pixels of the finished 28x28 image."""
    width: Array
    """Horizontal stretch; 1 is the template's own proportion."""
    tremor: Array
    """Amplitude of the hand's shaking, in units of the digit's height."""
    turn: Array
    """Rotation in radians, clockwise."""
    roundness: Array
    """How far corners are rounded off, from 0 (sharp) to 1."""
    looseness: Array
    """Multiplies how far the pen misses its points; 1 is typical."""
    pressure: Array
    """Variation of the thickness along the strokes, relative."""


def draw_style(luck: Luck, digits: NDArray[np.int64]) -> Style:
    """A random style for each digit; `digits` are the labels (n,)."""
    one = digits == 1
    return Style(
        slant=np.where(one, _SLANT_OF_ONE[0], _SLANT[0])
        + luck.bell() * np.where(one, _SLANT_OF_ONE[1], _SLANT[1]),
        thickness=np.clip(_THICKNESS[0] * np.exp(_THICKNESS[1] * luck.bell()), 1.3, 4.8),
        width=np.where(one, 1.0, _WIDTH[0]) * np.exp(_WIDTH[1] * luck.bell()),
        tremor=_TREMOR * np.exp(0.6 * luck.bell()),
        turn=_TURN * luck.bell(),
        roundness=luck.uniform() ** 1.5,
        looseness=np.exp(0.4 * luck.bell()),
        pressure=0.16 * luck.uniform(),
    )


def write(way: Way, style: Style, luck: Luck) -> tuple[Array, Array]:
    """Write n digits in one way.

    Returns where the pen leaves ink, (n, DOTS, 2) in units of the digit's height, and how
    thick it is there, (n, DOTS) relative to the style's thickness.
    """
    pen = _Pen(way)
    points = _mix(pen.forms, luck)
    loose = style.looseness[:, None, None]
    points = points + _MISS * loose * pen.freedom[:, None] * luck.bell(*points.shape[1:])
    shifts = _SHIFT * loose * luck.bell(pen.strokes, 2)
    points = points + shifts[:, pen.stroke_of_point]
    round_off = style.roundness[:, None, None]
    dots = (1 - round_off) * (pen.sharp @ points) + round_off * (pen.rounded @ points)
    dots = dots - (0.3, 0.5)
    dots = _tremble(_wave(_bend(dots, luck), luck), pen.travel, style.tremor, luck)
    dots = _stretch_slant_turn(dots, style)
    phase = 2 * np.pi * luck.uniform(2)
    rhythm = np.sin(2 * np.pi * pen.travel * 0.8 + phase[:, :1])
    rhythm = rhythm + np.sin(2 * np.pi * pen.travel * 2.1 + phase[:, 1:])
    return dots, 1 + style.pressure[:, None] * rhythm


def _mix(forms: Array, luck: Luck) -> Array:
    """Random convex mixtures of the forms (F, P, 2), rather near to one of them: (n, P, 2)."""
    weights = luck.uniform(_MOST_FORMS)[:, : len(forms)] ** 4 + 1e-6
    weights = weights / weights.sum(axis=1, keepdims=True)
    mixed: Array = np.einsum("nf,fpc->npc", weights, forms)
    return mixed


def _bend(dots: Array, luck: Luck) -> Array:
    """Quadratic distortion of the whole digit: bowed stems, a larger top or bottom."""
    x, y = dots[..., 0], dots[..., 1]
    c = _BEND * luck.bell(6)[:, :, None]
    return np.stack(
        [
            x + c[:, 0] * (y * y - 0.1) + 1.5 * c[:, 1] * x * y + c[:, 2] * x * x,
            y + 0.7 * c[:, 3] * (y * y - 0.1) + 1.2 * c[:, 4] * x * y + c[:, 5] * x * x,
        ],
        axis=-1,
    )


def _wave(dots: Array, luck: Luck) -> Array:
    """Smooth displacement with wavelengths of about half a digit and more."""
    moved = dots
    for _ in range(3):
        frequency = 1.6 * luck.bell(2)[:, None] * 2 * np.pi / 2
        phase = 2 * np.pi * luck.uniform()[:, None]
        push = _WAVE * luck.bell(2)[:, None]
        moved = moved + push * np.sin((dots * frequency).sum(-1) + phase)[..., None]
    return moved


def _tremble(dots: Array, travel: Array, tremor: Array, luck: Luck) -> Array:
    """Shaking with a few periods per height of pen travel, (DOTS,), both ways alike."""
    phases = 2 * np.pi * luck.uniform(2, 3)
    frequencies = np.array([2.3, 3.9, 6.1]) * (0.8 + 0.4 * luck.uniform(2, 3))
    angles = 2 * np.pi * travel[:, None, None] * frequencies[:, None] + phases[:, None]
    shaken: Array = dots + tremor[:, None, None] * np.sin(angles).sum(-1)
    return shaken


def _stretch_slant_turn(dots: Array, style: Style) -> Array:
    x = dots[..., 0] * style.width[:, None]
    y = dots[..., 1]
    x = x - style.slant[:, None] * y
    sine, cosine = np.sin(style.turn)[:, None], np.cos(style.turn)[:, None]
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)


class _Pen:
    """A way of writing as matrices: dots = matrix @ control points, exact for all digits.

    With P control points in all strokes: `forms` (F, P, 2); `sharp` and `rounded`
    (DOTS, P); `freedom` (P,), how freely a point may be missed; `travel` (DOTS,), how far the
    pen has come, in heights.
    """

    def __init__(self, way: Way) -> None:
        self.forms = np.array([_without_repeats(form) for form in way.forms])
        middle = self.forms.mean(axis=0)
        pieces, self.stroke_of_point, self.freedom = _pieces(way.forms[0])
        self.strokes = len(way.forms[0])
        lengths = np.array([_length(middle[piece]) for piece in pieces])
        # Cumulative rounding gives each piece its share and spends exactly DOTS.
        ends = np.round(np.cumsum(lengths) / lengths.sum() * DOTS).astype(int)
        starts = np.concatenate([[0], ends[:-1]])
        self.sharp = np.zeros((DOTS, middle.shape[0]))
        self.travel = np.zeros(DOTS)
        stroke_of_dot = np.zeros(DOTS, int)
        done = 0.0
        for piece, start, end, length in zip(pieces, starts, ends, lengths, strict=True):
            self.sharp[start:end, piece] = _spline(middle[piece], end - start)
            self.travel[start:end] = done + np.linspace(0, length, end - start)
            stroke_of_dot[start:end] = self.stroke_of_point[piece[0]]
            done += length
        self.rounded = _smoothing(self.travel, stroke_of_dot) @ self.sharp


def _without_repeats(form: tuple[Stroke, ...]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for stroke in form:
        points.append(stroke[0])
        points.extend(b for a, b in itertools.pairwise(stroke) if a != b)
    return points


def _pieces(
    form: tuple[Stroke, ...],
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64], Array]:
    """Cut strokes at their corners: indices of each smooth piece; stroke and freedom per point."""
    pieces, stroke_of_point, freedom = [], [], []
    count = 0
    for number, stroke in enumerate(form):
        first = count
        piece = [count]
        count += 1
        for before, point in itertools.pairwise(stroke):
            if point == before:
                pieces.append(np.array(piece))
                piece = piece[-1:]
            else:
                piece.append(count)
                count += 1
        pieces.append(np.array(piece))
        stroke_of_point += [number] * (count - first)
        # Where a stroke begins and ends is the least certain: hooks, gaps and overshoot.
        freedom += [1.6] + [1.0] * (count - first - 2) + [2.0]
    return pieces, np.array(stroke_of_point), np.array(freedom)


def _length(points: Array) -> float:
    return float(np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1)).sum())


def _spline(points: Array, count: int) -> Array:
    """Matrix (count, P) of a cubic Hermite spline through P points, evenly spaced in travel.

    Knots lie at the chord lengths of `points`. Slopes are those of the parabola through each
    point and its neighbours (a Catmull-Rom spline for uneven knots), hence linear in them.
    """
    number = len(points)
    chords = np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1))
    knots = np.concatenate([[0.0], np.cumsum(chords)])
    secants = np.zeros((number - 1, number))
    for i, chord in enumerate(chords):
        secants[i, i], secants[i, i + 1] = -1 / chord, 1 / chord
    slopes = np.zeros((number, number))
    for i in range(1, number - 1):
        before, after = chords[i - 1], chords[i]
        slopes[i] = (after * secants[i - 1] + before * secants[i]) / (before + after)
    if number == 2:
        slopes[0] = slopes[1] = secants[0]
    else:
        slopes[0] = 2 * secants[0] - slopes[1]
        slopes[-1] = 2 * secants[-1] - slopes[-2]
    at = np.linspace(0, knots[-1], count)
    segment = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, number - 2)
    step = chords[segment]
    t = (at - knots[segment]) / step
    matrix = np.zeros((count, number))
    rows = np.arange(count)
    matrix[rows, segment] = 2 * t**3 - 3 * t**2 + 1
    matrix[rows, segment + 1] = -2 * t**3 + 3 * t**2
    matrix += ((t**3 - 2 * t**2 + t) * step)[:, None] * slopes[segment]
    matrix += ((t**3 - t**2) * step)[:, None] * slopes[segment + 1]
    return matrix


def _smoothing(travel: Array, stroke: NDArray[np.int64]) -> Array:
    """Gaussian averaging along each stroke, (DOTS, DOTS): what rounds the corners."""
    gap = (travel[:, None] - travel[None]) / 0.07
    weights = np.exp(-0.5 * gap**2) * (stroke[:, None] == stroke[None])
    smooth: Array = weights / weights.sum(axis=1, keepdims=True)
    return smooth
