"""The contract that every model signs: a game, its players, its stages.

A model is a **game played in rounds by one or more players**: an autoencoder has one, a GAN two.
A player owns parameters, a loss and an optimizer, and moves so many times per round; a stage is a
span of the training with its own players (VQ-VAE: tokenizer, then prior).

Shapes: B = batch, N = any number of images, C, H, W = channels, height, width, D = latent size,
K = number of classes. Images at this boundary are float32 in [0, 1]; models may scale them inside.
All randomness comes from the `torch.Generator` handed in, never from the global one: so a preview
asked for by the window cannot change a training.

A training can stop at any round and go on in another process, to the last bit the same. For this a
model owes three things: all that it keeps from one move to the next is a parameter or a registered
buffer (an average, a replay buffer, a counter; no Python attribute), live settings are read from
`self.config` when they are used, and all randomness comes from the batch's generator. What an
optimizer remembers is the engine's business. A test plays every registered model this way.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from models.config import ModelConfig, check

Role = Literal["discriminator", "generator", "learner"]
Terms = Mapping[str, Tensor]
"""Named scalar tensors on the device; the one called `total` is minimised, the others are shown."""


@dataclass(frozen=True)
class ImageShape:
    """What the images look like: channels, height and width in pixels, number of classes."""

    channels: int = 1
    height: int = 28
    width: int = 28
    classes: int = 10

    @property
    def pixels(self) -> int:
        """Numbers per image, C * H * W."""
        return self.channels * self.height * self.width

    @property
    def chw(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        return self.channels, self.height, self.width


@dataclass(frozen=True)
class ModelCard:
    """What the picker tells of a model before anyone has built it."""

    title: str
    family: str
    year: int
    sentence: str  # one sentence for a beginner
    objective: str  # the formula, as text
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    references: tuple[tuple[str, str], ...]  # (authors and title, https://arxiv.org/abs/...)


@dataclass(frozen=True)
class LossGuide:
    """What the value of a loss means, in words that hold for this model.

    `near`, `above` and `below` speak of the position relative to `equilibrium` (None where the
    loss has no meaningful level, as a WGAN generator's); `rising`, `falling` and `steady` of the
    trend. `tolerance` is how far from the equilibrium still counts as near.
    """

    rising: str
    falling: str
    steady: str
    equilibrium: float | None = None
    tolerance: float = 0.0
    near: str = ""
    above: str = ""
    below: str = ""


@dataclass(frozen=True)
class Batch:
    """What a player sees in one move.

    Attributes:
        images: (B, C, H, W) float32 in [0, 1].
        labels: (B,) int64 in [0, K).
        generator: The only source of randomness of this move, on the images' device; seeded anew
            for each move, so its state need not be kept.
        progress: Share of the stage that has been played, in [0, 1]; 0 if it is endless.
    """

    images: Tensor
    labels: Tensor
    generator: torch.Generator
    progress: float = 0.0


OptimizerFactory = Callable[[list[nn.Parameter], float], torch.optim.Optimizer]


@dataclass(frozen=True, kw_only=True)
class Player:
    """One side of the game.

    Attributes:
        modules: Whose parameters this player owns and nobody else moves.
        loss: From a batch to named scalars; `total` is minimised.
        optimizer: Builds the optimizer from parameters and learning rate, with one group of
            parameters; any of `torch.optim` whose memory of a parameter is tensors of its shape
            and scalars (Adam, RMSprop, SGD and their kin).
        rate_field: The config field that holds the learning rate, so that the form, the players'
            panel and the command line change one and the same number.
        moves_field: The config field that holds the moves per round, or "" for one move.
        momentum_field: The config field that holds Adam's beta1, where it may change while
            training; "" where the factory fixes it, and for optimizers that are not Adam's kin.
        shown: The term that the window draws bold (`total` for most).
        after_move: Called after each optimizer step (EMA, weight clipping); no gradients.
        clip_norm: Gradient norm above which the gradient is scaled down, or None.
        rate_factor: Multiplies the learning rate, as a function of the stage's progress in [0, 1].
    """

    name: str
    title: str
    role: Role
    modules: tuple[nn.Module, ...]
    loss: Callable[[Batch], Terms]
    optimizer: OptimizerFactory
    guide: LossGuide
    rate_field: str = "learning_rate"
    moves_field: str = ""
    momentum_field: str = ""
    shown: str = "total"
    after_move: Callable[[], None] | None = None
    clip_norm: float | None = None
    rate_factor: Callable[[float], float] | None = None

    def parameters(self) -> list[nn.Parameter]:
        """The parameters that this player may move, each once."""
        seen = {id(p): p for m in self.modules for p in m.parameters() if p.requires_grad}
        return list(seen.values())


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A span of the training with its own players.

    Attributes:
        share: Part of the whole budget, in (0, 1]; the shares of a model's stages add up to 1.
        preview: What the fixed-noise grid shows meanwhile: `samples`, or `reconstructions` while
            there is nothing to sample from yet.
        on_enter: Called once with the first batch when the stage begins (first codewords,
            statistics). It is not called again where a run goes on in the middle of the stage, so
            all that it does must stay behind in parameters and buffers.
    """

    name: str
    title: str
    players: tuple[Player, ...]
    share: float = 1.0
    preview: Literal["samples", "reconstructions"] = "samples"
    on_enter: Callable[[Batch], None] | None = None


@dataclass(frozen=True)
class SamplerStep:
    """One frozen step of a sampler or an optimisation over images.

    Attributes:
        fraction: Done so far, in (0, 1]; 1 is the result.
        images: (N, C, H, W) in [0, 1], the best guess of the result at this point.
        state: What the sampler carries (x_t of a diffusion, z of an inversion), or None.
    """

    fraction: float
    images: Tensor
    state: Tensor | None = None


class GenerativeModel(nn.Module, abc.ABC):
    """Base of all models. Concrete classes are final and live in `models/zoo/`, one per file.

    Class attributes:
        card: What the picker shows.
        ways: By capability (`sample`, `encode`, `decode`, `inpaint`), one sentence that says by
            what means this model does it; the window shows it next to the result.
        latent_geometry: `gaussian` where N(0, I) is the prior of `decode`'s latents, `free` where
            codes lie wherever the encoder put them, `sphere` where only the shell |z| = sqrt(D)
            is inhabited (a diffusion's noise).
    """

    Config: ClassVar[type[ModelConfig]] = ModelConfig
    card: ClassVar[ModelCard]
    ways: ClassVar[Mapping[str, str]] = {}
    latent_geometry: ClassVar[Literal["gaussian", "free", "sphere"]] = "gaussian"

    def __init__(self, config: ModelConfig, shape: ImageShape) -> None:
        super().__init__()
        self.config: Any = config  # narrowed to the class's own Config by each model
        self.shape = shape

    @abc.abstractmethod
    def stages(self) -> tuple[Stage, ...]:
        """The training, in order; most models have one stage.

        Asked anew where a run goes on: nothing in it may depend on live settings or on how far
        the training is.
        """

    def set_live(self, name: str, value: object) -> None:
        """Changes a config field that may change while training.

        Raises:
            ValueError: no such field, one that is fixed at the start, or a bad value.
        """
        known = {f.name: f for f in dataclasses.fields(self.config)}
        if name not in known:
            raise ValueError(f"there is no setting {name!r}; known: {', '.join(known)}")
        if not known[name].metadata["live"]:
            raise ValueError(f"{name} cannot change while training; start a new run for it")
        self.config = dataclasses.replace(self.config, **{name: check(known[name], value)})

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device


def adam(beta1: float = 0.9, beta2: float = 0.999, weight_decay: float = 0.0) -> OptimizerFactory:
    """Adam (Kingma and Ba, 2014, arXiv:1412.6980), with decoupled weight decay if any."""

    def build(parameters: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        owned = list(parameters)
        # The fused kernel exists for CPU and CUDA alone; elsewhere torch would refuse it.
        fused = all(p.device.type in ("cpu", "cuda") for p in owned)
        return torch.optim.AdamW(
            owned, lr=rate, betas=(beta1, beta2), weight_decay=weight_decay, fused=fused
        )

    return build
