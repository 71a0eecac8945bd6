"""Fingers: one draws, two move and zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.views.canvas import DigitCanvas
from studio.views.canvas_touch import Finger, Fingers

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def canvas(qtbot: QtBot) -> DigitCanvas:
    widget = DigitCanvas()
    qtbot.addWidget(widget)
    widget.resize(476, 476)
    widget.show()
    return widget


@pytest.fixture(scope="module")
def screen() -> QPointingDevice:
    return QTest.createTouchDevice()


def test_one_finger_draws_one_stroke(canvas: DigitCanvas, screen: QPointingDevice) -> None:
    QTest.touchEvent(canvas, screen).press(0, QPoint(85, 238))
    for x in range(110, 391, 40):
        QTest.touchEvent(canvas, screen).move(0, QPoint(x, 238))
    QTest.touchEvent(canvas, screen).release(0, QPoint(390, 238))
    assert canvas.undo_stack.count() == 1
    assert canvas.undo_stack.undoText() == "pen stroke"
    assert canvas.image()[13:15, 6:22].min() > 100
    assert canvas.hover is None, "a finger leaves no brush behind"


def test_a_finger_uses_the_tool_in_hand(canvas: DigitCanvas, screen: QPointingDevice) -> None:
    canvas.set_tool("rectangle")
    QTest.touchEvent(canvas, screen).press(0, QPoint(90, 90))
    QTest.touchEvent(canvas, screen).move(0, QPoint(200, 150))
    QTest.touchEvent(canvas, screen).release(0, QPoint(200, 150))
    assert canvas.mask()[5:9, 5:12].all()
    assert not canvas.image().any()


def test_two_fingers_move_and_zoom_and_draw_nothing(
    canvas: DigitCanvas, screen: QPointingDevice
) -> None:
    QTest.touchEvent(canvas, screen).press(0, QPoint(200, 238))
    QTest.touchEvent(canvas, screen).move(0, QPoint(200, 238)).press(1, QPoint(276, 238))
    sheet = canvas.sheet()
    middle_before = 238 / sheet.width()
    QTest.touchEvent(canvas, screen).move(0, QPoint(138, 238)).move(1, QPoint(338, 238))
    assert canvas.zoom() == pytest.approx(200 / 76)
    sheet = canvas.sheet()
    assert (238 - sheet.left()) / sheet.width() == pytest.approx(middle_before, abs=0.01)
    QTest.touchEvent(canvas, screen).move(0, QPoint(118, 228)).move(1, QPoint(318, 228))
    moved = canvas.sheet()
    assert moved.topLeft() == sheet.topLeft() + QPointF(-20, -10)
    QTest.touchEvent(canvas, screen).release(1, QPoint(318, 228)).move(0, QPoint(118, 228))
    QTest.touchEvent(canvas, screen).move(0, QPoint(40, 40))
    QTest.touchEvent(canvas, screen).release(0, QPoint(40, 40))
    assert not canvas.image().any(), "the finger that stays does not begin to draw"
    assert canvas.undo_stack.count() == 0
    QTest.touchEvent(canvas, screen).press(0, QPoint(200, 200))
    QTest.touchEvent(canvas, screen).release(0, QPoint(200, 200))
    assert canvas.image().any(), "the next one does"


def test_a_long_stroke_survives_the_palm(canvas: DigitCanvas, screen: QPointingDevice) -> None:
    QTest.touchEvent(canvas, screen).press(0, QPoint(85, 238))
    QTest.touchEvent(canvas, screen).move(0, QPoint(385, 238))
    QTest.touchEvent(canvas, screen).move(0, QPoint(385, 238)).press(1, QPoint(400, 440))
    assert canvas.undo_stack.count() == 1
    QTest.touchEvent(canvas, screen).release(0, QPoint(385, 238)).release(1, QPoint(400, 440))
    assert canvas.undo_stack.count() == 1


class Sketch:
    """What fingers do to a surface."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def begin_stroke(self, tool: str, place: QPointF, pressure: float = 1.0) -> None:
        self.told.append(("begin", tool, pressure))

    def extend_stroke(self, place: QPointF, pressure: float = 1.0) -> None:
        self.told.append(("extend", place.x(), pressure))

    def finish_stroke(self) -> None:
        self.told.append(("finish",))

    def cancel_stroke(self) -> None:
        self.told.append(("cancel",))

    def travelled(self) -> float:
        return 0.0

    def tool(self) -> str:
        return "pen"

    def zoom_by(self, factor: float, about: QPointF) -> None:
        self.told.append(("zoom", factor))

    def move_by(self, across: float, down: float) -> None:
        self.told.append(("move", across, down))


