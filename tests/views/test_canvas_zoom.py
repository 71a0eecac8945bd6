"""Zooming and moving: drawing hits the right pixel at any zoom, and the sheet stays in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.views.canvas import DigitCanvas
from studio.views.canvas_view import MOST_ZOOM, SheetView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def canvas(qtbot: QtBot) -> DigitCanvas:
    widget = DigitCanvas()
    qtbot.addWidget(widget)
    widget.resize(476, 476)
    widget.show()
    return widget


def wheel(
    canvas: DigitCanvas, at: QPoint, down: int, modifiers: Qt.KeyboardModifier = CONTROL, across=0
) -> QWheelEvent:
    place = QPointF(at)
    event = QWheelEvent(
        place, QPointF(canvas.mapToGlobal(at)), QPoint(), QPoint(across, down),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    return event


def under(canvas: DigitCanvas, at: QPoint) -> tuple[float, float]:
    sheet = canvas.sheet()
    scale = 28 / sheet.width()
    return (at.x() - sheet.left()) * scale, (at.y() - sheet.top()) * scale


def covers(canvas: DigitCanvas) -> bool:
    sheet = canvas.sheet()
    return sheet.left() <= 0 and sheet.top() <= 0 and sheet.right() >= 476 and sheet.bottom() >= 476


def test_the_wheel_zooms_about_the_pointer(canvas: DigitCanvas) -> None:
    zooms: list[float] = []
    canvas.zoom_changed.connect(zooms.append)
    at = QPoint(120, 300)
    before = under(canvas, at)
    for _ in range(5):
        wheel(canvas, at, 120)
    assert canvas.zoom() == pytest.approx(1.25**5)
    assert under(canvas, at) == pytest.approx(before, abs=0.01)
    assert zooms[-1] == canvas.zoom()
    wheel(canvas, at, -120)
    assert under(canvas, at) == pytest.approx(before, abs=0.01)
    for _ in range(20):
        wheel(canvas, at, -120)
        assert covers(canvas)
    assert canvas.zoom() == 1.0
    assert canvas.sheet().topLeft() == QPointF(0, 0)
    for _ in range(40):
        wheel(canvas, at, 120)
    assert canvas.zoom() == MOST_ZOOM
    QTest.keyClick(canvas, Qt.Key.Key_0, CONTROL)
    assert canvas.sheet().width() == 476


@pytest.mark.parametrize("notches", [0, 1, 4, 9, 40])
def test_a_click_hits_the_pixel_that_is_shown_there(canvas: DigitCanvas, notches: int) -> None:
    for _ in range(notches):
        wheel(canvas, QPoint(333, 142), 120)
    canvas.set_brush(0.6)
    at = QPoint(301, 188)
    x, y = under(canvas, at)
    QTest.mouseClick(canvas, LEFT, pos=at)
    image = canvas.image()
    mass = image.astype(float)
    rows, columns = np.mgrid[0:28, 0:28] + 0.5
    assert (mass * columns).sum() / mass.sum() == pytest.approx(x, abs=0.2)
    assert (mass * rows).sum() / mass.sum() == pytest.approx(y, abs=0.2)
    canvas.set_pixels_shown(True)
    QTest.mouseMove(canvas, QPoint(5, 470))
    shown = canvas.grab().toImage().pixelColor(at).lightness()
    assert shown == pytest.approx(int(image[int(y), int(x)]), abs=20)


def test_the_mask_is_shown_where_it_is_at_any_zoom(canvas: DigitCanvas) -> None:
    canvas.set_tool("rectangle")
    QTest.mousePress(canvas, LEFT, pos=QPoint(175, 175))
    QTest.mouseMove(canvas, QPoint(250, 250))
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(250, 250))
    wheel(canvas, QPoint(200, 200), 360)
    shown = canvas.grab().toImage()
    for x, y in ((12.5, 12.5), (9.2, 12.5)):
        sheet = canvas.sheet()
        cell = sheet.width() / 28
        place = QPoint(round(sheet.left() + x * cell), round(sheet.top() + y * cell))
        assert (shown.pixelColor(place).blue() > 30) == bool(canvas.mask()[int(y), int(x)])


def test_the_middle_button_moves_the_sheet_to_its_edges(canvas: DigitCanvas) -> None:
    for _ in range(5):
        wheel(canvas, QPoint(238, 238), 120)
    start = canvas.sheet().topLeft()
    QTest.mousePress(canvas, MIDDLE, pos=QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(240, 170))
    assert canvas.sheet().topLeft() == start + QPointF(40, -30)
    QTest.mouseMove(canvas, QPoint(4000, 4000))
    assert canvas.sheet().topLeft() == QPointF(0, 0)
    QTest.mouseMove(canvas, QPoint(-9000, -9000))
    assert canvas.sheet().right() == pytest.approx(476)
    assert canvas.sheet().bottom() == pytest.approx(476)
    QTest.mouseRelease(canvas, MIDDLE, pos=QPoint(-9000, -9000))
    assert not canvas.image().any()
    assert canvas.undo_stack.count() == 0
    QTest.mousePress(canvas, LEFT, pos=QPoint(200, 200))
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(200, 200))
    assert canvas.image().any(), "the pen is back"


def test_the_plain_wheel_moves_what_is_zoomed_and_leaves_the_rest(canvas: DigitCanvas) -> None:
    assert not wheel(canvas, QPoint(100, 100), -120, NONE).isAccepted()
    for _ in range(4):
        wheel(canvas, QPoint(238, 238), 120)
    before = canvas.sheet()
    assert wheel(canvas, QPoint(100, 100), -120, NONE).isAccepted()
    assert canvas.sheet().top() == before.top() - 60
    assert canvas.sheet().left() == before.left()
    wheel(canvas, QPoint(100, 100), -120, SHIFT)
    assert canvas.sheet().left() == before.left() - 60


def test_keys_zoom_about_the_pointer(canvas: DigitCanvas) -> None:
    at = QPoint(400, 90)
    QTest.mouseMove(canvas, at)
    before = under(canvas, at)
    QTest.keyClick(canvas, Qt.Key.Key_Plus, CONTROL)
    QTest.keyClick(canvas, Qt.Key.Key_Equal, CONTROL)
    assert canvas.zoom() == pytest.approx(1.25**2)
    assert under(canvas, at) == pytest.approx(before, abs=0.01)
    QTest.keyClick(canvas, Qt.Key.Key_Minus, CONTROL)
    assert canvas.zoom() == pytest.approx(1.25)


def test_pinching_on_a_touchpad_zooms(canvas: DigitCanvas) -> None:
    place = QPointF(300, 300)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2,
        place, place, place, 0.5, QPointF(),
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    assert canvas.zoom() == pytest.approx(1.5)


def test_growing_keeps_what_is_seen() -> None:
    view = SheetView()
    view.set_room(476, 500)
    view.zoom_by(3, QPointF(100, 300))
    middle = view.pixel(QPointF(238, 238))
    view.set_room(952, 952)
    assert view.pixel(QPointF(476, 476)) == pytest.approx(middle)
    assert view.window().width() == 952


def test_a_stroke_goes_on_where_it_was_when_the_sheet_is_zoomed_meanwhile(
    canvas: DigitCanvas,
) -> None:
    QTest.mousePress(canvas, LEFT, pos=QPoint(100, 238))
    wheel(canvas, QPoint(100, 238), 240)
    QTest.mouseMove(canvas, QPoint(300, 238))
    x, _ = under(canvas, QPoint(300, 238))
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(300, 238))
    columns = np.flatnonzero(canvas.image().any(axis=0))
    assert columns[-1] + 1 - x == pytest.approx(1.1, abs=1.0)
