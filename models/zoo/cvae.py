"""CVAE: a VAE that is told which digit it looks at, and so draws the digit that it is told.

Shapes: B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size,
K = number of classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
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

# The one of a one-hot vector. With 1 the class is drowned out by hundreds of pixels at first, the
# encoder puts it into the code instead, and only 3 of 5 samples are what was asked for.
_LOUDNESS = 8.0


@register("cvae")
class CVAE(GenerativeModel):
    """Conditional variational autoencoder (Sohn, Lee and Yan, NeurIPS 2015).

    Encoder q(z|x, y) and decoder p(x|z, y) both see the class y as a one-hot vector, and maximise
    log p(x|y) >= E_q[log p(x|z, y)] - KL(q(z|x, y) || N(0, I)). Since the class is given, the code
    is left with the handwriting: slant, width, thickness.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        """Settings of the conditional VAE."""

        latent_dim: int = param(
            8,
            low=1,
            high=256,
            label="Latent size",
            help="Numbers that describe the handwriting; the class comes on top of them.",
        )
        hidden: int = param(
            400, low=8, high=4_096, unit="units", help="Width of the hidden layers."
        )
        beta: float = param(
            1.0,
            low=0.0,
            high=100.0,
            live=True,
            help="Weight of the KL: more gives tidier codes and blurrier digits.",
        )
        learning_rate: float = param(
            1e-3, low=0.0, high=1.0, live=True, log=True, help="Step size of Adam."
        )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="Conditional VAE",
        family="Autoencoders",
        year=2015,
        sentence="A VAE that is told the digit: ask for a 7 and it writes a 7, in any handwriting.",
        objective="max  E_q(z|x,y)[log p(x|z,y)] − β KL(q(z|x,y) ‖ N(0, I))",
        strengths=(
            "Writes the digit that it is told.",
            "Separates what is written from how it is written: one code, ten digits in one hand.",
        ),
        weaknesses=(
            "Needs labels.",
            "Blurs what it is unsure of, as every VAE.",
        ),
        references=(
            (
                "Sohn, Lee and Yan, Learning Structured Output Representation",
                "https://papers.nips.cc/paper/5775",
            ),
            (
                "Kingma et al., Semi-supervised Learning with Deep Generative Models",
                "https://arxiv.org/abs/1406.5298",
            ),
        ),
    )
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Draws a code from N(0, I) and decodes it as the class that is asked for.",
        "encode": (
            "Takes the middle of the cloud of codes that the encoder sees for this digit; "
            "without a label, as the class with the best bound."
        ),
        "decode": "Shows the mean grey levels that the decoder gives for this code and class.",
        "inpaint": (
            "Tries every class: draws in turn from q(z|x, y) and p(x|z, y) (pseudo-Gibbs), then "
            "chooses a class by how well it explains the known pixels."
        ),
    }
    latent_geometry = "gaussian"

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        hidden = [config.hidden, config.hidden]
        self.encoder = mlp([shape.pixels + shape.classes, *hidden, 2 * config.latent_dim])
        self.decoder = mlp([config.latent_dim + shape.classes, *hidden, shape.pixels])

    # Mathematics

    def posterior(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x, y): (N, C, H, W) and (N,) to (N, D) twice."""
        seen = torch.cat((images.flatten(1), self._one_hot(labels)), dim=1)
        mean, log_variance = self.encoder(seen).chunk(2, dim=1)
        return mean, log_variance.clamp(*_LOG_VARIANCE_BOUNDS)

    def logits(self, latents: Tensor, labels: Tensor) -> Tensor:
        """The Bernoulli logits of p(x|z, y): (N, D) and (N,) to (N, C, H, W)."""
        out: Tensor = self.decoder(torch.cat((latents, self._one_hot(labels)), dim=1))
        return out.view(-1, *self.shape.chw)

    def _one_hot(self, labels: Tensor) -> Tensor:
        return _LOUDNESS * F.one_hot(labels, self.shape.classes).float()

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
        mean, log_variance = self.posterior(batch.images, batch.labels)
        latents = draw_normal(mean, log_variance, generator=batch.generator)
        logits = self.logits(latents, batch.labels)
        reconstruction = bernoulli_nll(logits, batch.images).mean()
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
        """Decoded draws from N(0, I), (count, C, H, W); without labels the classes in turn."""
        if labels is None:
            labels = torch.arange(count, device=self.device) % self.shape.classes
        return self.decode(self._noise(count, generator), labels)

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """The mean of q(z|x, y), (N, D); without labels for the class with the best bound."""
        if labels is None:
            labels = self.class_evidence(images).argmax(dim=1)
        return self.posterior(images, labels)[0]

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """The mean of p(x|z, y): (N, D) to (N, C, H, W); without labels as class 0."""
        if labels is None:
            labels = torch.zeros(len(latents), dtype=torch.int64, device=latents.device)
        return self.logits(latents, labels).sigmoid()

    def class_evidence(self, images: Tensor) -> Tensor:
        """The bound on log p(x|y) in nats for each class y, (N, K).

        The expectation over q is taken at its mean, so that the answer is not a matter of luck.
        """
        rows, labels = self._every_class(images)
        return self._bound(rows, labels).view(len(images), -1)

    def log_likelihood(
        self, images: Tensor, *, generator: torch.Generator, draws: int = 1
    ) -> Tensor:
        """A bound on log p(x) in nats, (N,), where all classes are equally likely.

        log 1/K sum over y of the importance weighted bound on p(x|y), with `draws` codes from
        q(z|x, y) for each class (Burda et al., 2015, arXiv:1509.00519).
        """
        rows, labels = self._every_class(images)
        mean, log_variance = self.posterior(rows, labels)
        log_sum = torch.full((len(rows),), -torch.inf, device=images.device)
        origin = torch.zeros_like(mean)
        for _ in range(draws):
            z = draw_normal(mean, log_variance, generator=generator)
            log_joint = log_normal(z, origin, origin) - bernoulli_nll(self.logits(z, labels), rows)
            log_sum = torch.logaddexp(log_sum, log_joint - log_normal(z, mean, log_variance))
        by_class = log_sum.view(len(images), -1) - math.log(draws)
        return by_class.logsumexp(dim=1) - math.log(self.shape.classes)

    @torch.no_grad()
    def inpaint(
        self,
        images: Tensor,
        hole: Tensor,
        *,
        generator: torch.Generator,
        sweeps: int = 40,
        starts: int = 32,
    ) -> Iterator[SamplerStep]:
        """Fills the hole by pseudo-Gibbs sampling under every class, then under one of them.

        As in a VAE (Rezende et al., 2014, arXiv:1401.4082, appendix F), z ~ q(z|x, y) and
        x_hole = E p(x|z, y) in turn. Halfway each image draws its class from the bounds on
        log p(x_known|y), and goes on with that class alone.
        """
        count = len(images)
        rows, labels = self._every_class(images)
        holes = hole.repeat_interleave(self.shape.classes, dim=0)
        z = best_of(
            starts,
            lambda: self._noise(len(rows), generator),
            lambda z: bernoulli_nll(self.logits(z, labels), rows, holes),
        )
        first = torch.arange(count, device=images.device) * self.shape.classes
        for sweep in range(1, sweeps + 1):
            filled = torch.where(holes, self.decode(z, labels), rows)
            if sweep <= sweeps // 2:
                bounds = self._bound(filled, labels, holes).view(count, -1)
                shown = first + bounds.argmax(dim=1)
            else:
                shown = torch.arange(count, device=images.device)
            if sweep % 4 == 0 or sweep == sweeps:
                yield SamplerStep(sweep / sweeps, filled[shown], z[shown])
            if sweep == sweeps // 2:
                drawn = torch.multinomial(bounds.softmax(dim=1), 1, generator=generator)[:, 0]
                chosen = first + drawn
                rows, holes, labels, filled = images, hole, labels[chosen], filled[chosen]
            z = draw_normal(*self.posterior(filled, labels), generator=generator)

    def _every_class(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Each image once per class, (N * K, C, H, W), and these classes."""
        classes = torch.arange(self.shape.classes, device=images.device)
        rows = images.repeat_interleave(self.shape.classes, dim=0)
        return rows, classes.repeat(len(images))

    def _bound(self, images: Tensor, labels: Tensor, hole: Tensor | None = None) -> Tensor:
        """The bound on log p(x|y), or of its known pixels, with z at the mean of q: (N,)."""
        mean, log_variance = self.posterior(images, labels)
        error = bernoulli_nll(self.logits(mean, labels), images, hole)
        return -error - kl_to_standard_normal(mean, log_variance)

    def _noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(count, self.latent_dim(), generator=generator, device=self.device)
