"""How the plane of the map lies in a model's latent space."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

# Radians per plane unit on the sphere: a walk of 12.6 units leads back to its start.
_PITCH = 0.5


@dataclass(frozen=True, eq=False)
class LatentPlane:
    """A two-dimensional surface in the latent space (D), with its own coordinates (x, y).

    Two forms. The flat one is origin + x * axes[0] + y * axes[1]. The `sphere` one is a torus on
    the shell |z| = sqrt(D), where alone a diffusion's noise lives:

        sqrt(D / 2) * (cos(u) e1 + sin(u) e2 + cos(v) e3 + sin(v) e4),  u = x / 2, v = y / 2

    so it has no border: it repeats after 4 pi units.

    Attributes:
        origin: (D,).
        axes: (2, D), orthogonal, for the flat form; e1 to e4, (4, D), orthonormal, for the torus.
        note: One sentence that says what the map shows.
    """

    origin: Tensor
    axes: Tensor
    note: str

    @classmethod
    def fit(cls, latents: Tensor, geometry: Literal["gaussian", "free", "sphere"]) -> LatentPlane:
        """The plane that shows most of some codes (M, D), encoded digits or draws of the prior.

        D = 2: the whole space. More: through the mean, along the first two principal components,
        one unit being one standard deviation. Sphere: through four of the codes that lie far
        apart. D = 1 leaves the second coordinate without effect.
        """
        latents = latents.detach()
        dim = latents.shape[1]
        if geometry == "sphere":
            assert dim >= 4, f"a torus needs four directions, and there are {dim}"
            note = (
                f"The map is an endless torus on the shell of {dim:,}-dimensional noise, "
                "through four encoded digits; it repeats after 12.6 units."
            )
            return cls(torch.zeros_like(latents[0]), _far_directions(latents), note)
        if dim <= 2:
            axes = torch.eye(2, dim, dtype=latents.dtype, device=latents.device)
            shown = "both numbers" if dim == 2 else "the only number"
            return cls(torch.zeros_like(latents[0]), axes, f"The map shows {shown} of the code.")
        origin = latents.mean(dim=0)
        axes, share = _principal_axes(latents - origin)
        note = (
            f"The map is the plane of {dim:,} dimensions in which the codes differ most "
            f"({share:.0%} of their variance); one unit is one standard deviation."
        )
        return cls(origin, axes, note)

    def to_latents(self, xy: Tensor) -> Tensor:
        """Plane coordinates (N, 2) to codes (N, D)."""
        xy = xy.to(self.axes)
        if len(self.axes) == 2:
            return self.origin + xy @ self.axes
        u, v = (_PITCH * xy).unbind(dim=1)
        around = torch.stack((u.cos(), u.sin(), v.cos(), v.sin()), dim=1)
        return math.sqrt(self.axes.shape[1] / 2) * around @ self.axes

    def to_plane(self, latents: Tensor) -> Tensor:
        """Codes (N, D) to the coordinates (N, 2) of their nearest points on the plane.

        On the torus each coordinate lies in [-2 pi, 2 pi].
        """
        if len(self.axes) == 2:
            # A code with one number has no second axis; 1 keeps its coordinate at 0.
            squares = self.axes.square().sum(dim=1)
            return (latents - self.origin) @ self.axes.T / squares.where(squares > 0, 1.0)
        a, b, c, d = (latents @ self.axes.T).unbind(dim=1)
        return torch.stack((torch.atan2(b, a), torch.atan2(d, c)), dim=1) / _PITCH

    def through(self, latent: Tensor) -> LatentPlane:
        """The parallel plane that contains a code (D,): there the map shows what it decodes to.

        Coordinates keep their meaning. A torus stays where it is.
        """
        if len(self.axes) != 2:
            return self
        on_plane = self.to_latents(self.to_plane(latent[None]))[0]
        return replace(self, origin=self.origin + latent.to(self.origin) - on_plane)

    def to(self, device: torch.device | str) -> LatentPlane:
        """The same plane on another device."""
        return LatentPlane(self.origin.to(device), self.axes.to(device), self.note)


def _principal_axes(centred: Tensor) -> tuple[Tensor, float]:
    """The first two principal axes (2, D), each a standard deviation long, and their share."""
    _, sizes, directions = torch.linalg.svd(centred, full_matrices=False)
    deviations = torch.zeros(2, dtype=centred.dtype, device=centred.device)
    deviations[: len(sizes)] = sizes[:2] / math.sqrt(len(centred))
    # A single code has no spread: then any two directions of unit length will do.
    flat = deviations <= 1e-6 * deviations.max().clamp_min(1.0)
    axes = _complete(directions[:2][~flat[: len(directions)]], 2)
    total = sizes.square().sum()
    share = float((sizes[:2].square().sum() / total).nan_to_num(1.0))
    return axes * deviations.masked_fill(flat, 1.0)[:, None], share


def _far_directions(latents: Tensor) -> Tensor:
    """Four orthonormal directions (4, D) through codes that lie far apart."""
    units = latents / latents.norm(dim=1, keepdim=True).clamp_min(1e-12)
    chosen = [0]
    nearest = 1 - units @ units[0]
    while len(chosen) < min(4, len(units)):
        chosen.append(int(nearest.argmax()))
        nearest = torch.minimum(nearest, 1 - units @ units[chosen[-1]])
    return _complete(units[chosen], 4)


def _complete(directions: Tensor, count: int) -> Tensor:
    """Orthonormal rows (count, D) that start with the given ones, turned to a fixed sign."""
    dim = directions.shape[1]
    spare = torch.eye(dim, dtype=directions.dtype, device=directions.device)[: 2 * count]
    rows: list[Tensor] = []
    for candidate in [*directions, *spare]:
        rest = candidate
        for _ in range(2):  # twice is enough against rounding (Kahan)
            for row in rows:
                rest = rest - (rest @ row) * row
        if len(rows) < count and rest.norm() > 1e-3:
            rest = rest / rest.norm()
            # Otherwise the map could come back mirrored after each snapshot.
            rows.append(rest * torch.where(rest[rest.abs().argmax()] < 0, -1.0, 1.0))
    return torch.stack(rows)
