"""One sentence and a way out."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.notice import NoticeStrip


@pytest.fixture
def strip(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    strip = NoticeStrip()
    column.addWidget(strip)
    page.resize(500, 100)
    page.show()
    yield strip
    page.close()


def test_it_is_hidden_until_there_is_something_to_say(strip):
    assert not strip.isVisible()
    assert strip.text() == ""
    strip.show_notice("The network is away.", action="Try again")
    assert strip.isVisible()
    assert strip.text() == "The network is away."
    strip.hide_notice()
    assert strip.text() == ""


def test_the_button_offers_the_way_out(strip, qtbot):
    strip.show_notice("The network is away.", action="Try again")
    button = strip.findChild(QPushButton, "noticeAction")
    assert button.text() == "Try again"
    with qtbot.waitSignal(strip.action_triggered):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    strip.show_notice("Saved.", "good")
    assert not button.isVisible()


def test_it_can_be_closed(strip):
    strip.show_notice("Saved.", "good")
    QTest.mouseClick(strip.findChild(QToolButton, "noticeClose"), Qt.MouseButton.LeftButton)
    assert not strip.isVisible()


def test_nothing_in_a_message_acts_as_markup(strip):
    strip.show_notice("<b>bold</b> is no file")
    assert strip.findChild(QLabel, "noticeText").textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize("kind", ["wrong", "warning", "good", "info"])
def test_each_kind_has_its_colour(strip, kind):
    strip.show_notice("Something.", kind)
    tokens = theme.tokens(strip)
    colour = tokens.accent if kind == "info" else getattr(tokens, kind)
    assert strip.grab().toImage().pixelColor(1, 5).name() == colour.lower()
