"""How soon a stroke is answered: from letting go of the pen to the reconstruction on screen.

A stroke is drawn by mouse as by hand, 60 moves a second, and its last move and the release come at
once, so that there is something new to answer at the end. A row counts as answered when its final
answer for this very drawing has been painted.
"""

from __future__ import annotations

import contextlib
import io
import random
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QTest

from bench import opened
from bench.responsiveness import until, wait
from studio import cli
from studio.app import Studio
from studio.bridge.jury import Jury
from studio.state.panel import Panel, member
from studio.views.answers_tab import AnswersTab

LEFT = Qt.MouseButton.LeftButton
SUBJECT = ""
PANEL = ("dense_ae", "cvae", "vqvae", "vae")
"""Beside the model in the window; the first of them is the panel of one."""
ROUNDS = 200
MOVES = 14


class Stopwatch(QObject):
    """Notes when each model's final answer to the newest drawing is on screen."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._waiting: set[str] = set()
        self.painted: dict[str, float] = {}
        opened.part(studio, Jury).said.connect(self._on_said)
        self._paints = opened.Painted(opened.part(studio, AnswersTab), self._on_painted)

    def forget(self) -> None:
        """Another drawing begins."""
        self._waiting, self.painted = set(), {}

    def _on_said(self, name: str, key: str, value: object, last: bool) -> None:
        if name == "answer" and last:
            self.painted.pop(key, None)
            self._waiting.add(key)

    def _on_painted(self) -> None:
        now = time.perf_counter()
        for key in self._waiting:
            self.painted[key] = now
        self._waiting.clear()


def stroke(studio: Studio, dice: random.Random) -> float:
    """Draws a wave; the moment at which the pen is lifted."""
    canvas = studio.draw.canvas
    side = min(canvas.width(), canvas.height())
    x, y = dice.uniform(0.3, 0.5) * side, dice.uniform(0.15, 0.3) * side
    bend = dice.uniform(-0.2, 0.3) * side

    def at(move: int) -> QPoint:
        share = move / MOVES
        return QPoint(round(x + bend * np.sin(3 * share)), round(y + 0.5 * side * share))

    QTest.mousePress(canvas, LEFT, pos=at(0))
    for move in range(1, MOVES):
        wait(0.016)
        QTest.mouseMove(canvas, at(move))
    wait(0.016)
    QTest.mouseMove(canvas, at(MOVES))
    lifted = time.perf_counter()
    QTest.mouseRelease(canvas, LEFT, pos=at(MOVES))
    return lifted


def latency(
    studio: Studio, watch: Stopwatch, keys: set[str], strokes: int, patience: float = 10.0
) -> dict[str, object]:
    """Of the model in the window, and until all rows have answered.

    Arguments:
        patience: Seconds after which a stroke counts as unanswered.
    """
    dice = random.Random(0)
    first, all_rows, missed = list[float](), list[float](), 0
    for _ in range(strokes):
        studio.draw.canvas.clear()
        wait(0.3)
        watch.forget()
        lifted = stroke(studio, dice)
        try:
            until(
                lambda lifted=lifted: all(watch.painted.get(key, 0) > lifted for key in keys),  # type: ignore[misc]
                patience,
            )
        except TimeoutError:
            missed += 1
            continue
        first.append(watch.painted[SUBJECT] - lifted)
        all_rows.append(max(watch.painted[key] for key in keys) - lifted)
    result: dict[str, object] = {"unanswered": missed}
    if first:
        result["the model in the window"] = opened.milliseconds(first)
        result["all rows"] = opened.milliseconds(all_rows)
    return result


def make_runs(folder: Path) -> list[Path]:
    """A short run of each model of the panel."""
    runs = []
    for model in PANEL:
        out = folder / "runs" / f"20260101-000000-{model}-000000"
        words = ["train", model, "--steps", str(ROUNDS), "--threads", "1", "--out", str(out)]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert cli.main(words) == 0
        runs.append(out)
    return runs


def measure(strokes: int = 40) -> dict[str, object]:
    """Median and 95th percentile in milliseconds, idle and while a VAE is trained."""
    result: dict[str, object] = {}
    with opened.home() as home:
        runs = make_runs(home)
        with opened.window() as (_, studio):
            watch = Stopwatch(studio)
            panel = opened.part(studio, Panel)
            for state in ("idle", "training"):
                if state == "training":
                    opened.train(studio, "vae", steps=1_000_000)
                studio.window.show_page(opened.DRAW)
                wait(1.5)
                for count in (1, len(PANEL)):
                    members = [
                        member(path, name, "pen")
                        for path, name in zip(runs[:count], PANEL, strict=False)
                    ]
                    panel.set_members(members)
                    keys = {SUBJECT, *(one.key for one in members)}
                    latency(
                        studio, watch, keys, 3, patience=180
                    )  # models and real digits are loaded
                    result[f"{state}, panel of {count}"] = latency(studio, watch, keys, strokes)
    return result
