"""Buttons and keys around the strip."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.timeline_bar import NO_BRANCH, TimelineBar

LEFT = Qt.MouseButton.LeftButton


class Window(QMainWindow):
    """The bar below things that take keys themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.bar, self.line, self.text = TimelineBar(), QLineEdit(), QPlainTextEdit()
        body = QWidget()
        body.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(body)
        for widget in (self.line, self.text, self.bar):
            column.addWidget(widget)
        self.setCentralWidget(body)
        self.said: list[object] = []
        bar = self.bar
        bar.cursor_requested.connect(lambda step: self.said.append(step))
        bar.live_requested.connect(lambda: self.said.append("live"))
        bar.play_toggled.connect(lambda on: self.said.append(("play", on)))
        bar.speed_changed.connect(lambda speed: self.said.append(("speed", speed)))
        bar.step_requested.connect(lambda count: self.said.append(("step", count)))
        bar.branch_requested.connect(lambda: self.said.append("branch"))


@pytest.fixture(params=["dark", "light"])
def window(qapp, qtbot, request):
    theme.apply(qapp, request.param)
    widget = Window()
    qtbot.addWidget(widget)
    widget.bar.set_span(2_310, 2_310)
    widget.show()
    widget.activateWindow()
    qtbot.waitActive(widget).__enter__()
    widget.centralWidget().setFocus()
    yield widget
    theme.apply(qapp, "dark")


def button(window: Window, name: str) -> QToolButton:
    found = window.bar.findChild(QToolButton, name)
    assert found is not None
    return found


def press(window: Window, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifier)


def test_buttons_say_what_is_wanted(window):
    window.bar.set_cursor(100)
    window.bar.set_branch_allowed(True)
    for name in (
        "timelinePreviousButton",
        "timelineNextButton",
        "timelinePlayButton",
        "timelineLiveButton",
        "timelineBranchButton",
    ):
        QTest.mouseClick(button(window, name), LEFT)
    assert window.said == [("step", -1), ("step", 1), ("play", True), "live", "branch"]


def test_keys_do_the_same_everywhere_in_the_window(window):
    window.bar.set_branch_allowed(True)
    for key in (Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_End):
        press(window, key)
    press(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert window.said == [("step", -1), ("play", True), ("step", 1), "live", "branch"]


def test_letters_belong_to_whoever_types(window):
    for editor in (window.line, window.text):
        editor.setFocus()
        for key in (Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_End):
            press(window, key)
    assert window.said == []
    assert window.line.text() == "jkl"


def test_what_the_strip_says_is_handed_on(window):
    strip = window.bar.strip
    place = QPoint(round(strip.x_of(1_000)), 30)
    QTest.mouseClick(strip, LEFT, pos=place)
    assert window.said[0] == pytest.approx(1_000, abs=3)


def test_the_label_says_where_one_is(window):
    bar = window.bar
    assert bar.label() == "Live, step 2,310"
    bar.set_cursor(1_180)
    assert bar.label() == "Step 1,180 of 2,310"
    assert bar.strip.cursor_step() == 1_180
    bar.set_cursor(None)
    bar.set_active(False)
    assert bar.label() == "Step 2,310, the end"
    bar.set_span(0, None)
    assert bar.label() == "No training yet"


def test_live_is_lit_while_it_is(window):
    live = button(window, "timelineLiveButton")
    assert live.isChecked()
    QTest.mouseClick(live, LEFT)
    assert live.isChecked()
    window.bar.set_cursor(5)
    assert not live.isChecked()
    QTest.mouseClick(live, LEFT)
    assert not live.isChecked(), "lit by what is shown, not by being pressed"
    window.bar.set_active(False)
    assert live.text() == "END"


def test_play_and_pause_take_turns(window):
    play = button(window, "timelinePlayButton")
    assert play.accessibleName() == "Play as a film"
    window.bar.set_playing(True)
    assert play.accessibleName() == "Pause the film"
    QTest.mouseClick(play, LEFT)
    assert window.said == [("play", False)]


def test_the_speed_is_chosen(window):
    speed = window.bar.findChild(QComboBox, "timelineSpeed")
    assert speed.currentData() == 12
    speed.setFocus()
    QTest.keyClick(speed, Qt.Key.Key_Down)
    assert window.said == [("speed", 24.0)]
    window.bar.set_speed(47)
    assert speed.currentData() == 48
    assert window.said == [("speed", 24.0)], "a setter says nothing"


def test_what_is_not_possible_says_why(window):
    branch = button(window, "timelineBranchButton")
    assert not branch.isEnabled()
    assert branch.toolTip() == NO_BRANCH
    window.bar.set_branch_allowed(True)
    assert branch.isEnabled()
    window.bar.set_span(0, None)
    for name in ("timelinePreviousButton", "timelinePlayButton", "timelineLiveButton"):
        assert not button(window, name).isEnabled()


def test_everything_has_a_name_and_a_tooltip(window):
    for found in window.bar.findChildren(QToolButton):
        assert found.objectName().startswith("timeline")
        assert found.accessibleName()
        assert found.toolTip()
    assert window.bar.objectName() == "timelineBar"
    assert window.bar.findChild(QComboBox, "timelineSpeed").accessibleName()


def test_it_fits_the_smallest_window(window):
    assert window.bar.minimumSizeHint().width() < 1_080 - 2 * theme.S
    window.resize(1_080, 400)
    assert window.bar.strip.width() > 500
    assert window.bar.height() <= 80
