"""A discriminator's scores in words, in percent and as shares of full colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from studio.engine.sight import PlaneSight, Ranking

FULL = 0.995
"""The share of all wishes that are paler than full colour."""
STRONG = 0.95
"""The same for the places of a field."""


def shown_scores(ranking: Ranking) -> tuple[np.ndarray, np.ndarray]:
    """Scores of real images and of samples as they are shown: logits as probabilities."""
    if ranking.scale != "logit":
        return ranking.real, ranking.fake
    real, fake = (0.5 * (1 + np.tanh(s / 2)) for s in (ranking.real, ranking.fake))
    return real, fake


def standing(ranking: Ranking, index: int) -> str:
    """What a sample's score is and where it stands among real digits, in words."""
    score, count = ranking.fake[index], len(ranking.real)
    if ranking.scale == "logit":
        said = f"{100 * shown_scores(ranking)[1][index]:.0f} % real"
    else:
        said = f"a score of {score:+.3g}"
    lower, higher = int((ranking.real < score).sum()), int((ranking.real > score).sum())
    number, which = (lower, "lower") if lower > higher else (higher, "higher")
    return f"{said}; {number} of {count} real digits score {which}"


def verdict(ranking: Ranking) -> str:
    """How well the discriminator tells samples from real images, one or two sentences."""
    share = ranking.told_apart
    steps = (
        (0.4, "it takes the samples for the more real ones"),
        (0.6, "it cannot tell them apart"),
        (0.8, "it tells them apart a little"),
        (0.95, "it mostly tells them apart"),
        (1.1, "it nearly always knows which is which"),
    )
    meaning = next(words for limit, words in steps if share < limit)
    text = f"Real scores higher in {100 * share:.0f} % of all pairs: {meaning}."
    if ranking.scale == "logit" and np.median(shown_scores(ranking)[1]) < 0.01:
        text += " Most samples get less than 1 %."
    return text


def shares_of(wishes: np.ndarray) -> tuple[np.ndarray, float]:
    """Wishes (N, H, W) as shares of full colour in [-1, 1], and the wish that has full colour.

    One measure for all of them, so that a digit about which little can be done stays pale.
    """
    sizes = np.abs(wishes[np.isfinite(wishes)])
    # Where nearly nothing is wished, the greatest wish has full colour.
    reach = float(np.quantile(sizes, FULL) or sizes.max()) if sizes.size else 0.0
    if reach <= 0:
        return np.zeros_like(wishes), 0.0
    return np.clip(np.nan_to_num(wishes) / reach, -1, 1), reach


def beliefs(sight: PlaneSight) -> tuple[np.ndarray | None, tuple[str, str]]:
    """The field in [-1, 1], greater where real points are believed in, and what its ends mean.

    0 is undecided: a probability of one half, or, where the score is none, halfway between the
    means of samples and of real points. Full colour is what a twentieth of the places surpass, for
    in an even game the discriminator is nowhere sure.
    """
    if sight.field is None or sight.ranking is None:
        return None, ("", "")
    ranking = sight.ranking
    if ranking.scale == "logit":
        leaning = np.tanh(sight.field / 2)
        reach = float(np.quantile(np.abs(leaning), STRONG))
        most = 50 * (1 + reach)
        ends = f"{100 - most:.0f} % real", f"{most:.0f} % real"
    else:
        middle = (float(ranking.real.mean()) + float(ranking.fake.mean())) / 2
        leaning = sight.field - middle
        reach = float(np.quantile(np.abs(leaning), STRONG))
        ends = f"{middle - reach:.3g}", f"{middle + reach:.3g}, more real"
    if not np.isfinite(reach) or reach <= 0:
        return np.zeros_like(leaning), ends
    return np.clip(leaning / reach, -1, 1), ends
