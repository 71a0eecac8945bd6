"""GAN (Goodfellow et al., 2014, arXiv:1406.2661), dense, with the non-saturating loss by default.

Three things make it calm enough to watch, each with a switch: little momentum in Adam, the R1
penalty on the discriminator (Mescheder et al., 2018, arXiv:1801.04406), and samples from a running
average of the generator (Yazici et al., 2019, arXiv:1806.04498).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from models.adversarial.game import AdversarialConfig, AdversarialModel, crowd_features
from models.adversarial.networks import dense_generator, dense_trunk
from models.base import ModelCard
from models.config import ModelConfig, param
from models.registry import register


@dataclass(frozen=True, kw_only=True)
class Size(ModelConfig):
    """How large the networks are."""

    width: int = param(
        256,
        low=16,
        high=2_048,
        unit="units",
        help="Units of the narrow hidden layers; the wide ones have twice as many.",
    )


@register("gan")
class GAN(AdversarialModel):
    """Two dense networks: one writes digits, the other tells written from real ones.

    Any shape will do, points of a plane as images of (2, 1, 1) among them.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(AdversarialConfig, Size):
        gradient_penalty: float = param(
            0.2,
            low=0.0,
            high=100.0,
            live=True,
            group="Cures",
            help="Keeps the discriminator flat around real digits (R1); 0 is the original GAN.",
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

    def make_generator(self) -> nn.Module:
        """Wider towards the image."""
        return dense_generator(self.config.latent_dim, self.config.width, self.shape)

    def make_discriminator(self, channels: int) -> nn.Module:
        """The generator's mirror image."""
        pixels = channels * self.shape.height * self.shape.width
        trunk, features = dense_trunk(pixels, self.config.width)
        crowd, features = crowd_features(self.config.crowd, features)
        return nn.Sequential(*trunk, *crowd, nn.Linear(features, 1), nn.Flatten(0))
