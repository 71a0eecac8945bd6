"""The hands of the map: one that moves it, a lasso for a region and a pen for a path."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)

from studio.views import theme
from studio.views.plane_view import CLICK_REACH, PlaneView

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

Tool = Literal["hand", "lasso", "path"]

POINT_STEP = 3.0
"""Logical pixels between the points of a line drawn by hand."""
LEAST_REGION = 8.0
"""A lasso that is not so many pixels wide and high was a slip of the hand."""
TOOL_KEYS: dict[Qt.Key, Tool] = {
    Qt.Key.Key_V: "hand",
    Qt.Key.Key_S: "lasso",
    Qt.Key.Key_B: "path",
}
LEFT = Qt.MouseButton.LeftButton


class ToolView(PlaneView):
    """A plane on which one can draw regions and paths.

    The lasso is a loop drawn by hand. A path is either drawn by hand, or clicked point by point and
    ended by a double click or Enter; Backspace takes the last point back. Escape gives up what is
    being drawn, and then the tool. The middle button moves the plane whatever the tool is.

    Signals:
        lasso_drawn(object): float64 (m, 2), the corners of a closed region, m >= 3.
        path_drawn(object): float64 (n, 2), the points of a path, n >= 2.
        tool_changed(str): the user took another tool by its key.
    """

    lasso_drawn = Signal(object)
    path_drawn = Signal(object)
    tool_changed = Signal(str)

    _tool: Tool = "hand"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line: list[tuple[float, float]] = []  # in plane coordinates: it survives zooming
        self._pulling = False  # the button is down and draws
        self._pulled_from: QPointF | None = None
        self._by_clicks = False
        self._hover: QPointF | None = None

    def tool(self) -> Tool:
        """The tool at hand."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Takes "hand", "lasso" or "path"; what is being drawn is given up."""
        if tool not in ("hand", "lasso", "path"):
            raise ValueError(f"There is no tool named “{tool}”; choose hand, lasso or path.")
        self._give_up()
        self._tool = tool
        self.setMouseTracking(tool == "path")
        self.setCursor(self._resting_cursor())

    def line(self) -> NDArray[np.float64]:
        """What is being drawn, (n, 2) in plane coordinates; with the mouse for a clicked path."""
        points = list(self._line)
        if self._by_clicks and not self._pulling and self._hover is not None:
            points.append(self.to_plane(self._hover))
        return np.array(points, np.float64).reshape(-1, 2)

    # Drawing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != LEFT or self._tool == "hand" or not self._pickable:
            super().mousePressEvent(event)
            return
        self._pulling = True
        self._pulled_from = self._hover = event.position()
        if not self._by_clicks:
            self._line = [self.to_plane(event.position())]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        if self._pulling and not self._press:
            self._draw_to(event.position())
            return
        super().mouseMoveEvent(event)
        if self._by_clicks:
            self.update()

    def _draw_to(self, place: QPointF) -> None:
        start = self._pulled_from
        if start is not None:
            if math.dist(start.toTuple(), place.toTuple()) <= CLICK_REACH:
                return
            self._pulled_from = None
            if self._by_clicks:
                self._line.append(self.to_plane(start))
        last = self.to_widget(*self._line[-1])
        if math.dist(last.toTuple(), place.toTuple()) >= POINT_STEP:
            self._line.append(self.to_plane(place))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != LEFT or not self._pulling:
            super().mouseReleaseEvent(event)
            return
        self._pulling = False
        clicked, self._pulled_from = self._pulled_from is not None, None
        if self._tool == "path" and (clicked or self._by_clicks):
            if clicked:
                place = self.to_plane(event.position())
                self._line = [*self._line, place] if self._by_clicks else [place]
            self._by_clicks = True
            self.update()
        elif clicked:
            self._give_up()
            self._pick(event.position())
        else:
            self._finish()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == LEFT and self._by_clicks:
            self._finish()  # its first click has set the last point
        else:
            super().mouseDoubleClickEvent(event)

    def _finish(self) -> None:
        """Hands over what has been drawn, unless it is too small to have been meant."""
        points, tool = np.array(self._line, np.float64).reshape(-1, 2), self._tool
        self._give_up()
        if len(points) < 2:
            return
        extent = np.ptp(points, axis=0) * self.scale()
        if tool == "lasso" and len(points) >= 3 and extent.min() >= LEAST_REGION:
            self.lasso_drawn.emit(points)
        elif tool == "path" and extent.max() > CLICK_REACH:
            self.path_drawn.emit(points)

    def _give_up(self) -> None:
        self._line, self._pulled_from = [], None
        self._pulling = self._by_clicks = False
        self.update()

    # Keys and cursor

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if key == Qt.Key.Key_Escape and self._line:
            self._give_up()
        elif key == Qt.Key.Key_Escape and self._tool != "hand":
            self._take("hand")
        elif plain and key in TOOL_KEYS:
            self._take(TOOL_KEYS[key])
        elif self._by_clicks and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif self._by_clicks and key == Qt.Key.Key_Backspace:
            self._line.pop()
            self._by_clicks = bool(self._line)
            self.update()
        else:
            super().keyPressEvent(event)

    def _take(self, tool: Tool) -> None:
        if tool != self._tool:
            self.set_tool(tool)
            self.tool_changed.emit(tool)

    def hideEvent(self, event: QHideEvent) -> None:
        self._give_up()
        super().hideEvent(event)

    def _resting_cursor(self) -> QCursor:
        if not self._pickable:
            return QCursor(Qt.CursorShape.ArrowCursor)
        if self._tool == "hand":
            return super()._resting_cursor()
        return _drawing_cursor(self._tool, self.devicePixelRatioF())


def _drawing_cursor(tool: Tool, ratio: float) -> QCursor:
    """A cross with the sign of the tool beside it, visible on ink and on ground."""
    side, centre = 32, 11
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    cross, sign = QPainterPath(), QPainterPath()
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        cross.moveTo(centre + 3 * dx, centre + 3 * dy)
        cross.lineTo(centre + 9 * dx, centre + 9 * dy)
    if tool == "lasso":
        sign.addEllipse(QRectF(17, 17, 12, 8))
        sign.moveTo(19, 24)
        sign.lineTo(17, 29)
    else:
        sign.moveTo(17, 28)
        sign.cubicTo(18, 18, 26, 30, 29, 18)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for width, colour in ((3.5, theme.DARK.ground), (theme.STROKE, theme.DARK.text)):
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, cap, join))
        painter.drawPath(cross)
        painter.drawPath(sign)
    painter.end()
    return QCursor(picture, centre, centre)
