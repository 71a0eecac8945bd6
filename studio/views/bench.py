"""The left half of the Draw page: the sheet with the tools around it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from studio.views import theme
from studio.views.canvas import LEAST_SIDE, THICKEST, THINNEST, DigitCanvas
from studio.views.pictures import PIXELS

TOOL_WIDTH = 36
SLIDER_STEPS_PER_PIXEL = 5
SLIDER_HEIGHT = 104


class Bench(QWidget):
    """The sheet, as large as the room allows, with the tools beside it and the switches below."""

    def __init__(
        self, canvas: DigitCanvas, tools: QWidget, below: QWidget, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._canvas, self._tools, self._below = canvas, tools, below
        for part in (canvas, tools, below):
            part.setParent(self)
        self.setMinimumSize(
            LEAST_SIDE + theme.M + TOOL_WIDTH,
            LEAST_SIDE + theme.M + self._below.sizeHint().height(),
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def width_for(self, height: int) -> int:
        """The width beyond which the sheet, bound by `height`, would not grow."""
        side = (height - theme.M - self._below.sizeHint().height()) // PIXELS * PIXELS
        return side + theme.M + TOOL_WIDTH

    def resizeEvent(self, event: QResizeEvent) -> None:
        low = self._below.sizeHint().height()
        room = min(self.width() - theme.M - TOOL_WIDTH, self.height() - theme.M - low)
        side = max(room // PIXELS * PIXELS, LEAST_SIDE)
        self._canvas.setGeometry(0, 0, side, side)
        self._tools.setGeometry(side + theme.M, 0, TOOL_WIDTH, side)
        self._below.setGeometry(0, side + theme.M, side, low)


class BrushSlider(QSlider):
    """An upright slider for the brush, with a wedge that says which end is thick."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("brushSlider")
        self.setAccessibleName("Brush size")
        self.setToolTip("Brush size ([ and ])")
        self.setRange(
            round(THINNEST * SLIDER_STEPS_PER_PIXEL), round(THICKEST * SLIDER_STEPS_PER_PIXEL)
        )
        self.setFixedSize(28, SLIDER_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        share = (self.value() - self.minimum()) / (self.maximum() - self.minimum())
        middle, radius = self.width() / 2, 6.0
        top, bottom = radius + 1, self.height() - radius - 1
        place = bottom - share * (bottom - top)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.line))
        painter.drawPolygon(
            [QPointF(middle - 5, top), QPointF(middle + 5, top), QPointF(middle, bottom)]
        )
        lively = self.hasFocus() or self.underMouse()
        painter.setBrush(QColor(tokens.accent if lively else tokens.text))
        if not self.isEnabled():
            painter.setBrush(QColor(tokens.line))
        painter.drawEllipse(QPointF(middle, place), radius, radius)
