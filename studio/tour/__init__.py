"""A tour of the real window: every page, with a short real training, and a picture of each.

It works where there is no display, and it is how the pictures in the README are made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from studio.app import create_window
from studio.lab.presets import find
from studio.tour.walk import SMALL, Tour

__all__ = ["Tour", "main"]


def main(argv: list[str]) -> int:
    """`python main.py tour --out DIR`: pictures into DIR, their names as JSON on stdout."""
    parser = argparse.ArgumentParser(prog="main.py tour", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--model", default="gan", help="what to train (default: gan)")
    parser.add_argument("--seconds", type=float, default=25.0, help="how long to train")
    parser.add_argument(
        "--lesson", default="ring-collapse", help="of the lab (default: ring-collapse)"
    )
    options = parser.parse_args(argv)
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        lesson = find(options.lesson)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.stderr.write(f"The folder {options.out} cannot be made: {error.strerror}.\n")
        return 2
    app = QApplication(["modescope"])
    window = create_window()
    window.resize(SMALL)
    window.show()
    tour = Tour(window, options.out, options.model, options.seconds, lesson)
    try:
        tour.take()
    except (RuntimeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        window.close()
        app.quit()
    sys.stdout.write(json.dumps({"folder": str(options.out), "files": tour.pictures}) + "\n")
    return 0
