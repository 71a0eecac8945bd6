"""The real window, offscreen, with a home of its own and what a measurement needs in it."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from bench.responsiveness import until, wait
from studio.app import Studio, create_window

T = TypeVar("T", bound=QObject)
SIZE = 1280, 800
DRAW, MAP = 1, 2


@contextlib.contextmanager
def home() -> Iterator[Path]:
    """A folder for runs, caches and preferences, which is gone afterwards."""
    before = os.environ.get("MODESCOPE_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MODESCOPE_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            if before is None:
                del os.environ["MODESCOPE_HOME"]
            else:
                os.environ["MODESCOPE_HOME"] = before


@contextlib.contextmanager
def window() -> Iterator[tuple[QMainWindow, Studio]]:
    """The window, shown, as soon as the shipped model answers."""
    app = QApplication.instance() or QApplication([])
    opened = create_window()
    opened.resize(*SIZE)
    opened.show()
    studio = opened.findChild(Studio)
    assert isinstance(studio, Studio)
    try:
        until(lambda: studio.loader.isFinished() and studio.exploring.current is not None)
        yield opened, studio
    finally:
        opened.close()
        app.processEvents()
        opened.deleteLater()


def part(studio: Studio, kind: type[T]) -> T:
    """The one part of the window of a kind."""
    found = studio.window.findChild(kind)
    assert found is not None, kind.__name__
    return found


def train(studio: Studio, model: str, **settings: object) -> None:
    """Starts a training by a click, and comes back when it plays."""
    start = studio.window.findChild(QWidget, "startButton")
    assert start is not None
    studio.window.show_page(0)
    studio.picker.choose(model)
    studio.picker.model_chosen.emit(model)
    studio.form.set_values(settings)
    QTest.mouseClick(start, Qt.MouseButton.LeftButton)
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 5)


class Painted(QObject):
    """Calls back after a widget, or something in it, has been painted; what is added later, too."""

    def __init__(self, widget: QWidget, then: Callable[[], None]) -> None:
        super().__init__(widget)
        self._then = then
        for one in (widget, *widget.findChildren(QWidget)):
            one.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._then()
        elif event.type() == QEvent.Type.ChildPolished:
            for one in watched.findChildren(QWidget):
                one.installEventFilter(self)
        return False


def soon(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Keeps the event loop going until something holds, and notices within a millisecond or two."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        wait(0.001)


def milliseconds(seconds: list[float]) -> dict[str, float]:
    """Number, median, 95th percentile and the worst."""
    values = 1_000 * np.array(seconds)
    return {
        "count": len(values),
        "p50_ms": round(float(np.percentile(values, 50)), 1),
        "p95_ms": round(float(np.percentile(values, 95)), 1),
        "worst_ms": round(float(values.max()), 1),
    }
