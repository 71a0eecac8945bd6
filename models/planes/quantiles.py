"""The square of a Gaussian prior in which all places are equally likely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from models.planes.flat import Flat

# Shares nearer to 0 or 1 than this are taken for it: 4.8 standard deviations from the middle.
_EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Two numbers of the code, shown by the share of N(0, 1) below them: z = Phi^-1(u).

    Attributes:
        flat: The plane of these two numbers as they are.
    """

    flat: Flat

    def to_latents(self, xy: Tensor) -> Tensor:
        """Shares (N, 2) in (0, 1) to codes (N, D); at the border and beyond, those just inside."""
        # In float32 the last share below 1 is worth 5.2 deviations, and its neighbour 5.1.
        inside = xy.double().clamp(_EDGE, 1 - _EDGE)
        return self.flat.to_latents(torch.special.ndtri(inside))

    def to_plane(self, latents: Tensor) -> Tensor:
        """(N, D) to shares (N, 2)."""
        shares: Tensor = torch.special.ndtr(self.flat.to_plane(latents).double())
        return shares

    def places(self) -> Tensor:
        """(K,)."""
        return self.flat.places()

    def at(self, index: int, value: float) -> Quantiles:
        """The parallel square at another place in one direction."""
        return replace(self, flat=self.flat.at(index, value))

    def through(self, latent: Tensor) -> Quantiles:
        """The parallel square that contains a code (D,)."""
        return replace(self, flat=self.flat.through(latent))
