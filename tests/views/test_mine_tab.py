"""The My digits tab: what hands do to it, what it says, and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.keep_row import KeepRow
from studio.views.mine_grid import MineGrid
from studio.views.mine_tab import MineTab

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LABELS = np.array([3, 1, 3, 7, 1, 3])


class Told:
    """Writes down what the tab says."""

    def __init__(self, tab: MineTab) -> None:
        self.all: list[tuple[Any, ...]] = []
        for name in (
            "keep_requested",
            "remove_requested",
            "relabel_requested",
            "opened",
            "undo_requested",
            "redo_requested",
            "export_requested",
            "import_requested",
            "cancel_requested",
            "train_requested",
        ):
            short = name.removesuffix("_requested")
            getattr(tab, name).connect(
                lambda *values, short=short: self.all.append((short, *values))
            )

    def take(self) -> list[tuple[Any, ...]]:
        taken, self.all = self.all, []
        return taken


def ramp(count: int) -> np.ndarray:
    """Drawings that differ by their grey."""
    return np.stack([np.full((28, 28), 20 + k % 200, np.uint8) for k in range(count)])


@pytest.fixture
def tab(qtbot: QtBot) -> MineTab:
    widget = MineTab()
    qtbot.addWidget(widget)
    widget.resize(700, 440)
    widget.show()
    return widget


@pytest.fixture
def full(tab: MineTab) -> MineTab:
    tab.set_digits(ramp(6), LABELS)
    return tab


@pytest.fixture
def grid(full: MineTab) -> MineGrid:
    found = full.findChild(MineGrid)
    assert found is not None
    found.setFocus()
    return found


def button(tab: QWidget, name: str) -> QToolButton | QPushButton:
    found = tab.findChild(QToolButton, name) or tab.findChild(QPushButton, name)
    assert found is not None, name
    return found


def click(grid: MineGrid, place: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(grid.viewport(), LEFT, modifiers, grid.rect_of(place).center())


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


# keeping


def test_an_empty_tab_teaches(tab: MineTab) -> None:
    told = Told(tab)
    assert "A data set of your own" in texts(tab)
    assert "Alt and its number" in texts(tab)
    assert not button(tab, "keepButton3").isEnabled()
    assert button(tab, "keepButton3").toolTip() == "Draw a digit first."
    assert not tab.findChild(MineGrid).isVisible()
    first = button(tab, "mineFirstImportButton")
    for action in first.menu().actions():
        action.trigger()
    assert told.take() == [("import", "files"), ("import", "folder")]


def test_keys_keep_the_drawing(tab: MineTab) -> None:
    told = Told(tab)
    QTest.mouseClick(button(tab, "keepButton3"), LEFT)
    assert told.take() == []
    tab.set_keepable(True)
    QTest.mouseClick(button(tab, "keepButton3"), LEFT)
    QTest.mouseClick(button(tab, "keepButton0"), LEFT)
    assert told.take() == [("keep", 3), ("keep", 0)]


def test_alt_and_a_digit_keep_from_anywhere_on_the_page(qtbot: QtBot) -> None:
    page, elsewhere, tab = QWidget(), QLineEdit(), MineTab()
    layout = QVBoxLayout(page)
    for widget in (elsewhere, tab):
        layout.addWidget(widget)
    qtbot.addWidget(page)
    tab.listen_on(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    tab.hide()  # another tab is in front
    elsewhere.setFocus()
    told = Told(tab)
    QTest.keyClick(elsewhere, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    assert told.take() == []
    tab.set_keepable(True)
    for digit in range(10):
        key = Qt.Key(Qt.Key.Key_0 + digit)
        QTest.keyClick(elsewhere, key, Qt.KeyboardModifier.AltModifier)
    assert told.take() == [("keep", digit) for digit in range(10)]
    assert elsewhere.text() == ""


def test_the_guess_stands_out(tab: MineTab) -> None:
    tab.set_keepable(True)
    tab.set_guess(8, 0.974)
    assert "Looks like an 8 (97 %)" in texts(tab)
    marked = button(tab, "keepButton8")
    other = button(tab, "keepButton7")
    assert marked.accessibleDescription() == "The classifier's guess"
    assert other.accessibleDescription() == ""

    def face(key: QWidget) -> QColor:
        return key.grab().toImage().pixelColor(5, key.height() // 2)

    assert face(marked) != face(other)
    QTest.mouseClick(marked, LEFT)  # it stays as it is
    assert marked.isChecked()
    QTest.mouseClick(other, LEFT)
    assert not other.isChecked()
    tab.set_guess(7, 0.999)
    assert "Looks like a 7 (more than 99 %)" in texts(tab)
    assert other.isChecked()
    assert not marked.isChecked()
    tab.set_guess(1, 0.6, none=0.9)
    assert "Hardly a digit; at best a 1" in texts(tab)
    tab.set_keepable(False, "Draw a digit first.")
    assert "at best" not in texts(tab)


# the grid


def test_drawings_lie_in_groups_and_are_shown_to_the_pixel(full: MineTab, grid: MineGrid) -> None:
    picture = full.grab(QRect(grid.mapTo(full, QPoint()), grid.size())).toImage()
    for place in range(6):
        rect = grid.rect_of(place)
        assert rect.size().width() == 56
        colour = picture.pixelColor(rect.center())
        assert colour.red() == 20 + place
    ones, threes, seven = ([1, 4], [0, 2, 5], [3])
    for places in (ones, threes, seven):
        assert len({grid.rect_of(place).top() for place in places}) == 1
        assert [grid.rect_of(p).left() for p in places] == sorted(
            grid.rect_of(p).left() for p in places
        )
    tops = [grid.rect_of(places[0]).top() for places in (ones, threes, seven)]
    assert tops == sorted(tops)
    for digit, top in zip((1, 3, 7), tops, strict=True):
        assert picture.pixelColor(1, top + 10).name() == theme.CLASS_COLOURS[digit].lower()


def test_counts_and_filter(full: MineTab, grid: MineGrid) -> None:
    assert button(full, "mineFilter").text() == "All 6"
    assert button(full, "mineFilter3").text() == "3 · 3"
    assert button(full, "mineFilter4").text() == "4"
    assert "there are 3" in button(full, "mineFilter3").toolTip()
    click(grid, 1)
    click(grid, 2, CTRL)
    QTest.mouseClick(button(full, "mineFilter3"), LEFT)
    assert grid.rect_of(1).isNull()
    assert not grid.rect_of(2).isNull()
    assert full.chosen() == (2,)
    QTest.mouseClick(button(full, "mineFilter"), LEFT)
    assert not grid.rect_of(1).isNull()
    full.set_digits(ramp(1234), np.arange(1234) % 2)
    assert button(full, "mineFilter").text() == "All 1,234"


def test_clicks_choose(full: MineTab, grid: MineGrid) -> None:
    click(grid, 0)
    assert full.chosen() == (0,)
    click(grid, 3, CTRL)
    assert full.chosen() == (0, 3)
    click(grid, 0, CTRL)
    assert full.chosen() == (3,)
    click(grid, 4)
    click(grid, 5, SHIFT)  # from the second 1 over all threes
    assert full.chosen() == (0, 2, 4, 5)
    assert "4 of 6 chosen" in texts(full)
    QTest.mouseClick(grid.viewport(), LEFT, NONE, QPoint(600, 10))
    assert full.chosen() == ()
    assert "chosen" not in texts(full)


def test_keys_choose(full: MineTab, grid: MineGrid) -> None:
    def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> tuple[int, ...]:
        QTest.keyClick(grid, key, modifiers)
        return full.chosen()

    assert press(Qt.Key.Key_Down) == (1,)
    assert press(Qt.Key.Key_Right) == (4,)
    assert press(Qt.Key.Key_Down) == (2,)
    assert press(Qt.Key.Key_Down) == (3,)
    assert press(Qt.Key.Key_Down) == (3,)
    assert press(Qt.Key.Key_Up) == (0,)
    assert press(Qt.Key.Key_Right, SHIFT) == (0, 2)
    assert press(Qt.Key.Key_End) == (3,)
    assert press(Qt.Key.Key_Home) == (1,)
    assert press(Qt.Key.Key_A, CTRL) == (0, 1, 2, 3, 4, 5)
    assert press(Qt.Key.Key_Escape) == ()


def test_what_is_chosen_is_framed(full: MineTab, grid: MineGrid) -> None:
    click(grid, 2)
    picture = grid.viewport().grab().toImage()
    accent = theme.tokens(full).accent.lower()
    for place, framed in ((2, True), (0, False)):
        rect = grid.rect_of(place)
        assert (picture.pixelColor(rect.left() - 1, rect.center().y()).name() == accent) is framed


def test_what_is_done_to_the_chosen(full: MineTab, grid: MineGrid) -> None:
    told = Told(full)
    assert not button(full, "mineDeleteButton").isEnabled()
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    QTest.keyClick(grid, Qt.Key.Key_5)
    assert told.take() == []
    click(grid, 2)
    click(grid, 3, CTRL)
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    QTest.mouseClick(button(full, "mineDeleteButton"), LEFT)
    QTest.keyClick(grid, Qt.Key.Key_5)
    button(full, "mineRelabelButton").menu().actions()[9].trigger()
    assert told.take() == [
        ("remove", (2, 3)),
        ("remove", (2, 3)),
        ("relabel", (2, 3), 5),
        ("relabel", (2, 3), 9),
    ]


def test_opening(full: MineTab, grid: MineGrid) -> None:
    told = Told(full)
    QTest.mouseDClick(grid.viewport(), LEFT, NONE, grid.rect_of(4).center())
    click(grid, 2)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert told.take() == [("opened", 4), ("opened", 2)]


def test_the_menu_of_a_drawing(full: MineTab, grid: MineGrid, qtbot: QtBot) -> None:
    told = Told(full)
    point = grid.rect_of(4).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.RightButton, NONE, point)
    assert full.chosen() == (4,)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(
        grid.viewport(), QContextMenuEvent(reason, point, grid.viewport().mapToGlobal(point))
    )
    menu = grid.findChild(QMenu, "mineMenu")
    assert menu is not None
    actions = {action.text(): action for action in menu.actions()}
    actions["Put on the canvas"].trigger()
    actions["Delete"].trigger()
    menu.close()
    assert told.take() == [("opened", 4), ("remove", (4,))]


def test_undo_keys_belong_to_the_grid(full: MineTab, grid: MineGrid, qtbot: QtBot) -> None:
    told = Told(full)
    QTest.keyClick(grid, Qt.Key.Key_Z, CTRL)
    QTest.keyClick(grid, Qt.Key.Key_Z, CTRL | SHIFT)
    QTest.keyClick(grid, Qt.Key.Key_Y, CTRL)
    assert [one[0] for one in told.take()] == ["undo", "redo", "redo"]
    full.set_undo("delete 2 drawings", "")
    assert button(full, "mineUndoButton").isEnabled()
    assert not button(full, "mineRedoButton").isEnabled()
    assert "delete 2 drawings" in button(full, "mineUndoButton").toolTip()
    QTest.mouseClick(button(full, "mineUndoButton"), LEFT)
    assert told.take() == [("undo",)]


def test_the_window_does_not_take_the_keys_of_the_grid(grid: MineGrid, qtbot: QtBot) -> None:
    from PySide6.QtGui import QKeyEvent

    for key, modifiers, ours in (
        (Qt.Key.Key_Z, CTRL, True),
        (Qt.Key.Key_3, NONE, True),
        (Qt.Key.Key_3, CTRL, False),
        (Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier, False),
        (Qt.Key.Key_S, CTRL, False),
    ):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
        event.ignore()
        QApplication.sendEvent(grid, event)
        assert event.isAccepted() is ours


def test_many_drawings_scroll(full: MineTab, grid: MineGrid) -> None:
    full.set_digits(ramp(60_000), np.arange(60_000) % 10)
    bar = grid.verticalScrollBar()
    assert bar.maximum() > 100_000
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert full.chosen() == (59_999,)
    assert bar.value() > bar.maximum() - 5
    rect = grid.rect_of(59_999)
    assert grid.viewport().rect().contains(rect)
    picture = grid.viewport().grab().toImage()
    assert picture.pixelColor(rect.center()).red() == 20 + 59_999 % 200
    full.set_digits(ramp(60_001), np.arange(60_001) % 10, [0])
    assert full.chosen() == (0,)
    assert grid.viewport().rect().contains(grid.rect_of(0))


# the rest


def test_files_and_training(full: MineTab) -> None:
    told = Told(full)
    for name in ("mineExportButton", "mineImportButton"):
        for action in button(full, name).menu().actions():
            action.trigger()
    assert told.take() == [
        ("export", "idx"),
        ("export", "gz"),
        ("export", "png"),
        ("import", "files"),
        ("import", "folder"),
    ]
    full.set_trainable(False, "Keep 4 more: training needs at least 10 drawings.")
    QTest.mouseClick(button(full, "mineTrainButton"), LEFT)
    assert told.take() == []
    assert "Keep 4 more" in button(full, "mineTrainButton").toolTip()
    full.set_trainable(True, "Chooses these.")
    QTest.mouseClick(button(full, "mineTrainButton"), LEFT)
    assert told.take() == [("train",)]


def test_what_takes_long_can_be_stopped(full: MineTab) -> None:
    told = Told(full)
    assert not button(full, "mineCancelButton").isVisible()
    full.set_busy("Exporting 6 drawings", 0.3)
    assert not button(full, "mineExportButton").isEnabled()
    assert "Exporting 6 drawings" in texts(full)
    QTest.mouseClick(button(full, "mineCancelButton"), LEFT)
    assert told.take() == [("cancel",)]
    full.set_busy("", None)
    assert button(full, "mineExportButton").isEnabled()


def test_setters_are_silent_and_showing_tells(tab: MineTab) -> None:
    told, shown = Told(tab), []
    tab.shown.connect(lambda: shown.append(True))
    tab.set_digits(ramp(6), LABELS, [1])
    tab.set_keepable(True)
    tab.set_guess(3, 0.5)
    tab.set_undo("a", "b")
    assert told.take() == []
    assert tab.chosen() == (1,)
    tab.hide()
    tab.show()
    assert shown == [True]


def test_everything_a_hand_reaches_has_a_name(full: MineTab) -> None:
    for kind in (QToolButton, QPushButton):
        for found in full.findChildren(kind):
            if not found.objectName().startswith("qt_"):
                assert found.objectName()
                assert found.accessibleName(), found.objectName()
                assert found.toolTip(), found.objectName()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(560, 400), (700, 440), (1130, 700)])
def test_nothing_is_cut(full: MineTab, scheme: str, size: tuple[int, int]) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, scheme)  # type: ignore[arg-type]
    try:
        full.resize(*size)
        full.set_keepable(True)
        full.set_guess(3, 0.97)
        assert full.width() == size[0], "it asks for more room"
        for found in full.findChildren(QToolButton) + full.findChildren(QPushButton):
            if found.isVisible():
                inside = QRect(found.mapTo(full, QPoint()), found.size())
                assert full.rect().contains(inside), found.objectName()
                assert found.width() >= found.sizeHint().width() - 1, found.objectName()
        row = full.findChild(KeepRow)
        assert row is not None
    finally:
        theme.apply(app, "dark")
