"""A plane in the usual sense."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from models.planes.directions import MOST, Frame, beside, complete
from models.planes.surface import HEIGHT

if TYPE_CHECKING:
    from torch import Tensor

# Thinner than this share of their longest side, three anchors lie on a line.
_THIN = 1e-3


@dataclass(frozen=True, eq=False)
class Flat:
    """origin + x * axes[0] + y * axes[1] + home @ others.

    Attributes:
        origin: (D,).
        axes: (2, D), not parallel; the second is 0 in a space of one dimension.
        others: (K, D), orthogonal to the axes and to each other: directions to move the plane in.
        home: (K,), where it lies in them.
    """

    origin: Tensor
    axes: Tensor
    others: Tensor
    home: Tensor

    @classmethod
    def along(cls, frame: Frame, first: int, second: int, *, raw: bool = False) -> Flat:
        """Along two directions of a frame, through its origin.

        Arguments:
            raw: The coordinates are the numbers of the code themselves, not standard deviations
                from the origin; for frames whose directions are these numbers.
        """
        rows, origin = frame.rows, frame.origin
        dim, count = rows.shape[1], len(rows)
        if count == 1:
            rows, count = torch.cat((rows, torch.zeros_like(rows))), 2
            first, second = 0, 1
        axes = rows[[first, second]]
        if raw:
            axes = torch.where(axes != 0, 1.0, 0.0).to(axes)
            origin = origin.where(axes.sum(dim=0) == 0, 0.0)
        rest = [k for k in range(count) if k not in (first, second)] if dim > 2 else []
        others = rows[rest]
        return cls(origin, axes, others, torch.zeros_like(others[:, 0]))

    @classmethod
    def through_three(cls, corners: Tensor, frame: Frame) -> Flat:
        """Through three codes (3, D), which stand at CORNERS.

        Raises:
            ValueError: they lie on a line; one sentence.
        """
        a, b, c = corners
        edges = torch.stack((b - a, c - a))
        sizes = torch.linalg.svdvals(edges)
        if len(sizes) < 2 or sizes[1] <= _THIN * sizes[0]:
            raise ValueError(
                "To this model two of the three anchors are the same, or all three lie on one "
                "line; choose other pictures."
            )
        axes = torch.stack((b - a, (c - (a + b) / 2) / HEIGHT))
        flat = complete(edges, 2)
        lengths = frame.rows.norm(dim=1)
        left = beside(frame.rows / lengths[:, None], flat)
        count = min(MOST, len(a)) - 2
        others = complete(torch.cat((flat, left)), min(2 + count, 2 + len(left)))[2:]
        # How far codes spread along these, of how far they spread along the frame's own.
        spread = (others @ frame.rows.T).norm(dim=1)
        others = others * spread.where(spread > 0, 1.0)[:, None]
        return cls(a, axes, others, torch.zeros_like(others[:, 0]))

    def to_latents(self, xy: Tensor) -> Tensor:
        """(N, 2) to (N, D)."""
        return self.origin + self.home @ self.others + xy.to(self.axes) @ self.axes

    def to_plane(self, latents: Tensor) -> Tensor:
        """(N, D) to (N, 2): the foot of the perpendicular."""
        feet: Tensor = (latents.to(self.axes) - self.origin) @ torch.linalg.pinv(self.axes)
        return feet

    def places(self) -> Tensor:
        """(K,)."""
        return self.home

    def at(self, index: int, value: float) -> Flat:
        """The parallel plane at another place in one direction."""
        if not 0 <= index < len(self.home):
            raise ValueError(
                f"This map has {len(self.home):,} other directions, and none has number {index}."
            )
        home = self.home.clone()
        home[index] = value
        return replace(self, home=home)

    def through(self, latent: Tensor) -> Flat:
        """The parallel plane that contains a code (D,)."""
        gap = latent.to(self.origin) - self.origin
        gap = gap - self.to_plane(latent[None])[0] @ self.axes
        squares = self.others.square().sum(dim=1)
        home = (self.others @ gap) / squares
        # What lies beside all known directions.
        return replace(self, origin=self.origin + gap - home @ self.others, home=home)
