"""Contact sheets of the map: asks what for, has the digits decoded, and writes the file."""

from __future__ import annotations

import base64
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.bridge.errands import Errand, Errands, Tell
from studio.bridge.librarian import sentence

if TYPE_CHECKING:
    from studio.bridge.cartographer import Cartographer, SheetPart
    from studio.bridge.desk import Adopted
    from studio.controllers.exploring import ExploringController
    from studio.engine.ground import Ground, PlaneSpec
    from studio.state.sheet_plan import SheetPlan
    from studio.state.tiles import PlaneRect

CHANNEL = "sheet"
KINDS = {"png": "PNG picture (*.png)", "svg": "SVG drawing (*.svg)"}
AskPath = Callable[[str, str, str], str]
"""From title, suggested file name and filter to the chosen path, or "" when the user gave up."""


class SheetForm(Protocol):
    """What this controller needs of the dialog."""

    changed: SignalInstance
    requested: SignalInstance
    cancel_requested: SignalInstance

    def set_region(
        self,
        view: tuple[float, float, float, float],
        lasso: np.ndarray | None = None,
        bounds: tuple[float, float, float, float] | None = None,
    ) -> None: ...
    def show_part(self, part: str) -> None: ...
    def set_preview(self, digits: np.ndarray | None) -> None: ...
    def set_pace(self, seconds_per_digit: float) -> None: ...
    def set_busy(self, text: str, share: float | None) -> None: ...
    def plan(self) -> SheetPlan | None: ...
    def show(self) -> None: ...
    def isVisible(self) -> bool: ...
    def raise_(self) -> None: ...


class Plane(Protocol):
    """Whose ground the map shows, and of which weights."""

    laid: SignalInstance
    cleared: SignalInstance
    ground: Ground | None
    adopted: Adopted | None


