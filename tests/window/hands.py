"""Mouse, keyboard and patience for the tests that drive the real window."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QWidget

from studio.app import Studio


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    """Lets the event loop run; unlike QTest.qWait it lets other Python threads run, too."""
    end = time.monotonic() + seconds
    while True:
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()
        if holds():
            return
        assert time.monotonic() < end, "waited in vain"


def child(window: QMainWindow, name: str) -> QWidget:
    found = window.findChild(QWidget, name)
    assert isinstance(found, QWidget), name
    return found


def click(window: QMainWindow, name: str) -> None:
    QTest.mouseClick(child(window, name), Qt.MouseButton.LeftButton)


def stroke(canvas: QWidget, *places: tuple[float, float]) -> None:
    points = [QPoint(int(x * canvas.width()), int(y * canvas.height())) for x, y in places]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])


def choose(studio: Studio, model: str, **settings: object) -> None:
    studio.picker.choose(model)
    studio.picker.model_chosen.emit(model)
    studio.form.set_values(settings)
