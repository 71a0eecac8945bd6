"""Thousands of coloured points. Each class has one small picture of its dot, drawn once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from studio.views import theme

RIM = 1.0
"""Width in logical pixels of the dark rim that keeps a point visible on bright ink."""
RIM_SHADE = 140
"""Alpha of the rim, of 255."""

Points = NDArray[np.float64]
Labels = NDArray[np.int64]


def classes(labels: NDArray[np.integer] | None, count: int) -> Labels:
    """Classes 0 to 9 and 10 for all others, (count,); None means that none is known."""
    if labels is None:
        return np.full(count, 10, np.int64)
    known = np.asarray(labels, np.int64)
    return np.where((known >= 0) & (known < 10), known, 10)


def paint(
    painter: QPainter, places: Points, labels: Labels, radius: float, rim: float = RIM
) -> None:
    """Paints one dot per point, all rims below all dots.

    Arguments:
        places: (N, 2) positions in logical pixels, x to the right and y down.
        labels: (N,) from `classes`.
        radius: Of the dots in logical pixels, without the rim.
        rim: Width of the dark ring around each dot; 0 for none.
    """
    ratio = painter.device().devicePixelRatioF()
    middle = int(radius + rim) + 1
    corners = [QPoint(x, y) for x, y in (np.floor(places).astype(int) - middle).tolist()]
    if rim > 0:
        ring = dot(None, radius + rim, middle, ratio)
        for corner in corners:
            painter.drawPixmap(corner, ring)
    dots = [dot(label, radius, middle, ratio) for label in range(11)]
    for corner, label in zip(corners, labels.tolist(), strict=True):
        painter.drawPixmap(corner, dots[label])


@lru_cache(maxsize=256)
def dot(label: int | None, radius: float, middle: int, ratio: float) -> QPixmap:
    """The dot of a class (10: of none), or a dark one; its centre is `middle` + 1/2 pixels in."""
    side = round((2 * middle + 1) * ratio)
    picture = QPixmap(side, side)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    if label is None:
        colour = QColor(0, 0, 0, RIM_SHADE)
    else:
        colour = QColor((*theme.CLASS_COLOURS, theme.DARK.quiet)[label])
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    centre = QPointF(middle + 0.5, middle + 0.5)
    painter.drawEllipse(centre, radius + 0.2, radius + 0.2)
    painter.end()
    return picture
