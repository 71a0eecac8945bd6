"""Every model of the zoo, small, and what is asked about it, without a data set on disk."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

import models
from models import GenerativeModel, ImageShape, means
from studio.data import pen
from studio.engine.build import build
from studio.engine.explorer import Explorer
from studio.engine.images import to_tensor
from studio.engine.seeding import generator
from studio.library.opening import load_model

CPU = torch.device("cpu")
PEN_VAE = Path(__file__).parents[2] / "resources" / "models" / "vae_pen.safetensors"


@dataclass
class Digits:
    images: np.ndarray
    labels: np.ndarray


@cache
def pen_digits() -> Digits:
    """300 digits, none of which the shipped models have seen."""
    data = pen.generate(300, 5, split="test")
    return Digits(data.images, data.labels)


def small(name: str, classes: int = 10) -> GenerativeModel:
    """A model of the zoo with a quarter of its width, untrained."""
    spec = models.spec(name)
    sizes = {
        f.name: max(f.metadata["low"], f.default // 4)
        for f in dataclasses.fields(spec.config)
        if type(f.default) is int and f.default >= 16 and f.name not in ("steps", "latent_dim")
    }
    try:
        settings = spec.config.from_values(sizes)
        return build(name, settings, ImageShape(classes=classes), seed=0, device=CPU)
    except ValueError:
        return build(name, spec.config(), ImageShape(classes=classes), seed=0, device=CPU)


def shipped() -> GenerativeModel:
    """The VAE that comes with the program."""
    return load_model(PEN_VAE).model


class Witness:
    """As much of a witness as is needed."""

    def __init__(self, model: GenerativeModel) -> None:
        self.explorer = Explorer(model)
        self.model = self.explorer.model
        self._count = 300 if self.explorer.encodes_fast else 60

    def test(self) -> Digits:
        return pen_digits()

    def codes(self) -> torch.Tensor:
        images = to_tensor(self.test().images[: self._count])
        with torch.no_grad():
            *_, last = means.encode(self.model, images, generator=generator(CPU, 0, "encode"))
        assert last.state is not None
        return last.state

    def labels(self) -> np.ndarray:
        return self.test().labels[: self._count]
