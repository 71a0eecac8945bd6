"""The dialog for contact sheets: what is asked for, what it says of it, what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSlider, QWidget

from studio.state.sheet_plan import SheetPlan
from studio.views.number_field import NumberField
from studio.views.sheet_dialog import SheetDialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
TRIANGLE = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])


@pytest.fixture
def dialog(qtbot: QtBot) -> SheetDialog:
    made = SheetDialog()
    qtbot.addWidget(made)
    made.set_region((-3.2, -2.1, 4.4, 2.3))
    made.show()
    return made


def press(dialog: SheetDialog, name: str) -> None:
    found = dialog.findChild(QWidget, name)
    assert found is not None, name
    QTest.mouseClick(found, LEFT)


def type_into(dialog: SheetDialog, name: str, text: str) -> NumberField:
    field = dialog.findChild(NumberField, name)
    assert field is not None
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Tab)
    return field


def said(dialog: SheetDialog, name: str) -> str:
    found = dialog.findChild(QLabel, name)
    assert found is not None
    return found.text() if found.isVisible() else ""


def planned(dialog: SheetDialog) -> SheetPlan:
    found = dialog.plan()
    assert found is not None
    return found


def test_what_is_in_view_comes_first(dialog: SheetDialog) -> None:
    plan = planned(dialog)
    assert (plan.left, plan.right, plan.columns, plan.rows) == (-3.2, 4.4, 24, 14)
    assert (plan.kind, plan.scale, plan.paper, plan.lasso) == ("png", 1, False, ())
    size = said(dialog, "sheetSize")
    wide, tall = plan.pixels()
    assert "24 × 14 = 336 digits" in size
    assert f"{wide:,} × {tall:,} pixels" in size
    assert f"{wide / 300 * 2.54:.1f} × {tall / 300 * 2.54:.1f} cm at 300 dpi" in size
    assert "about" not in size
    dialog.set_pace(0.5)
    assert "about 3 min" in said(dialog, "sheetSize")
    dialog.set_pace(0.0001)
    assert "about a second" in said(dialog, "sheetSize")


def test_everything_can_be_chosen(dialog: SheetDialog) -> None:
    changed: list[SheetPlan] = []
    asked: list[SheetPlan] = []
    dialog.changed.connect(changed.append)
    dialog.requested.connect(asked.append)
    press(dialog, "sheetKindsvg")
    press(dialog, "sheetScale3")
    paper = dialog.findChild(QWidget, "sheetPaper")
    assert paper is not None
    QTest.keyClick(paper, Qt.Key.Key_Space)
    type_into(dialog, "sheetAcross", "40")
    plan = planned(dialog)
    assert (plan.kind, plan.scale, plan.columns, plan.paper) == ("svg", 3, 40, True)
    assert changed[-1] == plan
    press(dialog, "sheetExport")
    assert asked == [plan]


def test_the_slider_and_the_number_go_together(dialog: SheetDialog) -> None:
    slider = dialog.findChild(QSlider, "sheetAcrossSlider")
    assert slider is not None
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert planned(dialog).columns == 25
    field = type_into(dialog, "sheetAcross", "7")
    assert slider.value() == 7
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert field.value() == 8


def test_typed_coordinates(dialog: SheetDialog) -> None:
    left = dialog.findChild(NumberField, "sheetLeft")
    assert left is not None
    assert not left.isEnabled()
    press(dialog, "sheetRegiontyped")
    assert left.isEnabled()
    for name, text in (
        ("sheetLeft", "-1"),
        ("sheetBottom", "0"),
        ("sheetRight", "1"),
        ("sheetTop", "1"),
    ):
        type_into(dialog, name, text)
    plan = planned(dialog)
    assert (plan.left, plan.bottom, plan.right, plan.top) == (-1, 0, 1, 1)
    type_into(dialog, "sheetLeft", "2")
    assert dialog.plan() is None
    assert "The left must be less than the right" in said(dialog, "sheetWrong")
    export = dialog.findChild(QWidget, "sheetExport")
    assert export is not None
    assert not export.isEnabled()
    type_into(dialog, "sheetLeft", "words")
    assert said(dialog, "sheetWrong").startswith("Left: Write a number")
    type_into(dialog, "sheetLeft", "-2")
    assert said(dialog, "sheetWrong") == ""
    assert planned(dialog).left == -2


def test_a_lasso(dialog: SheetDialog) -> None:
    button = dialog.findChild(QWidget, "sheetRegionlasso")
    assert button is not None
    assert not button.isEnabled()
    assert "Draw a lasso on the map first" in button.toolTip()
    dialog.set_region((-3, -3, 3, 3), TRIANGLE)
    press(dialog, "sheetRegionlasso")
    plan = planned(dialog)
    assert (plan.left, plan.bottom, plan.right, plan.top) == (0, 0, 4, 4)
    assert len(plan.lasso) == 3
    assert f"{plan.inside().sum():,} of 24 × 24 digits" in said(dialog, "sheetSize")
    dialog.set_region((-3, -3, 3, 3), None)
    assert planned(dialog).lasso == ()
    assert planned(dialog).left == -3


def test_the_edge_of_a_bounded_map(dialog: SheetDialog) -> None:
    dialog.set_region((-1, 0.5, 2, 3), None, (0.0, 0.0, 1.0, 1.0))
    plan = planned(dialog)
    assert (plan.left, plan.right, plan.columns, plan.rows) == (0, 1, 24, 12)
    dialog.set_region((5, 5, 6, 6), None, (0.0, 0.0, 1.0, 1.0))
    assert planned(dialog).right == 1


def test_too_much_is_refused(dialog: SheetDialog) -> None:
    dialog.set_region((-3, -6, 3, 6))
    type_into(dialog, "sheetAcross", "200")
    assert dialog.plan() is None
    assert "80,000 digits are too many for one sheet" in said(dialog, "sheetWrong")
    type_into(dialog, "sheetAcross", "201")
    assert "Must be at most 200" in said(dialog, "sheetWrong")
    type_into(dialog, "sheetAcross", "20")
    assert said(dialog, "sheetWrong") == ""


def test_what_is_being_made_can_be_stopped(dialog: SheetDialog) -> None:
    stopped: list[bool] = []
    dialog.cancel_requested.connect(lambda: stopped.append(True))
    dialog.set_busy("Decoding 336 digits", 0.4)
    assert said(dialog, "sheetSize") == "Decoding 336 digits"
    for name in ("sheetExport", "sheetAcross", "sheetKindsvg"):
        part = dialog.findChild(QWidget, name)
        assert part is not None
        assert not part.isEnabled()
    press(dialog, "sheetCancel")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert stopped == [True, True]
    assert dialog.isVisible()
    dialog.set_busy("", None)
    assert "336 digits" in said(dialog, "sheetSize")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_preview_shows_the_digits(dialog: SheetDialog) -> None:
    preview = dialog.findChild(QWidget, "sheetPreview")
    assert preview is not None
    digits = np.zeros((2, 2, 28, 28), np.uint8)
    digits[0, 1] = 255
    dialog.set_preview(digits)
    picture = preview.grab().toImage()
    side = preview.width()
    assert picture.pixelColor(3 * side // 4, side // 4).red() == 255
    assert picture.pixelColor(side // 4, side // 4).red() == 0
    assert picture.pixelColor(3 * side // 4, 3 * side // 4).red() == 0
