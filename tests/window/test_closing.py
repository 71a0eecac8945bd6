"""The window is closed, or the process is told to end, at any moment and in any state."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import data
from studio.app import Studio, create_window
from studio.engine.events import Phase
from studio.library.opening import load_start
from studio.library.runs import list_runs
from tests.window.hands import choose, click, stroke, until

ROOT = Path(__file__).parents[2]
TINY = {"batch_size": 8, "latent_dim": 2, "hidden": 8}


@pytest.fixture(autouse=True)
def _a_shelf_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path / "home"))


class SilentServer:
    """Takes connections and never answers."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._taken: list[socket.socket] = []
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.setblocking(False)

    def asked(self) -> bool:
        """Whether somebody waits for an answer."""
        with contextlib.suppress(BlockingIOError):
            self._taken.append(self._listener.accept()[0])
        return bool(self._taken)

    def close(self) -> None:
        """Leaves everybody alone."""
        for connection in self._taken:
            connection.close()


@pytest.fixture
def silent_server() -> Iterator[SilentServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = SilentServer(listener)
        yield server
        server.close()


def training(studio: Studio) -> None:
    choose(studio, "vae", steps=100_000, **TINY)
    studio.training.start()
    until(lambda: studio.state.data is not None and studio.state.data.pace.step > 30)


def paused(studio: Studio) -> None:
    training(studio)
    studio.training.pause()
    until(lambda: studio.state.phase is Phase.PAUSED)


def loading(studio: Studio) -> None:
    choose(studio, "gan", steps=100_000)
    studio.training.start()


def sampling(studio: Studio) -> None:
    until(lambda: studio.exploring.current is not None)
    click(studio.window, "pageButtonDraw")
    stroke(studio.draw.canvas, (0.3, 0.2), (0.6, 0.7))
    studio.desk.ask_samples(64, seed=1)
    click(studio.window, "pageButtonMap")


def exporting(studio: Studio) -> None:
    training(studio)
    until(lambda: studio.state.data is not None and len(studio.state.data.film) >= 4)
    home = Path(os.environ["MODESCOPE_HOME"])
    studio.exporting.write("film", home / "film.mp4")
    assert studio.state.data is not None
    studio.library_room.librarian.export(
        studio.state.data.folder, str(home / "run.modescope"), "the run"
    )


def looking_back(studio: Studio) -> None:
    training(studio)
    until(lambda: studio.state.data is not None and len(studio.state.data.snapshots) >= 2)
    click(studio.window, "pageButtonMap")
    studio.timeline.go_to(10)
    studio.bar.play_toggled.emit(True)


def in_the_library(studio: Studio) -> None:
    training(studio)
    click(studio.window, "pageButtonLibrary")


STATES: dict[str, Callable[[Studio], None]] = {
    state.__name__: state
    for state in (training, paused, loading, sampling, exporting, looking_back, in_the_library)
}


def open_window() -> Studio:
    window = create_window()
    window.show()
    studio = window.findChild(Studio)
    assert isinstance(studio, Studio)
    until(lambda: studio.loader.isFinished() and bool(studio.picker.chosen()))
    return studio


def close_at(studio: Studio, seconds: float) -> float:
    """Closes the window after a moment; how long that took."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()
    began = time.monotonic()
    studio.window.close()
    took = time.monotonic() - began
    studio.window.deleteLater()
    QApplication.processEvents()
    return took


def insist_on_whole_runs() -> None:
    for run in list_runs():
        assert run.problem == ""
        load_start(run.folder)


@pytest.mark.parametrize("state", STATES)
def test_closing_in_any_state(qtbot: QtBot, small_data: None, state: str) -> None:
    chance = random.Random(state)
    studio = open_window()
    STATES[state](studio)
    close_at(studio, chance.uniform(0, 0.3))
    insist_on_whole_runs()


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_closing_at_many_moments(qtbot: QtBot, small_data: None, state: str) -> None:
    chance = random.Random(state)
    longest = 0.0
    for _ in range(50):
        studio = open_window()
        STATES[state](studio)
        longest = max(longest, close_at(studio, chance.uniform(0, 1)))
        insist_on_whole_runs()
    print(f"\n{state}: 50 closes, the longest took {longest:.2f} s")


def test_closing_before_the_models_are_loaded(qtbot: QtBot, small_data: None) -> None:
    window = create_window()
    window.show()
    window.close()
    window.deleteLater()


def test_closing_while_downloading(
    qtbot: QtBot, silent_server: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = data.load

    def from_there(name: str, split: str = "train", **more: object) -> object:
        return load(name, split, **more | {"mirror": silent_server.address})  # type: ignore[arg-type]

    monkeypatch.setattr(data, "load", from_there)
    studio = open_window()
    choose(studio, "vae", steps=10, **TINY)
    studio.run_form.set_values({"data": "mnist"})
    studio.training.start()
    until(silent_server.asked)
    assert studio.state.phase is Phase.LOADING
    close_at(studio, 0.1)
    assert list_runs() == []


DRIVER = """
import sys
from PySide6.QtCore import QTimer
from studio import app, data
from studio.data import pen
few = pen.generate(300, split="train")
data.load = lambda name, split="train", **more: few
make = app.create_window
def create_window():
    window = make()
    studio = window.findChild(app.Studio)
    def look():
        if studio.picker.chosen() and studio.state.data is None and sys.argv[1] == "training":
            studio.picker.choose("vae"); studio.picker.model_chosen.emit("vae")
            studio.form.set_values(dict(steps=100000, batch_size=8, hidden=8, latent_dim=2))
            studio.training.start()
        data = studio.state.data
        if (data and data.pace.step > 20) or (sys.argv[1] == "idle" and studio.picker.chosen()):
            timer.stop(); print("READY", flush=True)
    timer = QTimer(window); timer.timeout.connect(look); timer.start(20)
    return window
from studio import desktop
desktop.create_window = create_window
sys.exit(desktop.main([]))
"""


def sessions_of(home: Path) -> Path:
    return home / "cache" / "sessions"


def told_to_end(state: str, number: signal.Signals, home: Path, pause: float) -> float:
    """Starts the real program, tells it to end; how long it took."""
    environment = os.environ | {
        "MODESCOPE_HOME": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, state],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().strip() == "READY", process.stderr.read()
        time.sleep(pause)
        began = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        took = time.monotonic() - began
    assert process.returncode == 0, errors
    assert "Destroyed while thread" not in errors
    assert "Traceback" not in errors
    assert not list((sessions_of(home)).iterdir()), "a session that ended well left a report"
    return took


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("state", ["idle", "training"])
def test_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    home = tmp_path / "home"
    told_to_end(state, signal.SIGTERM, home, 0.1)
    runs = list_runs(home / "runs")
    assert len(runs) == (state == "training")
    for run in runs:
        assert run.head is not None
        assert (run.head.state, run.unfinished) == ("suspended", True)
        load_start(run.folder)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_told_to_end_many_times(tmp_path: Path) -> None:
    chance = random.Random(7)
    times = [
        told_to_end("training", number, tmp_path / str(index), chance.uniform(0, 1.5))
        for index, number in enumerate([signal.SIGTERM, signal.SIGINT] * 15)
    ]
    print(f"\n30 ends, the longest took {max(times):.2f} s")


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_killed_program_leaves_a_report_that_the_next_start_finds(tmp_path: Path) -> None:
    from studio.library.crash_log import CrashLog

    home = tmp_path / "home"
    with pytest.raises(AssertionError):
        told_to_end("training", signal.SIGABRT, home, 0.1)
    with closing(CrashLog(sessions_of(home))) as log:
        crashes = log.earlier()
        assert len(crashes) == 1
        assert "Fatal Python error: Aborted" in crashes[0].report
        # How many threads have a Python frame at that moment is chance: some are in Qt or PyTorch.
        assert re.search(r"[Tt]hread 0x[0-9a-f]+", crashes[0].report)
        assert log.earlier() == [], "it is told once"
    (run,) = list_runs(home / "runs")
    assert run.unfinished
    load_start(run.folder)
