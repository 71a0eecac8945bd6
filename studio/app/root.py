"""Builds the window, wires what is not an instrument of the Train page, and owns the lifetimes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow

from studio.app.draw_room import OWN, PRETRAINED, DrawRoom
from studio.app.instruments import Instruments
from studio.app.library_room import LibraryRoom
from studio.app.map_room import MapRoom
from studio.app.subjects import Subjects
from studio.bridge.desk import Desk
from studio.bridge.loader import Loader
from studio.bridge.run_job import run_job
from studio.controllers.continuing import ContinueController
from studio.controllers.exploring import ExploringController
from studio.controllers.exporting import ExportController
from studio.controllers.first_look import FirstLook
from studio.controllers.notices import Notices
from studio.controllers.reporting import ReportController
from studio.controllers.timeline import TimelineController
from studio.controllers.training import TrainingController
from studio.data.places import cache_dir
from studio.main_window import MainWindow, Page
from studio.state.preferences import Preferences
from studio.state.run_state import RunState
from studio.state.timeline import Timeline
from studio.views import theme
from studio.views.asking import Asking
from studio.views.form import ConfigForm
from studio.views.picker import ModelPicker
from studio.views.room_menu import RoomMenu
from studio.views.settings_panel import SettingsPanel
from studio.views.timeline_bar import TimelineBar
from studio.views.train_page import TrainPage
from studio.views.transport import TransportBar

if TYPE_CHECKING:
    from studio.library.crash_log import Crash

TRAIN, DRAW, MAP, LIBRARY, LAB = range(5)
MEGABYTE = 2**20


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

        self.train = TrainPage()
        self.draw_room, self.map_room = DrawRoom(self), MapRoom(self)
        self.library_room = LibraryRoom(self)
        self.draw, self.map = self.draw_room.page, self.map_room.page
        self.library, librarian = self.library_room.page, self.library_room.librarian
        self.instruments = Instruments(self.train, self)
        self.picker, self.form = ModelPicker(), ConfigForm()
        self.run_form = ConfigForm()
        self.run_form.setObjectName("runForm")
        self.transport, self.bar = TransportBar(), TimelineBar()
        self.window = MainWindow(
            [
                Page("Train", "train", self.train, docks=True),
                Page("Draw", "draw", self.draw, docks=False),
                Page("Map", "map", self.map, docks=False),
                Page("Library", "library", self.library, docks=False),
                Page("Lab", "lab", self.instruments.lab_page, docks=False),
            ],
            [("Model", self.picker), ("Settings", SettingsPanel(self.form, self.run_form))],
            self.transport,
            self.bar,
            self.instruments.lesson,
        )
        self.setParent(self.window)

        self.state, self.timeline = RunState(self), Timeline(self)
        self.notices = Notices(self.window.notice, self)
        self._asking = asking = Asking(self.window, preferences)
        self.desk = Desk(self)
        self.exploring = ExploringController(self.desk, self.state, self)
        self.training = TrainingController(
            self.state,
            self.picker,
            self.form,
            self.run_form,
            self.transport,
            self.train.players,
            run_job(cache_dir() / "threads.json", self.snapshot_budget),
            self,
        )
        self.reporting = ReportController(
            self.state, self.timeline, self.train, self.transport, self.training.title, self
        )
        self.instruments.wire(
            self.state, self.timeline, self.training, self.desk, self.exploring, preferences
        )
        self.looking = TimelineController(self.timeline, self.state, self.bar, self)
        self.continuing = ContinueController(
            self.state, self.timeline, self.training, self.notices, self
        )
        self.library_room.wire(self.state, self.notices, asking, preferences)
        self.shelf, self.greeting = self.library_room.shelf, self.library_room.greeting
        self._crash: Crash | None = None
        self.draw_room.wire(self.desk, self.exploring, librarian, asking, preferences)
        self.map_room.wire(self.desk, self.exploring, asking, preferences)
        Subjects([self.draw.subject, self.map.subject], self.exploring, librarian, self)
        self.exporting = ExportController(self.state, asking.save, self.training.title, self)
        self.first_look = FirstLook(
            self.train,
            self.state,
            self.desk,
            self.exploring,
            self.reporting,
            self.exporting,
            self.training.title,
            self,
        )
        self.loader = Loader(self)
        self._wire()
        self.window.set_scheme(scheme)
        self.window.set_exportable(False, False)
        self._add_room_menu()
        self.window.restore_layout(preferences.layout)
        self._on_page_shown(self.window.page())
        self.loader.start()

    def _add_room_menu(self) -> None:
        menu = RoomMenu(self.window)
        menu.set_room(self.snapshot_budget() // MEGABYTE)
        menu.room_chosen.connect(self._on_room_chosen)
        self.window.add_run_menu(menu)

    def _wire(self) -> None:
        window = self.window
        window.closing.connect(self.close)
        window.page_shown.connect(self._on_page_shown)
        window.scheme_chosen.connect(self._on_scheme_chosen)
        window.paper_toggled.connect(self.train.grid.set_paper)
        window.paper_toggled.connect(self.library.set_paper)
        window.export_requested.connect(self._on_export_requested)
        window.undo_requested.connect(self._on_undo)
        window.layout_reset.connect(self._preferences.forget_layout)
        window.redo_requested.connect(self.draw.canvas.redo)
        self.loader.progressed.connect(window.set_message)
        self.loader.ready.connect(self._on_models_ready)
        self.loader.failed.connect(self._warn)
        self.reporting.message.connect(window.set_message)
        self.reporting.loading.connect(window.set_progress)
        self.reporting.machine.connect(window.set_machine)
        self.training.model_chosen.connect(self._on_model_chosen)
        rooms = (self.draw_room, self.map_room)
        for source in (self.training, self.exporting, self.continuing, self.shelf, *rooms):
            source.refused.connect(self._warn)
        for writer in (self.exporting, *rooms):
            writer.exported.connect(self._on_exported)
        self.draw_room.message.connect(window.set_message)
        self.draw_room.train_requested.connect(self._on_own_digits_wanted)
        self.draw_room.kept.connect(self._on_kept)
        self.draw_room.drawing.coded.connect(self.map_room.mapping.on_drawing_coded)
        self.map.send_to_draw.connect(self.draw_room.take)
        self.map.send_to_draw.connect(lambda _digit: window.show_page(DRAW))
        self.looking.weights_wanted.connect(self.exploring.look_back)
        self.looking.speed_changed.connect(self.exporting.set_speed)
        self.instruments.lab.begun.connect(partial(window.show_page, TRAIN))
        self.bar.branch_requested.connect(self.continuing.branch)
        self.continuing.wanted.connect(self.shelf.open)
        self.continuing.shown.connect(self._on_run_shown)
        self.shelf.opened.connect(self.continuing.on_opened)
        self.shelf.resume_requested.connect(self.continuing.resume)
        self.shelf.settings_requested.connect(self._on_settings_requested)
        self.shelf.message.connect(window.set_message)
        self.library.start_requested.connect(self._on_start_requested)
        window.import_requested.connect(self._on_import_requested)
        window.about_requested.connect(lambda text: self.notices.show(text, "info"))
        self.continuing.message.connect(window.set_message)
        self.greeting.resume_requested.connect(self.continuing.resume)
        self.greeting.library_requested.connect(self._on_library_requested)
        self.greeting.report_requested.connect(self._on_report_requested)
        for signal in (self.state.phase_changed, self.state.progressed):
            signal.connect(self._on_at_stake)
        self.first_look.exportable.connect(window.set_exportable)
        self.reporting.grid_shown.connect(self.instruments.eyes.on_grid_shown)
        self.state.begun.connect(self.notices.hide)
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
        self.looking.close()
        self.instruments.eyes.close()
        self.shelf.close()
        self.exporting.close()
        self.draw_room.close()
        self.map_room.close()
        self.desk.close()
        self.loader.wait()

    # -- handlers -------------------------------------------------------------------------------

    @Slot(object)
    def _on_models_ready(self, entries: object) -> None:
        # In three turns of the event loop: picker, form and lab are a few hundred widgets.
        self.training.set_catalogue(entries)  # type: ignore[arg-type]
        QTimer.singleShot(0, self, partial(self._on_catalogue_shown, entries))

    def _on_catalogue_shown(self, entries: object) -> None:
        self.training.begin(self._preferences.get("model", "gan"))
        QTimer.singleShot(0, self, partial(self._on_form_shown, entries))

    def _on_form_shown(self, entries: object) -> None:
        self.instruments.lab.set_titles({e.name: e.card.title for e in entries})  # type: ignore[attr-defined]
        self.window.set_message("Ready: choose a model and press Start (Space)")
        if PRETRAINED.exists():
            self.exploring.open(PRETRAINED, "pretrained on pen")
        self.greeting.begin(
            crashed=self._crash is not None, busy=lambda: self.state.data is not None
        )

    @Slot(str)
    def _on_model_chosen(self, name: str) -> None:
        self._preferences.put("model", name)
        self.reporting.announce(self.training.scores(name))

    @Slot(int)
    def _on_page_shown(self, index: int) -> None:
        self.reporting.set_visible(index == TRAIN)
        self.instruments.set_visible(index == TRAIN)
        self.exploring.set_watched(index in (TRAIN, DRAW, MAP))
        self.draw_room.set_watched(index == DRAW, index == MAP)
        self.map_room.mapping.set_watched(index == MAP)
        self.map_room.mapping.set_visible(index == MAP)
        self.shelf.set_visible(index == LIBRARY)

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
        self.notices.show(text)

    @Slot(str)
    def _on_exported(self, path: str) -> None:
        self.notices.show(f"Written: {path}", "good")

    # -- runs on the disk -----------------------------------------------------------------------

    def welcome(self, crash: Crash | None) -> None:
        """How the last session ended, to be told once the models are there."""
        self._crash = crash

    @Slot(str)
    def on_error(self, text: str) -> None:
        """Something that nobody caught; the program goes on."""
        self.notices.show(text)

    def snapshot_budget(self) -> int:
        """Bytes that the snapshots of a run may take."""
        return int(self._preferences.get("snapshot_megabytes", 256)) * MEGABYTE

    @Slot(int)
    def _on_room_chosen(self, megabytes: int) -> None:
        self._preferences.put("snapshot_megabytes", megabytes)

    @Slot(str)
    def _on_run_shown(self, name: str) -> None:
        data = self.state.data
        if data is not None:
            title = name or f"{self.training.title(data.config.model)} on {data.config.data}"
            self.window.set_message(f"{title}: {data.pace.step:,} rounds")
        self.window.show_page(TRAIN)
        self.exploring.look_back(None)

    @Slot(str, object, object)
    def _on_settings_requested(self, model: str, settings: object, run: object) -> None:
        self.training.prepare(model, dict(settings), dict(run))  # type: ignore[call-overload]
        self.window.show_page(TRAIN)
        self.window.set_message("The settings are in the form: change them, then press Start")

    @Slot(int)
    def _on_kept(self, count: int) -> None:
        self.run_form.name_choice("data", OWN, f"{OWN} ({count:,})")

    @Slot()
    def _on_own_digits_wanted(self) -> None:
        self.run_form.set_values({"data": OWN})
        self.window.show_page(TRAIN)
        self.window.set_message("Your own digits are chosen: choose a model, then press Start")

    @Slot()
    def _on_start_requested(self) -> None:
        self.window.show_page(TRAIN)
        self.training.start()

    @Slot()
    def _on_import_requested(self) -> None:
        self.window.show_page(LIBRARY)
        self.library.import_requested.emit(())

    @Slot(str)
    def _on_library_requested(self, folder: str) -> None:
        self.window.show_page(LIBRARY)
        self.shelf.show(folder)

    @Slot()
    def _on_report_requested(self) -> None:
        if self._crash is not None:
            self._asking.report(
                "Report of the last session",
                "Modescope ended unexpectedly. Your runs are safe; this report helps to find out "
                f"why. It also lies in {self._crash.path}.",
                self._crash.report,
            )

    @Slot()
    def _on_at_stake(self) -> None:
        data = self.state.data
        text, failing = "", False
        if self.state.active and data is not None:
            of = f" of {data.pace.total_steps:,}" if data.pace.total_steps else ""
            text = (
                f"{self.training.title(data.config.model)} is training: "
                f"round {data.pace.step:,}{of}."
            )
            failing = data.unsaved
        self.window.set_at_stake(text, failing)

    @Slot(str)
    def _on_export_requested(self, what: str) -> None:
        data = self.state.data
        if what != "run":
            self.exporting.export(what)
        elif data is None or not data.folder:
            self._warn("There is no run to export yet: train a model or open one first.")
        else:
            self.library.export_requested.emit((data.folder,))

    @Slot()
    def _on_undo(self) -> None:
        if self.window.page() == LIBRARY:
            self.library.undo()
        else:
            self.draw.canvas.undo()
