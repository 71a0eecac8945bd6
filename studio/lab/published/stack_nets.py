"""The DCGAN of PacGAN's stacked digits, with TensorFlow's way of padding.

Source: the public code of PacGAN (arXiv 1712.04086), folder stacked_MNIST_experiments, after
carpedm20's DCGAN (Radford et al., arXiv 1511.06434).
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

KERNEL, SPREAD, SLOPE = 5, 0.02, 0.2
SIDES = (2, 4, 7, 14, 28)
"""Of the maps, from the inside out: each is half of the next, rounded up."""
NOISE = 100


def _before(side: int) -> int:
    """Rows that TensorFlow's SAME padding puts in front of a map that is halved."""
    half = -(-side // 2)
    return max(0, (half - 1) * 2 + KERNEL - side) // 2


class Halving(nn.Module):
    """A convolution of stride 2 that halves the side, rounded up."""

    def __init__(self, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, KERNEL, KERNEL))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.trunc_normal_(
            self.weight, std=SPREAD, a=-2 * SPREAD, b=2 * SPREAD, generator=generator
        )

    def forward(self, maps: Tensor) -> Tensor:
        """(N, inputs, s, s) to (N, outputs, s / 2, s / 2)."""
        side = maps.shape[-1]
        front = _before(side)
        back = max(0, (-(-side // 2) - 1) * 2 + KERNEL - side) - front
        return F.conv2d(F.pad(maps, (front, back, front, back)), self.weight, self.bias, stride=2)


class Doubling(nn.Module):
    """The transposed convolution that `Halving` from `side` belongs to."""

    def __init__(self, inputs: int, outputs: int, side: int, generator: torch.Generator) -> None:
        super().__init__()
        self._side = side
        first = torch.randn((inputs, outputs, KERNEL, KERNEL), generator=generator)
        self.weight = nn.Parameter(SPREAD * first)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        """(N, inputs, s / 2, s / 2) to (N, outputs, s, s)."""
        whole = F.conv_transpose2d(maps, self.weight, self.bias, stride=2)
        first, last = _before(self._side), _before(self._side) + self._side
        return whole[..., first:last, first:last]


class Generator(nn.Module):
    """100 numbers to three channels in (-1, 1); `channels` are those of the widest map."""

    def __init__(self, channels: int, generator: torch.Generator) -> None:
        super().__init__()
        self._channels = channels
        self.first = nn.Linear(NOISE, channels * SIDES[0] ** 2)
        with torch.no_grad():
            self.first.weight.copy_(
                SPREAD * torch.randn(self.first.weight.shape, generator=generator)
            )
            self.first.bias.zero_()
        widths = [channels, channels // 2, channels // 4, channels // 8, 3]
        # TensorFlow's decay of 0.9 is a momentum of 0.1 here.
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, 1e-5, 0.1) for width in widths[:-1])
        self.layers = nn.ModuleList(
            Doubling(inputs, outputs, side, generator)
            for inputs, outputs, side in zip(widths[:-1], widths[1:], SIDES[1:], strict=True)
        )

    def forward(self, noise: Tensor) -> Tensor:
        """(N, 100) to (N, 3, 28, 28)."""
        maps = self.first(noise).view(len(noise), self._channels, SIDES[0], SIDES[0])
        for norm, layer in zip(self.norms, self.layers, strict=True):
            maps = layer(torch.relu(norm(maps)))
        return torch.tanh(maps)


class Discriminator(nn.Module):
    """Packs of M stacks to a logit; `channels` are those of the widest map."""

    def __init__(self, packing: int, channels: int, generator: torch.Generator) -> None:
        super().__init__()
        widths = [3 * packing, channels // 8, channels // 4, channels // 2, channels]
        self.layers = nn.ModuleList(
            Halving(inputs, outputs, generator) for inputs, outputs in itertools.pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, 1e-5, 0.1) for width in widths[2:])
        self.last = nn.Linear(channels * SIDES[0] ** 2, 1)
        with torch.no_grad():
            self.last.weight.copy_(
                SPREAD * torch.randn(self.last.weight.shape, generator=generator)
            )
            self.last.bias.zero_()

    def forward(self, packs: Tensor) -> Tensor:
        """(N, 3 M, 28, 28) to (N,)."""
        maps = F.leaky_relu(self.layers[0](packs), SLOPE)
        for layer, norm in zip(list(self.layers)[1:], self.norms, strict=True):
            maps = F.leaky_relu(norm(layer(maps)), SLOPE)
        logits: Tensor = self.last(maps.flatten(1))
        return logits[:, 0]
