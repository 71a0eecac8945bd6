"""The command `reproduce`: published experiments run again, measured beside published."""

from __future__ import annotations

import json
import math
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any, Protocol

from studio.cli import options
from studio.cli.speech import Progress, duration
from studio.lab.published.tables import PROTOCOLS, protocol

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from studio.cli.outputs import Json
    from studio.lab.published import tables

ABOUT = "Run a published experiment again and print measured beside published."
WIDTH = 96
MOST = 1_000


class Game(Protocol):
    """What is played for a row of the table.

    Attributes:
        steps: Rounds of a seed's game.
        step: Rounds played.
    """

    steps: int
    step: int

    def play(self) -> Iterator[float]:
        """Plays; yields the share that is done after each round."""
        ...

    def measure(self) -> list[dict[str, float]]:
        """Figures by name for each seed that has begun, as of now."""
        ...


@dataclass(frozen=True)
class Measured:
    """A row that was run.

    Attributes:
        seeds: The figures of each seed.
        cut: The round at which Ctrl+C ended it, None where it was played to the end.
    """

    row: tables.Row
    seeds: list[dict[str, float]]
    cut: int | None

    def of(self, figure: tables.Figure) -> tuple[float, float | None]:
        """The mean over the seeds and its standard error."""
        values = [seed[figure.name] for seed in self.seeds]
        error = stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
        return mean(values), error


def add_parser(subparsers: Any) -> None:
    """Adds the command, whose work is `run`."""
    parser = subparsers.add_parser("reproduce", help=ABOUT, description=ABOUT, allow_abbrev=False)
    parser.add_argument("name", nargs="?", metavar="NAME", help="a protocol that --list names")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--short", action="store_true", help="shortened, for a CPU")
    parser.add_argument("--only", action="append", metavar="METHOD", help="of the rows only this")
    parser.add_argument("--seeds", type=_some, metavar="K", help="seeds 0 to K - 1")
    parser.add_argument("--steps", type=_rounds, metavar="N", help="rounds instead of all")
    parser.add_argument("--json", action="store_true", help="print one object and no table")
    parser.add_argument("--root", type=Path, metavar="DIR", help="where MNIST's files lie")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument("--threads", type=options.threads, metavar="T", help="CPU threads")


def run(arguments: argparse.Namespace) -> int:
    """Plays a protocol's rows and prints the table; exit status 130 after Ctrl+C.

    Raises:
        ValueError: no such protocol or method, or no data for it; one sentence.
    """
    if arguments.list or arguments.name is None:
        print(_listed(as_json=arguments.json), flush=True)
        return 0
    told = protocol(arguments.name)
    rows = _chosen(told, arguments.only)
    steps = arguments.steps or (told.short_steps if arguments.short else told.steps)
    trials = arguments.seeds or (told.short_trials if arguments.short else told.trials)
    began = time.monotonic()
    progress = Progress()
    new_game, device = _games(told, arguments, steps, list(range(trials)), progress)
    if not arguments.json:
        progress.say(textwrap.fill(f"{told.title}. {told.recipe}", WIDTH))
    measured, interrupted = _play(rows, new_game, progress)
    progress.end()
    result = {
        "protocol": told.name,
        "title": told.title,
        "source": told.source,
        "less": _less(told, arguments, steps, trials),
        "steps": steps,
        "seeds": trials,
        "device": device,
        "seconds": round(time.monotonic() - began, 1),
        "interrupted": interrupted,
        "rows": [_described(told, one) for one in measured],
    }
    if arguments.json:
        print(json.dumps(result), flush=True)
    else:
        print(_table(told, measured, result), flush=True)
    return 130 if interrupted else 0


def _some(text: str) -> int:
    return options.number(text, 1, MOST)


def _rounds(text: str) -> int:
    return options.number(text, 1, 10**9)


def _chosen(told: tables.Protocol, only: Sequence[str] | None) -> list[tables.Row]:
    """The rows to run."""
    own = {row.method.lower(): row for row in told.rows if row.packing is not None}
    for name in only or ():
        if name.lower() not in own:
            known = ", ".join(row.method for row in own.values())
            raise ValueError(f"{told.name} has no row {name!r} to run; known: {known}")
    wanted = [name.lower() for name in only] if only else list(own)
    return [row for name, row in own.items() if name in wanted]


def _games(
    told: tables.Protocol,
    arguments: argparse.Namespace,
    steps: int,
    seeds: list[int],
    progress: Progress,
) -> tuple[Callable[[int], Game], str]:
    """What makes a game of a packing, and the device on which it is played."""
    import torch

    from studio.engine.device import resolve

    device = resolve(arguments.device)
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    if told.kind != "stack":
        from studio.lab.published import plane_game

        centres, sigma = plane_game.ring() if told.kind == "ring" else plane_game.grid()

        def plane(packing: int) -> Game:
            return plane_game.PlaneGame(
                centres, sigma, packing=packing, seeds=seeds, steps=steps, device=device
            )

        return plane, str(device)
    import numpy as np

    from studio import data
    from studio.instruments.classifier import load_classifier
    from studio.lab.published import stack_game

    sets = [
        data.load(
            "mnist",
            split,
            root=arguments.root,
            progress=lambda message, fraction: progress.show(f"{message} {fraction:.0%}"),
        )
        for split in ("train", "test")
    ]
    digits = np.concatenate([one.images for one in sets])
    classifier = load_classifier()
    channels = stack_game.CHANNELS // (4 if arguments.short else 1)

    def stack(packing: int) -> Game:
        return stack_game.StackGame(
            digits,
            classifier,
            packing=packing,
            seeds=seeds,
            steps=steps,
            device=device,
            channels=channels,
        )

    return stack, str(device)


