"""The composition root: the only place that builds the window's parts and wires them together."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMainWindow, QWidget

from studio.bridge.desk import Adopted, Desk
from studio.bridge.loader import Loader
from studio.bridge.run_job import run_job
from studio.controllers.drawing import DrawingController
from studio.controllers.exploring import ExploringController
from studio.controllers.exporting import ExportController, ShownGrid
from studio.controllers.mapping import MappingController
from studio.controllers.reporting import ReportController
from studio.controllers.training import TrainingController
from studio.data.places import cache_dir
from studio.main_window import MainWindow, Page
from studio.state.preferences import Preferences
from studio.state.run_state import RunState
from studio.views import theme
from studio.views.draw_page import DrawPage
from studio.views.form import ConfigForm
from studio.views.map_page import MapPage
from studio.views.picker import ModelPicker
from studio.views.train_page import TrainPage
from studio.views.transport import TransportBar

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np

PRETRAINED = Path(__file__).resolve().parents[1] / "resources" / "models" / "vae_pen.safetensors"
TRAIN, DRAW, MAP = range(3)


def create_window() -> QMainWindow:
    """The main window, wired and ready to be shown, inside the existing QApplication.

    Closing it ends every thread that it started.
    """
    return Studio(Preferences(cache_dir() / "preferences.ini")).window


class Studio(QObject):
    """Builds, wires and ends everything. Lives as long as its window."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences
        self._closed = False
        app = cast("QApplication", QApplication.instance())
        self._app = app
        scheme = self.scheme
        theme.apply(app, scheme)  # type: ignore[arg-type]

        self.train, self.draw, self.map = TrainPage(), DrawPage(), MapPage()
        self.picker, self.form = ModelPicker(), ConfigForm()
        self.run_form = ConfigForm()
        self.run_form.setObjectName("runForm")
        self.transport = TransportBar()
        self.window = MainWindow(
            [
                Page("Train", "train", self.train, docks=True),
                Page("Draw", "draw", self.draw, docks=False),
                Page("Map", "map", self.map, docks=False),
            ],
            [("Model", self.picker), ("Settings", _settings(self.form, self.run_form))],
            self.transport,
        )
        self.setParent(self.window)

        self.state = RunState(self)
        self.desk = Desk(self)
        self.exploring = ExploringController(self.desk, self.state, self)
        self.training = TrainingController(
            self.state,
            self.picker,
            self.form,
            self.run_form,
            self.transport,
            self.train.players,
            run_job(cache_dir() / "threads.json"),
            self,
        )
        self.reporting = ReportController(
            self.state, self.train, self.transport, self.training.title, self
        )
        self.drawing = DrawingController(self.draw, self.desk, self.exploring, self)
        self.mapping = MappingController(self.map, self.desk, self.exploring, self)
        self.exporting = ExportController(self.state, self._ask_path, self.training.title, self)
        self.loader = Loader(self)
        self._wire()
        self.window.set_scheme(scheme)
        self.window.set_exportable(False, False)
        self.window.restore_layout(preferences.layout)
        self.loader.start()

    def _wire(self) -> None:
        window = self.window
        window.closing.connect(self.close)
        window.page_shown.connect(self._on_page_shown)
        window.scheme_chosen.connect(self._on_scheme_chosen)
        window.paper_toggled.connect(self.train.grid.set_paper)
        window.export_requested.connect(self.exporting.export)
        window.undo_requested.connect(self.draw.canvas.undo)
        window.layout_reset.connect(self._preferences.forget_layout)
        window.redo_requested.connect(self.draw.canvas.redo)
        self.loader.progressed.connect(window.set_message)
        self.loader.ready.connect(self._on_models_ready)
        self.loader.failed.connect(self._warn)
        self.reporting.message.connect(window.set_message)
        self.reporting.loading.connect(window.set_progress)
        self.reporting.machine.connect(window.set_machine)
        self.training.model_chosen.connect(self._on_model_chosen)
        for source in (self.training, self.drawing, self.exporting):
            source.refused.connect(self._warn)
        self.exporting.exported.connect(self._on_exported)
        self.drawing.placed.connect(self.mapping.on_drawing_placed)
        self.exploring.adopted.connect(self._on_adopted)
        self.desk.sampled.connect(self._on_sampled)
        self.state.grid_changed.connect(self._on_grid_changed)
        self.state.begun.connect(self._on_run_begun)
        self._app.styleHints().colorSchemeChanged.connect(self._on_platform_scheme_changed)

    @property
    def scheme(self) -> str:
        """The theme that the user has chosen: system, dark or light."""
        return str(self._preferences.get("scheme", "system"))

    @Slot()
    def close(self) -> None:
        """Ends the run (keeping it), every thread, and remembers the layout."""
        if self._closed:
            return
        self._closed = True
        for name, value in self.window.layout_state().items():
            self._preferences.put_layout(name, value)
        self._preferences.flush()
        self._app.styleHints().colorSchemeChanged.disconnect(self._on_platform_scheme_changed)
        self.training.close()
        self.exporting.close()
        self.desk.close()
        self.loader.wait()

    # -- handlers -------------------------------------------------------------------------------

    @Slot(object)
    def _on_models_ready(self, entries: object) -> None:
        chosen = self._preferences.get("model", "gan")
        self.training.set_catalogue(entries, chosen)  # type: ignore[arg-type]
        self.window.set_message("Ready: choose a model and press Start (Space)")
        if PRETRAINED.exists():
            self.exploring.open(PRETRAINED, "pretrained on pen")

    @Slot(str)
    def _on_model_chosen(self, name: str) -> None:
        self._preferences.put("model", name)
        self.reporting.announce(self.training.scores(name))

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        # Before anything has been trained here, the shipped model shows what a grid looks like.
        if self.state.data is None and adopted.abilities["sample"]:
            self.desk.ask_samples(64, seed=0)

    @Slot(object)
    def _on_sampled(self, images: np.ndarray) -> None:
        current = self.exploring.current
        if self.state.data is not None or current is None:
            return
        self.train.grid.set_images(images)
        self.train.set_grid_note(f"{self.exploring.line()}. {current.ways['sample']}")
        self.exporting.set_shown(
            ShownGrid(images, current.title, current.step, 0, current.data, {})
        )
        self.window.set_exportable(True, False)

    @Slot()
    def _on_run_begun(self) -> None:
        self.window.notice.hide_notice()

    @Slot()
    def _on_grid_changed(self) -> None:
        data = self.state.data
        if data is None or data.grid is None:
            return
        config = data.config
        self.exporting.set_shown(
            ShownGrid(
                data.grid.images,
                self.training.title(config.model),
                data.grid.step,
                config.seed,
                config.data,
                config.plain(),
            )
        )
        self.window.set_exportable(True, True)

    @Slot(int)
    def _on_page_shown(self, index: int) -> None:
        self.reporting.set_visible(index == TRAIN)
        self.exploring.set_watched(index in (DRAW, MAP))
        self.mapping.set_visible(index == MAP)

    @Slot(str)
    def _on_scheme_chosen(self, scheme: str) -> None:
        self._preferences.put("scheme", scheme)
        theme.apply(self._app, scheme)  # type: ignore[arg-type]
        self.window.set_scheme(scheme)

    @Slot()
    def _on_platform_scheme_changed(self) -> None:
        if self.scheme == "system":
            theme.apply(self._app, "system")
            self.window.set_scheme("system")

    @Slot(str)
    def _warn(self, text: str) -> None:
        self.window.notice.show_notice(text, "wrong")

    @Slot(str)
    def _on_exported(self, path: str) -> None:
        self.window.notice.show_notice(f"Written: {path}", "good")

    def _ask_path(self, title: str, name: str, pattern: str) -> str:
        start = Path(self._preferences.get("export_folder", str(Path.home()))) / name
        chosen, _ = QFileDialog.getSaveFileName(self.window, title, str(start), pattern)
        if chosen:
            self._preferences.put("export_folder", str(Path(chosen).parent))
        return chosen


