"""From the command to the window on screen, in seconds, with warm disk caches."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

CHILD = """
import os, sys, time
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from studio.app import create_window

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not self.property("seen"):
            self.setProperty("seen", True)
            print("painted", "torch" in sys.modules, flush=True)
        return False

app = QApplication([])
window = create_window()
window.loader_done = False
watch = FirstPaint()
window.centralWidget().installEventFilter(watch)
window.show()
from studio.app import Studio
studio = window.findChild(Studio)

def ready(_):
    print("ready", flush=True)

studio.loader.ready.connect(ready)
studio.loader.finished.connect(window.close)
studio.loader.finished.connect(app.quit)
app.exec()
"""


def measure(runs: int = 5) -> dict[str, object]:
    """Median and worst of `runs`, the first one not counted: it warms the caches."""
    painted, ready = [], []
    torch_first = False
    for index in range(runs + 1):
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD],
            stdout=subprocess.PIPE,
            text=True,
            env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
        )
        assert child.stdout is not None
        for line in child.stdout:
            now = time.perf_counter() - began
            if index and line.startswith("painted"):
                painted.append(now)
                torch_first |= "True" in line
            elif index and line.startswith("ready"):
                ready.append(now)
        child.wait()
    return {
        "window_s": {"median": statistics.median(painted), "worst": max(painted)},
        "models_s": {"median": statistics.median(ready), "worst": max(ready)},
        "torch_before_window": torch_first,
    }
