"""Where a training stands when its budget is not what it was."""

from __future__ import annotations

import torch

import models
from models import ImageShape
from studio.data.resident import ResidentData
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.position import Position
from studio.engine.progress import Progress


def test_a_stage_of_a_run_that_was_made_longer_has_not_begun_before_its_begin(
    data: ResidentData,
) -> None:
    settings = models.spec("vqvae").config.from_values(
        {"steps": 1_000, "channels": 8, "prior_width": 16}
    )
    config = TrainConfig(model="vqvae", settings=settings)
    model = build("vqvae", settings, ImageShape(), seed=0, device=torch.device("cpu"))
    # In the second stage, at a step that now is one of the first.
    position = Position(model, data, config, Progress(step=15, stage=1))
    assert position.played() == 0.0
    position.step = 999
    assert 0.9 < position.played() < 1.0
