"""No switch of the wing does nothing: each live setting, changed, makes another game."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import models
from models import ImageShape
from models.adversarial.game import AdversarialModel
from studio.data.dataset import Dataset
from studio.data.resident import ResidentData
from studio.engine.build import build
from studio.engine.referee import Referee
from tests.models.checks import digits

if TYPE_CHECKING:
    from torch import Tensor

WING = [n for n in models.available() if issubclass(models.spec(n).cls, AdversarialModel)]
CPU, SHAPE = torch.device("cpu"), ImageShape()
SMALL = {"batch_size": 4, "latent_dim": 4, "width": 16, "channels": 4}
CHANGED: dict[str, object] = {
    "learning_rate_d": 0.01,
    "learning_rate_g": 0.01,
    "learning_rate_critic": 0.01,
    "moves_d": 2,
    "moves_g": 2,
    "n_critic": 2,
    "beta1": 0.3,
    "saturating": True,
    "gradient_penalty": 1.5,
    "label_smoothing": 0.2,
    "instance_noise": 0.3,
    "replay_share": 1.0,
    "unrolled": 1,
    "ema_decay": 0.05,
    "clip": 0.005,
    "wrong_names": 1.0,
}
NEVER = {("cgan", "replay_share"), ("wgan", "unrolled")}
"""Refused by these models, or of no use to them as replay is refused."""


def settings(name: str, setting: str) -> dict[str, object]:
    """Where a setting counts, according to its help."""
    known = {field.name for field in dataclasses.fields(models.spec(name).config)}
    given: dict[str, object] = {key: value for key, value in SMALL.items() if key in known}
    if setting == "replay_share":
        given["replay_size"] = 8
    if setting == "beta1":
        given["optimizer"] = "adam"
    return given


def after(name: str, setting: str, *, changed: bool, **more: object) -> dict[str, Tensor]:
    """The weights after three rounds, with a live setting that was changed after the first."""
    chosen = {**settings(name, setting), **more}
    config = models.spec(name).config.from_values(chosen)
    model = build(name, config, SHAPE, seed=0, device=CPU).train()
    images = (digits(SHAPE, 40)[:, 0].numpy() * 255).astype(np.uint8)
    kinds = np.arange(40, dtype=np.int64) % 10
    data = ResidentData(Dataset("bars", "train", images, kinds, None, (), None), CPU)
    referee = Referee(model, model.stages()[0], data, 0, 0)
    for turn in range(3):
        if turn == 1 and changed:
            model.set_live(setting, CHANGED[setting])
        referee.play_round(0.0)
    return model.state_dict()


def differ(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return any(not torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        (name, field.name)
        for name in WING
        for field in dataclasses.fields(models.spec(name).config)
        if field.metadata["live"] and (name, field.name) not in NEVER
    ],
)
def test_every_live_setting_counts(name: str, setting: str) -> None:
    assert differ(after(name, setting, changed=True), after(name, setting, changed=False))


@pytest.mark.parametrize("kind", ["least squares", "hinge"])
def test_label_smoothing_counts_with_every_loss(kind: str) -> None:
    weights = [after("gan", "label_smoothing", changed=on, loss=kind) for on in (True, False)]
    assert differ(*weights)
