"""Seeing a crowd: sameness is noticed, order is not, and packs hold what they say."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from models.adversarial.crowd import MinibatchDiscrimination, MinibatchStddev, pack, packs
from tests.models.checks import seeded


def features(count: int, *size: int) -> Tensor:
    return torch.randn(count, *size, generator=seeded())


def discrimination(kernels: int = 4, dims: int = 3) -> MinibatchDiscrimination:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MinibatchDiscrimination(6, kernels, dims)


Make = Callable[[], nn.Module]
LAYERS = pytest.mark.parametrize("make", [discrimination, MinibatchStddev])


def test_closeness_is_the_published_one_taken_pair_by_pair() -> None:
    layer, given = discrimination(), features(5, 6)
    out = layer(given).detach()
    assert out.shape == (5, 10)
    assert torch.equal(out[:, :6], given)
    points = (given @ layer.projection.weight.detach().T).view(5, 4, 3)
    for i in range(5):
        for k in range(4):
            others = [
                math.exp(-float((points[i, k] - points[j, k]).abs().sum()))
                for j in range(5)
                if j != i
            ]
            assert float(out[i, 6 + k]) == pytest.approx(sum(others) / 4, abs=1e-6)


def test_the_same_image_over_and_over_is_as_close_as_can_be() -> None:
    same = features(1, 6).expand(7, 6)
    assert torch.allclose(discrimination()(same)[:, 6:], torch.ones(7, 4))
    assert float(MinibatchStddev()(same)[0, 6]) == pytest.approx(0, abs=1e-6)
    assert not MinibatchStddev()(same.double())[:, 6].any()


@LAYERS
def test_order_does_not_matter(make: Make) -> None:
    layer = make()
    given = features(9, 6)
    order = torch.randperm(9, generator=seeded(1))
    assert torch.allclose(layer(given[order]), layer(given)[order], atol=1e-6)


@LAYERS
def test_a_crowd_is_judged_by_its_mixture_and_not_by_its_size(make: Make) -> None:
    layer = make()
    given = features(64, 6)
    once, thrice = layer(given)[:, 6:], layer(given.repeat(3, 1))[:64, 6:]
    assert torch.allclose(once, thrice, atol=0.02)


@LAYERS
def test_someone_alone_is_close_to_nobody(make: Make) -> None:
    layer = make()
    given = features(1, 6).requires_grad_()
    out = layer(given)
    assert torch.allclose(out[:, 6:], torch.zeros(()), atol=1e-6)
    out.sum().backward()
    assert torch.equal(given.grad, torch.ones(1, 6))


@LAYERS
def test_gradients_are_right_twice(make: Make) -> None:
    """Once for the generator; twice for penalties on the slope."""
    layer = make().double()
    given = features(3, 6).double().requires_grad_()
    assert torch.autograd.gradcheck(layer, given)
    assert torch.autograd.gradgradcheck(layer, given)


def test_gradients_stay_finite_in_a_crowd_of_one_image() -> None:
    for layer in (discrimination(), MinibatchStddev()):
        given = features(1, 6).repeat(5, 1).requires_grad_()
        layer(given).square().sum().backward()
        assert torch.isfinite(given.grad).all()


def test_the_deviation_is_the_mean_over_features_and_places() -> None:
    given = features(8, 3, 5, 4)
    out = MinibatchStddev()(given)
    assert out.shape == (8, 4, 5, 4)
    assert torch.equal(out[:, :3], given)
    expected = float(given.std(dim=0, correction=0).mean())
    assert torch.allclose(out[:, 3], torch.tensor(expected), atol=2e-4)
    assert len(out[:, 3].unique()) == 1


def images(count: int, channels: int = 2) -> Tensor:
    """Every pixel says which image and channel it is of: image + channel / 10."""
    named = torch.arange(count).view(-1, 1) + torch.arange(channels).view(1, -1) / 10
    return named[:, :, None, None].expand(count, channels, 3, 3)


def test_a_row_holds_an_image_and_its_followers() -> None:
    rows = pack(images(5), 3)
    assert rows.shape == (5, 6, 3, 3)
    for i in range(5):
        expected = [(i + j) % 5 + c / 10 for j in range(3) for c in range(2)]
        assert rows[i, :, 0, 0].tolist() == pytest.approx(expected)
    assert torch.equal(pack(images(1), 3)[0, :, 0, 0], images(1)[0, :, 0, 0].repeat(3))


def test_packs_share_no_image() -> None:
    rows = packs(images(8), 3)
    assert rows.shape == (2, 6, 3, 3)
    assert torch.equal(rows, pack(images(6), 3)[::3])
    with pytest.raises(AssertionError, match="no pack of 3 in a batch of 2"):
        packs(images(2), 3)


def test_a_pack_of_one_is_the_image() -> None:
    given = images(4)
    assert torch.equal(pack(given, 1), given)
    assert torch.equal(packs(given, 1), given)
