"""The training as a generator of events. It knows no thread, widget, file or progress bar.

    IDLE -> LOADING -> RUNNING <-> PAUSED -> FINISHED
                          |          |
                          +----------+----> FAILED

Interventions arrive in the `Controls` mailbox and are honoured between rounds.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from typing import TYPE_CHECKING, Any

import torch

from studio.engine import controls as ask
from studio.engine import memory
from studio.engine.copies import all_finite, copy_weights
from studio.engine.events import (
    CheckpointTaken,
    Event,
    Failed,
    Finished,
    Intervened,
    Phase,
    PhaseChanged,
    Refused,
    RoundsPlayed,
    RunStarted,
    SnapshotTaken,
    StageChanged,
)
from studio.engine.ledger import Ledger, before, first_bad_step
from studio.engine.pace import Budget, Stopwatch
from studio.engine.preview import Preview
from studio.engine.progress import Progress, Start
from studio.engine.referee import Referee, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from torch import Tensor

    from models import GenerativeModel
    from studio.data.resident import ResidentData
    from studio.engine.config import TrainConfig
    from studio.engine.controls import Controls


def train(
    model: GenerativeModel,
    data: ResidentData,
    config: TrainConfig,
    controls: Controls,
    start: Start | None = None,
) -> Iterator[Event]:
    """Plays the whole training of `model` on `data`, event by event.

    The caller decides the pace by asking for the next event, and may abandon the generator at any
    point. `model` is changed in place; nobody else may touch it meanwhile: explorers use the
    copies in `SnapshotTaken`. The model sits on its device already (see `build`), as does `data`.

    Arguments:
        start: Where to go on; the model has its weights and live settings already (see
            `session.play`). On the CPU, with as many threads, the run then is the one that would
            have been without the break, to the last bit.

    Raises:
        ValueError: with the first event; `start` does not fit the model, in one sentence.
    """
    return _Run(model, data, config, controls, start).play()


class _Run:
    """The state of one run between its events."""

    def __init__(
        self,
        model: GenerativeModel,
        data: ResidentData,
        config: TrainConfig,
        controls: Controls,
        start: Start | None,
    ) -> None:
        self._model, self._data, self._config, self._controls = model, data, config, controls
        self._begin = start.progress if start is not None else Progress()
        self._entered = start is not None
        self._step = self._begin.step
        self._watch = Stopwatch(self._begin.seconds)
        self._ledger = Ledger()
        self._preview = Preview(model, data, config)
        self._curves = Budget(least=1 / 30, share=0)
        self._grids = Budget(least=0.4, share=9)
        self._snapshots = Budget(least=0.5, share=30)
        self._checkpoints = Budget(least=10, share=100, most=30)
        self._asked: deque[ask.Command] = deque()
        self._paused = False
        self._ended: ask.Stop | None = None
        self._diverged = ""

    def play(self) -> Iterator[Event]:
        full = False
        try:
            yield from self._play()
        except (MemoryError, RuntimeError) as error:
            if not memory.is_out_of_memory(error):
                raise
            full = True
        if full:
            # Out here the error is gone, and with it the frames that held the tensors.
            self._model.zero_grad(set_to_none=True)
            memory.give_back(self._model.device)
            yield from self._fail(memory.advice(self._model.config), "memory")

    def _play(self) -> Iterator[Event]:
        run, begin = self._config.run, self._begin
        self._stages = self._model.stages()
        infos = tuple(describe(self._model, stage) for stage in self._stages)
        if not 0 <= begin.stage < len(infos) or begin.step < 0 or begin.draws < 0:
            raise ValueError("the run stood at a place that this model's training does not have")
        self._go_to(begin.stage, begin.draws)
        self._referee.restore(begin.optimizers, begin.frozen)
        device, threads = str(self._model.device), torch.get_num_threads()
        model, shape = self._config.model, self._model.shape
        yield RunStarted(run, self._step, model, shape, infos, device, threads)
        yield PhaseChanged(run, self._step, Phase.RUNNING)
        while True:
            if not self._entered and self._referee.stage.on_enter is not None:
                with torch.no_grad():
                    self._referee.stage.on_enter(self._referee.batch(0.0))
            yield StageChanged(run, self._step, self._stage, infos[self._stage])
            yield from self._play_stage()
            if self._ended or self._diverged or self._stage + 1 == len(infos):
                break
            self._go_to(self._stage + 1, self._referee.draws)
            self._entered = False
        yield from self._close()

    def _go_to(self, stage: int, draws: int) -> None:
        shares = [s.share for s in self._stages]
        # In shares of the whole budget.
        self._from, self._to = sum(shares[:stage]), sum(shares[: stage + 1])
        self._stage = stage
        self._referee = Referee(
            self._model, self._stages[stage], self._data, self._config.seed, draws
        )

    def _play_stage(self) -> Iterator[Event]:
        self._model.train()
        yield from self._show_all(wanted=True)
        if not self._paused:
            self._watch.run()
        while not self._over():
            yield from self._obey()
            if self._over():
                break
            self._note(self._referee.play_round(self._played()))
            if self._curves.due():
                yield from self._show()
        yield from self._report()

    def _over(self) -> bool:
        """Whether the stage is."""
        return bool(self._ended or self._diverged) or self._used() >= self._to

    def _used(self) -> float:
        """Share of the whole budget played so far."""
        if self._config.seconds is not None:
            return self._watch.seconds() / self._config.seconds
        return self._step / int(self._model.config.steps)

    def _played(self) -> float:
        """Share of the stage played so far."""
        return min(1.0, (self._used() - self._from) / (self._to - self._from))

    def _note(self, moves_of: Mapping[str, Any]) -> None:
        for player, moves in moves_of.items():
            if moves:
                self._ledger.note(player, self._step, moves)
        self._step += 1

    # -- what the world sees --------------------------------------------------------------------

    def _show(self) -> Iterator[Event]:
        """Losses now; grid, weights and checkpoint when their own budgets allow."""
        with self._curves:
            yield from self._report()
        if self._diverged:
            return
        snapshot, checkpoint = self._snapshots.due(), self._checkpoints.due()
        weights = None
        if snapshot:
            with self._snapshots:
                if weights := self._copy():
                    yield from self._draw()
                    yield self._snapshot(weights, wanted=False)
        elif self._grids.due():
            yield from self._draw()
        if checkpoint:
            with self._checkpoints:
                yield from self._checkpoint(weights)

    def _show_all(self, *, wanted: bool) -> Iterator[Event]:
        """Losses, grid, weights and checkpoint, all of this very step."""
        with self._curves:
            yield from self._report()
        if weights := self._copy():
            with self._snapshots:
                yield from self._draw()
                yield self._snapshot(weights, wanted=wanted)
            with self._checkpoints:
                yield from self._checkpoint(weights)

    def _report(self) -> Iterator[Event]:
        if not self._ledger:
            return
        losses = self._ledger.flush()
        if (bad := first_bad_step(losses)) is not None:
            # Nobody is shown what came of a loss that is no number.
            self._step, player = bad
            losses = before(losses, self._step)
            self._diverge(f"The {player}'s loss is not a finite number since step {self._step:,}")
        seconds = self._watch.seconds()
        budget = None if self._config.seconds is not None else int(self._model.config.steps)
        rate = self._watch.rate(self._step)
        if budget is None:
            left: float | None = max(0.0, float(self._config.seconds or 0) - seconds)
        else:
            left = (budget - self._step) / rate if rate > 0 else None
        share = min(1.0, self._used())
        yield RoundsPlayed(self._config.run, self._step, losses, seconds, rate, budget, left, share)

    def _draw(self) -> Iterator[Event]:
        with self._grids:
            stage = self._referee.stage
            images = self._preview.draw(stage)
            # Asked of the weights only if the pictures look like it: a copy is not for nothing.
            if bool(images.isfinite().all()) or self._copy() is not None:
                yield from self._preview.publish(stage, self._step, images)

    def _copy(self) -> dict[str, Tensor] | None:
        """The weights, or None if the training has diverged: those never leave it."""
        if self._diverged:
            return None
        weights = copy_weights(self._model)
        if all_finite(weights.values()):
            return weights
        last = max(0, self._step - 1)
        self._diverge(f"The weights are not finite numbers since step {last:,} at the latest")
        return None

    def _snapshot(self, weights: Mapping[str, Tensor], *, wanted: bool) -> SnapshotTaken:
        return SnapshotTaken(self._config.run, self._step, weights, self._progress(), wanted)

    def _checkpoint(self, weights: Mapping[str, Tensor] | None) -> Iterator[Event]:
        weights = weights or self._copy()
        if weights is None:
            return
        optimizers = self._referee.state()
        for player, state in optimizers.items():
            if not all_finite(state.tensors.values()):
                last = max(0, self._step - 1)
                self._diverge(f"The {player}'s gradients exploded at step {last:,} or before")
                return
        progress = dataclasses.replace(self._progress(), optimizers=optimizers)
        yield CheckpointTaken(self._config.run, self._step, weights, progress)

    def _progress(self) -> Progress:
        now, first = self._model.config, self._config.settings
        names = [field.name for field in dataclasses.fields(first)]
        return Progress(
            step=self._step,
            stage=self._stage,
            draws=self._referee.draws,
            seconds=self._watch.seconds(),
            live={n: getattr(now, n) for n in names if getattr(now, n) != getattr(first, n)},
            frozen=self._referee.frozen,
        )

    # -- how it ends ----------------------------------------------------------------------------

    def _diverge(self, what: str) -> None:
        self._diverged = self._diverged or (
            f"{what}: go back to the last good state and go on with a lower learning rate."
        )

    def _close(self) -> Iterator[Event]:
        self._watch.hold()
        stop = self._ended
        keep = stop is None or stop.keep
        hurry = stop is not None and stop.hurry
        if keep and not hurry:
            yield from self._show_all(wanted=True)
        elif keep and (weights := self._copy()):
            yield self._snapshot(weights, wanted=True)
            yield from self._checkpoint(weights)
        self._model.eval()
        if self._diverged:
            yield from self._fail(self._diverged, "diverged")
            return
        run, step, seconds = self._config.run, self._step, self._watch.seconds()
        yield Finished(run, step, keep, stop is None, seconds, suspended=keep and hurry)
        yield PhaseChanged(run, step, Phase.FINISHED)

    def _fail(self, message: str, cause: Any) -> Iterator[Event]:
        self._watch.hold()
        yield Failed(self._config.run, self._step, message, cause)
        yield PhaseChanged(self._config.run, self._step, Phase.FAILED)

    # -- what the world wants -------------------------------------------------------------------

    def _obey(self) -> Iterator[Event]:
        """Empties the mailbox; while paused, waits on it.

        What has been asked for when the stage ends is left for the next one: rounds played one by
        one may end it.
        """
        self._asked += self._controls.take()
        while (self._asked or self._paused) and not self._over():
            if not self._asked:
                self._asked += self._controls.take(wait=True)
            yield from self._answer(self._asked.popleft())

    def _answer(self, command: ask.Command) -> Iterator[Event]:
        run, referee = self._config.run, self._referee
        try:
            match command:
                case ask.Pause() if not self._paused:
                    yield from self._pause()
                case ask.Resume() if self._paused:
                    self._paused = False
                    self._watch.run()
                    yield PhaseChanged(run, self._step, Phase.RUNNING)
                    yield self._noted("resume")
                case ask.Stop():
                    self._ended = command
                case ask.PlayRound():
                    yield from self._play_one("round", "", referee.play_round)
                case ask.PlayMove(player):
                    mover = referee.player(player)

                    def move(progress: float) -> dict[str, Any]:
                        return {player: [referee.move(mover, progress)]}

                    yield from self._play_one("move", player, move)
                case ask.Freeze(player, frozen):
                    referee.freeze(player, frozen)
                    yield self._noted("freeze" if frozen else "thaw", player)
                case ask.Change(setting, value):
                    self._model.set_live(setting, value)
                    yield self._noted("change", setting, getattr(self._model.config, setting))
                case ask.TakeSnapshot():
                    yield from self._show_all(wanted=True)
        except ValueError as error:
            yield Refused(run, self._step, str(error))

    def _pause(self) -> Iterator[Event]:
        self._paused = True
        self._watch.hold()
        yield self._noted("pause")
        yield from self._show_all(wanted=True)
        yield PhaseChanged(self._config.run, self._step, Phase.PAUSED)

    def _play_one(
        self, what: str, target: str, play: Callable[[float], Mapping[str, Any]]
    ) -> Iterator[Event]:
        """One round or move, shown at once; the run is paused afterwards."""
        if not self._paused:
            yield from self._pause()
        self._watch.run()
        self._note(play(self._played()))
        self._watch.hold()
        yield self._noted(what, target)
        yield from self._show_all(wanted=False)

    def _noted(self, what: str, target: str = "", value: object = None) -> Intervened:
        return Intervened(self._config.run, self._step, what, target, value)
