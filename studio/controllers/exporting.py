"""Writes what is on screen to files, in the background."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from studio.bridge.librarian import sentence
from studio.bridge.worker import Answer, Worker

if TYPE_CHECKING:
    from studio.state.run_state import RunState

KINDS = {
    "grid": ("Export sample grid", "PNG picture (*.png)", ".png"),
    "csv": ("Export curves", "CSV table (*.csv)", ".csv"),
    "svg": ("Export curves", "SVG drawing (*.svg)", ".svg"),
    "film": ("Export training film", "MP4 film (*.mp4);;GIF film (*.gif)", ".mp4"),
}
ALSO = {"film": ".gif"}
"""What else a kind may end with."""
AskPath = Callable[[str, str, str], str]
"""From title, suggested file name and filter to the chosen path, or "" when the user gave up."""


@dataclasses.dataclass(frozen=True)
class ShownGrid:
    """The grid on screen: uint8 (N, H, W) and where it comes from."""

    images: np.ndarray
    title: str
    step: int
    seed: int
    data: str
    settings: dict[str, object]


class ExportController(QObject):
    """One export at a time; a newer one of the same kind replaces it."""

    exported = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        state: RunState,
        ask_path: AskPath,
        titles: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._ask_path, self._titles = state, ask_path, titles
        self._shown: ShownGrid | None = None
        self._fps = 12.0
        self._worker = Worker("exporter", tuple(KINDS), self)
        self._worker.answered.connect(self._on_answered, Qt.ConnectionType.DirectConnection)
        self._worker.start()

    def close(self) -> None:
        """Ends the thread; a file that is being written is finished or not there."""
        self._worker.close()

    def set_shown(self, grid: ShownGrid) -> None:
        """What an export of the grid would write."""
        self._shown = grid

    @Slot(float)
    def set_speed(self, frames_per_second: float) -> None:
        """How fast a film runs."""
        self._fps = frames_per_second

    @Slot(str)
    def export(self, kind: str) -> None:
        """Asks where to and writes `grid`, `csv`, `svg` or `film`."""
        if kind == "grid":
            if self._shown is None:
                self.refused.emit("There are no samples to export yet: start a training first.")
                return
            name = f"{self._shown.title}-step-{self._shown.step}"
        else:
            if self._state.data is None or not self._state.data.players:
                self.refused.emit("There is nothing to export yet: start a training first.")
                return
            name = f"{self._state.data.config.model}-step-{self._state.data.pace.step}"
        title, pattern, suffix = KINDS[kind]
        safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in name).lower()
        chosen = self._ask_path(title, safe + suffix, pattern)
        if chosen:
            path = Path(chosen)
            known = path.suffix.lower() in (suffix, ALSO.get(kind))
            self.write(kind, path if known else path.with_suffix(suffix))

    def write(self, kind: str, path: Path) -> None:
        """Writes without asking."""
        job = {
            "grid": self._grid_job,
            "csv": self._curves_job,
            "svg": self._curves_job,
            "film": self._film_job,
        }[kind](path)
        self._worker.ask(kind, job)

    def _grid_job(self, path: Path) -> Callable[[], Iterator[object]]:
        shown = self._shown
        assert shown is not None

        def job() -> Iterator[object]:
            from studio.library.exports import Caption, sample_grid_png

            caption = Caption(model=shown.title, step=shown.step, seed=shown.seed, data=shown.data)
            sample_grid_png(
                path, shown.images, caption=caption, metadata={"settings": shown.settings}
            )
            yield path

        return job

    def _curves_job(self, path: Path) -> Callable[[], Iterator[object]]:
        data = self._state.data
        assert data is not None
        # Copied here, on the window's thread: the originals go on growing.
        curves = {
            name: (player.steps.copy(), {k: v.copy() for k, v in player.terms.items()})
            for name, player in data.players.items()
        }
        infos = data.started.stages if data.started is not None else ()
        shown = {p.name: (p.title, p.role, p.shown) for stage in infos for p in stage.players}
        heading = f"{self._titles(data.config.model)} on {data.config.data}"

        def job() -> Iterator[object]:
            from studio.library.exports import curves_csv, curves_svg

            if path.suffix == ".csv":
                curves_csv(path, curves)
            else:
                curves_svg(path, curves, shown, heading=heading)
            yield path

        return job

    def _film_job(self, path: Path) -> Callable[[], Iterator[object]]:
        data = self._state.data
        assert data is not None
        frames = list(data.film)
        model, config, fps = self._titles(data.config.model), data.config, self._fps

        def job() -> Iterator[object]:
            from studio.library.exports import Caption, training_film_gif, training_film_mp4

            if len(frames) < 2:
                raise ValueError("A film needs at least two grids: train a little longer.")
            caption = Caption(model=model, step=frames[-1].step, seed=config.seed, data=config.data)
            images = np.stack([frame.images for frame in frames])
            steps = [frame.step for frame in frames]
            write = training_film_gif if path.suffix.lower() == ".gif" else training_film_mp4
            write(path, images, steps, caption=caption, fps=fps)
            yield path

        return job

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        if answer.error is not None:
            self.refused.emit(f"The export failed: {sentence(answer.error)}")
        elif isinstance(answer.value, Path):
            self.exported.emit(str(answer.value))
