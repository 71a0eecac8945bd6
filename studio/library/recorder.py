"""Writes a run to the disk while it is being played.

The recorder listens to the events of a run and never touches the training: a disk that fills up
or disappears costs one notice, and saving is tried again at the next opportunity.
"""

from __future__ import annotations

import contextlib
import dataclasses
import platform
import time
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import torch

import models
from studio.data.atomic import write_atomically
from studio.engine.events import (
    Event,
    Failed,
    Finished,
    Intervened,
    Losses,
    Phase,
    PhaseChanged,
    Refused,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    SnapshotTaken,
)
from studio.library import VERSION
from studio.library.exports.caption import Caption
from studio.library.exports.grid import sample_grid_png
from studio.library.files import reason
from studio.library.format import ModelSpec, pack_model, plain_settings
from studio.library.history import Curves, Film, History, pack_history
from studio.library.run_folder import (
    HISTORY,
    RUN,
    SAMPLES,
    WEIGHTS,
    Intervention,
    RunRecord,
    State,
    write_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from studio.data.dataset import Dataset
    from studio.engine.config import TrainConfig

INTERVAL = 10.0
"""Seconds between two saves, at least; a hundred times as long as a save takes, if that is more."""

MAX_INTERVENTIONS = 10_000


class Recorder:
    """Keeps one run in one folder.

    Arguments:
        folder: New or empty; made if need be.
        config: What is going to be played.
        interval: Least seconds between two saves.
        clock: Seconds that never run backwards.

    Raises:
        ValueError: the folder holds something, or cannot be made; one sentence.
    """

    def __init__(
        self,
        folder: Path,
        config: TrainConfig,
        *,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._made_folder = _claim(folder)
        self.folder = folder
        self.trouble = ""
        """Why the last attempt to save failed; "" if it did not."""
        self._config, self._interval, self._clock = config, interval, clock
        self._record = RunRecord(
            model=config.model,
            settings=plain_settings(config.settings),
            data=config.data,
            seed=config.seed,
            seconds_asked=config.seconds,
            versions=_versions(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._interventions: deque[Intervention] = deque(maxlen=MAX_INTERVENTIONS)
        self._tracks: dict[str, _Track] = {}
        self._film = Film()
        self._grid: SamplesDrawn | None = None
        self._unsaved: SnapshotTaken | None = None
        self._next_save = -float("inf")
        self._started = self._ended = False

    @property
    def record(self) -> RunRecord:
        """What `run.json` says or would say now."""
        return dataclasses.replace(self._record, interventions=tuple(self._interventions))

    def history(self) -> History:
        """All losses and the choice of grids so far."""
        grids, grid_steps = self._film.arrays()
        players = {player: track.curves() for player, track in self._tracks.items()}
        return History(players, grids, grid_steps)

    def opened(self, dataset: Dataset) -> None:
        """Tells which data the run learns from, so that its checksum is kept."""
        self._record = dataclasses.replace(self._record, data_checksum=dataset.checksum)

    def consume(self, event: Event) -> str:
        """Takes in the next event; saves when it is time.

        Returns:
            A sentence if saving has just begun to fail, else "".
        """
        before = self.trouble
        self._note(event)
        match event:
            case RunStarted():
                self._try(self._save_record)
            case SnapshotTaken() if self._clock() >= self._next_save:
                self._try(self._save)
            case PhaseChanged(phase=Phase.PAUSED) if self._unsaved is not None:
                self._try(self._save)
            case Finished(keep=False):
                self._end()
                self._try(self._discard)
            case Finished():
                self._end()
                self._try(self._save_last)
            case Failed():
                self._end()
                self._try(self._save_last)
        return self.trouble if self.trouble and not before else ""

    def close(self, message: str = "") -> None:
        """Ends a run that has not ended by itself: `message` says why it failed, if it did."""
        if self._ended:
            return
        self._end()
        if not self._started:
            if self._made_folder:
                with contextlib.suppress(OSError):
                    self.folder.rmdir()
            return
        state: State = "failed" if message else "stopped"
        self._record = dataclasses.replace(self._record, state=state, message=message)
        self._try(self._save_last)

    # -- listening ------------------------------------------------------------------------------

    def _note(self, event: Event) -> None:
        record = dataclasses.replace(self._record, steps=max(self._record.steps, event.step))
        match event:
            case RunStarted():
                self._started = True
                record = dataclasses.replace(
                    record,
                    shape=event.shape,
                    device=event.device,
                    threads=event.threads,
                    stages=event.stages,
                )
            case RoundsPlayed():
                record = dataclasses.replace(record, seconds=float(event.seconds))
                for player, losses in event.losses.items():
                    self._tracks.setdefault(player, _Track()).add(losses)
            case SamplesDrawn():
                self._grid = event
                self._film.add(event.step, event.images)
            case SnapshotTaken():
                self._unsaved = event
            case Intervened():
                self._interventions.append(
                    Intervention(event.step, event.what, event.target, _simple(event.value))
                )
            case Failed():
                record = dataclasses.replace(record, state="failed", message=event.message)
            case Finished():
                record = dataclasses.replace(
                    record,
                    state="finished" if event.complete else "stopped",
                    seconds=float(event.seconds),
                )
        self._record = record

    def _end(self) -> None:
        self._ended = True

    # -- saving ---------------------------------------------------------------------------------

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            self.trouble = (
                f"Cannot save the run to {self.folder}: {reason(error)}; "
                "the training goes on, and saving will be tried again."
            )
        except ValueError as error:
            self.trouble = f"The run was not saved at step {self._record.steps:,}: {error}."
        else:
            self.trouble = ""

    def _save(self) -> None:
        began = self._clock()
        try:
            self._write()
        finally:
            now = self._clock()
            self._next_save = now + max(self._interval, 100 * (now - began))

    def _write(self) -> None:
        if self._unsaved is not None:
            content = pack_model(self._unsaved.weights, self._spec(self._unsaved.step))
            write_atomically(self.folder / WEIGHTS, content)
            self._unsaved = None
        write_atomically(self.folder / HISTORY, pack_history(self.history()))
        self._save_record()

    def _save_last(self) -> None:
        try:
            self._save()
        except ValueError:
            # Weights that are not finite stay out; how the run came to them is worth keeping.
            self._unsaved = None
            self._save()
            raise
        if self._grid is not None:
            sample_grid_png(
                self.folder / SAMPLES,
                self._grid.images,
                caption=Caption(
                    models.spec(self._config.model).card.title,
                    step=self._grid.step,
                    seed=self._config.seed,
                    data=self._config.data,
                ),
                metadata={"run": self.folder.name, "settings": dict(self._record.settings)},
            )

    def _save_record(self) -> None:
        write_record(self.folder, self.record)

    def _discard(self) -> None:
        """Takes back what was written here, and nothing else."""
        for name in (RUN, WEIGHTS, HISTORY, SAMPLES):
            (self.folder / name).unlink(missing_ok=True)
        if self._made_folder:
            with contextlib.suppress(OSError):  # somebody else has put something there
                self.folder.rmdir()

    def _spec(self, step: int) -> ModelSpec:
        return ModelSpec(
            model=self._config.model,
            settings=self._config.settings,
            shape=self._record.shape,
            step=step,
            data=self._config.data,
            seed=self._config.seed,
        )


class _Track:
    """One player's losses, as they come in."""

    def __init__(self) -> None:
        self._steps: list[NDArray[np.int64]] = []
        self._terms: dict[str, list[NDArray[np.float32]]] = {}

    def add(self, losses: Losses) -> None:
        so_far = sum(len(steps) for steps in self._steps)
        self._steps.append(np.array(losses.steps, np.int64))
        for name, values in losses.terms.items():
            if name not in self._terms:  # a term that appears late was not there before
                self._terms[name] = [np.full(so_far, np.nan, np.float32)]
            self._terms[name].append(np.array(values, np.float32))
        for name in set(self._terms) - set(losses.terms):
            self._terms[name].append(np.full(len(losses.steps), np.nan, np.float32))

    def curves(self) -> Curves:
        # Joined pieces replace the pieces, so that the next save has less to join.
        self._steps = [np.concatenate(self._steps)]
        self._terms = {name: [np.concatenate(pieces)] for name, pieces in self._terms.items()}
        return Curves(self._steps[0], {name: pieces[0] for name, pieces in self._terms.items()})


def record(events: Iterator[Event], recorder: Recorder) -> Iterator[Event]:
    """Passes events on, each after it has been written down.

    A disk that begins to fail is told with a `Refused` event in between. However the events end,
    by an error or because nobody asks for more, what the run has learned is kept.
    """
    try:
        for event in events:
            if notice := recorder.consume(event):
                yield Refused(event.run, event.step, notice)
            yield event
    except Exception as error:
        recorder.close(" ".join(str(error).split())[:500] or type(error).__name__)
        raise
    finally:
        recorder.close()


def _claim(folder: Path) -> bool:
    """Makes the folder of a run; whether it had to be made."""
    try:
        if folder.is_dir():
            if any(folder.iterdir()):
                raise ValueError(f"{folder} already holds something: choose a new or empty folder")
            return False
        if folder.exists():
            raise ValueError(f"{folder} is a file: choose a new or empty folder")
        folder.mkdir(parents=True)
    except OSError as error:
        raise ValueError(f"cannot make the folder {folder}: {reason(error)}") from error
    return True


def _versions() -> Mapping[str, str]:
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "modescope": VERSION,
    }


def _simple(value: object) -> bool | int | float | str | None:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
