"""Wasserstein games (Arjovsky et al., 2017, arXiv:1701.07875): a critic instead of a detective.

The critic gives values instead of probabilities, and the gap between its means on real and on
written images is, if no slope of it is steeper than 1, a lower bound of how far the two lie apart
(the earth mover's distance). How its slope is held is left to the models.

B = batch, C, H, W = channels, height, width, R = rows that are judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from torch import nn

from models.adversarial.game import AdversarialModel, Cures, Opinion, crowd_features
from models.adversarial.networks import (
    convolutional_generator,
    convolutional_trunk,
    dense_generator,
    dense_trunk,
)
from models.base import LossGuide
from models.config import ModelConfig, param

if TYPE_CHECKING:
    from torch import Tensor

    from models.base import Batch, Terms

NETWORKS = ("dense", "convolutional")
# Hidden units of a dense network per channel of a convolutional one that is as wide.
_UNITS_PER_CHANNEL = 16


@dataclass(frozen=True, kw_only=True)
class CriticSettings(ModelConfig):
    """Two players who are paid by the critic's values."""

    steps: int = param(
        4_000, low=1, high=10_000_000, unit="rounds", group="Length", help="How long to train."
    )
    batch_size: int = param(
        64, low=2, high=4_096, group="Length", help="Digits that a player sees per move."
    )
    latent_dim: int = param(
        64,
        low=1,
        high=512,
        label="Latent size",
        help="Numbers that the generator turns into a digit.",
    )
    network: str = param(
        NETWORKS[0],
        choices=NETWORKS,
        help="Dense networks are fast; convolutional ones write cleaner strokes per round and need "
        "several times as long for it; they like learning rates of 0.001.",
    )
    width: int = param(
        256,
        low=16,
        high=2_048,
        unit="units",
        help="Units of the narrow hidden layers; the wide ones have twice as many, convolutional "
        "ones a sixteenth as many channels.",
    )
    n_critic: int = param(
        5,
        low=1,
        high=100,
        live=True,
        unit="moves",
        label="Critic's moves per round",
        group="Game",
        help="The critic must be ahead: its measure is only as good as the critic.",
    )
    moves_g: int = param(
        1,
        low=1,
        high=100,
        live=True,
        unit="moves",
        label="Generator's moves",
        group="Game",
        help="How often the generator moves per round.",
    )
    learning_rate_critic: float = param(
        5e-4,
        low=0.0,
        high=1.0,
        live=True,
        log=True,
        label="Learning rate, critic",
        group="Game",
        help="Step size of the critic.",
    )
    learning_rate_g: float = param(
        5e-4,
        low=0.0,
        high=1.0,
        live=True,
        log=True,
        label="Learning rate, generator",
        group="Game",
        help="Step size of the generator.",
    )


@dataclass(frozen=True, kw_only=True)
class CriticConfig(Cures, CriticSettings):
    """All that a model with a critic can be told but how its slope is held."""


class CriticModel(AdversarialModel):
    """A generator against a critic."""

    opponent: ClassVar[str] = "critic"
    rate_field: ClassVar[str] = "learning_rate_critic"
    moves_field: ClassVar[str] = "n_critic"

    def make_generator(self) -> nn.Module:
        """Dense, or convolutional with batch normalisation."""
        config = self.config
        if config.network == "dense":
            return dense_generator(config.latent_dim, config.width, self.shape)
        return convolutional_generator(config.latent_dim, self._channels(), self.shape)

    def make_discriminator(self, channels: int) -> nn.Module:
        """No batch normalisation: the slope is each image's own. And no bias at the end: the loss,
        a difference of two values, could never move it."""
        config, shape = self.config, self.shape
        if config.network == "dense":
            trunk, features = dense_trunk(channels * shape.height * shape.width, config.width)
        else:
            trunk, features = convolutional_trunk(channels, self._channels(), shape)
        crowd, features = crowd_features(config.crowd, features)
        return nn.Sequential(*trunk, *crowd, nn.Linear(features, 1, bias=False), nn.Flatten(0))

    def _channels(self) -> int:
        return max(int(self.config.width) // _UNITS_PER_CHANNEL, 1)

    def contest(self, opinion: Opinion, real: Tensor, written: Tensor, batch: Batch) -> Terms:
        """Minus the gap between the critic's means on real and on written images."""
        return gap_terms(opinion(*self.rows(real, batch)), opinion(*self.rows(written, batch)))

    def answer(self, logits: Tensor) -> Terms:
        """Minus the critic's mean value of what the generator wrote."""
        return {"total": -logits.mean(), "d_fake": logits.detach().mean()}

    def shown(self) -> tuple[str, str]:
        """The gap; and the generator's loss."""
        return "gap", "total"

    def guides(self) -> tuple[LossGuide, LossGuide]:
        """Neither has a level to be at."""
        critic = LossGuide(
            rising="Rising: the critic finds new differences faster than they are mended.",
            falling="Falling: written digits come closer to real ones.",
            steady="Steady: an estimate of the distance (Wasserstein) between written and "
            "real digits; it has no target but falls towards 0 as the generator improves.",
        )
        generator = LossGuide(
            rising="Rising means little: the critic may have shifted its whole scale.",
            falling="Falling means little: the critic may have shifted its whole scale.",
            steady="Minus the critic's mean value of its digits: the zero of that scale is "
            "arbitrary, so watch the critic's gap instead.",
        )
        return critic, generator


def gap_terms(on_real: Tensor, on_written: Tensor) -> dict[str, Tensor]:
    """A critic's loss, minus the gap, from its values (R,) of real and of written rows."""
    gap = on_real.mean() - on_written.mean()
    return {
        "total": -gap,
        "gap": gap.detach(),
        "d_real": on_real.detach().mean(),
        "d_fake": on_written.detach().mean(),
    }
