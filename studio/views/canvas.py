"""The sheet of paper: a 28 x 28 drawing made with mouse or pen, with a mask over it.

The ink, the mask and the traces of the eraser are three arrays; every command flips one `Patch` in
each of them, so that undo and redo are exact to the byte and cost a few hundred bytes per stroke.
Input, tools and painting of the one widget are kept together, which makes the module long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QTabletEvent,
    QUndoStack,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import strokes, theme
from studio.views.canvas_marks import paint_brush, paint_grid, paint_mask, paint_wishes
from studio.views.drawing import Change, Drawing, outline
from studio.views.strokes import SIDE, Image, Mask, Patch, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOOLS: Final = ("pen", "eraser", "mask", "unmask")
BRUSHES: Final = {"pen": 2.2, "eraser": 3.4, "mask": 5.0, "unmask": 5.0}
"""Width of each tool's brush in image pixels, until the user changes it."""
THINNEST, THICKEST, BRUSH_STEP = 0.6, 12.0, 0.4
LEAST_SIDE: Final = 448
ERASED_FROM = 24
"""Loss of grey value from which a pixel counts as erased, not only grazed."""
GRID_FROM = 12
"""Screen pixels per image pixel from which the pixel grid is worth showing."""


@dataclass(slots=True)
class _Stroke:
    """A stroke under way: its tool, where it has got to, and what to return to on Esc."""

    tool: str
    before: Drawing
    last: Point
    radius: float


