"""The colours of values that are laid over digits: one hue, in steps that look equally large.

Björn Ottosson's OKLab (2020, https://bottosson.github.io/posts/oklab) is a space in which equal
distances look equally large; the ramp is a straight line through it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from studio.views import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 256
VEIL = 0.58
"""How much a full colour covers of the digit under it: the rest keeps bright ink legible."""
BRIGHT = 0.12
"""Share of white in the brightest colour, so that it stands out from the accent of the marks."""

_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@cache
def ramp() -> NDArray[np.uint8]:
    """The ramp from the lowest to the highest value, R, G, B, (STEPS, 3).

    It is the same in both themes, as digits lie on black in both.
    """
    ends = (theme.DARK.ground, theme.blend("#ffffff", theme.DARK.accent, BRIGHT))
    first, last = (oklab(rgb(colour)) for colour in ends)
    way = np.linspace(0.0, 1.0, STEPS)[:, None]
    colours = _from_oklab(first + way * (last - first))
    colours.setflags(write=False)
    return colours


def colour(share: float) -> QColor:
    """The colour of a value at `share` in [0, 1] of the way from the lowest to the highest."""
    index = round(min(max(share, 0.0), 1.0) * (STEPS - 1))
    return QColor(*ramp()[index].tolist())


def heat(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Values (...) as translucent colours B, G, R, A, premultiplied, (..., 4); NaN is clear."""
    known = np.isfinite(values)
    shares = (np.where(known, values, low) - low) / max(high - low, 1e-12)
    index = np.round(np.clip(shares, 0.0, 1.0) * (STEPS - 1)).astype(np.int64)
    return _veiled(ramp()[index], np.where(known, VEIL, 0.0))


def regions(classes: NDArray[np.floating], certainty: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Classes (...) 0 to 9 as translucent colours B, G, R, A, premultiplied, (..., 4): the surer
    in [0, 1], the denser. What is 10, no digit, is only darkened; NaN is clear."""
    known = np.isfinite(classes) & np.isfinite(certainty)
    tints = np.array([rgb(name) for name in (*theme.CLASS_COLOURS, theme.DARK.ground)], np.uint8)
    index = np.clip(np.where(known, classes, 10), 0, 10).astype(np.int64)
    share = np.where(known, np.clip(certainty, 0.0, 1.0), 0.0)
    return _veiled(tints[index], VEIL * share)


def rgb(colour: str) -> NDArray[np.uint8]:
    """A colour `#rrggbb` as R, G, B."""
    tint = QColor(colour)
    return np.array([tint.red(), tint.green(), tint.blue()], np.uint8)


def oklab(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Lightness in [0, 1] and two opponent axes of colours R, G, B, (..., 3)."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = np.cbrt(linear @ _CONES.T) @ _LAB.T
    return lab


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    linear = (lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_CONES).T
    linear = np.clip(linear, 0.0, 1.0)
    share = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(share * 255).astype(np.uint8)


def _veiled(colours: NDArray[np.uint8], alpha: NDArray[np.floating]) -> NDArray[np.uint8]:
    veil = np.empty((*colours.shape[:-1], 4), np.uint8)
    veil[..., :3] = np.round(colours[..., ::-1] * alpha[..., None])
    veil[..., 3] = np.round(255 * alpha)
    return veil
