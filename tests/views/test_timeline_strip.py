"""The strip is dragged, turned and typed at, and shows what it is told."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtGui import Qt as Gui
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.views import theme
from studio.views.timeline_painter import CURVES, SIGNS, TICKS, Alarm, Scene, words_near
from studio.views.timeline_strip import TEACHING, TimelineStrip

LEFT = Qt.MouseButton.LeftButton
MIDDLE = (CURVES[0] + 4, CURVES[1] - 4)
"""Rows in which the cursor is a bare line."""


@pytest.fixture(params=["dark", "light"])
def tokens(qapp, request):
    yield theme.apply(qapp, request.param)
    theme.apply(qapp, "dark")


@pytest.fixture
def strip(qapp, qtbot, tokens):
    widget = TimelineStrip()
    qtbot.addWidget(widget)
    widget.resize(832, widget.height())
    widget.show()
    qtbot.waitExposed(widget)
    widget.set_span(2_000, 2_000)
    widget.said = []
    widget.cursor_requested.connect(lambda step: widget.said.append(step))
    widget.live_requested.connect(lambda: widget.said.append("live"))
    widget.step_requested.connect(lambda count: widget.said.append(f"{count:+}"))
    return widget


def picture(strip: TimelineStrip) -> QImage:
    return strip.grab().toImage()


def columns_with(strip: TimelineStrip, colour: str, lane: tuple[float, float]) -> list[int]:
    """In which pixel columns of a lane this colour shows."""
    image, wanted = picture(strip), QColor(colour).rgb()
    rows = range(int(lane[0]), int(lane[1]) + 1)
    return [x for x in range(image.width()) if any(image.pixel(x, y) == wanted for y in rows)]


def pixels_near(strip: TimelineStrip, colour: str) -> list[tuple[int, int]]:
    """Where the lane of the curves has the hue of a colour: lines are softened at their edges."""
    image, hue = picture(strip), QColor(colour).hue()
    return [
        (x, y)
        for x in range(image.width())
        for y in range(int(CURVES[0]) - 2, int(CURVES[1]) + 3)
        if abs(image.pixelColor(x, y).hue() - hue) < 6 and image.pixelColor(x, y).saturation() > 110
    ]


def columns_near(strip: TimelineStrip, colour: str) -> list[int]:
    return sorted({x for x, _ in pixels_near(strip, colour)})


def at(strip: TimelineStrip, step: int) -> QPoint:
    return QPoint(round(strip.x_of(step)), round(CURVES[0]) + 4)


def test_before_the_first_step_it_teaches(qtbot, tokens):
    widget = TimelineStrip()
    qtbot.addWidget(widget)
    assert widget.accessibleDescription() == TEACHING
    empty = picture(widget)
    widget.set_span(100, None)
    assert picture(widget) != empty
    widget.set_span(0, None)
    assert picture(widget) == empty
    said: list[object] = []
    widget.cursor_requested.connect(said.append)
    QTest.mouseClick(widget, LEFT, pos=QPoint(200, 30))
    QTest.keyClick(widget, Qt.Key.Key_Home)
    assert said == []


def test_it_has_a_name_and_says_where_it_is(strip):
    assert strip.objectName() == "timelineStrip"
    assert strip.accessibleName() == "Timeline of the training"
    assert strip.accessibleDescription() == "Live, step 2,000"
    strip.set_cursor(1_180)
    assert strip.accessibleDescription() == "Looking back at step 1,180 of 2,000"
    strip.set_cursor(None)
    strip.set_active(False)
    assert strip.accessibleDescription() == "Step 2,000, the end"


def test_the_cursor_is_where_one_clicks(strip, tokens):
    QTest.mouseClick(strip, LEFT, pos=at(strip, 500))
    assert len(strip.said) == 1
    assert strip.said[0] == pytest.approx(500, abs=2)
    drawn = columns_with(strip, tokens.accent, MIDDLE)
    assert drawn
    assert all(abs(x - strip.x_of(500)) <= 2 for x in drawn)


def test_dragging_moves_it_all_the_way_and_live_is_the_right_end(strip):
    QTest.mousePress(strip, LEFT, pos=at(strip, 400))
    for step in (600, 800, 1_000):
        QTest.mouseMove(strip, at(strip, step))
    assert strip.cursor_step() == pytest.approx(1_000, abs=2)
    QTest.mouseMove(strip, QPoint(strip.width() + 50, 30))
    QTest.mouseRelease(strip, LEFT, pos=QPoint(strip.width() + 50, 30))
    assert strip.cursor_step() is None
    assert [round(s, -2) if isinstance(s, int) else s for s in strip.said] == [
        400,
        600,
        800,
        1_000,
        "live",
    ]
    QTest.mouseMove(strip, at(strip, 100))
    assert strip.said[-1] == "live", "nothing is dragged any more"


def test_a_drag_beyond_the_left_end_is_the_beginning(strip):
    QTest.mousePress(strip, LEFT, pos=at(strip, 400))
    QTest.mouseMove(strip, QPoint(-40, 30))
    QTest.mouseRelease(strip, LEFT, pos=QPoint(-40, 30))
    assert strip.said[-1] == 0


def test_a_double_click_is_live(strip):
    strip.set_cursor(100)
    QTest.mouseDClick(strip, LEFT, pos=at(strip, 900))
    assert strip.said[-1] == "live"
    assert strip.cursor_step() is None


def test_the_future_is_live_too(strip):
    strip.set_span(500, 2_000)
    strip.set_cursor(100)
    QTest.mouseClick(strip, LEFT, pos=QPoint(strip.width() - 4, 30))
    assert strip.said == ["live"]


def turn(strip: TimelineStrip, delta: int) -> None:
    place = QPointF(at(strip, 500))
    event = QWheelEvent(
        place,
        QPointF(strip.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(strip, event)


def test_the_wheel_steps_by_snapshot(strip):
    turn(strip, -120)
    turn(strip, 240)
    for _ in range(4):  # a fine wheel
        turn(strip, -30)
    assert strip.said == ["+1", "-2", "+1"]


def test_keys_walk(strip):
    strip.set_snapshots((5, 300, 900))
    for key in (
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    ):
        QTest.keyClick(strip, key)
    assert strip.said == ["-1", "+1", "-10", 5, "live"]


def test_setters_say_nothing(strip):
    strip.set_cursor(700)
    strip.set_cursor(None)
    strip.set_span(3_000, None)
    strip.set_snapshots((0, 1))
    assert strip.said == []


def test_the_curves_have_the_colours_of_their_roles(strip, tokens):
    steps = np.arange(0, 1_000, 5)
    flat = np.ones(200)
    strip.set_curves(
        [
            ("d", "discriminator", steps, flat),
            ("g", "generator", steps + 1_000, np.linspace(0, 5, 200)),
        ]
    )
    drawn = columns_near(strip, tokens.discriminator)
    assert len(drawn) > 300
    assert max(drawn) <= strip.x_of(1_000) + 1
    right = [y for x, y in pixels_near(strip, tokens.generator) if x > strip.x_of(1_010)]
    assert min(right) < CURVES[0] + 4, "it fills its lane by itself"
    assert max(right) > CURVES[1] - 4


@pytest.mark.parametrize("values", [np.full(50, np.nan), np.zeros(50), np.full(50, 1e300)])
def test_no_curve_is_too_odd(strip, values):
    strip.set_curves([("d", "discriminator", np.arange(50), values)])
    picture(strip)
    strip.set_curves([("d", "discriminator", np.zeros(0), np.zeros(0))])
    picture(strip)


def test_a_gap_stays_open(strip, tokens):
    values = np.ones(400)
    values[100:300] = np.nan
    strip.set_curves([("d", "discriminator", np.arange(400) * 5, values)])
    drawn = columns_near(strip, tokens.discriminator)
    assert np.diff(drawn).max() > 300


def test_snapshots_are_ticks(strip, tokens):
    before = picture(strip)
    strip.set_snapshots((500, 1_000))
    after = picture(strip)
    y = int(TICKS[0]) + 2
    changed = [x for x in range(after.width()) if after.pixel(x, y) != before.pixel(x, y)]
    assert changed == [round(strip.x_of(500)), round(strip.x_of(1_000))]


def test_what_happened_is_drawn_and_read(strip, tokens):
    strip.set_marks([(500, "generator frozen")])
    strip.set_alarms([(1_000, True, "The digits look alike."), (1_200, False, "They differ.")])
    strip.set_checkpoint(1_500)
    image = picture(strip)
    row = int(SIGNS)
    assert image.pixelColor(round(strip.x_of(500)), row) == QColor(tokens.text)
    assert image.pixelColor(round(strip.x_of(1_000)), row) == QColor(tokens.warning)
    assert image.pixelColor(round(strip.x_of(1_200)), row + 1) == QColor(tokens.surface)
    assert image.pixelColor(round(strip.x_of(1_500)), int(TICKS[0]) + 2) == QColor(tokens.good)
    # While the warning held, the ground is tinted.
    surface = QColor(tokens.surface)
    assert image.pixelColor(round(strip.x_of(1_100)), 24) != surface
    assert image.pixelColor(round(strip.x_of(1_300)), 24) == surface
    QTest.mouseMove(strip, at(strip, 500))
    assert "generator frozen" in strip.toolTip()
    QTest.mouseMove(strip, at(strip, 1_000))
    assert "The digits look alike." in strip.toolTip()
    QTest.mouseMove(strip, at(strip, 1_500))
    assert "go on from here" in strip.toolTip()
    QTest.mouseMove(strip, at(strip, 1_700))
    assert strip.toolTip().startswith("Step 1,7")
    assert "\n" not in strip.toolTip()


def test_words_of_strangers_stay_plain_text(strip):
    strip.set_marks([(500, "<b>bold</b><img src='x.png'>")])
    assert not Gui.mightBeRichText(strip.words_at(strip.x_of(500)))


def test_stages_are_told(strip, tokens):
    before = picture(strip)
    strip.set_stages([(0, "Game")])
    assert picture(strip) == before, "the name of an only stage says nothing"
    strip.set_stages([(0, "Autoencoder"), (1_000, "Prior")])
    assert picture(strip) != before
    assert strip.words_at(strip.x_of(500)).endswith("Autoencoder")
    assert strip.words_at(strip.x_of(1_500)).endswith("Prior")


def test_many_signs_in_one_place_are_counted(strip):
    strip.set_marks([(500, f"change {n}") for n in range(9)])
    lines = strip.words_at(strip.x_of(500)).splitlines()
    assert len(lines) == 7
    assert lines[-1] == "and 4 more"


def test_nearest_first():
    scene = Scene(last=100, marks=((10, "far"), (49, "near")), snapshots=(50,), checkpoint=70)
    assert list(words_near(scene, 50, 20)) == [
        "Step 50: weights kept",
        "Step 49: near",
        "Step 70: the training can go on from here",
    ]


def test_an_open_end_leaves_room_to_grow_into():
    assert Scene(last=0).extent() == 40
    assert 1_000 <= Scene(last=1_000).extent() <= 1_250
    assert Scene(last=1_000).extent() == Scene(last=1_010).extent()
    assert Scene(last=1_000, total=1_050).extent() == 1_050, "no more than the budget"
    assert Scene(last=1_050, total=1_050).extent() == 1_050
    assert Scene(last=60, total=50).extent() == 60
    far = Scene(last=2**40)
    assert far.extent() >= 2**40


def test_a_cursor_stays_while_the_training_grows(strip, tokens):
    strip.set_span(1_000, 4_000)
    strip.set_cursor(500)
    where = columns_with(strip, tokens.accent, MIDDLE)
    strip.set_span(1_020, 4_000)
    assert strip.cursor_step() == 500
    assert columns_with(strip, tokens.accent, MIDDLE) == where


def test_only_the_cursor_is_painted_anew(strip):
    picture(strip)
    kept = strip._layer
    strip.set_cursor(300)
    picture(strip)
    assert strip._layer is kept
    strip.set_snapshots((1, 2))
    picture(strip)
    assert strip._layer is not kept


def test_the_keyboard_focus_has_a_frame(strip, tokens):
    strip.clearFocus()
    assert 0 not in columns_with(strip, tokens.accent, MIDDLE)
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    assert 0 in columns_with(strip, tokens.accent, MIDDLE)


def test_it_follows_the_theme(strip, qapp):
    for scheme in ("light", "dark"):
        tokens = theme.apply(qapp, scheme)
        QApplication.sendPostedEvents()
        assert picture(strip).pixelColor(strip.width() // 2, 30) == QColor(tokens.surface)


def test_two_warnings_may_hold_at_once():
    alarms = [(10, True), (20, True), (30, False), (40, False), (50, False), (60, True)]
    scene = Scene(last=80, alarms=tuple(Alarm(step, begins, "") for step, begins in alarms))
    assert list(scene.alarmed()) == [(10, 40), (60, 80)]
