"""Writes the way along a path of the map as a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.controllers.film_writer import Film, FilmWriter
from studio.controllers.map_lines import PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from studio.bridge.errands import Errands
    from studio.controllers.exporting import AskPath
    from studio.controllers.map_lines import LineController
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView


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
        self._writer = FilmWriter(errands, ask_path, self)
        self._writer.progressed.connect(self._on_progressed)
        self._writer.ended.connect(lines.show_note)
        self._writer.exported.connect(self.exported)
        self._writer.refused.connect(self.refused)
        view.path.export_requested.connect(self._on_export_requested)

    @Slot()
    def _on_export_requested(self) -> None:
        film = self._film()
        if film is not None:
            name = "".join(c if c.isalnum() else "-" for c in f"{film.title} path").lower()
            self._writer.export(film, f"{name}-step-{film.step}.mp4")

    def write(self, path: Path) -> None:
        """Writes without asking; an MP4, or a GIF if the name says so."""
        film = self._film()
        assert film is not None
        self._writer.write(film, path)

    def _film(self) -> Film | None:
        frames, adopted = self._lines.frames, self._plane.adopted
        if frames is None or adopted is None:
            return None
        extra = "a path over the map"
        return Film(
            "path",
            frames,
            adopted.title,
            adopted.step,
            adopted.data,
            extra,
            PER_SECOND,
            and_back=False,
        )

    @Slot(float)
    def _on_progressed(self, share: float) -> None:
        self._view.path.set_note(f"Writing the film: {share:.0%} done.".replace("%", " %"))
