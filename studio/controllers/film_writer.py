"""Writes digits that follow each other as a film, in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.errands import Errand
from studio.bridge.librarian import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from studio.bridge.errands import Errands, Tell
    from studio.controllers.exporting import AskPath

FILM = "film "
"""What errands are about that write films."""
SUFFIXES = (".mp4", ".gif")
FILTER = "MP4 film (*.mp4);;GIF film (*.gif)"


@dataclass(frozen=True, eq=False)
class Film:
    """What a film shows.

    Attributes:
        name: What it is, as "morph" or "path".
        frames: uint8 (n, 28, 28).
        title, step, data: The model that wrote them.
        extra: What else the caption says.
        per_second: Frames in a second.
        and_back: Whether it runs to its end and back.
    """

    name: str
    frames: np.ndarray
    title: str
    step: int | None
    data: str
    extra: str
    per_second: float
    and_back: bool = True


class FilmWriter(QObject):
    """Asks where to, and writes one film after the other.

    Signals:
        progressed(float): the share of a film that is written, in [0, 1].
        ended(): a film is written, or cannot be.
        exported(str): the file that has been written.
        refused(str): one sentence for the user.
    """

    progressed = Signal(float)
    ended = Signal()
    exported = Signal(str)
    refused = Signal(str)

    def __init__(self, errands: Errands, ask_path: AskPath, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errands, self._ask_path = errands, ask_path
        errands.progressed.connect(self._on_progressed)
        errands.failed.connect(self._on_failed)

    def export(self, film: Film, file_name: str) -> None:
        """Asks where to, proposing a name, and writes there; an MP4 unless the name says GIF."""
        chosen = self._ask_path(f"Export {film.name}", file_name, FILTER)
        if chosen:
            path = Path(chosen)
            known = path.suffix.lower() in SUFFIXES
            self.write(film, path if known else path.with_suffix(SUFFIXES[0]))

    def write(self, film: Film, path: Path) -> None:
        """Writes without asking."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> Path:
            from studio.library.exports import Caption, digit_film

            digit_film(
                path,
                film.frames,
                caption=Caption(film.title, film.step, None, film.data, film.extra),
                fps=film.per_second,
                and_back=film.and_back,
                progress=tell,
                cancelled=cancelled,
            )
            return path

        what = f"Writing the {film.name}"
        self._errands.ask(Errand(what, deed, self._on_written, subject=f"{FILM}{path}"))

    def _on_written(self, path: Path) -> None:
        self.ended.emit()
        self.exported.emit(str(path))

    @Slot(object, float)
    def _on_progressed(self, errand: Errand, share: float) -> None:
        if errand.subject.startswith(FILM):
            self.progressed.emit(share)

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Exception) -> None:
        if errand.subject.startswith(FILM):
            self.ended.emit()
            self.refused.emit(f"The export failed: {sentence(error)}")
