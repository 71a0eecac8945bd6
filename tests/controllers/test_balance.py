"""The balance follows the cursor, and a tempo outlives the run in which it was chosen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

import models
from studio.controllers.balance import BalanceController
from studio.engine import events as ev
from studio.engine.config import TrainConfig
from studio.state.run_state import RunState
from studio.state.timeline import Timeline


class FakePanel(QObject):
    """Writes down what it is told."""

    tempo_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.pulls: dict[str, tuple[float | None, float | None]] = {}
        self.moving: list[str] = []
        self.tempo: float | None = None

    def set_tempo(self, moves_per_second: float | None) -> None:
        self.tempo = moves_per_second

    def set_pull(self, player: str, gradient: float | None, update: float | None) -> None:
        self.pulls[player] = (gradient, update)

    def set_moving(self, player: str) -> None:
        self.moving.append(player)


def a_stage() -> ev.StageInfo:
    guide = models.create("gan").stages()[0].players[0].guide
    players = tuple(
        ev.PlayerInfo(name, name, "learner", "total", guide, "rate", "", 1e-3, 1, 10)
        for name in ("discriminator", "generator")
    )
    return ev.StageInfo("game", "Game", 1.0, "samples", players)


def begin(state: RunState, run: int) -> None:
    settings = models.spec("gan").config()
    state.follow(TrainConfig(model="gan", settings=settings, run=run))
    state.apply([ev.PhaseChanged(run, 0, ev.Phase.RUNNING), ev.StageChanged(run, 0, 0, a_stage())])


def test_what_is_shown_is_that_of_the_cursor() -> None:
    state, timeline, panel = RunState(), Timeline(), FakePanel()
    BalanceController(state, timeline, panel, state)
    begin(state, 1)
    assert panel.pulls["generator"] == (None, None)
    state.apply(
        [
            ev.Measured(1, 10, {"gradient_generator": 1.0, "update_generator": 0.1}),
            ev.RoundsPlayed(1, 30, {}, 1.0, 10.0, 100, None, 0.3),
            ev.Measured(1, 30, {"gradient_generator": 3.0}),
        ]
    )
    assert panel.pulls == {"discriminator": (None, None), "generator": (3.0, 0.1)}
    timeline.set_span(30)
    timeline.go_to(12)
    assert panel.pulls["generator"] == (1.0, 0.1)
    timeline.go_to(5)
    assert panel.pulls["generator"] == (None, None)


def test_the_tempo_is_told_to_each_new_run() -> None:
    state, timeline, panel = RunState(), Timeline(), FakePanel()
    controller = BalanceController(state, timeline, panel, state)
    wanted: list[object] = []
    controller.tempo_wanted.connect(wanted.append)
    begin(state, 1)
    assert wanted == [], "full speed needs no asking"
    panel.tempo_changed.emit(4.0)
    begin(state, 2)
    assert wanted == [4.0, 4.0]
    state.apply([ev.Moved(2, 0, "generator")])
    assert panel.moving == ["generator"]
