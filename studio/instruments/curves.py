"""Curves of losses: smoothing, thinning out for the screen, and saying in words what they do.

Values that are not finite are gaps: they take no part in an average and break the drawn line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FIRST_ROUNDS = 40
"""Below so many values nothing is said about a trend."""
WINDOW = 2_000
"""The trend is that of the last quarter of the history, and of at most so many values."""
BLOCKS = 8
CLEAR_VOTES = 18
"""Of the 28 pairs of blocks, by how many those that rise must outnumber those that fall (or the
other way round) to call it a trend; noise without trend gets there in 3 of 100 cases
(Mann-Kendall)."""
SMALLEST_CHANGE = 0.01
"""A trend that moves the curve by less than this share of its level is called steady."""


class Guide(Protocol):
    """What the value of a loss means, in words; `models.base.LossGuide` is one."""

    @property
    def equilibrium(self) -> float | None: ...
    @property
    def tolerance(self) -> float: ...
    @property
    def near(self) -> str: ...
    @property
    def above(self) -> str: ...
    @property
    def below(self) -> str: ...
    @property
    def rising(self) -> str: ...
    @property
    def falling(self) -> str: ...
    @property
    def steady(self) -> str: ...


def smooth(values: Floats, weight: float) -> Floats:
    """The bias-corrected exponential moving average, as long as `values`.

    y_t = sum_{s <= t} w^(t - s) x_s / sum_{s <= t} w^(t - s), over the finite x_s; gaps stay gaps.
    It weighs about 1 / (1 - w) values. Computed anew for the whole history, in blocks.

    Arguments:
        values: (n,)
        weight: w in [0, 1); 0 changes nothing.

    Raises:
        ValueError: if `weight` lies outside [0, 1).
    """
    if not 0 <= weight < 1:
        raise ValueError(f"the weight of smoothing must be at least 0 and below 1, not {weight}")
    values = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(values)
    result = np.full(values.shape, np.nan)
    known = values[finite]
    if weight == 0 or len(known) == 0:
        result[finite] = known
        return result
    counts = np.arange(1, len(known) + 1)
    # (1 - w^n) / (1 - w), written so that it loses no digits for w near 1.
    weights = np.expm1(counts * math.log(weight)) / (weight - 1)
    with np.errstate(over="ignore", invalid="ignore"):  # a loss near 1e308 becomes a gap
        result[finite] = _decayed_sum(known, weight) / weights
    return result


def _decayed_sum(values: Floats, weight: float) -> Floats:
    """y_t = w y_(t-1) + x_t, without a loop over t.

    Inside a block y_t = w^t cumsum(x_s w^-s), where the block is short enough for w^-s to stay
    below 1e8; what the blocks hand over to each other obeys the same recursion with w^length.
    """
    if weight < 1e-30:  # what is left of the past is below the last digit
        return values.copy()
    length = max(2, int(math.log(1e-8) / math.log(weight)))
    powers = weight ** np.arange(min(length, len(values)))
    if len(values) <= length:
        short: Floats = np.cumsum(values / powers) * powers
        return short
    count = -(-len(values) // length)
    blocks = np.zeros((count, length))
    blocks.ravel()[: len(values)] = values
    sums: Floats = np.cumsum(blocks / powers, axis=1) * powers
    carried = _decayed_sum(sums[:, -1], weight**length)
    sums[1:] += carried[:-1, None] * (powers * weight)
    return sums.ravel()[: len(values)]


def decimate(steps: Floats, values: Floats, buckets: int) -> tuple[Floats, Floats]:
    """The least and the greatest value of each bucket, in their order: what the eye would see.

    Buckets are powers of two long and start at the first value, so that points that have been
    drawn stay where they are while the curve grows. A bucket without a finite value is one gap.

    Arguments:
        steps: (n,) increasing.
        values: (n,)
        buckets: How many buckets at most, at least 1; one per pixel column is enough.

    Returns:
        Steps and values, at most 2 * `buckets` of each; everything where that is no more.
    """
    assert buckets >= 1
    steps, values = np.asarray(steps), np.asarray(values, dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    if len(values) <= 2 * buckets:
        return steps, values
    length = 1 << math.ceil(math.log2(len(values) / buckets))
    count = -(-len(values) // length)
    padded = np.full(count * length, np.nan)
    padded[: len(values)] = values
    table = padded.reshape(count, length)
    gaps = np.isnan(table)
    starts = np.arange(count) * length
    least = starts + np.where(gaps, np.inf, table).argmin(axis=1)
    most = starts + np.where(gaps, -np.inf, table).argmax(axis=1)
    picked = np.unique(np.concatenate([least, most]))
    return steps[picked], values[picked]


def level(values: Floats) -> float:
    """Where the curve is now: the average over about the last 20 finite values, NaN for none."""
    known = np.asarray(values[-400:], dtype=np.float64)
    known = known[np.isfinite(known)]
    return float(smooth(known, 0.95)[-1]) if len(known) else math.nan


def read(values: Floats, guide: Guide) -> str:
    """What the curve does, in one to three sentences that are true of its recent history.

    Arguments:
        values: The history of the loss, oldest first.
        guide: What its level and its trend mean.
    """
    recent = np.asarray(values[-4 * WINDOW :], dtype=np.float64)
    if len(recent) == 0:
        return ""
    if not np.isfinite(recent[-1]):
        return (
            "It is no longer a number: the training has diverged. Stop, lower the learning rate "
            "and start again."
        )
    now = level(recent)
    known = recent[np.isfinite(recent)]
    if len(known) < FIRST_ROUNDS:
        return f"Too early to say: {figure(now)} after the first rounds, which always jump about."
    parts = [_position(now, guide), _trend(known, guide)]
    return " ".join(part for part in parts if part)


def figure(value: float) -> str:
    """A loss as text: three decimals, or three significant digits where it is large or tiny."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e5 or 0 < size < 1e-3:
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:,.{3 if size < 100 else 1}f}"
    return text.replace("-", "−", 1) if value < 0 else text


