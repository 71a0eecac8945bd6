"""The commands and their options; a mistake in them ends as one sentence with exit status 2."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from studio.cli import answers, evaluate, lab, listing, mine, options, reproduce, runs, training
from studio.cli.speech import sentence
from studio.library import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.cli.outputs import Json
    from studio.cli.speech import Progress

    Work = Callable[[argparse.Namespace, Progress], tuple[Json, int]]
    _Commands = argparse._SubParsersAction["_Parser"]

ABOUT = "The headless commands: everything that needs no window, on the same engine."


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(sentence(f"{message} (see {self.prog} --help)"), file=sys.stderr)
        sys.exit(2)


def make_parser() -> _Parser:
    """A parser of all commands; what it returns holds the function to run as `command`.

    A command that prints its answer by itself (a table, or JSON if asked for) gives None and the
    exit status.
    """
    parser = _Parser(prog="python main.py", allow_abbrev=False, description=ABOUT)
    parser.add_argument("--version", action="version", version=f"Modescope {VERSION}")
    commands = _commands_of(parser)
    command = _adder(commands)

    command("models", listing.list_models, "List all models with their settings.")

    train = command("train", training.train, "Train a model and keep the run in a folder.")
    train.add_argument("model", nargs="?", metavar="MODEL", help="a name that `models` lists")
    train.add_argument(
        "--room",
        type=options.count,
        default=256,
        metavar="MB",
        help="for its snapshots (default: 256)",
    )
    train.add_argument("--resume", type=Path, metavar="RUNDIR", help="go on with a run instead")
    train.add_argument("--data", help="pen, mnist, mine, ring8, ... (default: pen)")
    train.add_argument("--data-root", type=Path, metavar="DIR", help="where the files lie already")
    train.add_argument("--mirror", metavar="URL", help="where to fetch the files from instead")
    budget = train.add_mutually_exclusive_group()
    budget.add_argument("--steps", metavar="N", help="rounds to play, in all where a run goes on")
    budget.add_argument("--seconds", type=_seconds, metavar="S", help="train for so long instead")
    train.add_argument("--batch-size", metavar="B", help="digits per move of a player")
    train.add_argument("--set", action="append", default=[], metavar="key=value", help="a setting")
    train.add_argument("--out", type=Path, metavar="RUNDIR", help="a new folder")
    _add_computing(train)
    train.set_defaults(seed=None, device=None)

    sample = command("sample", answers.sample, "Draw new digits with a trained model.")
    _add_run(sample)
    sample.add_argument("--count", type=options.count, default=64, metavar="N", help="default: 64")
    sample.add_argument("--label", type=int, metavar="D", help="the digit, if the model is told")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE", help=".npz or .png")
    _add_computing(sample)

    encode = command("encode", answers.encode, "Encode digits and decode them again.")
    _add_run(encode)
    encode.add_argument("image", type=Path, metavar="IMAGE", help=".png, or .npy of one or more")
    encode.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    _add_computing(encode)

    inpaint = command("inpaint", answers.inpaint, "Fill a hole in a digit in several ways.")
    _add_run(inpaint)
    inpaint.add_argument("image", type=Path, metavar="IMAGE", help=".png or .npy")
    inpaint.add_argument(
        "--mask",
        type=Path,
        help="not zero where to fill; without one the model finds out what is missing",
    )
    inpaint.add_argument("--count", type=options.count, default=4, metavar="K", help="default: 4")
    inpaint.add_argument(
        "--variety",
        type=options.share,
        default=0.5,
        metavar="V",
        help="0 for the most likely fillings, 1 for the most varied (default: 0.5)",
    )
    inpaint.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    _add_computing(inpaint)

    printing = {"evaluate": evaluate, "reproduce": reproduce, "lab": lab}
    for name, module in printing.items():
        module.add_parser(commands)
        commands.choices[name].set_defaults(command=_printed(module.run))

    _add_runs(command("runs", runs.list_all, "List, check, export and import runs."))

    _add_mine(command("mine", mine.list_all, "List, export and import the drawings one has kept."))

    sets = command("data", listing.write_pen, "Write digits of the built-in data set into a file.")
    sets.add_argument("set", choices=("pen",), metavar="pen", help="the procedural pen")
    sets.add_argument("--count", type=options.count, required=True, metavar="N")
    sets.add_argument("--seed", type=options.seed, default=0, metavar="S", help="default: 0")
    sets.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    return parser


def _printed(work: Callable[[argparse.Namespace], int]) -> Callable[..., tuple[None, int]]:
    def command(arguments: argparse.Namespace, progress: Progress) -> tuple[None, int]:
        return None, work(arguments)

    return command


def _commands_of(parser: _Parser) -> _Commands:
    return parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)


def _adder(commands: _Commands) -> Callable[[str, Work, str], _Parser]:
    def command(name: str, work: Work, help: str) -> _Parser:
        made = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        made.set_defaults(command=work)
        return made

    return command


def _add_runs(parser: _Parser) -> None:
    command = _adder(_commands_of(parser))
    every = command("list", runs.list_all, "List all runs, the newest first.")
    show = command("show", runs.show, "Show everything about a run.")
    verify = command("verify", runs.verify, "Read every byte of a run against its checksum.")
    export = command("export", runs.export, "Write a run into one file.")
    take_in = command("import", runs.take_in, "Make a run of such a file.")
    for told in (show, verify, export):
        told.add_argument("run", type=Path, metavar="RUNDIR", help="the folder of a run")
    for file in (export, take_in):
        file.add_argument("file", type=Path, metavar="FILE.modescope")
    for rooted in (every, take_in):
        rooted.add_argument("--root", type=Path, metavar="DIR", help="the folder of all runs")


def _add_mine(parser: _Parser) -> None:
    command = _adder(_commands_of(parser))
    every = command("list", mine.list_all, "Say how many there are of each digit.")
    export = command("export", mine.export, "Write them as a pair of IDX files, or as pictures.")
    take_in = command(
        "import", mine.take_in, "Keep the digits of IDX files or folders of pictures."
    )
    export.add_argument("path", type=Path, metavar="PATH", help="either file; .gz packs both")
    export.add_argument(
        "--pictures", action="store_true", help="make PATH a folder of PNGs: 7/0001.png"
    )
    take_in.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a file of a pair, or a folder"
    )
    for told in (export, take_in):
        told.add_argument(
            "--label", type=_digit, metavar="D", help="only this digit; of an import: all are it"
        )
    for placed in (every, export, take_in):
        placed.add_argument("--folder", type=Path, metavar="DIR", help="another set than one's own")


def _digit(text: str) -> int:
    return options.number(text, 0, 9)


def _add_run(parser: _Parser) -> None:
    parser.add_argument("run", type=Path, metavar="RUNDIR", help="a run folder or a model file")
    parser.add_argument(
        "--at",
        type=options.step,
        metavar="STEP",
        help="as it was then: at its last snapshot until STEP",
    )


def _add_computing(parser: _Parser) -> None:
    parser.add_argument("--seed", type=options.seed, default=0, metavar="S", help="default: 0")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument("--threads", type=options.threads, metavar="T", help="CPU threads")


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        value = float(text)
        if 0 < value < math.inf:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
