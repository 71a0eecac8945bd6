"""The sheet of paper: a drawing made with mouse, pen or fingers, with a mask over it.

The ink, the mask and the traces of the eraser are three arrays; every command flips one `Patch` in
each of them, so that undo and redo are exact to the byte and cost a few hundred bytes per stroke.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QUndoStack,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import strokes
from studio.views.canvas_keys import pressed, released
from studio.views.canvas_painter import Look, paint_canvas
from studio.views.canvas_view import SheetView
from studio.views.drawing import Change, Drawing
from studio.views.pointer_surface import PointerSurface
from studio.views.stroke import BRUSHES, TOOLS, Stroke
from studio.views.strokes import Image, Mask, Patch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BRUSHES", "LEAST_SIDE", "THICKEST", "THINNEST", "TOOLS", "DigitCanvas"]

THINNEST, THICKEST = 0.6, 12.0
LEAST_SIDE: Final = 336
"""In the smallest window, below a notice; from 1280 x 800 on it is 476 or more."""


class DigitCanvas(PointerSurface):
    """A square sheet on which a digit is drawn.

    Signals:
        changed(): what `image()` or `mask()` return has changed; also in the middle of a stroke.
        stroke_finished(): a stroke has ended and lies on the undo stack.
        tool_changed(str), brush_changed(float): by key, by pen or by a setter.
        zoom_changed(float): 1 where the whole sheet is seen.
        before_shown(bool): whether the key that shows the drawing as it was is being held.
        history_changed(): something else than before can be undone or redone.
        before_held(bool): that key is held while there is a preview: whoever gave it is to give the
            drawing instead.
        before_changed(): there is something else to show, or nothing, while that key is held.
    """

    changed = Signal()
    stroke_finished = Signal()
    tool_changed = Signal(str)
    brush_changed = Signal(float)
    zoom_changed = Signal(float)
    before_shown = Signal(bool)
    before_changed = Signal()
    before_held = Signal(bool)
    history_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("digitCanvas")
        self.setAccessibleName("Drawing canvas, 28 by 28 pixels")
        self.setAccessibleDescription(
            "Left button draws, right button erases. P pen, E eraser, M mask, U unmask, R mask a "
            "rectangle, [ and ] brush size, Ctrl and wheel zoom, A shows what it was before."
        )
        self.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._drawing = Drawing()
        self._image: Image | None = None
        self._view = SheetView()
        self._look = Look()
        self._tool = "pen"
        self._brushes = dict(BRUSHES)
        self._stroke: Stroke | None = None
        self._before: Image | None = None
        self._holding = False
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

    def set_image(self, image: Image, name: str = "Load digit") -> None:
        """Replaces the drawing by a uint8 (28, 28), as one undoable command; the mask stays.

        Arguments:
            name: What the undo stack calls it.
        """
        after = self._drawing.copy()
        after.ink[...] = strokes.enlarge(image)
        after.erased[...] = False
        self._push(name, after)

    def take_over(self, image: Image, name: str = "Take over result") -> None:
        """Replaces drawing and mask by a result, as one command, and remembers what was before."""
        before = self.image()
        after = Drawing()
        after.ink[...] = strokes.enlarge(image)
        self._push(name, after)
        self.set_before(before)

    def set_wishes(self, shares: NDArray[Any] | None) -> None:
        """Colours what would make the drawing more real: (28, 28) in [-1, 1], 1 where ink is
        wanted most and -1 where it is to go."""
        self._look.wishes = shares
        self.update()

    def clear(self) -> None:
        """An empty sheet without a mask, as one undoable command."""
        self._push("Clear", Drawing())

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
            self.cancel_stroke()
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
        """Sets the present tool's brush, held between THINNEST and THICKEST; rectangles have
        none."""
        width = round(min(max(width, THINNEST), THICKEST), 2)
        if width != self.brush() and self._tool != "rectangle":
            self._brushes[self._tool] = width
            self.brush_changed.emit(width)
            self.update()

    # What is shown

    def set_before(self, image: Image | None) -> None:
        """What is shown while A is held, uint8 (28, 28); None where there is nothing to go back
        to."""
        self.show_before(False)
        self._before = None if image is None else image.copy()
        self.before_changed.emit()

    def before(self) -> Image | None:
        """What is shown while A is held."""
        return self._before

    def set_pixels_shown(self, shown: bool) -> None:
        """Shows the 28 x 28 pixels that models get, rather than the ink as it was drawn."""
        self._look.pixels = shown
        self.update()

    def set_framing_shown(self, shown: bool, *, moves: bool = True) -> None:
        """Shows the box of the ink and its centre of mass over the drawing, and with `moves` where
        MNIST's framing will put them."""
        self._look.framing, self._look.moves = shown, moves
        self.update()

    def zoom(self) -> float:
        """How much larger than the whole sheet in the room there is; from 1."""
        return self._view.zoom

    def fit(self) -> None:
        """Shows the whole sheet."""
        self._after_view(self._view.fit())

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Zooms so that the pixel under `about`, a place on this widget, stays under it: the place
        of the pointer or else the middle, if none is named."""
        about = about or self.hover or self._view.window().center()
        self._after_view(self._view.zoom_by(factor, about))

    def move_by(self, across: float, down: float) -> None:
        """Moves the sheet by screen pixels; its edges stay at the edges of the canvas."""
        self._after_view(self._view.move_by(across, down))

    def _after_view(self, changed: bool) -> None:
        if changed:
            self.update()
            self.zoom_changed.emit(self.zoom())

    def show_before(self, shown: bool) -> None:
        """Shows the drawing as it was before the last result was taken over, or as it is."""
        if self._holding != (shown and self._look.preview is not None):
            self._holding = not self._holding
            self.before_held.emit(self._holding)
        if self._holding:
            return
        shown = shown and self._before is not None
        if shown != self._look.is_before:
            self._look.is_before = shown
            self._look.before = self._before
            self.update()
            self.before_shown.emit(shown)

    def set_preview(self, image: Image | None) -> None:
        """Shows a uint8 (28, 28) instead of the drawing, which stays what it is; None ends that."""
        self._look.preview = None if image is None else image.copy()
        self.update()

    def set_preview_before(self, before: bool) -> None:
        """Says of the preview that it is the drawing as it is, and not what it may become."""
        self._look.is_drawing = before
        self.update()

    # Strokes

    def stroking(self) -> bool:
        return self._stroke is not None

    def travelled(self) -> float:
        return 0.0 if self._stroke is None else self._stroke.travelled

    def begin_stroke(self, tool: str, place: QPointF, pressure: float = 1.0) -> None:
        self.show_before(False)
        self.set_preview(None)
        width = self._brushes.get(tool, self.brush())
        start = self._view.pixel(place)
        self._stroke = Stroke(tool, self._drawing, width, start, pressure)
        self._show_change()

    def extend_stroke(self, place: QPointF, pressure: float = 1.0) -> None:
        if self._stroke is not None:
            self._stroke.extend(self._view.pixel(place), pressure)
            self._show_change()

    def finish_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            # The command itself draws the stroke, so that first time and redo are the same code.
            self._push(stroke.name, stroke.finish())
            self.stroke_finished.emit()

    def cancel_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.take_back()
            self._show_change()

    def _push(self, name: str, after: Drawing) -> None:
        """Makes the drawing equal to `after` through the undo stack, if that changes anything."""
        self.cancel_stroke()
        pairs = zip(self._drawing.layers(), after.layers(), strict=True)
        patches = [Patch.between(old, new) for old, new in pairs]
        if any(patch is not None for patch in patches):
            self._stack.push(Change(name, self._drawing, patches))

    def _on_stack_index_changed(self) -> None:
        self._show_change()
        # Passed on: whoever listened to the stack itself would hear it die.
        self.history_changed.emit()

    def _show_change(self) -> None:
        self._image = None
        self.update()
        self.changed.emit()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.handle_key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.handle_release(event):
            super().keyReleaseEvent(event)

    def handle_key(self, event: QKeyEvent) -> bool:
        """Does what a key means for drawing; says whether it means anything. The page hands over
        the keys that its other widgets leave."""
        return pressed(self, event)

    def handle_release(self, event: QKeyEvent) -> bool:
        """Does what letting go of a key means; says whether it means anything."""
        return released(self, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowDeactivate:
            # The key will be let go over another window.
            self.show_before(False)
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def hideEvent(self, event: QEvent) -> None:
        self.show_before(False)
        self.finish_stroke()

    # Geometry and painting

    def sizeHint(self) -> QSize:
        return QSize(LEAST_SIDE, LEAST_SIDE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._view.set_room(self.width(), self.height())

    def sheet(self) -> QRectF:
        """Where the 28 x 28 pixels lie in the widget: all of it, unless zoomed in, in a square at
        the top left, of whole screen pixels."""
        return self._view.sheet()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._look.tool, self._look.stroke = self._tool, self._stroke
        self._look.brush = self._brushes.get(
            self._stroke.tool if self._stroke is not None else self._tool, self.brush()
        )
        self._look.hover = self.hover if self.isEnabled() else None
        self._look.focused = self.hasFocus()
        painter = QPainter(self)
        paint_canvas(
            painter, self._view.window(), self.sheet(), self._drawing, self.image(), self._look
        )
