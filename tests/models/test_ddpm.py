"""Diffusion: the target, its weight and the ways to and from noise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from models import ImageShape
from models.base import Batch
from models.zoo.ddpm import DDPM
from tests.models.checks import digits, labels, seeded

SHAPE = ImageShape()


def ddpm(**settings: float) -> DDPM:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return DDPM(DDPM.Config.from_values({"channels": 8, **settings}), SHAPE).eval()


class Knows(nn.Module):
    """The perfect network for data that are one image."""

    def __init__(self, model: DDPM, image: Tensor) -> None:
        super().__init__()
        self.schedule = model.schedule
        self.clean = image * 2 - 1

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = (a[:, None, None, None] for a in self.schedule(t))
        return (alpha * x_t - self.clean) / sigma.clamp_min(1e-6)


def test_a_network_that_knows_has_no_loss_and_finds_the_image() -> None:
    model, image = ddpm(), digits(SHAPE, 1)
    model.network = model.averaged.average = Knows(model, image)
    batch = Batch(image.expand(8, -1, -1, -1), labels(SHAPE), seeded())
    terms = model.stages()[0].players[0].loss(batch)
    assert float(terms["total"]) < 1e-6
    assert float(terms["image"]) < 1e-6
    assert torch.allclose(model.sample(2, generator=seeded()), image, atol=1e-4)
    x_t = torch.randn(3, *SHAPE.chw, generator=seeded())
    assert torch.allclose(model.denoise(x_t, torch.tensor([0.3, 0.6, 1.0])), image, atol=1e-4)


def test_an_untrained_network_pays_for_the_whole_velocity() -> None:
    """Its output is zero, so that the loss is the weighted square of what it should have said."""
    model = ddpm()
    images = torch.full((512, *SHAPE.chw), 0.5)
    terms = model.stages()[0].players[0].loss(Batch(images, labels(SHAPE, 512), seeded()))
    t = torch.linspace(0, 1, 4_001)[1:-1]
    alpha, _ = model.schedule(t)
    snr = model.schedule.log_snr(t).exp()
    # Grey is 0 inside: the velocity is alpha * noise, of mean square alpha^2.
    expected = (snr.clamp(max=5) / (snr + 1) * alpha**2).mean()
    assert float(terms["total"].detach()) == pytest.approx(float(expected), rel=0.02)


def test_times_are_spread_over_the_whole_range() -> None:
    times = ddpm()._spread_times(16, seeded())
    assert ((times >= 0) & (times < 1)).all()
    assert len((times * 16).long().unique()) == 16
    assert not torch.equal(times, ddpm()._spread_times(16, seeded(1)))


def test_what_is_encoded_is_decoded_again() -> None:
    model, images = ddpm(), digits(SHAPE)
    latents = model.encode(images)
    assert latents.shape == (len(images), model.latent_dim()) == (8, 784)
    assert (model.reconstruct(images) - images).abs().mean() < 0.03
    assert torch.equal(model.encode(images), latents)


def test_the_path_ends_where_the_sample_is() -> None:
    model = ddpm(sampling_steps=5)
    path = list(model.trajectory(2, generator=seeded()))
    assert len(path) == 5
    assert torch.equal(path[-1].images, model.sample(2, generator=seeded()))
    assert len(list(model.trajectory(2, generator=seeded(), steps=3))) == 3
    model.set_live("sampling_steps", 7)
    assert len(list(model.trajectory(2, generator=seeded()))) == 7


def test_who_watches_the_path_keeps_his_gradients() -> None:
    for _ in ddpm().trajectory(1, generator=seeded(), steps=2):
        assert torch.is_grad_enabled()


def test_the_map_can_be_differentiated() -> None:
    model = ddpm(decoding_steps=2)
    latents = torch.randn(1, 784, generator=seeded(), requires_grad=True)
    model.decode(latents).sum().backward()
    assert latents.grad is not None
    assert latents.grad.any()


@pytest.mark.parametrize("side", [26, 27, 30])
def test_sizes_that_cannot_be_halved_twice_are_refused(side: int) -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        DDPM(DDPM.Config(), ImageShape(height=side))


def test_odd_numbers_of_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 8"):
        ddpm(channels=20)


def test_noise_is_added_as_training_adds_it() -> None:
    model, images = ddpm(), digits(SHAPE, 3)
    noise = torch.randn(images.shape, generator=seeded())
    t = torch.tensor([0.0, 0.4, 1.0])
    x_t = model.noised(images, t, noise)
    assert torch.allclose(x_t[0], images[0] * 2 - 1, atol=1e-6)
    assert torch.allclose(x_t[2], noise[2], atol=1e-6)
    alpha, sigma = model.schedule(t[1])
    assert torch.allclose(x_t[1], alpha * (images[1] * 2 - 1) + sigma * noise[1])


def test_refining_walks_the_share_of_the_way_that_was_noised() -> None:
    model = ddpm(sampling_steps=10)
    image = digits(SHAPE, 1)
    model.averaged.average = Knows(model, image)
    others = digits(SHAPE, 3)
    for strength, steps in ((0.04, 1), (0.5, 5), (1.0, 10)):
        path = list(model.refine(others, strength, generator=seeded()))
        assert [step.fraction for step in path] == [(i + 1) / steps for i in range(steps)]
        assert torch.allclose(path[-1].images, image.expand(3, -1, -1, -1), atol=1e-4)
    first, again = (
        list(ddpm().refine(others, 0.3, generator=seeded(5)))[-1].images for _ in range(2)
    )
    assert torch.equal(first, again)


def test_refining_begins_at_the_time_of_the_noise() -> None:
    model, images = ddpm(), digits(SHAPE, 3)
    model.averaged.average = Knows(model, images[:1])
    state = next(iter(model.refine(images, 0.3, generator=seeded()))).state
    assert state is not None
    noisy = model.noised(
        images, torch.full((3,), 0.3), torch.randn(images.shape, generator=seeded())
    )
    # One step down from there, by the rule of DDIM.
    s, t = 0.3 - 0.3 / 6, 0.3
    (alpha_s, sigma_s), (alpha_t, sigma_t) = (model.schedule(torch.tensor(x)) for x in (s, t))
    clean = images[:1] * 2 - 1
    expected = alpha_s * clean + sigma_s * (noisy - alpha_t * clean) / sigma_t
    assert torch.allclose(state, expected, atol=1e-4)
