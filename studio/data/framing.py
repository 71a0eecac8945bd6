"""Puts a drawing where MNIST would have put it: ink in a 20 x 20 box, mass in the centre."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

SIDE, BOX = 28, 20
CENTRE = 14
"""The pixel, in both directions, on which the mass of MNIST's digits lies."""
FITTING = (19, 20)
"""Longer sides that MNIST itself has: 20, and 19 in a few digits out of ten thousand."""
INK = 4
"""Grey level from which a pixel counts as ink: fainter ones are the rim of a soft brush."""


@dataclass(frozen=True)
class Framing:
    """How a drawing (H, W) is moved into a field of 28 x 28.

    Attributes:
        scale: Enlargement; 1 leaves every grey value as it is.
        left, top: The corner of what is moved, in pixels of the drawing: of the ink's box, or of
            the whole drawing where nothing is enlarged.
        x, y: Where that corner comes to lie in the field, in whole pixels.
        width, height: Its size once enlarged, in whole pixels.
        right, bottom: The opposite corner.
    """

    scale: float
    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int
    x: int
    y: int

    def apply(self, drawing: np.ndarray) -> np.ndarray:
        """uint8 (H, W) to uint8 (28, 28); what does not fit is cut off."""
        ink = drawing[self.top : self.bottom, self.left : self.right]
        return _placed(_resized(ink, self.width, self.height), self.x, self.y)

    def apply_mask(self, mask: np.ndarray) -> np.ndarray:
        """bool (H, W) to bool (28, 28): the same move for a mask, which may reach past the ink."""
        rows, columns = np.mgrid[0:SIDE, 0:SIDE]
        across = np.floor((columns - self.x + 0.5) * (self.right - self.left) / self.width)
        down = np.floor((rows - self.y + 0.5) * (self.bottom - self.top) / self.height)
        source_x = across.astype(int) + self.left
        source_y = down.astype(int) + self.top
        height, width = mask.shape
        inside = (source_x >= 0) & (source_x < width) & (source_y >= 0) & (source_y < height)
        moved = np.zeros((SIDE, SIDE), dtype=bool)
        moved[inside] = mask[source_y[inside], source_x[inside]]
        return moved


def framing(drawing: np.ndarray) -> Framing:
    """Where MNIST would put a drawing, uint8 (H, W), bright ink on dark.

    The bounding box of the ink is scaled so that its longer side is 20 pixels, and the centre of
    mass goes to the centre of the field (http://yann.lecun.com/exdb/mnist), to whole pixels. Ink
    that fits already is only moved, and not at all where its mass lies in the centre: every digit
    of MNIST stays as it is, to the bit, and comes back to the bit from wherever it was moved. An
    empty drawing stays where it is.
    """
    box = ink_box(drawing)
    height, width = drawing.shape
    if box is None:
        return Framing(1.0, 0, 0, width, height, width, height, 0, 0)
    left, top, right, bottom = box
    side = max(bottom - top, right - left)
    scale = 1.0 if side in FITTING else BOX / side
    if scale == 1.0:
        # The whole sheet moves, so that rims fainter than INK are not cut off.
        left, top, right, bottom = 0, 0, width, height
    width = max(1, round((right - left) * scale))
    height = max(1, round((bottom - top) * scale))
    middle_x, middle_y = mass_centre(_resized(drawing[top:bottom, left:right], width, height))
    # In the files of MNIST the mass lies at pixel (14, 14), counted from 0 at pixel centres: half
    # a pixel right of and below the geometric centre. A model notices when drawings do not.
    # Halves go one way, as there, so that it does not matter where on the sheet it was drawn.
    x, y = math.ceil(CENTRE - 0.5 - middle_x), math.ceil(CENTRE - 0.5 - middle_y)
    return Framing(scale, left, top, right, bottom, width, height, x, y)


def ink_box(drawing: np.ndarray) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the ink of a uint8 (H, W), in whole pixels; None without."""
    ink = drawing >= INK
    if not ink.any():
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def mass_centre(drawing: np.ndarray) -> tuple[float, float]:
    """Where the ink of a drawing (H, W) that has some balances: x and y, 0 at the middle of the
    first pixel."""
    mass = drawing.astype(float)
    height, width = mass.shape
    total = mass.sum()
    across, down = mass.sum(axis=0) @ np.arange(width), mass.sum(axis=1) @ np.arange(height)
    return float(across / total), float(down / total)


def frame(drawing: np.ndarray) -> np.ndarray:
    """A drawing as MNIST would have stored it: uint8 (H, W) to uint8 (28, 28)."""
    return framing(drawing).apply(drawing)


def _resized(ink: np.ndarray, width: int, height: int) -> np.ndarray:
    if ink.shape == (height, width):
        return ink
    # Hamming averages over all pixels when it shrinks, and does not ring as Lanczos does.
    picture = Image.fromarray(np.ascontiguousarray(ink))
    return np.asarray(picture.resize((width, height), Image.Resampling.HAMMING))


def _placed(ink: np.ndarray, x: int, y: int) -> np.ndarray:
    field = np.zeros((SIDE, SIDE), dtype=np.uint8)
    height, width = ink.shape
    top, left = max(0, y), max(0, x)
    bottom, right = min(SIDE, y + height), min(SIDE, x + width)
    field[top:bottom, left:right] = ink[top - y : bottom - y, left - x : right - x]
    return field
