"""Writes a morph as a film, in the background."""

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

FRAMES_PER_SECOND = 12.0
SUFFIXES = (".mp4", ".gif")
FILTER = "MP4 film (*.mp4);;GIF film (*.gif)"


@dataclass(frozen=True, eq=False)
class Morph:
    """What a film shows: uint8 (n, 28, 28), who wrote it, and which way it went."""

    frames: np.ndarray
    title: str
    step: int | None
    data: str
    way: str


class MorphFilm(QObject):
    """Asks where to, and writes one film after the other."""

    exported = Signal(str)
    refused = Signal(str)

    def __init__(self, errands: Errands, ask_path: AskPath, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errands, self._ask_path = errands, ask_path
        errands.failed.connect(self._on_failed)

    def export(self, morph: Morph) -> None:
        """Asks where to and writes there; an MP4 unless the name says GIF."""
        chosen = self._ask_path("Export morph", "morph.mp4", FILTER)
        if chosen:
            path = Path(chosen)
            self.write(
                morph, path if path.suffix.lower() in SUFFIXES else path.with_suffix(SUFFIXES[0])
            )

    def write(self, morph: Morph, path: Path) -> None:
        """Writes without asking."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> Path:
            from studio.library.exports import Caption, digit_film

            extra = f"morph, {morph.way}"
            digit_film(
                path,
                morph.frames,
                caption=Caption(morph.title, morph.step, None, morph.data, extra),
                fps=FRAMES_PER_SECOND,
                progress=tell,
                cancelled=cancelled,
            )
            return path

        def then(written: Path) -> None:
            self.exported.emit(str(written))

        self._errands.ask(Errand("Writing the morph", deed, then, subject=f"morph {path}"))

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Exception) -> None:
        if errand.subject.startswith("morph "):
            self.refused.emit(f"The export failed: {sentence(error)}")
