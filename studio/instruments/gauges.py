"""The names of all measurements, what they are called on the screen, and how they are read.

Nothing here computes anything, and nothing imports PyTorch: the window asks at start-up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Better = Literal["high", "low", "none"]

REAL, NOISE = "_real", "_noise"
"""Endings: what real digits have at the same sample size, and the standard deviation of a look."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One measurement.

    Attributes:
        name: In events, logs and files.
        title: On the screen, a few words.
        unit: "%" says that the value is a share in [0, 1], shown times a hundred; "" has no unit.
        better: Which direction is better; "none" where that cannot be said.
        digits: Decimals to show, after the factor of a hundred if any.
        help: What it is and how to read it, in a sentence or two.
    """

    name: str
    title: str
    unit: str
    better: Better
    digits: int
    help: str

    def text(self, value: float) -> str:
        """The value with its unit, as it is written on the screen."""
        if not math.isfinite(value):
            return "–"
        number = f"{100 * value if self.unit == '%' else value:,.{self.digits}f}"
        return f"{number} {self.unit}" if self.unit else number


ALIVE = 0.1
"""A class is alive from this part of its fair share on; "at least one" would let a smear pass."""

SHARES = tuple(
    Gauge(
        f"share_{digit}",
        f"Share of {digit}s",
        "%",
        "none",
        0,
        f"Samples that the classifier reads as {digit}; real data have about a tenth.",
    )
    for digit in range(10)
)

GAUGES: tuple[Gauge, ...] = (
    Gauge(
        "modes",
        "Modes alive",
        "",
        "high",
        0,
        "Digits, stacks or spots that the model still makes: digits and spots count from a tenth "
        "of their fair share of all samples, stacks from one sample.",
    ),
    Gauge(
        "ways",
        "Ways of writing alive",
        "",
        "high",
        0,
        "Ways of writing of the pen (crossed sevens, looped twos, ...) that are still met: with at "
        "least a quarter of the share that they have among real digits.",
    ),
    Gauge(
        "kl",
        "Distance from fair shares",
        "nats",
        "low",
        2,
        "Kullback-Leibler divergence of the samples' classes from the data's: 0 when all are made "
        "as often as they should be, 2.3 when only one digit of ten is left.",
    ),
    Gauge(
        "quality",
        "Good samples",
        "%",
        "high",
        1,
        "Points within three standard deviations of the nearest centre; of real points 98.9 % are.",
    ),
    *SHARES,
    Gauge(
        "share_none",
        "No digit",
        "%",
        "low",
        0,
        "Samples that the classifier does not take for any digit. Many of them mean that the "
        "training has not got there, or has left the digits; that is not mode collapse.",
    ),
    Gauge(
        "confidence",
        "Classifier's confidence",
        "%",
        "high",
        0,
        "Mean probability of the digit that the classifier takes a sample for. Even noise can "
        "have much of it: read it together with the share of no digits.",
    ),
    Gauge(
        "diversity",
        "Diversity",
        "%",
        "none",
        0,
        "How far the samples are from each other, pixel by pixel, as a share of what it is among "
        "real ones: 0 when all are alike; noise has more than 100 %.",
    ),
    Gauge(
        "within",
        "Diversity within digits",
        "%",
        "none",
        0,
        "The same among samples of one digit only: low when each digit has a single shape.",
    ),
    Gauge(
        "frechet",
        "Fréchet distance",
        "",
        "low",
        1,
        "Between samples and real ones, in the features of our own digit classifier "
        "(comparable to other runs here, not to published FID). Few samples raise it, so compare "
        "with the line of real digits, which are as few.",
    ),
    Gauge(
        "precision",
        "Precision",
        "%",
        "high",
        0,
        "Samples that lie among the real ones in feature space. Noise can do so, too: never read "
        "it alone.",
    ),
    Gauge(
        "recall",
        "Recall",
        "%",
        "high",
        0,
        "Real ones that lie among the samples in feature space: what the model could have "
        "written. Falls to 0 in a collapse.",
    ),
    Gauge(
        "density",
        "Density",
        "",
        "none",
        2,
        "How many real neighbourhoods hold a sample, 1 as for real ones; samples crowded in the "
        "middle of the data have more.",
    ),
    Gauge(
        "coverage",
        "Coverage",
        "%",
        "high",
        0,
        "Real ones that have a sample in their neighbourhood. Falls in a collapse.",
    ),
    Gauge(
        "nearest",
        "Distance to the training data",
        "",
        "none",
        2,
        "Median distance to the nearest training digit: 1 as for real digits that it has not "
        "seen, near 0 when it repeats what it has seen.",
    ),
    Gauge(
        "copied",
        "Copies",
        "%",
        "low",
        1,
        "Samples that are closer to a training digit than all but 1 % of unseen real digits are; "
        "1 % is to be expected.",
    ),
    Gauge(
        "told_apart",
        "Told apart",
        "%",
        "none",
        0,
        "How often the discriminator ranks a real one above a sample: 50 % when it cannot tell "
        "them, 100 % when it always can.",
    ),
    Gauge(
        "variety",
        "Variety of the grid",
        "%",
        "none",
        0,
        "How much the digits of the grid differ from each other, as a share of real ones.",
    ),
    Gauge(
        "ink",
        "Ink of the grid",
        "%",
        "none",
        0,
        "How bright the grid is, as a share of real digits.",
    ),
)
"""All gauges with fixed names, in the order in which they are best read."""

_BY_NAME = {gauge.name: gauge for gauge in GAUGES}


def gauge(name: str) -> Gauge:
    """The gauge of a measurement; those of players and of single spots are made on the spot.

    Raises:
        KeyError: no instrument measures anything of this name.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    kind, _, which = name.partition("_")
    if kind == "gradient" and which:
        return Gauge(
            name,
            f"Gradient, {which}",
            "",
            "none",
            3,
            f"Norm of the gradient of the {which}'s loss, before any clipping: near 0 it learns "
            "nothing, and when it shoots up the next step is a leap.",
        )
    if kind == "update" and which:
        return Gauge(
            name,
            f"Step, {which}",
            "%",
            "none",
            3,
            f"Length of the {which}'s last step, as a share of its weights; about 0.1 % is usual.",
        )
    if kind == "mode" and which.isdigit():
        return Gauge(
            name,
            f"At spot {which}",
            "%",
            "none",
            0,
            "Points that are closer to the centre of this spot than to any other.",
        )
    raise KeyError(name)


def is_gauge(name: str) -> bool:
    """Whether an instrument of this version measures something of this name."""
    try:
        gauge(name)
    except KeyError:
        return False
    return True
