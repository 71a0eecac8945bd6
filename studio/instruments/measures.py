"""What can be measured on samples: pure functions of arrays, the same for every model.

N = samples, M = real ones, F = features, K = classes. Everything is counted in float64. Features
are those of the digit classifier; but for `shares` nothing here knows where they come from.

Every slice of real data must be a random subset: files may be sorted by class, and the first
thousand zeros are no reference for anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.instruments.gauges import ALIVE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def subset(total: int, count: int, seed: int) -> NDArray[np.int64]:
    """`count` different indices below `total`, in random order: all of them if there are fewer."""
    return np.random.default_rng(seed).permutation(total)[:count]


def class_shares(labels: NDArray[np.integer[Any]], classes: int) -> Floats:
    """The share of each class, (K,); labels of K and above are no class, and count in the whole.

    Without labels, zeros.
    """
    counts = np.bincount(labels[labels < classes], minlength=classes)
    return counts / max(len(labels), 1)


def kl(shares: Floats, reference: Floats) -> float:
    """KL(shares || reference) = sum p ln(p / q) in nats, after both are scaled to sum to one.

    A class that the reference lacks counts as its rarest one, to keep it finite. Shares of
    nothing at all are as far off as can be: as if all samples were of the rarest class.

    The floor for n perfect samples is about (K - 1) / 2n: 0.0045 for 1,000 digits, 0.019 for 26,000
    stacks.
    """
    assert reference.sum() > 0
    q = np.maximum(reference, reference[reference > 0].min())
    q = q / q.sum()
    total = shares.sum()
    if total <= 0:
        return float(-np.log(q.min()))
    p = shares / total
    some = p > 0
    return max(0.0, float((p[some] * np.log(p[some] / q[some])).sum()))


def modes_alive(shares: Floats, fair: Floats, least: float = ALIVE) -> int:
    """Classes whose share is at least `least` of the fair one; with least = 0, those with any.

    Papers count classes with at least one sample. That definition takes a smeared ring of which
    one point in a hundred is any good for eight modes.
    """
    # Ten of a thousand are a tenth of a tenth, whatever floating point says.
    enough = shares >= least * fair - 1e-12
    return int(((shares > 0) & (fair > 0) & enough).sum())


def frechet_distance(samples: NDArray[np.floating[Any]], real: NDArray[np.floating[Any]]) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of features (N, F) and (M, F).

    The distance of two Gaussians with the means and (unbiased) covariances of the features (Heusel
    et al. 2017, arXiv 1706.08500). It is biased: few samples raise it, so that only distances at
    equal N and M can be compared.
    """
    return Gaussian.of(samples).distance(Gaussian.of(real))


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """Mean (F,), covariance (F, F) and its symmetric square root, of at least two features."""

    mean: Floats
    covariance: Floats
    root: Floats

    @classmethod
    def of(cls, features: NDArray[np.floating[Any]]) -> Gaussian:
        """The Gaussian of features (N, F)."""
        assert len(features) >= 2
        rows = features.astype(np.float64)
        mean = rows.mean(0)
        centred = rows - mean
        covariance = centred.T @ centred / (len(rows) - 1)
        values, vectors = np.linalg.eigh(covariance)
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
        return cls(mean, covariance, root)

    def distance(self, other: Gaussian) -> float:
        """The squared Frechet distance, not negative."""
        # C1 C2 has the eigenvalues of the symmetric C2^(1/2) C1 C2^(1/2), which are real even
        # where features that are always 0 make both singular.
        values = np.linalg.eigvalsh(other.root @ self.covariance @ other.root)
        cross = np.sqrt(np.maximum(values, 0)).sum()
        shift = np.square(self.mean - other.mean).sum()
        trace = np.trace(self.covariance) + np.trace(other.covariance)
        return max(0.0, float(shift + trace - 2 * cross))


def spread(images: NDArray[Any]) -> float:
    """Root mean square distance of all pairs of images (N, ...), over all pixels.

    Computed from the variances: the mean squared distance of two different ones of N is twice the
    unbiased variance, summed over pixels. 0 for fewer than two.
    """
    return math.sqrt(2 * _variance(images))


def diversity(images: NDArray[Any], real: NDArray[Any]) -> float:
    """`spread` of samples as a share of that of real ones: 0 all alike, 1 as real ones.

    Noise has more than 1: this says whether samples differ, not whether they are good.
    """
    among_real = spread(real)
    return spread(images) / among_real if among_real > 0 else 0.0


def diversity_within(
    images: NDArray[Any],
    labels: NDArray[np.integer[Any]],
    real: NDArray[Any],
    real_labels: NDArray[np.integer[Any]],
    classes: int = 10,
) -> float:
    """`spread` inside of classes, as a share of what it is in the same classes of real ones.

    The variances of classes are pooled by the number of samples, so that it does not matter which
    classes are made how often. Samples of no class (labels of K and above), or alone in theirs,
    take no part; if none is left, 0.
    """
    made = reference = 0.0
    for label in np.unique(labels[labels < classes]):
        mine, theirs = images[labels == label], real[real_labels == label]
        if len(mine) > 1 and len(theirs) > 1:
            made += len(mine) * _variance(mine)
            reference += len(mine) * _variance(theirs)
    return math.sqrt(made / reference) if reference > 0 else 0.0


def _variance(images: NDArray[Any]) -> float:
    """The unbiased variance, summed over pixels."""
    if len(images) < 2:
        return 0.0
    flat = images.reshape(len(images), -1).astype(np.float32)
    # Centred first: single precision is enough for what is left.
    flat -= flat.mean(0)
    return float(np.square(flat, out=flat).sum(dtype=np.float64)) / (len(flat) - 1)


def auc(real_scores: NDArray[np.floating[Any]], scores: NDArray[np.floating[Any]]) -> float:
    """Probability that a real one scores above a sample, ties counted half: "told apart".

    0.5 = the judge cannot tell them, 1 = it always can, below 0.5 = it is fooled. The area under
    the ROC curve, by Mann and Whitney's ranks. 0.5 if either is empty.
    """
    if not len(scores) or not len(real_scores):
        return 0.5
    ordered = np.sort(scores.astype(np.float64))
    below = np.searchsorted(ordered, real_scores, side="left")
    up_to = np.searchsorted(ordered, real_scores, side="right")
    return float((below + up_to).mean() / 2 / len(ordered))
