"""Thousands of coloured points as one picture, made by NumPy so that painting is a single blit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from studio.views import theme

RIM = 1.0
"""Width of the dark rim that keeps a point visible on bright ink."""

Points = NDArray[np.float64]
Labels = NDArray[np.int64]


def render(
    places: Points,
    labels: Labels,
    width: int,
    height: int,
    radius: float,
    rim: float = RIM,
) -> QImage:
    """A transparent picture with one dot per point.

    Arguments:
        places: (N, 2) positions in pixels of the picture, x to the right and y down.
        labels: (N,) classes 0 to 9; others are grey.
        width, height: Size of the picture in pixels.
        radius: Of the dots, in pixels, without the rim.
        rim: Width in pixels of the dark ring around each dot; 0 for none.
    """
    tints = [QColor(colour) for colour in (*theme.CLASS_COLOURS, theme.DARK.quiet)]
    colours = np.array([(t.blue(), t.green(), t.red()) for t in tints], np.float32)
    layer = np.zeros((height, width, 4), np.uint8)  # B, G, R, A, premultiplied
    margin = int(radius + rim) + 1
    column, row = np.floor(places).astype(np.int64).T
    inside = (column >= margin) & (column < width - margin)
    inside &= (row >= margin) & (row < height - margin)
    column, row = column[inside], row[inside]
    known = np.where((labels >= 0) & (labels < 10), labels, 10)[inside]
    for reach, tint in ((radius + rim, None), (radius, colours[known])):
        if tint is None and rim == 0:
            continue
        around = np.arange(-margin, margin + 1)
        dx, dy = (axis.ravel() for axis in np.meshgrid(around, around))
        cover = np.clip(reach + 0.5 - np.hypot(dx, dy), 0, 1)
        for x, y, alpha in zip(dx[cover > 0], dy[cover > 0], cover[cover > 0], strict=True):
            under = layer[row + y, column + x]
            over = np.zeros((len(row), 4), np.float32)
            if tint is None:
                alpha *= 0.55
            else:
                over[:, :3] = tint * alpha
            over[:, 3] = 255 * alpha
            layer[row + y, column + x] = over + under * (1 - alpha)
    return QImage(
        layer.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
    ).copy()
