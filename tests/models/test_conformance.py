"""All models keep the contract; and the checks of the contract catch those that do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from models import available, spec
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
from models.config import ModelConfig, param
from tests.models import checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALL = pytest.mark.parametrize("name", available())
SHAPES = pytest.mark.parametrize("shape", [checks.HOME, checks.COLOUR], ids=["28x28x1", "32x32x3"])


@ALL
@pytest.mark.parametrize(
    "check",
    [
        checks.check_config,
        checks.check_live_settings,
        checks.check_card,
        checks.check_ways,
        checks.check_stages,
        checks.check_gradients,
        checks.check_learning,
        checks.check_saving,
    ],
    ids=lambda check: check.__name__,
)
def test_model(name: str, check: Callable[[checks.MODEL], None]) -> None:
    check(spec(name).cls)


@ALL
@SHAPES
@pytest.mark.parametrize(
    "check",
    [checks.check_losses, checks.check_sampling, checks.check_capabilities],
    ids=lambda check: check.__name__,
)
def test_model_on_images_of(
    name: str, shape: ImageShape, check: Callable[[checks.MODEL, ImageShape], None]
) -> None:
    check(spec(name).cls, shape)


class Toy(GenerativeModel):
    """The smallest model that keeps the contract; `fault` makes a subclass break one rule of it."""

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        learning_rate: float = param(0.01, low=0.0, high=1.0, live=True, help="Step size.")

    card = ModelCard(
        title="Toy",
        family="Toys",
        year=2000,
        sentence="Learns the mean image.",
        objective="min ‖x − m‖²",
        strengths=("Small.",),
        weaknesses=("Useless.",),
        references=(("Nobody, Nothing", "https://arxiv.org/abs/0000.00000"),),
    )
    ways: ClassVar[dict[str, str]] = {
        "sample": "Adds noise to the mean.",
        "decode": "Adds the code to the mean.",
        "encode": "Subtracts the mean.",
        "inpaint": "Puts the mean into the hole.",
    }
    fault: ClassVar[str] = ""
    config: Config

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        if shape.channels == 3 and self.fault == "refusal":
            raise ValueError("No colours. They are hard. Take grey images.")
        self.mean = nn.Parameter(torch.full(shape.chw, 0.1))
        if self.fault in ("idle parameter", "dead parameter"):
            self.other = nn.Parameter(torch.ones(()))
        self.register_buffer("calls", torch.zeros(()))
        self.hidden = 0.0

    def stages(self) -> tuple[Stage, ...]:
        holder = nn.ParameterList([self.mean])
        if self.fault == "dead parameter":
            holder.append(self.other)
        player = Player(
            name="learner",
            title="Learner",
            role="learner",
            modules=(holder,),
            loss=self._loss,
            optimizer=adam(),
            rate_factor=(lambda progress: progress) if self.fault == "stuck rate" else None,
            guide=LossGuide(
                rising="Bad.",
                falling="Good.",
                steady="" if self.fault == "silent guide" else "Done.",
            ),
        )
        players = (player, player) if self.fault == "shared parameters" else (player,)
        share = 0.5 if self.fault == "half a training" else 1.0
        return (Stage(name="only", title="Only", players=players, share=share),)

    def _loss(self, batch: Batch) -> Terms:
        noise = torch.randn(
            batch.images.shape,
            generator=None if self.fault == "global noise in the loss" else batch.generator,
        )
        if self.fault == "writes into the batch":
            batch.images.mul_(0.5)
        error = (batch.images + 0.01 * noise - self.mean).square()
        if self.fault == "uphill":
            error = 2 * error.detach() - error
        total = error.mean(dim=0) if self.fault == "loss of many numbers" else error.mean()
        name = "Mean error" if self.fault == "odd name" else "error"
        return {
            "total": total,
            name: (error * torch.inf).mean()
            if self.fault == "infinite term"
            else error.mean().detach(),
        }

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        noise = 0.1 * torch.randn(
            (count, *self.shape.chw),
            generator=None if self.fault == "global noise in the sample" else generator,
        )
        if self.fault == "sampling writes buffers":
            self.calls += 1
        if self.fault == "one sample for all seeds":
            noise = noise * 0
        images = self.mean + noise
        if self.fault == "pixels out of range":
            return images * 5
        images = images.clamp(0, 1)
        return images.squeeze(0) if self.fault == "one is none" else images

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        codes = (images - self.mean).flatten(1)
        return codes[:, 1:] if self.fault == "code of another size" else codes

    def latent_dim(self) -> int:
        return self.shape.pixels

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        offset = latents.reshape(-1, *self.shape.chw)
        if self.fault == "decode by chance":
            offset = offset + torch.randn(
                offset.shape, generator=torch.Generator().manual_seed(int(self.hidden))
            )
            self.hidden += 1
        if self.fault == "state outside the state dict":
            offset = offset + self.hidden
            self.hidden = 0.3 if self.training or self.hidden else 0.0
        return (self.mean + offset).clamp(0, 1)

    def train(self, mode: bool = True) -> Toy:
        if self.fault == "state outside the state dict" and not mode and self.training:
            self.hidden = float(self.mean.detach().sum() - 0.1 * self.mean.numel())
        return super().train(mode)

    def inpaint(
        self, images: Tensor, hole: Tensor, *, generator: torch.Generator
    ) -> Iterator[SamplerStep]:
        filled = torch.where(hole, self.mean.detach(), images)
        if self.fault == "peeks under the hole":
            filled = torch.where(hole, images.nan_to_num(0.7), images)
        if self.fault == "computes with the hole":
            filled = images * ~hole + self.mean.detach() * hole
        if self.fault == "touches the known":
            filled = filled * 0.999
        yield SamplerStep(0.5, images.nan_to_num(0.0), None)
        if self.fault != "never ends":
            yield SamplerStep(1.0, filled, None)


def broken(fault: str, **members: Any) -> type[Toy]:
    return type("Broken", (Toy,), {"fault": fault, **members})


@pytest.mark.parametrize("shape", [checks.HOME, checks.COLOUR])
def test_toy_keeps_the_contract(shape: ImageShape) -> None:
    checks.check_config(Toy)
    checks.check_live_settings(Toy)
    checks.check_card(Toy)
    checks.check_ways(Toy)
    checks.check_stages(Toy)
    checks.check_gradients(Toy)
    checks.check_learning(Toy)
    checks.check_saving(Toy)
    checks.check_losses(Toy, shape)
    checks.check_sampling(Toy, shape)
    checks.check_capabilities(Toy, shape)


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (checks.check_stages, "half a training"),
        (checks.check_stages, "shared parameters"),
        (checks.check_stages, "idle parameter"),
        (checks.check_stages, "silent guide"),
        (checks.check_stages, "stuck rate"),
        (checks.check_gradients, "dead parameter"),
        (checks.check_learning, "uphill"),
        (checks.check_losses, "global noise in the loss"),
        (checks.check_losses, "writes into the batch"),
        (checks.check_losses, "loss of many numbers"),
        (checks.check_losses, "odd name"),
        (checks.check_losses, "infinite term"),
        (checks.check_sampling, "global noise in the sample"),
        (checks.check_sampling, "sampling writes buffers"),
        (checks.check_sampling, "one sample for all seeds"),
        (checks.check_sampling, "pixels out of range"),
        (checks.check_sampling, "one is none"),
        (checks.check_saving, "state outside the state dict"),
        (checks.check_capabilities, "code of another size"),
        (checks.check_capabilities, "decode by chance"),
        (checks.check_capabilities, "peeks under the hole"),
        (checks.check_capabilities, "computes with the hole"),
        (checks.check_capabilities, "touches the known"),
        (checks.check_capabilities, "never ends"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_model_is_caught(check: Callable[[checks.MODEL], None], fault: str) -> None:
    with pytest.raises(AssertionError):
        check(broken(fault))


def test_a_refusal_in_many_sentences_is_caught() -> None:
    with pytest.raises(AssertionError, match="one sentence"):
        checks.check_losses(broken("refusal"), checks.COLOUR)


@dataclass(frozen=True, kw_only=True)
class WithoutHelp(Toy.Config):
    depth: int = param(2, low=1, help="")


@dataclass(frozen=True, kw_only=True)
class OutOfItsBounds(Toy.Config):
    depth: int = param(2, low=3, help="How deep.")


@pytest.mark.parametrize("config", [WithoutHelp, OutOfItsBounds])
def test_broken_settings_are_caught(config: type[ModelConfig]) -> None:
    with pytest.raises((AssertionError, ValueError)):
        checks.check_config(broken("settings", Config=config))


def test_ways_that_do_not_fit_are_caught() -> None:
    for ways in ({"sample": "Somehow."}, {**Toy.ways, "fly": "By wings."}):
        with pytest.raises(AssertionError, match="ways"):
            checks.check_ways(broken("ways", ways=ways))
