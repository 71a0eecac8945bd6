"""Maps of the shell |z| = sqrt(D), where alone a diffusion's noise lives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from models.planes.directions import far_directions
from models.planes.surface import CORNERS, HEIGHT, Fixed

if TYPE_CHECKING:
    from torch import Tensor

# Radians per unit of the torus: a walk of 12.6 units leads back to its start.
_PITCH = 0.5
# Flatter than this, three noises lie on one great circle.
_THIN = 1e-3
# For the foot of a code on a triangle: places tried along each side, and steps from the best.
_TRIED = 41
_STEPS = 10
_NEAR = 1.0
# By how much the noise of a place may differ from the one that was searched.
_MET = 1e-6


@dataclass(frozen=True, eq=False)
class Torus(Fixed):
    """sqrt(D / 2) * (cos(u) e1 + sin(u) e2 + cos(v) e3 + sin(v) e4),  u = x / 2, v = y / 2.

    It has no border: it repeats after 4 pi units. It always mixes e1 or e2 with e3 or e4, and so
    keeps at least 45 degrees away from each of them.

    Attributes:
        axes: e1 to e4, (4, D), orthonormal.
    """

    axes: Tensor

    period = 2 * math.pi / _PITCH

    @classmethod
    def fit(cls, codes: Tensor) -> Torus:
        """Between four of the codes (M, D) that lie far apart; D >= 4."""
        assert codes.shape[1] >= 4, f"a torus needs four directions, not {codes.shape[1]}"
        return cls(far_directions(codes))

    def to_latents(self, xy: Tensor) -> Tensor:
        """(N, 2) to (N, D)."""
        u, v = (_PITCH * xy.to(self.axes)).unbind(dim=1)
        around = torch.stack((u.cos(), u.sin(), v.cos(), v.sin()), dim=1)
        return math.sqrt(self.axes.shape[1] / 2) * around @ self.axes

    def to_plane(self, latents: Tensor) -> Tensor:
        """(N, D) to (N, 2), each coordinate in [-2 pi, 2 pi]."""
        a, b, c, d = (latents.to(self.axes) @ self.axes.T).unbind(dim=1)
        return torch.stack((torch.atan2(b, a), torch.atan2(d, c)), dim=1) / _PITCH

    def places(self) -> Tensor:
        """Empty."""
        return self.axes.new_zeros(0)

    def through(self, latent: Tensor) -> Torus:
        """The same: it stays where it is."""
        return self


@dataclass(frozen=True, eq=False)
class Triangle(Fixed):
    """Three noises at CORNERS, and spherical interpolation between them.

    With the weights w (that add up to 1) of the corners a_i at a place of the map,

        z = sqrt(D) * n / |n|,   n = sum_i sin(t w_i) a_i,

    where t is the mean of the three angles between the corners. For two corners this is slerp
    (Shoemake, 1985, doi:10.1145/325334.325242), and so it is along the sides if the angles are
    equal, which those of noises nearly are; otherwise a side follows the same great circle at a
    slightly uneven pace. Beyond the triangle it goes on without end and repeats: n never vanishes,
    as weights that add up to 1 cannot all be multiples of pi / t, for t < pi.

    Attributes:
        corners: (3, D), unit length.
        angle: t, in radians.
    """

    corners: Tensor
    angle: float

    @classmethod
    def through_three(cls, codes: Tensor) -> Triangle:
        """Between three codes (3, D), taken to the shell.

        Raises:
            ValueError: they lie on one great circle; one sentence.
        """
        units = codes / codes.norm(dim=1, keepdim=True).clamp_min(1e-12)
        if torch.linalg.svdvals(units)[-1] <= _THIN:
            raise ValueError(
                "To this model two of the three anchors are the same, or all three lie on one "
                "great circle; choose other pictures."
            )
        # In double precision, and not by the cosine, which is blind to small angles.
        a, b, c = units.double()
        pairs = ((a, b), (b, c), (c, a))
        angles = [2 * float(torch.atan2((p - q).norm(), (p + q).norm())) for p, q in pairs]
        return cls(units, sum(angles) / 3)

    def to_latents(self, xy: Tensor) -> Tensor:
        """(N, 2) to (N, D)."""
        n: Tensor = (self.angle * _weights(xy.to(self.corners))).sin() @ self.corners
        latents: Tensor = math.sqrt(self.corners.shape[1]) * n / n.norm(dim=1, keepdim=True)
        return latents

    def to_plane(self, latents: Tensor) -> Tensor:
        """(N, D) to (N, 2): the place near the triangle whose noise has the smallest angle to it.

        By Gauss and Newton's method in the three dimensions that the corners span, from the best
        of a lattice of places: a lattice next to the triangle, and where there is no such noise
        one that reaches as far as the map is new.
        """
        frame, small = torch.linalg.qr(self.corners.double().T)
        small = small.T  # the corners in that space, (3, 3)
        wanted = latents.double() @ frame
        wanted = wanted / wanted.norm(dim=1, keepdim=True).clamp_min(1e-12)
        near, miss = self._search(wanted, small, _NEAR)
        far, _ = self._search(wanted, small, 1.5 * math.pi / self.angle)
        return near.where((miss < _MET)[:, None], far).to(latents)

    def _search(self, wanted: Tensor, corners: Tensor, reach: float) -> tuple[Tensor, Tensor]:
        """Places (N, 2) for unit noises (N, 3), and by how much theirs miss them, (N,)."""
        steps = torch.linspace(-reach, reach, _TRIED, dtype=torch.float64, device=wanted.device)
        lattice = torch.cartesian_prod(steps, steps) + steps.new_tensor([0.5, HEIGHT / 3])
        xy = lattice[(wanted @ self._small(lattice, corners)[0].T).argmax(dim=1)]
        longest = 4 * reach / _TRIED
        for _ in range(_STEPS):
            there, slopes = self._small(xy, corners)
            move = torch.linalg.lstsq(slopes, (wanted - there)[:, :, None]).solution[:, :, 0]
            size = move.norm(dim=1, keepdim=True).clamp_min(1e-12)
            xy = xy + move * (longest / size).clamp_max(1.0)
        return xy, (wanted - self._small(xy, corners)[0]).norm(dim=1)

    def _small(self, xy: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
        """Unit noises (N, 3) and their derivatives (N, 3, 2), for corners (3, 3)."""
        weights = _weights(xy)
        n = (self.angle * weights).sin() @ corners
        size = n.norm(dim=1, keepdim=True)
        unit = n / size
        bend = self.angle * (self.angle * weights).cos()
        slopes = torch.einsum("ni,ik,id->ndk", bend, _slopes(xy), corners)
        inward = torch.einsum("nd,ndk->nk", unit, slopes)
        return unit, (slopes - unit[:, :, None] * inward[:, None, :]) / size[:, :, None]

    def places(self) -> Tensor:
        """Empty."""
        return self.corners.new_zeros(0)

    def through(self, latent: Tensor) -> Triangle:
        """The same: it stays where it is."""
        return self


def _weights(xy: Tensor) -> Tensor:
    """The barycentric coordinates (N, 3) of places, with respect to CORNERS."""
    third = xy[:, 1] / HEIGHT
    second = xy[:, 0] - CORNERS[2][0] * third
    return torch.stack((1 - second - third, second, third), dim=1)


def _slopes(xy: Tensor) -> Tensor:
    """The derivatives (3, 2) of these."""
    half = CORNERS[2][0] / HEIGHT
    return xy.new_tensor([[-1.0, half - 1 / HEIGHT], [1.0, -half], [0.0, 1 / HEIGHT]])
