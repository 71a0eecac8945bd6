"""The way of the tour through the window, from the first look to the lab."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QTabBar

from studio.app import Studio
from studio.engine.events import Phase
from studio.tour.drawing import draw
from studio.tour.hands import Hands
from studio.tour.mapping import explore

if TYPE_CHECKING:
    from studio.lab.preset import Preset

SMALL, LARGE = QSize(1280, 800), QSize(1920, 1080)


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
        self._hands = Hands(window, folder)

    @property
    def pictures(self) -> list[str]:
        """The names of what has been written so far."""
        return self._hands.pictures

    def take(self) -> None:
        """Walks through everything."""
        studio = self._studio
        self._hands.until(
            "the models are loaded", lambda: studio.exploring.current is not None, 120
        )
        self._hands.until("the first samples", lambda: len(studio.train.grid.images()) > 0, 60)
        self._hands.picture("first-launch")
        self._train()
        draw(self._hands, studio)
        explore(self._hands, studio)
        self._export()
        self._look_back()
        self._library()
        self._other_looks()
        self._lab()

    def _train(self) -> None:
        studio = self._studio
        studio.picker.choose(self._model)
        studio.picker.model_chosen.emit(self._model)
        self._hands.say(f"training {studio.training.title(self._model)}")
        self._hands.click("startButton")
        self._hands.until(
            "the training has run a while",
            lambda: (
                studio.state.data is not None and studio.state.data.pace.seconds >= self._seconds
            ),
            self._seconds + 300,
        )
        self._hands.picture("train")

    def _look_back(self) -> None:
        """Drags the timeline back to where the training was a fifth of its way."""
        studio, strip = self._studio, self._hands.child("timelineStrip")
        studio.training.pause()
        run = studio.state.data
        assert run is not None
        self._hands.until("the training is paused", lambda: studio.state.phase is Phase.PAUSED, 60)
        self._hands.click("pageButtonTrain")
        start, end = studio.bar.strip.x_of(run.pace.step), studio.bar.strip.x_of(run.pace.step // 5)
        QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(int(start), 28))
        for share in (0.3, 0.6, 1.0):
            QTest.mouseMove(strip, QPoint(int(start + share * (end - start)), 28))
            self._hands.wait(0.1)
        QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(int(end), 28))
        self._hands.until("the cursor looks back", lambda: studio.timeline.looking_back, 10)
        self._hands.picture("timeline")
        self._hands.click("pageButtonMap")
        cursor = studio.timeline.cursor or 0
        self._hands.until(
            "the map is as it was",
            lambda: (
                studio.exploring.current is not None and studio.exploring.current.step <= cursor
            ),
            60,
        )
        self._hands.wait(0.3)
        self._hands.until("the map is drawn", lambda: studio.map_room.mapping.settled, 90)
        self._hands.picture("timeline-map")
        self._hands.click("timelineLiveButton")
        studio.training.resume()

    def _library(self) -> None:
        studio = self._studio
        self._hands.click("pageButtonLibrary")
        self._hands.until("the runs are listed", lambda: bool(studio.library.shelf.cards()), 60)
        self._hands.wait(1.5)
        self._hands.picture("library")

    def _lab(self) -> None:
        """Trains a lesson into collapse, and cures it."""
        studio, lesson = self._studio, self._lesson
        self._hands.click("stopButton")
        self._hands.until("the training has ended", lambda: not studio.state.active, 60)
        self._hands.click("pageButtonLab")
        studio.instruments.lab_page.choose(lesson.name)
        self._hands.wait(0.3)
        self._hands.picture("lab")
        self._hands.click("lessonStart")
        self._hands.until("the lesson is played", lambda: studio.state.phase is Phase.RUNNING, 120)
        self._show_instrument("Classes")
        cured = [act.step for act in lesson.acts]
        # The first act of a lesson that begins in health causes its collapse, the last one ends it.
        self._reach(cured[-1] - 60 if cured else lesson.steps)
        self._hands.picture("lab-collapse")
        if cured:
            self._reach(lesson.steps)
            self._hands.picture("lab-cure")
        self._hands.click("stopButton")
        self._hands.until("the lesson has ended", lambda: not studio.state.active, 60)

    def _reach(self, step: int) -> None:
        run = self._studio.state.data
        assert run is not None
        self._hands.until(
            f"step {step:,}",
            lambda: run.pace.step >= step or not self._studio.state.active,
            60 + 10 * self._lesson.seconds,
        )

    def _show_instrument(self, title: str) -> None:
        tabs = self._hands.child("instrumentTabs")
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
        self._hands.until("the exports are written", lambda: len(written) == len(names), 60)
        for film in ("training.gif", "training.mp4"):
            # One at a time: a newer film would take the place of an older that is not yet written.
            count = len(written) + 1
            exporting.write("film", self._folder / film)
            self._hands.until(f"{film} is written", functools.partial(_holds, written, count), 60)
        for name in written:
            if not Path(name).exists():
                raise RuntimeError(name)
        self._hands.pictures += sorted(Path(name).name for name in written)
        self._studio.notices.hide()

    def _other_looks(self) -> None:
        chosen = self._studio.scheme
        for scheme in ("dark", "light"):
            self._studio.window.scheme_chosen.emit(scheme)
            for size in (SMALL, LARGE):
                self._window.resize(size)
                for page, name in enumerate(("train", "draw", "map", "library", "lab")):
                    self._studio.window.show_page(page)
                    self._hands.wait(0.4)
                    if name == "map":
                        self._hands.until(
                            "the map is drawn", lambda: self._studio.map_room.mapping.settled, 60
                        )
                    self._hands.picture(f"{name}-{scheme}-{size.width()}x{size.height()}")
        self._window.resize(SMALL)
        # The tour looks at both themes, but leaves the user's own as it was.
        self._studio.window.scheme_chosen.emit(chosen)


def _holds(things: list[str], count: int) -> bool:
    return len(things) >= count
