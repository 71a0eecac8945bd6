"""The Lab page and the strip of the lesson, operated by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QListWidget, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from studio.state.lessons import ActRow, LessonCard, LessonState
from studio.views.lab_page import LabPage
from studio.views.lesson_strip import LessonStrip

ACT = ActRow(3_000, "Divide the rate by 30", "It learns too slowly.")


def a_card(name: str, group: str, *acts: ActRow) -> LessonCard:
    return LessonCard(
        name=name,
        title=f"Lesson {name}",
        group=group,
        game="GAN on pen",
        paragraphs=("What happens.", "Why."),
        look_at=("The bars.",),
        acts=acts,
        promise=f"The promise of {name}.",
        kept=9,
        seeds=10,
        seed=4,
    )


@pytest.fixture
def page(qtbot: QtBot) -> LabPage:
    widget = LabPage()
    qtbot.addWidget(widget)
    widget.resize(1264, 600)
    widget.set_lessons([a_card("one", "Cause", ACT), a_card("two", "Cause"), a_card("x", "Cure")])
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def child(page: LabPage | LessonStrip, kind: type, name: str):  # type: ignore[no-untyped-def]
    found = page.findChild(kind, name)
    assert found is not None, name
    return found


def test_lessons_are_chosen_by_mouse_and_by_keys_and_headings_are_not(page: LabPage) -> None:
    listed = child(page, QListWidget, "lessonList")
    texts = [listed.item(row).text() for row in range(listed.count())]
    assert texts == ["Cause", "Lesson one", "Lesson two", "Cure", "Lesson x"]
    assert page.chosen() == "one"
    listed.setFocus()
    QTest.keyClick(listed, Qt.Key.Key_Down)
    QTest.keyClick(listed, Qt.Key.Key_Down)
    assert page.chosen() == "x", "the heading is skipped"
    heading = listed.visualItemRect(listed.item(0)).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    assert page.chosen() == "x"
    second = listed.visualItemRect(listed.item(2)).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert page.chosen() == "two"
    assert child(page, QLabel, "lessonTitle").text() == "Lesson two"
    assert "9 of 10 fresh seeds" in child(page, QLabel, "lessonKept").text()


def test_a_lesson_begins_with_the_seed_of_the_field(page: LabPage) -> None:
    told: list[tuple[str, object]] = []
    page.started.connect(lambda name, seed: told.append((name, seed)))
    start = child(page, QPushButton, "lessonStart")
    QTest.mouseClick(start, Qt.MouseButton.LeftButton)
    seed = child(page, QLineEdit, "lessonSeed")
    seed.setFocus()
    seed.selectAll()
    QTest.keyClicks(seed, "17")
    QTest.keyClick(seed, Qt.Key.Key_Return)
    QTest.mouseClick(start, Qt.MouseButton.LeftButton)
    assert told == [("one", 4), ("one", 17)]
    page.set_busy(True)
    QTest.mouseClick(start, Qt.MouseButton.LeftButton)
    listed = child(page, QListWidget, "lessonList")
    QTest.keyClick(listed, Qt.Key.Key_Return)
    assert len(told) == 2, "not while another training is under way"
    assert "stop it first" in start.toolTip()
    page.set_busy(False)
    QTest.keyClick(listed, Qt.Key.Key_Return)
    assert len(told) == 3


def test_without_lessons_there_is_nothing_to_start(page: LabPage) -> None:
    page.set_lessons([])
    assert page.chosen() == ""
    assert not child(page, QPushButton, "lessonStart").isVisible()


def test_the_strip_says_what_is_next_and_asks_for_it(qtbot: QtBot) -> None:
    strip = LessonStrip()
    qtbot.addWidget(strip)
    strip.resize(900, 60)
    assert strip.isHidden()
    told: list[object] = []
    strip.act_requested.connect(lambda: told.append("act"))
    strip.by_itself_toggled.connect(told.append)
    strip.closed.connect(lambda: told.append("closed"))
    strip.show_lesson(LessonState("A lesson", "Look at the bars.", ACT, 1, 2, True))
    act, check = child(strip, QPushButton, "lessonAct"), child(strip, QCheckBox, "lessonByItself")
    assert (act.text(), check.isChecked()) == (ACT.caption, True)
    assert "step 3,000" in act.toolTip()
    assert told == [], "a setter says nothing"
    QTest.mouseClick(act, Qt.MouseButton.LeftButton)
    check.setFocus()
    QTest.keyClick(check, Qt.Key.Key_Space)
    QTest.mouseClick(child(strip, QToolButton, "lessonClose"), Qt.MouseButton.LeftButton)
    assert told == ["act", False, "closed"]
    strip.show_lesson(LessonState("A lesson", "That was it.", None, 3, 2, False))
    assert not act.isVisible()
    assert not check.isVisible()
