"""The command `train`: a run that says how far it is and heeds Ctrl+C and SIGTERM."""

from __future__ import annotations

import dataclasses
import signal
import threading
from typing import TYPE_CHECKING, Any

from studio.cli.speech import duration, sentence

if TYPE_CHECKING:
    import argparse

    from studio.cli.outputs import Json
    from studio.cli.speech import Progress
    from studio.engine.config import TrainConfig
    from studio.engine.events import RoundsPlayed
    from studio.engine.progress import Start
    from studio.library.recorder import Recorder


def train(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Trains a model and keeps the run in a folder, also when a signal ends it early."""
    if arguments.resume is None:
        _insist_on_a_beginning(arguments)
    else:
        _insist_on_no_beginning(arguments)
    from studio.data.dataset import LoadCancelled
    from studio.data.places import cache_dir
    from studio.engine import events as told
    from studio.engine.controls import Controls, Stop
    from studio.engine.session import play
    from studio.instruments.microscope import open_microscope
    from studio.library.recorder import record
    from studio.library.run_folder import RUN

    recorder, config, start = _opened(arguments, progress)
    controls, stop_sent = Controls(), False
    with _Signals() as signals:
        run = play(
            config,
            controls,
            start=start,
            root=arguments.data_root,
            mirror=arguments.mirror,
            thread_memory=cache_dir() / "threads.json",
            progress=lambda message, fraction: progress.show(f"{message} {fraction:.0%}"),
            cancelled=lambda: signals.caught is not None,
            opened=recorder.opened,
            microscope=lambda dataset, count: open_microscope(dataset, count=count),
        )
        try:
            for event in record(run, recorder):
                if signals.caught is not None and not stop_sent:
                    # Not from the handler: it could interrupt the mailbox with its lock held.
                    controls.send(Stop(keep=True))
                    stop_sent = True
                match event:
                    case told.RoundsPlayed():
                        progress.show(_progress_line(event))
                    case told.Refused() | told.Noticed() | told.Failed():
                        progress.say(sentence(event.message))
        except (LoadCancelled, KeyboardInterrupt):
            status = 128 + (signals.caught or signal.SIGINT)
            if (recorder.folder / RUN).exists():
                message = f"interrupted; what was learned so far is in {recorder.folder}"
            else:
                message = "interrupted before the training began; nothing was written"
            raise KeyboardInterrupt(message, status) from None
    result = _train_result(recorder, start)
    if recorder.trouble:
        raise ValueError(recorder.trouble)
    if result["state"] == "failed":
        return result, 1
    return result, 128 + signals.caught if result["state"] == "stopped" and signals.caught else 0


def _insist_on_a_beginning(arguments: argparse.Namespace) -> None:
    given = {"MODEL": arguments.model, "--out": arguments.out}
    if missing := [name for name, value in given.items() if value is None]:
        raise ValueError(f"the following arguments are required: {', '.join(missing)}")


def _insist_on_no_beginning(arguments: argparse.Namespace) -> None:
    given = {
        "MODEL": arguments.model,
        "--data": arguments.data,
        "--seed": arguments.seed,
        "--batch-size": arguments.batch_size,
        "--set": arguments.set or None,
        "--out": arguments.out,
    }
    if wrong := [name for name, value in given.items() if value is not None]:
        raise ValueError(
            f"--resume goes on with a run as it is: leave out {' and '.join(wrong)}, "
            "or begin a new run without --resume"
        )


def _opened(
    arguments: argparse.Namespace, progress: Progress
) -> tuple[Recorder, TrainConfig, Start | None]:
    """The run that is going to be played, and where it goes on, if it does."""
    import models
    from studio.engine.config import TrainConfig
    from studio.library.recorder import Recorder

    if arguments.resume is not None:
        return _resumed(arguments, progress)
    config = TrainConfig(
        model=arguments.model,
        settings=models.spec(arguments.model).config.from_values(_settings(arguments)),
        data=arguments.data or "pen",
        seed=arguments.seed or 0,
        device=arguments.device or "auto",
        seconds=arguments.seconds,
        threads=arguments.threads,
    )
    return Recorder(arguments.out, config, budget_bytes=_room(arguments)), config, None


def _room(arguments: argparse.Namespace) -> int:
    return int(arguments.room) * 2**20


def _resumed(
    arguments: argparse.Namespace, progress: Progress
) -> tuple[Recorder, TrainConfig, Start]:
    from studio.library.opening import head_or_recovered
    from studio.library.recorder import Recorder
    from studio.library.run_folder import read_record, version

    longer = arguments.steps is not None or arguments.seconds is not None
    folder = arguments.resume
    record = read_record(folder)
    if version(folder) != 1 and head_or_recovered(folder)[0].state == "finished" and not longer:
        option = "--steps" if record.seconds_asked is None else "--seconds"
        raise ValueError(f"the run in {folder} is finished: say with {option} how long it shall be")
    recorder, restart = Recorder.resume(
        folder,
        total=_whole(arguments.steps),
        seconds=arguments.seconds,
        budget_bytes=_room(arguments),
    )
    for note in filter(None, (restart.damage, *restart.notes)):
        progress.say(sentence(note))
    config = dataclasses.replace(
        restart.config,
        device=arguments.device or restart.config.device,
        threads=arguments.threads or restart.config.threads,
    )
    return recorder, config, restart.start


def _whole(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        raise ValueError(f"--steps must be a whole number, not {text!r}") from None


def _settings(arguments: argparse.Namespace) -> dict[str, object]:
    values: dict[str, object] = {}
    pairs = [("steps", arguments.steps), ("batch_size", arguments.batch_size)]
    for text in arguments.set:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise ValueError(f"--set takes key=value, not {text!r}")
        pairs.append((key.strip(), value.strip()))
    for key, value in pairs:
        if value is None:
            continue
        if key in values:
            raise ValueError(f"{key} is set twice")
        values[key] = value
    return values


def _progress_line(event: RoundsPlayed) -> str:
    total = "" if event.total_steps is None else f" of {event.total_steps:,}"
    losses = ", ".join(
        f"{player} {float(losses.terms['total'][-1]):.3f}"
        for player, losses in event.losses.items()
        if "total" in losses.terms and len(losses.steps)
    )
    left = "" if event.seconds_left is None else f", {duration(event.seconds_left)} left"
    return f"step {event.step:,}{total}, {event.rate:,.0f}/s{left}" + (losses and f", {losses}")


def _train_result(recorder: Recorder, start: Start | None) -> dict[str, Json]:
    from studio.library.run_folder import SAMPLES

    record, head = recorder.record, recorder.head
    samples = recorder.folder / SAMPLES
    result: dict[str, Json] = {
        "run": str(recorder.folder),
        "model": record.model,
        "data": record.data,
        "seed": record.seed,
        "state": head.state,
        "message": head.message,
        "steps": head.step,
        "seconds": round(head.seconds, 3),
        "steps_per_second": round(head.step / head.seconds, 2) if head.seconds > 0 else None,
        "losses": {player: dict(terms) for player, terms in head.losses.items()},
        "device": record.device,
        "threads": record.threads,
        "samples": str(samples) if samples.exists() else None,
        "checkpoint": None if head.checkpoint is None else head.checkpoint.step,
    }
    if start is not None:
        result["resumed_from"] = start.progress.step
    return result


class _Signals:
    """While it is entered, Ctrl+C and SIGTERM only leave a note; a second one interrupts."""

    def __init__(self) -> None:
        self.caught: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        # Python lets the main thread alone change handlers.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        if self.caught is not None:
            raise KeyboardInterrupt
        self.caught = number
