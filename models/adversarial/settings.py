"""The settings of the adversarial wing: what the two players do, and the cures they can wear.

Two halves, so that a model whose players are called differently can have the cures alone. In a form
the settings of the last base come first: `class Config(AdversarialConfig, OwnSettings)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.adversarial.losses import KINDS
from models.config import ModelConfig, param

OPTIMIZERS = ("adam", "rmsprop", "sgd")
CROWDS = ("none", "minibatch discrimination", "standard deviation")


@dataclass(frozen=True, kw_only=True)
class Rivals(ModelConfig):
    """Two players and the loss of their game."""

    latent_dim: int = param(
        64,
        low=1,
        high=512,
        label="Latent size",
        help="Numbers that the generator turns into a digit.",
    )
    learning_rate_d: float = param(
        1e-3,
        low=0.0,
        high=1.0,
        live=True,
        log=True,
        label="Learning rate, discriminator",
        group="Game",
        help="Step size of the discriminator; too small and it misses that digits are gone.",
    )
    learning_rate_g: float = param(
        1e-3,
        low=0.0,
        high=1.0,
        live=True,
        log=True,
        label="Learning rate, generator",
        group="Game",
        help="Step size of the generator; above the discriminator's, it may outrun it.",
    )
    moves_d: int = param(
        1,
        low=1,
        high=100,
        live=True,
        unit="moves",
        label="Discriminator's moves",
        group="Game",
        help="How often the discriminator moves per round.",
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
    loss: str = param(
        KINDS[0],
        choices=KINDS,
        group="Game",
        help="What the players are paid for: cross-entropy is the original GAN, least squares and "
        "hinge are later ones.",
    )
    saturating: bool = param(
        False,
        live=True,
        label="Saturating loss",
        group="Game",
        help="The generator minimises log(1 - D) as in the original game, so it learns nothing "
        "from a discriminator that is sure; for cross-entropy only.",
    )
    gradient_penalty: float = param(
        0.0,
        low=0.0,
        high=100.0,
        live=True,
        group="Cures",
        help="Keeps the discriminator flat around real digits (R1); 0 is the original GAN.",
    )
    label_smoothing: float = param(
        0.0,
        low=0.0,
        high=0.5,
        live=True,
        group="Cures",
        help="Asks the discriminator for a little less than certainty about real digits alone: for "
        "0.9 instead of 1 if this is 0.1.",
    )

    def __post_init__(self) -> None:
        if self.saturating and self.loss != "cross-entropy":
            raise ValueError(
                f"saturating works with the cross-entropy loss only, not with {self.loss}: "
                "turn it off or choose cross-entropy"
            )


@dataclass(frozen=True, kw_only=True)
class Cures(ModelConfig):
    """Optimizers, and what has been proposed against collapse, imbalance and cycling."""

    optimizer: str = param(
        OPTIMIZERS[0],
        choices=OPTIMIZERS,
        group="Game",
        help="How a player's steps follow from its gradients; RMSprop and SGD are without "
        "momentum here.",
    )
    beta1: float = param(
        0.5,
        low=0.0,
        high=0.99,
        live=True,
        label="Adam beta 1",
        group="Game",
        help="Momentum of both optimizers if they are Adam's; at 0.9 the discriminator "
        "overshoots and wins.",
    )
    instance_noise: float = param(
        0.0,
        low=0.0,
        high=2.0,
        live=True,
        group="Cures",
        help="Noise on every image that the discriminator sees while training, as a standard "
        "deviation where black is -1 and white 1.",
    )
    spectral_norm: bool = param(
        False,
        label="Spectral norm",
        group="Cures",
        help="Divides each weight matrix of the discriminator by its greatest stretch, so that it "
        "cannot become steep.",
    )
    crowd: str = param(
        CROWDS[0],
        choices=CROWDS,
        label="Crowd features",
        group="Cures",
        help="Shows the discriminator how alike the digits of a batch are, so that sameness gives "
        "a generator away.",
    )
    packing: int = param(
        1,
        low=1,
        high=8,
        unit="digits",
        group="Cures",
        help="How many digits of one kind the discriminator judges at a time (PacGAN); 1 is off.",
    )
    replay_size: int = param(
        0,
        low=0,
        high=20_000,  # 31 MB of grey digits, in each checkpoint
        unit="digits",
        label="Replay buffer",
        group="Cures",
        help="Old written digits that are kept to be judged again, against going round in "
        "circles; they are saved with every checkpoint, and 0 is off.",
    )
    replay_share: float = param(
        0.5,
        low=0.0,
        high=1.0,
        live=True,
        label="Share of old digits",
        group="Cures",
        help="Part of the written digits in a batch of the discriminator that comes from the "
        "replay buffer, if there is one.",
    )
    unrolled: int = param(
        0,
        low=0,
        high=10,
        live=True,
        unit="steps",
        label="Unrolled steps",
        group="Cures",
        help="The generator answers the discriminator as it will be after so many steps; each "
        "costs as much as two or three moves.",
    )
    ema_decay: float = param(
        0.99,
        low=0.0,
        high=0.9999,
        live=True,
        label="Averaging",
        group="Cures",
        help="Samples come from a running average of the generator's weights; 0 turns it off.",
    )

    def __post_init__(self) -> None:
        if self.packing > self.batch_size:
            raise ValueError(
                f"packing {self.packing} digits needs at least as many in a batch, and batch_size "
                f"is {self.batch_size}"
            )


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig(Cures, Rivals):
    """All that a GAN of the wing can be told but the size of its networks."""

    def __post_init__(self) -> None:
        Rivals.__post_init__(self)
        Cures.__post_init__(self)
