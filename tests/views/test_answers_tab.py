"""The Answers tab: rows that show what models say, and the list that chooses who is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio.state.answer_rows import AnswerRow, Choice, RowHead
from studio.views import theme
from studio.views.answers_tab import DRAWN, EMPTY, AnswersTab
from studio.views.clamped import ClampedLabel
from studio.views.class_bars import ClassBars
from studio.views.code_bars import CodeBars
from studio.views.elided import ElidedLabel
from studio.views.near_digits import NearDigits
from studio.views.run_chooser import RunChooser
from studio.views.witness_row import SIDE, Title, WitnessRow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def tab(qtbot: QtBot, qapp: QApplication) -> AnswersTab:
    theme.apply(qapp, "dark")
    tab = AnswersTab()
    qtbot.addWidget(tab)
    tab.resize(700, 440)
    tab.show()
    return tab


def heads(count: int) -> list[RowHead]:
    return [
        RowHead("" if k == 0 else f"run {k}", f"Model {k}", f"pen, step {k}", removable=k > 0)
        for k in range(count)
    ]


def an_answer(**other: Any) -> AnswerRow:
    known: dict[str, Any] = {
        "copy": np.full((28, 28), 120, np.uint8),
        "fraction": 1.0,
        "vector": np.linspace(-2, 2, 10),
        "codes": None,
        "code_size": 0,
        "code_note": "10 numbers",
        "shares": np.eye(10)[7] * 0.9,
        "none": 0.1,
        "read_by": "by the classifier",
        "fit": "log p ≥ −87.3 nats",
        "standing": "better than 83 % of 200 test digits",
        "percentile": 0.83,
        "score": "46 % real; 48 of 63 real digits score higher",
        "neighbours": np.stack([np.full((28, 28), 60 * k, np.uint8) for k in (1, 2, 3)]),
        "neighbour_labels": (7, 7, 9),
        "neighbours_by": "by codes",
        "time": "14 ms",
        "how": "Takes what its encoder gives.",
    }
    return AnswerRow(**(known | other))


def rows(tab: AnswersTab) -> list[WitnessRow]:
    """The rows on show, from the top."""
    found = [row for row in tab.findChildren(WitnessRow) if row.isVisible()]
    return sorted(found, key=lambda row: row.mapTo(tab, QPoint(0, 0)).y())


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def place(widget: QWidget, within: QWidget) -> QRect:
    return QRect(widget.mapTo(within, QPoint(0, 0)), widget.size())


def settle() -> None:
    QApplication.processEvents()
    QApplication.processEvents()


# Rows


def test_a_row_shows_all_that_its_model_says(tab: AnswersTab) -> None:
    tab.set_rows(heads(2))
    tab.show_answer("run 1", an_answer())
    settle()
    first, second = rows(tab)
    assert [row.key for row in (first, second)] == ["", "run 1"]
    said = texts(second)
    for words in (
        "pen, step 1",
        "7, 90 %",
        "by the classifier",
        "log p ≥ −87.3 nats",
        "better than 83 % of 200 test digits",
        "46 % real; 48 of 63 real digits score higher",
        "14 ms",
    ):
        assert words in said
    assert "nats" not in texts(first)
    copy = second._copy
    assert (copy.width(), copy.height()) == (SIDE, SIDE) == (84, 84)
    assert copy.grab().toImage().pixelColor(40, 40).lightness() == 120
    near = second.findChild(NearDigits)
    assert near.accessibleDescription() == "Nearest training digits by codes: 7, 7, 9"


def test_what_reads_no_digit_says_so(tab: AnswersTab) -> None:
    tab.set_rows(heads(1))
    tab.show_answer("", an_answer(shares=np.full(10, 0.03), none=0.7, read_by="by the classifier"))
    assert "No digit, 70 %" in texts(tab)


def test_without_a_discriminator_or_a_standing_nothing_is_said_of_them(tab: AnswersTab) -> None:
    tab.set_rows(heads(1))
    tab.show_answer("", an_answer(score="", standing="", percentile=None))
    row = rows(tab)[0]
    assert not row._dot.isVisible()
    assert not row._bar.isVisible()


def test_a_search_shows_how_far_it_is(tab: AnswersTab) -> None:
    tab.set_rows(heads(1))
    tab.show_answer("", an_answer(fraction=0.25))
    row = rows(tab)[0]
    assert row._progress.accessibleName() == "25% done"
    bar = row._progress.grab().toImage()
    accent = theme.tokens(row).accent.lower()
    assert bar.pixelColor(bar.width() // 8, 1).name() == accent
    assert bar.pixelColor(bar.width() // 2, 1).name() != accent
    tab.show_answer("", an_answer())
    assert row._progress.accessibleName() == ""


def test_a_model_that_cannot_answer_says_why_in_its_row(tab: AnswersTab) -> None:
    tab.set_rows(heads(2))
    tab.show_answer("run 1", an_answer())
    tab.show_problem("run 1", "There is no run at that place.")
    row = rows(tab)[1]
    assert "There is no run at that place." in texts(row)
    settle()
    assert row.findChild(QLabel, "rowProblem").width() > tab.width() // 3
    assert "nats" not in texts(row)
    tab.show_answer("run 1", an_answer())
    assert "There is no run at that place." not in texts(row)
    assert "nats" in texts(row)


def test_the_title_opens_more_by_mouse_and_by_keyboard(tab: AnswersTab) -> None:
    tab.set_rows(heads(2))
    tab.show_answer("", an_answer())
    row = rows(tab)[0]
    title = row.findChild(Title)
    low = row.height()
    assert "Takes what its encoder gives." not in texts(row)
    QTest.mouseClick(title, LEFT)
    settle()
    assert "Takes what its encoder gives." in texts(row)
    assert "10 numbers" in texts(row)
    assert row.height() > low + 100
    QTest.keyClick(title, Qt.Key.Key_Space)
    settle()
    assert row.height() == low


def test_rows_stay_with_their_answers_when_others_come_and_go(tab: AnswersTab) -> None:
    tab.set_rows(heads(3))
    tab.show_answer("run 2", an_answer())
    kept = rows(tab)[2]
    tab.set_rows([heads(1)[0], heads(3)[2]])
    settle()
    assert rows(tab)[1] is kept
    assert "nats" in texts(kept)
    tab.set_rows([heads(3)[2], heads(3)[1], heads(1)[0]])
    settle()
    assert [row.key for row in rows(tab)] == ["run 2", "run 1", ""]
    tab.show_answer("run 7", an_answer())  # nobody knows it any more


def test_a_run_is_sent_away_by_its_button(tab: AnswersTab, qtbot: QtBot) -> None:
    tab.set_rows(heads(2))
    first, second = (row.findChild(QToolButton, "removeButton") for row in rows(tab))
    assert not first.isVisible(), "the model in the window stays"
    assert second.accessibleName() == "Take Model 1 away"
    with qtbot.waitSignal(tab.removed) as heard:
        QTest.mouseClick(second, LEFT)
    assert heard.args == ["run 1"]


def test_an_empty_tab_teaches(tab: AnswersTab) -> None:
    assert EMPTY in texts(tab)
    assert "No model answers yet" in texts(tab)
    tab.set_rows(heads(1))
    tab.set_drawn(True)
    assert DRAWN in texts(tab)
    assert "Other models may answer the same drawing" in texts(tab)
    tab.set_rows(heads(2))
    assert "Other models may answer" not in texts(tab)


@pytest.mark.parametrize("size", [(700, 440), (1130, 700)])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_columns_line_up_and_nothing_is_cut(
    tab: AnswersTab, size: tuple[int, int], count: int
) -> None:
    tab.resize(*size)
    tab.set_rows(heads(count))
    for head in heads(count):
        tab.show_answer(
            head.key,
            an_answer(
                fit="log p ≥ −12,345 nats",
                shares=np.zeros(10),
                none=1.0,
                score="a score of −0.00123; 48 of 63 real digits score higher",
                time="1.24 s",
            ),
        )
    settle()
    assert (tab.width(), tab.height()) == size, "the tab asked for more room"
    shown = rows(tab)
    assert len(shown) == count
    assert len({row.height() for row in shown}) == 1
    for part in (CodeBars, ClassBars, NearDigits):
        lefts = {place(row.findChild(part), tab).left() for row in shown}
        assert len(lefts) == 1, part
    head = next(label for label in tab.findChildren(QLabel) if label.text() == "Read as")
    assert place(head, tab).left() == place(shown[0].findChild(ClassBars), tab).left()
    for row in shown:
        assert row.width() <= tab.width()
        room = row.rect()
        for child in row.findChildren(QWidget):
            if child.isVisible() and isinstance(child, QLabel):
                assert room.contains(place(child, row)), child.text()
                wrapped = child.wordWrap()
                needed = child.heightForWidth(child.width()) if wrapped else 0
                assert child.height() >= needed, child.text()
                if isinstance(child, ClampedLabel):
                    assert child.toolTip() == child.text()
                    whole = "".join(child.lines()).replace(" ", "") == child.text().replace(" ", "")
                    assert whole or count > 3, child.text()
                elif not wrapped and not isinstance(child, ElidedLabel):
                    wide = child.fontMetrics().horizontalAdvance(child.text())
                    assert child.width() >= wide, child.text()
    scrolls = tab._scroll.verticalScrollBar().maximum() > 0
    gap = theme.S if count <= 3 else theme.XS
    needed = count * (shown[0].height() + gap) - gap
    assert scrolls == (needed > tab._scroll.height())


def test_the_tab_key_runs_down_the_rows(tab: AnswersTab) -> None:
    tab.set_rows(heads(3))
    tab.set_rows([heads(3)[0], heads(3)[2], heads(3)[1]])
    settle()
    tab.activateWindow()
    tab._choose.setFocus()
    seen = []
    for _ in range(5):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        seen.append((focus.objectName(), focus.accessibleName()))
    assert seen == [
        ("rowTitle", "Model 0: more about its answer"),
        ("rowTitle", "Model 2: more about its answer"),
        ("removeButton", "Take Model 2 away"),
        ("rowTitle", "Model 1: more about its answer"),
        ("removeButton", "Take Model 1 away"),
    ]


def test_five_models_answer_without_scrolling(tab: AnswersTab) -> None:
    tab.resize(684, 436)
    tab.set_rows(heads(5))
    for head in heads(5):
        tab.show_answer(head.key, an_answer())
    settle()
    shown = rows(tab)
    assert tab._scroll.verticalScrollBar().maximum() == 0
    assert tab.rect().contains(place(shown[-1], tab))
    assert shown[0]._copy.width() == 56, "pixels stay squares"
    near = shown[0].findChild(NearDigits)
    assert near.width() > near.height(), "side by side"
    tab.set_rows(heads(2))
    settle()
    assert rows(tab)[0]._copy.width() == 84, "with room, they are large again"


def test_a_long_name_takes_two_lines_where_there_is_room(tab: AnswersTab) -> None:
    head = RowHead("", "Variational autoencoder on pen", "step 5", removable=False)
    tab.set_rows([head])
    settle()
    title = rows(tab)[0].findChild(Title)
    assert " ".join(title.lines()) == head.title
    assert len(title.lines()) == 2
    assert title.height() >= 2 * title.fontMetrics().lineSpacing()
    tab.set_rows([head, *heads(6)[1:]])
    settle()
    (line,) = title.lines()
    assert line.endswith("…")
    assert head.title in title.toolTip()


def test_setters_emit_nothing(tab: AnswersTab, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(tab.chosen), qtbot.assertNotEmitted(tab.removed):
        tab.set_choices([Choice("run 1", "Model 1", "pen")])
        tab.set_rows(heads(2))
        tab.set_chosen(["run 1"])
        tab.show_answer("", an_answer())
        tab.set_rows([])


# Parts


def test_class_bars_have_the_colours_of_the_classes(qtbot: QtBot) -> None:
    bars = ClassBars()
    qtbot.addWidget(bars)
    bars.resize(165, 60)
    bars.show()
    shares = np.zeros(10)
    shares[3], shares[8] = 0.75, 0.25
    bars.set_shares(shares, 0.0)
    image = bars.grab().toImage()

    def height(index: int) -> int:
        x = int(15 * (index + 0.5))
        colour = theme.CLASS_COLOURS[index].lower()
        return sum(image.pixelColor(x, y).name() == colour for y in range(image.height()))

    assert height(3) > 2.5 * height(8) > 0
    assert height(5) == 0
    assert bars.words(3) == "3: 75 %"
    assert bars.words(10) == "no digit: 0 %"
    assert bars.words(11) == ""
    bars.set_shares(None, 0.0)
    assert bars.words(3) == ""


def test_codes_at_a_glance(qtbot: QtBot) -> None:
    bars = CodeBars()
    qtbot.addWidget(bars)
    bars.resize(140, 42)
    bars.show()
    accent = theme.tokens(bars).accent.lower()

    def accents(top: int, bottom: int) -> int:
        image = bars.grab().toImage()
        places = ((x, y) for x in range(image.width()) for y in range(top, bottom))
        return sum(image.pixelColor(x, y).name() == accent for x, y in places)

    bars.show_code(np.array([3.0, 3.0, 3.0]), None)
    assert accents(0, 18) > 100
    assert accents(24, 42) == 0
    bars.show_code(np.array([-3.0, -3.0, -3.0]), None)
    assert accents(0, 18) == 0
    assert accents(24, 42) > 100
    bars.show_code(None, np.arange(49).reshape(7, 7))
    image = bars.grab().toImage()
    colours = {image.pixelColor(6 * k + 2, 2).name() for k in range(7)}
    assert len(colours) == 7
    assert image.pixelColor(60, 20) == image.pixelColor(130, 20), "cells stay square"
    bars.show_code(np.random.default_rng(0).normal(size=784), None)
    image = bars.grab().toImage()
    assert len({image.pixelColor(x, 21).name() for x in range(100)}) > 20
    bars.show_code(None, None)
    assert accents(0, 42) == 0


def test_nearest_digits_in_both_sizes_are_shown_pixel_by_pixel(qtbot: QtBot) -> None:
    near = NearDigits()
    qtbot.addWidget(near)
    near.show()
    digits = np.zeros((2, 28, 28), np.uint8)
    digits[1, 10, 20] = 255
    near.set_digits(digits, (4, 9), "by pixels")
    image = near.grab().toImage()
    assert near.height() == 3 * 28 + 2
    white = [
        (x, y)
        for x in range(28)
        for y in range(29, 57)
        if image.pixelColor(x, y) == QColor(255, 255, 255)
    ]
    assert white == [(20, 39)]
    near.set_layout("large")
    image = near.grab().toImage()
    assert (near.width(), near.height()) == (3 * 56 + 2, 86)
    white = [
        (x, y)
        for x in range(57, 113)
        for y in range(56)
        if image.pixelColor(x, y) == QColor(255, 255, 255)
    ]
    assert white == [(57 + 40, 20), (57 + 40, 21), (57 + 41, 20), (57 + 41, 21)]


# Choosing


@pytest.fixture
def opened(tab: AnswersTab) -> RunChooser:
    tab.set_choices([Choice(f"run {k}", f"Model {k}", f"mnist, step {k}") for k in range(12)])
    tab.set_rows(heads(3))
    QTest.mouseClick(tab.findChild(QWidget, "chooseRunsButton"), LEFT)
    chooser = tab.findChild(RunChooser)
    assert chooser.isVisible()
    return chooser


def line(chooser: RunChooser, row: int) -> QPoint:
    ticks = chooser.findChild(QListWidget)
    return ticks.visualItemRect(ticks.item(row)).center()


def click(chooser: RunChooser, row: int) -> None:
    ticks = chooser.findChild(QListWidget)
    ticks.scrollToItem(ticks.item(row))
    QTest.mouseClick(ticks.viewport(), LEFT, pos=line(chooser, row))


def ticked(chooser: RunChooser) -> list[int]:
    ticks = chooser.findChild(QListWidget)
    return [
        row for row in range(ticks.count()) if ticks.item(row).checkState() == Qt.CheckState.Checked
    ]


def test_the_list_opens_below_its_button_with_the_present_choice(
    tab: AnswersTab, opened: RunChooser
) -> None:
    assert ticked(opened) == [1, 2]
    assert "2 of at most 8 chosen." in texts(opened)
    screen = tab.screen().availableGeometry()
    assert screen.contains(opened.geometry())
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert not opened.isVisible()


def test_the_list_is_asked_for_before_it_opens(tab: AnswersTab, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tab.choices_wanted):
        QTest.mouseClick(tab.findChild(QWidget, "chooseRunsButton"), LEFT)
    chooser = tab.findChild(RunChooser)
    assert "No runs yet" in texts(chooser)
    chooser.close()


def test_clicks_and_keys_tick_runs(tab: AnswersTab, opened: RunChooser) -> None:
    heard: list[tuple[str, ...]] = []
    tab.chosen.connect(heard.append)
    click(opened, 5)
    assert heard == [("run 1", "run 2", "run 5")]
    click(opened, 1)
    assert heard[-1] == ("run 2", "run 5")
    ticks = opened.findChild(QListWidget)
    ticks.setCurrentRow(0)
    QTest.keyClick(ticks, Qt.Key.Key_Down)
    QTest.keyClick(ticks, Qt.Key.Key_Space)
    assert heard[-1] == ("run 2", "run 5", "run 1")
    assert ticked(opened) == [1, 2, 5]
    opened.close()


def test_no_more_than_eight_answer(tab: AnswersTab, opened: RunChooser) -> None:
    heard: list[tuple[str, ...]] = []
    tab.chosen.connect(heard.append)
    for row in (0, 3, 4, 5, 6, 7, 8, 9):
        click(opened, row)
    assert len(heard) == 6
    assert len(heard[-1]) == 8
    assert "8 of 8 chosen: take one away to choose another." in texts(opened)
    click(opened, 0)
    click(opened, 9)
    assert len(heard[-1]) == 8
    assert "run 9" in heard[-1]
    opened.close()


def test_a_run_that_cannot_answer_cannot_be_chosen(tab: AnswersTab, qtbot: QtBot) -> None:
    tab.set_choices([Choice("a", "A", "pen", problem="It is damaged."), Choice("b", "B", "pen")])
    QTest.mouseClick(tab.findChild(QWidget, "chooseRunsButton"), LEFT)
    chooser = tab.findChild(RunChooser)
    with qtbot.assertNotEmitted(tab.chosen):
        click(chooser, 0)
    with qtbot.waitSignal(tab.chosen) as heard:
        click(chooser, 1)
    assert heard.args == [("b",)]
    chooser.close()


def test_a_run_is_found_by_its_words(opened: RunChooser) -> None:
    search = opened.findChild(QLineEdit)
    assert search.isVisible()
    QTest.keyClicks(search, "model 1 mnist")
    ticks = opened.findChild(QListWidget)
    shown = [ticks.item(row).text() for row in range(12) if not ticks.item(row).isHidden()]
    assert shown == ["Model 1", "Model 10", "Model 11"]
    opened.close()
