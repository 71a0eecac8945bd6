"""GAN (Goodfellow et al., 2014, arXiv:1406.2661) with the non-saturating loss.

Three things make it calm enough to watch, each with a switch: little momentum in Adam, the R1
penalty on the discriminator (Mescheder et al., 2018, arXiv:1801.04406), and samples from a running
average of the generator (Yazici et al., 2019, arXiv:1806.04498).

B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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

EQUILIBRIUM = 0.6931  # ln 2: the loss of a discriminator that answers 50 % to everything


@register("gan")
class GAN(GenerativeModel):
    """Two dense networks: one writes digits, the other tells written from real ones."""

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
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
        learning_rate_d: float = param(
            1e-3,
            low=0.0,
            high=1.0,
            live=True,
            log=True,
            label="Learning rate, discriminator",
            help="Step size of the discriminator; too small and it misses that digits are gone.",
        )
        learning_rate_g: float = param(
            1e-3,
            low=0.0,
            high=1.0,
            live=True,
            log=True,
            label="Learning rate, generator",
            help="Step size of the generator.",
        )
        beta1: float = param(
            0.5,
            low=0.0,
            high=0.99,
            label="Adam beta 1",
            help="Momentum of both optimizers; at 0.9 the discriminator overshoots and wins.",
        )
        gradient_penalty: float = param(
            0.2,
            low=0.0,
            high=100.0,
            live=True,
            help="Keeps the discriminator flat around real digits (R1); 0 is the original GAN.",
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
        title="GAN",
        family="Adversarial",
        year=2014,
        sentence="A forger learns to write digits by fooling a detective who learns to catch him.",
        objective="D: max E[log D(x)] + E[log(1 − D(G(z)))];  G: max E[log D(G(z))]",
        strengths=(
            "Sharp strokes: a blurred digit would be recognised as written at once.",
            "Draws a digit in a single pass through a small network.",
        ),
        weaknesses=(
            "The losses do not say how good the digits are: look at the grid.",
            "Can lose whole digits (mode collapse) when one side outruns the other.",
            "Has no encoder and no likelihood.",
        ),
        references=(
            (
                "Goodfellow et al., Generative Adversarial Networks",
                "https://arxiv.org/abs/1406.2661",
            ),
            (
                "Mescheder et al., Which Training Methods for GANs do actually Converge? (R1)",
                "https://arxiv.org/abs/1801.04406",
            ),
            (
                "Yazici et al., The Unusual Effectiveness of Averaging in GAN Training",
                "https://arxiv.org/abs/1806.04498",
            ),
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
        self.discriminator = nn.Sequential(
            nn.Flatten(),
            nn.Linear(shape.pixels, wide),
            nn.LeakyReLU(0.2),
            nn.Linear(wide, narrow),
            nn.LeakyReLU(0.2),
            nn.Linear(narrow, 1),
            nn.Flatten(0),
        )
        self.averaged = EMA(self.generator, config.ema_decay)

    def stages(self) -> tuple[Stage, ...]:
        """One stage, two players."""
        discriminator = Player(
            name="discriminator",
            title="Discriminator",
            role="discriminator",
            modules=(self.discriminator,),
            loss=self._loss_discriminator,
            optimizer=adam(beta1=self.config.beta1),
            rate_field="learning_rate_d",
            guide=LossGuide(
                equilibrium=EQUILIBRIUM,
                tolerance=0.08,
                near="Near 0.69 it can hardly tell real from written: about 50 % to both.",
                above="Above 0.69 it is worse than guessing: the generator has just outwitted it.",
                below="Below 0.69 it tells real from written; near 0 it wins and teaches little.",
                rising="Rising: the generator is fooling it more often.",
                falling="Falling: it is getting better at telling real from written.",
                steady="Steady: both sides improve at the same pace, or neither does.",
            ),
        )
        generator = Player(
            name="generator",
            title="Generator",
            role="generator",
            modules=(self.generator,),
            loss=self._loss_generator,
            optimizer=adam(beta1=self.config.beta1),
            rate_field="learning_rate_g",
            after_move=self._average,
            guide=LossGuide(
                equilibrium=EQUILIBRIUM,
                tolerance=0.15,
                near="Near 0.69 the discriminator takes its digits for real half of the time.",
                above="Above 0.69 most of its digits are recognised as written.",
                below="Below 0.69 most of its digits are taken for real.",
                rising="Rising: the discriminator is learning to recognise its digits.",
                falling="Falling: its digits are taken for real more often.",
                steady="Steady: neither side is gaining; the digits may still improve.",
            ),
        )
        return (Stage(name="game", title="Adversarial game", players=(discriminator, generator)),)

    def _loss_discriminator(self, batch: Batch) -> Terms:
        with torch.no_grad():
            written = self.generator(self._noise(len(batch.images), batch.generator))
        weight = self.config.gradient_penalty
        images = (batch.images * 2 - 1).requires_grad_(weight > 0)
        on_real = self.discriminator(images)
        on_written = self.discriminator(written)
        # -log D(x) and -log(1 - D(G(z))) with D = sigmoid(logit), finite for every logit.
        real, fake = F.softplus(-on_real).mean(), F.softplus(on_written).mean()
        total = (real + fake) / 2
        terms = {
            "real": real.detach(),
            "fake": fake.detach(),
            "d_real": torch.sigmoid(on_real.detach()).mean(),
            "d_fake": torch.sigmoid(on_written.detach()).mean(),
        }
        if weight > 0:
            # The sum is differentiated, for no image's logit depends on another image.
            (slope,) = torch.autograd.grad(on_real.sum(), images, create_graph=True)
            penalty = slope.square().flatten(1).sum(dim=1).mean() / 2
            total = total + weight * penalty
            terms["penalty"] = weight * penalty.detach()
        return {"total": total, **terms}

    def _loss_generator(self, batch: Batch) -> Terms:
        written = self.generator(self._noise(len(batch.images), batch.generator))
        logits = judge(self.discriminator, written)
        return {
            "total": F.softplus(-logits).mean(),
            "d_fake": torch.sigmoid(logits.detach()).mean(),
        }

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
        """(N, C, H, W) to the discriminator's logits (N,)."""
        logits: Tensor = self.discriminator(images * 2 - 1)
        return logits
