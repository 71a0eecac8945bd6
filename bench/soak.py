"""Whether a long training grows: the whole pipeline, from the engine to the disk and the window.

A tiny model is trained for 50,000 rounds with the window open; grids, snapshots and checkpoints are
taken far more often than anybody would, so that an hour's worth of them fits into minutes.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from PySide6.QtCore import QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from studio.app import Studio, create_window
from studio.engine import teller
from studio.engine.events import CheckpointTaken, Event, Phase, SnapshotTaken
from studio.engine.pace import Budget
from studio.library import recorder

WARM_UP = 0.4
"""Share of the run before which caches may fill."""
PAGES = 5
ENDED = (Phase.FINISHED, Phase.FAILED)


def resident() -> float:
    """Megabytes that the process holds, after what is free has been given back."""
    gc.collect()
    if sys.platform == "linux":
        # glibc keeps freed memory for itself, which looks like a leak and is none.
        ctypes.CDLL(None).malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def open_files() -> int:
    """How many descriptors are open, 0 where nobody tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def wait(seconds: float) -> None:
    """Keeps the event loop going."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def until(holds: Callable[[], bool]) -> None:
    """Keeps the event loop going until something holds."""
    while not holds():
        wait(0.05)


class Hurried(Budget):
    """A budget for the training of an hour in a minute or two.

    Grids and snapshots come every 30 ms and checkpoints every 120 ms; losses as usual. What begins
    later, the looks of the microscope, costs too much for that and keeps its own pace.
    """

    def __init__(
        self, least: float, share: float, most: float = float("inf"), after: float = 0.0
    ) -> None:
        often = least if least < 0.1 else 0.12 if least > 5 else 0.03
        super().__init__(least if after else often, share if after else 0, most, after)


def measure(steps: int = 50_000) -> dict[str, object]:
    """Trains for so many rounds, and reads the memory at up to 36 places after warming up."""
    taken: Counter[type[Event]] = Counter()
    consume, usual = recorder.Recorder.consume, teller.Budget

    def counted(self: recorder.Recorder, event: Event) -> object:
        taken[type(event)] += 1
        return consume(self, event)

    app = QApplication.instance() or QApplication([])
    before = os.environ.get("MODESCOPE_HOME")
    with tempfile.TemporaryDirectory() as home:
        os.environ["MODESCOPE_HOME"] = home
        teller.Budget, recorder.Recorder.consume = Hurried, counted  # type: ignore[assignment,method-assign]
        try:
            return _measure(app, steps, taken)
        finally:
            teller.Budget, recorder.Recorder.consume = usual, consume  # type: ignore[method-assign]
            if before is None:
                del os.environ["MODESCOPE_HOME"]
            else:
                os.environ["MODESCOPE_HOME"] = before


def _measure(app: QObject, steps: int, taken: Counter[type[Event]]) -> dict[str, object]:
    window = create_window()
    window.show()
    studio = window.findChild(Studio)
    assert isinstance(studio, Studio)
    until(lambda: studio.loader.isFinished() and studio.exploring.current is not None)
    studio.picker.choose("vae")
    studio.picker.model_chosen.emit("vae")
    studio.form.set_values(
        {"steps": steps, "batch_size": 2, "hidden": 8, "latent_dim": 2, "learning_rate": 1e-3}
    )
    studio.training.start()
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 0)
    data = studio.state.data
    assert data is not None
    places, held, shown = list[int](), list[float](), list[int]()
    counts: list[tuple[int, int, int]] = []
    for place in np.linspace(0.0, 1.0, 51)[1:] * steps:
        until(lambda place=place: data.pace.step >= place or data.phase in ENDED)  # type: ignore[misc]
        if data.phase in ENDED:
            break
        # Every page is seen several times before anything counts: each has caches to fill.
        page = round(50 * place / steps) % PAGES
        studio.window.show_page(page)
        if place < WARM_UP * steps:
            continue
        shown.append(page)
        places.append(data.pace.step)
        held.append(resident())
        counts.append((len(app.children()), threading.active_count(), open_files()))
    until(lambda: data.phase in ENDED)
    # Each page holds pictures of its own: they are no growth.
    pages = np.eye(PAGES)[shown]
    table = np.column_stack([np.array(places) / 10_000, pages[:, pages.any(axis=0)]])
    slope = float(np.linalg.lstsq(table, np.array(held), rcond=None)[0][0])
    window.close()
    window.deleteLater()
    return {
        "rounds": data.pace.step,
        "checkpoints": taken[CheckpointTaken],
        "snapshots": taken[SnapshotTaken],
        "megabytes_per_10000_rounds": round(slope, 2),
        "megabytes_between_readings": round(max(held) - min(held), 1),
        "megabytes_at_the_end": round(held[-1]),
        "threads_and_files": [counts[0][1:], counts[-1][1:]],
        "seconds": round(data.pace.seconds),
    }
