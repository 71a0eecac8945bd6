"""One sentence at a time, and what becomes of the ones that it replaces."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Signal

from studio.controllers.notices import Notices


class Strip(QObject):
    action_triggered = Signal()
    second_triggered = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown: tuple[str, ...] = ()

    def show_notice(
        self, text: str, kind: str = "wrong", action: str = "", second: str = ""
    ) -> None:
        self.shown = tuple(part for part in (text, action, second) if part)

    def hide_notice(self) -> None:
        self.shown = ()


@pytest.fixture
def strip() -> Strip:
    return Strip()


@pytest.fixture
def notices(strip: Strip) -> Notices:
    return Notices(strip)


def test_each_button_does_its_own(notices: Notices, strip: Strip) -> None:
    did: list[str] = []
    ways = (("One", lambda: did.append("one")), ("Two", lambda: did.append("two")))
    notices.show("A", "wrong", *ways)
    assert strip.shown == ("A", "One", "Two")
    strip.second_triggered.emit()
    assert did == ["two"]
    assert strip.shown == ()
    strip.action_triggered.emit()
    assert did == ["two"], "a button of a sentence that has gone does nothing"


def test_what_stands_comes_back_until_it_is_given_up(notices: Notices, strip: Strip) -> None:
    did: list[str] = []
    notices.show("State", "info", ("Leave", bool), given_up=lambda: did.append("given up"))
    notices.show("Event", "good")
    notices.show("Another", "good")
    assert strip.shown == ("Another",)
    strip.closed.emit()
    assert strip.shown == ("State", "Leave")
    assert did == []
    strip.closed.emit()
    assert strip.shown == ()
    assert did == ["given up"]


def test_what_stands_leaves_with_its_topic_even_behind_another(
    notices: Notices, strip: Strip
) -> None:
    notices.show("State", topic="branch", given_up=bool)
    notices.show("Event")
    notices.take_back("branch")
    assert strip.shown == ("Event",)
    strip.closed.emit()
    assert strip.shown == ()


def test_only_the_sentence_of_that_topic_is_taken_back(notices: Notices, strip: Strip) -> None:
    notices.show("A", topic="busy")
    notices.take_back("saving")
    assert strip.shown == ("A",)
    notices.take_back("busy")
    assert strip.shown == ()


def test_hiding_ends_everything(notices: Notices, strip: Strip) -> None:
    notices.show("State", topic="branch", given_up=bool)
    notices.show("Event")
    notices.hide()
    strip.closed.emit()
    assert strip.shown == ()
