"""One cursor: live at the right end, looking back before it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from studio.state.timeline import Timeline


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    result = Timeline()
    result.set_span(1_000)
    result.set_snapshots((0, 10, 100, 500, 1_000))
    return result


def moves(timeline: Timeline) -> list[int | None]:
    told: list[int | None] = []
    timeline.cursor_changed.connect(lambda: told.append(timeline.cursor))
    return told


def test_it_begins_live(timeline: Timeline) -> None:
    assert timeline.cursor is None
    assert not timeline.looking_back


def test_going_somewhere_is_told_once(timeline: Timeline) -> None:
    told = moves(timeline)
    timeline.go_to(400)
    timeline.go_to(400)
    timeline.go_live()
    timeline.go_live()
    assert told == [400, None]


def test_the_last_step_is_live(timeline: Timeline) -> None:
    timeline.go_to(5)
    timeline.go_to(1_000)
    assert timeline.cursor is None
    timeline.go_to(-3)
    assert timeline.cursor == 0


def test_the_training_goes_on_underneath(timeline: Timeline) -> None:
    timeline.go_to(400)
    told = moves(timeline)
    timeline.set_span(9_000)
    timeline.set_snapshots((0, 4_000))
    assert timeline.cursor == 400
    assert told == []


def test_a_cursor_beyond_a_run_that_was_cut_goes_live(timeline: Timeline) -> None:
    timeline.go_to(900)
    timeline.set_span(800)
    assert timeline.cursor is None


def test_it_walks_over_snapshots(timeline: Timeline) -> None:
    told = moves(timeline)
    for _ in range(6):
        timeline.step_by(-1)
    # The newest snapshot shows what live shows already.
    assert told == [500, 100, 10, 0]
    for _ in range(6):
        timeline.step_by(1)
    assert told[4:] == [10, 100, 500, None]


def test_between_two_snapshots_it_goes_to_the_nearest_of_that_side(timeline: Timeline) -> None:
    timeline.go_to(60)
    timeline.step_by(-1)
    assert timeline.cursor == 10
    timeline.go_to(60)
    timeline.step_by(1)
    assert timeline.cursor == 100
    timeline.step_by(-10)
    assert timeline.cursor == 0
    timeline.step_by(10)
    assert timeline.cursor is None


def test_the_first(timeline: Timeline) -> None:
    timeline.set_snapshots((20, 30))
    timeline.first()
    assert timeline.cursor == 20
    timeline.set_snapshots(())
    timeline.step_by(-1)
    assert timeline.cursor == 20, "there is nothing to walk over"
    timeline.first()
    assert timeline.cursor == 0


def test_another_run_is_followed_live(timeline: Timeline) -> None:
    timeline.go_to(10)
    timeline.follow()
    assert timeline.cursor is None
    assert timeline.last == 0
    timeline.first()
    assert timeline.cursor is None, "there is nothing to look back at"


def test_steps_beyond_thirty_two_bits(timeline: Timeline) -> None:
    far = 2**40
    timeline.set_span(far)
    timeline.set_snapshots((0, far - 5))
    timeline.step_by(-1)
    assert timeline.cursor == far - 5
