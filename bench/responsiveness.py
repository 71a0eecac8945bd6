"""How long the event loop is held up: a 5 ms heartbeat, idle and under each kind of work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from PySide6.QtCore import QElapsedTimer, QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.app import Studio, create_window

BEAT_MS = 5


class Heartbeat:
    """Collects how much later than asked each beat comes."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def _beat(self) -> None:
        self.late_ms.append(max(0.0, self._clock.nsecsElapsed() / 1e6 - BEAT_MS))
        self._clock.restart()

    def during(self, work: Callable[[], None]) -> dict[str, float]:
        """Beats while `work` runs, which must keep the event loop going."""
        self.late_ms = []
        self._clock.start()
        self._timer.start(BEAT_MS)
        work()
        self._timer.stop()
        late = np.array(self.late_ms or [0.0])
        return {
            "beats": len(late),
            "p50_ms": round(float(np.percentile(late, 50)), 2),
            "p99_ms": round(float(np.percentile(late, 99)), 2),
            "worst_ms": round(float(late.max()), 1),
            "over_100_ms": int((late > 100).sum()),
        }


def wait(seconds: float) -> None:
    """Keeps the event loop going."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    """Keeps the event loop going until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        wait(0.05)


def measure(seconds: float = 8.0) -> dict[str, object]:
    """Worst and usual delays of the event loop, in milliseconds."""
    app = QApplication.instance() or QApplication([])
    window = create_window()
    studio = window.findChild(Studio)
    assert isinstance(studio, Studio)
    beat = Heartbeat()
    result: dict[str, object] = {}
    window.show()
    result["loading PyTorch"] = beat.during(
        lambda: until(lambda: studio.exploring.current is not None and studio.loader.isFinished())
    )
    wait(2)
    result["idle"] = beat.during(lambda: wait(seconds))

    start = window.findChild(QWidget, "startButton")
    assert start is not None
    studio.picker.choose("gan")
    studio.picker.model_chosen.emit("gan")

    def click_start() -> None:
        QTest.mouseClick(start, Qt.MouseButton.LeftButton)
        until(lambda: studio.state.data is not None and studio.state.data.pace.step > 5)

    result["the click on Start and getting ready"] = beat.during(click_start)
    result["training"] = beat.during(lambda: wait(seconds))
    studio.window.show_page(1)
    canvas = studio.draw.canvas

    def draw() -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 90))
            for step in range(30):
                QTest.mouseMove(canvas, QPoint(150 + 6 * step, 90 + 8 * step))
                wait(0.016)
            QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(330, 330))
            canvas.clear()

    result["drawing and encoding while training"] = beat.during(draw)
    studio.window.show_page(2)
    until(lambda: studio.map_room.mapping.settled)
    plane = studio.map.map

    def pan() -> None:
        end = time.monotonic() + seconds
        angle = 0.0
        while time.monotonic() < end:
            angle += 0.02
            plane.go_to(3 * np.cos(angle), 3 * np.sin(angle))
            wait(0.016)

    result["panning while training"] = beat.during(pan)
    window.close()
    app.processEvents()
    return result
