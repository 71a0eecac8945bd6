"""The dense autoencoder: its density follows its codes, its settings do what they say."""

from __future__ import annotations

import torch

from models import ImageShape
from models.base import Batch
from models.zoo.dense_ae import DenseAE

SHAPE = ImageShape(1, 6, 6, 3)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(seed: int = 3) -> Batch:
    images = torch.rand(32, *SHAPE.chw, generator=seeded(seed))
    return Batch(images, torch.zeros(32, dtype=torch.int64), seeded())


def small() -> DenseAE:
    torch.manual_seed(0)
    return DenseAE(DenseAE.Config(latent_dim=3, wide=24, narrow=12), SHAPE)


def test_samples_come_from_where_the_codes_are() -> None:
    model = small().train()
    model.loss(batch())
    codes = model.encode(batch().images)
    torch.testing.assert_close(model.density.mean, codes.mean(dim=0))
    torch.testing.assert_close(model.density.covariance, torch.cov(codes.T, correction=0))


def test_a_preview_does_not_move_the_density() -> None:
    model = small().eval()
    model.loss(batch())
    assert model.density.updates == 0


def test_the_code_penalty_is_live_and_weighs_the_codes() -> None:
    model = small()
    model.set_live("code_penalty", 0.0)
    free = model.loss(batch())
    model.set_live("code_penalty", 2.0)
    held = model.loss(batch())
    assert free["total"] == free["reconstruction"]
    torch.testing.assert_close(held["total"] - free["total"], 2 * free["code_size"])
    size = 0.5 * model.encode(batch().images).square().sum(dim=1).mean()
    torch.testing.assert_close(free["code_size"], size)


def test_the_networks_mirror_each_other() -> None:
    model = small()
    there = [p.shape for p in model.encoder.parameters() if p.dim() == 2]
    back = [p.shape for p in model.decoder.parameters() if p.dim() == 2]
    assert there == [shape[::-1] for shape in map(tuple, reversed(back))]
    assert there == [(24, 36), (12, 24), (3, 12)]
