"""WGAN (Arjovsky et al., 2017, arXiv:1701.07875): the critic's weights are clipped.

With all weights in [-c, c] the critic's slope is bounded, for dense layers by the product of
c * sqrt(inputs * outputs) over the layers; by what number, nobody says: the gap is a distance in
unknown units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch

from models.adversarial.critic import CriticConfig, CriticModel
from models.adversarial.settings import OPTIMIZERS
from models.base import ModelCard
from models.config import param
from models.registry import register

if TYPE_CHECKING:
    from models.adversarial.game import Cures
    from models.base import ImageShape


@register("wgan")
class WGAN(CriticModel):
    """The critic measures how far written digits are from real ones; clipping keeps it honest.

    Three cures of the wing do not fit, and are refused: spectral normalisation, which would undo
    what clipping does; minibatch discrimination, whose distances vanish where weights are small;
    and unrolling, whose virtual steps know no clipping.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(CriticConfig):
        clip: float = param(
            0.03,
            low=1e-4,
            high=1.0,
            live=True,
            log=True,
            label="Weight clipping",
            group="Game",
            help="No weight of the critic may be greater than this, which bounds its slope; the "
            "paper has 0.01, with which these small networks learn more slowly.",
        )
        optimizer: str = param(
            "rmsprop",
            choices=OPTIMIZERS,
            group="Game",
            help="How a player's steps follow from its gradients; a critic that moves is best "
            "without momentum.",
        )

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.spectral_norm:
                raise ValueError(
                    "WGAN bounds the critic by weight clipping already: turn spectral_norm off, or "
                    "choose wgan_gp"
                )
            if self.crowd == "minibatch discrimination":
                raise ValueError(
                    "minibatch discrimination sees no differences through clipped weights: choose "
                    "the standard deviation, or wgan_gp"
                )
            if self.unrolled:
                raise ValueError(
                    "unrolled steps know no weight clipping: set unrolled to 0, or choose wgan_gp"
                )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="WGAN",
        family="Adversarial",
        year=2017,
        sentence="A critic with a short leash measures how far written digits are from real ones, "
        "so the forger learns from it even where it sees through everything.",
        objective="min_G max_f  E[f(x)] − E[f(G(z))],  all weights of f in [−c, c]",
        strengths=(
            "Does not saturate: a critic that has won still shows the way.",
            "The critic's gap falls as the digits get better.",
        ),
        weaknesses=(
            "Clipping makes the critic simple: it sees thick strokes before thin ones.",
            "Slow: the critic moves several times for each move of the generator.",
            "Has no encoder and no likelihood.",
        ),
        references=(
            ("Arjovsky et al., Wasserstein GAN", "https://arxiv.org/abs/1701.07875"),
            (
                "Gulrajani et al., Improved Training of Wasserstein GANs",
                "https://arxiv.org/abs/1704.00028",
            ),
        ),
    )

    def __init__(self, config: Cures, shape: ImageShape) -> None:
        super().__init__(config, shape)
        self.after_discriminator()

    @torch.no_grad()
    def after_discriminator(self) -> None:
        """Clips the critic's weights."""
        for weight in self.judging.parameters():
            weight.clamp_(-self.config.clip, self.config.clip)
