"""Running averages: of weights, and of codes."""

from __future__ import annotations

import copy

import torch
from torch import nn

from models.blocks import EMA, CodeGaussian, best_of, cosine_decay


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Holder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.live = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        self.averaged = EMA(self.live, decay=0.9)


def test_the_average_is_the_one_by_hand() -> None:
    live = nn.Linear(2, 2)
    ema = EMA(live, decay=0.5)
    expected = live.weight.detach().clone()
    for update in range(1, 30):
        with torch.no_grad():
            live.weight.add_(1)
        ema.update()
        decay = min(0.5, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * live.weight.detach()
    torch.testing.assert_close(ema.average.weight, expected)


def test_the_average_is_saved_but_owned_by_nobody() -> None:
    holder = Holder()
    assert not list(holder.averaged.parameters())
    saved = set(holder.state_dict())
    assert {"averaged.average.0.weight", "averaged.updates"} <= saved
    assert not {name for name in saved if name.startswith("averaged.live")}


def test_the_average_never_trains() -> None:
    holder = Holder().train()
    assert holder.live[1].training
    assert not holder.averaged.average[1].training  # type: ignore[index]
    out = holder.averaged(torch.randn(4, 2, generator=seeded(), requires_grad=True))
    out.sum().backward()
    assert all(p.grad is None for p in holder.parameters())


def test_batch_statistics_are_averaged_like_the_weights_that_make_them() -> None:
    holder = Holder().train()
    expected = holder.live[1].running_mean.clone()
    for update in range(1, 30):
        holder.live(torch.randn(8, 2, generator=seeded(update)) + update)
        holder.averaged.update()
        decay = min(0.9, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * holder.live[1].running_mean
    average = dict(holder.averaged.average.named_buffers())
    torch.testing.assert_close(average["1.running_mean"], expected)
    assert average["1.num_batches_tracked"] == 29


def test_a_copys_average_follows_the_copy() -> None:
    holder = Holder()
    copied = copy.deepcopy(holder)
    before = holder.averaged.average[0].weight.clone()  # type: ignore[index]
    with torch.no_grad():
        copied.live[0].weight.add_(1)
    copied.averaged.update()
    holder.averaged.update()
    assert torch.equal(holder.averaged.average[0].weight, before)  # type: ignore[index]
    assert not torch.equal(copied.averaged.average[0].weight, before)  # type: ignore[index]


def test_the_best_draw_is_kept_row_by_row() -> None:
    draws = iter([torch.tensor([[1.0], [5.0]]), torch.tensor([[4.0], [2.0]])])
    best = best_of(2, lambda: next(draws), lambda z: z[:, 0])
    assert best.tolist() == [[1.0], [2.0]]


def test_the_rate_falls_but_not_to_zero() -> None:
    factors = [cosine_decay(p / 10) for p in range(11)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] > 0


def test_the_gaussian_of_the_codes_is_that_of_all_batches_at_first() -> None:
    spread = torch.randn(3, 3, generator=seeded(1))
    batches = torch.randn(8, 50, 3, generator=seeded(2)) @ spread + 2
    density = CodeGaussian(3)
    for codes in batches:
        density.update(codes)
    everything = batches.flatten(0, 1)
    torch.testing.assert_close(density.mean, everything.mean(dim=0))
    torch.testing.assert_close(density.covariance, torch.cov(everything.T, correction=0))
    drawn = density.sample(50_000, generator=seeded(3))
    torch.testing.assert_close(drawn.mean(dim=0), density.mean, rtol=0, atol=0.05)
    torch.testing.assert_close(torch.cov(drawn.T), density.covariance, rtol=0.05, atol=0.05)


def test_the_gaussian_of_the_codes_forgets() -> None:
    density = CodeGaussian(2, decay=0.9)
    for batch in range(200):
        shift = 5.0 if batch < 100 else -1.0
        density.update(torch.randn(64, 2, generator=seeded(batch)) + shift)
    torch.testing.assert_close(density.mean, torch.full((2,), -1.0), rtol=0, atol=0.2)
    torch.testing.assert_close(density.covariance, torch.eye(2), rtol=0, atol=0.3)


def test_a_dead_code_unit_can_be_sampled() -> None:
    density = CodeGaussian(2)
    codes = torch.randn(64, 2, generator=seeded())
    codes[:, 1] = 3.0
    density.update(codes)
    drawn = density.sample(10, generator=seeded())
    torch.testing.assert_close(drawn[:, 1], torch.full((10,), 3.0))
