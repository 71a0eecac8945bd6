"""Puts a part of the map onto a contact sheet: asks which, decodes it and writes the file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.errands import Errand

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.bridge.cartographer import Cartographer, SheetPart
    from studio.bridge.errands import Errands, Tell
    from studio.controllers.exploring import ExploringController
    from studio.controllers.exporting import AskPath
    from studio.controllers.map_lines import LineController
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView
    from studio.state.sheet_plan import SheetPlan
    from studio.state.tile_cache import Origin

HOLDER = "sheet"
FILTERS = {"png": "PNG picture (*.png)", "svg": "SVG drawing (*.svg)"}
PIXELS = 28


@dataclass(eq=False)
class _Job:
    """A sheet that is being decoded; `path` is None for a preview."""

    plan: SheetPlan
    path: Path | None
    origin: Origin
    inside: np.ndarray  # bool (rows, columns)
    digits: np.ndarray  # uint8 (rows, columns, 28, 28)
    began: float | None = None


class SheetController(QObject):
    """One sheet at a time: the preview while the user chooses, then the sheet itself.

    Newer weights of a training are held back while a sheet is decoded.

    Signals:
        exported(str): the file that has been written.
        refused(str): one sentence for the user.
    """

    exported = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        view: MapView,
        cartographer: Cartographer,
        exploring: ExploringController,
        plane: PlaneController,
        lines: LineController,
        errands: Errands,
        ask_path: AskPath,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._cartographer, self._exploring = view, cartographer, exploring
        self._plane, self._lines = plane, lines
        self._errands, self._ask_path = errands, ask_path
        self._job: _Job | None = None
        self._writing: Errand | None = None
        view.export_requested.connect(self._on_export_requested)
        view.lasso.export_requested.connect(self._on_export_requested)
        view.sheet.changed.connect(self._on_plan_changed)
        view.sheet.requested.connect(self._on_requested)
        view.sheet.cancel_requested.connect(self._on_cancel_requested)
        plane.laid.connect(self._on_laid)
        cartographer.sheet.connect(self._on_part)
        cartographer.refused.connect(self._on_refused)
        errands.progressed.connect(self._on_progressed)
        errands.failed.connect(self._on_failed)
        errands.cancelled.connect(self._on_called_off)

    # Choosing

    @Slot()
    def _on_export_requested(self) -> None:
        ground = self._plane.ground
        if ground is None:
            return
        rect = self._view.map.view_rect()
        region = rect.left, rect.bottom, rect.right, rect.top
        self._view.sheet.set_region(region, self._lines.region, ground.bounds)
        self._view.show_sheet()
        plan = self._view.sheet.plan()
        if plan is not None:
            self._on_plan_changed(plan)

    @Slot(object)
    def _on_plan_changed(self, plan: SheetPlan) -> None:
        if self._writing is None and (self._job is None or self._job.path is None):
            self._decode(plan.preview(), None)

    @Slot(object)
    def _on_requested(self, plan: SheetPlan) -> None:
        adopted = self._plane.adopted
        if adopted is None:
            return
        name = "".join(c if c.isalnum() else "-" for c in f"{adopted.title} map").lower()
        chosen = self._ask_path(
            "Export sheet", f"{name}-step-{adopted.step}.{plan.kind}", FILTERS[plan.kind]
        )
        if chosen:
            path = Path(chosen)
            suffix = f".{plan.kind}"
            self.write(plan, path if path.suffix.lower() == suffix else path.with_suffix(suffix))

    def write(self, plan: SheetPlan, path: Path) -> None:
        """Decodes and writes without asking."""
        self._exploring.hold(HOLDER, True)
        self._decode(plan, path)
        if self._job is not None:
            self._view.sheet.set_busy(f"Decoding {int(self._job.inside.sum()):,} digits", 0.0)

    # Decoding

    def _decode(self, plan: SheetPlan, path: Path | None) -> None:
        origin = self._plane.origin
        if origin is None:
            return
        inside = plan.inside()
        empty = np.zeros((plan.rows, plan.columns, PIXELS, PIXELS), np.uint8)
        self._job = _Job(plan, path, origin, inside, empty)
        if inside.any():
            self._cartographer.ask_sheet(plan.places()[inside][None])
        else:
            self._view.sheet.set_preview(empty)

    @Slot(object)
    def _on_part(self, part: SheetPart) -> None:
        job = self._job
        stands = self._plane.stands(part.version, part.spec)
        if job is None or stands != job.origin or part.total != int(job.inside.sum()):
            return
        row, column = np.nonzero(job.inside)
        done = part.first + len(part.digits)
        job.digits[row[part.first : done], column[part.first : done]] = part.digits
        if job.path is not None:
            words = f"Decoding {part.total:,} digits"
            self._view.sheet.set_busy(words, done / part.total)
        elif job.began is None:
            job.began = time.monotonic()
        else:
            # The first part has waited for others; what came after it tells the pace.
            seconds = time.monotonic() - job.began
            self._view.sheet.set_pace(seconds / max(part.first, 1))
        if done == part.total:
            self._job = None
            if job.path is None:
                self._view.sheet.set_preview(job.digits)
            else:
                self._write(job, job.path)

    @Slot()
    def _on_laid(self) -> None:
        job = self._job
        if job is None or job.origin == self._plane.origin:
            return
        self._give_up()
        if job.path is None:
            self._decode(job.plan, None)
        else:
            self.refused.emit("The map is another one now: export the sheet again.")

    @Slot(str, str)
    def _on_refused(self, channel: str, sentence: str) -> None:
        if channel == "sheet" and self._job is not None:
            self._give_up()
            self.refused.emit(sentence)

    def _give_up(self) -> None:
        """Decodes no more."""
        self._job = None
        self._cartographer.forget("sheet")
        self._exploring.hold(HOLDER, False)
        self._view.sheet.set_busy("", None)

    # Writing

    def _write(self, job: _Job, path: Path) -> None:
        self._exploring.hold(HOLDER, False)
        adopted, ground = self._plane.adopted, self._plane.ground
        assert adopted is not None
        assert ground is not None
        title, step, data = adopted.title, adopted.step, adopted.data
        names, metadata = ground.axis_names, self._metadata(job)

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> Path:
            from studio.library.exports import Caption
            from studio.library.exports.sheet import write_sheet

            write_sheet(
                path,
                job.digits,
                Caption(title, step, None, data, str(metadata["note"])),
                metadata,
                edges=job.plan.edges(names) if ground.dim else None,
                scale=job.plan.scale,
                paper=job.plan.paper,
                progress=tell,
                cancelled=cancelled,
            )
            return path

        self._writing = Errand("Writing the sheet", deed, self._on_written)
        self._errands.ask(self._writing)

    def _metadata(self, job: _Job) -> dict[str, object]:
        """What is needed to find the same digits again."""
        spec, ground = self._plane.spec, self._plane.ground
        assert ground is not None
        plane: dict[str, object] = {
            "kind": spec.kind,
            "dimensions": list(spec.dimensions),
            "offsets": [list(offset) for offset in spec.offsets],
            "through": None if spec.through is None else list(spec.through),
            "label": ground.label,
            "anchors": [anchor.hex() for anchor in spec.anchors],
        }
        lasso = [list(corner) for corner in job.plan.lasso]
        return {"run": job.origin.run, "plane": plane, "lasso": lasso, "note": ground.note}

    def _on_written(self, path: Path) -> None:
        self._done()
        self.exported.emit(str(path))

    @Slot(object, float)
    def _on_progressed(self, errand: Errand, share: float) -> None:
        if errand is self._writing:
            self._view.sheet.set_busy("Writing the file", share)

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Any) -> None:
        if errand is self._writing:
            from studio.bridge.librarian import sentence

            self._done()
            self.refused.emit(f"The export failed: {sentence(error)}")

    @Slot(object)
    def _on_called_off(self, errand: Errand) -> None:
        if errand is self._writing:
            self._done()

    @Slot()
    def _on_cancel_requested(self) -> None:
        if self._writing is not None:
            self._errands.cancel()
        else:
            self._give_up()

    def _done(self) -> None:
        self._writing = None
        self._view.sheet.set_busy("", None)
