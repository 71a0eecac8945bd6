"""Writes a run to the disk while it is being played.

The recorder listens to the events of a run and never touches the training: a disk that fills up
or disappears costs one notice, and saving is tried again at the next checkpoint. What is saved
when, and in which order, is told in `run_folder.py`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import traceback
from typing import TYPE_CHECKING

from studio.data.atomic import write_atomically
from studio.data.disk import DISK
from studio.engine import memory
from studio.engine.events import (
    Alarmed,
    CheckpointTaken,
    Event,
    Failed,
    Finished,
    Intervened,
    Measured,
    Noticed,
    Recording,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    Saved,
    SnapshotTaken,
    StageChanged,
)
from studio.library import folders
from studio.library.checkpoint import pack_checkpoint
from studio.library.checkpoints import Checkpoints
from studio.library.files import reason, unsaved
from studio.library.format import ModelSpec, plain_settings
from studio.library.lock import RunLock
from studio.library.log import LogWriter
from studio.library.moments import SNAPSHOT_BUDGET, Moments
from studio.library.opening import Restart, load_start
from studio.library.record import Head, Parent, RunRecord, State
from studio.library.run_folder import (
    CHECKPOINTS,
    ERROR,
    GRIDS,
    LOG,
    SNAPSHOTS,
    read_record,
    write_head,
    write_record,
)
from studio.library.runs import trash
from studio.library.tails import Tail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from studio.data.dataset import Dataset
    from studio.data.disk import Disk
    from studio.engine.config import TrainConfig


class Recorder:
    """Keeps one run in one folder, which it holds locked until `close`.

    Arguments:
        folder: New or empty; made if need be.
        config: What is going to be played.
        parent: What the run branches off.
        budget_bytes: What its snapshots may take.
        disk: All writing goes through it.

    Raises:
        ValueError: the folder holds something, cannot be made or is in use; one sentence.
    """

    def __init__(
        self,
        folder: Path,
        config: TrainConfig,
        *,
        parent: Parent | None = None,
        budget_bytes: int = SNAPSHOT_BUDGET,
        disk: Disk = DISK,
    ) -> None:
        self._made_folder = folders.claim(folder, disk)
        try:
            self._begin(folder, config, budget_bytes, disk)
        except ValueError:
            folders.leave(folder, disk, remove=self._made_folder)
            raise
        try:
            for name in (CHECKPOINTS, SNAPSHOTS, GRIDS):
                disk.mkdir(folder / name)
        except OSError as error:
            self.close()
            raise ValueError(f"cannot make the folder {folder}: {reason(error)}") from error
        self._log = LogWriter(folder / LOG, disk)
        self._record = RunRecord(
            model=config.model,
            settings=plain_settings(config.settings),
            data=config.data,
            seed=config.seed,
            seconds_asked=config.seconds,
            versions=folders.versions(),
            created=folders.now(),
            parent=parent,
        )

    def _begin(self, folder: Path, config: TrainConfig, budget: int, disk: Disk) -> None:
        self.folder, self._config, self._disk = folder, config, disk
        self._lock = RunLock(folder)
        self._lock.acquire()
        self.trouble = ""
        """Why the last attempt to save failed; "" if it did not."""
        self._moments = Moments(folder, budget, disk)
        self._tails: dict[str, Tail] = {}
        self._head = Head(total=folders.planned(config))
        self._state: State = "running"
        self._message = ""
        self._step, self._seconds = 0, 0.0
        self._measures: Mapping[str, float] = {}
        self._checkpoints = Checkpoints(folder, disk)
        self._ahead: list[Event] = []
        self._described = self._begun = self._ended = self._closed = False

    @classmethod
    def resume(
        cls,
        folder: Path,
        *,
        total: int | None = None,
        seconds: float | None = None,
        run: int = 0,
        budget_bytes: int = SNAPSHOT_BUDGET,
        disk: Disk = DISK,
    ) -> tuple[Recorder, Restart]:
        """Takes up a run again where its last checkpoint stands, and cuts off what lies beyond.

        Arguments:
            total, seconds: A new length for the run, in its own kind of budget.
            run: Identifier that its events will carry.

        Raises:
            ValueError: it cannot be resumed, or somebody else writes it; one sentence.
        """
        record = read_record(folder)
        restart = load_start(folder)
        if restart.checkpoint is None:
            raise ValueError(
                f"{folder} cannot be resumed: it was made by an earlier Modescope, which kept "
                "no optimizer state; branch from it in the window instead"
            )
        self = cls.__new__(cls)
        self._made_folder = False
        self._begin(folder, restart.config, budget_bytes, disk)
        try:
            # Once more, now that nobody else can write any more.
            restart = folders.lengthened(load_start(folder), total, seconds)
            config = dataclasses.replace(restart.config, run=run)
            restart = dataclasses.replace(restart, config=config)
            self._config = config
            self._take_up(record, restart)
        except BaseException as error:
            self._lock.release()
            if isinstance(error, OSError):
                raise ValueError(f"cannot resume {folder}: {reason(error)}") from error
            raise
        return self, restart

    def _take_up(self, record: RunRecord, restart: Restart) -> None:
        progress = restart.start.progress
        at = folders.cut_back(self.folder, progress.step, self._disk)
        self._log = LogWriter(self.folder / LOG, self._disk, at.log_bytes)
        self._moments.cut_back(progress.step)
        self._record, self._described = record, True
        self._checkpoints = Checkpoints(self.folder, self._disk, at.checkpoint)
        self._head = at.head
        self._step, self._seconds = progress.step, progress.seconds
        self._tails = {p: Tail.of(curves.terms) for p, curves in at.log.players.items()}
        self._measures = {name: float(r.values[-1]) for name, r in at.log.measures.items()}
        steps = progress.live.get("steps")
        total = int(steps) if steps is not None else folders.planned(restart.config)
        # A head that was lost and made anew does not know how long the run was to be.
        if total is not None and at.head.total not in (None, total):
            self._ahead.append(
                Intervened(self._config.run, progress.step, "change", "steps", total)
            )
        self._head = dataclasses.replace(self._head, total=total)

    # -- what is known --------------------------------------------------------------------------

    @property
    def record(self) -> RunRecord:
        """What `run.json` says or would say."""
        return self._record

    @property
    def head(self) -> Head:
        """What `HEAD.json` says or would say now."""
        return dataclasses.replace(
            self._head,
            step=self._step,
            seconds=self._seconds,
            state=self._state,
            message=self._message,
            checkpoint=self._checkpoints.newest,
            losses={player: tail.means() for player, tail in self._tails.items()},
            measures=dict(self._measures),
            updated=folders.now(),
        )

    def opened(self, dataset: Dataset) -> None:
        """Tells which data the run learns from: their checksum is kept, or is not what it was."""
        if self._record.data_checksum not in ("", dataset.checksum):
            other = f"The {dataset.name} data are not those that the run began with."
            self._ahead.append(Noticed(self._config.run, self._step, other))
        self._record = dataclasses.replace(self._record, data_checksum=dataset.checksum)

    # -- listening ------------------------------------------------------------------------------

    def consume(self, event: Event) -> Iterator[Event]:
        """Takes in the next event; gives it back, and what there is to tell besides."""
        run = self._config.run
        self._step = max(self._step, event.step)
        match event:
            case RunStarted():
                self._begun = True
                if not self._described:  # one that goes on is what it was
                    self._record = dataclasses.replace(
                        self._record,
                        shape=event.shape,
                        device=event.device,
                        threads=event.threads,
                        stages=event.stages,
                    )
                yield Recording(run, event.step, str(self.folder))
                yield event
                for news in self._ahead:
                    yield from self.consume(news)
                return
            case RoundsPlayed():
                self._seconds = float(event.seconds)
                for player, losses in event.losses.items():
                    self._log.losses(player, losses)
                    self._tails.setdefault(player, Tail()).add(losses.terms)
            case SamplesDrawn():
                self._moments.newest = event
                if not self.trouble and self._moments.wants_grid(event.step):
                    yield from self._try(self._moments.put_grid, event)
            case Intervened():
                self._log.mark(event)
                if event.what == "change" and event.target == "steps":
                    self._head = dataclasses.replace(self._head, total=int(str(event.value)))
            case StageChanged():
                self._log.stage(event)
            case Measured():
                # Each instrument tells its own; the head knows the newest of all.
                self._measures = {**self._measures, **event.values}
                self._log.measured(event)
            case Alarmed():
                self._log.alarm(event)
            case SnapshotTaken():
                wanted = event.wanted or self._moments.wants_snapshot(event.step)
                if wanted and not self.trouble:
                    spec = ModelSpec.of(self._config, self._record.shape, event.progress)
                    yield from self._try(self._moments.put_snapshot, event, spec)
            case CheckpointTaken():
                yield from self._try(self._save, event)
                return
            case Failed():
                self._end("failed", event.message)
                yield from self._try(self._finish)
                event = dataclasses.replace(event, good=self._good())
            case Finished():
                state: State = "suspended" if event.suspended else "stopped"
                self._end("finished" if event.complete else state, "")
                self._seconds = float(event.seconds)
                yield from self._try(self._finish)
                if not event.keep and self._described:
                    yield from self._discard()
        yield event

    def close(self, message: str = "", trace: str = "") -> None:
        """Ends a run that has not ended by itself, and lets go of the folder.

        Where nothing has been played, a new run leaves no folder, and one that was to go on is as
        it was.

        Arguments:
            message: Why it failed, if it did.
            trace: The traceback that goes with it.
        """
        if self._closed:
            return
        self._closed = True
        try:
            if not self._ended and self._described and self._begun:
                self._end("failed" if message else "stopped", message)
                for _ in self._try(self._finish):
                    pass
                if trace:
                    with contextlib.suppress(OSError):
                        write_atomically(self.folder / ERROR, trace.encode(), self._disk)
            elif not self._described:
                folders.leave(self.folder, self._disk, remove=self._made_folder)
        finally:
            self._lock.release()

    # -- saving ---------------------------------------------------------------------------------

    def _end(self, state: State, message: str) -> None:
        self._ended, self._state, self._message = True, state, message

    def _try(self, work: Callable[..., object], *values: object) -> Iterator[Event]:
        """Does it, and tells when saving begins to fail or works again."""
        before, run, step = self.trouble, self._config.run, self._step
        try:
            work(*values)
        except OSError as error:
            self.trouble = unsaved(self.folder, reason(error), good=self._good())
        except ValueError as error:
            self.trouble = f"The run was not saved at step {step:,}: {error}."
        except (MemoryError, RuntimeError) as error:
            if not memory.is_out_of_memory(error):
                raise
            self.trouble = unsaved(self.folder, "the memory is full", good=self._good())
        else:
            # A disk may have room for the end of the log and none for the weights.
            if work != self._finish or self._good() == step:
                self.trouble = ""
            if isinstance(saved := values[0] if values else None, CheckpointTaken | SnapshotTaken):
                yield Saved(run, saved.step, self._good(), self._moments.snapshots())
        if self.trouble and not before:
            yield Noticed(run, step, self.trouble, saving=False)
        elif before and not self.trouble:
            safe = f"Saving works again; the run is safe up to step {step:,}."
            yield Noticed(run, step, safe, saving=True)

    def _good(self) -> int | None:
        newest = self._checkpoints.newest
        return None if newest is None else newest.step

    def _describe(self) -> None:
        if not self._described:
            write_record(self.folder, self._record, self._disk)
            self._described = True

    def _save(self, event: CheckpointTaken) -> None:
        spec = ModelSpec.of(self._config, self._record.shape, event.progress)
        content, sha256 = pack_checkpoint(event.weights, event.progress, spec)
        self._describe()
        self._seconds = max(self._seconds, event.progress.seconds)
        with self._checkpoints.adding(event.step, content, sha256):
            self._commit()

    def _commit(self) -> None:
        log_bytes = self._log.commit()
        head = dataclasses.replace(self.head, log_bytes=log_bytes)
        write_head(self.folder, head, self._disk)
        self._head = head

    def _finish(self) -> None:
        self._describe()
        self._commit()
        if (grid := self._moments.newest) is not None:
            folders.write_picture(self.folder, grid, self._config, self._disk)

    def _discard(self) -> Iterator[Event]:
        """Takes the run away: into the trash, from where it can be fetched again."""
        self._lock.release()
        try:
            trash(self.folder, self._disk)
        except (OSError, ValueError) as error:
            why = reason(error) if isinstance(error, OSError) else error
            stays = f"The run stays in {self.folder}: {why}."
            yield Noticed(self._config.run, self._step, stays)


def record(events: Iterator[Event], recorder: Recorder) -> Iterator[Event]:
    """Passes events on, each after it has been written down, and tells what was saved.

    However the events end, by an error or because nobody asks for more, what the run has learned
    is kept. Checkpoints are for the disk and go no farther.
    """
    try:
        for event in events:
            yield from recorder.consume(event)
    except Exception as error:
        message = " ".join(str(error).split())[:500] or type(error).__name__
        recorder.close(message, "".join(traceback.format_exception(error)))
        raise
    finally:
        recorder.close()
