"""What lies still on the timeline: stages, curves, snapshots and what happened, from left to right.

The strip keeps the picture that is painted here and paints only its cursor anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio.views import theme

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtGui import QFont

HEIGHT = 56
EDGE = theme.L
"""Room at both ends, so that the cursor's handle is never cut."""
LABELS = (2.0, 16.0)
CURVES = (18.0, 38.0)
SIGNS = 44.0
TICKS = (49.0, 54.0)
"""The lanes, in pixels from the top: words, curves, the centre line of the signs, snapshots."""
SIGN = 4.0
"""Half the size of a diamond or a triangle."""
CALMEST, WILDEST = 2, 98
"""A curve fills its lane between these percentiles of its values; what lies outside is cut."""


@dataclass(frozen=True)
class Curve:
    """A player's loss, thinned out to the pixels: (n,) steps and values, gaps as NaN."""

    name: str
    role: str
    steps: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Alarm:
    """A warning that begins or ends at a step, in one sentence."""

    step: int
    begins: bool
    text: str


@dataclass(frozen=True)
class Scene:
    """All that the strip shows, apart from its cursor; steps rise everywhere."""

    last: int = 0
    total: int | None = None
    stages: tuple[tuple[int, str], ...] = ()
    curves: tuple[Curve, ...] = ()
    snapshots: tuple[int, ...] = ()
    marks: tuple[tuple[int, str], ...] = ()
    alarms: tuple[Alarm, ...] = ()
    checkpoint: int | None = None

    def extent(self) -> float:
        """The step at the right end.

        There is always some room to grow into, so that what has been drawn stays in its place for a
        while instead of creeping to the left all the time, but not much: a training that has just
        begun fills the strip, too. The end of the budget is the end of the strip.
        """
        if self.total is not None and self.last >= self.total:
            return float(max(self.last, 1))
        room = 40.0
        while room < self.last:
            room *= 1.25
        return room if self.total is None else float(max(min(room, self.total), 1))

    def alarmed(self) -> Iterator[tuple[int, int]]:
        """From when to when any warning held; the last one may still hold."""
        since, holding = 0, 0
        for alarm in self.alarms:
            if alarm.begins:
                since = since if holding else alarm.step
                holding += 1
            elif holding:
                holding -= 1
                if holding == 0:
                    yield since, alarm.step
        if holding:
            yield since, self.last


@dataclass(frozen=True)
class Scale:
    """From steps to pixels and back."""

    width: float
    extent: float

    def x(self, step: float) -> float:
        """Where a step lies."""
        return EDGE + (self.width - 2 * EDGE) * step / self.extent

    def step(self, x: float) -> int:
        """Which step lies there; not below zero."""
        share = (x - EDGE) / max(self.width - 2 * EDGE, 1.0)
        return max(0, round(share * self.extent))


def paint(painter: QPainter, scene: Scene, scale: Scale, tokens: theme.Tokens, font: QFont) -> None:
    """Paints everything but the cursor, on a face that is already there."""
    painter.setFont(theme.sized(font, theme.SMALL))
    _paint_stages(painter, scene, scale, tokens)
    _paint_alarmed(painter, scene, scale, tokens)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for curve in scene.curves:
        _paint_curve(painter, curve, scale, tokens)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_ticks(painter, scene, scale, tokens)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for step, _ in scene.marks:
        diamond(painter, QPointF(scale.x(step), SIGNS), tokens)
    for alarm in scene.alarms:
        triangle(painter, QPointF(scale.x(alarm.step), SIGNS), tokens, filled=alarm.begins)


