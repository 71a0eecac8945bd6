"""What the map can show and what it says of itself: plain values, without PyTorch, so that the
window may hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Kind = Literal["principal", "dimensions", "anchors", "quantiles", "samples"]
"""How the map lies in a model's latent space."""
ShadeKind = Literal["classes", "density", "error", "score", "jacobian"]
"""What the ground may be coloured by."""


@dataclass(frozen=True)
class PlaneSpec:
    """Which plane one wants to see; the same words mean the same ground of the same weights.

    Attributes:
        kind: `principal`: along two principal components of the encoded test digits (of a
            diffusion, a torus on the shell of its noise). `dimensions`: two numbers of the code as
            they are. `anchors`: through the codes of three pictures. `quantiles`: two numbers of
            the code by the share of N(0, 1) below them. `samples`: no plane, a sheet of samples.
        dimensions: Which two principal components or numbers of the code, counted from 0.
        anchors: Three pictures for `anchors`, each the 28 * 28 bytes of a uint8 image.
        offsets: Where the plane lies in the directions that it does not show, (index, value): the
            index counts `Ground.offset_names`, which belong to kind and dimensions (drop offsets
            when these change); the value is in standard deviations. What is not mentioned is where
            `through` has it, or in the middle.
        through: A code (D,) that the plane shall contain: that of a drawing. Anchors and spheres
            take no notice.
        label: What a conditional model writes; None is the class of the first anchor, or 0.
    """

    kind: Kind = "principal"
    dimensions: tuple[int, int] = (0, 1)
    anchors: tuple[bytes, ...] = ()
    offsets: tuple[tuple[int, float], ...] = ()
    through: tuple[float, ...] | None = None
    label: int | None = None


@dataclass(frozen=True)
class KindChoice:
    """One of the kinds of plane or of shade: whether this model has it, and one sentence that says
    what it shows, or why there is none."""

    kind: str
    possible: bool
    note: str


@dataclass(frozen=True, eq=False)
class Ground:
    """A plane as it lies.

    Attributes:
        spec: What was asked for.
        note: What the map shows, in words: one or a few sentences.
        centre: (x, y) of the first view.
        span: Units that the first view should show across.
        bounds: (left, bottom, right, top) outside of which there is nothing, or None.
        dim: D, the numbers in a code; 0 for a sheet of samples.
        corners: The three anchors, (x, y, uint8 (H, W)).
        axis_names: Of x and y; empty where they have none.
        offset_names: Of the directions that the plane does not show, the widest first, or as they
            are counted; possibly not all.
        offset_values: Where the plane lies in each of them, in standard deviations.
        period: After how many units it repeats in both directions, or None.
        label: What a conditional model writes here, else None.
        shades: What it can be coloured by.
    """

    spec: PlaneSpec
    note: str
    centre: tuple[float, float]
    span: float
    bounds: tuple[float, float, float, float] | None
    dim: int
    corners: tuple[tuple[float, float, np.ndarray], ...]
    axis_names: tuple[str, str]
    offset_names: tuple[str, ...]
    offset_values: tuple[float, ...]
    period: float | None
    label: int | None
    shades: tuple[KindChoice, ...]


@dataclass(frozen=True, eq=False)
class RegionStats:
    """What lies inside a polygon.

    Attributes:
        test_shares: float32 (10,), classes of the test digits inside; zeros if there are none.
        test_count: How many test digits lie inside.
        read_shares: float32 (11,), what the classifier reads on a grid inside; 10 is "no digit".
        read_count: Places of that grid.
        mean_certainty: Mean probability of what it reads, in [0, 1].
        area: In square units of the plane.
    """

    test_shares: np.ndarray
    test_count: int
    read_shares: np.ndarray
    read_count: int
    mean_certainty: float
    area: float
