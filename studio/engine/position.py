"""Where a training stands: its step, its stage, its time, and how much of the budget is used."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from studio.engine.pace import Stopwatch
from studio.engine.progress import Progress
from studio.engine.referee import Referee

if TYPE_CHECKING:
    from models import GenerativeModel
    from models.base import Stage
    from studio.data.resident import ResidentData
    from studio.engine.config import TrainConfig


class Position:
    """Moves forward with the game.

    Arguments:
        begin: Where it stands at first; the weights are in the model already.

    Attributes:
        step: Rounds played since the run began.
        index: Of the stage that is played.
        referee: Of this stage.
        watch: Time spent training.
        memory: What the rules of the instruments remember; see `Progress`.

    Raises:
        ValueError: `begin` is no place in the training of this model; one sentence.
    """

    def __init__(
        self, model: GenerativeModel, data: ResidentData, config: TrainConfig, begin: Progress
    ) -> None:
        self._model, self._data, self._config = model, data, config
        self.stages = model.stages()
        # Written so that NaN, which fails every comparison, is refused too.
        if not (0 <= begin.stage < len(self.stages) and 0 <= begin.seconds < math.inf) or (
            begin.step < 0 or begin.draws < 0
        ):
            raise ValueError("the run stood at a place that the training of its model has not got")
        self.step = begin.step
        self.memory = begin.memory
        self.watch = Stopwatch(begin.seconds)
        self._go_to(begin.stage, begin.draws)
        self.referee.restore(begin.optimizers, begin.frozen)

    def _go_to(self, index: int, draws: int) -> None:
        shares = [stage.share for stage in self.stages]
        # Both in shares of the whole budget.
        self._begins, self._ends = sum(shares[:index]), sum(shares[: index + 1])
        self.index = index
        self.referee = Referee(self._model, self.stage, self._data, self._config.seed, draws)

    @property
    def stage(self) -> Stage:
        """The one that is played."""
        return self.stages[self.index]

    def next_stage(self) -> bool:
        """Goes on to the next stage; False if this is the last one."""
        if self.index + 1 == len(self.stages):
            return False
        self._go_to(self.index + 1, self.referee.draws)
        return True

    def used(self) -> float:
        """Share of the whole budget that has been used."""
        if self._config.seconds is not None:
            return self.watch.seconds() / self._config.seconds
        return self.step / int(self._model.config.steps)

    def played(self) -> float:
        """Share of the stage that has been played, in [0, 1]."""
        # Below where it begins: the run was made longer when it stood here.
        share = (self.used() - self._begins) / (self._ends - self._begins)
        return min(1.0, max(0.0, share))

    def stage_over(self) -> bool:
        """Whether the stage has used up its share of the budget."""
        return self.used() >= self._ends

    def progress(self) -> Progress:
        """All of it as a value, but for what the optimizers remember."""
        now, first = self._model.config, self._config.settings
        names = [field.name for field in dataclasses.fields(first)]
        return Progress(
            step=self.step,
            stage=self.index,
            draws=self.referee.draws,
            seconds=self.watch.seconds(),
            live={n: getattr(now, n) for n in names if getattr(now, n) != getattr(first, n)},
            frozen=self.referee.frozen,
            memory=self.memory,
        )