def _position(now: float, guide: Guide) -> str:
    """The sentence on the level, with the number in front."""
    if guide.equilibrium is None:
        return f"{figure(now)}."
    off = now - guide.equilibrium
    if abs(off) <= guide.tolerance:
        word, text = "near", guide.near
    else:
        word, text = ("above", guide.above) if off > 0 else ("below", guide.below)
    if not text:
        return f"{figure(now)}, {word} {guide.equilibrium:.2g}."
    if text[0].islower():
        return f"{figure(now)}, {word} {guide.equilibrium:.2g}: {text}"
    return f"{figure(now)}. {text}"


def _trend(known: Floats, guide: Guide) -> str:
    """The sentence on the trend, which says which one it is."""
    word = trend(known)
    text = {"rising": guide.rising, "falling": guide.falling, "steady": guide.steady}[word]
    name = word.capitalize()
    if not text:
        return f"{name}."
    if text.startswith(name):
        return text
    return f"{name}: {text}" if text[0].islower() else f"{name}. {text}"


def trend(known: Floats) -> str:
    """`rising`, `falling` or `steady`: where the last quarter or half of the history goes.

    A slow change shows only in the longer stretch, a turn only in the shorter one.

    The window is cut into blocks; their medians vote pair by pair (Mann-Kendall), and the median
    of the pairs' slopes (Theil-Sen) says by how much. Neither minds outliers.

    Arguments:
        known: Finite values, at least `BLOCKS` of them.
    """
    words = [_trend_of(known, len(known) // part) for part in (4, 2)]
    return next((word for word in words if word != "steady"), "steady")


def _trend_of(known: Floats, length: int) -> str:
    length = min(max(length, FIRST_ROUNDS), WINDOW, len(known))
    window = known[-(length // BLOCKS * BLOCKS) :]
    medians = np.median(window.reshape(BLOCKS, -1), axis=1)
    first, second = np.triu_indices(BLOCKS, k=1)
    climbs = medians[second] - medians[first]
    votes = int(np.sign(climbs).sum())
    change = float(np.median(climbs / (second - first))) * (BLOCKS - 1)
    size = max(float(np.abs(medians).mean()), 1e-12)
    if abs(votes) < CLEAR_VOTES or abs(change) < SMALLEST_CHANGE * size:
        return "steady"
    return "rising" if votes > 0 else "falling"
