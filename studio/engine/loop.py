"""The training as a generator of events. It knows no thread, widget, file or progress bar.

    IDLE -> LOADING -> RUNNING <-> PAUSED -> FINISHED
                          |          |
                          +----------+----> FAILED

Interventions arrive in the `Controls` mailbox and are honoured between rounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from models import GenerativeModel, means
from studio.engine import controls as ask
from studio.engine.events import (
    Event,
    Failed,
    Finished,
    Intervened,
    Phase,
    PhaseChanged,
    Refused,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    SnapshotTaken,
    StageChanged,
)
from studio.engine.images import to_arrays
from studio.engine.ledger import Ledger, first_bad_step
from studio.engine.pace import Budget, Stopwatch
from studio.engine.referee import Referee, describe
from studio.engine.seeding import generator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models.base import Stage
    from studio.data.resident import ResidentData
    from studio.engine.config import TrainConfig
    from studio.engine.controls import Controls

GRID = 64
"""Digits in the fixed-noise grid."""


def train(
    model: GenerativeModel, data: ResidentData, config: TrainConfig, controls: Controls
) -> Iterator[Event]:
    """Plays the whole training of `model` on `data`, event by event.

    The caller decides the pace by asking for the next event, and may abandon the generator at any
    point. `model` is changed in place; nobody else may touch it meanwhile: explorers use the
    copies in `SnapshotTaken`. The model sits on its device already (see `build`), as does `data`.
    """
    return _Run(model, data, config, controls).play()


class _Run:
    """The state of one run between its events."""

    def __init__(
        self, model: GenerativeModel, data: ResidentData, config: TrainConfig, controls: Controls
    ) -> None:
        self._model, self._data, self._config, self._controls = model, data, config, controls
        self._step = 0
        self._watch = Stopwatch()
        self._ledger = Ledger()
        self._curves = Budget(least=1 / 30, share=0)
        self._grids = Budget(least=0.4, share=9)
        self._snapshots = Budget(least=1.5, share=30)
        self._paused = False
        self._ended: ask.Stop | None = None
        self._broken = ""

    def play(self) -> Iterator[Event]:
        run = self._config.run
        stages = self._model.stages()
        infos = tuple(describe(self._model, stage) for stage in stages)
        device, threads = str(self._model.device), torch.get_num_threads()
        shape = self._model.shape
        yield RunStarted(run, 0, self._config.model, shape, infos, device, threads)
        yield PhaseChanged(run, 0, Phase.RUNNING)
        draws, played = 0, 0.0
        for index, stage in enumerate(stages):
            referee = Referee(self._model, stage, self._data, self._config.seed, draws)
            if stage.on_enter is not None:
                with torch.no_grad():
                    stage.on_enter(referee.batch(0.0))
            yield StageChanged(run, self._step, index, infos[index])
            yield from self._play_stage(referee, played, played + stage.share)
            draws, played = referee.draws, played + stage.share
            if self._ended or self._broken:
                break
        yield from self._close(stage)

    def _play_stage(self, referee: Referee, begin: float, end: float) -> Iterator[Event]:
        """Plays until `end`, a share of the whole budget, has been used up."""
        self._model.train()
        yield from self._show(referee.stage, everything=True)
        self._watch.run()
        while not (self._ended or self._broken) and self._used() < end:
            yield from self._obey(referee)
            if self._ended or self._used() >= end:
                break
            progress = min(1.0, (self._used() - begin) / (end - begin))
            for player, moves in referee.play_round(progress).items():
                if moves:
                    self._ledger.note(player, self._step, moves)
            self._step += 1
            if self._curves.due():
                yield from self._show(referee.stage)
        yield from self._report()

    def _used(self) -> float:
        """Share of the whole budget played so far."""
        if self._config.seconds is not None:
            return self._watch.seconds() / self._config.seconds
        return self._step / int(self._model.config.steps)

    # -- what the world sees --------------------------------------------------------------------

    def _show(self, stage: Stage, *, everything: bool = False) -> Iterator[Event]:
        """Losses now; grid and weights when their own budgets allow, or all with `everything`."""
        with self._curves:
            yield from self._report()
        if self._broken:
            return
        if everything or self._grids.due():
            with self._grids:
                yield self._draw(stage)
        if everything or self._snapshots.due():
            with self._snapshots:
                yield self._copy()

    def _report(self) -> Iterator[Event]:
        if not self._ledger:
            return
        losses = self._ledger.flush()
        if (bad := first_bad_step(losses)) is not None:
            step, player = bad
            self._broken = (
                f"The {player}'s loss is not a finite number since step {step:,}: "
                "lower the learning rate and start again."
            )
        used, seconds = self._used(), self._watch.seconds()
        budget = None if self._config.seconds is not None else int(self._model.config.steps)
        rate = self._watch.rate(self._step)
        if budget is None:
            left: float | None = max(0.0, float(self._config.seconds or 0) - seconds)
        else:
            left = (budget - self._step) / rate if rate > 0 else None
        yield RoundsPlayed(
            self._config.run,
            self._step,
            losses,
            seconds,
            rate,
            budget,
            left,
            min(1.0, used),
        )

    def _draw(self, stage: Stage) -> SamplesDrawn:
        """The grid from noise that is the same at every step of every run with this seed."""
        self._model.eval()
        noise = generator(self._model.device, self._config.seed, "grid")
        with torch.no_grad():
            if stage.preview == "samples":
                images = means.sample(self._model, GRID, generator=noise)
                how = means.way(self._model, "sample")
            else:
                first = torch.arange(min(GRID, len(self._data)), device=self._model.device)
                originals, _ = self._data.take(first)
                steps = means.reconstruct(self._model, originals, generator=noise)
                images = _last(steps).images
                how = "Copies of training digits: this stage only learns to see."
        self._model.train()
        return SamplesDrawn(self._config.run, self._step, to_arrays(images), how)

    def _copy(self) -> SnapshotTaken:
        weights = {
            name: tensor.detach().to("cpu", copy=True)
            for name, tensor in self._model.state_dict().items()
        }
        return SnapshotTaken(self._config.run, self._step, weights)

    def _close(self, stage: Stage) -> Iterator[Event]:
        self._watch.hold()
        run, step = self._config.run, self._step
        self._model.eval()
        if self._broken:
            yield Failed(run, step, self._broken)
            yield PhaseChanged(run, step, Phase.FAILED)
            return
        keep = self._ended is None or self._ended.keep
        if keep:
            if self._ended is None or not self._ended.hurry:
                yield self._draw(stage)
            yield self._copy()
        self._model.eval()
        yield Finished(run, step, keep, self._ended is None, self._watch.seconds())
        yield PhaseChanged(run, step, Phase.FINISHED)

    # -- what the world wants -------------------------------------------------------------------

    def _obey(self, referee: Referee) -> Iterator[Event]:
        """Empties the mailbox; while paused, waits on it."""
        for command in self._controls.take():
            yield from self._answer(command, referee)
        while self._paused and self._ended is None:
            for command in self._controls.take(wait=True):
                yield from self._answer(command, referee)

    def _answer(self, command: ask.Command, referee: Referee) -> Iterator[Event]:
        run = self._config.run
        try:
            match command:
                case ask.Pause() if not self._paused:
                    yield from self._pause(referee)
                case ask.Resume() if self._paused:
                    self._paused = False
                    self._watch.run()
                    yield PhaseChanged(run, self._step, Phase.RUNNING)
                    yield self._noted("resume")
                case ask.Stop():
                    self._ended = command
                case ask.PlayRound():
                    yield from self._play_one(referee, "round", "", referee.play_round)
                case ask.PlayMove(player):
                    mover = referee.player(player)
                    yield from self._play_one(
                        referee,
                        "move",
                        player,
                        lambda progress: {player: [referee.move(mover, progress)]},
                    )
                case ask.Freeze(player, frozen):
                    referee.freeze(player, frozen)
                    yield self._noted("freeze" if frozen else "thaw", player)
                case ask.Change(setting, value):
                    self._model.set_live(setting, value)
                    yield self._noted("change", setting, getattr(self._model.config, setting))
                case ask.TakeSnapshot():
                    yield from self._show(referee.stage, everything=True)
        except ValueError as error:
            yield Refused(run, self._step, str(error))

    def _pause(self, referee: Referee) -> Iterator[Event]:
        self._paused = True
        self._watch.hold()
        yield from self._show(referee.stage, everything=True)
        yield PhaseChanged(self._config.run, self._step, Phase.PAUSED)
        yield self._noted("pause")

    def _play_one(
        self, referee: Referee, what: str, target: str, play: Callable[[float], dict[str, Any]]
    ) -> Iterator[Event]:
        """One round or move, shown at once; the run is paused afterwards."""
        if not self._paused:
            yield from self._pause(referee)
        self._watch.run()
        for player, moves in play(min(1.0, self._used())).items():
            if moves:
                self._ledger.note(player, self._step, moves)
        self._step += 1
        self._watch.hold()
        yield self._noted(what, target)
        yield from self._show(referee.stage, everything=True)

    def _noted(self, what: str, target: str = "", value: object = None) -> Intervened:
        return Intervened(self._config.run, self._step, what, target, value)


def _last(steps: Iterator[Any]) -> Any:
    """The result of a sampler: its last step."""
    *_, result = steps
    return result
