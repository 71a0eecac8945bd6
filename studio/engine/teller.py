"""What a training tells of itself, and how often: losses, grids, weights, checkpoints.

Nothing that is not a finite number leaves the training: the first such loss or weight ends the
telling, and the loop ends the run.
"""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING, Any

from studio.engine.copies import all_finite, copy_weights
from studio.engine.events import CheckpointTaken, Event, Measured, RoundsPlayed, SnapshotTaken
from studio.engine.inspection import Inspection
from studio.engine.ledger import Ledger, before, first_bad_step
from studio.engine.pace import Budget
from studio.engine.preview import Preview

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

    from models import GenerativeModel
    from studio.data.resident import ResidentData
    from studio.engine.config import TrainConfig
    from studio.engine.inspection import Open
    from studio.engine.position import Position


class Teller:
    """Makes the events that show how a training goes.

    Attributes:
        diverged: Why the run must end, one sentence; "" while all is well.
    """

    def __init__(
        self,
        model: GenerativeModel,
        data: ResidentData,
        config: TrainConfig,
        at: Position,
        microscope: Open | None = None,
    ) -> None:
        self.diverged = ""
        self._model, self._config, self._at = model, config, at
        self._ledger = Ledger()
        self._begin = self._reported = at.step
        self._preview = Preview(model, data, config)
        self._inspection: Inspection | None = None
        self._weighed: dict[str, float] = {}
        if microscope is not None:
            self._inspection = Inspection(model, data, config, microscope, at.memory)
        self._curves = Budget(least=1 / 30, share=0)
        self._grids = Budget(least=0.5, share=9)
        self._snapshots = Budget(least=0.5, share=30)
        self._checkpoints = Budget(least=10, share=100, most=30)
        self._scales = Budget(least=0.5, share=0)
        self._looks = Budget(least=1, share=20, after=2)

    def note(self, moves: Mapping[str, Any]) -> None:
        """Writes down the terms of each player's moves in this round, to be told later."""
        for player, terms in moves.items():
            if terms:
                self._ledger.note(player, self._at.step, terms)

    def prepare(self) -> None:
        """Before a round: now and then its moves are weighed."""
        if self._inspection is not None and self._scales.due():
            with self._scales:
                self._at.referee.weigh()

    def due(self) -> bool:
        """Whether it is time to tell something."""
        return self._curves.due()

    def tell(self) -> Iterator[Event]:
        """Losses now; grid, weights and checkpoint when their own budgets allow."""
        with self._curves:
            yield from self.report()
        grid = self._grids.due()
        # Weights and grid of one step belong together on the timeline; a slow sampler delays both.
        snapshot = grid and self._snapshots.due()
        yield from self._show(grid, snapshot, self._checkpoints.due(), wanted=False)
        if self._looks.due():
            yield from self._look()

    def tell_all(self, *, wanted: bool, hurry: bool = False) -> Iterator[Event]:
        """Losses, grid, weights and checkpoint, all of this very step; no grid in a hurry."""
        with self._curves:
            yield from self.report()
        if not hurry and self._at.step > self._begin:
            # Before the checkpoint, which remembers what the instruments have seen so far. Not at
            # the very start, which waits for nobody.
            yield from self._look()
        yield from self._show(not hurry, True, True, wanted=wanted)

    def _show(
        self, grid: bool, snapshot: bool, checkpoint: bool, *, wanted: bool
    ) -> Iterator[Event]:
        weights = None
        if snapshot:
            with self._snapshots:
                weights = self._copy()
        if grid and not self.diverged:
            yield from self._draw()
        if weights is not None:
            with self._snapshots:
                progress = self._at.progress()
                yield SnapshotTaken(self._config.run, self._at.step, weights, progress, wanted)
        if checkpoint:
            with self._checkpoints:
                yield from self._checkpoint(weights)

    def report(self) -> Iterator[Event]:
        """The losses since the last time; none, but the time, where everybody was frozen."""
        if not self._ledger and self._at.step == self._reported:
            return
        at, losses = self._at, self._ledger.flush()
        if (bad := first_bad_step(losses)) is not None:
            # Nobody is shown what came of a loss that is no number.
            at.step, player = bad
            losses = before(losses, at.step)
            self._diverge(f"The {player}'s loss is not a finite number since step {at.step:,}")
        self._reported = at.step
        seconds, rate = at.watch.seconds(), at.watch.rate(at.step)
        total = None if self._config.seconds is not None else int(self._model.config.steps)
        if total is None:
            left: float | None = max(0.0, float(self._config.seconds or 0) - seconds)
        else:
            left = (total - at.step) / rate if rate > 0 else None
        share = min(1.0, at.used())
        yield RoundsPlayed(self._config.run, at.step, losses, seconds, rate, total, left, share)
        if weighed := at.referee.weighed():
            self._weighed = {k: value for k, value in weighed.items() if math.isfinite(value)}
            yield Measured(self._config.run, at.step, self._weighed)

    def _look(self) -> Iterator[Event]:
        """What the microscope sees in fresh samples of now."""
        if self._inspection is None or self.diverged:
            return
        if not self._inspection.opened:
            # Getting the real digits ready takes seconds, once: they count neither as training
            # nor as the cost of a look.
            began = time.monotonic()
            self._inspection.open()
            self._at.watch.rest(time.monotonic() - began)
        with self._looks:
            events = list(self._inspection.look(self._at.stage, self._at.step, self._weighed))
        self._at.memory = self._inspection.memory()
        yield from events

    def _draw(self) -> Iterator[Event]:
        with self._grids:
            images = self._preview.draw(self._at.stage)
            # The weights are asked only if the pictures look like it: that needs a copy of them.
            if bool(images.isfinite().all()) or self._copy() is not None:
                alone = self._inspection is None or self._inspection.blind
                yield from self._preview.publish(self._at.stage, self._at.step, images, alone)

    def _checkpoint(self, weights: Mapping[str, Tensor] | None) -> Iterator[Event]:
        weights = weights or self._copy()
        if weights is None:
            return
        optimizers = self._at.referee.state()
        for player, state in optimizers.items():
            if not all_finite(state.tensors.values()):
                last = self._last_step()
                self._diverge(f"The {player}'s gradients overflow since step {last} at the latest")
                return
        progress = dataclasses.replace(self._at.progress(), optimizers=optimizers)
        yield CheckpointTaken(self._config.run, self._at.step, weights, progress)

    def _copy(self) -> dict[str, Tensor] | None:
        """The weights, or None if they must not be seen."""
        if self.diverged:
            return None
        weights = copy_weights(self._model)
        if all_finite(weights.values()):
            return weights
        last = self._last_step()
        self._diverge(f"The weights are not finite numbers since step {last} at the latest")
        return None

    def _last_step(self) -> str:
        return f"{max(0, self._at.step - 1):,}"

    def _diverge(self, what: str) -> None:
        self.diverged = self.diverged or (
            f"{what}: go back to the last good state and go on with a lower learning rate."
        )
