"""What all surfaces can do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

HEIGHT = math.sqrt(3) / 2
CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.5, HEIGHT))
"""Where three anchors stand on the map, however they lie in the latent space: in the corners of a
triangle with sides of one unit, so that they are found in the same places for every model and no
three of them make a sliver."""


class Surface(Protocol):
    """A two-dimensional surface in a latent space, with its own coordinates (x, y)."""

    def to_latents(self, xy: Tensor) -> Tensor:
        """Coordinates (N, 2) to codes (N, D); differentiable."""
        ...

    def to_plane(self, latents: Tensor) -> Tensor:
        """Codes (N, D) to the coordinates (N, 2) of their feet on the surface."""
        ...

    def places(self) -> Tensor:
        """Where it lies in the K directions that it does not show, (K,), in their units."""
        ...

    def at(self, index: int, value: float) -> Surface:
        """The parallel surface at another place in one of these directions.

        Raises:
            ValueError: there is no such direction.
        """
        ...

    def through(self, latent: Tensor) -> Surface:
        """The parallel surface that contains a code (D,); its coordinates keep their meaning."""
        ...


class Fixed:
    """A surface that cannot be moved: it lies where it must, and K is 0."""

    def at(self, index: int, value: float) -> Surface:
        """None can be moved to.

        Raises:
            ValueError: always.
        """
        raise ValueError("This map shows all that it can; it has no other directions to move in.")
