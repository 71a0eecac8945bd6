"""Puts a drawing where MNIST would have put it: ink in a 20 x 20 box, mass in the centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

SIDE, BOX = 28, 20
INK = 4
"""Grey level from which a pixel counts as ink: fainter ones are the rim of a soft brush."""


@dataclass(frozen=True)
class Framing:
    """How a drawing (H, W) is moved into a field of 28 x 28.

    Attributes:
        scale: Enlargement; 1 leaves every grey value as it is.
        left, top: The corner of the ink, in pixels of the drawing.
        x, y: Where that corner comes to lie in the field, in whole pixels.
        width, height: Size of the enlarged ink, in whole pixels.
        right, bottom: The opposite corner of the ink.
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
    mass goes to the centre of the field (http://yann.lecun.com/exdb/mnist), to whole pixels. An
    empty drawing stays where it is.
    """
    ink = drawing >= INK
    if not ink.any():
        height, width = drawing.shape
        return Framing(1.0, 0, 0, width, height, width, height, 0, 0)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    scale = BOX / max(bottom - top, right - left)
    width = max(1, round((right - left) * scale))
    height = max(1, round((bottom - top) * scale))
    mass = _resized(drawing[top:bottom, left:right], width, height).astype(float)
    total = mass.sum()
    middle_x = (mass.sum(axis=0) * np.arange(width)).sum() / total
    middle_y = (mass.sum(axis=1) * np.arange(height)).sum() / total
    # In the files of MNIST the mass lies at pixel (14, 14), counted from 0 at pixel centres: half
    # a pixel right of and below the geometric centre. A model notices when drawings do not.
    x, y = round(SIDE / 2 - middle_x), round(SIDE / 2 - middle_y)
    return Framing(scale, left, top, right, bottom, width, height, x, y)


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
