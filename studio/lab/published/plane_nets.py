"""PacGAN's networks for points, for several seeds at once.

Every weight has a leading dimension of S, one slice for each seed, so that one product of matrices
moves all seeds: independent games that share nothing but the clock. Shapes: S seeds, M samples that
are packed, N packs in a batch, U units.

Source: the public code of PacGAN (arXiv 1712.04086), folder synthetic_data_experiments.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

SPREAD = 0.02
"""Standard deviation of all first weights."""


class Linears(nn.Module):
    """S linear maps: (S, ..., inputs) to (S, ..., outputs)."""

    def __init__(
        self, seeds: int, inputs: int, outputs: int, *, bias: bool, generator: torch.Generator
    ) -> None:
        super().__init__()
        first = torch.randn((seeds, inputs, outputs), generator=generator)
        self.weight = nn.Parameter(SPREAD * first)
        self.bias = nn.Parameter(torch.zeros(seeds, 1, outputs)) if bias else None

    def forward(self, values: Tensor) -> Tensor:
        """(S, N, inputs) to (S, N, outputs)."""
        if self.bias is None:
            return torch.bmm(values, self.weight)
        return torch.baddbmm(self.bias, values, self.weight)


class BatchNorms(nn.Module):
    """Batch norm over each crowd of N by itself: (S, M, N, U).

    Sampling uses means and deviations that follow those of the batches at a rate of 0.05, averaged
    over the M crowds, as the original does (Blocks: epsilon 1e-4, deviations and not variances).
    """

    EPSILON, RATE = 1e-4, 0.05

    mean: Tensor
    deviation: Tensor

    def __init__(self, seeds: int, units: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(seeds, 1, 1, units))
        self.shift = nn.Parameter(torch.zeros(seeds, 1, 1, units))
        self.register_buffer("mean", torch.zeros(seeds, 1, 1, units))
        self.register_buffer("deviation", torch.ones(seeds, 1, 1, units))

    def forward(self, values: Tensor) -> Tensor:
        """The same shape, each unit with mean 0 and deviation 1 before scale and shift."""
        if not self.training:
            return (values - self.mean) / self.deviation * self.scale + self.shift
        mean = values.mean(2, keepdim=True)
        deviation = (values.var(2, correction=0, keepdim=True) + self.EPSILON).sqrt()
        with torch.no_grad():
            self.mean.lerp_(mean.mean(1, keepdim=True), self.RATE)
            self.deviation.lerp_(deviation.mean(1, keepdim=True), self.RATE)
        return (values - mean) / deviation * self.scale + self.shift


class Generators(nn.Module):
    """Two numbers to a point, by four layers of 400 with batch norm and ReLU."""

    def __init__(self, seeds: int, units: int, generator: torch.Generator) -> None:
        super().__init__()
        self.layers, self.norms = nn.ModuleList(), nn.ModuleList()
        for inputs in (2, units, units, units):
            self.layers.append(Linears(seeds, inputs, units, bias=False, generator=generator))
            self.norms.append(BatchNorms(seeds, units))
        self.last = Linears(seeds, units, 2, bias=True, generator=generator)

    def forward(self, noise: Tensor) -> Tensor:
        """(S, M, N, 2) to (S, M, N, 2)."""
        seeds, packed, count, _ = noise.shape
        values = noise
        for layer, norm in zip(self.layers, self.norms, strict=True):
            values = layer(values.reshape(seeds, packed * count, -1))
            values = torch.relu(norm(values.view(seeds, packed, count, -1)))
        points: Tensor = self.last(values.reshape(seeds, packed * count, -1))
        return points.view(seeds, packed, count, 2)


class Discriminators(nn.Module):
    """M points to a logit, by three maxout layers of 200 with 5 pieces."""

    PIECES = 5

    def __init__(self, seeds: int, packing: int, units: int, generator: torch.Generator) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Linears(seeds, inputs, units * self.PIECES, bias=True, generator=generator)
            for inputs in (2 * packing, units, units)
        )
        self.last = Linears(seeds, units, 1, bias=True, generator=generator)

    def forward(self, packs: Tensor) -> Tensor:
        """(S, N, 2 M) to (S, N)."""
        values = packs
        for layer in self.layers:
            values = layer(values)
            values = values.view(*values.shape[:2], self.PIECES, -1).amax(2)
        logits: Tensor = self.last(values)
        return logits[..., 0]
