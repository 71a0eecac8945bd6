"""What the keys mean on the canvas.

Keys are read here and not by QShortcuts, which would make the same key in a menu of the window
ambiguous and thereby dead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from studio.views.canvas_view import ZOOM_STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from studio.views.canvas import DigitCanvas

BRUSH_STEP = 0.4
BEFORE_KEY = Qt.Key.Key_A
_TOOLS = {Qt.Key.Key_P: "pen", Qt.Key.Key_E: "eraser"}
_TOGGLED = {Qt.Key.Key_M: "mask", Qt.Key.Key_U: "unmask", Qt.Key.Key_R: "rectangle"}
"""Pressed again, these go back to the pen."""
_BRUSHES = {Qt.Key.Key_BracketLeft: -BRUSH_STEP, Qt.Key.Key_BracketRight: BRUSH_STEP}
_ZOOMS = {
    Qt.Key.Key_Plus: ZOOM_STEP,
    Qt.Key.Key_Equal: ZOOM_STEP,
    Qt.Key.Key_Minus: 1 / ZOOM_STEP,
}
_IGNORED = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


def pressed(canvas: DigitCanvas, event: QKeyEvent) -> bool:
    """Does what a key means; says whether it means anything."""
    if event.matches(QKeySequence.StandardKey.Undo):
        canvas.undo()
    elif event.matches(QKeySequence.StandardKey.Redo):
        canvas.redo()
    elif event.key() == Qt.Key.Key_Escape and canvas.stroking():
        canvas.cancel_stroke()
    elif not event.modifiers() & ~_IGNORED:
        return _plain(canvas, event)
    elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return _with_control(canvas, Qt.Key(event.key()))
    else:
        return False
    return True


def released(canvas: DigitCanvas, event: QKeyEvent) -> bool:
    """Does what letting go of a key means; says whether it means anything."""
    if event.key() != BEFORE_KEY or event.isAutoRepeat():
        return False
    canvas.show_before(False)
    return True


def _plain(canvas: DigitCanvas, event: QKeyEvent) -> bool:
    key = Qt.Key(event.key())
    if key in _TOOLS:
        canvas.set_tool(_TOOLS[key])
    elif key in _TOGGLED:
        canvas.set_tool("pen" if canvas.tool() == _TOGGLED[key] else _TOGGLED[key])
    elif key in _BRUSHES:
        canvas.set_brush(canvas.brush() + _BRUSHES[key])
    elif key == BEFORE_KEY:
        # A held key repeats itself; and in the middle of a stroke nothing may hide it.
        if not event.isAutoRepeat() and not canvas.stroking():
            canvas.show_before(True)
    else:
        return False
    return True


def _with_control(canvas: DigitCanvas, key: Qt.Key) -> bool:
    if key in (Qt.Key.Key_Y, Qt.Key.Key_Z):
        canvas.redo()
    elif key == Qt.Key.Key_0:
        canvas.fit()
    elif key in _ZOOMS:
        canvas.zoom_by(_ZOOMS[key])
    else:
        return False
    return True
