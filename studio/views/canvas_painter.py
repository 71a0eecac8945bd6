"""What the canvas looks like: the ink, and whatever is shown over it at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from studio.views import theme
from studio.views.canvas_marks import (
    paint_band,
    paint_brush,
    paint_framing,
    paint_grid,
    paint_label,
    paint_mask,
    paint_wishes,
)
from studio.views.drawing import Drawing, outline
from studio.views.strokes import SIDE, Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.views.stroke import Stroke

GRID_FROM = 12
"""Screen pixels per image pixel from which the pixel grid is worth showing."""
PROMPT = "Draw a digit here"
BEFORE, PREVIEW = "Before", "Preview"


@dataclass(slots=True)
class Look:
    """What is shown besides the drawing.

    Attributes:
        wishes: What would make it more real, (28, 28) in [-1, 1].
        before, is_before: What it was before, uint8 (28, 28), and whether that is shown instead.
        preview: What it may become, uint8 (28, 28), shown instead.
        is_drawing: Whether that is the drawing itself, as those who made the preview were shown it.
        pixels: The 28 x 28 pixels rather than the fine ink.
        framing, moves: The box of the ink and its mass; and where they are going to be put.
        tool, brush, hover, stroke: The tool in hand, its width, where it is, what it is drawing.
        focused: Whether keys come here.
    """

    wishes: NDArray[Any] | None = None
    before: Image | None = None
    is_before: bool = False
    preview: Image | None = None
    is_drawing: bool = False
    pixels: bool = False
    framing: bool = False
    moves: bool = True
    tool: str = "pen"
    brush: float = 1.0
    hover: QPointF | None = None
    stroke: Stroke | None = None
    focused: bool = False
    _shape: tuple[bytes, float, QPainterPath, list[QLineF]] | None = None

    def outline(self, drawing: Drawing, cell: float) -> tuple[QPainterPath, list[QLineF]]:
        """The mask's area and edges, worked out once per mask and zoom."""
        key = drawing.mask.tobytes()
        if self._shape is None or self._shape[:2] != (key, cell):
            self._shape = (key, cell, *outline(drawing.mask, cell))
        return self._shape[2:]


def paint_canvas(
    painter: QPainter,
    window: QRectF,
    sheet: QRectF,
    drawing: Drawing,
    pixels: Image,
    look: Look,
) -> None:
    """The part of the sheet that lies in the window.

    Arguments:
        window: Where the sheet is seen, in screen pixels.
        sheet: Where the 28 x 28 pixels lie, reaching beyond the window when zoomed in.
        pixels: The drawing as models see it, uint8 (28, 28).
    """
    colours = theme.DARK  # The sheet is dark in both themes, as the digits of MNIST are.
    painter.setClipRect(window)
    instead = look.before if look.is_before else look.preview
    if instead is not None:
        _paint_ink(painter, sheet, instead, smooth=False)
        paint_label(
            painter,
            window,
            BEFORE if look.is_before or look.is_drawing else PREVIEW,
            QColor(colours.accent),
        )
        return
    smooth = not look.pixels and look.wishes is None
    _paint_ink(painter, sheet, drawing.ink if smooth else pixels, smooth=smooth)
    if look.wishes is not None:
        paint_wishes(painter, sheet, pixels, look.wishes)
    cell = sheet.width() / SIDE
    if cell >= GRID_FROM:
        paint_grid(painter, sheet)
    if drawing.mask.any():
        paint_mask(painter, sheet, *look.outline(drawing, cell), QColor(colours.accent))
    elif not pixels.any() and look.stroke is None:
        painter.setFont(theme.sized(painter.font(), theme.TITLE))
        painter.setPen(QColor(colours.quiet))
        painter.drawText(window, Qt.AlignmentFlag.AlignCenter, PROMPT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if look.framing and pixels.any():
        paint_framing(painter, sheet, pixels, moves=look.moves)
    _paint_tool(painter, sheet, look)
    if look.focused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.accent), 1))
        painter.drawRect(window.adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_ink(painter: QPainter, sheet: QRectF, ink: Image, *, smooth: bool) -> None:
    height, width = ink.shape
    picture = QImage(ink.data, width, height, width, QImage.Format.Format_Grayscale8)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(sheet, picture)


def _paint_tool(painter: QPainter, sheet: QRectF, look: Look) -> None:
    band = None if look.stroke is None else look.stroke.band()
    if look.stroke is not None and band is not None:
        paint_band(painter, sheet, band, adds=look.stroke.adds)
    elif look.hover is not None and look.tool != "rectangle":
        radius = max(look.brush / 2 * sheet.width() / SIDE, 2.0)
        adds = look.tool in ("pen", "mask") if look.stroke is None else look.stroke.adds
        paint_brush(painter, look.hover, radius, adds=adds)
