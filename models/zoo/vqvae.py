"""VQ-VAE: digits as grids of discrete codes, and a density over such grids.

Shapes: B = batch, N = any number of images, C, H, W = channels, height, width, h, w = H / 4, W / 4,
K = size of the codebook, D = size of a codeword; a latent is the grid of vectors, flat: h * w * D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
from models.blocks import bernoulli_nll, cosine_decay
from models.config import ModelConfig, param
from models.registry import register
from models.tokens import Codebook, RasterPrior

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Pixels along the side of a grid cell: two convolutions halve the picture twice.
_CELL = 4
_ROWS_AT_A_TIME = 4

_TOKENIZER_GUIDE = LossGuide(
    rising="The copies get worse. If it goes on, lower the learning rate.",
    falling="The copies get closer to the digits.",
    steady=(
        "Nothing much is left to gain with this codebook. Grey pixels alone cost about 45 nats "
        "on MNIST: even a perfect copy does not reach zero."
    ),
)
_PRIOR_GUIDE = LossGuide(
    rising="The prior is more surprised by real digits. If it goes on, lower the learning rate.",
    falling="The prior guesses the next code of a real digit better and better.",
    steady="The prior knows what can be known of the next code; now the samples are at their best.",
)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.inner(x)
        return out


@register("vqvae")
class VQVAE(GenerativeModel):
    """Vector-quantised autoencoder (van den Oord, Vinyals and Kavukcuoglu, 2017, arXiv:1711.00937).

    Stage 1 learns the tokenizer: the encoder gives each 4 x 4 cell a vector, which is rounded to
    the nearest codeword, and the decoder draws the digit from the codewords. Stage 2 leaves it as
    it is and learns the density of the grids of codes, one code after the other.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        """Settings of the VQ-VAE."""

        steps: int = param(
            5_000, low=2, high=10_000_000, unit="rounds", group="Length", help="How long to train."
        )
        batch_size: int = param(
            32, low=2, high=4_096, group="Length", help="Digits that a player sees per move."
        )
        codebook_size: int = param(
            64, low=2, high=4_096, unit="codewords", help="How many codewords there are."
        )
        code_dim: int = param(16, low=1, high=256, help="Numbers in a codeword.")
        channels: int = param(
            48, low=4, high=512, unit="channels", help="Width of the tokenizer's convolutions."
        )
        commitment: float = param(
            0.25,
            low=0.0,
            high=10.0,
            live=True,
            help="How strongly the encoder is held to the codewords.",
        )
        prior_width: int = param(
            64,
            low=8,
            high=1_024,
            unit="units",
            help="Width of the transformer that learns the density of the codes; an even number.",
        )
        prior_layers: int = param(2, low=1, high=12, help="Blocks of this transformer.")
        temperature: float = param(
            0.9,
            low=0.05,
            high=2.0,
            live=True,
            help="Below 1, samples are more regular and less varied.",
        )
        learning_rate: float = param(
            2e-3,
            low=0.0,
            high=1.0,
            live=True,
            log=True,
            label="Learning rate, tokenizer",
            help="Step size of Adam in the first stage.",
        )
        learning_rate_prior: float = param(
            6e-3,
            low=0.0,
            high=1.0,
            live=True,
            log=True,
            label="Learning rate, prior",
            help="Step size of Adam in the second stage.",
        )

    config: Config

    card: ClassVar[ModelCard] = ModelCard(
        title="VQ-VAE",
        family="Autoencoders",
        year=2017,
        sentence=(
            "Learns an alphabet of stroke pieces, writes each digit as a grid of its letters, "
            "and then learns which letters follow each other."
        ),
        objective=(
            "1: min  −log p(x|e) + β ‖z − sg[e]‖², e = nearest codeword;  "
            "2: max  Σ log p(c_t | c_1 … c_t−1)"
        ),
        strengths=(
            "Sharp copies: a digit is pieced together from learned strokes.",
            "The codes are discrete, as words are, and a language model writes them.",
        ),
        weaknesses=(
            "Needs two trainings, one after the other.",
            "Has no smooth map: between two codewords the picture jumps.",
        ),
        references=(
            (
                "van den Oord, Vinyals and Kavukcuoglu, Neural Discrete Representation Learning",
                "https://arxiv.org/abs/1711.00937",
            ),
        ),
    )
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Writes a grid of codes, one after the other, by the prior, and decodes it.",
        "encode": "Takes the encoder's vectors before they are rounded to codewords.",
        "decode": "Rounds each vector to the nearest codeword and decodes the grid.",
        "inpaint": (
            "Keeps the codes that the hole does not touch and lets the prior write the others, "
            "by many particles of which those survive that fit the known codes and pixels."
        ),
    }
    latent_geometry = "free"

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        if shape.height % _CELL or shape.width % _CELL:
            raise ValueError(
                f"VQ-VAE needs images whose sides are multiples of {_CELL} pixels, "
                f"not {shape.width} x {shape.height}"
            )
        if config.prior_width % 2:
            raise ValueError(f"prior_width must be an even number, not {config.prior_width}")
        self.grid = (shape.height // _CELL, shape.width // _CELL)
        wide, thin, dim = config.channels, max(config.channels // 3, 4), config.code_dim
        self.encoder = nn.Sequential(
            nn.Conv2d(shape.channels, thin, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(thin, wide, 4, stride=2, padding=1),
            _Residual(wide),
            nn.ReLU(),
            nn.Conv2d(wide, dim, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(dim, wide, 3, padding=1),
            _Residual(wide),
            nn.ReLU(),
            nn.ConvTranspose2d(wide, thin, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(thin, shape.channels, 4, stride=2, padding=1),
        )
        self.codebook = Codebook(config.codebook_size, dim)
        self.prior = RasterPrior(
            config.codebook_size, self.grid, config.prior_width, config.prior_layers
        )

    # Mathematics

    def vectors(self, images: Tensor) -> Tensor:
        """The encoder's vectors before rounding: (N, C, H, W) to (N, h, w, D)."""
        out: Tensor = self.encoder(images)
        return out.permute(0, 2, 3, 1)

    def logits(self, words: Tensor) -> Tensor:
        """The Bernoulli logits of the copy: (N, h, w, D) to (N, C, H, W)."""
        out: Tensor = self.decoder(words.permute(0, 3, 1, 2))
        return out

    # Training

    def stages(self) -> tuple[Stage, ...]:
        """The tokenizer, then the prior of its codes."""
        tokenizer = Player(
            name="tokenizer",
            title="Tokenizer",
            role="learner",
            modules=(self.encoder, self.decoder),
            loss=self.loss_tokenizer,
            optimizer=adam(),
            guide=_TOKENIZER_GUIDE,
            rate_factor=cosine_decay,
        )
        prior = Player(
            name="prior",
            title="Prior",
            role="learner",
            modules=(self.prior,),
            loss=self.loss_prior,
            optimizer=adam(weight_decay=0.01),
            guide=_PRIOR_GUIDE,
            rate_field="learning_rate_prior",
            clip_norm=1.0,
            rate_factor=cosine_decay,
        )
        return (
            Stage(
                name="tokenizer",
                title="Learning the codes",
                players=(tokenizer,),
                share=0.35,
                preview="reconstructions",
                on_enter=self._start_codebook,
            ),
            Stage(name="prior", title="Learning what follows", players=(prior,), share=0.65),
        )

    @torch.no_grad()
    def _start_codebook(self, batch: Batch) -> None:
        self.codebook.start(self.vectors(batch.images), generator=batch.generator)

    def loss_tokenizer(self, batch: Batch) -> Terms:
        """Cross-entropy of the copy and commitment |z - e|^2, summed over the image; codebook use.

        In training mode, the codebook learns from the batch as well.
        """
        vectors = self.vectors(batch.images)
        words, indices = self.codebook.quantise(vectors)
        reconstruction = bernoulli_nll(self.logits(words), batch.images).mean()
        target = self.codebook.look_up(indices)
        commitment = (vectors - target).square().flatten(1).sum(dim=1).mean()
        if self.training:
            self.codebook.update(vectors.detach(), indices, generator=batch.generator)
        return {
            "total": reconstruction + self.config.commitment * commitment,
            "reconstruction": reconstruction,
            "commitment": commitment,
            "perplexity": self.codebook.perplexity(),
        }

    def loss_prior(self, batch: Batch) -> Terms:
        """Surprise at the next code of a real digit, in nats per code; a guess costs log K."""
        with torch.no_grad():
            codes = self.codes(batch.images).flatten(1)
        logits = self.prior(codes)
        surprise = F.cross_entropy(logits.flatten(0, 1), codes.flatten())
        right = (logits.detach().argmax(dim=2) == codes).float().mean()
        return {"total": surprise, "guessed_right": right}

    # Capabilities

    def latent_dim(self) -> int:
        """h * w * D."""
        return math.prod(self.grid) * self.config.code_dim

    def codebook_size(self) -> int:
        """K."""
        return self.config.codebook_size

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Vectors before rounding, flat: (N, C, H, W) to (N, h * w * D)."""
        return self.vectors(images).flatten(1)

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Rounds the vectors to codewords and decodes: (N, h * w * D) to (N, C, H, W)."""
        vectors = latents.view(-1, *self.grid, self.config.code_dim)
        return self.logits(self.codebook.quantise(vectors)[0]).sigmoid()

    def codes(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to the indices of the nearest codewords, (N, h, w)."""
        return self.codebook.nearest(self.vectors(images))

    def decode_codes(self, codes: Tensor) -> Tensor:
        """(N, h, w) to (N, C, H, W)."""
        return self.logits(self.codebook.look_up(codes)).sigmoid()

    def log_likelihood(
        self, images: Tensor, *, generator: torch.Generator, draws: int = 1
    ) -> Tensor:
        """A bound on log p(x) in nats, (N,): log p(c) + log p(x|c) for the codes c of the image.

        One term of p(x) = sum over c of p(c) p(x|c), which more draws cannot tighten.
        """
        codes = self.codes(images)
        flat = codes.flatten(1)
        surprise = F.cross_entropy(self.prior(flat).transpose(1, 2), flat, reduction="none")
        copies = self.logits(self.codebook.look_up(codes))
        return -surprise.sum(dim=1) - bernoulli_nll(copies, images)

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """Decoded draws from the prior, (count, C, H, W)."""
        codes = self.prior.sample(count, generator=generator, temperature=self.config.temperature)
        return self.decode_codes(codes.view(count, *self.grid))

    @torch.no_grad()
    def inpaint(
        self,
        images: Tensor,
        hole: Tensor,
        *,
        generator: torch.Generator,
        particles: int = 32,
        passes: int = 2,
    ) -> Iterator[SamplerStep]:
        """Fills the hole with codes that the prior writes, given the codes around it.

        The prior writes in raster order and cannot look ahead, so each row is filled by particles,
        weighed by the known codes that come later (`RasterPrior.fill`) and by the known pixels.
        At first the cells next to the hole are free as well, because the encoder has looked into
        it from there; they are encoded again from the first result, and the rest is drawn anew.
        """
        touched = F.max_pool2d(hole.float(), _CELL)
        nearby = F.max_pool2d(touched, 3, stride=1, padding=1)
        filled = torch.where(hole, 0.0, images)
        total, done = passes * len(images), 0
        for i in range(passes):
            free = (touched if i else nearby).bool()[:, 0]
            # A few at a time, so that whoever waits is not kept for long.
            for some in torch.split(torch.arange(len(images)), _ROWS_AT_A_TIME):
                given, gaps = images[some], hole[some]
                codes = self._fill(filled[some], given, gaps, free[some], particles, generator)
                drawn = torch.where(gaps, self.decode_codes(codes), given)
                filled = filled.index_copy(0, some.to(filled.device), drawn)
                done += len(some)
                yield SamplerStep(done / total, filled)

    def _fill(
        self,
        filled: Tensor,
        images: Tensor,
        hole: Tensor,
        free: Tensor,
        particles: int,
        generator: torch.Generator,
    ) -> Tensor:
        codes, weights = self.prior.fill(
            self.codes(filled).flatten(1),
            free.flatten(1),
            particles,
            generator=generator,
            temperature=self.config.temperature,
        )
        grids = codes.view(-1, *self.grid)
        logits = self.logits(self.codebook.look_up(grids))
        seen = images.repeat_interleave(particles, dim=0)
        error = bernoulli_nll(logits, seen, hole.repeat_interleave(particles, dim=0))
        odds = (weights - error.view_as(weights)).softmax(dim=1)
        chosen = torch.multinomial(odds, 1, generator=generator)[:, 0]
        return codes[torch.arange(len(codes), device=codes.device), chosen].view(-1, *self.grid)
