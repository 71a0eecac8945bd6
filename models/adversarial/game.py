"""The game between a discriminator and a generator, with every cure of the wing.

A zoo file gives the two networks, the card and the defaults. One with another loss overrides
`contest` (the discriminator's) and `answer` (the generator's); one with classes overrides `write`
and `ask`.

B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size,
m = packing, R = rows that are judged: B // m while training (each image in one pack), N in `score`.
Images inside the game are in [-1, 1].
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from models.adversarial import losses
from models.adversarial.crowd import MinibatchDiscrimination, MinibatchStddev, pack, packs
from models.adversarial.judging import judge
from models.adversarial.replay import ReplayBuffer
from models.adversarial.settings import AdversarialConfig, Cures, Rivals
from models.adversarial.unrolled import unrolled_parameters
from models.base import (
    Batch,
    GenerativeModel,
    ImageShape,
    LossGuide,
    Player,
    Stage,
    Terms,
    adam,
)
from models.blocks import EMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.base import OptimizerFactory

__all__ = ["AdversarialConfig", "AdversarialModel", "Cures", "Opinion", "Rivals", "crowd_features"]

Opinion = Callable[[Tensor, Tensor], Tensor]
"""From rows (R, m * C, H, W) and labels (R, m) to logits (R,)."""

_KERNELS, _DIMS = 32, 5
_NORMALISED = (nn.Linear, nn.Conv2d, nn.Embedding)


class AdversarialModel(GenerativeModel):
    """A generator against a discriminator, or a critic.

    Class attributes:
        opponent: The name of the discriminator: as attribute (so in state dicts) and as player.
        rate_field, moves_field: The config fields of the opponent's rate and moves per round.
        beta2: Adam's second momentum.
    """

    opponent: ClassVar[str] = "discriminator"
    rate_field: ClassVar[str] = "learning_rate_d"
    moves_field: ClassVar[str] = "moves_d"
    beta2: ClassVar[float] = 0.999
    ways: ClassVar[Mapping[str, str]] = {
        "sample": "Draws a code from N(0, I) and lets the generator write it in one pass.",
        "decode": "Lets the generator write this code in one pass.",
    }

    def __init__(self, config: Cures, shape: ImageShape) -> None:
        super().__init__(config, shape)
        self.generator = self.make_generator()
        setattr(self, self.opponent, self.make_discriminator(shape.channels * config.packing))
        if config.spectral_norm:
            _normalise(self.judging)
        self.averaged = EMA(self.generator, config.ema_decay)
        self.replay = ReplayBuffer(config.replay_size, shape.chw)

    # What a zoo file gives

    @abc.abstractmethod
    def make_generator(self) -> nn.Module:
        """From codes (N, D) to images (N, C, H, W) in [-1, 1]."""

    @abc.abstractmethod
    def make_discriminator(self, channels: int) -> nn.Module:
        """From rows (R, channels, H, W) to logits (R,).

        Without batch normalisation: real and written images are judged in turn, and its statistics
        would tell them apart. `crowd_features` go before the last layer.
        """

    # What it may override

    def write(self, codes: Tensor, labels: Tensor) -> Tensor:
        """Codes (B, D) and labels (B,) to images (B, C, H, W), by the generator that learns."""
        written: Tensor = self.generator(codes)
        return written

    def ask(self, rows: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        """What the discriminator is called with, from rows and labels (R, m)."""
        return (rows,)

    def contest(self, opinion: Opinion, real: Tensor, written: Tensor, batch: Batch) -> Terms:
        """The discriminator's loss on images (B, C, H, W), where `opinion` is how it judges them.

        The term `game` is the loss without smoothing and penalty, which have levels of their own.
        Also played in the virtual steps of an unrolled game: there the written images hold the
        generator's graph, and the weights behind `opinion` are not the discriminator's own.
        """
        config = self.config
        rows, labels = self.rows(real, batch)
        weight = config.gradient_penalty
        if weight > 0:
            # Copies of its own for each contest: the weights of a later virtual step have come from
            # the same images, and the slope must not run through that.
            rows = rows.detach().requires_grad_()
        on_real, on_written = opinion(rows, labels), opinion(*self.rows(written, batch))
        real_side, fake_side = losses.discriminator_loss(
            config.loss, on_real, on_written, config.label_smoothing
        )
        total = (real_side + fake_side) / 2
        # Without smoothing: what is shown is what the guide's levels speak of.
        sides = losses.discriminator_loss(config.loss, on_real.detach(), on_written.detach())
        terms = {
            "game": (sides[0] + sides[1]) / 2,
            "real": real_side.detach(),
            "fake": fake_side.detach(),
            "d_real": losses.opinion(config.loss, on_real),
            "d_fake": losses.opinion(config.loss, on_written),
        }
        if weight > 0:
            # The sum is differentiated: without crowd features no row's logit depends on another
            # row, and with them the slope is that of the crowd's sum.
            (slope,) = torch.autograd.grad(on_real.sum(), rows, create_graph=True)
            penalty = slope.square().flatten(1).sum(dim=1).mean() / 2
            total = total + weight * penalty
            terms["penalty"] = weight * penalty.detach()
        return {"total": total, **terms}

    def answer(self, logits: Tensor) -> Terms:
        """The generator's loss, from the opinions (R,) of what it wrote."""
        kind, saturating = self.config.loss, self.config.saturating
        total = losses.generator_loss(kind, logits, saturating)
        terms = {"d_fake": losses.opinion(kind, logits)}
        if kind == "cross-entropy":
            # Shown in its place, so that what its value means does not hang on a live switch.
            doubt = losses.generator_loss(kind, logits.detach()) if saturating else total.detach()
            terms = {"doubt": doubt, **terms}
        return {"total": total, **terms}

    def guides(self) -> tuple[LossGuide, LossGuide]:
        """What the discriminator's and the generator's shown losses mean."""
        kind = self.config.loss
        return losses.DISCRIMINATOR_GUIDES[kind], losses.GENERATOR_GUIDES[kind]

    def shown(self) -> tuple[str, str]:
        """Which terms of the discriminator and of the generator are drawn bold."""
        return "game", "doubt" if self.config.loss == "cross-entropy" else "total"

    def after_discriminator(self) -> None:
        """Called after each of the discriminator's steps; no gradients."""

    # The game

    @property
    def judging(self) -> nn.Module:
        """The discriminator or critic."""
        found: nn.Module = getattr(self, self.opponent)
        return found

    def stages(self) -> tuple[Stage, ...]:
        """One stage, two players."""
        guides, shown = self.guides(), self.shown()
        momentum = "beta1" if self.config.optimizer == "adam" else ""
        discriminator = Player(
            name=self.opponent,
            title=self.opponent.capitalize(),
            role="discriminator",
            modules=(self.judging,),
            loss=self._loss_discriminator,
            optimizer=self._optimizer(),
            rate_field=self.rate_field,
            moves_field=self.moves_field,
            momentum_field=momentum,
            shown=shown[0],
            after_move=self.after_discriminator,
            guide=guides[0],
        )
        generator = Player(
            name="generator",
            title="Generator",
            role="generator",
            modules=(self.generator,),
            loss=self._loss_generator,
            optimizer=self._optimizer(),
            rate_field="learning_rate_g",
            moves_field="moves_g",
            momentum_field=momentum,
            shown=shown[1],
            after_move=self._average,
            guide=guides[1],
        )
        return (Stage(name="game", title="Adversarial game", players=(discriminator, generator)),)

    def _loss_discriminator(self, batch: Batch) -> Terms:
        with torch.no_grad():
            codes = self._noise(len(batch.images), batch.generator)
            written = self.write(codes, batch.labels)
            written = self.replay.mix(written, self.config.replay_share, batch.generator)
        return self.contest(self._opinion, batch.images * 2 - 1, written, batch)

    def _loss_generator(self, batch: Batch) -> Terms:
        codes = self._noise(len(batch.images), batch.generator)
        written = self.write(codes, batch.labels)
        weights = self._foreseen(written, batch) if self.config.unrolled else None
        rows, labels = self.rows(written, batch)
        return self.answer(judge(self.judging, *self.ask(rows, labels), weights=weights))

    def _foreseen(self, written: Tensor, batch: Batch) -> Mapping[str, Tensor]:
        """The discriminator's weights as they will be when it has seen these images."""
        real = batch.images * 2 - 1

        def loss_of(weights: Mapping[str, Tensor]) -> Tensor:
            def opinion(rows: Tensor, labels: Tensor) -> Tensor:
                return judge(self.judging, *self.ask(rows, labels), weights=weights)

            return self.contest(opinion, real, written, batch)["total"]

        config = self.config
        return unrolled_parameters(
            self.judging,
            loss_of,
            float(getattr(config, self.rate_field)),
            config.beta1 if config.optimizer == "adam" else 0.0,
            config.unrolled,
            scaled=config.optimizer != "sgd",
        )

    def rows(self, images: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """What the discriminator sees of images (B, C, H, W) while training: noisy, in packs.

        Rows (R, m * C, H, W), and the labels of their images, (R, m).
        """
        sigma, m = self.config.instance_noise, self.config.packing
        if sigma > 0:
            noise = torch.randn(images.shape, generator=batch.generator, device=images.device)
            images = images + sigma * noise
        if m == 1:
            return images, batch.labels[:, None]
        return packs(images, m), packs(batch.labels[:, None, None, None], m).flatten(1)

    def _opinion(self, rows: Tensor, labels: Tensor) -> Tensor:
        logits: Tensor = self.judging(*self.ask(rows, labels))
        return logits

    def _optimizer(self) -> OptimizerFactory:
        kind, beta1 = self.config.optimizer, self.config.beta1
        # Adam's beta1 is set anew before each move: it is live.
        return _WITHOUT_MOMENTUM[kind] if kind != "adam" else adam(beta1=beta1, beta2=self.beta2)

    def _average(self) -> None:
        self.averaged.decay = self.config.ema_decay
        self.averaged.update()

    def _noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(
            count, self.config.latent_dim, generator=generator, device=generator.device
        )

    # What it can do

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
        """(N, C, H, W) to the discriminator's outputs (N,); greater is more real.

        The images are judged as one crowd: with crowd features each beside all others, with packing
        m each with its m - 1 followers (cyclic). So give them company of their own kind: someone
        alone is packed with copies of itself, and judged for that.
        """
        m = self.config.packing
        if labels is None:
            labels = torch.zeros(len(images), dtype=torch.int64, device=images.device)
        seen = pack(labels[:, None, None, None], m).flatten(1)
        return self._opinion(pack(images * 2 - 1, m), seen)


def crowd_features(kind: str, features: int) -> tuple[list[nn.Module], int]:
    """What goes before a discriminator's last layer, and how many features come out of it.

    Arguments:
        kind: The setting `crowd`.
        features: How many there are, as (R, features).
    """
    if kind == "minibatch discrimination":
        return [MinibatchDiscrimination(features, _KERNELS, _DIMS)], features + _KERNELS
    if kind == "standard deviation":
        return [MinibatchStddev()], features + 1
    assert kind == "none", kind
    return [], features


def _normalise(judging: nn.Module) -> None:
    """Spectral normalisation (Miyato et al., 2018, arXiv:1802.05957) of all layers.

    But for the projection of minibatch discrimination: it measures distances, and at unit stretch
    all would be near 0.
    """
    spared = {
        id(part)
        for crowd in judging.modules()
        if isinstance(crowd, MinibatchDiscrimination)
        for part in crowd.modules()
    }
    for part in list(judging.modules()):
        if isinstance(part, _NORMALISED) and id(part) not in spared:
            parametrizations.spectral_norm(part)


def _rmsprop(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, lr=rate)


def _sgd(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=rate)


_WITHOUT_MOMENTUM: dict[str, OptimizerFactory] = {"rmsprop": _rmsprop, "sgd": _sgd}
