"""The players' panel: everything that tips the balance, by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from studio.state.cards import PlayerRow
from studio.views.players_panel import GLOW_MS, TEMPI, PlayersPanel

CRITIC = PlayerRow("critic", "Critic", "discriminator", 1e-4, 5, False, "n_critic")
GENERATOR = PlayerRow("generator", "Generator", "generator", 2e-4, 1, False)


@pytest.fixture
def panel(qtbot: QtBot) -> PlayersPanel:
    widget = PlayersPanel()
    qtbot.addWidget(widget)
    widget.resize(480, 140)
    widget.set_players([CRITIC, GENERATOR])
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def wait(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def test_moves_per_round_change_where_the_model_lets_them(panel: PlayersPanel) -> None:
    told: list[tuple[str, int]] = []
    panel.moves_changed.connect(lambda name, moves: told.append((name, moves)))
    field = panel.findChild(QLineEdit, "moves_critic")
    assert field is not None
    assert field.text() == "5"
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "3")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told == [("critic", 3)]
    fixed = panel.findChild(QLineEdit, "moves_generator")
    assert fixed is not None
    assert not fixed.isEnabled()
    assert "fixed" in fixed.toolTip()


def test_a_tempo_is_chosen_by_keyboard_and_shown_without_being_asked(panel: PlayersPanel) -> None:
    told: list[object] = []
    panel.tempo_changed.connect(told.append)
    box = panel.findChild(QComboBox, "tempoBox")
    assert box is not None
    assert box.currentText() == "Full speed"
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert told == [1.0, 2.0]
    panel.set_tempo(None)
    assert told == [1.0, 2.0], "a setter says nothing"
    assert box.currentIndex() == TEMPI.index(None)


def test_what_the_scales_read_is_shown_until_it_freezes(panel: PlayersPanel) -> None:
    label = panel.findChild(QLabel, "pull_critic")
    assert label is not None
    panel.set_pull("critic", 0.4217, 0.00123)
    assert label.text() == "gradient 0.42 · step 0.0012 of weights"
    panel.set_players([PlayerRow("critic", "Critic", "discriminator", 1e-4, 5, True), GENERATOR])
    assert label.text() == "Frozen"
    panel.set_pull("critic", None, None)
    panel.set_players([CRITIC, GENERATOR])
    assert label.text() == ""
    panel.set_pull("nobody", 1.0, 1.0)


def test_who_moves_glows_and_then_no_longer(panel: PlayersPanel) -> None:
    def tinted() -> list[bool]:
        image = panel.grab().toImage()
        still = image.pixelColor(1, 1)
        rows = [panel.findChild(QLabel, f"pull_{name}") for name in ("critic", "generator")]
        places = [row.parentWidget().geometry() for row in rows if row is not None]
        return [image.pixelColor(p.center().x(), p.top() + 1) != still for p in places]

    assert tinted() == [False, False]
    panel.set_moving("generator")
    assert tinted() == [False, True]
    panel.set_moving("critic")
    assert tinted() == [True, False]
    wait(2 * GLOW_MS)
    assert tinted() == [False, False]
