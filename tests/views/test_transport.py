"""Buttons and keys of the transport bar, which keep still while somebody types."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views.transport import TransportBar, clock

PLAYERS = [("d", "Discriminator", "discriminator"), ("g", "Generator", "generator")]


class Window(QMainWindow):
    """A transport bar above things that take keys themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = TransportBar()
        self.line, self.text, self.button = QLineEdit(), QPlainTextEdit(), QPushButton("Other")
        body = QWidget()
        body.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(body)
        for widget in (self.bar, self.line, self.text, self.button):
            column.addWidget(widget)
        self.setCentralWidget(body)
        self.body = body
        self.said: list[object] = []
        bar = self.bar
        bar.start_requested.connect(lambda: self.said.append("start"))
        bar.pause_requested.connect(lambda: self.said.append("pause"))
        bar.resume_requested.connect(lambda: self.said.append("resume"))
        bar.round_requested.connect(lambda: self.said.append("round"))
        bar.move_requested.connect(lambda player: self.said.append(("move", player)))
        bar.stop_requested.connect(lambda keep: self.said.append(("stop", keep)))
        self.button.clicked.connect(lambda: self.said.append("button"))

    def press(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.focusWidget() or self, key, modifier)


@pytest.fixture
def window(qtbot):
    widget = Window()
    qtbot.addWidget(widget)
    widget.bar.set_players(PLAYERS)
    widget.show()
    widget.activateWindow()
    qtbot.waitActive(widget).__enter__()
    widget.body.setFocus()
    return widget


def button(window: Window, name: str) -> QToolButton:
    return window.findChild(QToolButton, name)


@pytest.mark.parametrize(
    ("phase", "enabled"),
    [
        ("idle", {"startButton"}),
        ("loading", {"stopButton"}),
        ("running", {"pauseButton", "stopButton"}),
        ("paused", {"startButton", "stepButton", "stopButton"}),
    ],
)
def test_only_what_makes_sense_can_be_pressed(window, phase, enabled):
    window.bar.set_phase(phase)
    names = ("startButton", "pauseButton", "stepButton", "stopButton")
    assert {name for name in names if button(window, name).isEnabled()} == enabled
    assert all(button(window, name).toolTip() for name in names)


def test_the_start_button_starts_and_resumes(window):
    QTest.mouseClick(button(window, "startButton"), Qt.MouseButton.LeftButton)
    window.bar.set_phase("paused")
    assert button(window, "startButton").text() == "Resume"
    QTest.mouseClick(button(window, "startButton"), Qt.MouseButton.LeftButton)
    assert window.said == ["start", "resume"]


def test_the_other_buttons_say_their_own(window):
    window.bar.set_phase("running")
    QTest.mouseClick(button(window, "pauseButton"), Qt.MouseButton.LeftButton)
    window.bar.set_phase("paused")
    QTest.mouseClick(button(window, "stepButton"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(button(window, "stopButton"), Qt.MouseButton.LeftButton)
    assert window.said == ["pause", "round", ("stop", True)]


def test_space_starts_pauses_and_resumes(window):
    for phase in ("idle", "loading", "running", "paused"):
        window.bar.set_phase(phase)
        window.press(Qt.Key.Key_Space)
    assert window.said == ["start", "pause", "resume"]


def test_keys_play_rounds_and_moves_while_paused_only(window):
    for phase in ("running", "paused"):
        window.bar.set_phase(phase)
        for key in (Qt.Key.Key_Period, Qt.Key.Key_D, Qt.Key.Key_G):
            window.press(key)
    assert window.said == ["round", ("move", "d"), ("move", "g")]


def test_control_and_full_stop_end_the_run(window):
    window.bar.set_phase("running")
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    window.press(Qt.Key.Key_Period, control)
    window.press(Qt.Key.Key_Period, control | shift)
    assert window.said == [("stop", True), ("stop", False)]


@pytest.mark.parametrize("where", ["line", "text"])
def test_no_key_acts_while_somebody_types(window, where):
    editor = getattr(window, where)
    editor.setFocus()
    for phase in ("idle", "paused"):
        window.bar.set_phase(phase)
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Period, Qt.Key.Key_D, Qt.Key.Key_G):
            window.press(key)
    assert window.said == []
    written = editor.text() if where == "line" else editor.toPlainText()
    assert written.lower() == " .dg .dg"


def test_space_presses_the_button_that_has_the_focus(window):
    window.button.setFocus()
    window.press(Qt.Key.Key_Space)
    assert window.said == ["button"]


def test_the_menus_offer_single_moves_and_discarding(window):
    window.bar.set_phase("paused")
    moves = [a.text() for a in button(window, "stepButton").menu().actions()]
    assert moves == ["One round", "One discriminator move", "One generator move"]
    button(window, "stepButton").menu().actions()[2].trigger()
    stops = button(window, "stopButton").menu().actions()
    assert [a.text() for a in stops] == ["Stop and keep", "Stop and discard"]
    stops[1].trigger()
    assert window.said == [("move", "g"), ("stop", False)]


def test_a_game_of_one_offers_its_one_move_without_a_key(window):
    window.bar.set_players([("net", "Autoencoder", "learner")])
    window.bar.set_phase("paused")
    moves = button(window, "stepButton").menu().actions()
    assert [a.text() for a in moves] == ["One round", "One autoencoder move"]
    window.press(Qt.Key.Key_D)
    assert window.said == []
    moves[1].trigger()
    assert window.said == [("move", "net")]


def test_the_actions_stay_the_same_when_the_players_change(window):
    before = window.bar.actions()
    window.bar.set_players([])
    window.bar.set_players(PLAYERS)
    assert window.bar.actions() == before


def test_progress_is_told_in_figures_and_as_a_bar(window):
    bar = window.findChild(QProgressBar, "transportProgress")
    label = window.findChild(QLabel, "transportLabel")
    assert label.text() == "Not started"
    window.bar.set_phase("running")
    window.bar.set_progress(2_310, 6_000, 84.4, 192)
    assert label.text() == "2,310 · 84/s · 3:12 left"
    assert bar.isVisible()
    assert bar.value() == 385
    window.bar.set_progress(2_310, None, 0.5, None)
    assert label.text() == "2,310 · 0.5/s"
    assert not bar.isVisible()


def test_the_label_does_not_move_while_numbers_run(window):
    label = window.findChild(QLabel, "transportLabel")
    window.bar.set_phase("running")
    widths = set()
    for step in (9, 111, 99_999, 777_777):
        window.bar.set_progress(step, 1_000_000, 84, 192)
        needed = label.fontMetrics().horizontalAdvance(label.text())
        widths.add((needed <= label.sizeHint().width(), label.sizeHint().width()))
    assert widths == {(True, label.sizeHint().width())}


def test_no_word_on_a_button_asks_for_more_room(window):
    # A tool bar hides what does not fit into it, all of it.
    widths = set()
    for phase in ("idle", "loading", "running", "paused"):
        window.bar.set_phase(phase)
        window.bar.set_progress(1_234, 10_000, 0.4, 8_000)
        widths.add(window.bar.minimumSizeHint().width())
    assert len(widths) == 1


@pytest.mark.parametrize(("seconds", "text"), [(7, "0:07"), (192, "3:12"), (3_870, "1:04:30")])
def test_a_span_of_time_reads_like_a_clock(seconds, text):
    assert clock(seconds) == text
