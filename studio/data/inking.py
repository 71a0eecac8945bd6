"""Finds the ink in a grey picture: evens out the light, sets a threshold, drops the specks.

All pictures are float32 (h, w), most in [0, 1], or bool (h, w).
"""

from __future__ import annotations

import numpy as np
from PIL import Image

EVEN = 0.06
"""Spread of grey along the border up to which a picture is evenly lit."""
COARSE = 48
"""Longest side of the grid on which an uneven background is looked for, and its windows."""
WINDOW = 17
LEVELS = 256
SPECK = 0.1
"""Share of the largest piece of ink up to which another piece is a speck."""
EDGE_SHARE = 0.15
"""Share of the picture's border from which a piece of ink is the edge of the paper."""
FAINTEST = 0.06
"""Contrast below which there is no ink, only paper."""
CLEAREST = 4.0
"""How many times the noise of the paper ink stands out."""


def background(grey: np.ndarray) -> np.ndarray:
    """What the picture would be without ink: one grey where it is evenly lit, or else the median
    of the surroundings, which thin ink does not touch."""
    height, width = grey.shape
    thick = max(1, min(height, width) // 25)
    border = np.concatenate(
        [
            grey[:thick].ravel(),
            grey[-thick:].ravel(),
            grey[:, :thick].ravel(),
            grey[:, -thick:].ravel(),
        ]
    )
    low, middle, high = np.quantile(border, (0.1, 0.5, 0.9))
    if high - low < EVEN or min(height, width) < 2 * COARSE // 3:
        return np.full_like(grey, middle)
    scale = COARSE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    coarse = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))
    framed = np.pad(coarse, WINDOW // 2, mode="reflect", reflect_type="odd")
    windows = np.lib.stride_tricks.sliding_window_view(framed, (WINDOW, WINDOW))
    smooth = np.median(windows, axis=(2, 3)).astype(np.float32)
    resized = Image.fromarray(smooth).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized)


def ink_is_bright(grey: np.ndarray, paper: np.ndarray) -> bool:
    """Whether what stands out from the paper is brighter than it."""
    return bool(((grey - paper) ** 3).sum() > 0)


def evened(grey: np.ndarray, paper: np.ndarray, *, bright: bool) -> np.ndarray:
    """How much ink there is, at most 1: 0 as the paper, below 0 where its noise is the other way.

    Dark ink takes away a share of the light, whatever the light; bright ink adds to it.
    """
    if bright:
        ink = (grey - paper) / np.maximum(1.0 - paper, 0.25)
    else:
        ink = (paper - grey) / np.maximum(paper, 0.05)
    return np.asarray(np.minimum(ink, 1.0), np.float32)


def noise(ink: np.ndarray) -> float:
    """Standard deviation of the paper around its own grey, from the median: ink does not count."""
    return float(1.4826 * np.median(np.abs(ink - np.median(ink))))


def otsu(values: np.ndarray) -> float:
    """The threshold in (0, 1) that parts values in [0, 1] into the two most distinct classes.

    Nobuyuki Otsu, A threshold selection method from gray-level histograms, IEEE Transactions on
    Systems, Man, and Cybernetics 9 (1979) 62-66.
    """
    counts = np.histogram(values, LEVELS, (0.0, 1.0))[0].astype(float)
    levels = (np.arange(LEVELS) + 0.5) / LEVELS
    below = counts.cumsum()
    above = below[-1] - below
    mass = (counts * levels).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    apart = np.nan_to_num(apart[:-1])
    # Between two empty stretches of the histogram every threshold is as good: the middle is taken.
    best = np.flatnonzero(apart >= apart.max() * (1 - 1e-9))
    return float((best[0] + best[-1]) / 2 + 1) / LEVELS


