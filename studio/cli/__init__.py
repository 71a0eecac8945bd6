"""The headless commands: everything that needs no window, on the same engine.

The result is one line of JSON, the last on stdout. Progress goes to stderr. Bad input ends with
one sentence on stderr and exit status 2; a training that fails by itself ends with 1. Ctrl+C and
SIGTERM end a training early, keep the run, print its result and exit with 130 and 143, as shells
expect; a second one does not wait for the round to end.

A command is a function from its arguments and a `Progress` to a result and an exit status; those
that answer people (`evaluate`, `reproduce`, `lab`) print tables, and JSON if asked to. PyTorch
is imported by the commands that compute, so that help and mistakes answer at once.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from studio.cli.parser import make_parser
from studio.cli.speech import Progress, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Progress", "main"]


def main(argv: Sequence[str]) -> int:
    """Runs one command; returns the exit status and never raises."""
    try:
        arguments = make_parser().parse_args(argv)
    except SystemExit as end:  # argparse has said what there was to say
        return int(end.code or 0)
    progress = Progress()
    try:
        result, status = arguments.command(arguments, progress)
    except KeyboardInterrupt as stop:
        message, status = stop.args or ("interrupted; nothing was written", 130)
        return _complain(progress, message, status)
    except BrokenPipeError:
        _unread()
        return 0
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
    try:
        if result is not None:
            print(json.dumps(result))
        sys.stdout.flush()
    except BrokenPipeError:
        _unread()
    return int(status)


def _unread() -> None:
    """Nobody reads on, which is no mistake; Python would complain when it closes the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(progress: Progress, message: str, status: int) -> int:
    progress.end()
    print(sentence(message), file=sys.stderr, flush=True)
    return status
