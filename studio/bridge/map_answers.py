"""What is told of the map, each answer with the version of the weights and its plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from studio.engine.ground import Ground, KindChoice, PlaneSpec, RegionStats, ShadeKind


@dataclass(frozen=True, eq=False)
class Laid:
    """A plane has been laid: from now on these are the coordinates. `kinds` are all planes that
    there may be of this model, the one to begin with first."""

    version: int
    ground: Ground
    kinds: tuple[KindChoice, ...]


@dataclass(frozen=True, eq=False)
class Points:
    """Test digits: places (M, 2), labels (M,), images uint8 (M, H, W). More may follow."""

    version: int
    spec: PlaneSpec
    places: np.ndarray
    labels: np.ndarray
    images: np.ndarray


@dataclass(frozen=True, eq=False)
class Tile:
    """Decoded digits, uint8 (n, H, W), in the order of the places asked for."""

    version: int
    spec: PlaneSpec
    key: object
    digits: np.ndarray


@dataclass(frozen=True, eq=False)
class Shade:
    """What the ground of a tile is coloured by, float32 (n, 2); see `Atlas.shades`."""

    version: int
    spec: PlaneSpec
    kind: ShadeKind
    key: object
    values: np.ndarray


@dataclass(frozen=True)
class Placed:
    """Where the drawing lies; where its code is searched, nearer and nearer to it."""

    version: int
    spec: PlaneSpec
    place: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Picked:
    """One decoded digit, uint8 (H, W), at its place.

    Attributes:
        label: The class that the classifier reads, 10 for no digit; None where none can be read.
        certainty: The probability of that class, in [0, 1].
    """

    version: int
    spec: PlaneSpec
    place: tuple[float, float]
    digit: np.ndarray
    label: int | None = None
    certainty: float = 0.0


@dataclass(frozen=True, eq=False)
class Strip:
    """A place along another direction: `index` counts `Ground.offset_names`, values (n,) are
    standard deviations, digits uint8 (n, H, W)."""

    version: int
    spec: PlaneSpec
    index: int
    values: np.ndarray
    digits: np.ndarray


@dataclass(frozen=True, eq=False)
class Region:
    """What lies inside a polygon (m, 2)."""

    version: int
    spec: PlaneSpec
    polygon: np.ndarray
    stats: RegionStats


@dataclass(frozen=True, eq=False)
class Path:
    """The pictures along a path, uint8 (n, H, W), at places (n, 2), equally far apart."""

    version: int
    spec: PlaneSpec
    places: np.ndarray
    digits: np.ndarray


@dataclass(frozen=True, eq=False)
class SheetPart:
    """Digits of a contact sheet, uint8 (n, H, W), row by row; `first` is the number of the first
    of `total`, and the sheet is whole when first + n = total."""

    version: int
    spec: PlaneSpec
    first: int
    total: int
    digits: np.ndarray
