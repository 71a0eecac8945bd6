"""Models with maps, for the tests of the atlas and of who asks it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import models
from models import GenerativeModel, ImageShape, ModelCard
from models.base import Stage
from models.config import ModelConfig
from studio.data.dataset import Dataset
from studio.engine.atlas import Atlas
from studio.engine.build import build
from studio.engine.explorer import Explorer
from studio.engine.references import References
from studio.engine.witness import Witness
from studio.library import load_model

SHIPPED = Path(__file__).parents[2] / "resources" / "models" / "vae_pen.safetensors"
SMALL = {
    "vae": {"hidden": 8, "latent_dim": 5},
    "cvae": {"hidden": 8, "latent_dim": 4},
    "gan": {"width": 16, "latent_dim": 6},
    "cgan": {"channels": 8},
    "dcgan": {"channels": 8},
    "ddpm": {"channels": 8, "depth": 1, "sampling_steps": 2, "decoding_steps": 2},
    "vqvae": {"channels": 4, "codebook_size": 8, "prior_width": 8},
}


class Known(References):
    """References that are there already."""

    def __init__(self, digits: Dataset) -> None:
        super().__init__()
        self._digits = digits

    def test(self, data: str) -> Dataset:
        return self._digits

    def training(self, data: str) -> Dataset:
        return replace(self._digits, split="train")


def an_atlas(model: GenerativeModel, digits: Dataset) -> Atlas:
    return Atlas(Witness(Explorer(model), digits.name, Known(digits), version=3))


def fresh(name: str, **values: object) -> GenerativeModel:
    """An untrained model of a kind, small."""
    settings = models.spec(name).config.from_values({**SMALL.get(name, {}), **values})
    return build(name, settings, ImageShape(), seed=0, device=torch.device("cpu"))


def shipped() -> GenerativeModel:
    """The VAE that comes with the program."""
    return load_model(SHIPPED).model


def corners(images: np.ndarray) -> tuple[bytes, ...]:
    return tuple(image.tobytes() for image in images)


class Linear(GenerativeModel):
    """x = B z + 1/2 and z = pinv(B) (x - 1/2): everything about it is known."""

    card = ModelCard("Linear", "Tests", 1901, "", "", (), (), ())
    latent_geometry = "gaussian"

    def __init__(self, matrix: Tensor) -> None:
        super().__init__(ModelConfig(), ImageShape())
        self.matrix = nn.Parameter(matrix)

    def stages(self) -> tuple[Stage, ...]:
        return ()

    def latent_dim(self) -> int:
        return self.matrix.shape[1]

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return (latents @ self.matrix.T + 0.5).view(-1, 1, 28, 28)

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return (images.flatten(1) - 0.5) @ torch.linalg.pinv(self.matrix).T


class Cloudy(Linear):
    """The same with a cloud of known variances around each code."""

    VARIANCES = (0.04, 0.25, 0.01)

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        mean = self.encode(images)
        return mean, torch.tensor(self.VARIANCES).log().expand_as(mean)


class Sampler(GenerativeModel):
    """Samples and can do nothing else."""

    card = ModelCard("Sampler", "Tests", 1901, "", "", (), (), ())
    latent_geometry = "free"

    def __init__(self) -> None:
        super().__init__(ModelConfig(), ImageShape())
        self.nothing = nn.Parameter(torch.zeros(1))

    def stages(self) -> tuple[Stage, ...]:
        return ()

    def sample(
        self, count: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        return torch.rand(count, 1, 28, 28, generator=generator)
