"""Rectangles, the framing, previews and what it was before: judged by pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.data.framing import frame
from studio.views import theme
from studio.views.canvas import DigitCanvas
from studio.views.framing_words import AS_DRAWN, FITTING, framing_words

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CELL = 17


@pytest.fixture
def canvas(qtbot: QtBot) -> DigitCanvas:
    widget = DigitCanvas()
    qtbot.addWidget(widget)
    widget.resize(28 * CELL, 28 * CELL)
    widget.show()
    return widget


def at(x: float, y: float) -> QPoint:
    return QPoint(round(x * CELL), round(y * CELL))


def drag(canvas: DigitCanvas, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(canvas, button, pos=start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, button, pos=end)


def shown(canvas: DigitCanvas) -> QImage:
    QTest.mouseMove(canvas, QPoint(1, 1))
    return canvas.grab().toImage()


def digit(value: int = 255) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[3:17, 2:9] = value
    return image


def test_a_rectangle_masks_every_pixel_that_it_touches(canvas: DigitCanvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_R)
    assert canvas.tool() == "rectangle"
    drag(canvas, at(5.5, 6.5), at(11.5, 9.5))
    expected = np.zeros((28, 28), bool)
    expected[6:10, 5:12] = True
    assert np.array_equal(canvas.mask(), expected)
    assert canvas.undo_stack.undoText() == "mask rectangle"
    drag(canvas, at(20.5, 12.5), at(9.5, 8.5))
    expected[8:13, 9:21] = True
    assert np.array_equal(canvas.mask(), expected), "from any corner"
    drag(canvas, at(8.5, 0.5), at(10.5, 27.5), RIGHT)
    expected[:, 8:11] = False
    assert np.array_equal(canvas.mask(), expected)
    assert canvas.undo_stack.undoText() == "unmask rectangle"
    canvas.undo()
    canvas.undo()
    canvas.undo()
    assert not canvas.mask().any()
    QTest.keyClick(canvas, Qt.Key.Key_R)
    assert canvas.tool() == "pen"


def test_a_rectangle_reaches_the_edges_and_not_beyond(canvas: DigitCanvas) -> None:
    canvas.set_tool("rectangle")
    drag(canvas, at(20.5, 20.5), at(60, 70))
    assert canvas.mask()[20:, 20:].all()
    assert canvas.mask().sum() == 64
    canvas.undo()
    drag(canvas, at(40, 40), at(50, 50))
    assert canvas.mask().sum() <= 1
    canvas.clear()
    QTest.mouseClick(canvas, LEFT, pos=at(3.5, 4.5))
    assert canvas.mask()[4, 3]
    assert canvas.mask().sum() == 1


def test_the_rubber_band_is_live_and_can_be_called_off(canvas: DigitCanvas) -> None:
    canvas.set_tool("rectangle")
    QTest.mousePress(canvas, LEFT, pos=at(4.5, 4.5))
    QTest.mouseMove(canvas, at(14.5, 14.5))
    wide = canvas.grab().toImage()
    assert wide.pixelColor(4 * CELL, 9 * CELL).lightness() > 150, "the band's left edge"
    assert canvas.mask()[13, 13]
    QTest.mouseMove(canvas, at(8.5, 8.5))
    narrow = canvas.grab().toImage()
    assert not canvas.mask()[13, 13], "it shrinks again"
    assert narrow.pixelColor(at(13, 13)).blue() < wide.pixelColor(at(13, 13)).blue()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, pos=at(8.5, 8.5))
    assert not canvas.mask().any()
    assert canvas.undo_stack.count() == 0


def test_rectangles_have_no_brush(canvas: DigitCanvas) -> None:
    heard: list[float] = []
    canvas.set_tool("rectangle")
    canvas.brush_changed.connect(heard.append)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    canvas.set_brush(2)
    assert heard == []


def test_unmasking_has_a_key(canvas: DigitCanvas) -> None:
    canvas.set_tool("rectangle")
    drag(canvas, at(0.5, 0.5), at(27.5, 27.5))
    QTest.keyClick(canvas, Qt.Key.Key_U)
    drag(canvas, at(14, 4), at(14, 24))
    assert not canvas.mask()[14, 14]
    assert canvas.mask()[14, 3]


def like(colour: QColor, other: str, tolerance: int = 60) -> bool:
    wanted = QColor(other)
    pairs = zip(colour.getRgb()[:3], wanted.getRgb()[:3], strict=True)
    return all(abs(a - b) <= tolerance for a, b in pairs)


def test_the_framing_shows_the_box_the_mass_and_where_they_go(canvas: DigitCanvas) -> None:
    canvas.set_image(digit())
    plain = shown(canvas)
    canvas.set_framing_shown(True)
    framed = shown(canvas)
    # The ink fills columns 2 to 9 and rows 3 to 17: its box is outlined there.
    top, below = (framed.pixelColor(5 * CELL, 3 * CELL + step) for step in (0, -6))
    assert top.lightness() > 90
    assert below.lightness() < 60
    # Its mass balances in the middle of it.
    mass = framed.pixelColor(round(5.5 * CELL), 10 * CELL)
    assert mass.lightness() > 230
    # It goes to a box of 10 x 20 pixels around the middle of the field.
    result = frame(digit())
    columns, rows = np.flatnonzero(result.any(axis=0)), np.flatnonzero(result.any(axis=1))
    left, top_row = int(columns[0]) * CELL, int(rows[0]) * CELL
    accent = theme.DARK.accent
    edge = [framed.pixelColor(left, y) for y in range(top_row + 20, top_row + 200)]
    assert sum(like(colour, accent) for colour in edge) > 50, "a dashed line"
    goal = framed.pixelColor(round(14.5 * CELL) + 6, round(14.5 * CELL))
    assert like(goal, accent, 90)
    canvas.set_framing_shown(True, moves=False)
    stays = shown(canvas)
    assert not like(stays.pixelColor(round(14.5 * CELL) + 6, round(14.5 * CELL)), accent, 90)
    assert stays.pixelColor(5 * CELL, 3 * CELL).lightness() > 90
    canvas.set_framing_shown(False)
    assert shown(canvas) == plain


def test_the_framing_of_an_empty_sheet_is_nothing(canvas: DigitCanvas) -> None:
    plain = shown(canvas)
    canvas.set_framing_shown(True)
    assert shown(canvas) == plain


def test_words_say_what_framing_does() -> None:
    assert framing_words(digit()) == (
        "Its box of 7 × 14 pixels, scaled to 10 × 20 and centred by mass, as in MNIST."
    )
    framed = frame(digit())
    assert framing_words(framed) == FITTING
    moved = framing_words(np.roll(framed, (-3, 1), (0, 1)))
    assert moved == "Your drawing, moved 1 pixel left and 3 down: centred by mass, as in MNIST."
    assert framing_words(np.zeros((28, 28), np.uint8)) != AS_DRAWN


def test_holding_a_key_shows_what_it_was_before(canvas: DigitCanvas) -> None:
    heard: list[bool] = []
    canvas.before_shown.connect(heard.append)
    QTest.keyPress(canvas, Qt.Key.Key_A)
    QTest.keyRelease(canvas, Qt.Key.Key_A)
    assert heard == [], "there is nothing before"
    canvas.set_image(digit(120))
    canvas.take_over(np.full((28, 28), 30, np.uint8))
    now = shown(canvas)
    QTest.keyPress(canvas, Qt.Key.Key_A)
    before = shown(canvas)
    assert before.pixelColor(at(5.5, 10.5)).lightness() == 120
    assert before.pixelColor(at(20.5, 10.5)).lightness() == 0
    assert (canvas.image() == 30).all(), "it is only shown"
    QTest.keyRelease(canvas, Qt.Key.Key_A)
    assert shown(canvas) == now
    assert heard == [True, False]


def test_taking_over_is_one_step_and_takes_the_mask_away(canvas: DigitCanvas) -> None:
    canvas.set_image(digit())
    canvas.set_tool("mask")
    drag(canvas, at(4, 4), at(8, 8))
    mask, count = canvas.mask(), canvas.undo_stack.count()
    canvas.take_over(np.full((28, 28), 7, np.uint8), "Take over completion")
    assert canvas.undo_stack.count() == count + 1
    assert not canvas.mask().any()
    canvas.undo()
    assert np.array_equal(canvas.mask(), mask)
    assert np.array_equal(canvas.image(), digit())
    assert np.array_equal(canvas.before(), digit())


def test_drawing_or_another_window_end_the_look_back(canvas: DigitCanvas) -> None:
    canvas.set_before(digit())
    heard: list[bool] = []
    canvas.before_shown.connect(heard.append)
    QTest.keyPress(canvas, Qt.Key.Key_A)
    QTest.mousePress(canvas, LEFT, pos=at(14, 14))
    assert heard == [True, False]
    QTest.keyPress(canvas, Qt.Key.Key_A)
    assert heard == [True, False], "a stroke is not hidden"
    QTest.mouseRelease(canvas, LEFT, pos=at(14, 14))
    QTest.keyPress(canvas, Qt.Key.Key_A)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.WindowDeactivate))
    assert heard == [True, False, True, False]
    QTest.keyPress(canvas, Qt.Key.Key_A)
    canvas.set_before(None)
    assert heard[-1] is False
    QTest.keyRelease(canvas, Qt.Key.Key_A)


def test_a_preview_is_shown_and_changes_nothing(canvas: DigitCanvas) -> None:
    canvas.set_image(digit())
    plain, count = shown(canvas), canvas.undo_stack.count()
    changes: list[None] = []
    canvas.changed.connect(lambda: changes.append(None))
    canvas.set_preview(np.full((28, 28), 77, np.uint8))
    assert shown(canvas).pixelColor(at(20.5, 10.5)).lightness() == 77
    assert np.array_equal(canvas.image(), digit())
    canvas.set_preview(None)
    assert shown(canvas) == plain
    assert changes == []
    assert canvas.undo_stack.count() == count
