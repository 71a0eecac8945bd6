"""Modescope: `python main.py` opens the window, `python main.py COMMAND` runs without one."""

from __future__ import annotations

import importlib
import os
import sys

# Idle OpenMP threads that spin steal the core from the window and from each other: training next
# to a busy window was measured ten times slower. Read once, when PyTorch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

HELP = """\
usage: python main.py                 open the window
       python main.py COMMAND ...     run without a window

commands:
  models     list all models with their settings, as JSON
  train      train a model and keep the run in a folder
  sample     draw new digits with a trained model
  encode     encode digits and decode them again
  inpaint    fill a hole in a digit in several ways
  evaluate   measure what a trained model draws beside what real data would get
  lab        cause collapse and cure it: list the experiments, play one, or test it over seeds
  reproduce  play published experiments again and print measured beside published
  runs       list, show, verify, export and import runs
  data pen   write digits of the built-in data set into a file
  mine       list, export and import the drawings that were kept as digits of one's own
  tour       drive the window over every page and take pictures; needs no display

python main.py COMMAND --help tells more. --version tells the version.
"""

COMMANDS = (
    *("models", "train", "sample", "encode", "inpaint", "evaluate", "reproduce", "lab"),
    *("runs", "data", "mine", "tour"),
)


def main(argv: list[str]) -> int:
    """Opens the window or runs a command; returns the exit status."""
    match argv:
        case []:
            return _window()
        case ["-h" | "--help"]:
            print(HELP, end="")
            return 0
        case ["--version"]:
            from studio.library import VERSION

            print(f"Modescope {VERSION}")
            return 0
        case ["tour", *rest]:
            if not _has_qt():
                return _refuse(f"The tour drives the window, and {_NO_QT}")
            return _with_qt("studio.tour", rest)
        case [command, *_] if command in COMMANDS:
            from studio import cli

            return cli.main(argv)
    return _refuse(f"There is no command {argv[0]!r}; known: {', '.join(COMMANDS)}.")


_NO_QT = (
    "PySide6 is not installed: run `pip install PySide6-Essentials pyqtgraph`, or use the headless "
    "commands that `python main.py --help` lists."
)


def _window() -> int:
    if not _has_qt():
        return _refuse(f"The window cannot open because {_NO_QT}")
    if not has_display(os.environ, sys.platform):
        return _refuse(
            "There is no display for the window: start it in a desktop session or by "
            "`xvfb-run -a python main.py`, or use the headless commands, of which "
            "`python main.py tour --out tour` takes pictures of every page."
        )
    return _with_qt("studio.desktop", [])


def _with_qt(module: str, argv: list[str]) -> int:
    """Runs `main(argv)` of a module that imports Qt."""
    try:
        program = importlib.import_module(module)
    except ImportError as error:
        if ".so" not in str(error):
            raise
        return _refuse(f"Qt lacks a system library ({error}): `make run` installs it.")
    return int(program.main(argv))


def has_display(environ: os._Environ[str] | dict[str, str], platform: str) -> bool:
    """Whether a window could appear, as far as the environment tells."""
    if not platform.startswith("linux"):
        return True
    wanted = environ.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    if wanted and wanted != "xcb" and not wanted.startswith("wayland"):
        return True  # offscreen, vnc, eglfs and the like bring their own
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _has_qt() -> bool:
    try:
        import PySide6  # noqa: F401
    except ImportError:
        return False
    return True


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
