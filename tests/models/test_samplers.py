"""Samplers: identities on toys whose perfect denoiser is known."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from models import samplers
from models.schedules import Cosine, Linear

if TYPE_CHECKING:
    from models.base import SamplerStep

SHAPE = (3, 1, 4, 5)
SPREAD = 0.3


def noise(seed: int = 0) -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def to_a_point(x_t: Tensor, t: Tensor) -> Tensor:
    """The data are one single image."""
    return torch.linspace(-1, 1, 20, dtype=x_t.dtype).reshape(1, 1, 4, 5).expand_as(x_t)


def to_a_gaussian(x_t: Tensor, t: Tensor) -> Tensor:
    """The data are N(0, SPREAD^2): the posterior mean of x_0 given x_t."""
    alpha, sigma = Cosine()(t[:, None, None, None])
    return alpha * SPREAD**2 / (alpha**2 * SPREAD**2 + sigma**2) * x_t


def last(path: object) -> SamplerStep:
    *_, step = path  # type: ignore[misc]
    return step


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("schedule", [Cosine(), Linear()])
def test_ddim_finds_the_only_image(schedule: Cosine | Linear, eta: float) -> None:
    path = list(samplers.ddim(to_a_point, noise(), schedule, 7, eta=eta, generator=generator()))
    assert [step.fraction for step in path] == pytest.approx([i / 7 for i in range(1, 8)])
    expected = to_a_point(noise(), torch.zeros(3))
    assert torch.allclose(path[-1].images, (expected + 1) / 2, atol=1e-12)
    assert path[-1].state is not None
    assert torch.allclose(path[-1].state, expected, atol=1e-12)


def test_ddim_scales_the_noise_of_a_gaussian_to_its_spread() -> None:
    step = last(samplers.ddim(to_a_gaussian, noise(), Cosine(), 1_000))
    assert step.state is not None
    # The exact flow takes x_1 to SPREAD * x_1; Euler's error falls as 1 / steps.
    assert torch.allclose(step.state, SPREAD * noise(), rtol=0.01)


def test_ancestral_steps_are_the_posterior_of_ddpm() -> None:
    """Equations 6 and 7 of DDPM, with its discrete alphas and betas, noise for noise."""
    schedule, steps, x = Cosine(), 20, noise()
    path = samplers.ddim(to_a_gaussian, x, schedule, steps, eta=1.0, generator=generator())
    drawn = generator()
    times = torch.linspace(1, 0, steps + 1)
    for step, (t, s) in zip(path, pairwise(times), strict=True):
        bar_t, bar_s = schedule(t)[0] ** 2, schedule(s)[0] ** 2
        beta = 1 - bar_t / bar_s
        clean = to_a_gaussian(x, t.expand(3))
        mean = (
            bar_s.sqrt() * beta / (1 - bar_t) * clean
            + (1 - beta).sqrt() * (1 - bar_s) / (1 - bar_t) * x
        )
        deviation = ((1 - bar_s) / (1 - bar_t) * beta).sqrt()
        fresh = torch.randn(SHAPE, generator=drawn, dtype=torch.float64)
        x = mean + deviation * fresh
        assert step.state is not None
        assert torch.allclose(step.state, x, atol=1e-5)


def test_noise_on_the_way_comes_from_the_generator_alone() -> None:
    before = torch.get_rng_state()

    def run(seed: int) -> Tensor:
        path = samplers.ddim(
            to_a_gaussian, noise(), Cosine(), 5, eta=1.0, generator=generator(seed)
        )
        return last(path).images

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("start", [0.0, 0.05])
def test_inverted_images_come_back(start: float) -> None:
    images = SPREAD * noise(5)
    inverted = last(
        samplers.ddim_invert(to_a_gaussian, images, Cosine(), 12, start=start, corrections=30)
    )
    assert inverted.state is not None
    assert inverted.fraction == 1
    # The same grid as the inversion's, walked the other way.
    x, times = inverted.state, torch.linspace(start, 1, 13).flip(0)
    for t, s in pairwise(times):
        alpha_t, sigma_t = Cosine()(t)
        alpha_s, sigma_s = Cosine()(s)
        clean = to_a_gaussian(x, t.expand(3))
        x = alpha_s * clean + sigma_s * (x - alpha_t * clean) / sigma_t
    assert torch.allclose(x, images, atol=1e-6)


def test_corrections_bring_the_inverse_closer() -> None:
    images = SPREAD * noise(5)

    def error(corrections: int) -> float:
        inverted = last(
            samplers.ddim_invert(to_a_gaussian, images, Cosine(), 10, corrections=corrections)
        )
        assert inverted.state is not None
        back = last(samplers.ddim(to_a_gaussian, inverted.state, Cosine(), 10))
        assert back.state is not None
        return float((back.state - images).abs().mean())

    assert error(30) < 1e-6 < error(1) < error(0)


HOLE = torch.zeros(3, 1, 4, 5, dtype=torch.bool)
HOLE[:, :, 1:3, 2:4] = True


def test_repaint_keeps_known_pixels_to_the_bit() -> None:
    images = torch.rand(SHAPE, generator=generator())
    path = samplers.repaint(to_a_point, images, HOLE, Cosine(), 10, generator=generator())
    for step in path:
        assert torch.equal(step.images[~HOLE], images[~HOLE])
    expected = (to_a_point(images, torch.zeros(3)) + 1) / 2
    assert torch.allclose(step.images[HOLE], expected[HOLE], atol=1e-6)


def test_repaint_never_reads_the_hole() -> None:
    images = torch.rand(SHAPE, generator=generator())
    poisoned = images.masked_fill(HOLE, float("nan"))
    results = [
        last(samplers.repaint(to_a_gaussian, given, HOLE, Cosine(), 10, generator=generator()))
        for given in (images, poisoned)
    ]
    assert torch.equal(results[0].images, results[1].images)


@pytest.mark.parametrize(
    ("steps", "jump", "visits"), [(10, 5, 4), (7, 3, 2), (4, 10, 3), (5, 1, 1)]
)
def test_repaint_tells_how_far_it_is(steps: int, jump: int, visits: int) -> None:
    path = samplers.repaint(
        to_a_gaussian,
        torch.rand(SHAPE),
        HOLE,
        Cosine(),
        steps,
        generator=generator(),
        jump=jump,
        visits=visits,
    )
    fractions = [step.fraction for step in path]
    assert fractions[-1] == 1
    assert all(a < b for a, b in pairwise([0.0, *fractions]))
    stretches = -(-steps // jump)
    assert len(fractions) == steps + (stretches - 1) * (visits - 1) * jump


def test_resampling_walks_every_stretch_as_often_as_told() -> None:
    path = samplers._resampling_path(steps=4, jump=2, visits=3)
    assert path == [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 3, 4]
