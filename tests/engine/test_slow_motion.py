"""Slow motion and the scales: seen move by move, the game is the same."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import torch

import models
from models import GenerativeModel, ImageShape
from studio.data.resident import ResidentData
from studio.engine import controls as ask
from studio.engine import events as ev
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.loop import FASTEST, train
from studio.engine.pace import Stopwatch
from studio.engine.referee import Referee
from studio.engine.scales import norm

CPU = torch.device("cpu")
QUICK = {"batch_size": 16, "width": 16, "latent_dim": 4, "steps": 6}


def played(
    data: ResidentData, *commands: ask.Command, react: Callable[[ev.Event, Controls], None]
) -> tuple[GenerativeModel, list[ev.Event]]:
    settings = models.spec("gan").config.from_values(QUICK)
    model = build("gan", settings, ImageShape(), seed=0, device=CPU)
    controls = Controls()
    for command in commands:
        controls.send(command)
    heard = []
    for event in train(model, data, TrainConfig(model="gan", settings=settings), controls):
        heard.append(event)
        react(event, controls)
    return model, heard


def nothing(event: ev.Event, controls: Controls) -> None:
    """Lets it play."""


def movers(heard: list[ev.Event]) -> Iterator[tuple[int, str]]:
    return ((e.step, e.player) for e in heard if isinstance(e, ev.Moved))


def test_slow_motion_tells_every_move_and_plays_the_same_game(data: ResidentData) -> None:
    usual, heard = played(data, react=nothing)
    assert not list(movers(heard))
    slow, told = played(data, ask.Tempo(FASTEST), react=nothing)
    expected = [(s, p) for s in range(6) for p in ("discriminator", "generator")]
    assert list(movers(told)) == expected
    for name, weight in usual.state_dict().items():
        assert torch.equal(weight, slow.state_dict()[name]), name


def test_slow_motion_waits_but_not_for_somebody_who_asks(data: ResidentData) -> None:
    """One move in a hundred seconds: whoever asks for something is heard after this round."""
    asked = threading.Event()

    def ask_from_elsewhere(event: ev.Event, controls: Controls) -> None:
        if isinstance(event, ev.Moved) and not asked.is_set():
            asked.set()
            threading.Timer(0.05, controls.send, [ask.Stop(keep=True)]).start()

    began = time.monotonic()
    _, heard = played(data, ask.Tempo(0.01), react=ask_from_elsewhere)
    assert 0.04 < time.monotonic() - began < 30
    assert list(movers(heard)) == [(0, "discriminator"), (0, "generator")]
    (end,) = (e for e in heard if isinstance(e, ev.Finished))
    assert (end.step, end.keep) == (1, True)


def test_who_waits_for_a_command_gets_one() -> None:
    """A command may be taken while it is being sent: its flag then goes up after it is gone."""
    controls = Controls()
    controls._arrived.set()
    late = threading.Timer(0.05, controls.send, [ask.Resume()])
    late.start()
    assert controls.take(wait=True) == [ask.Resume()]
    late.join()
    controls._arrived.set()
    assert controls.take() == []


def test_a_rest_takes_no_time_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watch = Stopwatch()
    watch.run()
    for step in range(4):
        watch.rate(step)
        now[0] += 0.5
        watch.rest(0.4)
    assert watch.seconds() == pytest.approx(0.4)
    assert watch.rate(4) == pytest.approx(2.0), "the rate is that of the clock on the wall"
    watch.hold()
    watch.rest(7.0)
    assert watch.seconds() == pytest.approx(0.4), "a watch that stands still takes nothing back"


@pytest.mark.parametrize("tempo", [0.0, -1.0, 1e9, math.nan])
def test_a_tempo_that_is_none_is_refused(data: ResidentData, tempo: float) -> None:
    _, heard = played(data, ask.Tempo(tempo), react=nothing)
    (refused,) = (e for e in heard if isinstance(e, ev.Refused))
    assert "moves a second" in refused.message


def test_everybody_frozen_in_slow_motion_can_still_be_stopped(data: ResidentData) -> None:
    freeze = [ask.Freeze(name, True) for name in ("discriminator", "generator")]

    def stop(event: ev.Event, controls: Controls) -> None:
        if isinstance(event, ev.Intervened) and event.target == "generator":
            threading.Timer(0.05, controls.send, [ask.Stop(keep=True)]).start()

    _, heard = played(data, ask.Tempo(0.01), *freeze, react=stop)
    assert not list(movers(heard))
    assert any(isinstance(e, ev.Finished) for e in heard)


def test_a_move_by_hand_is_told(data: ResidentData) -> None:
    def stop(event: ev.Event, controls: Controls) -> None:
        if isinstance(event, ev.Intervened) and event.what == "move":
            controls.send(ask.Stop(keep=True))

    _, heard = played(data, ask.PlayMove("generator"), react=stop)
    assert list(movers(heard)) == [(1, "generator")]


def test_the_scales_read_the_move_that_was_made(data: ResidentData) -> None:
    settings = models.spec("gan").config.from_values(QUICK)
    model = build("gan", settings, ImageShape(), seed=0, device=CPU)
    referee = Referee(model, model.stages()[0], data, seed=0, draws=0)
    player = referee.player("generator")
    before = [p.detach().clone() for p in player.parameters()]
    referee.weigh()
    referee.move(player, 0.0)
    gradient = math.sqrt(sum(float(p.grad.square().sum()) for p in player.parameters()))  # type: ignore[union-attr]
    gone = [p.detach() - b for p, b in zip(player.parameters(), before, strict=True)]
    weighed = referee.weighed()
    assert weighed["gradient_generator"] == pytest.approx(gradient, rel=1e-5)
    assert weighed["update_generator"] == pytest.approx(norm(gone) / norm(before), rel=1e-5)
    assert weighed.keys() == {"gradient_generator", "update_generator"}, "one of two has moved"
    referee.play_round(0.0)
    assert referee.weighed().keys() == {"gradient_discriminator", "update_discriminator"}
    referee.play_round(0.0)
    assert referee.weighed() == {}, "nobody has asked"


def test_weighing_changes_nothing(data: ResidentData) -> None:
    settings = models.spec("gan").config.from_values(QUICK)
    played_by = []
    for weigh in (False, True):
        model = build("gan", settings, ImageShape(), seed=0, device=CPU)
        referee = Referee(model, model.stages()[0], data, seed=0, draws=0)
        for _ in range(3):
            if weigh:
                referee.weigh()
            referee.play_round(0.0)
        played_by.append(model.state_dict())
    for name, weight in played_by[0].items():
        assert torch.equal(weight, played_by[1][name]), name
