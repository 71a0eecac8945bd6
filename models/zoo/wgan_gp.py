"""WGAN-GP (Gulrajani et al., 2017, arXiv:1704.00028): the critic's slope is held at 1 by a penalty.

B = batch, C, H, W = channels, height, width, R = rows that are judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from models.adversarial.critic import CriticConfig, CriticModel, gap_terms
from models.base import ModelCard
from models.config import param
from models.registry import register

if TYPE_CHECKING:
    from models.adversarial.game import Opinion
    from models.base import Batch, Terms

# Where the gradient is 0 the derivative of its norm is not defined; this keeps it finite.
TINY = 1e-12


@register("wgan_gp")
class WGANGP(CriticModel):
    """The critic measures how far written digits are from real ones; a penalty keeps it honest.

    It can wear all cures of the wing. With crowd features (as Karras et al. play it) an image's
    value depends on the others, and the slope that is held is that of the crowd's sum.
    """

    beta2: ClassVar[float] = 0.9

    @dataclass(frozen=True, kw_only=True)
    class Config(CriticConfig):
        gradient_penalty: float = param(
            10.0,
            low=0.0,
            high=1_000.0,
            live=True,
            group="Cures",
            help="How strictly the critic's slope is held at 1 between real and written digits.",
        )
        beta1: float = param(
            0.0,
            low=0.0,
            high=0.99,
            live=True,
            label="Adam beta 1",
            group="Game",
            help="Momentum of both optimizers if they are Adam's; a critic is best without.",
        )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="WGAN-GP",
        family="Adversarial",
        year=2017,
        sentence="A critic measures how far written digits are from real ones, and the forger "
        "makes that distance small.",
        objective="min_G max_f  E[f(x)] − E[f(G(z))] − λ E[(‖∇f(x̂)‖ − 1)²]",
        strengths=(
            "The critic's gap tells how training goes: it falls as the digits get better.",
            "Seldom loses whole digits, and forgives many choices of the settings.",
        ),
        weaknesses=(
            "Slow: the critic moves several times for each move of the generator.",
            "The generator's own loss has no zero and says little.",
            "Has no encoder and no likelihood.",
        ),
        references=(
            (
                "Gulrajani et al., Improved Training of Wasserstein GANs",
                "https://arxiv.org/abs/1704.00028",
            ),
            ("Arjovsky et al., Wasserstein GAN", "https://arxiv.org/abs/1701.07875"),
        ),
    )

    def contest(self, opinion: Opinion, real: Tensor, written: Tensor, batch: Batch) -> Terms:
        """Minus the gap, and how far the slope is from 1 between real and written images."""
        rows, labels = self.rows(real, batch)
        against, others = self.rows(written, batch)
        share = torch.rand(
            (len(rows), 1, 1, 1), generator=batch.generator, device=batch.generator.device
        )
        between = torch.lerp(rows, against, share)
        if not between.requires_grad:
            between.requires_grad_()
        # The sum is differentiated: without crowd features no row's value depends on another row.
        (slope,) = torch.autograd.grad(opinion(between, labels).sum(), between, create_graph=True)
        steepness = (slope.square().flatten(1).sum(dim=1) + TINY).sqrt()
        penalty = self.config.gradient_penalty * (steepness - 1).square().mean()
        terms = gap_terms(opinion(rows, labels), opinion(against, others))
        return {
            **terms,
            "total": terms["total"] + penalty,
            "penalty": penalty.detach(),
            "slope": steepness.detach().mean(),
        }
