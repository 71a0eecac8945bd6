"""The command `train`: a run that says how far it is and heeds Ctrl+C and SIGTERM."""

from __future__ import annotations

import math
import signal
import threading
from typing import TYPE_CHECKING, Any

from studio.cli.speech import duration, sentence

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from studio.cli.outputs import Json
    from studio.cli.speech import Progress
    from studio.engine.events import RoundsPlayed
    from studio.library.history import History

FINAL_ROUNDS = 100
"""The final losses are means over at most this many last rounds."""


def train(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    """Trains a model and keeps the run in a new folder, also when a signal ends it early."""
    import models
    from studio.data.dataset import LoadCancelled
    from studio.data.places import cache_dir
    from studio.engine import events as told
    from studio.engine.config import TrainConfig
    from studio.engine.controls import Controls, Stop
    from studio.engine.session import play
    from studio.library.recorder import Recorder, record
    from studio.library.run_folder import RUN

    config = TrainConfig(
        model=arguments.model,
        settings=models.spec(arguments.model).config.from_values(_settings(arguments)),
        data=arguments.data,
        seed=arguments.seed,
        device=arguments.device,
        seconds=arguments.seconds,
        threads=arguments.threads,
    )
    recorder = Recorder(arguments.out, config)
    controls, stop_sent = Controls(), False
    with _Signals() as signals:
        run = play(
            config,
            controls,
            root=arguments.data_root,
            mirror=arguments.mirror,
            thread_memory=cache_dir() / "threads.json",
            progress=lambda message, fraction: progress.show(f"{message} {fraction:.0%}"),
            cancelled=lambda: signals.caught is not None,
            opened=recorder.opened,
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
                    case told.Refused() | told.Failed():
                        progress.say(sentence(event.message))
        except (LoadCancelled, KeyboardInterrupt):
            status = 128 + (signals.caught or signal.SIGINT)
            if (arguments.out / RUN).exists():
                message = f"interrupted; what was learned so far is in {arguments.out}"
            else:
                message = "interrupted before the training began; nothing was written"
            raise KeyboardInterrupt(message, status) from None
    result = _train_result(recorder.record, recorder.history(), arguments.out)
    if recorder.trouble:
        raise ValueError(recorder.trouble)
    if result["state"] == "failed":
        return result, 1
    return result, 128 + signals.caught if result["state"] == "stopped" and signals.caught else 0


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


def _train_result(record: Any, history: History, folder: Path) -> dict[str, Json]:
    from studio.library.run_folder import SAMPLES

    samples = folder / SAMPLES
    return {
        "run": str(folder),
        "model": record.model,
        "data": record.data,
        "seed": record.seed,
        "state": record.state,
        "message": record.message,
        "steps": record.steps,
        "seconds": round(record.seconds, 3),
        "steps_per_second": round(record.steps / record.seconds, 2) if record.seconds > 0 else None,
        "losses": final_losses(history),
        "device": record.device,
        "threads": record.threads,
        "samples": str(samples) if samples.exists() else None,
    }


def final_losses(history: History) -> dict[str, dict[str, float | None]]:
    """By player and term, the mean over its last rounds; None where it is not finite."""
    means: dict[str, dict[str, float | None]] = {}
    for player, curves in history.players.items():
        means[player] = {}
        for term, values in curves.terms.items():
            mean = float(values[-FINAL_ROUNDS:].mean()) if len(values) else math.nan
            means[player][term] = mean if math.isfinite(mean) else None
    return means


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
