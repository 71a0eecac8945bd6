"""Writes digits: chance picks what and how, the hand writes it, the renderer inks it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from studio.data.dataset import (
    SPLITS,
    Cancelled,
    Dataset,
    Progress,
    Split,
    frozen,
    stop_if,
    tell,
)
from studio.data.pen.hand import DOTS, Luck, Style, draw_style, write
from studio.data.pen.render import render
from studio.data.pen.ways import WAY_NAMES, WAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACTORS: tuple[str, ...] = tuple(field.name for field in fields(Style))

_STYLE_WORDS = 24
_STROKE_WORDS = 136
_CHUNK = 500


def generate(
    count: int,
    seed: int = 0,
    *,
    split: Split = "train",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Dataset:
    """Write `count` digits; with the same seed, fewer digits are the first of more digits.

    Labels are drawn evenly, ways by their share. The two splits are different digits.

    Raises:
        ValueError: `count` is not positive.
        LoadCancelled: `cancelled()` said True.
    """
    if count < 1:
        raise ValueError(f"The pen cannot write {count} digits: ask for at least 1.")
    sheets: list[_Sheet] = []
    for start in range(0, count, _CHUNK):
        stop_if(cancelled)
        tell(progress, "Writing digits", start / count)
        sheets.append(_write_sheet(_words(seed, split, start, min(_CHUNK, count - start))))
    tell(progress, "Writing digits", 1.0)
    return Dataset(
        name="pen",
        split=split,
        images=frozen(np.concatenate([sheet.images for sheet in sheets])),
        labels=frozen(np.concatenate([sheet.labels for sheet in sheets])),
        ways=frozen(np.concatenate([sheet.ways for sheet in sheets])),
        way_names=WAY_NAMES,
        factors={
            name: frozen(np.concatenate([getattr(sheet.style, name) for sheet in sheets])).astype(
                np.float32
            )
            for name in FACTORS
        },
    )


@dataclass(frozen=True)
class _Sheet:
    """Some digits: uint8 (n, 28, 28), int64 (n,), int64 (n,) and their styles."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    ways: NDArray[np.int64]
    style: Style


def _words(seed: int, split: Split, start: int, count: int) -> NDArray[np.uint64]:
    """The random words that belong to digits start .. start + count: (count, words)."""
    per_digit = _STYLE_WORDS + _STROKE_WORDS
    stream = np.random.PCG64(np.random.SeedSequence([seed % 2**64, SPLITS.index(split)]))
    stream.advance(start * per_digit)
    words: NDArray[np.uint64] = stream.random_raw(count * per_digit)
    return words.reshape(count, per_digit)


def _write_sheet(words: NDArray[np.uint64]) -> _Sheet:
    luck = Luck(words[:, :_STYLE_WORDS])
    labels = np.floor(10 * luck.uniform()).astype(np.int64)
    ways = _choose_ways(labels, luck.uniform())
    style = draw_style(luck, labels)
    dots = np.empty((len(words), DOTS, 2))
    weight = np.empty((len(words), DOTS))
    for way in np.unique(ways):
        who = np.flatnonzero(ways == way)
        own = Style(**{name: getattr(style, name)[who] for name in FACTORS})
        dots[who], weight[who] = write(WAYS[way], own, Luck(words[who, _STYLE_WORDS:]))
    return _Sheet(render(dots, weight, style.thickness), labels, ways, style)


def _choose_ways(labels: NDArray[np.int64], chance: NDArray[np.float64]) -> NDArray[np.int64]:
    ways = np.empty(len(labels), np.int64)
    for digit in range(10):
        numbers = np.array([i for i, way in enumerate(WAYS) if way.digit == digit])
        borders = np.cumsum([WAYS[i].share for i in numbers])[:-1]
        who = labels == digit
        ways[who] = numbers[np.searchsorted(borders, chance[who], side="right")]
    return ways
