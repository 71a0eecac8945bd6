"""Regions and paths on the map, as outlines that are computed once per scale."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF

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
        self._outlined = False
        self._way = self._line = self._casing = QPainterPath()
        self._reach = QRectF()

    def paint(
        self,
        painter: QPainter,
        left: float,
        top: float,
        room: QRectF,
        scale: float,
        *,
        hasty: bool = False,
    ) -> bool:
        """Paints it where it touches `room`; whether it does.

        Arguments:
            left, top: Pixels from the plane's origin, y down, to the painter's (0, 0).
            room: In the painter's coordinates.
            scale: Logical pixels per unit of the plane.
            hasty: Only a plain line, for a scale that will not last.
        """
        if scale != self._scale:
            self._lay(scale)
        start = self._points[0] * (scale, -scale)
        off = QPointF(float(start[0]) - left, float(start[1]) - top)
        if not self._reach.translated(off).intersects(room):
            return False
        painter.save()
        painter.translate(off)
        if hasty:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.strokePath(self._way, QPen(QColor(theme.DARK.text), WIDTH))
        else:
            self._paint_finely(painter)
        painter.restore()
        return True

    def _lay(self, scale: float) -> None:
        """Lays the line out in pixels from its first point."""
        self._scale = scale
        self._outlined = False
        places = (self._points - self._points[0]) * (scale, -scale)
        corners = [QPointF(x, y) for x, y in places.tolist()]
        way = QPainterPath()
        way.addPolygon(QPolygonF(corners))
        if self._closed:
            way.closeSubpath()
        self._way = way
        margin = END + CASING
        self._reach = way.controlPointRect().adjusted(-margin, -margin, margin, margin)

    def _paint_finely(self, painter: QPainter) -> None:
        if not self._outlined:
            self._outline()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._closed:
            painter.fillPath(self._way, _tint(theme.DARK.accent, FACE_SHADE))
        painter.fillPath(self._casing, QColor(0, 0, 0, CASING_SHADE))
        painter.fillPath(self._line, QColor(theme.DARK.text))

    def _outline(self) -> None:
        self._outlined = True
        self._casing = _stroke(self._way, CASING)
        self._line = _stroke(self._way, WIDTH, dashed=self._closed)
        if not self._closed:
            for place in (QPointF(), self._way.currentPosition()):
                self._casing.addEllipse(place, END + 1.5, END + 1.5)
                self._line.addEllipse(place, END, END)
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