def _play(
    rows: Sequence[tables.Row], new_game: Callable[[int], Game], progress: Progress
) -> tuple[list[Measured], bool]:
    """The rows as far as they were played, and whether Ctrl+C ended it."""
    done: list[Measured] = []
    began = time.monotonic()
    for place, row in enumerate(rows):
        assert row.packing is not None
        game: Game | None = None
        try:
            progress.show(f"{row.method}: preparing")
            game = new_game(row.packing)
            for share in game.play():
                whole = (place + share) / len(rows)
                left = (time.monotonic() - began) * (1 - whole) / whole
                progress.show(
                    f"{row.method}, {share:.1%} of row {place + 1} of {len(rows)}, "
                    f"{duration(left)} left in all"
                )
            done.append(Measured(row, game.measure(), None))
        except KeyboardInterrupt:
            progress.say("Interrupted: measuring what is there; once more to leave at once.")
            seeds = [] if game is None or not game.step else game.measure()
            if game is not None and seeds:
                done.append(Measured(row, seeds, game.step))
            return done, True
    return done, False


def _less(
    told: tables.Protocol, arguments: argparse.Namespace, steps: int, trials: int
) -> list[str]:
    """In what the run is less than what was published."""
    less = []
    if steps < told.steps:
        less.append(f"{steps:,} of {told.steps:,} rounds")
    if arguments.short and told.shortened:
        less.append(told.shortened)
    if trials < told.trials:
        less.append(f"{trials} of {told.trials} trials")
    return less


def _described(told: tables.Protocol, one: Measured) -> Json:
    figures = {}
    for figure in told.figures:
        average, error = one.of(figure)
        published, its_error = one.row.published[figure.name]
        figures[figure.name] = {
            "measured": average,
            "error": error,
            "published": published,
            "published_error": its_error,
        }
    return {"method": one.row.method, "cut": one.cut, "figures": figures, "seeds": one.seeds}


def _table(told: tables.Protocol, measured: Sequence[Measured], result: dict[str, Json]) -> str:
    heads = [name for figure in told.figures for name in (figure.title, "published")]
    lines = [["", *heads]]
    marked = "*" if result["less"] else ""
    for one in measured:
        cells = [one.row.method + marked + ("" if one.cut is None else f" (cut at {one.cut:,})")]
        for figure in told.figures:
            cells += [figure.text(*one.of(figure)), figure.text(*one.row.published[figure.name])]
        lines.append(cells)
    for row in told.rows:
        if row.packing is None:
            cells = [row.method]
            for figure in told.figures:
                found = row.published.get(figure.name)
                cells += ["", "" if found is None else figure.text(*found)]
            lines.append(cells)
    wide = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    table = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, wide, strict=True))
        ).rstrip()
        for line in lines
    ]
    notes = [f"Published: {told.source}. Means and standard errors over trials."]
    notes.append(f"Measured in {duration(result['seconds'])} on {result['device']}.")
    if unread := [_unread(one) for one in measured if "share_none" in one.seeds[0]]:
        notes.append(f"With a channel that is no digit: {', '.join(unread)} of the samples.")
    if result["less"]:
        notes.append(f"* Shortened, not the published protocol: {'; '.join(result['less'])}.")
    return "\n".join([told.title, "", *table, "", *notes])


def _unread(one: Measured) -> str:
    """Without it garbage would pass for a collapse: a digit is read into everything."""
    return f"{one.row.method} {mean(seed['share_none'] for seed in one.seeds):.0%}"


def _listed(*, as_json: bool) -> str:
    if as_json:
        return json.dumps(
            [
                {
                    "name": told.name,
                    "title": told.title,
                    "source": told.source,
                    "recipe": told.recipe,
                    "methods": [row.method for row in told.rows if row.packing is not None],
                    "trials": told.trials,
                    "steps": told.steps,
                }
                for told in PROTOCOLS
            ]
        )
    paragraphs = []
    for told in PROTOCOLS:
        methods = ", ".join(row.method for row in told.rows if row.packing is not None)
        paragraphs.append(f"{told.name}: {told.title}\n  {told.source}\n  runs {methods}")
        indent = "  "
        paragraphs.append(
            textwrap.fill(told.recipe, WIDTH, initial_indent=indent, subsequent_indent=indent)
        )
    return "\n".join(paragraphs)
