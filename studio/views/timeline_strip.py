"""The training from its first step to now, with the cursor that looks back over it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import theme
from studio.views.timeline_painter import (
    CURVES,
    HEIGHT,
    LABELS,
    TICKS,
    Alarm,
    Curve,
    Scale,
    Scene,
    paint,
    words_near,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent

REACH = 6
"""Pixels within which the pointer means a sign, or the right end."""
MOST_WORDS = 5
"""Lines of a tooltip, at most."""
LEAP = 10
"""So many snapshots lie between two presses of Page Up or Page Down."""
NOTCH = 120
"""What Qt counts for one notch of the wheel."""
TEACHING = "The training's history will appear here: drag over it to look back."


class TimelineStrip(QWidget):
    """Painted in two parts: what lies still is kept as a picture, the cursor goes over it.

    Dragging moves the strip's own cursor at once; whoever listens may follow at leisure.
    """

    cursor_requested = Signal(object)
    """The step that the user wants to look at; it may be too large for Signal(int)."""
    live_requested = Signal()
    step_requested = Signal(int)
    """So many snapshots on, or back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timelineStrip")
        self.setAccessibleName("Timeline of the training")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(240)
        self._scene = Scene()
        self._cursor: int | None = None
        self._active = True
        self._hover: float | None = None
        self._dragging = False
        self._framed = False
        self._turned = 0
        self._layer: QPixmap | None = None
        self._describe()

    # -- setters --------------------------------------------------------------------------------

    def set_span(self, last: int, total: int | None) -> None:
        """How far the training has come.

        Arguments:
            last: The newest step; 0 is nothing yet.
            total: The step at the right end; None while nobody knows where it ends.
        """
        self._change(last=last, total=total)
        self._describe()

    def set_active(self, active: bool) -> None:
        """Whether the training goes on: its right end is LIVE then, otherwise the END."""
        if active != self._active:
            self._active = active
            self._describe()
            self.update()

    def set_stages(self, stages: Sequence[tuple[int, str]]) -> None:
        """The step at which each stage began, and its name."""
        self._change(stages=tuple(stages))

    def set_curves(self, curves: Sequence[tuple[str, str, np.ndarray, np.ndarray]]) -> None:
        """Name, role, steps and values of each player's loss, thinned out to the pixels.

        Each fills the height by itself; they share no value axis.
        """
        self._change(curves=tuple(Curve(*curve) for curve in curves))

    def set_snapshots(self, steps: Sequence[int]) -> None:
        """The steps whose weights are kept, rising."""
        self._change(snapshots=tuple(steps))

    def set_marks(self, marks: Sequence[tuple[int, str]]) -> None:
        """Interventions: (step, what was done)."""
        self._change(marks=tuple(marks))

    def set_alarms(self, alarms: Sequence[tuple[int, bool, str]]) -> None:
        """Warnings: (step, whether it begins there or ends, the sentence)."""
        self._change(alarms=tuple(Alarm(*alarm) for alarm in alarms))

    def set_checkpoint(self, step: int | None) -> None:
        """Where the training could go on, or None."""
        self._change(checkpoint=step)

    def set_cursor(self, step: int | None) -> None:
        """The step that is looked at; None for the right end."""
        if step == self._cursor:
            return
        self._cursor = step
        self._describe()
        self.update()

    # -- what it shows --------------------------------------------------------------------------

    def cursor_step(self) -> int | None:
        """Where the cursor stands; None for the right end."""
        return self._cursor

    def x_of(self, step: int) -> float:
        """Where a step lies, in pixels from the left."""
        return self._scale().x(step)

    def words_at(self, x: float) -> str:
        """What can be read there: the step, its stage, and what happened close by."""
        scale = self._scale()
        step = min(scale.step(x), self._scene.last)
        # The first line is ours and no markup, so Qt takes all of it for plain text.
        lines = [f"Step {step:,}"]
        if len(self._scene.stages) > 1:
            lines += [name for at, name in self._scene.stages if at <= step][-1:]
        reach = REACH * scale.extent / max(self.width(), 1)
        found = words_near(self._scene, step, reach)
        lines += found[:MOST_WORDS]
        if len(found) > MOST_WORDS:
            lines.append(f"and {len(found) - MOST_WORDS} more")
        return "\n".join(lines)

    def sizeHint(self) -> QSize:
        return QSize(640, HEIGHT)

    def _scale(self) -> Scale:
        return Scale(float(self.width()), self._scene.extent())

    def _change(self, **values: Any) -> None:
        self._scene = replace(self._scene, **values)
        self._layer = None
        self.update()

    def _describe(self) -> None:
        last = self._scene.last
        if last == 0:
            text = TEACHING
        elif self._cursor is None:
            text = f"Live, step {last:,}" if self._active else f"Step {last:,}, the end"
        else:
            text = f"Looking back at step {self._cursor:,} of {last:,}"
        self.setAccessibleDescription(text)

    # -- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        if self._layer is None or self._layer.deviceIndependentSize() != self.size().toSizeF():
            self._layer = self._paint_layer(tokens)
        painter.drawPixmap(0, 0, self._layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._scene.last:
            self._paint_hover(painter, tokens)
            self._paint_ends(painter, tokens)
        if self.hasFocus() and self._framed:
            painter.setPen(QPen(QColor(tokens.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.CORNER, theme.CORNER
            )
        painter.end()

    def _paint_layer(self, tokens: theme.Tokens) -> QPixmap:
        ratio = self.devicePixelRatioF()
        layer = QPixmap(self.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(Qt.GlobalColor.transparent)
        painter = QPainter(layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(QRectF(self.rect()), theme.CORNER, theme.CORNER)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._scene.last:
            paint(painter, self._scene, self._scale(), tokens, self.font())
        else:
            painter.setPen(QColor(tokens.quiet))
            painter.setFont(self.font())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, TEACHING)
        painter.end()
        return layer

    def _paint_hover(self, painter: QPainter, tokens: theme.Tokens) -> None:
        if self._hover is None or self._dragging:
            return
        x = min(max(self._hover, self.x_of(0)), self.x_of(self._scene.last))
        painter.setPen(QPen(QColor(theme.blend(tokens.accent, tokens.surface, 0.5)), 1))
        painter.drawLine(QPointF(x, CURVES[0]), QPointF(x, TICKS[1]))

    def _paint_ends(self, painter: QPainter, tokens: theme.Tokens) -> None:
        """The cursor, and the right end that it is, or comes back to."""
        word = "LIVE" if self._active else "END"
        if self._cursor is None:
            self._paint_cursor(painter, tokens, self._scene.last, word)
            return
        taken = self._paint_cursor(painter, tokens, self._cursor, f"step {self._cursor:,}")
        end = self.x_of(self._scene.last)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.drawLine(QPointF(end, LABELS[1]), QPointF(end, TICKS[1]))
        place = self._label_place(painter, self._scene.last, word)
        if not place.intersects(taken.adjusted(-theme.XS, 0, theme.XS, 0)):
            painter.setPen(QColor(tokens.quiet))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, word)

    def _paint_cursor(
        self, painter: QPainter, tokens: theme.Tokens, step: int, text: str
    ) -> QRectF:
        accent = QColor(tokens.accent)
        x = int(self.x_of(step)) + 0.5  # on a pixel's middle a line is sharp
        place = self._label_place(painter, step, text)
        painter.setPen(QPen(accent, theme.STROKE))
        painter.drawLine(QPointF(x, LABELS[1]), QPointF(x, TICKS[1]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawRoundedRect(place, theme.XS, theme.XS)
        painter.drawEllipse(QPointF(x, (TICKS[0] + TICKS[1]) / 2), 4, 4)
        painter.setPen(QColor(theme.on_colour(tokens)))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        return place

    def _label_place(self, painter: QPainter, step: int, text: str) -> QRectF:
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL, bold=True)))
        width = painter.fontMetrics().horizontalAdvance(text) + theme.M
        left = self.x_of(step) - width / 2
        left = min(max(left, theme.XS), self.width() - width - theme.XS)
        return QRectF(left, LABELS[0], width, LABELS[1] - LABELS[0])

    # -- mouse and keys -------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._scene.last:
            self._dragging = True
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position().x()
        if self._dragging:
            self._seek(self._hover)
        elif self._scene.last:
            self.setToolTip(self.words_at(self._hover))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._scene.last:
            self._go_live()

    def _seek(self, x: float) -> None:
        if x >= self.x_of(self._scene.last) - REACH:
            self._go_live()
            return
        step = self._scale().step(x)
        if step != self._cursor:
            self.set_cursor(step)
            self.cursor_requested.emit(step)

    def _go_live(self) -> None:
        if self._cursor is not None:
            self.set_cursor(None)
            self.live_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        # Down and to the right is onwards, as on a page; fine wheels add up to a notch.
        self._turned -= delta.y() if abs(delta.y()) >= abs(delta.x()) else delta.x()
        notches = int(self._turned / NOTCH)
        if notches:
            self._turned -= notches * NOTCH
            self.step_requested.emit(notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        walks = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageUp: -LEAP,
            Qt.Key.Key_PageDown: LEAP,
        }
        key = Qt.Key(event.key())
        if key in walks:
            self.step_requested.emit(walks[key])
        elif key == Qt.Key.Key_Home and self._scene.last:
            self.cursor_requested.emit(next(iter(self._scene.snapshots), 0))
        elif key == Qt.Key.Key_End:
            self.live_requested.emit()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # Who clicks sees where the keyboard is; the frame is for those who come by Tab.
        self._framed = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._layer = None
            self.update()
        super().changeEvent(event)
