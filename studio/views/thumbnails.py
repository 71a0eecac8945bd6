"""Test digits as small pictures on the map: when they become readable, and how each looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from studio.views import theme
from studio.views.pictures import PIXELS, grey_image

FRAME, RIM = 2, 1
"""Logical pixels of the coloured frame around a thumbnail, and of the dark rim around that."""
NEAR = 0.5
"""Thumbnails appear as soon as so large a share of the digits finds room for one."""
OVERLAP = 0.25
"""The share of its side by which a thumbnail may cover another; what covers more stays a point."""
GROWN = 2
"""The enlargement of thumbnails that have much room, whole so that their pixels stay equal."""
GROWN_SHARE = 0.8
"""They grow as soon as so large a share of the digits finds room for a large one."""

Points = NDArray[np.float64]


def side(times: int = 1) -> int:
    """The edge of a thumbnail with frame and rim, in logical pixels."""
    return times * PIXELS + 2 * (FRAME + RIM)


def rooms(places: Points) -> NDArray[np.float64]:
    """How far each point is from the nearest of all points before it, in x or y, (N,).

    Those with at least so much room as a thumbnail takes never overlap, whoever comes first keeps
    its picture on the way in, and the same digits have one while a training moves them.
    """
    # Half the digits of a float, in place: a thousand points take 2 ms instead of 13.
    x, y = np.asarray(places, np.float32).T
    across, down = np.subtract.outer(x, x), np.subtract.outer(y, y)
    between = np.maximum(np.abs(across, out=across), np.abs(down, out=down), out=across)
    between[~np.tri(len(places), k=-1, dtype=np.bool_)] = np.inf
    nearest: NDArray[np.float64] = between.min(axis=1, initial=np.inf).astype(np.float64)
    return nearest


def choose(room: NDArray[np.float64], scale: float) -> tuple[NDArray[np.bool_], int]:
    """Which points are shown as thumbnails at a scale, (N,), and how much these are enlarged.

    Arguments:
        room: From `rooms`, in units of the plane.
        scale: Logical pixels per unit.

    All False while the points crowd.
    """
    for times, least in ((GROWN, GROWN_SHARE), (1, NEAR)):
        chosen = room * scale >= (1 - OVERLAP) * side(times)
        if len(room) and chosen.mean() >= least:
            return chosen, times
    return np.zeros(len(room), np.bool_), 1


def paint(painter: QPainter, corner: tuple[int, int], picture: QImage, tint: str) -> None:
    """A thumbnail, made by `picture_of`, in its coloured frame, its outer corner at `corner`."""
    edge = picture.width() + 2 * (FRAME + RIM)
    room = QRect(*corner, edge, edge)
    painter.fillRect(room, QColor(theme.DARK.ground))
    painter.fillRect(room.adjusted(RIM, RIM, -RIM, -RIM), QColor(tint))
    inset = RIM + FRAME
    painter.drawImage(corner[0] + inset, corner[1] + inset, picture)


def picture_of(image: NDArray[np.uint8], times: int = 1) -> QImage:
    """A digit, uint8 (28, 28), each pixel enlarged to a square of `times` logical pixels."""
    large = grey_image(image.repeat(times, axis=0).repeat(times, axis=1))
    return large.convertToFormat(QImage.Format.Format_RGB32)  # is blitted as it is