def test_pressure_is_felt_where_the_screen_feels_it() -> None:
    for felt, widths in (((0.2, 0.9), (0.7, 1.4)), ((None, None), (1.0, 1.0))):
        sketch = Sketch()
        fingers = Fingers(sketch)
        fingers.follow([Finger(3, QPointF(1, 1), felt[0])])
        fingers.follow([Finger(3, QPointF(9, 1), felt[1])])
        fingers.follow([])
        assert sketch.told == [
            ("begin", "pen", pytest.approx(widths[0])),
            ("extend", 9.0, pytest.approx(widths[1])),
            ("finish",),
        ]


def test_a_third_finger_and_a_change_of_fingers_do_not_make_it_jump() -> None:
    sketch = Sketch()
    fingers = Fingers(sketch)
    one, two, three = (Finger(k, QPointF(10 * k, 0)) for k in range(3))
    fingers.follow([one, two])
    fingers.follow([three, two, one])
    assert sketch.told == [("move", 0.0, 0.0), ("zoom", 1.0)]
    fingers.follow([two, three])
    fingers.follow([two])
    fingers.follow([two, Finger(7, QPointF(900, 900))])
    assert len(sketch.told) == 2


def test_fingers_that_the_system_takes_away_meant_nothing() -> None:
    sketch = Sketch()
    fingers = Fingers(sketch)
    fingers.follow([Finger(0, QPointF())])
    fingers.cancel()
    fingers.cancel()
    assert sketch.told == [("begin", "pen", 1.0), ("cancel",)]


def pen(canvas: DigitCanvas, kind: QEvent.Type, at: QPointF, **how: object) -> None:
    device = QPointingDevice(
        "pen", 7, QInputDevice.DeviceType.Stylus,
        how.get("tip", QPointingDevice.PointerType.Pen),
        QInputDevice.Capability.Pressure, 1, 3,
    )  # fmt: skip
    left = Qt.MouseButton.LeftButton
    down = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else left
    event = QTabletEvent(
        kind, device, at, canvas.mapToGlobal(at), how.get("pressure", 0.5), 0, 0, 0, 0, 0,
        Qt.KeyboardModifier.NoModifier, left, down,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def test_the_hand_that_holds_the_pen_does_not_draw(
    canvas: DigitCanvas, screen: QPointingDevice
) -> None:
    pen(canvas, QEvent.Type.TabletPress, QPointF(100, 100))
    QTest.touchEvent(canvas, screen).press(0, QPoint(400, 400))
    QTest.touchEvent(canvas, screen).move(0, QPoint(300, 400))
    pen(canvas, QEvent.Type.TabletMove, QPointF(200, 100))
    pen(canvas, QEvent.Type.TabletRelease, QPointF(200, 100))
    QTest.touchEvent(canvas, screen).release(0, QPoint(300, 400))
    assert canvas.image()[:10].any()
    assert not canvas.image()[15:].any()


def test_the_rubber_end_of_the_pen_erases(canvas: DigitCanvas) -> None:
    canvas.set_image(np.full((28, 28), 200, np.uint8))
    for kind in (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease):
        pen(canvas, kind, QPointF(238, 238), tip=QPointingDevice.PointerType.Eraser)
    assert canvas.image()[13, 13] == 0
    assert canvas.tool() == "pen"


def test_pressure_changes_the_width_along_a_stroke(canvas: DigitCanvas) -> None:
    canvas.set_brush(4)
    pen(canvas, QEvent.Type.TabletPress, QPointF(60, 238), pressure=0.0)
    pen(canvas, QEvent.Type.TabletMove, QPointF(420, 238), pressure=1.0)
    pen(canvas, QEvent.Type.TabletRelease, QPointF(420, 238), pressure=0.0)
    widths = canvas.image().astype(float).sum(axis=0) / 255
    assert widths[6] == pytest.approx(2.5, abs=0.6)
    assert widths[22] == pytest.approx(5.7, abs=0.6)
