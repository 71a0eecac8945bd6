"""The losses of a game between a discriminator and a generator, and what their values mean.

All work on the discriminator's raw outputs (B,), called logits here. A discriminator's loss is half
of the sum of two means, over real and over written images, whatever its kind; so a weight beside
it (the R1 penalty's) means the same for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from models.base import LossGuide

if TYPE_CHECKING:
    from torch import Tensor

KINDS = ("cross-entropy", "least squares", "hinge")


def discriminator_loss(
    kind: str, real: Tensor, fake: Tensor, smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """The two sides of the discriminator's loss, on real and on written images, before the half.

    cross-entropy (Goodfellow et al., 2014, arXiv:1406.2661): -log D(x) and -log(1 - D(G(z))), with
    D the sigmoid of the logit; finite for every logit.
    least squares (Mao et al., 2016, arXiv:1611.04076): (f(x) - 1)^2 and f(G(z))^2.
    hinge (Lim and Ye, 2017, arXiv:1705.02894): max(0, 1 - f(x)) and max(0, 1 + f(G(z))).

    Arguments:
        kind: One of `KINDS`.
        real, fake: (B,) logits.
        smoothing: s in [0, 0.5]: what is asked for real images is 1 - s instead of 1; the target of
            written ones stays (one-sided, Salimans et al., 2016, arXiv:1606.03498).
    """
    if kind == "least squares":
        return (real - (1 - smoothing)).square().mean(), fake.square().mean()
    if kind == "hinge":
        return F.relu(1 - smoothing - real).mean(), F.relu(1 + fake).mean()
    assert kind == "cross-entropy", kind
    # -(1 - s) log D - s log(1 - D), for softplus(l) - softplus(-l) = l.
    on_real = F.softplus(-real)
    if smoothing:
        on_real = on_real + smoothing * real
    return on_real.mean(), F.softplus(fake).mean()


def generator_loss(kind: str, fake: Tensor, saturating: bool = False) -> Tensor:
    """What the generator minimises, from the logits (B,) of what it wrote.

    cross-entropy: -log D(G(z)); saturating, log(1 - D(G(z))): the value of the game itself
    (minimax), whose slope sigmoid(logit) vanishes where the discriminator is sure.
    least squares: (f(G(z)) - 1)^2 / 2. hinge: -f(G(z)).
    """
    assert kind == "cross-entropy" or not saturating, kind
    if kind == "least squares":
        return (fake - 1).square().mean() / 2
    if kind == "hinge":
        return -fake.mean()
    assert kind == "cross-entropy", kind
    return -F.softplus(fake).mean() if saturating else F.softplus(-fake).mean()


def opinion(kind: str, logits: Tensor) -> Tensor:
    """The mean opinion that is shown: the probability of "real" where the logit is one's."""
    logits = logits.detach()
    return torch.sigmoid(logits).mean() if kind == "cross-entropy" else logits.mean()


DISCRIMINATOR_GUIDES = {
    "cross-entropy": LossGuide(
        equilibrium=0.6931,  # ln 2
        tolerance=0.08,
        near="Near 0.69 it can hardly tell real from written: about 50 % to both.",
        above="Above 0.69 it is worse than guessing: the generator has just outwitted it.",
        below="Below 0.69 it tells real from written; near 0 it wins and teaches little.",
        rising="Rising: the generator is fooling it more often.",
        falling="Falling: it is getting better at telling real from written.",
        steady="Steady: both sides improve at the same pace, or neither does.",
    ),
    "least squares": LossGuide(
        equilibrium=0.25,
        tolerance=0.04,
        near="Near 0.25 it can hardly tell real from written: it gives 0.5 to both.",
        above="Above 0.25 it is worse than guessing: the generator has just outwitted it.",
        below="Below 0.25 it tells real (1) from written (0); near 0 it wins.",
        rising="Rising: the generator is fooling it more often.",
        falling="Falling: it is getting better at telling real from written.",
        steady="Steady: both sides improve at the same pace, or neither does.",
    ),
    "hinge": LossGuide(
        equilibrium=1.0,
        tolerance=0.12,
        near="Near 1 it can hardly tell real from written: it gives the same to both.",
        above="Above 1 it is worse than guessing: the generator has just outwitted it.",
        below="Below 1 it tells real from written; at 0 all are told apart by a wide margin.",
        rising="Rising: the generator is fooling it more often.",
        falling="Falling: it is getting better at telling real from written.",
        steady="Steady: both sides improve at the same pace, or neither does.",
    ),
}
"""By kind; of the loss without penalty, and without smoothing: a discriminator that cannot tell and
is taught with a smoothing of up to 0.3 stays near these levels as well."""

GENERATOR_GUIDES = {
    "cross-entropy": LossGuide(
        equilibrium=0.6931,
        tolerance=0.15,
        near="Near 0.69 the discriminator takes its digits for real half of the time.",
        above="Above 0.69 most of its digits are recognised as written.",
        below="Below 0.69 most of its digits are taken for real.",
        rising="Rising: the discriminator is learning to recognise its digits.",
        falling="Falling: its digits are taken for real more often.",
        steady="Steady: neither side is gaining; the digits may still improve.",
    ),
    "least squares": LossGuide(
        equilibrium=0.125,
        tolerance=0.04,
        near="Near 0.125 the discriminator gives its digits 0.5, between real and written.",
        above="Above 0.125 most of its digits are recognised as written.",
        below="Below 0.125 most of its digits are taken for real.",
        rising="Rising: the discriminator is learning to recognise its digits.",
        falling="Falling: its digits are taken for real more often.",
        steady="Steady: neither side is gaining; the digits may still improve.",
    ),
    "hinge": LossGuide(
        rising="Rising means little by itself: the discriminator may have shifted its scale.",
        falling="Falling means little by itself: the discriminator may have shifted its scale.",
        steady="Minus the discriminator's mean output for its digits: watch whether what real "
        "digits get (d_real) and what its own get (d_fake) come together.",
    ),
}
"""By kind; of the non-saturating loss where there are two."""
