"""Lines drawn by hand on a plane, walked at an even pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resample(line: NDArray[Any], count: int) -> NDArray[np.float64]:
    """`count` places along a line, equally far from each other along it; ends included.

    Arguments:
        line: (n, 2) corners of the line in order, n at least 1.
        count: At least 2.

    Returns:
        (count, 2); a line without length gives the same place `count` times.
    """
    assert count >= 2
    corners = np.asarray(line, np.float64)
    steps = np.hypot(*np.diff(corners, axis=0).T) if len(corners) > 1 else np.zeros(0)
    # Corners that lie on each other have no direction between them.
    corners = corners[np.concatenate([[True], steps > 0])]
    steps = steps[steps > 0]
    if len(corners) == 1:
        return np.repeat(corners, count, axis=0)
    walked = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, walked[-1], count)
    return np.stack([np.interp(wanted, walked, axis) for axis in corners.T], axis=1)


def length(line: NDArray[Any]) -> float:
    """How long a line (n, 2) is, in units of the plane."""
    return float(np.hypot(*np.diff(np.asarray(line, np.float64), axis=0).T).sum())