class SheetController(QObject):
    """One sheet at a time. While its digits are decoded, the weights stay as they are.

    Signals:
        exported(str): a sheet has been written.
        refused(str): one sentence.
    """

    exported = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        make_form: Callable[[], SheetForm],
        ask_path: AskPath,
        cartographer: Cartographer,
        exploring: ExploringController,
        plane: Plane,
        view_rect: Callable[[], PlaneRect],
        lasso: Callable[[], np.ndarray | None],
        parent: QObject | None = None,
    ) -> None:
        """
        Arguments:
            make_form: Makes the dialog, when it is first wanted.
            view_rect: What part of the plane is in view.
            lasso: The corners (m, 2) of the lasso on the map, if there is one.
        """
        super().__init__(parent)
        self._make_form, self._ask_path = make_form, ask_path
        self._cartographer, self._exploring, self._plane = cartographer, exploring, plane
        self._view_rect, self._lasso = view_rect, lasso
        self._form: SheetForm | None = None
        self._shown: SheetPlan | None = None
        self._sheet: _Sheet | None = None
        self._digits: np.ndarray | None = None
        self._since = 0.0
        self._errands = Errands("sheets", self)
        self._errands.progressed.connect(self._on_progressed)
        self._errands.failed.connect(self._on_failed)
        self._errands.cancelled.connect(self._on_idle)
        self._errands.idle.connect(self._on_idle)
        cartographer.sheet.connect(self._on_part)
        cartographer.refused.connect(self._on_refused)
        cartographer.finished.connect(self._on_finished)
        plane.laid.connect(self._on_laid)
        plane.cleared.connect(self._on_laid)

    def close(self) -> None:
        """Ends the thread; a file that is being written is not there."""
        self._errands.close()

    @Slot()
    def open_lasso(self) -> None:
        """Shows the dialog for what lies in the lasso."""
        self._open("lasso")

    @Slot()
    def open(self) -> None:
        """Shows the dialog for what is in view."""
        self._open("view")

    def _open(self, part: str) -> None:
        ground = self._plane.ground
        if ground is None or self._plane.adopted is None:
            self.refused.emit("There is no map to export yet: choose a model that can decode.")
            return
        if self._form is None:
            self._form = form = self._make_form()
            form.changed.connect(self._on_changed)
            form.requested.connect(self._on_requested)
            form.cancel_requested.connect(self._on_cancel)
        view = self._view_rect()
        region = view.left, view.bottom, view.right, view.top
        if self._sheet is None:
            self._form.set_region(region, self._lasso(), ground.bounds)
            self._form.show_part(part)
        self._form.show()
        self._form.raise_()
        if self._sheet is None and (wanted := self._form.plan()) is not None:
            self._on_changed(wanted)

    # -- decoding -------------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, plan: SheetPlan) -> None:
        """A preview; its last digit tells the pace."""
        if self._sheet is not None or self._form is None or not self._form.isVisible():
            return
        self._shown = plan.preview()
        self._ask(self._shown)

    @Slot(object)
    def _on_requested(self, plan: SheetPlan) -> None:
        ground, adopted = self._plane.ground, self._plane.adopted
        if self._form is None or ground is None or adopted is None or self._sheet is not None:
            return
        # From here on the weights stay as they are, also while the user looks for a folder.
        self._exploring.hold(CHANNEL, True)
        name = f"{adopted.model}-step-{adopted.step}-map.{plan.kind}"
        chosen = self._ask_path("Export a sheet of digits", name, KINDS[plan.kind])
        if not chosen:
            self._exploring.hold(CHANNEL, False)
            return
        path = Path(chosen)
        if path.suffix.lower() != f".{plan.kind}":
            path = path.with_name(f"{path.name}.{plan.kind}")
        self._sheet = _Sheet(path, plan, ground, adopted)
        self._form.set_busy(f"Decoding {plan.count:,} digits", 0.0)
        self._ask(plan)

    def _ask(self, plan: SheetPlan) -> None:
        self._digits = None
        self._since = time.monotonic()
        self._cartographer.ask_sheet(plan.places())

    @Slot(object)
    def _on_part(self, part: SheetPart) -> None:
        sheet, form = self._sheet, self._form
        plan = sheet.plan if sheet is not None else self._shown
        if form is None or plan is None or part.total != plan.count:
            return
        if self._digits is None:
            self._digits = np.zeros((part.total, *part.digits.shape[1:]), np.uint8)
        done = part.first + len(part.digits)
        self._digits[part.first : done] = part.digits
        form.set_pace((time.monotonic() - self._since) / done)
        if sheet is not None:
            form.set_busy(f"Decoding {plan.count:,} digits", done / part.total)
        if done == part.total:
            digits = self._digits.reshape(plan.rows, plan.columns, *self._digits.shape[1:])
            digits[~plan.inside()] = 0
            if sheet is None:
                form.set_preview(digits)
            else:
                self._write(sheet, digits)

    @Slot()
    def _on_laid(self) -> None:
        form = self._form
        if self._sheet is None and form is not None and form.isVisible():
            form.set_preview(None)
            if self._plane.ground is not None and (plan := form.plan()) is not None:
                self._on_changed(plan)

    @Slot(str)
    def _on_finished(self, channel: str) -> None:
        if channel == CHANNEL and self._sheet is not None and self._sheet.decoding:
            # Other weights have been chosen half-way.
            self._give_up("Another model answers now, so the sheet was given up: export it again.")

    @Slot(str, str)
    def _on_refused(self, channel: str, message: str) -> None:
        if channel == CHANNEL and self._sheet is not None:
            self._give_up(message)

    @Slot()
    def _on_cancel(self) -> None:
        if self._sheet is not None and self._sheet.decoding:
            self._give_up("")
        else:
            self._errands.cancel()

    def _give_up(self, why: str) -> None:
        self._cartographer.forget(CHANNEL)
        self._on_idle()
        if why:
            self.refused.emit(why)

    # -- writing --------------------------------------------------------------------------------

    def _write(self, sheet: _Sheet, digits: np.ndarray) -> None:
        sheet.decoding = False
        self._digits = None
        self._exploring.hold(CHANNEL, False)
        adopted, plan, ground = sheet.adopted, sheet.plan, sheet.ground

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.exports import Caption
            from studio.library.exports.sheet import write_sheet

            caption = Caption(
                adopted.title, adopted.step, data=adopted.data, extra=_first_sentence(ground.note)
            )
            write_sheet(
                sheet.path,
                digits,
                caption,
                {"plane": _described(ground.spec), "run": adopted.run},
                edges=plan.edges(ground.axis_names),
                scale=plan.scale,
                paper=plan.paper,
                progress=tell,
                cancelled=cancelled,
            )
            return sheet.path

        self._errands.ask(
            Errand(f"Writing {sheet.path.name}", deed, lambda path: self.exported.emit(str(path)))
        )

    @Slot(object, float)
    def _on_progressed(self, errand: Errand, share: float) -> None:
        if self._form is not None:
            self._form.set_busy(errand.what, share)

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Any) -> None:
        self.refused.emit(sentence(error))

    @Slot()
    def _on_idle(self) -> None:
        self._sheet = self._digits = self._shown = None
        self._exploring.hold(CHANNEL, False)
        if self._form is not None:
            self._form.set_busy("", None)


@dataclasses.dataclass(eq=False)
class _Sheet:
    """One that is being made."""

    path: Path
    plan: SheetPlan
    ground: Ground
    adopted: Adopted
    decoding: bool = True


def _first_sentence(note: str) -> str:
    return note.partition(". ")[0].rstrip(".")


def _described(spec: PlaneSpec) -> dict[str, object]:
    """A plane as JSON: its anchors are grey levels of 28 x 28 in base64."""
    return {
        "kind": spec.kind,
        "dimensions": list(spec.dimensions),
        "anchors": [base64.b64encode(image).decode() for image in spec.anchors],
        "offsets": [list(offset) for offset in spec.offsets],
        "through": None if spec.through is None else list(spec.through),
        "label": spec.label,
    }
