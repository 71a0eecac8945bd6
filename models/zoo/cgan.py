"""Conditional GAN (Mirza and Osindero, 2014, arXiv:1411.1784) with a projection discriminator
(Miyato and Koyama, 2018, arXiv:1802.05637).

The discriminator's output is v . f(x) + b + e_y . f(x): whether a picture is real at all, and how
well it goes with its class. From reading real digits under wrong names, which it learns to refuse
(Reed et al., 2016, arXiv:1605.05396), e_y . f(x) becomes evidence for the class y; without them it
only says where the generator mistakes classes, and that is nowhere in the end.

B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size,
K = number of classes, m = packing, R = rows that are judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from models.adversarial.crowd import pack
from models.adversarial.game import AdversarialConfig, AdversarialModel, crowd_features
from models.adversarial.losses import discriminator_loss
from models.adversarial.networks import convolutional_generator, convolutional_trunk
from models.base import ModelCard
from models.config import ModelConfig, param
from models.registry import register

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.adversarial.game import Opinion
    from models.base import Batch, Terms


@dataclass(frozen=True, kw_only=True)
class Size(ModelConfig):
    """How long, and how large the networks are."""

    steps: int = param(
        3_000, low=1, high=10_000_000, unit="rounds", group="Length", help="How long to train."
    )
    batch_size: int = param(
        64, low=2, high=4_096, group="Length", help="Digits that a player sees per move."
    )
    channels: int = param(
        32,
        low=4,
        high=512,
        help="Feature maps at half of the image's size; at a quarter there are twice as many.",
    )


class Writer(nn.Module):
    """The generator: each class adds its own vector to the first layer."""

    def __init__(self, network: nn.Sequential, classes: int) -> None:
        super().__init__()
        first = network[0]
        assert isinstance(first, nn.Linear)
        self.first, self.rest = first, network[1:]
        # As loud as the code, so that the class is not drowned out at first.
        self.classes = nn.Embedding(classes, first.out_features)
        with torch.no_grad():
            self.classes.weight.mul_(first.weight.square().sum(dim=1).mean().sqrt())

    def forward(self, codes: Tensor, labels: Tensor) -> Tensor:
        """(N, D) and (N,) to (N, C, H, W) in [-1, 1]."""
        images: Tensor = self.rest(self.first(codes) + self.classes(labels))
        return images


class Projection(nn.Module):
    """The discriminator: v . f(x) + b + the sum over the pack's images of e_y . f(x).

    Each place in a pack has class vectors of its own, or nobody could say whose label is whose.
    """

    def __init__(self, trunk: nn.Sequential, features: int, classes: int, packing: int) -> None:
        super().__init__()
        self.trunk, self.count = trunk, classes
        self.realness = nn.Linear(features, 1)
        self.classes = nn.ModuleList(_table(classes, features) for _ in range(packing))

    def forward(self, rows: Tensor, labels: Tensor) -> Tensor:
        """(R, m * C, H, W) and (R, m) to (R,)."""
        seen = self.trunk(rows)
        names = sum(table(labels[:, i]) for i, table in enumerate(self.classes))
        logits: Tensor = self.realness(seen)[:, 0] + (names * seen).sum(dim=1)
        return logits

    def evidence(self, rows: Tensor) -> Tensor:
        """(R, m * C, H, W) to (R, K): e_y . f(x) for every class of the first image of each row."""
        every = torch.arange(self.count, device=rows.device)
        found: Tensor = self.trunk(rows) @ self.classes[0](every).T
        return found


def _table(classes: int, features: int) -> nn.Embedding:
    """Class vectors as small as the weights of the other last layer are at first."""
    table = nn.Embedding(classes, features)
    nn.init.normal_(table.weight, std=(3 * features) ** -0.5)
    return table


@register("cgan")
class CGAN(AdversarialModel):
    """Told which digit to write, and judged by whether it did.

    One cure of the wing does not fit and is refused: experience replay, whose old digits come back
    without their labels.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(AdversarialConfig, Size):
        learning_rate_d: float = param(
            5e-4,
            low=0.0,
            high=1.0,
            live=True,
            log=True,
            label="Learning rate, discriminator",
            group="Game",
            help="Step size of the discriminator; too small and it misses that digits are gone.",
        )
        wrong_names: float = param(
            0.5,
            low=0.0,
            high=1.0,
            live=True,
            group="Game",
            help="Weight of real digits under wrong names, which the discriminator must refuse; at "
            "0 it does not learn to read.",
        )

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.replay_size:
                raise ValueError(
                    "a conditional GAN has no use for a replay buffer, which keeps digits without "
                    "their labels: set replay_size to 0"
                )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="Conditional GAN",
        family="Adversarial",
        year=2018,
        sentence="A forger who is told which digit to write, and a detective who is told which one "
        "it should be.",
        objective="D: max E[log D(x, y)] + E[log(1 − D(G(z, y), y))],  "
        "logit D(x, y) = v·f(x) + e_y·f(x)",
        strengths=(
            "Writes the digit that it is told.",
            "Seldom loses a digit: each is asked for, and refused under another name.",
            "The detective learns to read on the way.",
        ),
        weaknesses=(
            "Needs labels.",
            "Can still write each digit in one way only.",
            "Has no encoder and no likelihood.",
        ),
        references=(
            (
                "Miyato and Koyama, cGANs with Projection Discriminator",
                "https://arxiv.org/abs/1802.05637",
            ),
            (
                "Mirza and Osindero, Conditional Generative Adversarial Nets",
                "https://arxiv.org/abs/1411.1784",
            ),
            (
                "Reed et al., Generative Adversarial Text to Image Synthesis (wrong names)",
                "https://arxiv.org/abs/1605.05396",
            ),
        ),
    )
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Draws a code from N(0, I) and lets the generator write it as the class that is "
        "asked for.",
        "decode": "Lets the generator write this code as this class, in one pass.",
    }

    def make_generator(self) -> nn.Module:
        """A convolutional network that is told the class where it begins."""
        network = convolutional_generator(self.config.latent_dim, self.config.channels, self.shape)
        return Writer(network, self.shape.classes)

    def make_discriminator(self, channels: int) -> nn.Module:
        """Features of the image, and a vector for each class to compare them with."""
        config, shape = self.config, self.shape
        trunk, features = convolutional_trunk(channels, config.channels, shape)
        crowd, features = crowd_features(config.crowd, features)
        return Projection(nn.Sequential(*trunk, *crowd), features, shape.classes, config.packing)

    def write(self, codes: Tensor, labels: Tensor) -> Tensor:
        """Codes (B, D) and labels (B,) to images (B, C, H, W), by the generator that learns."""
        written: Tensor = self.generator(codes, labels)
        return written

    def ask(self, rows: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        """The discriminator judges rows together with their labels."""
        return rows, labels

    def contest(self, opinion: Opinion, real: Tensor, written: Tensor, batch: Batch) -> Terms:
        """The game's loss, and real digits under wrong names."""
        terms = super().contest(opinion, real, written, batch)
        weight, classes = self.config.wrong_names, self.shape.classes
        if not weight or classes < 2:
            return terms
        rows, labels = self.rows(real, batch)
        off = torch.randint(
            1, classes, labels.shape, generator=batch.generator, device=labels.device
        )
        refused = opinion(rows, (labels + off) % classes)
        _, side = discriminator_loss(self.config.loss, refused, refused)
        return {
            **terms,
            "total": terms["total"] + weight * side / 2,
            "wrong_names": side.detach(),
        }

    # What it can do

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """(count, C, H, W); without labels the classes in turn."""
        if labels is None:
            labels = torch.arange(count, device=self.device) % self.shape.classes
        return self.decode(self._noise(count, generator), labels)

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, D) to (N, C, H, W), by the averaged generator; without labels as class 0."""
        if labels is None:
            labels = torch.zeros(len(latents), dtype=torch.int64, device=latents.device)
        images: Tensor = self.averaged(latents, labels)
        return (images + 1) / 2

    def score(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, H, W) to the discriminator's logits (N,), judged as one crowd (see the game's).

        Without labels each image is taken for what it looks most like.
        """
        if labels is None:
            labels = self.class_evidence(images).argmax(dim=1)
        return super().score(images, labels)

    def class_evidence(self, images: Tensor) -> Tensor:
        """e_y . f(x) for each class y, (N, K): what a logit of the class rests on."""
        judging = self.judging
        assert isinstance(judging, Projection)
        return judging.evidence(pack(images * 2 - 1, self.config.packing))
