"""Events in, signals out; late events of an older run are dropped."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import models
from studio.engine import events as ev
from studio.engine.config import TrainConfig
from studio.engine.progress import Progress
from studio.state.history import Column, PlayerHistory, Series
from studio.state.preferences import Preferences
from studio.state.run_data import FILM_FRAMES, Grid, RunData
from studio.state.run_state import RunState


def config(run: int) -> TrainConfig:
    return TrainConfig(model="gan", settings=models.spec("gan").config(), run=run)


def rounds(run: int, steps: list[int], value: float) -> ev.RoundsPlayed:
    terms = {"total": np.full(len(steps), value, dtype=np.float32)}
    losses = {"discriminator": ev.Losses(np.array(steps), terms)}
    return ev.RoundsPlayed(run, steps[-1] + 1, losses, 1.0, 10.0, 100, 9.0, 0.1)


@pytest.fixture
def state(qtbot: QtBot) -> RunState:
    state = RunState()
    state.follow(config(2))
    return state


def test_late_events_of_an_older_run_are_dropped(state: RunState) -> None:
    state.apply([rounds(1, [0, 1], 9.0), rounds(2, [0, 1], 0.5)])
    assert state.data is not None
    assert state.data.players["discriminator"].terms["total"].tolist() == [0.5, 0.5]


def test_each_kind_of_news_is_told_once(state: RunState) -> None:
    told: list[str] = []
    state.progressed.connect(lambda: told.append("progressed"))
    state.intervened.connect(lambda: told.append("intervened"))
    state.apply(
        [
            rounds(2, [0], 1.0),
            ev.Intervened(2, 1, "freeze", "generator", None),
            rounds(2, [1], 1.0),
            ev.Intervened(2, 2, "change", "learning_rate_g", 0.1),
        ]
    )
    assert sorted(told) == ["intervened", "progressed"]
    assert state.data is not None
    assert state.data.frozen == {"generator"}
    assert state.data.live == {"learning_rate_g": 0.1}
    state.apply([ev.Intervened(2, 3, "thaw", "generator", None)])
    assert not state.data.frozen


def test_a_long_film_keeps_its_span(state: RunState) -> None:
    grid = np.zeros((1, 28, 28), np.uint8)
    state.apply([ev.SamplesDrawn(2, step, grid, "") for step in range(600)])
    assert state.data is not None
    steps = [frame.step for frame in state.data.film]
    assert len(steps) == FILM_FRAMES
    assert steps[0] == 0
    assert steps[-1] == 599
    assert steps == sorted(steps)


def test_a_grid_drawn_again_replaces_the_older(state: RunState) -> None:
    old, new = (np.full((1, 28, 28), value, np.uint8) for value in (1, 2))
    state.apply([ev.SamplesDrawn(2, 5, old, ""), ev.SamplesDrawn(2, 5, new, "")])
    assert state.data is not None
    assert [frame.images[0, 0, 0] for frame in state.data.film] == [2]


def test_what_is_on_the_disk_is_told(state: RunState, qtbot: QtBot) -> None:
    with qtbot.waitSignals([state.recording, state.saved]):
        state.apply([ev.Recording(2, 0, "runs/one"), ev.Saved(2, 9, 6, (0, 3, 6))])
    data = state.data
    assert data is not None
    assert (data.folder, data.checkpoint, data.snapshots) == ("runs/one", 6, (0, 3, 6))
    assert [data.snapshot_at(step) for step in (0, 2, 5, 99)] == [0, 0, 3, 6]
    data.snapshots = (3,)
    assert data.snapshot_at(1) == 3, "the first there is"
    data.snapshots = ()
    assert data.snapshot_at(1) is None


def test_measurements_are_looked_up_as_of_a_step(state: RunState, qtbot: QtBot) -> None:
    with qtbot.waitSignal(state.measured):
        state.apply(
            [
                ev.Measured(2, 10, {"variety": 0.2}),
                ev.Measured(2, 20, {"variety": 0.8, "ink": 1.0}),
            ]
        )
    data = state.data
    assert data is not None
    assert data.measure_at(9) == {}
    assert data.measure_at(19) == {"variety": 0.2}
    assert data.measure_at(20) == {"variety": 0.8, "ink": 1.0}


def test_alarms_notices_and_failures_are_kept(state: RunState, qtbot: QtBot) -> None:
    alarm = ev.Alarmed(2, 7, "collapse", True, "All alike.")
    notice = ev.Noticed(2, 8, "The disk is full.", saving=False)
    failure = ev.Failed(2, 9, "It diverged.", "diverged", 6)
    said: list[object] = []
    state.noticed.connect(said.append)
    state.failed.connect(said.append)
    with qtbot.waitSignal(state.alarmed):
        state.apply([alarm, notice, failure])
    assert said == [notice, "It diverged."]
    assert state.data is not None
    assert state.data.alarms == [alarm]
    assert state.data.notices == [notice]
    assert state.data.failure is failure


def stage(name: str) -> ev.StageInfo:
    return ev.StageInfo(name, name.capitalize(), 0.5, "samples", ())


def test_a_stage_is_looked_up_as_of_a_step(state: RunState) -> None:
    first, second = stage("first"), stage("second")
    state.apply([ev.StageChanged(2, 0, 0, first), ev.StageChanged(2, 50, 1, second)])
    data = state.data
    assert data is not None
    assert [data.stage_at(step) for step in (0, 49, 50)] == [first, first, second]
    # A run that goes on enters its stage once more.
    state.apply([ev.StageChanged(2, 70, 1, stage("second"))])
    assert [step for step, _ in data.stage_marks] == [0, 50]


def read_from_disk(run: int = 0) -> RunData:
    """A run of twenty rounds that has ended, as a reader would hand it over."""
    data = RunData(config(run), phase=ev.Phase.FINISHED, folder="runs/old", snapshots=(0, 12, 20))
    history = PlayerHistory()
    history.extend(np.arange(20), {"total": np.arange(20, dtype=np.float32)})
    data.players["discriminator"] = history
    data.enter(0, stage("game"))
    for step in (0, 10, 20):
        data.show_grid(Grid(np.full((1, 28, 28), step, np.uint8), step, ""))
        data.measure(step, {"variety": step / 20})
    data.marks.append(ev.Intervened(0, 15, "freeze", "generator", None))
    return data


def test_a_run_from_the_disk_is_shown_everywhere(state: RunState, qtbot: QtBot) -> None:
    state.apply([ev.PhaseChanged(2, 3, ev.Phase.FINISHED)])
    data = read_from_disk()
    with qtbot.waitSignals(
        [
            state.begun,
            state.phase_changed,
            state.stage_changed,
            state.progressed,
            state.grid_changed,
            state.intervened,
            state.measured,
            state.alarmed,
            state.saved,
        ]
    ):
        state.show(data)
    assert state.data is data
    assert not state.active


def test_a_run_that_is_played_is_not_shown_away(state: RunState) -> None:
    with pytest.raises(AssertionError):
        state.show(read_from_disk())


def test_a_run_that_goes_on_keeps_its_past_and_forgets_what_was_beyond(state: RunState) -> None:
    data = read_from_disk()
    state.resume(data, config(5))
    assert state.active
    started = ev.RunStarted(5, 12, "gan", (1, 28, 28), (stage("game"),), "cpu", 1)  # type: ignore[arg-type]
    state.apply([started, ev.StageChanged(5, 12, 0, stage("game")), rounds(5, [12, 13], 7.0)])
    history = data.players["discriminator"]
    assert history.steps.tolist() == list(range(14))
    assert history.terms["total"].tolist() == [*range(12), 7.0, 7.0]
    assert [frame.step for frame in data.film] == [0, 10]
    assert data.grid is data.film[-1]
    assert data.measure_at(99) == {"variety": 0.5}
    assert data.marks == []
    assert data.snapshots == (0, 12)
    assert len(data.stage_marks) == 1


def test_weights_come_with_where_the_training_stood(state: RunState, qtbot: QtBot) -> None:
    with qtbot.waitSignal(state.snapshot_taken):
        state.apply([ev.SnapshotTaken(2, 4, {}, Progress(step=4))])
    assert state.data is not None
    assert state.data.snapshot is not None
    assert state.data.snapshot.progress.step == 4


def test_a_history_as_it_was_known_at_a_step() -> None:
    history = PlayerHistory()
    history.extend(np.array([0, 2, 4]), {"total": np.array([1, 2, 3], np.float32)})
    # After three rounds, round 2 is known and round 4 is not.
    assert [len(history.until(step)["total"]) for step in (0, 1, 2, 3, 5)] == [0, 1, 1, 2, 3]
    assert np.shares_memory(history.until(5)["total"], history.terms["total"])


def test_a_series_tells_the_last_value() -> None:
    series = Series()
    assert series.at(5) is None
    series.append(3, 0.5)
    series.append(3, 0.25)
    assert series.steps.tolist() == [3]
    assert series.at(2) is None
    assert series.at(10**12) == 0.25


def test_a_column_grows_without_losing_anything() -> None:
    column = Column(np.float32)
    for first in range(0, 5000, 7):
        column.extend(np.arange(first, first + 7, dtype=np.float32))
    assert np.array_equal(column.values(), np.arange(len(column.values()), dtype=np.float32))


def test_terms_that_come_later_begin_with_a_gap_and_keep_their_order() -> None:
    history = PlayerHistory()
    history.extend(np.array([0, 1]), {"total": np.array([1, 2], np.float32)})
    later = {"total": np.array([3], np.float32), "penalty": np.array([7], np.float32)}
    history.extend(np.array([2]), later)
    assert list(history.terms) == ["total", "penalty"]
    assert np.isnan(history.terms["penalty"][:2]).all()
    assert history.terms["penalty"][2] == 7


def test_preferences_come_back_as_what_they_were(tmp_path, qtbot: QtBot) -> None:
    path = tmp_path / "deep" / "preferences.ini"
    first = Preferences(path)
    values = {"on": True, "size": 3, "rate": 2e-4, "names": ["one"], "none": [], "word": "dark"}
    for key, value in values.items():
        first.put(key, value)
    first.flush()
    second = Preferences(path)
    for key, value in values.items():
        assert second.get(key, type(value)()) == value
    assert second.get("missing", "x") == "x"
    assert second.get("word", 5) == 5, "a value of another type is not the default's"


def test_a_run_of_an_older_version_shows_the_term_that_it_has() -> None:
    """The GAN of 0.2 had no `doubt`; what it shows today begins where it goes on."""
    history = PlayerHistory()
    history.extend(np.arange(2), {"total": np.ones(2, dtype=np.float32)})
    assert history.main("doubt") == "total"
    row = {"total": np.ones(1, dtype=np.float32), "doubt": np.zeros(1, dtype=np.float32)}
    history.extend(np.array([2]), row)
    assert history.main("doubt") == "doubt"
    assert np.isnan(history.terms["doubt"][:2]).all()
