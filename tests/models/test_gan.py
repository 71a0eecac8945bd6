"""GAN: its losses are the published ones, and each side moves alone."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from models import ImageShape
from models.adversarial import judge
from models.base import Batch
from models.zoo.gan import GAN
from tests.models.checks import digits, labels, play, seeded

SHAPE = ImageShape()


def gan(**settings: float) -> GAN:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return GAN(GAN.Config.from_values({"width": 32, **settings}), SHAPE)


def batch(seed: int = 0) -> Batch:
    return Batch(digits(SHAPE), labels(SHAPE), seeded(seed))


def test_a_discriminator_that_knows_nothing_stands_at_the_equilibrium() -> None:
    model = gan()
    for parameter in model.discriminator.parameters():
        nn.init.zeros_(parameter)
    on_both, on_written = (p.loss(batch()) for p in model.stages()[0].players)
    for value in (on_both["total"], on_both["real"], on_both["fake"], on_written["total"]):
        assert float(value.detach()) == pytest.approx(math.log(2))
    for value in (on_both["d_real"], on_both["d_fake"], on_written["d_fake"]):
        assert float(value) == pytest.approx(0.5)
    for player in model.stages()[0].players:
        assert player.guide.equilibrium == pytest.approx(math.log(2), abs=1e-4)


def test_losses_are_the_published_ones() -> None:
    model = gan(gradient_penalty=0)
    discriminator, generator = model.stages()[0].players
    noise = torch.randn(len(batch().images), model.latent_dim(), generator=seeded())
    with torch.no_grad():
        real = torch.sigmoid(model.discriminator(batch().images * 2 - 1))
        fake = torch.sigmoid(model.discriminator(model.generator(noise)))
    on_both, on_written = discriminator.loss(batch()), generator.loss(batch())
    assert torch.allclose(on_both["total"], -(real.log() + (1 - fake).log()).mean() / 2)
    assert torch.allclose(on_written["total"], -fake.log().mean())
    assert torch.allclose(on_both["d_real"], real.mean())
    assert torch.allclose(on_both["d_fake"], fake.mean())
    assert "penalty" not in on_both


def test_the_penalty_is_half_the_squared_slope_at_real_digits() -> None:
    model = gan(gradient_penalty=0.3)
    model.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(SHAPE.pixels, 1), nn.Flatten(0))
    weights = model.discriminator[1].weight.detach()
    terms = model.stages()[0].players[0].loss(batch())
    assert torch.allclose(terms["penalty"], 0.3 / 2 * weights.square().sum())
    without = (terms["real"] + terms["fake"]) / 2
    assert torch.allclose(terms["total"].detach(), without + terms["penalty"])


def test_the_loss_stays_finite_when_one_side_has_won() -> None:
    model = gan()
    with torch.no_grad():
        model.discriminator[-2].bias.fill_(1e4)
    for player in model.stages()[0].players:
        assert torch.isfinite(player.loss(batch())["total"])


def test_the_generator_learns_from_the_judge_without_teaching_it() -> None:
    model = gan()
    noise = torch.randn(4, model.latent_dim(), generator=seeded())
    gradients = []
    for opinion in (model.discriminator, lambda images: judge(model.discriminator, images)):
        model.zero_grad()
        F.softplus(-opinion(model.generator(noise))).mean().backward()
        gradients.append([p.grad.clone() for p in model.generator.parameters()])
    assert all(map(torch.equal, *gradients))
    assert all(p.grad is None for p in model.discriminator.parameters())


def test_samples_come_from_the_average_of_the_generator() -> None:
    plain, averaged = gan(ema_decay=0), gan(ema_decay=0.99)
    for model in (plain, averaged):
        play(model, model.stages()[0].players[1], 3)
        noise = torch.randn(2, model.latent_dim(), generator=seeded())
        with torch.no_grad():
            now = (model.generator(noise) + 1) / 2
            assert torch.allclose(model.sample(2, generator=seeded()), now) == (model is plain)
            assert torch.equal(model.sample(2, generator=seeded()), model.decode(noise))


def test_the_map_can_be_differentiated() -> None:
    latents = torch.zeros(2, 64, requires_grad=True)
    gan().decode(latents).sum().backward()
    assert latents.grad is not None
    assert latents.grad.any()
