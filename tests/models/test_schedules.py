"""Noise schedules: the identities that every one of them keeps."""

from __future__ import annotations

import math

import pytest
import torch

from models.schedules import Cosine, Linear, Schedule

SCHEDULES = pytest.mark.parametrize("schedule", [Cosine(), Cosine(offset=0.0), Linear()], ids=repr)


@SCHEDULES
def test_variance_is_preserved(schedule: Schedule) -> None:
    alpha, sigma = schedule(torch.linspace(0, 1, 1_001))
    assert torch.allclose(alpha**2 + sigma**2, torch.ones(1_001), atol=1e-6)


@SCHEDULES
def test_starts_with_data_alone_and_ends_with_hardly_any(schedule: Schedule) -> None:
    alpha, sigma = schedule(torch.tensor([0.0, 1.0]))
    assert alpha[0] == 1
    assert sigma[0] == 0
    assert 0 <= alpha[1] < 0.01
    assert sigma[1] > 0.9999


@SCHEDULES
def test_signal_to_noise_ratio_falls_strictly(schedule: Schedule) -> None:
    log_snr = schedule.log_snr(torch.linspace(0, 1, 501, dtype=torch.float64))
    assert torch.isfinite(log_snr).all()
    assert (log_snr.diff() < 0).all()


@SCHEDULES
def test_keeps_the_shape_and_type_of_the_times(schedule: Schedule) -> None:
    times = torch.rand(2, 3, dtype=torch.float64)
    for value in (*schedule(times), schedule.log_snr(times)):
        assert value.shape == (2, 3)
        assert value.dtype == torch.float64


def test_log_snr_is_what_its_name_says() -> None:
    times = torch.linspace(0.05, 0.95, 10)
    alpha, sigma = Cosine()(times)
    expected = torch.log(alpha**2 / sigma**2)
    assert torch.allclose(Cosine().log_snr(times), expected, atol=1e-4)


def test_cosine_is_the_published_formula() -> None:
    times = torch.linspace(0, 0.99, 50, dtype=torch.float64)
    f = torch.cos((times + 0.008) / 1.008 * math.pi / 2) ** 2
    alpha, _ = Cosine()(times)
    assert torch.allclose(alpha**2, f / f[0], atol=1e-12)


def test_linear_is_the_limit_of_ddpm() -> None:
    betas = torch.linspace(1e-4, 0.02, 1_000, dtype=torch.float64)
    alpha_bar = torch.cumprod(1 - betas, dim=0)
    steps = torch.tensor([100, 300, 500, 700])
    alpha, _ = Linear()(steps / 1_000)
    assert torch.allclose(alpha.double() ** 2, alpha_bar[steps - 1], rtol=0.03)
