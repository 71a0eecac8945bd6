"""WGAN-GP: the gap and the penalty are the published ones, image by image."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from models import ImageShape
from models.base import Batch
from models.zoo.wgan_gp import WGANGP
from tests.models.checks import digits, labels, play, seeded

SHAPE = ImageShape()
WHAT = ("weight", "bias")


def wgan(**settings: float) -> WGANGP:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return WGANGP(WGANGP.Config.from_values({"width": 32, **settings}), SHAPE)


def batch() -> Batch:
    return Batch(digits(SHAPE), labels(SHAPE), seeded())


def linear_critic(norm: float) -> nn.Sequential:
    critic = nn.Sequential(nn.Flatten(), nn.Linear(SHAPE.pixels, 1, bias=False), nn.Flatten(0))
    with torch.no_grad():
        critic[1].weight.mul_(norm / critic[1].weight.norm())
    return critic


@pytest.mark.parametrize(("norm", "penalty"), [(1.0, 0.0), (3.0, 40.0), (0.5, 2.5)])
def test_the_penalty_holds_the_slope_at_one(norm: float, penalty: float) -> None:
    model = wgan(gradient_penalty=10)
    model.critic = linear_critic(norm)
    terms = model.stages()[0].players[0].loss(batch())
    assert float(terms["slope"]) == pytest.approx(norm, rel=1e-4)
    assert float(terms["penalty"]) == pytest.approx(penalty, rel=1e-3, abs=1e-4)


def test_each_image_has_its_own_slope() -> None:
    model = wgan(gradient_penalty=1)
    count = len(batch().images)
    source = seeded()
    noise = torch.randn(count, model.latent_dim(), generator=source)
    share = torch.rand(count, 1, 1, 1, generator=source)
    real = batch().images * 2 - 1
    between = real + share * (model.generator(noise).detach() - real)
    norms = []
    for image in between:
        image = image[None].requires_grad_()
        (slope,) = torch.autograd.grad(model.critic(image).sum(), image)
        norms.append(slope.norm())
    expected = (torch.stack(norms) - 1).square().mean()
    assert torch.allclose(model.stages()[0].players[0].loss(batch())["penalty"], expected)


def test_a_flat_critic_still_learns() -> None:
    model = wgan()
    nn.init.zeros_(model.critic[-2].weight)
    terms = model.stages()[0].players[0].loss(batch())
    terms["total"].backward()
    assert all(torch.isfinite(p.grad).all() for p in model.critic.parameters())


def test_the_gap_is_the_difference_of_the_critics_means() -> None:
    model = wgan()
    critic, generator = model.stages()[0].players
    noise = torch.randn(len(batch().images), model.latent_dim(), generator=seeded())
    with torch.no_grad():
        written = (model.generator(noise) + 1) / 2
        values = model.score(batch().images).mean(), model.score(written).mean()
    terms = critic.loss(batch())
    assert torch.allclose(terms["gap"], values[0] - values[1], atol=1e-6)
    assert torch.allclose(terms["total"].detach(), terms["penalty"] - terms["gap"])
    assert torch.allclose(generator.loss(batch())["total"].detach(), -values[1], atol=1e-6)


def test_the_critic_opens_a_gap_and_moves_as_often_as_told() -> None:
    model = wgan()
    critic = model.stages()[0].players[0]
    assert critic.shown == "gap"
    assert getattr(model.config, critic.moves_field) == 5
    before = critic.loss(batch())["gap"]
    play(model, critic, 20)
    assert critic.loss(batch())["gap"] > before
    model.set_live("n_critic", 2)
    assert getattr(model.config, critic.moves_field) == 2


POINTS = ImageShape(channels=2, height=1, width=1, classes=8)


@pytest.mark.parametrize(
    "settings",
    [
        {"crowd": "minibatch discrimination"},
        {"crowd": "standard deviation", "network": "convolutional"},
        {"packing": 2, "instance_noise": 0.1},
        {"spectral_norm": True},
        {"replay_size": 20, "optimizer": "rmsprop"},
        {"unrolled": 1, "n_critic": 1},
        {"network": "convolutional", "packing": 2, "unrolled": 1},
    ],
    ids=str,
)
def test_all_cures_can_be_worn(settings: dict[str, object]) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = WGANGP(WGANGP.Config.from_values({"width": 32, **settings}), SHAPE)
    for player in model.stages()[0].players:
        assert all(math.isfinite(total) for total in play(model, player, 2))
    assert torch.isfinite(model.score(digits(SHAPE))).all()


def test_the_names_in_a_dense_state_dict_are_those_of_old_runs() -> None:
    layers = {"generator": (0, 2, 4), "averaged.average": (0, 2, 4), "critic": (1, 3, 5)}
    names = {f"{part}.{i}.{what}" for part, at in layers.items() for i in at for what in WHAT}
    names.remove("critic.5.bias")
    assert set(wgan().state_dict()) == {*names, "averaged.updates"}


def test_a_convolutional_critic_is_small_and_judges_any_image_by_itself() -> None:
    model = WGANGP(WGANGP.Config.from_values({"network": "convolutional"}), SHAPE).eval()
    images = digits(SHAPE)
    scores = model.score(images)
    alone = torch.cat([model.score(image[None]) for image in images])
    assert torch.allclose(scores, alone, atol=1e-5)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in model.critic.modules())


def test_points_of_a_plane_will_do_for_dense_networks_only() -> None:
    batch = Batch(torch.rand(8, 2, 1, 1, generator=seeded()), torch.arange(8), seeded())
    for player in WGANGP(WGANGP.Config(), POINTS).stages()[0].players:
        assert torch.isfinite(player.loss(batch)["total"])
    with pytest.raises(ValueError, match=r"^[^\n]*dense"):
        WGANGP(WGANGP.Config(network="convolutional"), POINTS)
