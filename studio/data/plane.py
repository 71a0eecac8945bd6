"""The plane that a data set of points lives in, and how points become images and come back.

Models know images alone. A point (x, y) is an image of one pixel with two channels, each a number
in [0, 1]: v = 0.5 + p / (2 * extent), so that the square [-extent, extent]^2 fills [0, 1]^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Plane:
    """A mixture of equally likely Gaussians in a square around the origin.

    Attributes:
        extent: Half the side of the square.
        centres: The means of the Gaussians, float64 (K, 2): the modes.
        sigma: Their standard deviation, the same in all directions.
    """

    extent: float
    centres: NDArray[np.float64]
    sigma: float

    def __post_init__(self) -> None:
        assert self.centres.dtype == np.float64
        assert self.centres.ndim == 2
        assert self.centres.shape[1] == 2
        assert 0 < self.sigma < self.extent

    def to_points(self, images: NDArray[Any]) -> NDArray[np.float64]:
        """Images (N, 2, 1, 1) or (N, 1, 1, 2), in units of [0, 1], as points: float64 (N, 2)."""
        assert images.dtype.kind == "f", "bytes are too coarse for points"
        unit = np.asarray(images, np.float64).reshape(len(images), 2)
        return (unit - 0.5) * (2 * self.extent)

    def to_unit(self, points: NDArray[Any]) -> NDArray[np.float32]:
        """Points (N, 2) as images, float32 (N, 1, 1, 2); in [0, 1] where inside the square."""
        unit = 0.5 + np.asarray(points, np.float64) / (2 * self.extent)
        return unit.astype(np.float32).reshape(len(unit), 1, 1, 2)
