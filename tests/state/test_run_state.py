"""Events in, signals out; late events of an older run are dropped."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import models
from studio.engine import events as ev
from studio.engine.config import TrainConfig
from studio.state.history import Column, PlayerHistory
from studio.state.preferences import Preferences
from studio.state.run_state import FILM_FRAMES, RunState


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
    state.apply([ev.SamplesDrawn(2, step, grid, "") for step in range(2000)])
    assert state.data is not None
    steps = [frame.step for frame in state.data.film]
    assert len(steps) <= FILM_FRAMES
    assert steps[0] == 0
    assert steps[-1] > 1900
    assert steps == sorted(steps)


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
