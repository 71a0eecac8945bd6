"""WGAN: the critic stays on its leash, which bounds its slope; and it does not saturate."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from models import ImageShape
from models.base import Batch
from models.zoo.wgan import WGAN
from tests.models.checks import digits, labels, play, seeded

SHAPE = ImageShape()
POINTS = ImageShape(channels=2, height=1, width=1, classes=8)


def wgan(shape: ImageShape = SHAPE, **settings: object) -> WGAN:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return WGAN(WGAN.Config.from_values({"width": 32, **settings}), shape)


def batch(seed: int = 0) -> Batch:
    return Batch(digits(SHAPE), labels(SHAPE), seeded(seed))


def greatest_weight(model: WGAN) -> float:
    return max(float(weight.detach().abs().max()) for weight in model.critic.parameters())


@pytest.mark.parametrize("network", ["dense", "convolutional"])
def test_no_weight_is_greater_than_the_clip_from_the_beginning(network: str) -> None:
    model = wgan(network=network, clip=0.01)
    clip = torch.tensor(0.01).item()
    assert greatest_weight(model) == clip
    play(model, model.stages()[0].players[0], 5)
    assert greatest_weight(model) == clip
    model.set_live("clip", 0.004)
    play(model, model.stages()[0].players[0], 1)
    assert greatest_weight(model) == torch.tensor(0.004).item()


def test_the_generator_is_not_clipped() -> None:
    model = wgan()
    play(model, model.stages()[0].players[1], 3)
    assert max(float(w.detach().abs().max()) for w in model.generator.parameters()) > 0.1


@pytest.mark.parametrize("clip", [0.01, 0.05])
def test_the_slope_of_a_clipped_critic_is_bounded(clip: float) -> None:
    model = wgan(clip=clip)
    play(model, model.stages()[0].players[0], 10)
    bound = 1.0
    for layer in model.critic:
        if isinstance(layer, nn.Linear):
            bound *= clip * math.sqrt(layer.in_features * layer.out_features)
    images = (torch.rand(32, *SHAPE.chw, generator=seeded()) * 2 - 1).requires_grad_()
    (slopes,) = torch.autograd.grad(model.critic(images).sum(), images)
    assert 0 < float(slopes.flatten(1).norm(dim=1).max()) <= bound
    moved = images.detach() + 0.1 * torch.randn(images.shape, generator=seeded(1))
    rise = (model.critic(moved) - model.critic(images)).detach().abs()
    assert (rise <= bound * (moved - images.detach()).flatten(1).norm(dim=1)).all()


def test_the_losses_are_the_published_ones() -> None:
    model = wgan()
    critic, generator = model.stages()[0].players
    noise = torch.randn(len(batch().images), model.latent_dim(), generator=seeded())
    with torch.no_grad():
        written = (model.generator(noise) + 1) / 2
        real, fake = model.score(batch().images).mean(), model.score(written).mean()
    terms = critic.loss(batch())
    assert torch.allclose(terms["total"].detach(), fake - real, atol=1e-6)
    assert torch.allclose(terms["gap"], real - fake, atol=1e-6)
    assert torch.allclose(terms["d_real"], real, atol=1e-6)
    assert torch.allclose(terms["d_fake"], fake, atol=1e-6)
    assert torch.allclose(generator.loss(batch())["total"].detach(), -fake, atol=1e-6)
    assert critic.shown == "gap"


def test_a_critic_that_has_won_still_teaches() -> None:
    """Shifting and widening the scale leaves the generator's gradient alone, or makes it larger."""
    model = wgan()
    generator = model.stages()[0].players[1]

    def gradient() -> float:
        model.zero_grad()
        generator.loss(batch())["total"].backward()
        return float(model.generator[0].weight.grad.norm())

    before = gradient()
    with torch.no_grad():
        model.critic[-2].weight.mul_(1000)
    assert gradient() == pytest.approx(1000 * before, rel=1e-3)


def test_the_optimizer_has_no_momentum_unless_asked_for() -> None:
    for player in wgan().stages()[0].players:
        optimizer = player.optimizer(player.parameters(), 1e-3)
        assert isinstance(optimizer, torch.optim.RMSprop)
        assert optimizer.param_groups[0]["momentum"] == 0
        assert player.momentum_field == ""
    assert wgan(optimizer="adam").stages()[0].players[0].momentum_field == "beta1"


@pytest.mark.parametrize(
    "settings",
    [{"spectral_norm": True}, {"crowd": "minibatch discrimination"}, {"unrolled": 2}],
    ids=str,
)
def test_cures_that_do_not_fit_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^[^\n.]{20,150}$"):
        WGAN.Config.from_values(settings)


def test_what_does_not_fit_cannot_come_in_live_either() -> None:
    model = wgan()
    with pytest.raises(ValueError, match="unrolled"):
        model.set_live("unrolled", 1)
    assert model.config.unrolled == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"crowd": "standard deviation"},
        {"packing": 2},
        {"replay_size": 20},
        {"instance_noise": 0.1},
        {"network": "convolutional", "packing": 3, "crowd": "standard deviation"},
    ],
    ids=str,
)
def test_the_other_cures_can_be_worn(settings: dict[str, object]) -> None:
    model = wgan(**settings)
    for player in model.stages()[0].players:
        assert all(math.isfinite(total) for total in play(model, player, 3))
    assert model.score(digits(SHAPE)).shape == (len(digits(SHAPE)),)


def test_points_of_a_plane_will_do_for_dense_networks_only() -> None:
    points = torch.rand(8, 2, 1, 1, generator=seeded())
    model = wgan(POINTS)
    for player in model.stages()[0].players:
        total = player.loss(Batch(points, torch.arange(8), seeded()))["total"]
        assert torch.isfinite(total)
    assert model.sample(3, generator=seeded()).shape == (3, 2, 1, 1)
    with pytest.raises(ValueError, match=r"^[^\n]*dense"):
        wgan(POINTS, network="convolutional")


def test_the_gap_of_a_clipped_critic_grows_with_the_distance() -> None:
    gaps = []
    for distance in (0.1, 0.2, 0.4):
        model = wgan(POINTS, clip=0.1)
        critic = model.stages()[0].players[0]
        optimizer = critic.optimizer(critic.parameters(), 0.01)
        here, there = torch.zeros(16, 2, 1, 1), torch.full((16, 2, 1, 1), distance)
        for _ in range(40):
            optimizer.zero_grad()
            gap = model.critic(there).mean() - model.critic(here).mean()
            (-gap).backward()
            optimizer.step()
            model.after_discriminator()
        gaps.append(float(gap.detach()))
    assert 0 < gaps[0] < gaps[1] < gaps[2]
