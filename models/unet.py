"""A small U-Net over space and noise level, for diffusion models on a processor.

B = batch, C = channels, H, W = height, width, T = width of the time embedding.

Full resolution costs most and says least: a digit's pixels hardly differ from their neighbours.
So the image is first cut into patches of 2 x 2 pixels, which become channels (space to depth, as
in Shi et al., 2016, arXiv:1609.05158): 28x28x1 is worked on as 14x14x4 and 7x7.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class UNet(nn.Module):
    """From (B, C, H, W) and times (B,) to (B, C, H, W).

    Two scales, with as many residual blocks going down as going up, and skip connections between
    equals (Ronneberger et al., 2015, arXiv:1505.04597). The output starts at zero.

    Arguments:
        channels: C, of the image and of the output.
        base: Channels of the finer scale; the coarser one has twice as many. A multiple of 8.
        depth: Residual blocks per scale and direction.
        patch: Side of the patches that become channels.
        attention: Whether the coarser scale looks at all places at once in its middle.
    """

    def __init__(
        self,
        channels: int,
        base: int = 48,
        depth: int = 2,
        patch: int = 2,
        attention: bool = True,
    ) -> None:
        super().__init__()
        assert base % 8 == 0, base
        self.patch = patch
        fine, coarse, time = base, 2 * base, 4 * base
        self.time = nn.Sequential(
            Fourier(base), nn.Linear(base, time), nn.SiLU(), nn.Linear(time, time), nn.SiLU()
        )
        self.inlet = nn.Conv2d(channels * patch**2, fine, 3, padding=1)
        self.fine_down = nn.ModuleList(ResBlock(fine, fine, time) for _ in range(depth))
        self.down = nn.Conv2d(fine, coarse, 3, stride=2, padding=1)
        self.coarse_down = nn.ModuleList(ResBlock(coarse, coarse, time) for _ in range(depth))
        self.attention = Attention(coarse) if attention else nn.Identity()
        self.coarse_up = nn.ModuleList(ResBlock(2 * coarse, coarse, time) for _ in range(depth))
        self.up = nn.Conv2d(coarse, fine, 3, padding=1)
        self.fine_up = nn.ModuleList(ResBlock(2 * fine, fine, time) for _ in range(depth))
        self.outlet = nn.Sequential(
            nn.GroupNorm(8, fine), nn.SiLU(), nn.Conv2d(fine, channels * patch**2, 3, padding=1)
        )
        last = cast("nn.Conv2d", self.outlet[-1])
        nn.init.zeros_(last.weight)
        nn.init.zeros_(cast("Tensor", last.bias))
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        time = self.time(t)
        h = F.pixel_unshuffle(x, self.patch).contiguous(memory_format=torch.channels_last)
        h = self.inlet(h)
        skips = []
        for block in self.fine_down:
            h = block(h, time)
            skips.append(h)
        h = self.down(h)
        for block in self.coarse_down:
            h = block(h, time)
            skips.append(h)
        h = self.attention(h)
        for block in self.coarse_up:
            h = block(torch.cat((h, skips.pop()), dim=1), time)
        h = self.up(F.interpolate(h, scale_factor=2.0, mode="nearest"))
        for block in self.fine_up:
            h = block(torch.cat((h, skips.pop()), dim=1), time)
        return F.pixel_shuffle(self.outlet(h), self.patch)


class ResBlock(nn.Module):
    """Two convolutions around the time, added to the input.

    The time scales and shifts the normalised features (Perez et al., 2018, arXiv:1709.07871).
    """

    def __init__(self, inputs: int, outputs: int, time: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.film = nn.Linear(time, 2 * outputs)
        self.norm2 = nn.GroupNorm(8, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(cast("Tensor", self.conv2.bias))

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.film(time)[:, :, None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return cast("Tensor", self.skip(x) + h)


class Attention(nn.Module):
    """Every place looks at every other one (Vaswani et al., 2017, arXiv:1706.03762), added on."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        assert channels % heads == 0, (channels, heads)
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        places = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in self.qkv(places).chunk(3, dim=2)
        )
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        seen = self.out(seen).transpose(1, 2).reshape(batch, channels, height, width)
        return cast("Tensor", x + seen)


class Fourier(nn.Module):
    """Times (B,) in [0, 1] to sines and cosines (B, size), slow ones to fast ones."""

    def __init__(self, size: int, fastest: float = 500.0) -> None:
        super().__init__()
        rates = torch.exp(torch.linspace(0.0, math.log(fastest), size // 2))
        self.register_buffer("rates", rates, persistent=False)

    rates: Tensor

    def forward(self, t: Tensor) -> Tensor:
        angles = t[:, None] * self.rates
        return torch.cat((angles.sin(), angles.cos()), dim=1)
