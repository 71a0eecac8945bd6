"""Regions and paths on the map, as outlines that are computed once per scale."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPolygonF

from studio.views import theme

WIDTH, CASING = 2.0, 5.0
"""Logical pixels of a line, and of the dark one under it that keeps it visible on bright ink."""
CASING_SHADE = 150
"""Alpha of the dark line, of 255."""
FACE_SHADE = 22
"""Alpha of the face of a region, of 255."""
DASHES = (4.0, 3.0)
"""Of a region's border, in line widths; they stand still."""
END = 5.0
"""Radius of the marks at both ends of a path."""

Points = NDArray[np.float64]


class MapLine:
    """A region's border or a path, drawn in light on dark.

    Arguments:
        points: (n, 2) in plane coordinates, n >= 1.
        closed: A region, dashed and with a tinted face; otherwise a path, from a ring to a dot.
    """

    def __init__(self, points: Points, *, closed: bool) -> None:
        self._points = np.asarray(points, np.float64).reshape(-1, 2)
        self._closed = closed
        self._scale = math.nan
        self._face = self._line = self._casing = QPainterPath()

    def paint(self, painter: QPainter, left: float, top: float, room: QRectF, scale: float) -> None:
        """Paints what touches `room`, whose corner (0, 0) lies `left` and `top` pixels from the
        plane's origin."""
        if scale != self._scale:
            self._shape(scale)
        start = self._points[0] * (scale, -scale)
        off = QPointF(float(start[0]) - left, float(start[1]) - top)
        if not self._casing.controlPointRect().translated(off).intersects(room):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(off)
        if self._closed:
            painter.fillPath(self._face, _tint(theme.DARK.accent, FACE_SHADE))
        painter.fillPath(self._casing, QColor(0, 0, 0, CASING_SHADE))
        painter.fillPath(self._line, QColor(theme.DARK.text))
        painter.restore()

    def touches(self, left: float, top: float, room: QRectF, scale: float) -> bool:
        """Whether anything of it lies in `room`."""
        if scale != self._scale:
            self._shape(scale)
        start = self._points[0] * (scale, -scale)
        off = QPointF(float(start[0]) - left, float(start[1]) - top)
        return self._casing.controlPointRect().translated(off).intersects(room)

    def _shape(self, scale: float) -> None:
        """Makes the outlines, in pixels from the first point."""
        self._scale = scale
        places = (self._points - self._points[0]) * (scale, -scale)
        corners = [QPointF(x, y) for x, y in places.tolist()]
        way = QPainterPath()
        way.addPolygon(QPolygonF(corners))
        if self._closed:
            way.closeSubpath()
        self._face = way
        self._casing = _stroke(way, CASING)
        self._line = _stroke(way, WIDTH, dashed=self._closed)
        if not self._closed:
            for place, radius in ((corners[0], END), (corners[-1], END)):
                self._casing.addEllipse(place, radius + 1.5, radius + 1.5)
                self._line.addEllipse(place, radius, radius)
            for part in (self._casing, self._line):
                part.setFillRule(Qt.FillRule.WindingFill)


def _stroke(way: QPainterPath, width: float, *, dashed: bool = False) -> QPainterPath:
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    stroker.setCapStyle(Qt.PenCapStyle.FlatCap if dashed else Qt.PenCapStyle.RoundCap)
    if dashed:
        stroker.setDashPattern(DASHES)
    outline = stroker.createStroke(way)
    outline.setFillRule(Qt.FillRule.WindingFill)
    return outline


def _tint(colour: str, alpha: int) -> QColor:
    tint = QColor(colour)
    tint.setAlpha(alpha)
    return tint