class DigitCanvas(QWidget):
    """A square sheet on which a digit is drawn.

    Signals:
        changed(): what `image()` or `mask()` return has changed; also in the middle of a stroke.
        stroke_finished(): a stroke has ended and lies on the undo stack.
        tool_changed(str), brush_changed(float): by key, by pen or by a setter.
    """

    changed = Signal()
    stroke_finished = Signal()
    tool_changed = Signal(str)
    brush_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("digitCanvas")
        self.setAccessibleName("Drawing canvas, 28 by 28 pixels")
        self.setAccessibleDescription(
            "Left button draws, right button erases. P pen, E eraser, M mask, [ and ] brush size."
        )
        self.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._drawing = Drawing()
        self._image: Image | None = None
        self._mask_shape: tuple[int, QPainterPath, list[QLineF]] | None = None
        self._tool = "pen"
        self._brushes = dict(BRUSHES)
        self._stroke: _Stroke | None = None
        self._hover: QPointF | None = None
        self._prompt = "Draw a digit here"
        self._wishes: NDArray[Any] | None = None
        # With a parent: a stack with commands emits as it dies, and one that is owned by Python
        # dies after its listeners' wrappers, which ends the process.
        self._stack = QUndoStack(self)
        self._stack.indexChanged.connect(self._on_stack_index_changed)

    # What lies on the sheet

    @property
    def undo_stack(self) -> QUndoStack:
        """All commands since the start, without limit."""
        return self._stack

    def image(self) -> Image:
        """The drawing as the models' uint8 (28, 28), ink bright on dark; a copy."""
        if self._image is None:
            self._image = strokes.average(self._drawing.ink)
        return self._image.copy()

    def mask(self) -> Mask:  # type: ignore[override]  # QWidget.mask, of window shapes, sleeps
        """The pixels to be filled in, bool (28, 28); a copy."""
        return self._drawing.mask.copy()

    def set_image(self, image: Image) -> None:
        """Replaces the drawing by a uint8 (28, 28), as one undoable command; the mask stays."""
        after = self._drawing.copy()
        after.ink[...] = strokes.enlarge(image)
        after.erased[...] = False
        self._push("Load digit", after)

    def set_wishes(self, shares: NDArray[Any] | None) -> None:
        """Colours what would make the drawing more real: (28, 28) in [-1, 1], 1 where ink is
        wanted most and -1 where it is to go."""
        self._wishes = shares
        self.update()

    def clear(self) -> None:
        """An empty sheet without a mask, as one undoable command."""
        self._push("Clear", Drawing())

    def clear_mask(self) -> None:
        """Takes the mask away, as one undoable command."""
        after = self._drawing.copy()
        after.mask[...] = False
        self._push("Clear mask", after)

    def mask_erased(self) -> bool:
        """Masks what the eraser took away, and its neighbours; says whether there was anything."""
        if not self._drawing.erased.any():
            return False
        after = self._drawing.copy()
        after.mask |= strokes.grown(self._drawing.erased)
        self._push("Mask what was erased", after)
        return True

    def undo(self) -> None:
        """Takes the last command back; a stroke under way is only cancelled."""
        if self._stroke is not None:
            self._cancel_stroke()
        else:
            self._stack.undo()

    def redo(self) -> None:
        """Does again what was undone last."""
        if self._stroke is None:
            self._stack.redo()

    # Tools

    def tool(self) -> str:
        """One of TOOLS."""
        return self._tool

    def set_tool(self, tool: str) -> None:
        """Takes up another tool; each tool remembers its own brush."""
        assert tool in TOOLS, tool
        if tool == self._tool:
            return
        brush = self.brush()
        self._tool = tool
        self.tool_changed.emit(tool)
        if self.brush() != brush:
            self.brush_changed.emit(self.brush())
        self.update()

    def brush(self) -> float:
        """The width of the present tool's brush, in image pixels."""
        return self._brushes[self._tool]

    def set_brush(self, width: float) -> None:
        """Sets the present tool's brush, held between THINNEST and THICKEST."""
        width = round(min(max(width, THINNEST), THICKEST), 2)
        if width != self.brush():
            self._brushes[self._tool] = width
            self.brush_changed.emit(width)
            self.update()

    # Strokes

    def _push(self, name: str, after: Drawing) -> None:
        """Makes the drawing equal to `after` through the undo stack, if that changes anything."""
        self._cancel_stroke()
        pairs = zip(self._drawing.layers(), after.layers(), strict=True)
        patches = [Patch.between(old, new) for old, new in pairs]
        if any(patch is not None for patch in patches):
            self._stack.push(Change(name, self._drawing, patches))

    def _begin_stroke(self, tool: str, place: QPointF, pressure: float = 1.0) -> None:
        radius = self._brushes[tool] / 2 * pressure
        self._stroke = _Stroke(tool, self._drawing.copy(), self._pixel(place), radius)
        self._extend_stroke(place, pressure)

    def _extend_stroke(self, place: QPointF, pressure: float = 1.0) -> None:
        stroke = self._stroke
        assert stroke is not None
        end, radius = self._pixel(place), self._brushes[stroke.tool] / 2 * pressure
        if stroke.tool in ("mask", "unmask"):
            value = stroke.tool == "mask"
            strokes.mark(self._drawing.mask, stroke.last, end, radius, value=value)
        else:
            erase = stroke.tool == "eraser"
            radii = stroke.radius, radius
            strokes.stamp(self._drawing.ink, stroke.last, end, radii, erase=erase)
        stroke.last, stroke.radius = end, radius
        self._show_change()

    def _finish_stroke(self) -> None:
        stroke = self._stroke
        if stroke is None:
            return
        after = self._drawing.copy()
        gain = strokes.average(after.ink).astype(int) - strokes.average(stroke.before.ink)
        after.erased = (after.erased | (gain < -ERASED_FROM)) & (gain <= 0)
        # The command itself draws the stroke, so that first time and redo are the same code.
        self._drawing.take(stroke.before)
        self._stroke = None
        self._push(f"{stroke.tool.capitalize()} stroke", after)
        self.stroke_finished.emit()

    def _cancel_stroke(self) -> None:
        if self._stroke is not None:
            self._drawing.take(self._stroke.before)
            self._stroke = None
            self._show_change()

    def _on_stack_index_changed(self) -> None:
        self._show_change()

    def _show_change(self) -> None:
        self._image = None
        self._mask_shape = None
        self.update()
        self.changed.emit()

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        other = {"mask": "unmask", "unmask": "mask"}.get(self._tool, "eraser")
        if self._stroke is not None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin_stroke(self._tool, event.position())
        elif event.button() == Qt.MouseButton.RightButton:
            self._begin_stroke(other, event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        if self._stroke is not None:
            self._extend_stroke(event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            self._finish_stroke()

    def tabletEvent(self, event: QTabletEvent) -> None:
        # Accepted whatever it is: otherwise Qt sends the same movement again as a mouse event.
        event.accept()
        self._hover = event.position()
        pressure = 0.5 + event.pressure()
        if event.type() == QEvent.Type.TabletPress and self._stroke is None:
            rubber = event.pointerType() == QPointingDevice.PointerType.Eraser
            rubber |= event.button() == Qt.MouseButton.RightButton
            other = {"mask": "unmask", "unmask": "mask"}.get(self._tool, "eraser")
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._begin_stroke(other if rubber else self._tool, event.position(), pressure)
        elif event.type() == QEvent.Type.TabletMove and self._stroke is not None:
            self._extend_stroke(event.position(), pressure)
        elif event.type() == QEvent.Type.TabletRelease:
            self._finish_stroke()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.handle_key(event):
            super().keyPressEvent(event)

    def handle_key(self, event: QKeyEvent) -> bool:
        """Does what a key means for drawing; says whether it means anything.

        Keys are read here and not by QShortcuts, which would make the same key in a menu of the
        window ambiguous and thereby dead. The page hands over keys that its other widgets leave.
        """
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo) or (
            event.key() in (Qt.Key.Key_Y, Qt.Key.Key_Z)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.redo()
        elif event.key() == Qt.Key.Key_Escape and self._stroke is not None:
            self._cancel_stroke()
        elif event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        elif event.key() == Qt.Key.Key_P:
            self.set_tool("pen")
        elif event.key() == Qt.Key.Key_E:
            self.set_tool("eraser")
        elif event.key() == Qt.Key.Key_M:
            self.set_tool("pen" if self._tool == "mask" else "mask")
        elif event.key() == Qt.Key.Key_BracketLeft:
            self.set_brush(self.brush() - BRUSH_STEP)
        elif event.key() == Qt.Key.Key_BracketRight:
            self.set_brush(self.brush() + BRUSH_STEP)
        else:
            return False
        return True

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def hideEvent(self, event: QEvent) -> None:
        self._finish_stroke()

    # Geometry and painting

    def sizeHint(self) -> QSize:
        return QSize(LEAST_SIDE, LEAST_SIDE)

    def sheet(self) -> QRectF:
        """Where the 28 x 28 pixels lie in the widget: a square at the top left, of
        whole screen pixels."""
        cell = max(min(self.width(), self.height()) // SIDE, 1)
        side = cell * SIDE
        return QRectF(0, 0, side, side)

    def _pixel(self, place: QPointF) -> Point:
        sheet = self.sheet()
        scale = SIDE / sheet.width()
        return (place.x() - sheet.left()) * scale, (place.y() - sheet.top()) * scale

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        sheet = self.sheet()
        painter = QPainter(self)
        pixels = self.image()
        picture = QImage(pixels.data, SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8)
        painter.drawImage(sheet, picture)
        if self._wishes is not None:
            paint_wishes(painter, sheet, pixels, self._wishes)
        if sheet.width() >= GRID_FROM * SIDE:
            paint_grid(painter, sheet)
        self._paint_mask(painter, sheet, QColor(tokens.accent))
        if not pixels.any() and self._stroke is None and not self._drawing.mask.any():
            painter.setFont(theme.sized(self.font(), theme.TITLE))
            painter.setPen(QColor(theme.DARK.quiet))
            painter.drawText(sheet, Qt.AlignmentFlag.AlignCenter, self._prompt)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hover is not None and self.isEnabled():
            self._paint_brush(painter, sheet, self._hover)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 1))
            painter.drawRect(sheet.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_mask(self, painter: QPainter, sheet: QRectF, colour: QColor) -> None:
        if not self._drawing.mask.any():
            return
        cell = int(sheet.width()) // SIDE
        if self._mask_shape is None or self._mask_shape[0] != cell:
            self._mask_shape = cell, *outline(self._drawing.mask, cell)
        _, area, edges = self._mask_shape
        paint_mask(painter, sheet, area, edges, colour)

    def _paint_brush(self, painter: QPainter, sheet: QRectF, place: QPointF) -> None:
        tool = self._stroke.tool if self._stroke is not None else self._tool
        radius = max(self._brushes[tool] / 2 * sheet.width() / SIDE, 2.0)
        paint_brush(painter, place, radius, adds=tool in ("pen", "mask"))
