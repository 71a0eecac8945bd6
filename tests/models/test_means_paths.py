"""Ways from code to code: their ends, their lengths, their pace."""

from __future__ import annotations

import math

import pytest
import torch

from models import means

SHARES = torch.linspace(0, 1, 9)


def codes(seed: int, dim: int = 20) -> tuple[torch.Tensor, torch.Tensor]:
    first, last = torch.randn(2, dim, generator=torch.Generator().manual_seed(seed))
    return first, last


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("way", [means.lerp, means.slerp])
def test_a_way_begins_and_ends_where_it_should(way: object, seed: int) -> None:
    first, last = codes(seed)
    path = way(first, last, SHARES)  # type: ignore[operator]
    torch.testing.assert_close(path[0], first)
    torch.testing.assert_close(path[-1], last)


def test_the_straight_way_of_a_linear_decoder_is_a_fade() -> None:
    first, last = codes(0)
    weights = torch.randn(20, 30, generator=torch.Generator().manual_seed(1))
    pictures = means.lerp(first, last, SHARES) @ weights
    faded = (1 - SHARES)[:, None] * (first @ weights) + SHARES[:, None] * (last @ weights)
    torch.testing.assert_close(pictures, faded, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_a_great_circle_keeps_the_length_and_the_pace(seed: int) -> None:
    first, last = (code / code.norm() * math.sqrt(20) for code in codes(seed))
    path = means.slerp(first, last, SHARES)
    torch.testing.assert_close(path.norm(dim=1), torch.full((9,), math.sqrt(20)))
    steps = (path[1:] * path[:-1]).sum(dim=1) / 20
    torch.testing.assert_close(steps, steps[:1].expand(8), rtol=0, atol=1e-5)
    both = torch.stack([first, last])
    off_plane = path - (path @ torch.linalg.pinv(both)) @ both
    assert off_plane.norm(dim=1).max() < 1e-4


def test_a_great_circle_is_shoemakes() -> None:
    first, last = (code / code.norm() for code in codes(3))
    angle = torch.acos(first @ last)
    t = SHARES[:, None]
    formula = (torch.sin((1 - t) * angle) * first + torch.sin(t * angle) * last) / angle.sin()
    torch.testing.assert_close(means.slerp(first, last, SHARES), formula)


def test_between_lengths_the_length_goes_evenly() -> None:
    first, last = codes(4)
    path = means.slerp(first, 3 * last, SHARES)
    lengths = first.norm() + SHARES * (3 * last.norm() - first.norm())
    torch.testing.assert_close(path.norm(dim=1), lengths)


def test_parallel_opposite_and_empty_codes_have_a_way_too() -> None:
    first, _ = codes(5)
    torch.testing.assert_close(means.slerp(first, 2 * first, SHARES), (1 + SHARES)[:, None] * first)
    torch.testing.assert_close(means.slerp(first, first, SHARES), first.expand(9, -1))
    around = means.slerp(first, -first, SHARES)
    torch.testing.assert_close(around.norm(dim=1), first.norm().expand(9))
    torch.testing.assert_close(around[-1], -first, rtol=0, atol=1e-5)
    assert abs(float(around[4] @ first)) < 1e-4
    assert torch.equal(around, means.slerp(first, -first, SHARES))
    zero = torch.zeros(20)
    torch.testing.assert_close(means.slerp(zero, first, SHARES), SHARES[:, None] * first)
    one = torch.ones(1)
    assert torch.isfinite(means.slerp(one, -one, SHARES)).all()
