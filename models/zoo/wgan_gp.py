"""WGAN-GP (Gulrajani et al., 2017, arXiv:1704.00028): a critic instead of a detective.

B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from models.adversarial import judge
from models.base import (
    Batch,
    GenerativeModel,
    ImageShape,
    LossGuide,
    ModelCard,
    Player,
    Stage,
    Terms,
    adam,
)
from models.blocks import EMA
from models.config import ModelConfig, param
from models.registry import register

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where the gradient is 0 the derivative of its norm is not defined; this keeps it finite.
TINY = 1e-12


@register("wgan_gp")
class WGANGP(GenerativeModel):
    """Two dense networks: the critic measures how far written digits are from real ones."""

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        steps: int = param(4_000, low=1, high=10_000_000, unit="rounds", help="How long to train.")
        batch_size: int = param(64, low=2, high=4_096, help="Digits that a player sees per move.")
        latent_dim: int = param(
            64,
            low=1,
            high=512,
            label="Latent size",
            help="Numbers that the generator turns into a digit.",
        )
        width: int = param(
            256,
            low=16,
            high=2_048,
            unit="units",
            help="Units of the narrow hidden layers; the wide ones have twice as many.",
        )
        n_critic: int = param(
            5,
            low=1,
            high=100,
            live=True,
            unit="moves",
            label="Critic's moves per round",
            help="The critic must be ahead: its measure is only as good as the critic.",
        )
        gradient_penalty: float = param(
            10.0,
            low=0.0,
            high=1_000.0,
            live=True,
            help="How strictly the critic's slope is held at 1 between real and written digits.",
        )
        learning_rate_critic: float = param(
            5e-4,
            low=0.0,
            high=1.0,
            live=True,
            log=True,
            label="Learning rate, critic",
            help="Step size of the critic.",
        )
        learning_rate_g: float = param(
            5e-4,
            low=0.0,
            high=1.0,
            live=True,
            log=True,
            label="Learning rate, generator",
            help="Step size of the generator.",
        )
        ema_decay: float = param(
            0.99,
            low=0.0,
            high=0.9999,
            live=True,
            label="Averaging",
            help="Samples come from a running average of the generator's weights; 0 turns it off.",
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
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Draws a code from N(0, I) and lets the generator write it in one pass.",
        "decode": "Lets the generator write this code in one pass.",
    }

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        narrow, wide = config.width, 2 * config.width
        self.generator = nn.Sequential(
            nn.Linear(config.latent_dim, narrow),
            nn.LeakyReLU(0.2),
            nn.Linear(narrow, wide),
            nn.LeakyReLU(0.2),
            nn.Linear(wide, shape.pixels),
            nn.Tanh(),
            nn.Unflatten(1, shape.chw),
        )
        # No batch normalisation: the penalty is on each image's own slope. And no bias at the end:
        # the loss, a difference of two values, could never move it.
        self.critic = nn.Sequential(
            nn.Flatten(),
            nn.Linear(shape.pixels, wide),
            nn.LeakyReLU(0.2),
            nn.Linear(wide, narrow),
            nn.LeakyReLU(0.2),
            nn.Linear(narrow, 1, bias=False),
            nn.Flatten(0),
        )
        self.averaged = EMA(self.generator, config.ema_decay)

    def stages(self) -> tuple[Stage, ...]:
        """One stage, two players."""
        critic = Player(
            name="critic",
            title="Critic",
            role="discriminator",
            modules=(self.critic,),
            loss=self._loss_critic,
            optimizer=adam(beta1=0.0, beta2=0.9),
            rate_field="learning_rate_critic",
            moves_field="n_critic",
            shown="gap",
            guide=LossGuide(
                rising="Rising: the critic finds new differences faster than they are mended.",
                falling="Falling: written digits come closer to real ones.",
                steady="Steady: an estimate of the distance (Wasserstein) between written and "
                "real digits; it has no target but falls towards 0 as the generator improves.",
            ),
        )
        generator = Player(
            name="generator",
            title="Generator",
            role="generator",
            modules=(self.generator,),
            loss=self._loss_generator,
            optimizer=adam(beta1=0.0, beta2=0.9),
            rate_field="learning_rate_g",
            after_move=self._average,
            guide=LossGuide(
                rising="Rising means little: the critic may have shifted its whole scale.",
                falling="Falling means little: the critic may have shifted its whole scale.",
                steady="Minus the critic's mean value of its digits: the zero of that scale is "
                "arbitrary, so watch the critic's gap instead.",
            ),
        )
        return (Stage(name="game", title="Adversarial game", players=(critic, generator)),)

    def _loss_critic(self, batch: Batch) -> Terms:
        count = len(batch.images)
        real = batch.images * 2 - 1
        with torch.no_grad():
            written = self.generator(self._noise(count, batch.generator))
        share = torch.rand(
            (count, 1, 1, 1), generator=batch.generator, device=batch.generator.device
        )
        between = torch.lerp(real, written, share).requires_grad_()
        # The sum is differentiated, for no image's value depends on another image.
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        steepness = (slope.square().flatten(1).sum(dim=1) + TINY).sqrt()
        penalty = self.config.gradient_penalty * (steepness - 1).square().mean()
        gap = self.critic(real).mean() - self.critic(written).mean()
        return {
            "total": penalty - gap,
            "gap": gap.detach(),
            "penalty": penalty.detach(),
            "slope": steepness.detach().mean(),
        }

    def _loss_generator(self, batch: Batch) -> Terms:
        written = self.generator(self._noise(len(batch.images), batch.generator))
        return {"total": -judge(self.critic, written).mean()}

    def _average(self) -> None:
        self.averaged.decay = self.config.ema_decay
        self.averaged.update()

    def _noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(
            count, self.config.latent_dim, generator=generator, device=generator.device
        )

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """(count, C, H, W); the labels are not used, for this model knows no classes."""
        return self.decode(self._noise(count, generator))

    def latent_dim(self) -> int:
        """D."""
        return int(self.config.latent_dim)

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, D) to (N, C, H, W), by the averaged generator."""
        images: Tensor = self.averaged(latents)
        return (images + 1) / 2

    def score(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to the critic's values (N,), on a scale without a zero."""
        values: Tensor = self.critic(images * 2 - 1)
        return values