def threshold_of(ink: np.ndarray) -> float:
    """Otsu's threshold around what stands out from the noise, so that a little ink on a large
    sheet is not lost among the paper.

    Raises:
        ValueError: nothing stands out.
    """
    paper, rough = float(np.median(ink)), noise(ink)
    stands_out = ink > paper + max(CLEAREST * rough, FAINTEST / 2)
    if stands_out.any():
        near = ink[grown(stands_out.astype(np.uint8), max(2, min(ink.shape) // 100)) > 0]
        level = otsu(np.clip(near, 0.0, 1.0))
        over = near[near > level]
        if over.size and over.mean() - paper > max(CLEAREST * rough, FAINTEST):
            return level
    raise ValueError(
        "No ink was found in this picture: take one in which the digit stands out from the paper."
    )


def thresholded(ink: np.ndarray, threshold: float, rough: float) -> np.ndarray:
    """Ink in full above the threshold and none below it, with a soft edge on both sides, so that
    what was drawn smoothly stays smooth; 0.5 at the threshold itself.

    Args:
        rough: `noise` of the ink, which the soft edge does not reach.
    """
    half = min(threshold - min(3 * rough, 0.6 * threshold), 1.0 - threshold)
    half = max(half, 1e-3)
    return np.clip((ink - threshold + half) / (2 * half), 0.0, 1.0).astype(np.float32)


def without_specks(ink: np.ndarray) -> tuple[np.ndarray, int]:
    """The ink without small pieces and without the edges of the paper, and how many went."""
    runs = _Runs(ink >= 0.5)
    if not runs.count:
        return ink, 0
    sizes = np.bincount(runs.labels, runs.lengths, minlength=runs.count)
    pieces = np.flatnonzero(sizes)
    edges = runs.border_share(pieces)
    inner = pieces[edges < EDGE_SHARE]
    largest = sizes[pieces].max()
    if inner.size and sizes[inner].max() >= SPECK * largest:
        pieces_kept = inner[sizes[inner] >= SPECK * sizes[inner].max()]
    else:
        pieces_kept = pieces[sizes[pieces] >= SPECK * largest]
    kept = runs.painted(np.isin(runs.labels, pieces_kept))
    soft = grown(kept.astype(np.uint8), max(1, min(ink.shape) // 100))
    return ink * soft, len(pieces) - len(pieces_kept)


def stroke_width(ink: np.ndarray) -> float:
    """Mean width of the strokes in pixels: twice the area over the length of the edge."""
    solid = np.pad(ink >= 0.5, 1).astype(np.int8)
    crossed = np.abs(np.diff(solid, axis=0)).sum() + np.abs(np.diff(solid, axis=1)).sum()
    # Along a slanting edge more sides of pixels are counted than it is long: 4 / pi on average.
    return float(2 * solid.sum() / max(crossed * np.pi / 4, 1))


def grown(ink: np.ndarray, steps: int) -> np.ndarray:
    """Every pixel takes the largest value within about `steps` pixels: nearly round."""
    grown_ink = ink
    for step in range(steps):
        padded = np.pad(grown_ink, 1)
        grown_ink = grown_ink.copy()
        for row, column in _CROSS if step % 2 else _SQUARE:
            window = padded[row : row + ink.shape[0], column : column + ink.shape[1]]
            np.maximum(grown_ink, window, out=grown_ink)
    return grown_ink


_CROSS = ((0, 1), (1, 0), (1, 2), (2, 1))
_SQUARE = (*_CROSS, (0, 0), (0, 2), (2, 0), (2, 2))


class _Runs:
    """The pieces of a mask, diagonal neighbours joined, found by the runs of its rows."""

    def __init__(self, mask: np.ndarray) -> None:
        self._mask = mask
        steps = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        self._rows, self._starts = np.nonzero(steps == 1)
        self._ends = np.nonzero(steps == -1)[1]
        self.lengths = self._ends - self._starts
        self.count = len(self._rows)
        self.labels = self._joined()

    def _joined(self) -> np.ndarray:
        """One number per run, equal for runs of the same piece."""
        stride = self._mask.shape[1] + 2
        begins, ends = self._rows * stride + self._starts, self._rows * stride + self._ends
        # Runs of the next row that touch: they end at or after this start, and start at or before
        # this end.
        first = np.searchsorted(ends, begins + stride, "left")
        beyond = np.searchsorted(begins, ends + stride, "right")
        touching = np.maximum(beyond - first, 0)
        upper = np.repeat(np.arange(self.count), touching)
        offset = np.arange(len(upper)) - np.repeat(touching.cumsum() - touching, touching)
        lower = np.repeat(first, touching) + offset
        labels = np.arange(self.count)
        while True:
            least = np.minimum(labels[upper], labels[lower])
            joined = labels.copy()
            np.minimum.at(joined, labels[upper], least)
            np.minimum.at(joined, labels[lower], least)
            joined = joined[joined]
            if np.array_equal(joined, labels):
                return labels
            labels = joined

    def border_share(self, pieces: np.ndarray) -> np.ndarray:
        """The share of the picture's border that each piece covers."""
        height, width = self._mask.shape
        covered = (self._starts == 0).astype(int) + (self._ends == width)
        covered += np.where((self._rows == 0) | (self._rows == height - 1), self.lengths, 0)
        shares = np.bincount(self.labels, covered, minlength=self.count) / (2 * (height + width))
        return np.asarray(shares[pieces])

    def painted(self, chosen: np.ndarray) -> np.ndarray:
        """The mask of some of the runs."""
        steps = np.zeros((self._mask.shape[0], self._mask.shape[1] + 1), np.int8)
        np.add.at(steps, (self._rows[chosen], self._starts[chosen]), 1)
        np.add.at(steps, (self._rows[chosen], self._ends[chosen]), -1)
        return np.asarray(steps.cumsum(axis=1, dtype=np.int8)[:, :-1] > 0)
