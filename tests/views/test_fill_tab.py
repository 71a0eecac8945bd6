"""The Fill in tab: a row per model, choosing, pointing, taking over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QToolButton, QWidget

from studio.state.choice import Choice
from studio.views import theme
from studio.views.clamped import ClampedLabel
from studio.views.digit_row import DigitRow
from studio.views.fill_tab import FillTab
from studio.views.filling_row import FillingRow, ordinal

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
MODELS = [("", "VAE"), ("runs/7", "GAN")]


@pytest.fixture
def tab(qtbot: QtBot) -> FillTab:
    widget = FillTab()
    qtbot.addWidget(widget)
    widget.resize(700, 440)
    widget.set_models(MODELS)
    widget.set_possible(True)
    widget.show()
    return widget


def greys(count: int) -> np.ndarray:
    return np.stack([np.full((28, 28), 20 + 20 * k, np.uint8) for k in range(count)])


def choice(count: int = 6, **other: object) -> Choice:
    known: dict[str, object] = {
        "images": greys(count),
        "shares": tuple(np.linspace(1, 0, count).tolist()),
        "ranks": tuple(range(1, count + 1)),
        "values": tuple(np.linspace(-10, -80, count).tolist()),
        "total": 16,
        "by": "Likelier is what its own bound says, in nats.",
        "how": "It searches codes.",
        "fraction": 1.0,
        "seconds": 1.25,
    }
    return Choice(**(known | other))  # type: ignore[arg-type]


def digits(tab: FillTab, key: str) -> DigitRow:
    row = tab.findChild(DigitRow, f"completions_{key or 'subject'}")
    assert row is not None
    return row


def texts(widget: QWidget) -> str:
    labels = [label for label in widget.findChildren(QLabel) if label.isVisible()]
    return "\n".join(label.text() for label in labels)


def place(row: DigitRow, number: int) -> QPoint:
    return row.cell(number).center().toPoint()


def press(tab: FillTab, name: str) -> None:
    button = tab.findChild(QWidget, name)
    assert button is not None, name
    QTest.mouseClick(button, LEFT)


def test_the_empty_tab_teaches_and_the_button_asks(tab: FillTab, qtbot: QtBot) -> None:
    assert "Mask or erase a part of your digit" in texts(tab)
    with qtbot.waitSignal(tab.fill_requested):
        press(tab, "fillButton")
    with qtbot.waitSignal(tab.mode_changed) as heard:
        press(tab, "fillModegap")
    assert heard.args == ["gap"]
    assert tab.mode() == "gap"
    assert "the models are not told where" in texts(tab)


def test_without_a_model_the_button_says_what_is_missing(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_possible(False, "A model is needed first.")
    button = tab.findChild(QPushButton, "fillButton")
    assert not button.isEnabled()
    assert button.toolTip() == "A model is needed first."


def test_while_models_work_the_button_stops_them(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_waiting()
    tab.set_busy(True, 0.25)
    assert texts(tab).count("Waits for its turn") == 2
    tab.set_choice("", choice(fraction=0.4))
    assert "40% done" in texts(tab)
    button = tab.findChild(QPushButton, "fillButton")
    assert button.text() == "Stop"
    with qtbot.waitSignal(tab.cancel_requested), qtbot.assertNotEmitted(tab.fill_requested):
        press(tab, "fillButton")
    with qtbot.waitSignal(tab.cancel_requested):
        QTest.keyClick(button, Qt.Key.Key_Escape)
    tab.set_busy(False, None)
    assert button.text() == "Fill in"
    assert texts(tab).count("Stopped") == 2
    assert len(digits(tab, "").images()) == 6, "what was found stays"


def test_a_click_takes_the_completion_over_as_it_is(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_choice("runs/7", choice())
    row = digits(tab, "runs_7")
    with qtbot.waitSignal(tab.taken) as heard:
        QTest.mouseClick(row, LEFT, pos=place(row, 2))
    assert heard.args is not None
    assert np.array_equal(heard.args[0], greys(6)[2])
    row.setFocus()
    with qtbot.waitSignal(tab.taken) as heard:
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Return):
            QTest.keyClick(row, key)
    assert heard.args is not None
    assert heard.args[0][0, 0] == row.images()[0][0, 0]


def test_pointing_shows_it_large_and_a_shows_the_drawing(tab: FillTab, qtbot: QtBot) -> None:
    shown: list[int | None] = []
    tab.preview.connect(lambda image: shown.append(None if image is None else int(image[0, 0])))
    tab.set_choice("", choice())
    tab.set_before(np.full((28, 28), 7, np.uint8))
    row = digits(tab, "")
    QTest.mouseMove(row, place(row, 1))
    QTest.mouseMove(row, place(row, 3))
    QTest.keyPress(row, Qt.Key.Key_A)
    QTest.keyRelease(row, Qt.Key.Key_A)
    assert shown == [40, 80, 7, 80]
    tab.hide()
    assert shown[-1] is None, "nothing is shown large when nobody points any more"


def test_order_and_plausibility_are_seen(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_choice("", choice(3, shares=(1.0, 0.5, 0.0), ranks=(1, 4, 11)))
    row = digits(tab, "")
    accent = theme.tokens(row).accent
    picture = row.grab().toImage()
    low = round(row.cell(0).bottom()) + 3

    def lit(number: int) -> float:
        cell = row.cell(number).toRect()
        line = [picture.pixelColor(x, low).name() for x in range(cell.left(), cell.right())]
        return line.count(accent.lower()) / len(line)

    assert lit(0) > 0.95
    assert 0.4 < lit(1) < 0.6
    assert lit(2) < 0.1
    assert "1.2 s" in texts(tab)
    assert "Likelier is what its own bound says" in texts(tab)
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 102)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd")
    ]


def test_slider_and_number_speak_at_once(tab: FillTab, qtbot: QtBot) -> None:
    heard: list[float] = []
    tab.variety_changed.connect(heard.append)
    slider = tab.findChild(QSlider, "varietySlider")
    assert tab.variety() == 0
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert heard == [0.01, 1.0]
    assert tab.count() == 6
    with qtbot.waitSignal(tab.count_changed) as counted:
        press(tab, "fillCount9")
    assert counted.args == [9]
    row = digits(tab, "")
    tab.set_choice("", choice(9))
    assert row.cell(8).right() <= row.parentWidget().width(), "nine fit into the smallest tab"
    tab.resize(644, 400)
    press(tab, "fillCount6")
    assert row.cell(0).width() == 84, "six are large even in a small window"
    assert tab.minimumSizeHint().width() <= 524, "beside the canvas of the smallest window"
    tab.setMinimumWidth(1)
    tab.resize(524, 400)
    press(tab, "fillCount9")
    assert row.cell(8).right() <= row.parentWidget().width()
    assert "Likely" not in texts(tab)


def test_a_found_gap_is_outlined_on_its_pictures(tab: FillTab, qtbot: QtBot) -> None:
    row = digits(tab, "")
    black = np.zeros((3, 28, 28), np.uint8)
    gap = np.zeros((28, 28), bool)
    gap[10:18, 10:18] = True
    tab.set_choice("", choice(3, images=black))
    plain = row.grab().toImage()
    tab.set_choice("", choice(3, images=black, gap=gap))
    outlined = row.grab().toImage()
    side = row.cell(0).width() / 28
    edge, inside = QPoint(round(14 * side), round(10 * side)), QPoint(*[round(14 * side)] * 2)
    near = [QPoint(edge.x(), edge.y() + dy) for dy in (-1, 0, 1)]
    assert any(outlined.pixelColor(p) != plain.pixelColor(p) for p in near)
    assert outlined.pixelColor(inside) == plain.pixelColor(inside)
    tab.set_choice("", choice(3, images=black))
    assert all(row.grab().toImage().pixelColor(p) == plain.pixelColor(p) for p in near)


def test_one_that_fails_says_so_in_its_own_row(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_choice("", choice())
    tab.set_reason("runs/7", "GAN: this model cannot fill in.")
    bad = tab.findChild(FillingRow, "filling_runs_7")
    good = tab.findChild(FillingRow, "filling_subject")
    assert "GAN: this model cannot fill in." in texts(bad)
    assert "cannot" not in texts(good)
    assert len(digits(tab, "").images()) == 6
    tab.set_waiting()
    assert "cannot" not in texts(bad)


def test_rows_follow_the_models_and_keep_their_answers(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_choice("runs/7", choice())
    tab.set_models([("", "VAE"), ("new", "Flow"), ("runs/7", "GAN")])
    assert len(digits(tab, "runs_7").images()) == 6
    rows = sorted(tab.findChildren(FillingRow), key=lambda row: row.mapTo(tab, QPoint()).y())
    qtbot.waitUntil(lambda: rows[0].y() < rows[1].y())
    tab.set_models([("runs/7", "GAN")])
    qtbot.waitUntil(lambda: len(tab.findChildren(FillingRow)) == 1)
    tab.clear("runs/7")
    assert len(digits(tab, "runs_7").images()) == 0
    assert "Mask or erase" in texts(tab)


def test_what_belongs_to_an_older_drawing_is_said(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_choice("", choice())
    assert "The most plausible first" in texts(tab)
    tab.set_outdated(True)
    assert "The drawing has changed since" in texts(tab)
    tab.set_notice("Nothing is marked yet.")
    assert "Nothing is marked yet." in texts(tab)
    tab.set_notice("")
    tab.set_outdated(False)
    assert "The most plausible first" in texts(tab)


def test_a_setter_never_speaks(tab: FillTab, qtbot: QtBot) -> None:
    spoken: list[object] = []
    for signal in (tab.fill_requested, tab.cancel_requested, tab.mode_changed, tab.taken):
        signal.connect(lambda *args: spoken.append(args))
    for signal in (tab.variety_changed, tab.count_changed, tab.preview):
        signal.connect(lambda *args: spoken.append(args))
    tab.set_waiting()
    tab.set_choice("", choice())
    tab.set_busy(True, 0.5)
    tab.set_busy(False, None)
    tab.set_models(MODELS[:1])
    tab.set_before(None)
    assert spoken == []


def test_long_means_end_with_an_ellipsis_and_are_whole_in_the_tooltip(qtbot: QtBot) -> None:
    label = ClampedLabel()
    qtbot.addWidget(label)
    label.resize(120, 2 * label.fontMetrics().lineSpacing())
    long = "It has no way of its own, so codes are searched that fit the known pixels."
    label.setText(long)
    lines = label.lines()
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert label.toolTip() == long
    label.setText("By search.")
    assert label.lines() == ["By search."]
    assert all(label.fontMetrics().horizontalAdvance(line) <= 120 for line in lines)


def test_everything_that_is_operated_has_a_name_and_a_tip(tab: FillTab, qtbot: QtBot) -> None:
    tab.set_choice("", choice())
    for widget in tab.findChildren(QWidget):
        if isinstance(widget, QPushButton | QToolButton | QSlider):
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()
            assert widget.toolTip(), widget.objectName()
    assert digits(tab, "").accessibleName() == "Completions by VAE"
