"""What a training thread does: play a run and write it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.engine.events import Event, Preparing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from studio.bridge.training_thread import Job, Publish
    from studio.engine.config import TrainConfig
    from studio.engine.controls import Controls


def run_job(thread_memory: Path) -> Callable[[TrainConfig], Job]:
    """The job of a training thread: play the run and write it down in a folder of its own.

    Arguments:
        thread_memory: The file that remembers measured thread counts.
    """

    def make(config: TrainConfig) -> Job:
        def job(
            controls: Controls, publish: Publish, cancelled: Callable[[], bool]
        ) -> Iterator[Event]:
            # Imported here, on the training's thread: they bring PyTorch along.
            from studio.engine.session import play
            from studio.library.recorder import Recorder, record
            from studio.library.runs import new_run_folder

            def progress(message: str, fraction: float) -> None:
                publish(Preparing(config.run, 0, message, fraction))

            recorder = Recorder(new_run_folder(config.model), config)
            events = play(
                config,
                controls,
                thread_memory=thread_memory,
                progress=progress,
                cancelled=cancelled,
                opened=recorder.opened,
            )
            return record(events, recorder)

        return job

    return make
