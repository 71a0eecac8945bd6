"""A model with everything that makes going on hard: a replay buffer, random augmentation, running
statistics, an average of the weights, three kinds of optimizers, and two stages of which the second
begins with a look at the data."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import models
from models import GenerativeModel, ImageShape, ModelConfig, param
from models.base import Batch, LossGuide, OptimizerFactory, Player, Stage, Terms, adam
from models.blocks import EMA
from tests.engine.rehearsal import ROUNDS, Make

KEPT = 24
CODE = 6


class Apprentice(GenerativeModel):
    """Copies digits, those of now and those that it remembers, and is judged for it."""

    card = models.spec("gan").card

    @dataclass(frozen=True, kw_only=True)
    class Config(ModelConfig):
        batch_size: int = param(8, low=2, high=64, help="Digits.")
        learning_rate: float = param(0.01, low=0.0, high=1.0, live=True, help="Step size.")
        judge_rate: float = param(0.001, low=0.0, high=1.0, live=True, help="Step size.")
        moves: int = param(2, low=1, high=9, live=True, help="Moves of the judge.")
        memory: float = param(0.5, low=0.0, high=9.0, live=True, help="Weight of what was.")

    config: Config
    entered = 0  # how often a stage was, in this process

    def __init__(self, config: Config, shape: ImageShape) -> None:
        super().__init__(config, shape)
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(shape.pixels, CODE), nn.BatchNorm1d(CODE, momentum=0.2)
        )
        self.decoder = nn.Sequential(nn.Linear(CODE, shape.pixels), nn.Sigmoid())
        self.judge = nn.Linear(shape.pixels, 1)
        self.averaged = EMA(self.decoder, 0.9)
        self.register_buffer("replay", torch.zeros(KEPT, shape.pixels))
        self.register_buffer("place", torch.zeros((), dtype=torch.int64))
        self.register_buffer("mean", torch.zeros(shape.pixels))

    def stages(self) -> tuple[Stage, ...]:
        learner = self._player("learner", (self.encoder, self.decoder), self._learn, adam())
        judge = self._player("judge", (self.judge,), self._judge, _rmsprop)
        polisher = self._player("polisher", (self.decoder,), self._polish, _sgd)
        return (
            Stage(name="learn", title="Learn", players=(learner, judge), share=0.6),
            Stage(
                name="polish", title="Polish", players=(polisher,), share=0.4, on_enter=self._look
            ),
        )

    def _player(
        self, name: str, modules: tuple[nn.Module, ...], loss: object, optimizer: OptimizerFactory
    ) -> Player:
        return Player(
            name=name,
            title=name,
            role="learner",
            modules=modules,
            loss=loss,  # type: ignore[arg-type]
            optimizer=optimizer,
            guide=LossGuide(rising="", falling="", steady=""),
            rate_field="judge_rate" if name == "judge" else "learning_rate",
            moves_field="moves" if name == "judge" else "",
            after_move=None if name == "judge" else self.averaged.update,
            rate_factor=lambda progress: 1 - 0.5 * progress,
            clip_norm=1.0 if name == "learner" else None,
        )

    def _look(self, batch: Batch) -> None:
        self.entered += 1
        self.mean.copy_(batch.images.flatten(1).mean(dim=0))

    def _augmented(self, batch: Batch) -> Tensor:
        assert self.training, "somebody looked on and left it in eval mode"
        shift = int(torch.randint(-2, 3, (), generator=batch.generator))
        noise = torch.rand(batch.images.shape, generator=batch.generator)
        return (batch.images.roll(shift, dims=3) + 0.1 * noise).flatten(1)

    def _learn(self, batch: Batch) -> Terms:
        images = self._augmented(batch)
        chosen = torch.randint(KEPT, (len(images),), generator=batch.generator)
        copies = self.decoder(self.encoder(images))
        old = F.mse_loss(copies, self.replay[chosen])
        with torch.no_grad():
            places = (self.place + torch.arange(len(images))) % KEPT
            self.replay[places] = images
            self.place.add_(len(images)).remainder_(KEPT)
        new = F.mse_loss(copies, images)
        return {"total": new + self.config.memory * old - 0.01 * self.judge(copies).mean()}

    def _judge(self, batch: Batch) -> Terms:
        with torch.no_grad():
            copies = self.decoder(self.encoder(self._augmented(batch)))
        opinion = self.judge(copies) - self.judge(batch.images.flatten(1))
        return {"total": F.softplus(opinion).mean()}

    def _polish(self, batch: Batch) -> Terms:
        images = batch.images.flatten(1)
        copies = self.decoder(self.encoder(images).detach())
        middle = (self.mean + self.replay.mean(dim=0)).expand_as(copies)
        return {"total": F.mse_loss(copies, images) + F.mse_loss(copies, middle)}

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        assert not self.training
        drawn = self.averaged(torch.randn(count, CODE, generator=generator))
        # Through the running statistics, which a look in training mode would move.
        copies: Tensor = self.averaged(self.encoder(drawn))
        return copies.view(count, *self.shape.chw)


def _rmsprop(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, lr=rate, momentum=0.5, centered=True)


def _sgd(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=rate, momentum=0.9)


def an_apprentice() -> tuple[ModelConfig, Make]:
    def make(settings: ModelConfig, seed: int) -> GenerativeModel:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return Apprentice(settings, ImageShape())  # type: ignore[arg-type]

    return Apprentice.Config(steps=ROUNDS), make
