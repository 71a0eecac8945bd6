"""Drawing with mouse, pen and keys, judged by the pixels; undo and redo are exact to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.views import strokes
from studio.views.canvas import BRUSHES, DigitCanvas

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def canvas(qtbot: QtBot) -> DigitCanvas:
    widget = DigitCanvas()
    qtbot.addWidget(widget)
    widget.resize(476, 476)
    widget.show()
    return widget


def at(canvas: DigitCanvas, x: float, y: float) -> QPoint:
    sheet = canvas.sheet()
    cell = sheet.width() / strokes.SIDE
    return QPoint(round(sheet.left() + x * cell), round(sheet.top() + y * cell))


def draw(canvas: DigitCanvas, *places: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    points = [at(canvas, *place) for place in places]
    QTest.mousePress(canvas, button, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, button, pos=points[-1])


class TestStrokes:
    """The mathematics by itself."""

    def test_an_enlarged_image_averages_back_exactly(self) -> None:
        image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
        assert np.array_equal(strokes.average(strokes.enlarge(image)), image)

    def test_enlarging_refuses_another_size(self) -> None:
        with pytest.raises(ValueError, match="28 x 28"):
            strokes.enlarge(np.zeros((32, 32), np.uint8))

    def test_a_stroke_has_the_area_of_a_capsule(self) -> None:
        ink = strokes.blank()
        strokes.stamp(ink, (8, 10), (20, 18), (2, 2))
        length = np.hypot(12, 8)
        area = ink.sum() / 255 / strokes.FINE**2
        assert area == pytest.approx(4 * length + np.pi * 4, rel=0.02)

    def test_two_pieces_are_as_bright_as_one(self) -> None:
        whole, pieces = strokes.blank(), strokes.blank()
        strokes.stamp(whole, (6, 6), (22, 22), (1, 1))
        for start, end in (((6, 6), (14, 14)), ((14, 14), (22, 22)), ((10, 10), (18, 18))):
            strokes.stamp(pieces, start, end, (1, 1))
        assert np.abs(whole.astype(int) - pieces).max() <= 1

    def test_the_radius_runs_along_the_piece(self) -> None:
        ink = strokes.blank()
        strokes.stamp(ink, (6, 14), (22, 14), (1, 3))
        image = strokes.average(ink)
        assert image[:, 20].sum() > 1.8 * image[:, 8].sum()

    def test_strokes_outside_the_sheet_leave_no_trace(self) -> None:
        ink, mask = strokes.blank(), np.zeros((28, 28), bool)
        strokes.stamp(ink, (-20, -20), (-9, 60), (2, 2))
        strokes.mark(mask, (40, 5), (50, 5), 3, value=True)
        assert not ink.any()
        assert not mask.any()

    def test_a_patch_goes_there_and_back(self) -> None:
        rng = np.random.default_rng(1)
        before = rng.integers(0, 256, (30, 30), dtype=np.uint8)
        after = before.copy()
        after[4:9, 7:20] = 3
        patch = strokes.Patch.between(before, after)
        assert patch is not None
        array = before.copy()
        patch.apply(array)
        assert np.array_equal(array, after)
        patch.apply(array)
        assert np.array_equal(array, before)
        assert strokes.Patch.between(after, after.copy()) is None


def test_a_line_leaves_ink_and_undo_takes_exactly_it(canvas: DigitCanvas) -> None:
    draw(canvas, (6, 6), (6, 20))
    first = canvas.image()
    draw(canvas, (4, 14), (24, 14))
    both = canvas.image()
    assert both[14, 5:23].min() > 200  # a fast movement leaves no gaps
    assert first[14, 15] == 0
    canvas.undo()
    assert canvas.image().tobytes() == first.tobytes()
    canvas.undo()
    assert not canvas.image().any()
    canvas.redo()
    canvas.redo()
    assert canvas.image().tobytes() == both.tobytes()


def test_the_sheet_shows_what_image_returns(canvas: DigitCanvas) -> None:
    draw(canvas, (14, 4), (14, 24))
    canvas.set_pixels_shown(True)
    QTest.mouseMove(canvas, at(canvas, 27, 1))
    shown = canvas.grab().toImage()
    image = canvas.image()
    for row, column in ((14, 14), (14, 3), (10, 13)):
        place = at(canvas, column + 0.5, row + 0.5)
        seen = shown.pixelColor(place).lightness()
        assert seen == pytest.approx(int(image[row, column]), abs=2)


def test_strokes_are_shown_finer_than_the_pixels(canvas: DigitCanvas) -> None:
    draw(canvas, (4, 6), (24, 12))
    QTest.mouseMove(canvas, at(canvas, 27, 27))
    fine = canvas.grab().toImage()
    canvas.set_pixels_shown(True)
    coarse = canvas.grab().toImage()
    row = [at(canvas, 14.5, 7 + k / 17).y() for k in range(68)]
    x = at(canvas, 14.5, 0).x()
    levels = [{shown.pixelColor(x, y).lightness() for y in row} for shown in (fine, coarse)]
    assert len(levels[0]) > 12, "the edge of the stroke is soft"
    assert len(levels[0]) > 1.5 * len(levels[1])


def test_the_eraser_and_the_right_button_take_ink_away(canvas: DigitCanvas) -> None:
    draw(canvas, (4, 14), (24, 14))
    draw(canvas, (20, 8), (20, 20), button=RIGHT)
    assert canvas.image()[14, 20] == 0
    assert canvas.undo_stack.undoText() == "eraser stroke"
    QTest.keyClick(canvas, Qt.Key.Key_E)
    draw(canvas, (8, 8), (8, 20))
    assert canvas.tool() == "eraser"
    assert canvas.image()[14, 8] == 0
    assert canvas.image()[14, 14] > 240


def test_mask_strokes_cover_pixels_and_leave_the_ink(canvas: DigitCanvas) -> None:
    draw(canvas, (4, 14), (24, 14))
    ink = canvas.image()
    QTest.keyClick(canvas, Qt.Key.Key_M)
    draw(canvas, (10, 14), (16, 14))
    mask = canvas.mask()
    assert mask.dtype == bool
    assert mask[14, 10:16].all()
    assert not mask[14, 22]
    assert np.array_equal(canvas.image(), ink)
    draw(canvas, (10, 14), (16, 14), button=RIGHT)
    assert not canvas.mask().any()
    canvas.undo()
    assert np.array_equal(canvas.mask(), mask)
    canvas.undo()
    assert not canvas.mask().any()
    QTest.keyClick(canvas, Qt.Key.Key_M)
    assert canvas.tool() == "pen"


def test_what_was_erased_can_become_the_mask(canvas: DigitCanvas) -> None:
    assert not canvas.mask_erased()
    draw(canvas, (4, 14), (24, 14))
    draw(canvas, (20, 8), (20, 20), button=RIGHT)
    assert canvas.mask_erased()
    assert canvas.mask()[14, 20]
    assert not canvas.mask()[14, 8]
    canvas.undo()
    draw(canvas, (16, 14), (24, 14))
    assert not canvas.mask_erased(), "the pen has filled the gap"


def test_brush_keys_change_only_the_present_tool(canvas: DigitCanvas) -> None:
    widths: list[float] = []
    canvas.brush_changed.connect(widths.append)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    QTest.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert widths == [2.6, 3.0, 2.6]
    canvas.set_tool("eraser")
    assert canvas.brush() == BRUSHES["eraser"]
    canvas.set_brush(100)
    assert canvas.brush() < 20
    canvas.set_tool("pen")
    assert canvas.brush() == 2.6


def test_a_thicker_brush_leaves_more_ink(canvas: DigitCanvas) -> None:
    draw(canvas, (4, 14), (24, 14))
    thin = int(canvas.image().sum(dtype=int))
    canvas.clear()
    canvas.set_brush(4.4)
    draw(canvas, (4, 14), (24, 14))
    assert int(canvas.image().sum(dtype=int)) == pytest.approx(2 * thin, rel=0.15)


def test_three_hundred_strokes_are_undone_and_redone(canvas: DigitCanvas) -> None:
    rng = np.random.default_rng(2)
    states = [canvas.image().tobytes()]
    tools = ["pen", "pen", "eraser"]
    while len(states) <= 300:
        canvas.set_tool(tools[len(states) % 3])
        before = canvas.undo_stack.count()
        draw(canvas, *[tuple(p) for p in rng.uniform(2, 26, (3, 2))])
        if canvas.undo_stack.count() > before:
            states.append(canvas.image().tobytes())
    for state in reversed(states[:-1]):
        canvas.undo()
        assert canvas.image().tobytes() == state
    for state in states[1:]:
        canvas.redo()
        assert canvas.image().tobytes() == state


def test_escape_cancels_the_stroke_and_undoes_nothing_else(canvas: DigitCanvas) -> None:
    draw(canvas, (4, 14), (24, 14))
    before = canvas.image()
    QTest.mousePress(canvas, LEFT, pos=at(canvas, 14, 4))
    QTest.mouseMove(canvas, at(canvas, 14, 24))
    assert canvas.image()[20, 14] > 0
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, pos=at(canvas, 14, 24))
    assert np.array_equal(canvas.image(), before)
    assert canvas.undo_stack.count() == 1


def test_undo_keys(canvas: DigitCanvas) -> None:
    draw(canvas, (4, 14), (24, 14))
    drawn = canvas.image()
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for key, modifiers in ((Qt.Key.Key_Z, control | shift), (Qt.Key.Key_Y, control)):
        QTest.keyClick(canvas, Qt.Key.Key_Z, control)
        assert not canvas.image().any()
        QTest.keyClick(canvas, key, modifiers)
        assert np.array_equal(canvas.image(), drawn)


def test_loading_and_clearing_are_commands(canvas: DigitCanvas) -> None:
    digit = np.random.default_rng(3).integers(0, 256, (28, 28), dtype=np.uint8)
    canvas.set_image(digit)
    assert np.array_equal(canvas.image(), digit)
    assert canvas.undo_stack.undoText() == "load digit"
    canvas.set_image(digit)
    assert canvas.undo_stack.count() == 1, "the same digit again is no change"
    canvas.clear()
    assert not canvas.image().any()
    canvas.undo()
    assert np.array_equal(canvas.image(), digit)
    canvas.image()[:] = 0
    assert np.array_equal(canvas.image(), digit), "image() is a copy"


def test_signals_tell_of_changes_while_drawing_and_after(canvas: DigitCanvas) -> None:
    heard: list[str] = []
    canvas.changed.connect(lambda: heard.append("changed"))
    canvas.stroke_finished.connect(lambda: heard.append("finished"))
    QTest.mousePress(canvas, LEFT, pos=at(canvas, 4, 14))
    QTest.mouseMove(canvas, at(canvas, 12, 14))
    assert heard
    assert set(heard) == {"changed"}
    QTest.mouseRelease(canvas, LEFT, pos=at(canvas, 12, 14))
    assert heard[-1] == "finished"
    heard.clear()
    canvas.undo()
    assert heard == ["changed"]


def test_the_pen_of_a_tablet_draws_by_pressure(canvas: DigitCanvas) -> None:
    device = QPointingDevice(
        "pen", 7, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Pressure, 1, 3,
    )  # fmt: skip
    ink = []
    for pressure in (0.1, 1.0):
        canvas.clear()
        for kind, x in (
            (QEvent.Type.TabletPress, 5.0),
            (QEvent.Type.TabletMove, 22.0),
            (QEvent.Type.TabletRelease, 22.0),
        ):
            place = QPointF(at(canvas, x, 14))
            released = kind == QEvent.Type.TabletRelease
            event = QTabletEvent(
                kind, device, place, canvas.mapToGlobal(place), pressure, 0, 0, 0, 0, 0,
                Qt.KeyboardModifier.NoModifier, LEFT,
                Qt.MouseButton.NoButton if released else LEFT,
            )  # fmt: skip
            QApplication.sendEvent(canvas, event)
            assert event.isAccepted()
        assert canvas.undo_stack.undoText() == "pen stroke"
        ink.append(int(canvas.image().sum(dtype=int)))
    assert ink[1] > 1.8 * ink[0]


def test_the_canvas_grows_in_whole_pixels(canvas: DigitCanvas) -> None:
    assert canvas.sheet().width() == 476
    canvas.resize(500, 700)
    assert canvas.sheet().width() == 476
    assert canvas.minimumWidth() == 336


def test_while_something_is_previewed_the_key_asks_for_the_drawing(canvas: DigitCanvas) -> None:
    held: list[bool] = []
    canvas.before_held.connect(held.append)
    canvas.take_over(np.full((28, 28), 90, np.uint8))
    preview = np.full((28, 28), 200, np.uint8)
    canvas.set_preview(preview)
    QTest.keyPress(canvas, Qt.Key.Key_A)
    assert held == [True]
    assert canvas.grab().toImage().pixelColor(200, 200).value() == 200, "nothing older is shown"
    canvas.set_preview_before(True)
    said = canvas.grab().toImage()
    canvas.set_preview_before(False)
    assert said != canvas.grab().toImage(), "another word at its edge"
    canvas.set_preview(None)
    QTest.keyRelease(canvas, Qt.Key.Key_A)
    assert held == [True, False]
    QTest.keyPress(canvas, Qt.Key.Key_A)
    assert canvas.grab().toImage().pixelColor(200, 200).value() == 0, "what it was before"
    QTest.keyRelease(canvas, Qt.Key.Key_A)


def test_a_canvas_with_a_history_dies_quietly(qtbot: QtBot) -> None:
    canvas = DigitCanvas()
    canvas.set_image(np.full((28, 28), 9, np.uint8))
    del canvas
