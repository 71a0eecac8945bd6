"""VAE: an autoencoder whose codes follow a known density, so that one can draw from it.

Shapes: B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from models.base import (
    Batch,
    GenerativeModel,
    ImageShape,
    LossGuide,
    ModelCard,
    Player,
    SamplerStep,
    Stage,
    Terms,
    adam,
)
from models.blocks import (
    bernoulli_nll,
    best_of,
    cosine_decay,
    draw_normal,
    kl_to_standard_normal,
    log_normal,
    mlp,
)
from models.config import ModelConfig, param
from models.registry import register

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_GUIDE = LossGuide(
    rising="The bound gets worse. If it goes on, lower the learning rate or beta.",
    falling="Copies get closer to the digits, or the codes get closer to N(0, I).",
    steady=(
        "Nothing much is left to gain. Grey pixels alone cost about 45 nats on MNIST: "
        "even a perfect copy does not reach zero."
    ),
)

# Outside these bounds exp() overflows or a variance vanishes; a trained encoder stays far inside.
_LOG_VARIANCE_BOUNDS = (-12.0, 8.0)


@register("vae")
class VAE(GenerativeModel):
    """Variational autoencoder (Kingma and Welling, 2013, arXiv:1312.6114).

    The encoder gives q(z|x) = N(mean, variance), the decoder p(x|z) = Bernoulli per pixel, and
    both maximise the evidence lower bound log p(x) >= E_q[log p(x|z)] - KL(q(z|x) || N(0, I)).
    With `beta` other than 1 the KL is weighed (Burgess et al., 2018, arXiv:1804.03599).
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        """Settings of the VAE."""

        latent_dim: int = param(
            10,
            low=1,
            high=256,
            label="Latent size",
            help="Numbers in a code: 2 make a flat map; more copy better but sample worse.",
        )
        hidden: int = param(
            400, low=8, high=4_096, unit="units", help="Width of the hidden layers."
        )
        beta: float = param(
            1.0,
            low=0.0,
            high=100.0,
            live=True,
            help="Weight of the KL: more gives tidier codes and blurrier digits; 0 an autoencoder.",
        )
        learning_rate: float = param(
            1e-3, low=0.0, high=1.0, live=True, log=True, help="Step size of Adam."
        )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="Variational autoencoder",
        family="Autoencoders",
        year=2013,
        sentence=(
            "Squeezes each digit into a small cloud of codes and keeps all clouds together "
            "around zero, so that any random code near zero is a digit."
        ),
        objective="max  E_q(z|x)[log p(x|z)] − β KL(q(z|x) ‖ N(0, I))",
        strengths=(
            "Trains calmly: one loss, which means something.",
            "Has a smooth map in which neighbours look alike.",
            "Knows a bound on the probability of a digit.",
        ),
        weaknesses=(
            "Blurs what it is unsure of.",
            "Its loss never reaches zero: grey pixels cost 45.5 nats on MNIST however well copied.",
        ),
        references=(
            (
                "Kingma and Welling, Auto-Encoding Variational Bayes",
                "https://arxiv.org/abs/1312.6114",
            ),
            (
                "Burgess et al., Understanding disentangling in beta-VAE",
                "https://arxiv.org/abs/1804.03599",
            ),
            (
                "Rezende et al., Stochastic Backpropagation (filling holes, appendix F)",
                "https://arxiv.org/abs/1401.4082",
            ),
        ),
    )
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Draws a code from N(0, I) and decodes it.",
        "encode": "Takes the middle of the cloud of codes that the encoder sees for this digit.",
        "decode": "Shows the mean grey levels that the decoder gives for this code.",
        "inpaint": (
            "Guesses a code, fills the hole from it, looks again, and so on: draws in turn from "
            "q(z|x) and p(x|z) (pseudo-Gibbs)."
        ),
    }
    latent_geometry = "gaussian"

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        self.encoder = mlp([shape.pixels, config.hidden, config.hidden, 2 * config.latent_dim])
        self.decoder = mlp([config.latent_dim, config.hidden, config.hidden, shape.pixels])

    # Mathematics

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x): (N, C, H, W) to (N, D) twice."""
        mean, log_variance = self.encoder(images.flatten(1)).chunk(2, dim=1)
        return mean, log_variance.clamp(*_LOG_VARIANCE_BOUNDS)

    def logits(self, latents: Tensor) -> Tensor:
        """The Bernoulli logits of p(x|z): (N, D) to (N, C, H, W)."""
        out: Tensor = self.decoder(latents)
        return out.view(-1, *self.shape.chw)

    # Training

    def stages(self) -> tuple[Stage, ...]:
        """One stage with one player."""
        learner = Player(
            name="learner",
            title="Encoder and decoder",
            role="learner",
            modules=(self.encoder, self.decoder),
            loss=self.loss,
            optimizer=adam(),
            guide=_GUIDE,
            rate_factor=cosine_decay,
        )
        return (Stage(name="train", title="Training", players=(learner,)),)

    def loss(self, batch: Batch) -> Terms:
        """The negative bound: summed over pixels, averaged over the batch, in nats."""
        mean, log_variance = self.posterior(batch.images)
        latents = draw_normal(mean, log_variance, generator=batch.generator)
        reconstruction = bernoulli_nll(self.logits(latents), batch.images).mean()
        kl = kl_to_standard_normal(mean, log_variance).mean()
        total = reconstruction + self.config.beta * kl
        return {"total": total, "reconstruction": reconstruction, "kl": kl}

    # Capabilities

    def latent_dim(self) -> int:
        """D."""
        return self.config.latent_dim

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """Decoded draws from N(0, I), (count, C, H, W)."""
        return self.decode(self._noise(count, generator))

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """The mean of q(z|x): (N, C, H, W) to (N, D)."""
        return self.posterior(images)[0]

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """The mean of p(x|z): (N, D) to (N, C, H, W)."""
        return self.logits(latents).sigmoid()

    def log_likelihood(
        self, images: Tensor, *, generator: torch.Generator, draws: int = 1
    ) -> Tensor:
        """The importance weighted bound on log p(x) in nats, (N,).

        log 1/k sum_i p(x, z_i) / q(z_i|x) with z_i ~ q(z|x): the evidence lower bound for one
        draw, and it rises to log p(x) with more (Burda et al., 2015, arXiv:1509.00519).
        """
        mean, log_variance = self.posterior(images)
        log_sum = torch.full((len(images),), -torch.inf, device=images.device)
        origin = torch.zeros_like(mean)
        for _ in range(draws):
            z = draw_normal(mean, log_variance, generator=generator)
            log_joint = log_normal(z, origin, origin) - bernoulli_nll(self.logits(z), images)
            log_sum = torch.logaddexp(log_sum, log_joint - log_normal(z, mean, log_variance))
        return log_sum - math.log(draws)

    @torch.no_grad()
    def inpaint(
        self,
        images: Tensor,
        hole: Tensor,
        *,
        generator: torch.Generator,
        sweeps: int = 48,
        starts: int = 64,
    ) -> Iterator[SamplerStep]:
        """Fills the hole by pseudo-Gibbs sampling (Rezende et al., 2014, appendix F).

        z ~ q(z|x) and x_hole = E p(x|z) in turn: the chain's noise is the code's, since grey
        levels are means. Each row starts from the best of several random codes, judged by the
        known pixels, because the encoder is at a loss before a hole of noise.
        """
        z = best_of(
            starts,
            lambda: self._noise(len(images), generator),
            lambda z: bernoulli_nll(self.logits(z), images, hole),
        )
        for sweep in range(1, sweeps + 1):
            filled = torch.where(hole, self.decode(z), images)
            if sweep % 4 == 0 or sweep == sweeps:
                yield SamplerStep(sweep / sweeps, filled, z)
            z = draw_normal(*self.posterior(filled), generator=generator)

    def _noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(count, self.latent_dim(), generator=generator, device=self.device)
