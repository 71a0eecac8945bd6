"""The headless commands: everything that needs no window, on the same engine.

The result is one line of JSON, the last on stdout. Progress goes to stderr. Bad input ends with
one sentence on stderr and exit status 2; a training that fails by itself ends with 1. Ctrl+C and
SIGTERM end a training early, keep the run, print its result and exit with 130 and 143, as shells
expect; a second one does not wait for the round to end.

PyTorch is imported by the commands that compute, so that help and mistakes answer at once.
All commands stand in this one file, longer than others, so that what scripts rely on can be read
from top to bottom.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from studio.library import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from studio.engine.events import RoundsPlayed
    from studio.library.format import LoadedModel
    from studio.library.history import History

CHUNK = 500
"""Digits that are sampled at a time; part of what a seed means."""

ENCODE_CHUNK = 64
MAX_COUNT = 1_000_000
FINAL_ROUNDS = 100
"""The final losses are means over at most this many last rounds."""

Json = Any


def main(argv: Sequence[str]) -> int:
    """Runs one command; returns the exit status and never raises."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:  # argparse has said what there was to say
        return int(end.code or 0)
    progress = Progress()
    try:
        result, status = arguments.command(arguments, progress)
    except KeyboardInterrupt as stop:
        message, status = stop.args or ("interrupted; nothing was written", 130)
        return _complain(progress, message, status)
    except MemoryError:
        return _complain(progress, "the memory is full: ask for less at a time", 1)
    except (ValueError, OSError) as error:
        return _complain(progress, str(error), 2)
    except Exception as error:
        if os.environ.get("MODESCOPE_TRACEBACK"):
            raise
        kind = type(error).__name__
        text = "the memory is full: ask for less at a time" if "OutOfMemory" in kind else ""
        return _complain(
            progress,
            text
            or f"something unexpected went wrong ({kind}: {error}); "
            "set MODESCOPE_TRACEBACK=1 to see where",
            1,
        )
    progress.end()
    print(json.dumps(result), flush=True)
    return int(status)


def _complain(progress: Progress, message: str, status: int) -> int:
    progress.end()
    print(sentence(message), file=sys.stderr, flush=True)
    return status


def sentence(text: str) -> str:
    """One line that begins with a capital and ends with a full stop."""
    line = " ".join(text.split())[:400] or "something went wrong"
    return line[0].upper() + line[1:] + ("" if line[-1] in ".!?" else ".")


# -- the command line -------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(sentence(f"{message} (see {self.prog} --help)"), file=sys.stderr)
        sys.exit(2)


