"""Dense autoencoder: squeeze a digit through a narrow code and copy it from there.

Shapes: B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

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
from models.blocks import CodeGaussian, bernoulli_nll, cosine_decay, mlp
from models.config import ModelConfig, param
from models.registry import register

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import Tensor

_GUIDE = LossGuide(
    rising="The copies get worse. If it goes on, lower the learning rate.",
    falling="The copies get closer to the digits.",
    steady=(
        "Nothing much is left to gain with a code of this size. Grey pixels alone cost about "
        "45 nats on MNIST: even a perfect copy does not reach zero."
    ),
)


@register("dense_ae")
class DenseAE(GenerativeModel):
    """Deep autoencoder (Hinton and Salakhutdinov, 2006, doi:10.1126/science.1127647).

    Minimises the cross-entropy between pixels and copy, and a small penalty on the size of the
    codes, which keeps them in one place (Ghosh et al., 2020, arXiv:1903.12436). It knows no prior:
    to sample, a Gaussian is fitted to the codes while they are learned.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        """Settings of the autoencoder."""

        latent_dim: int = param(
            16,
            low=1,
            high=784,
            label="Latent size",
            help="Numbers in a code: fewer make tidier samples, more make better copies.",
        )
        wide: int = param(
            512, low=8, high=4_096, unit="units", help="Width of the layers next to the pixels."
        )
        narrow: int = param(
            256, low=8, high=4_096, unit="units", help="Width of the layers next to the code."
        )
        code_penalty: float = param(
            0.05,
            low=0.0,
            high=100.0,
            live=True,
            help="Price of a code's squared length, in nats; keeps the codes near zero.",
        )
        learning_rate: float = param(
            1e-3, low=0.0, high=1.0, live=True, log=True, help="Step size of Adam."
        )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="Autoencoder",
        family="Autoencoders",
        year=2006,
        sentence=("Learns to squeeze a digit into a few numbers from which it can be drawn again."),
        objective="min  −log p(x | decode(encode(x))) + penalty · ½‖encode(x)‖²",
        strengths=(
            "Simple and quick: it copies well after seconds.",
            "Its code keeps far more of a digit than as many principal components.",
        ),
        weaknesses=(
            "Its codes lie where they like, with gaps: a random code is often no digit.",
            "Samples need a density that is fitted to the codes afterwards.",
        ),
        references=(
            (
                "Hinton and Salakhutdinov, Reducing the Dimensionality of Data",
                "https://doi.org/10.1126/science.1127647",
            ),
            (
                "Ghosh et al., From Variational to Deterministic Autoencoders",
                "https://arxiv.org/abs/1903.12436",
            ),
        ),
    )
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Draws a code from a Gaussian that is fitted to the codes of the training digits "
        "and decodes it.",
        "encode": "Takes the code that the encoder gives.",
        "decode": "Shows the grey levels that the decoder gives for this code.",
    }
    latent_geometry = "free"

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        sizes = [shape.pixels, config.wide, config.narrow, config.latent_dim]
        self.encoder = mlp(sizes)
        self.decoder = mlp(sizes[::-1])
        self.density = CodeGaussian(config.latent_dim)

    def logits(self, latents: Tensor) -> Tensor:
        """The Bernoulli logits of the copy: (N, D) to (N, C, H, W)."""
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
        """Cross-entropy of the copy in nats, and the size of the code |z|^2 / 2."""
        codes = self.encode(batch.images)
        if self.training:
            self.density.update(codes.detach())
        reconstruction = bernoulli_nll(self.logits(codes), batch.images).mean()
        code_size = 0.5 * codes.square().sum(dim=1).mean()
        total = reconstruction + self.config.code_penalty * code_size
        return {"total": total, "reconstruction": reconstruction, "code_size": code_size}

    # Capabilities

    def latent_dim(self) -> int:
        """D."""
        return self.config.latent_dim

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """Decoded draws from the Gaussian of the codes, (count, C, H, W)."""
        return self.decode(self.density.sample(count, generator=generator))

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to (N, D)."""
        codes: Tensor = self.encoder(images.flatten(1))
        return codes

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, D) to (N, C, H, W)."""
        return self.logits(latents).sigmoid()
