"""A tour of the real window: every page, with a short real training, and a picture of each.

It works where there is no display, and it is how the pictures in the README are made.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QPoint, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar, QWidget

from studio.app import Studio, create_window
from studio.engine.events import Phase
from studio.lab.presets import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.lab.preset import Preset

SMALL, LARGE = QSize(1280, 800), QSize(1920, 1080)
SEVEN = ((0.30, 0.26), (0.50, 0.25), (0.68, 0.27), (0.60, 0.45), (0.50, 0.62), (0.44, 0.80))
HOLE = ((0.40, 0.60), (0.60, 0.60), (0.40, 0.72), (0.60, 0.72), (0.42, 0.84), (0.56, 0.84))


class Tour:
    """Drives one window by mouse and keyboard.

    Arguments:
        window: Shown already.
        folder: Where the pictures go.
        model: What is trained.
        seconds: For how long, at least.
        lesson: What is tried in the collapse lab.
    """

    def __init__(
        self, window: QMainWindow, folder: Path, model: str, seconds: float, lesson: Preset
    ) -> None:
        studio = window.findChild(Studio)
        assert isinstance(studio, Studio)
        self._window, self._studio, self._folder = window, studio, folder
        self._model, self._seconds, self._lesson = model, seconds, lesson
        self.pictures: list[str] = []

    def take(self) -> None:
        """Walks through everything."""
        studio = self._studio
        self._until("the models are loaded", lambda: studio.exploring.current is not None, 120)
        self._until("the first samples", lambda: len(studio.train.grid.images()) > 0, 60)
        self._picture("first-launch")
        self._train()
        self._draw()
        self._map()
        self._export()
        self._look_back()
        self._library()
        self._other_looks()
        self._lab()

    def _train(self) -> None:
        studio = self._studio
        studio.picker.choose(self._model)
        studio.picker.model_chosen.emit(self._model)
        self._say(f"training {studio.training.title(self._model)}")
        QTest.mouseClick(self._child("startButton"), Qt.MouseButton.LeftButton)
        self._until(
            "the training has run a while",
            lambda: (
                studio.state.data is not None and studio.state.data.pace.seconds >= self._seconds
            ),
            self._seconds + 300,
        )
        self._picture("train")

    def _draw(self) -> None:
        studio, canvas = self._studio, self._child("digitCanvas")
        QTest.mouseClick(self._child("pageButtonDraw"), Qt.MouseButton.LeftButton)
        self._wait(0.3)
        self._stroke(canvas, SEVEN)
        self._until(
            "the model reads the drawing", lambda: bool(studio.draw_room.drawing.answered), 60
        )
        QTest.mouseClick(self._child("maskButton"), Qt.MouseButton.LeftButton)
        self._stroke(canvas, HOLE)
        QTest.keyClick(canvas, Qt.Key.Key_F)
        self._until("the hole is filled", lambda: studio.draw_room.filling.completed, 120)
        self._wait(0.5)
        self._picture("draw")

    def _map(self) -> None:
        studio, plane = self._studio, self._child("latentMap")
        QTest.mouseClick(self._child("pageButtonMap"), Qt.MouseButton.LeftButton)
        self._until("the map is drawn", lambda: studio.map_room.mapping.settled, 90)
        self._wheel(plane, 1)
        self._wait(1.0)
        self._until("the map is drawn anew", lambda: studio.map_room.mapping.settled, 90)
        middle = plane.rect().center()
        QTest.mouseClick(
            plane,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            middle + QPoint(120, -60),
        )
        self._wait(1.0)
        self._picture("map")

    def _look_back(self) -> None:
        """Drags the timeline back to where the training was a fifth of its way."""
        studio, strip = self._studio, self._child("timelineStrip")
        studio.training.pause()
        run = studio.state.data
        assert run is not None
        self._until("the training is paused", lambda: studio.state.phase is Phase.PAUSED, 60)
        QTest.mouseClick(self._child("pageButtonTrain"), Qt.MouseButton.LeftButton)
        start, end = studio.bar.strip.x_of(run.pace.step), studio.bar.strip.x_of(run.pace.step // 5)
        QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(int(start), 28))
        for share in (0.3, 0.6, 1.0):
            QTest.mouseMove(strip, QPoint(int(start + share * (end - start)), 28))
            self._wait(0.1)
        QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(int(end), 28))
        self._until("the cursor looks back", lambda: studio.timeline.looking_back, 10)
        self._picture("timeline")
        QTest.mouseClick(self._child("pageButtonMap"), Qt.MouseButton.LeftButton)
        cursor = studio.timeline.cursor or 0
        self._until(
            "the map is as it was",
            lambda: (
                studio.exploring.current is not None and studio.exploring.current.step <= cursor
            ),
            60,
        )
        self._wait(0.3)
        self._until("the map is drawn", lambda: studio.map_room.mapping.settled, 90)
        self._picture("timeline-map")
        QTest.mouseClick(self._child("timelineLiveButton"), Qt.MouseButton.LeftButton)
        studio.training.resume()

    def _library(self) -> None:
        studio = self._studio
        QTest.mouseClick(self._child("pageButtonLibrary"), Qt.MouseButton.LeftButton)
        self._until("the runs are listed", lambda: bool(studio.library.shelf.cards()), 60)
        self._wait(1.5)
        self._picture("library")

    def _lab(self) -> None:
        """Trains a lesson into collapse, and cures it."""
        studio, lesson = self._studio, self._lesson
        QTest.mouseClick(self._child("stopButton"), Qt.MouseButton.LeftButton)
        self._until("the training has ended", lambda: not studio.state.active, 60)
        QTest.mouseClick(self._child("pageButtonLab"), Qt.MouseButton.LeftButton)
        studio.instruments.lab_page.choose(lesson.name)
        self._wait(0.3)
        self._picture("lab")
        QTest.mouseClick(self._child("lessonStart"), Qt.MouseButton.LeftButton)
        self._until("the lesson is played", lambda: studio.state.phase is Phase.RUNNING, 120)
        self._show_instrument("Classes")
        cured = [act.step for act in lesson.acts]
        # The first act of a lesson that begins in health causes its collapse, the last one ends it.
        self._reach(cured[-1] - 60 if cured else lesson.steps)
        self._picture("lab-collapse")
        if cured:
            self._reach(lesson.steps)
            self._picture("lab-cure")
        QTest.mouseClick(self._child("stopButton"), Qt.MouseButton.LeftButton)
        self._until("the lesson has ended", lambda: not studio.state.active, 60)

    def _reach(self, step: int) -> None:
        run = self._studio.state.data
        assert run is not None
        self._until(
            f"step {step:,}",
            lambda: run.pace.step >= step or not self._studio.state.active,
            60 + 10 * self._lesson.seconds,
        )

    def _show_instrument(self, title: str) -> None:
        tabs = self._child("instrumentTabs")
        assert isinstance(tabs, QTabBar)
        index = next(i for i in range(tabs.count()) if tabs.tabText(i) == title)
        QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(index).center())

    def _export(self) -> None:
        written: list[str] = []
        exporting = self._studio.exporting
        exporting.exported.connect(written.append)
        exporting.refused.connect(written.append)
        names = {"grid": "samples.png", "csv": "curves.csv", "svg": "curves.svg"}
        for kind, name in names.items():
            exporting.write(kind, self._folder / name)
        self._until("the exports are written", lambda: len(written) == len(names), 60)
        for film in ("training.gif", "training.mp4"):
            # One at a time: a newer film would take the place of an older that is not yet written.
            count = len(written) + 1
            exporting.write("film", self._folder / film)
            self._until(f"{film} is written", functools.partial(_holds, written, count), 60)
        for name in written:
            if not Path(name).exists():
                raise RuntimeError(name)
        self.pictures += sorted(Path(name).name for name in written)
        self._studio.notices.hide()

    def _other_looks(self) -> None:
        chosen = self._studio.scheme
        for scheme in ("dark", "light"):
            self._studio.window.scheme_chosen.emit(scheme)
            for size in (SMALL, LARGE):
                self._window.resize(size)
                for page, name in enumerate(("train", "draw", "map", "library", "lab")):
                    self._studio.window.show_page(page)
                    self._wait(0.4)
                    if name == "map":
                        self._until(
                            "the map is drawn", lambda: self._studio.map_room.mapping.settled, 60
                        )
                    self._picture(f"{name}-{scheme}-{size.width()}x{size.height()}")
        self._window.resize(SMALL)
        # The tour looks at both themes, but leaves the user's own as it was.
        self._studio.window.scheme_chosen.emit(chosen)

    # -- hands and eyes -------------------------------------------------------------------------

    def _child(self, name: str) -> QWidget:
        found = self._window.findChild(QWidget, name)
        assert isinstance(found, QWidget), f"there is no {name} in the window"
        return found

    def _stroke(self, canvas: QWidget, path: tuple[tuple[float, float], ...]) -> None:
        points = [QPoint(int(x * canvas.width()), int(y * canvas.height())) for x, y in path]
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
        for point in points[1:]:
            QTest.mouseMove(canvas, point)
            self._wait(0.02)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])
        self._wait(0.1)

    def _wheel(self, widget: QWidget, notches: int) -> None:
        middle = QPointF(widget.rect().center())
        event = QWheelEvent(
            middle,
            QPointF(widget.mapToGlobal(middle.toPoint())),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)

    def _picture(self, name: str) -> None:
        self._wait(0.2)
        path = self._folder / f"{name}.png"
        if not self._window.grab().save(str(path)):
            raise OSError(f"{path} could not be written.")
        self.pictures.append(path.name)
        self._say(f"picture {path.name}")

    def _wait(self, seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(int(1000 * seconds), loop.quit)
        loop.exec()

    def _until(self, what: str, holds: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise RuntimeError(f"The tour waited {seconds:.0f} s in vain until {what}.")
            self._wait(0.05)

    def _say(self, text: str) -> None:
        sys.stderr.write(f"tour: {text}\n")
        sys.stderr.flush()


def _holds(things: list[str], count: int) -> bool:
    return len(things) >= count


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
