"""Builds a model for a run, the same on every device."""

from __future__ import annotations

import torch

import models
from models import GenerativeModel, ImageShape, ModelConfig
from studio.engine.seeding import mix


def build(
    name: str, settings: ModelConfig, shape: ImageShape, *, seed: int, device: torch.device
) -> GenerativeModel:
    """The model `name` with first weights that depend on the seed alone.

    The weights are drawn on the CPU, so that a GPU run begins where a CPU run begins, and the
    global random state is left as it was.

    Raises:
        ValueError: there is no such model, or its settings or the shape do not fit it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix(seed, "weights"))
        model = models.create(name, settings, shape)
    return model.to(device)