def _parser() -> _Parser:
    parser = _Parser(prog="python main.py", allow_abbrev=False, description=__doc__.split("\n")[0])
    parser.add_argument("--version", action="version", version=f"Modescope {VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, work: Callable[..., tuple[Json, int]], help: str) -> _Parser:
        made: _Parser = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        made.set_defaults(command=work)
        return made

    command("models", _models, "List all models with their settings.")

    train = command("train", _train, "Train a model and keep the run in a folder.")
    train.add_argument("model", metavar="MODEL", help="a name that `models` lists")
    train.add_argument("--data", default="pen", help="pen or mnist (default: pen)")
    train.add_argument("--data-root", type=Path, metavar="DIR", help="where the files lie already")
    train.add_argument("--mirror", metavar="URL", help="where to fetch the files from instead")
    budget = train.add_mutually_exclusive_group()
    budget.add_argument("--steps", metavar="N", help="rounds to play")
    budget.add_argument("--seconds", type=_seconds, metavar="S", help="train for so long instead")
    train.add_argument("--batch-size", metavar="B", help="digits per move of a player")
    train.add_argument("--set", action="append", default=[], metavar="key=value", help="a setting")
    train.add_argument("--out", type=Path, required=True, metavar="RUNDIR", help="a new folder")
    _add_computing(train)

    sample = command("sample", _sample, "Draw new digits with a trained model.")
    _add_run(sample)
    sample.add_argument("--count", type=_count, default=64, metavar="N", help="default: 64")
    sample.add_argument("--label", type=int, metavar="D", help="the digit, if the model is told")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE", help=".npz or .png")
    _add_computing(sample)

    encode = command("encode", _encode, "Encode digits and decode them again.")
    _add_run(encode)
    encode.add_argument("image", type=Path, metavar="IMAGE", help=".png, or .npy of one or more")
    encode.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    _add_computing(encode)

    inpaint = command("inpaint", _inpaint, "Fill a hole in a digit in several ways.")
    _add_run(inpaint)
    inpaint.add_argument("image", type=Path, metavar="IMAGE", help=".png or .npy")
    inpaint.add_argument("--mask", type=Path, required=True, help="not zero where to fill")
    inpaint.add_argument("--count", type=_count, default=4, metavar="K", help="default: 4")
    inpaint.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    _add_computing(inpaint)

    sets = command("data", _data_pen, "Write digits of the built-in data set into a file.")
    sets.add_argument("set", choices=("pen",), metavar="pen", help="the procedural pen")
    sets.add_argument("--count", type=_count, required=True, metavar="N")
    sets.add_argument("--seed", type=_seed, default=0, metavar="S", help="default: 0")
    sets.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    return parser


def _add_run(parser: _Parser) -> None:
    parser.add_argument("run", type=Path, metavar="RUNDIR", help="a run folder or a model file")


def _add_computing(parser: _Parser) -> None:
    parser.add_argument("--seed", type=_seed, default=0, metavar="S", help="default: 0")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument("--threads", type=_threads, metavar="T", help="CPU threads")


def _number(text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"must be from {low:,} to {high:,}, not {value:,}")
    return value


def _count(text: str) -> int:
    return _number(text, 1, MAX_COUNT)


def _seed(text: str) -> int:
    return _number(text, 0, 2**63 - 1)


def _threads(text: str) -> int:
    return _number(text, 1, 1_024)


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        value = float(text)
        if 0 < value < math.inf:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")


# -- the commands -----------------------------------------------------------------------------


def _models(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    import models

    return [_described(models.spec(name)) for name in models.available()], 0


def _described(spec: Any) -> Json:
    return {
        "name": spec.name,
        "title": spec.card.title,
        "family": spec.card.family,
        "year": spec.card.year,
        "sentence": spec.card.sentence,
        "capabilities": list(spec.capabilities),
        "settings": [
            {
                "name": field.name,
                "label": field.metadata["label"],
                "type": type(field.default).__name__,
                "default": field.default,
                "low": field.metadata["low"],
                "high": field.metadata["high"],
                "choices": list(field.metadata["choices"]),
                "unit": field.metadata["unit"],
                "live": field.metadata["live"],
                "help": field.metadata["help"],
            }
            for field in dataclasses.fields(spec.config)
        ],
    }


def _train(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
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


def duration(seconds: float) -> str:
    """As 0:05, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


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


def _sample(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    _insist_on_suffix(arguments.out, ".npz", ".png")
    import torch

    from models import means
    from studio.engine.images import to_arrays
    from studio.engine.seeding import generator
    from studio.library.exports.caption import Caption
    from studio.library.exports.grid import sample_grid_png
    from studio.library.pictures import write_npz

    loaded, device = _open(arguments)
    labels = _labels(loaded, arguments.label, arguments.count)
    noise = generator(device, arguments.seed, "sample")
    pieces = []
    with torch.no_grad():
        for first in range(0, arguments.count, CHUNK):
            progress.show(f"sampled {first:,} of {arguments.count:,}")
            count = min(CHUNK, arguments.count - first)
            told = None if labels is None else labels[first : first + count].to(device)
            drawn = means.sample(loaded.model, count, generator=noise, labels=told)
            pieces.append(drawn.clamp(0, 1).cpu())
    images = torch.cat(pieces)
    how = means.way(loaded.model, "sample")
    if arguments.out.suffix.lower() == ".png":
        sample_grid_png(
            arguments.out,
            to_arrays(images),
            caption=Caption(
                loaded.title,
                step=loaded.step,
                seed=arguments.seed,
                data=loaded.data,
                extra="" if arguments.label is None else f"label {arguments.label}",
            ),
            metadata=_about(loaded),
        )
    else:
        write_npz(arguments.out, images=_pixels(images))
    return _result(arguments, loaded, how, count=arguments.count, seed=arguments.seed), 0


def _encode(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    _insist_on_suffix(arguments.out, ".npz")
    import numpy as np
    import torch

    from models import means
    from models.capabilities import HasCodebook
    from studio.engine.seeding import generator
    from studio.library.pictures import read_digits, write_npz

    loaded, device = _open(arguments)
    model = loaded.model
    for ability in ("encode", "reconstruct"):
        if not means.can(model, ability):
            raise ValueError(means.way(model, ability))
    _insist_on_grey(loaded)
    digits = torch.from_numpy(read_digits(arguments.image, *model.shape.chw[1:]))[:, None]
    noise = generator(device, arguments.seed, "encode")
    latents, copies, codes = [], [], []
    for first in range(0, len(digits), ENCODE_CHUNK):
        chunk = digits[first : first + ENCODE_CHUNK].to(device)
        for step in means.reconstruct(model, chunk, generator=noise):
            share = (first + step.fraction * len(chunk)) / len(digits)
            progress.show(f"encoding {share:.0%}")
        copies.append(step.images.clamp(0, 1).cpu())
        if step.state is None:  # the model copies by itself; its codes are another question
            *_, step = means.encode(model, chunk, generator=noise)
        assert step.state is not None, "the last step of an encoding holds the codes"
        latents.append(step.state.float().cpu())
        if isinstance(model, HasCodebook):
            with torch.no_grad():
                codes.append(model.codes(chunk).cpu())
    arrays = {
        "latents": torch.cat(latents).numpy(),
        "reconstructions": _pixels(torch.cat(copies)),
    }
    if codes:
        arrays["codes"] = torch.cat(codes).numpy()
    write_npz(arguments.out, **arrays)
    error = float(np.mean((arrays["reconstructions"] - digits[:, 0].numpy()) ** 2))
    return (
        _result(
            arguments,
            loaded,
            means.way(model, "encode"),
            count=len(digits),
            latents=list(arrays["latents"].shape),
            error=error,
        ),
        0,
    )


def _inpaint(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    _insist_on_suffix(arguments.out, ".npz")
    import torch

    from models import means
    from studio.engine.seeding import generator
    from studio.library.pictures import read_digits, read_mask, write_npz

    loaded, device = _open(arguments)
    model = loaded.model
    if not means.can(model, "inpaint"):
        raise ValueError(means.way(model, "inpaint"))
    _insist_on_grey(loaded)
    sides = model.shape.chw[1:]
    digits = read_digits(arguments.image, *sides)
    if len(digits) != 1:
        raise ValueError(f"{arguments.image} holds {len(digits):,} digits: give one at a time")
    image = torch.from_numpy(digits)[None].to(device)
    hole = torch.from_numpy(read_mask(arguments.mask, *sides))[None, None].to(device)
    noise = generator(device, arguments.seed, "inpaint")
    filled = image
    for step in means.inpaint(model, image, hole, arguments.count, generator=noise):
        filled = step.images
        progress.show(f"filling the hole {step.fraction:.0%}")
    filled = torch.where(hole, filled.clamp(0, 1), image)
    write_npz(arguments.out, images=_pixels(filled.cpu()))
    how = means.way(model, "inpaint")
    return _result(arguments, loaded, how, count=arguments.count, seed=arguments.seed), 0


def _data_pen(arguments: argparse.Namespace, progress: Progress) -> tuple[Json, int]:
    _insist_on_suffix(arguments.out, ".npz")
    import numpy as np

    from studio.data import pen
    from studio.library.pictures import write_npz

    written = pen.generate(
        arguments.count,
        arguments.seed,
        progress=lambda message, fraction: progress.show(f"{message} {fraction:.0%}"),
    )
    assert written.ways is not None
    write_npz(
        arguments.out,
        images=written.images,
        labels=written.labels,
        ways=written.ways,
        way_names=np.array(written.way_names),
    )
    return {
        "out": str(arguments.out),
        "data": "pen",
        "count": len(written),
        "seed": arguments.seed,
        "checksum": written.checksum,
    }, 0


# -- what the commands share ------------------------------------------------------------------


def _open(arguments: argparse.Namespace) -> tuple[LoadedModel, torch.device]:
    import torch

    from studio.engine.device import resolve
    from studio.library.run_folder import load_model

    device = resolve(arguments.device)
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    loaded = load_model(arguments.run)
    loaded.model.to(device)
    return loaded, device


def _labels(loaded: LoadedModel, label: int | None, count: int) -> torch.Tensor | None:
    import torch

    from models.capabilities import Conditional

    if label is None:
        return None
    if not isinstance(loaded.model, Conditional):
        raise ValueError(f"{loaded.title} cannot be told which digit to draw: leave out --label")
    classes = loaded.spec.shape.classes
    if not 0 <= label < classes:
        raise ValueError(f"--label must be from 0 to {classes - 1}, not {label}")
    return torch.full((count,), label, dtype=torch.int64)


def _insist_on_suffix(path: Path, *suffixes: str) -> None:
    """Before hours of work: can this become a file at all?"""
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"--out must end in {' or '.join(suffixes)}, not {path.name!r}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a file")
    ground = next(folder for folder in path.absolute().parents if folder.exists())
    if not ground.is_dir():
        raise ValueError(f"cannot write {path}: {ground} is not a folder")


def _insist_on_grey(loaded: LoadedModel) -> None:
    if loaded.spec.shape.channels != 1:
        raise ValueError(
            f"{loaded.title} in this run paints in colour; only grey digits can be read"
        )


def _pixels(images: torch.Tensor) -> NDArray[np.float32]:
    """(N, C, H, W) on the CPU to float32 (N, H, W), or (N, H, W, C) with colours."""
    import numpy as np

    array = images.detach().permute(0, 2, 3, 1).numpy().astype(np.float32)
    return array[..., 0] if array.shape[-1] == 1 else array


def _about(loaded: LoadedModel) -> dict[str, object]:
    from studio.library.format import plain_settings

    return {"name": loaded.spec.model, "settings": plain_settings(loaded.spec.settings)}


def _result(arguments: argparse.Namespace, loaded: LoadedModel, how: str, **more: Json) -> Json:
    return {
        "out": str(arguments.out),
        "model": loaded.spec.model,
        "step": loaded.step,
        "how": how,
        **more,
    }


class Progress:
    """Says on stderr how far the work is: one line that changes on a terminal, else now and then.

    Arguments:
        every: Seconds between lines where there is no terminal.
    """

    def __init__(self, every: float = 5.0) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.1 if self._terminal else every
        self._next: float | None = None
        self._width = 0

    def show(self, text: str) -> None:
        """Replaces what was shown before, unless that was a moment ago."""
        now = time.monotonic()
        if self._next is None:
            # What is done at once needs no progress, and a log no line for it.
            self._next = now if self._terminal else now + self._every
        if now < self._next:
            return
        self._next = now + self._every
        if self._terminal:
            print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
            self._width = len(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """A line that stays."""
        self.end()
        print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leaves the line that changes."""
        if self._terminal and self._width:
            print(file=sys.stderr, flush=True)
        self._width = 0


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
