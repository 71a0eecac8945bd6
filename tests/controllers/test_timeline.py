"""Cursor, run, bar and Train page together: everything shows the step under the cursor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import models
from models import ImageShape
from models.base import LossGuide
from studio.controllers.reporting import ReportController
from studio.controllers.timeline import TimelineController, words
from studio.engine import events as ev
from studio.engine.config import TrainConfig
from studio.state.run_state import RunState
from studio.state.timeline import Timeline
from studio.views import theme
from studio.views.timeline_bar import TimelineBar
from studio.views.train_page import TrainPage
from studio.views.transport import TransportBar

LEFT = Qt.MouseButton.LeftButton
GUIDE = LossGuide(
    equilibrium=1.0,
    tolerance=0.1,
    near="it is in balance.",
    above="it is too high.",
    below="it is too low.",
    rising="Rising.",
    falling="Falling.",
    steady="Steady.",
)


def player(name: str, role: str) -> ev.PlayerInfo:
    return ev.PlayerInfo(
        name,
        name.capitalize(),
        role,
        "total",
        GUIDE,
        f"rate_{name}",
        f"moves_{name}",
        1e-3,
        1,
        9,  # type: ignore[arg-type]
    )


GAME = ev.StageInfo(
    "game",
    "Game",
    0.5,
    "samples",
    (player("discriminator", "discriminator"), player("generator", "generator")),
)
PRIOR = ev.StageInfo("prior", "Prior", 0.5, "reconstructions", (player("prior", "learner-2"),))


class Studio:
    """The parts of the window that follow the cursor."""

    def __init__(self, qtbot: QtBot) -> None:
        self.state, self.timeline = RunState(), Timeline()
        self.bar, self.page, self.transport = TimelineBar(), TrainPage(), TransportBar()
        self.reporting = ReportController(
            self.state, self.timeline, self.page, self.transport, str.upper
        )
        self.looking = TimelineController(self.timeline, self.state, self.bar)
        self.wanted: list[int | None] = []
        self.looking.weights_wanted.connect(self.wanted.append)
        for widget in (self.bar, self.page, self.transport):
            qtbot.addWidget(widget)
        self.bar.resize(1_064, self.bar.height())
        self.bar.show()
        self.run = 0

    def begin(self, *stages: ev.StageInfo) -> None:
        self.run += 1
        settings = models.spec("gan").config()
        self.state.follow(TrainConfig(model="gan", settings=settings, run=self.run))
        stages = stages or (GAME,)
        self.state.apply(
            [
                ev.RunStarted(self.run, 0, "gan", ImageShape(), stages, "cpu", 1),
                ev.PhaseChanged(self.run, 0, ev.Phase.RUNNING),
                ev.StageChanged(self.run, 0, 0, stages[0]),
            ]
        )

    def play(self, first: int, last: int, value: float, *names: str) -> None:
        """Rounds [first, last) in which everyone loses `value`."""
        steps = np.arange(first, last)
        terms = {"total": np.full(len(steps), value, np.float32)}
        losses = {name: ev.Losses(steps, terms) for name in names or ("discriminator", "generator")}
        self.state.apply(
            [ev.RoundsPlayed(self.run, last, losses, 1.0, 10.0, 400, None, last / 400)]
        )

    def draw(self, step: int) -> None:
        """A grid whose digits are as bright as the step, and its measurement."""
        grid = np.full((64, 28, 28), step % 256, np.uint8)
        self.state.apply(
            [
                ev.SamplesDrawn(self.run, step, grid, "Drawn at once."),
                ev.Measured(self.run, step, {"variety": step / 400}),
            ]
        )

    def save(self, *steps: int) -> None:
        self.state.apply(
            [
                ev.Recording(self.run, 0, "runs/one"),
                ev.Saved(self.run, steps[-1], steps[-1], steps),
            ]
        )

    def shown_grid(self) -> int:
        return int(self.page.grid.images()[0, 0, 0])

    def grow(self, qtbot: QtBot) -> None:
        """Until the strip has caught up with the run."""
        data = self.state.data
        assert data is not None
        qtbot.waitUntil(lambda: self.timeline.last == data.pace.step)


@pytest.fixture
def studio(qapp, qtbot: QtBot) -> Iterator[Studio]:
    theme.apply(qapp, "dark")
    result = Studio(qtbot)
    yield result
    result.looking.close()
    result.bar.close()


@pytest.fixture
def trained(studio: Studio, qtbot: QtBot) -> Studio:
    """Two hundred rounds: losses of 3 until step 100, of 1 after it; grids every 50 steps."""
    studio.begin()
    studio.play(0, 100, 3.0)
    studio.play(100, 200, 1.0)
    for step in (0, 50, 100, 150, 200):
        studio.draw(step)
    studio.save(0, 60, 120, 180)
    studio.grow(qtbot)
    return studio


def test_everything_moves_together(trained: Studio) -> None:
    page = trained.page
    assert page.upper.readout().startswith("1.")
    assert trained.shown_grid() == 200
    trained.timeline.go_to(100)
    for plot in (page.upper, page.lower):
        assert plot.readout() == "3.000 at step 100"
        assert "too high" in plot.sentence()
    assert trained.shown_grid() == 100
    assert trained.bar.label() == "Step 100 of 200"
    assert trained.bar.strip.cursor_step() == 100
    assert trained.wanted == [60]
    assert trained.looking.looking_back
    trained.timeline.go_live()
    assert "at step" not in page.upper.readout()
    assert "balance" in page.upper.sentence()
    assert trained.shown_grid() == 200
    assert trained.wanted == [60, None]


def test_the_note_says_which_grid_is_shown(trained: Studio, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(trained.page, "set_grid_state", said.append)
    trained.timeline.go_to(100)
    trained.timeline.go_to(120)
    trained.timeline.go_live()
    assert said == [
        "step 100 (cursor) · variety 25 %",
        "step 100 (cursor at 120) · variety 25 %",
        "step 200 · variety 50 %",
    ]


def test_the_grid_on_screen_is_told_once(trained: Studio) -> None:
    shown: list[int] = []
    trained.reporting.grid_shown.connect(lambda grid: shown.append(grid.step))
    for step in (149, 148, 120, 99):
        trained.timeline.go_to(step)
    assert shown == [100, 50]


def test_before_the_first_grid_the_first_is_shown(studio: Studio, qtbot: QtBot) -> None:
    studio.begin()
    studio.play(0, 100, 1.0)
    studio.draw(30)
    studio.draw(60)
    studio.grow(qtbot)
    studio.timeline.go_to(5)
    assert studio.shown_grid() == 30


def test_a_cursor_that_looks_back_is_left_alone_by_the_training(
    trained: Studio, qtbot: QtBot
) -> None:
    trained.timeline.go_to(70)
    trained.play(200, 300, 9.0)
    trained.draw(250)
    trained.save(0, 60, 120, 180, 240)
    trained.grow(qtbot)
    assert trained.timeline.cursor == 70
    assert trained.shown_grid() == 50
    assert trained.page.upper.readout() == "3.000 at step 70"
    assert "too high" in trained.page.upper.sentence()
    assert trained.bar.label() == "Step 70 of 300"
    assert trained.wanted == [60]
    assert "300" in trained.transport.findChild(type(trained.bar._label), "transportLabel").text()


def test_dragging_is_followed_at_the_pace_of_the_screen(trained: Studio, qtbot: QtBot) -> None:
    moves: list[int | None] = []
    trained.timeline.cursor_changed.connect(lambda: moves.append(trained.timeline.cursor))
    strip = trained.bar.strip
    QTest.mousePress(strip, LEFT, pos=QPoint(round(strip.x_of(20)), 30))
    for step in range(21, 160):
        QTest.mouseMove(strip, QPoint(round(strip.x_of(step)), 30))
    QTest.mouseRelease(strip, LEFT, pos=QPoint(round(strip.x_of(160)), 30))
    assert strip.cursor_step() == pytest.approx(159, abs=1), "the strip itself is there at once"
    qtbot.waitUntil(lambda: moves[-1] == strip.cursor_step())
    assert moves[0] == pytest.approx(20, abs=1), "the first move is taken at once"
    assert len(moves) < 60
    QTest.mouseClick(strip, LEFT, pos=QPoint(strip.width() - 2, 30))
    assert trained.timeline.cursor is None


def test_keys_and_wheel_walk_over_snapshots(trained: Studio) -> None:
    strip = trained.bar.strip
    visited = []
    for _ in range(4):
        QTest.keyClick(strip, Qt.Key.Key_Left)
        visited.append(trained.timeline.cursor)
    QTest.keyClick(strip, Qt.Key.Key_End)
    visited.append(trained.timeline.cursor)
    QTest.keyClick(strip, Qt.Key.Key_Home)
    visited.append(trained.timeline.cursor)
    assert visited == [180, 120, 60, 0, None, 0]


def test_without_snapshots_the_keys_walk_over_grids(studio: Studio, qtbot: QtBot) -> None:
    studio.begin()
    studio.play(0, 100, 1.0)
    studio.draw(30)
    studio.draw(60)
    studio.grow(qtbot)
    studio.bar.step_requested.emit(-1)
    assert studio.timeline.cursor == 60
    assert studio.wanted == [], "there are no weights of that step"


def test_the_film_plays_from_the_first_grid_and_ends_live(trained: Studio, qtbot: QtBot) -> None:
    seen: list[int | None] = []
    trained.timeline.cursor_changed.connect(lambda: seen.append(trained.timeline.cursor))
    trained.bar.speed_changed.emit(48.0)
    trained.bar.play_toggled.emit(True)
    assert trained.looking.playing
    assert trained.timeline.cursor == 0
    qtbot.waitUntil(lambda: not trained.looking.playing)
    assert seen == [0, 50, 100, 150, None]


def test_the_film_goes_on_from_the_cursor_and_can_be_paused(trained: Studio, qtbot: QtBot) -> None:
    trained.timeline.go_to(99)
    trained.bar.speed_changed.emit(48.0)
    trained.bar.play_toggled.emit(True)
    assert trained.timeline.cursor == 99
    # A slow machine may skip snapshots to keep the tempo.
    qtbot.waitUntil(lambda: (trained.timeline.cursor or 0) >= 100)
    trained.bar.play_toggled.emit(False)
    stopped = trained.timeline.cursor
    assert not trained.looking.playing
    qtbot.wait(100)
    assert trained.timeline.cursor == stopped


@pytest.mark.parametrize("how", ["drag", "step", "live", "run"])
def test_whoever_takes_the_cursor_stops_the_film(trained: Studio, how: str) -> None:
    trained.bar.play_toggled.emit(True)
    if how == "drag":
        trained.bar.cursor_requested.emit(70)
    elif how == "step":
        trained.bar.step_requested.emit(1)
    elif how == "live":
        trained.bar.live_requested.emit()
    else:
        trained.begin()
    assert not trained.looking.playing


def test_without_a_film_nothing_plays(studio: Studio) -> None:
    studio.bar.play_toggled.emit(True)
    assert not studio.looking.playing
    studio.begin()
    studio.bar.play_toggled.emit(True)
    assert not studio.looking.playing


def test_the_speed_is_handed_on(studio: Studio) -> None:
    speeds: list[float] = []
    studio.looking.speed_changed.connect(speeds.append)
    studio.bar.speed_changed.emit(24.0)
    assert speeds == [24.0]


def test_an_earlier_stage_comes_back_with_its_curves(studio: Studio, qtbot: QtBot) -> None:
    studio.begin(GAME, PRIOR)
    studio.play(0, 100, 3.0)
    studio.state.apply([ev.StageChanged(1, 100, 1, PRIOR)])
    studio.play(100, 200, 1.0, "prior")
    studio.draw(150)
    studio.grow(qtbot)
    assert studio.page.upper.accessibleName() == "Loss of Prior: Prior"
    studio.timeline.go_to(50)
    assert studio.page.upper.accessibleName() == "Loss of Game: Discriminator"
    assert studio.page.upper.readout() == "3.000 at step 50"
    assert studio.page.lower.accessibleName() == "Loss of Game: Generator"
    studio.timeline.go_live()
    assert studio.page.upper.accessibleName() == "Loss of Prior: Prior"
    assert studio.page.upper.readout() == "1.000"


def test_another_run_begins_live_and_empty(trained: Studio) -> None:
    trained.timeline.go_to(70)
    trained.begin()
    assert trained.timeline.cursor is None
    assert trained.bar.label() == "No training yet"
    assert trained.page.upper.readout() == "–"
    assert trained.wanted[-1] is None


def test_a_run_from_the_disk_is_looked_back_over(trained: Studio, qtbot: QtBot) -> None:
    data = trained.state.data
    trained.state.apply([ev.PhaseChanged(1, 200, ev.Phase.FINISHED)])
    trained.begin()
    trained.state.apply([ev.PhaseChanged(2, 0, ev.Phase.FINISHED)])
    assert data is not None
    trained.state.show(data)
    assert trained.bar.label() == "Step 200, the end"
    trained.timeline.go_to(100)
    assert trained.page.upper.readout() == "3.000 at step 100"
    assert trained.shown_grid() == 100
    assert trained.wanted[-1] == 60


def test_a_page_that_nobody_sees_catches_up(trained: Studio) -> None:
    trained.reporting.set_visible(False)
    trained.timeline.go_to(100)
    assert trained.shown_grid() == 200
    trained.reporting.set_visible(True)
    assert trained.shown_grid() == 100
    assert trained.page.upper.readout() == "3.000 at step 100"


def test_branching_waits_for_weights_on_the_disk(studio: Studio) -> None:
    branch = studio.bar._branch
    studio.begin()
    assert not branch.isEnabled()
    studio.save(0)
    assert branch.isEnabled()
    studio.begin()
    assert not branch.isEnabled()


def test_what_happened_comes_onto_the_strip(trained: Studio) -> None:
    trained.state.apply(
        [
            ev.Intervened(1, 60, "freeze", "generator", None),
            ev.Intervened(1, 61, "pause", "", None),
            ev.Alarmed(1, 120, "collapse", True, "The digits look alike."),
        ]
    )
    strip = trained.bar.strip
    assert "generator frozen" in strip.words_at(strip.x_of(60))
    assert "pause" not in strip.words_at(strip.x_of(61))
    assert "The digits look alike." in strip.words_at(strip.x_of(120))
    assert "go on from here" in strip.words_at(strip.x_of(180))


def test_interventions_in_words() -> None:
    assert words("change", "learning_rate_g", 1e-4) == "learning rate g set to 0.0001"
    assert words("thaw", "generator", None) == "generator moves again"
    assert words("move", "generator", None) == "generator: one move by hand"
    assert words("snapshot", "", None) == "snapshot"
