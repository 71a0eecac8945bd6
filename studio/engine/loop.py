"""The training as a generator of events. It knows no thread, widget, file or progress bar.

    IDLE -> LOADING -> RUNNING <-> PAUSED -> FINISHED
                          |          |
                          +----------+----> FAILED

Interventions arrive in the `Controls` mailbox and are honoured between rounds.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Literal

import torch

from studio.engine import controls as ask
from studio.engine import memory
from studio.engine.events import (
    Event,
    Failed,
    Finished,
    Intervened,
    Moved,
    Phase,
    PhaseChanged,
    Refused,
    RunStarted,
    StageChanged,
)
from studio.engine.position import Position
from studio.engine.progress import Progress, Start
from studio.engine.referee import describe
from studio.engine.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from models import GenerativeModel
    from studio.data.resident import ResidentData
    from studio.engine.config import TrainConfig
    from studio.engine.controls import Controls
    from studio.engine.inspection import Open

FASTEST = 60
"""Moves a second, above which slow motion is none."""


def train(
    model: GenerativeModel,
    data: ResidentData,
    config: TrainConfig,
    controls: Controls,
    start: Start | None = None,
    microscope: Open | None = None,
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
        ValueError: `start` does not fit the model; one sentence.
    """
    return _Run(model, data, config, controls, start, microscope).play()


class _Run:
    """The state of one run between its events."""

    def __init__(
        self,
        model: GenerativeModel,
        data: ResidentData,
        config: TrainConfig,
        controls: Controls,
        start: Start | None,
        microscope: Open | None,
    ) -> None:
        self._model, self._config, self._controls = model, config, controls
        self._entered = start is not None
        self._at = Position(model, data, config, start.progress if start else Progress())
        self._teller = Teller(model, data, config, self._at, microscope)
        self._asked: deque[ask.Command] = deque()
        self._paused = False
        self._tempo: float | None = None
        self._ended: ask.Stop | None = None

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
        run, at = self._config.run, self._at
        infos = tuple(describe(self._model, stage) for stage in at.stages)
        device, threads = str(self._model.device), torch.get_num_threads()
        model, shape = self._config.model, self._model.shape
        yield RunStarted(run, at.step, model, shape, infos, device, threads)
        yield PhaseChanged(run, at.step, Phase.RUNNING)
        going = True
        while going:
            if not self._entered and at.stage.on_enter is not None:
                with torch.no_grad():
                    at.stage.on_enter(at.referee.batch(0.0))
            self._entered = False
            yield StageChanged(run, at.step, at.index, infos[at.index])
            yield from self._play_stage()
            going = not (self._ended or self._teller.diverged) and at.next_stage()
        yield from self._close()

    def _play_stage(self) -> Iterator[Event]:
        self._model.train()
        yield from self._teller.tell_all(wanted=True)
        if not self._paused:
            self._at.watch.run()
        while not self._over():
            yield from self._obey()
            if self._over():
                break
            self._teller.prepare()
            if self._tempo is None:
                self._note(self._at.referee.play_round(self._at.played()))
            else:
                yield from self._play_slowly(self._tempo)
            if self._teller.due():
                yield from self._teller.tell()
        yield from self._teller.report()

    def _play_slowly(self, tempo: float) -> Iterator[Event]:
        """One round in slow motion: a pause after each move, until somebody asks for something.

        What is asked is answered after the round, as always, so the game is the same.
        """
        played: dict[str, list[Any]] = {}
        for player, terms in self._at.referee.moves(self._at.played()):
            played.setdefault(player, []).append(terms)
            yield Moved(self._config.run, self._at.step, player)
            began = time.monotonic()
            self._controls.wait(1 / tempo)
            self._at.watch.rest(time.monotonic() - began)
        if not played:
            # Everybody is frozen: a round takes no time, and nobody is to be kept busy with that.
            self._controls.wait(1 / tempo)
        self._note(played)

    def _over(self) -> bool:
        """Whether the stage is."""
        return bool(self._ended or self._teller.diverged) or self._at.stage_over()

    def _note(self, moves: Mapping[str, Any]) -> None:
        self._teller.note(moves)
        self._at.step += 1

    def _close(self) -> Iterator[Event]:
        self._at.watch.hold()
        stop = self._ended
        keep = stop is None or stop.keep
        hurry = stop is not None and stop.hurry
        if keep:
            yield from self._teller.tell_all(wanted=True, hurry=hurry)
        self._model.eval()
        if self._teller.diverged:
            yield from self._fail(self._teller.diverged, "diverged")
            return
        run, step, seconds = self._config.run, self._at.step, self._at.watch.seconds()
        yield Finished(run, step, keep, stop is None, seconds, suspended=keep and hurry)
        yield PhaseChanged(run, step, Phase.FINISHED)

    def _fail(self, message: str, cause: Literal["diverged", "memory"]) -> Iterator[Event]:
        self._at.watch.hold()
        yield Failed(self._config.run, self._at.step, message, cause)
        yield PhaseChanged(self._config.run, self._at.step, Phase.FAILED)

    # -- interventions --------------------------------------------------------------------------

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
        run, referee = self._config.run, self._at.referee
        try:
            match command:
                case ask.Pause() if not self._paused:
                    yield from self._pause()
                case ask.Resume() if self._paused:
                    self._paused = False
                    self._at.watch.run()
                    yield PhaseChanged(run, self._at.step, Phase.RUNNING)
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
                case ask.Tempo(tempo):
                    if tempo is not None and not 0 < tempo <= FASTEST:
                        raise ValueError(
                            f"slow motion is above 0 and up to {FASTEST} moves a second"
                        )
                    self._tempo = tempo
                case ask.TakeSnapshot():
                    yield from self._teller.tell_all(wanted=True)
        except ValueError as error:
            yield Refused(run, self._at.step, str(error))

    def _pause(self) -> Iterator[Event]:
        self._paused = True
        self._at.watch.hold()
        yield self._noted("pause")
        yield from self._teller.tell_all(wanted=True)
        yield PhaseChanged(self._config.run, self._at.step, Phase.PAUSED)

    def _play_one(
        self, what: str, target: str, play: Callable[[float], Mapping[str, Any]]
    ) -> Iterator[Event]:
        """One round or move, shown at once; the run is paused afterwards."""
        run = self._config.run
        if not self._paused:
            yield from self._pause()
        self._at.watch.run()
        self._at.referee.weigh()
        moves = play(self._at.played())
        self._note(moves)
        self._at.watch.hold()
        for player in moves:
            yield Moved(run, self._at.step, player)
        yield self._noted(what, target)
        yield from self._teller.tell_all(wanted=False)

    def _noted(self, what: str, target: str = "", value: object = None) -> Intervened:
        return Intervened(self._config.run, self._at.step, what, target, value)
