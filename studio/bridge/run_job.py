"""What a training thread does: play a run and write it down."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.engine.events import Event, Noticed, Preparing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from studio.bridge.training_thread import Job, Publish
    from studio.engine.config import TrainConfig
    from studio.engine.controls import Controls
    from studio.engine.progress import Start
    from studio.library.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with a run where its last checkpoint stands; `total` is its new number of rounds."""

    folder: Path
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A new run that goes on from another's snapshot at a step, or from its last checkpoint."""

    folder: Path
    step: int | None


Origin = Resume | Branch | None
"""None begins at zero."""


def run_job(
    thread_memory: Path, budget_bytes: Callable[[], int]
) -> Callable[[TrainConfig, Origin], Job]:
    """The job of a training thread: play the run and write it down in a folder of its own.

    Arguments:
        thread_memory: The file that remembers measured thread counts.
        budget_bytes: How much room the snapshots of a run may take.
    """

    def make(config: TrainConfig, origin: Origin) -> Job:
        def job(
            controls: Controls, publish: Publish, cancelled: Callable[[], bool]
        ) -> Iterator[Event]:
            # Imported here, on the training's thread: they bring PyTorch along.
            from studio.engine.session import play
            from studio.instruments.microscope import open_microscope
            from studio.library.recorder import record

            def progress(message: str, fraction: float) -> None:
                publish(Preparing(config.run, 0, message, fraction))

            recorder, played, start, notes = _prepared(config, origin, budget_bytes())
            for note in filter(None, notes):
                publish(Noticed(config.run, 0, note))
            events = play(
                played,
                controls,
                thread_memory=thread_memory,
                progress=progress,
                cancelled=cancelled,
                opened=recorder.opened,
                start=start,
                microscope=lambda dataset, count: open_microscope(dataset, count=count),
            )
            return record(events, recorder)

        return job

    return make


def _prepared(
    config: TrainConfig, origin: Origin, budget: int
) -> tuple[Recorder, TrainConfig, Start | None, tuple[str, ...]]:
    """Who writes the run down, what is played, from where, and what to know of it ("" nothing)."""
    from studio.library.opening import load_start
    from studio.library.record import Parent
    from studio.library.recorder import Recorder
    from studio.library.runs import new_run_folder

    match origin:
        case None:
            recorder = Recorder(new_run_folder(config.model), config, budget_bytes=budget)
            return recorder, config, None, ()
        case Resume(folder, total):
            recorder, restart = Recorder.resume(
                folder, total=total, run=config.run, budget_bytes=budget
            )
            return recorder, restart.config, restart.start, (restart.damage, *restart.notes)
        case Branch(folder, step):
            restart = load_start(folder, step)
            at = restart.start.progress.step
            if config.seconds is None and int(config.settings.steps) <= at:
                raise ValueError(
                    f"The run has {at:,} rounds at that place already: set Steps to more than "
                    "that to go on from there."
                )
            # The form holds every setting as it was there, so nothing is left to change live.
            progress = dataclasses.replace(restart.start.progress, live={})
            recorder = Recorder(
                new_run_folder(config.model),
                config,
                parent=Parent(folder.name, at),
                budget_bytes=budget,
            )
            start = dataclasses.replace(restart.start, progress=progress)
            return recorder, config, start, (restart.damage,)