def _paint_stages(painter: QPainter, scene: Scene, scale: Scale, tokens: theme.Tokens) -> None:
    if len(scene.stages) < 2:  # the name of an only stage says nothing
        return
    ends = [*(step for step, _ in scene.stages[1:]), scene.extent()]
    metrics = painter.fontMetrics()
    for number, ((begin, name), end) in enumerate(zip(scene.stages, ends, strict=True)):
        left, right = scale.x(begin), scale.x(end)
        band = QRectF(left, LABELS[0], right - left, TICKS[1] - LABELS[0])
        if number % 2:
            painter.fillRect(band, QColor(theme.blend(tokens.text, tokens.surface, 0.05)))
        painter.setPen(QColor(tokens.line))
        if number:
            painter.drawLine(QPointF(left, band.top()), QPointF(left, band.bottom()))
        painter.setPen(QColor(tokens.quiet))
        room = QRectF(left + theme.XS, LABELS[0], band.width() - theme.S, LABELS[1] - LABELS[0])
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
        if len(text) > 2:
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


def _paint_alarmed(painter: QPainter, scene: Scene, scale: Scale, tokens: theme.Tokens) -> None:
    wash = QColor(tokens.warning)
    wash.setAlphaF(0.13)
    for begin, end in scene.alarmed():
        left, right = scale.x(begin), scale.x(end)
        painter.fillRect(QRectF(left, CURVES[0], right - left, CURVES[1] - CURVES[0]), wash)


def _paint_curve(painter: QPainter, curve: Curve, scale: Scale, tokens: theme.Tokens) -> None:
    values = np.asarray(curve.values, dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        return
    low, high = np.percentile(values[known], [CALMEST, WILDEST])
    share = np.full(len(values), 0.5)
    if high > low:
        share[known] = np.clip((values[known] - low) / (high - low), 0, 1)
    ys = CURVES[1] - share * (CURVES[1] - CURVES[0])
    xs = [scale.x(step) for step in curve.steps.tolist()]
    painter.setPen(QPen(QColor(theme.role_colour(tokens, curve.role)), 1.2))
    # A gap ends one line and begins the next.
    ends = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0))
    for begin, end in ends.reshape(-1, 2):
        line = zip(xs[begin:end], ys[begin:end].tolist(), strict=True)
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in line]))


def _paint_ticks(painter: QPainter, scene: Scene, scale: Scale, tokens: theme.Tokens) -> None:
    painter.setPen(QPen(QColor(theme.blend(tokens.quiet, tokens.surface, 0.7)), 1))
    for x in sorted({round(scale.x(step)) for step in scene.snapshots}):
        painter.drawLine(QPointF(x, TICKS[0]), QPointF(x, TICKS[1]))
    if scene.checkpoint is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        x = round(scale.x(scene.checkpoint))
        painter.fillRect(QRectF(x - 3, TICKS[0], 6, 6), QColor(tokens.good))


def diamond(painter: QPainter, at: QPointF, tokens: theme.Tokens) -> None:
    """Somebody changed the game here."""
    painter.setPen(QPen(QColor(tokens.surface), 1))
    painter.setBrush(QColor(tokens.text))
    corners = ((0, -SIGN), (SIGN, 0), (0, SIGN), (-SIGN, 0))
    painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in corners]))


def triangle(painter: QPainter, at: QPointF, tokens: theme.Tokens, *, filled: bool) -> None:
    """A warning begins here, or, hollow, ends."""
    painter.setPen(QPen(QColor(tokens.surface if filled else tokens.warning), 1))
    painter.setBrush(QColor(tokens.warning if filled else tokens.surface))
    corners = ((0, -SIGN - 1), (SIGN + 1, SIGN), (-SIGN - 1, SIGN))
    painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in corners]))


def words_near(scene: Scene, step: int, reach: float) -> Sequence[str]:
    """What happened within `reach` steps of a step, one line each, nearest first."""
    found: list[tuple[float, str]] = []
    for at, text in scene.marks:
        found.append((abs(at - step), f"Step {at:,}: {text}"))
    for alarm in scene.alarms:
        found.append((abs(alarm.step - step), alarm.text))
    if scene.checkpoint is not None:
        text = f"Step {scene.checkpoint:,}: the training can go on from here"
        found.append((abs(scene.checkpoint - step), text))
    if scene.snapshots:
        nearest = min(scene.snapshots, key=lambda at: abs(at - step))
        found.append((abs(nearest - step), f"Step {nearest:,}: weights kept"))
    near = sorted((far, text) for far, text in found if far <= reach)
    return [text for _, text in near]
