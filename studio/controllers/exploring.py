"""Decides which model answers the drawing and the map, and with which weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.desk import Adopted, Desk, ModelFile, Snapshot
from studio.engine.events import Phase

if TYPE_CHECKING:
    from studio.state.run_state import RunState

NO_MODEL = "A model is needed first: choose one, or train one."
"""Why nobody answers."""


class ExploringController(QObject):
    """The shipped model answers until something is trained; then the newest weights do, or those
    of the step under the time cursor. A run that was chosen from the disk answers until the
    window's own is chosen again, or another training begins.

    Weights are taken over only while a page that asks is on screen: nobody pays for a map that
    nobody sees. Whoever is busy with the weights as they are holds newer ones back: otherwise a
    slow answer would begin again with each snapshot and never arrive.
    """

    adopted = Signal(object)  # Adopted
    line_changed = Signal()
    """The same weights answer, but `line` says something else of them."""

    def __init__(self, desk: Desk, state: RunState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._state = desk, state
        self._watched = False
        self._newer = False
        self._looking_back: ModelFile | None = None
        self._chosen: ModelFile | None = None
        self._opened: tuple[ModelFile, str] | None = None
        self._holders: set[str] = set()
        self.current: Adopted | None = None
        self._origin = ""
        desk.adopted.connect(self._on_adopted)
        state.snapshot_taken.connect(self._on_snapshot)
        state.phase_changed.connect(self.line_changed)
        state.begun.connect(self._on_begun)

    def open(self, path: Path, origin: str) -> None:
        """Lets a model on disk answer; `origin` says in the window what it is."""
        self._origin = origin
        self._opened = ModelFile(path), origin
        self._desk.adopt(ModelFile(path))

    def choose(self, path: Path | None) -> None:
        """Lets a run on the disk answer, whatever is being trained; None for the window's own."""
        self._chosen = None if path is None else ModelFile(path)
        if self._chosen is not None:
            self._origin = ""
            self._desk.adopt(self._chosen)
        elif self._state.data is not None:
            self._newer = True
            if self._watched:
                self._take_over()
        elif self._opened is not None:
            file, self._origin = self._opened
            self._desk.adopt(file)
        self.line_changed.emit()

    @property
    def chosen(self) -> Path | None:
        """The run on the disk that answers instead of the window's own, if one was chosen."""
        return None if self._chosen is None else self._chosen.path

    def look_back(self, step: int | None) -> None:
        """Lets the model answer as it was at a step of the timeline; None for as it is."""
        data = self._state.data
        if data is None:
            return
        if step is None or not data.folder or not data.snapshots or data.snapshots[0] > step:
            was_back, self._looking_back = self._looking_back is not None, None
            if was_back or data.snapshot is None:
                self._newer = True
        else:
            wanted = ModelFile(Path(data.folder), step)
            if wanted == self._looking_back:
                return
            self._looking_back, self._newer = wanted, True
        if self._newer and self._watched:
            self._take_over()

    def set_watched(self, watched: bool) -> None:
        """Whether a page that asks is on screen."""
        self._watched = watched
        if watched and self._newer and not self._holders:
            self._take_over()

    def hold(self, who: str, busy: bool) -> None:
        """Keeps the weights as they are while somebody is busy with them."""
        (self._holders.add if busy else self._holders.discard)(who)
        if self._newer and self._watched and not self._holders:
            self._take_over()

    @property
    def training(self) -> bool:
        """Whether the answering model is being trained right now."""
        return self._origin == "" and self._chosen is None and self._state.phase is Phase.RUNNING

    def line(self) -> str:
        """Which model answers, for the top of a page."""
        if self.current is None:
            return "No model yet"
        if self._origin:
            return f"{self.current.title}, {self._origin}"
        if self._chosen is not None:
            state = "from the library"
        elif self._looking_back is not None:
            state = "looking back"
        else:
            states = {Phase.RUNNING: "training", Phase.PAUSED: "paused"}
            state = states.get(self._state.phase, "trained here")
        return f"{self.current.title} on {self.current.data}, step {self.current.step:,}, {state}"

    @Slot()
    def _on_begun(self) -> None:
        # Who starts a training wants to see what becomes of it.
        if self._chosen is not None:
            self._chosen = None
            self.line_changed.emit()

    @Slot()
    def _on_snapshot(self) -> None:
        if self._looking_back is not None:
            return  # they are taken over when the cursor goes live again
        self._newer = True
        if self._chosen is not None:
            return
        wanted = self._watched and not self._holders
        if wanted or self._state.phase is not Phase.RUNNING:
            self._take_over()

    def _take_over(self) -> None:
        data = self._state.data
        if self._chosen is not None:
            return
        if self._looking_back is not None:
            self._newer, self._origin = False, ""
            self._desk.adopt(self._looking_back)
            return
        if data is None:
            return
        if data.snapshot is None and data.folder and not self._state.active:
            # A run that was read from the disk: its newest weights are there.
            self._newer, self._origin = False, ""
            self._desk.adopt(ModelFile(Path(data.folder)))
            return
        if data.snapshot is None or data.started is None:
            return
        self._newer, self._origin = False, ""
        config, started, snapshot = data.config, data.started, data.snapshot
        self._desk.adopt(
            Snapshot(
                config.model,
                config.settings,
                started.shape,
                config.data,
                snapshot.step,
                snapshot.weights,
                dict(data.live),
                data.folder or f"run {config.run}",
            )
        )

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        self.current = adopted
        self.adopted.emit(adopted)
