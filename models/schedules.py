"""Noise schedules of diffusion models, in one convention.

Time t runs from 0 (data) to 1 (noise). A schedule says how much of each is left at t:

    x_t = alpha(t) * x_0 + sigma(t) * noise,    alpha(t)^2 + sigma(t)^2 = 1

(variance preserving: data of unit variance keep it). The signal-to-noise ratio alpha^2 / sigma^2
falls strictly from infinity at t = 0.
"""

from __future__ import annotations

import abc
import math

import torch
from torch import Tensor


class Schedule(abc.ABC):
    """How the signal turns into noise."""

    @abc.abstractmethod
    def alpha(self, t: Tensor) -> Tensor:
        """Amplitude of the signal in [0, 1] at times t in [0, 1]; any shape, kept."""

    def __call__(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """(alpha, sigma), amplitudes of signal and noise at times t; both of t's shape."""
        alpha = self.alpha(t)
        # Factored, since 1 - alpha^2 loses its digits where alpha is close to 1.
        return alpha, ((1 - alpha) * (1 + alpha)).sqrt()

    def log_snr(self, t: Tensor) -> Tensor:
        """ln(alpha^2 / sigma^2) at times t, finite also at the ends (limited to +-80 or so)."""
        alpha, sigma = self(t)
        tiny = torch.finfo(alpha.dtype).tiny ** 0.5
        return 2 * (alpha.clamp_min(tiny).log() - sigma.clamp_min(tiny).log())


class Cosine(Schedule):
    """alpha = cos(angle) / cos(first angle) (Nichol and Dhariwal, 2021, arXiv:2102.09672).

    Spends more time at the middle noise levels than the linear one, which small images like. At
    t = 1 nothing of the signal is left (zero terminal SNR, Lin et al., 2023, arXiv:2305.08891): so
    the sampler's start, pure noise, is what the network saw in training.

    Arguments:
        offset: The angle starts a little after zero, so that the first noise is not vanishing.
    """

    def __init__(self, offset: float = 0.008) -> None:
        assert offset >= 0, offset
        self.offset = offset

    def alpha(self, t: Tensor) -> Tensor:
        first = self.offset / (1 + self.offset) * math.pi / 2
        angle = first + t * (math.pi / 2 - first)
        # cos(pi / 2) is -4e-8 in float32: an amplitude is never negative.
        return (torch.cos(angle) / math.cos(first)).clamp(0, 1)


class Linear(Schedule):
    """The linear betas of DDPM (Ho et al., 2020, arXiv:2006.11239) in continuous time.

    The noise comes in at the rate beta(t) = first + t (last - first), which gives
    alpha(t) = exp(-1/2 integral of beta) (Song et al., 2021, arXiv:2011.13456). With the default
    rates it is the limit of DDPM's 1000 steps of 1e-4 to 0.02.

    Arguments:
        first, last: The rates at t = 0 and t = 1.
    """

    def __init__(self, first: float = 0.1, last: float = 20.0) -> None:
        assert 0 < first <= last, (first, last)
        self.first = first
        self.last = last

    def alpha(self, t: Tensor) -> Tensor:
        return torch.exp(-0.5 * (self.first * t + 0.5 * (self.last - self.first) * t**2))
