"""Writes the way along a path of the map as a film, in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.errands import Errand
from studio.controllers.map_lines import PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.bridge.errands import Errands, Tell
    from studio.controllers.exporting import AskPath
    from studio.controllers.map_lines import LineController
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView

SUFFIXES = (".mp4", ".gif")
FILTER = "MP4 film (*.mp4);;GIF film (*.gif)"


class FilmController(QObject):
    """Signals:
    exported(str): the file that has been written.
    refused(str): one sentence for the user.
    """

    exported = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        view: MapView,
        plane: PlaneController,
        lines: LineController,
        errands: Errands,
        ask_path: AskPath,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._plane, self._lines = view, plane, lines
        self._errands, self._ask_path = errands, ask_path
        self._writing: Errand | None = None
        view.path.export_requested.connect(self._on_export_requested)
        errands.progressed.connect(self._on_progressed)
        errands.failed.connect(self._on_failed)

    @Slot()
    def _on_export_requested(self) -> None:
        adopted = self._plane.adopted
        if adopted is None or self._lines.frames is None:
            return
        name = "".join(c if c.isalnum() else "-" for c in f"{adopted.title} path").lower()
        chosen = self._ask_path("Export the path", f"{name}-step-{adopted.step}.mp4", FILTER)
        if chosen:
            path = Path(chosen)
            known = path.suffix.lower() in SUFFIXES
            self.write(path if known else path.with_suffix(SUFFIXES[0]))

    def write(self, path: Path) -> None:
        """Writes without asking; an MP4, or a GIF if the name says so."""
        frames, adopted = self._lines.frames, self._plane.adopted
        assert frames is not None
        assert adopted is not None
        title, step, data = adopted.title, adopted.step, adopted.data

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> Path:
            from studio.library.exports import Caption, digit_film

            digit_film(
                path,
                frames,
                caption=Caption(title, step, None, data, "a path over the map"),
                fps=PER_SECOND,
                and_back=False,
                progress=tell,
                cancelled=cancelled,
            )
            return path

        self._writing = Errand("Writing the path", deed, self._on_written)
        self._errands.ask(self._writing)

    def _on_written(self, path: Path) -> None:
        self._writing = None
        self._lines.show_note()
        self.exported.emit(str(path))

    @Slot(object, float)
    def _on_progressed(self, errand: Errand, share: float) -> None:
        if errand is self._writing:
            self._view.path.set_note(f"Writing the film: {share:.0%} done.".replace("%", " %"))

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Any) -> None:
        if errand is self._writing:
            from studio.bridge.librarian import sentence

            self._writing = None
            self._lines.show_note()
            self.refused.emit(f"The export failed: {sentence(error)}")
