"""Unrolled steps: virtual, differentiable, and of the length that Adam would take."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from models.adversarial.unrolled import unrolled_parameters
from tests.models.checks import seeded

Loss = Callable[[Mapping[str, Tensor]], Tensor]


def networks() -> tuple[nn.Sequential, nn.Sequential]:
    """A generator and a discriminator of points in the plane, in double precision."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 2))
        discriminator = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))
    return generator.double(), discriminator.double()


def loss_on(discriminator: nn.Module, real: Tensor, fake: Tensor) -> Loss:
    def loss(weights: Mapping[str, Tensor]) -> Tensor:
        on_real = functional_call(discriminator, dict(weights), (real,))
        on_fake = functional_call(discriminator, dict(weights), (fake,))
        return F.softplus(-on_real).mean() + F.softplus(on_fake).mean()

    return loss


def points(seed: int) -> Tensor:
    return torch.randn(16, 2, generator=seeded(seed), dtype=torch.float64)


def generators_loss(
    generator: nn.Module, discriminator: nn.Module, steps: int, beta1: float = 0.5
) -> Tensor:
    fake = generator(points(1))
    loss_of = loss_on(discriminator, points(2), fake)
    weights = unrolled_parameters(discriminator, loss_of, 0.05, beta1, steps)
    return F.softplus(-functional_call(discriminator, weights, (fake,))).mean()


def test_no_step_is_the_discriminator_as_it_is() -> None:
    generator, discriminator = networks()

    def never(weights: Mapping[str, Tensor]) -> Tensor:
        raise AssertionError

    weights = unrolled_parameters(discriminator, never, 0.1, 0.5, 0)
    own = dict(discriminator.named_parameters())
    assert weights.keys() == own.keys()
    assert all(torch.equal(weights[name], own[name]) for name in own)
    assert not any(weight.requires_grad for weight in weights.values())
    fake = generator(points(1))
    plain = F.softplus(-discriminator(fake)).mean()
    assert torch.equal(generators_loss(generator, discriminator, 0), plain)


@pytest.mark.parametrize(("steps", "beta1"), [(1, 0.0), (1, 0.5), (3, 0.5), (3, 0.9)])
def test_gradients_agree_with_finite_differences(steps: int, beta1: float) -> None:
    generator, discriminator = networks()
    weight = generator[0].weight
    generators_loss(generator, discriminator, steps, beta1).backward()
    analytic = weight.grad.clone()
    numeric = torch.zeros_like(weight)
    for place in range(weight.numel()):
        values = []
        for shift in (1e-5, -1e-5):
            with torch.no_grad():
                weight.view(-1)[place] += shift
            values.append(float(generators_loss(generator, discriminator, steps, beta1).detach()))
            with torch.no_grad():
                weight.view(-1)[place] -= shift
        numeric.view(-1)[place] = (values[0] - values[1]) / 2e-5
    assert torch.allclose(analytic, numeric, rtol=1e-4, atol=1e-7)


def test_the_generator_sees_the_answer_coming() -> None:
    """Its gradient has a part that flows through the steps: holding them still changes it."""
    generator, discriminator = networks()
    fake = generator(points(1))
    weights = unrolled_parameters(
        discriminator, loss_on(discriminator, points(2), fake), 0.05, 0.5, 1
    )
    held = {name: weight.detach() for name, weight in weights.items()}
    gradients = [
        torch.autograd.grad(
            F.softplus(-functional_call(discriminator, w, (fake,))).mean(),
            generator[0].weight,
            retain_graph=True,
        )[0]
        for w in (weights, held)
    ]
    assert float((gradients[0] - gradients[1]).norm()) > 0.01 * float(gradients[1].norm())


def test_steps_lower_the_discriminators_loss() -> None:
    generator, discriminator = networks()
    loss_of = loss_on(discriminator, points(2), generator(points(1)).detach())
    losses = [
        float(loss_of(unrolled_parameters(discriminator, loss_of, 0.02, 0.5, steps)).detach())
        for steps in (0, 1, 5, 20)
    ]
    assert losses == sorted(losses, reverse=True)


def test_a_step_is_as_long_as_the_learning_rate_says() -> None:
    generator, discriminator = networks()
    loss_of = loss_on(discriminator, points(2), generator(points(1)))
    own = dict(discriminator.named_parameters())
    for beta1 in (0.0, 0.9):
        weights = unrolled_parameters(discriminator, loss_of, 0.02, beta1, 1)
        for name, weight in weights.items():
            length = float((weight - own[name]).square().mean().sqrt().detach())
            assert length == pytest.approx(0.02, rel=0.02)


def test_plain_steps_are_those_of_gradient_descent() -> None:
    generator, discriminator = networks()
    loss_of = loss_on(discriminator, points(2), generator(points(1)).detach())
    weights = unrolled_parameters(discriminator, loss_of, 0.1, 0.0, 4, scaled=False)
    optimizer = torch.optim.SGD(discriminator.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        loss_of(dict(discriminator.named_parameters())).backward()
        optimizer.step()
    for name, weight in discriminator.named_parameters():
        assert torch.allclose(weights[name], weight, rtol=1e-12)


def test_a_discriminator_that_has_won_takes_small_steps() -> None:
    generator, discriminator = networks()

    def won(weights: Mapping[str, Tensor]) -> Tensor:
        return 1e-9 * loss_on(discriminator, points(2), generator(points(1)))(weights)

    own = dict(discriminator.named_parameters())
    weights = unrolled_parameters(discriminator, won, 0.02, 0.5, 2)
    for name, weight in weights.items():
        assert float((weight - own[name]).abs().max().detach()) < 1e-5


def test_the_discriminator_itself_stays_as_it_is() -> None:
    generator, discriminator = networks()
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    generators_loss(generator, discriminator, 3).backward()
    assert all(
        torch.equal(value, before[name]) for name, value in discriminator.state_dict().items()
    )
    assert all(p.grad is None for p in discriminator.parameters())
    assert all(p.requires_grad for p in discriminator.parameters())