def _settings(form: QWidget, run_form: QWidget) -> QWidget:
    """The settings of the model above those of the run."""
    from PySide6.QtWidgets import QVBoxLayout

    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.S)
    heading = QLabel("Run")
    heading.setProperty("heading", True)
    heading.setContentsMargins(theme.M, 0, theme.M, 0)
    column.addWidget(form, 3)
    column.addWidget(heading)
    column.addWidget(run_form, 2)
    return panel


def main(argv: list[str] | None = None) -> int:
    """Opens the window and runs until it is closed; the exit code."""
    if sys.platform == "win32":
        # WORKAROUND: https://github.com/pytorch/pytorch/issues/166628 (c10.dll after Qt fails).
        import torch  # noqa: F401
    QGuiApplication.setDesktopFileName("modescope")
    app = QApplication(sys.argv[:1] if argv is None else [sys.argv[0], *argv])
    app.setApplicationName("Modescope")
    window = create_window()
    sys.excepthook = _report
    heartbeat = QTimer()
    # Python's signal handlers run only when Python does: a beat lets Ctrl+C and SIGTERM through.
    heartbeat.timeout.connect(_beat)
    heartbeat.start(250)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    window.show()
    return app.exec()


@Slot()
def _beat() -> None:
    """Nothing but a moment in Python."""


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What no one caught: written down, and the program goes on."""
    text = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(text)
    log = cache_dir() / "errors.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n{text}\n")
