"""Guards that run around every test: no thread, widget or timer may outlive it, and nothing may
touch the files of whoever runs the tests."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def _a_home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Caches and preferences go to a temporary folder, shared by the session."""
    old = os.environ.get("MODESCOPE_HOME")
    os.environ["MODESCOPE_HOME"] = str(tmp_path_factory.mktemp("modescope-home"))
    yield
    if old is None:
        del os.environ["MODESCOPE_HOME"]
    else:
        os.environ["MODESCOPE_HOME"] = old


@pytest.fixture(scope="module", autouse=True)
def _collections_are_quick() -> None:
    """What has been imported stays: looking through it after each test would take half a second.

    Before each module again, as tests import more and more.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _all_is_collected_in_the_end() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _same_numbers_each_time() -> Iterator[None]:
    """Every test begins with the same global random state and one CPU thread."""
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _no_thread_survives() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    # A QThread that asks Python who it is stays listed for ever as a dummy; the guard below watches
    # over the threads of Qt.
    left = [
        t
        for t in threading.enumerate()
        if t not in before and not isinstance(t, threading._DummyThread)
    ]
    for thread in left:
        # One that is on its way out may need a moment on a busy machine.
        thread.join(timeout=5)
    left = [t for t in left if t.is_alive()]
    assert not left, f"threads left running: {[t.name for t in left]}"


@pytest.fixture(autouse=True)
def _no_widget_timer_or_qthread_survives(request: pytest.FixtureRequest) -> Iterator[None]:
    if "qapp" not in request.fixturenames and "qtbot" not in request.fixturenames:
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
    from PySide6.QtWidgets import QApplication

    app = request.getfixturevalue("qapp")
    before = set(QApplication.topLevelWidgets())
    timers: list[tuple[QTimer, str]] = []
    threads: list[QThread] = []
    start_timer, start_thread = QTimer.start, QThread.start

    def watch_timer(self: QTimer, *args: object) -> None:
        timers.append((self, self.objectName() or type(self.parent()).__name__))
        start_timer(self, *args)

    def watch_thread(self: QThread, *args: object) -> None:
        threads.append(self)
        start_thread(self, *args)

    QTimer.start, QThread.start = watch_timer, watch_thread
    try:
        yield
    finally:
        QTimer.start, QThread.start = start_timer, start_thread
    app.processEvents()
    # Nothing else runs an event loop deep enough: what is to be deleted later would pile up.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[call-overload]

    def alive(question: object) -> bool:
        try:
            return bool(question())  # type: ignore[operator]
        except RuntimeError:  # the C++ side is gone
            return False

    running = [t.objectName() for t in threads if alive(t.isRunning)]
    assert not running, f"threads still running: {running}"
    ticking = [owner for timer, owner in timers if alive(timer.isActive)]
    assert not ticking, f"timers still ticking, owned by: {ticking}"
    left = [w for w in QApplication.topLevelWidgets() if w not in before and alive(w.isVisible)]
    assert not left, f"widgets left open: {left}"
    gc.collect()


@pytest.fixture(scope="session")
def mnist_root() -> Path:
    """The real MNIST files, if `MODESCOPE_MNIST` names their folder; skips otherwise."""
    folder = os.environ.get("MODESCOPE_MNIST", "")
    if not folder or not (Path(folder) / "train-images-idx3-ubyte.gz").exists():
        pytest.skip("set MODESCOPE_MNIST to a folder with the four original MNIST files")
    return Path(folder)


@pytest.fixture(scope="session")
def digits() -> np.ndarray:
    """A few hundred blurred blobs and strokes of two kinds, uint8 (N, 28, 28), made on the spot."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:28, 0:28]
    images = []
    for index in range(512):
        cx, cy = rng.uniform(11, 17, 2)
        if index % 2:
            distance = np.abs(np.hypot(x - cx, y - cy) - rng.uniform(5, 8))
        else:
            distance = np.abs(x - cx) + 2 * np.maximum(np.abs(y - cy) - 9, 0)
        images.append(np.clip(1.8 - distance, 0, 1) * 255)
    return np.stack(images).astype(np.uint8)
