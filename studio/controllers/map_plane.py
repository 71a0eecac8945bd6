"""Which plane the map shows, of which weights; everything else on the map stands on it."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from studio.controllers.map_meeting import Meeting
from studio.engine.ground import PlaneSpec
from studio.state.tile_cache import Origin

if TYPE_CHECKING:
    import numpy as np

    from studio.bridge.cartographer import Cartographer, Laid
    from studio.bridge.desk import Adopted
    from studio.controllers.exploring import ExploringController
    from studio.controllers.map_view import MapView
    from studio.engine.ground import Ground, Kind

KEPT = 64
"""Grounds that are remembered; they are small."""
DRIFT = 2.0
"""The plane of a model in training is shown from its middle again when it has grown so much."""
CORNERS = ("A", "B", "C")


class PlaneController(QObject):
    """Lays the plane for the weights that answer, and moves it where the user wants it.

    Where the same plane of the same weights has been laid before, it is there at once.

    Attributes:
        adopted: The weights that answer, or None before there are any and where they have no map.
        ground: How the plane lies for them, or None until it is laid.
        origin: What names this plane of these weights.

    Signals:
        laid(): plane or weights are others: whatever was shown is stale.
        cleared(): another model: whatever was shown belongs to nothing any more.
        refused(str): one sentence for the user.
    """

    laid = Signal()
    cleared = Signal()
    refused = Signal(str)

    def __init__(
        self,
        view: MapView,
        cartographer: Cartographer,
        exploring: ExploringController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._cartographer, self._exploring = view, cartographer, exploring
        self.adopted: Adopted | None = None
        self.ground: Ground | None = None
        self.origin: Origin | None = None
        self._known: OrderedDict[Origin, Ground] = OrderedDict()
        self._spec: PlaneSpec | None = None
        self._reasons: dict[str, str] = {}
        self._meeting = Meeting()
        self._watched, self._unasked, self._homing = True, False, True
        self._stood: tuple[Origin, int] | None = None
        self._opened: tuple[float, tuple[float, float], float] | None = None
        view.planes.kind_chosen.connect(self._on_kind_chosen)
        view.planes.axes_chosen.connect(self._on_axes_chosen)
        view.planes.label_chosen.connect(self._on_label_chosen)
        view.planes.through_toggled.connect(self._on_through_toggled)
        exploring.adopted.connect(self._on_adopted)
        exploring.line_changed.connect(self._show_note)
        cartographer.laid.connect(self._on_laid)
        cartographer.refused.connect(self._on_refused)

    # What others ask for

    @property
    def spec(self) -> PlaneSpec:
        """The plane that is wanted."""
        return self._spec or PlaneSpec()

    @property
    def identity(self) -> object:
        """What stays the same as long as a place of the plane means the same, but for the weights
        and for where the plane lies in the other dimensions."""
        spec = self.spec
        return spec.kind, spec.dimensions, spec.anchors if spec.kind == "anchors" else ()

    def allows(self, kind: str) -> bool:
        """Whether this model has such a plane."""
        return self._reasons.get(kind) == ""

    def stands(self, version: int, spec: object) -> Origin | None:
        """What names a plane of the weights that answer; None for an answer of other weights."""
        if self.adopted is None or version != self.adopted.version:
            return None
        return Origin(self._run, self.adopted.step, spec)

    def set_watched(self, watched: bool) -> None:
        """Whether a page that shows places is on screen; if not, no plane is laid."""
        self._watched = watched
        if watched and self._unasked:
            self._lay()

    def turn(
        self,
        kind: str,
        dimensions: tuple[int, int] = (0, 1),
        anchors: tuple[bytes, ...] = (),
        *,
        home: bool = True,
    ) -> None:
        """Shows another plane, without the offsets of the one before, and from its middle."""
        plain = PlaneSpec(cast("Kind", kind), dimensions, anchors, label=self.spec.label)
        self._show(self._meeting.through(plain), home=home)

    def move(self, offsets: tuple[tuple[int, float], ...]) -> None:
        """Moves the plane along the dimensions that it does not show."""
        self._show(dataclasses.replace(self.spec, offsets=offsets))

    def meet(self, code: np.ndarray | None, label: int | None, *, anew: bool) -> None:
        """The code (D,) of the drawing, which the plane contains if the user wants that; `anew`
        where it is another drawing, and not the same one read by other weights."""
        weights = None if self.adopted is None else (self._run, self.adopted.step)
        self._meeting.read(code, label, weights, anew=anew)
        if self.ground is not None:
            self._show(self._meeting.through(self.spec))
        self._show_choice()

    def _show(self, spec: PlaneSpec, *, home: bool = False) -> None:
        if spec != self._spec:
            self._spec = spec
            self._homing = self._homing or home
            self._lay()
        self._show_choice()

    # Weights

    @property
    def _run(self) -> str:
        assert self.adopted is not None
        # Where nobody can say which run it is, only this very adoption is known to be the same; and
        # the same weights under settings that were changed live may draw otherwise.
        name = self.adopted.run or f"adoption {self.adopted.version}"
        return f"{name}, {self.adopted.live}" if self.adopted.live else name

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        maps = adopted.pictures == "digits"
        before, self.adopted = self.adopted, adopted if maps else None
        self._view.set_unavailable("" if maps else f"No map: {adopted.ways['decode']}")
        if not adopted.same_model or before is None:
            self.ground = self.origin = self._spec = None
            self._meeting.forget()
            self._reasons, self._homing = {}, True
            self._view.map.reset()
            self._show_note()
            self.cleared.emit()
        elif maps and self._spec is not None:
            weights = (self._run, adopted.step)
            self._meeting.turn_to(weights, same_run=before.run == adopted.run)
            self._spec = self._meeting.through(self._spec)
        self._lay()

    def _lay(self) -> None:
        """Lays the plane for these weights."""
        if self.adopted is None:
            return
        self._unasked = not self._watched
        if self._unasked:
            return
        # First of all: what is asked from now on is about this plane.
        self._cartographer.ask_plane(self._spec)
        wanted = self.stands(self.adopted.version, self._spec)
        if wanted is not None and wanted in self._known:
            self._stand(wanted, self._known[wanted])

    @Slot(object)
    def _on_laid(self, laid: Laid) -> None:
        origin = self.stands(laid.version, laid.ground.spec)
        if origin is None:
            return
        self._known[origin] = laid.ground
        self._known.move_to_end(origin)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        self._reasons = {
            choice.kind: "" if choice.possible else choice.note for choice in laid.kinds
        }
        self._view.planes.set_kinds(self._reasons)
        if self._spec is None:
            self._spec = laid.ground.spec
        # The same plane of the same weights as adopted before is not the same as being there.
        if laid.ground.spec == self._spec and (origin, laid.version) != self._stood:
            self._stand(origin, laid.ground)

    def _stand(self, origin: Origin, ground: Ground) -> None:
        """From now on the map shows this plane of these weights."""
        assert self.adopted is not None
        self.origin, self.ground = origin, ground
        self._stood = origin, self.adopted.version
        corners = [(x, y, image, CORNERS[n]) for n, (x, y, image) in enumerate(ground.corners)]
        self._view.set_ground(
            ground.bounds,
            corners,
            ground.period,
            centre=ground.centre,
            span=ground.span,
            rings=self._measures_prior(ground),
        )
        if self._homing or self._outgrown(ground.span):
            self._homing = False
            self._view.map.go_home()
            self._opened = ground.span, self._view.map.centre(), self._view.map.scale()
        self._show_choice()
        self._show_note()
        self.laid.emit()

    def _measures_prior(self, ground: Ground) -> bool:
        """Whether one unit of the plane is one standard deviation of a Gaussian prior."""
        assert self.adopted is not None
        if not self.allows("quantiles"):
            return False
        # Components of more than two numbers are measured by the codes, if there are any.
        raw = ground.spec.kind == "dimensions" or ground.dim <= 2 or not self.adopted.encodes_fast
        return raw and ground.spec.kind in ("principal", "dimensions")

    def _outgrown(self, span: float) -> bool:
        """Whether codes have spread or shrunk so far that the view in which the map opened shows
        too little or too much of them, and nobody has moved it since."""
        if self._opened is None:
            return False
        before, *place = self._opened
        unmoved = place == [self._view.map.centre(), self._view.map.scale()]
        return unmoved and not 1 / DRIFT < span / before < DRIFT

    @Slot(str, str)
    def _on_refused(self, channel: str, sentence: str) -> None:
        if channel != "lay" or self.adopted is None:
            return
        if self._spec is None:
            self._view.set_unavailable(sentence)
            return
        self.refused.emit(sentence)
        # Back to the plane that is on show; if that is refused, to the one to begin with.
        shown = None if self.ground is None else self.ground.spec
        self._spec = None if shown == self._spec else shown
        self._lay()
        self._show_choice()

    # The user's choice

    @Slot(str)
    def _on_kind_chosen(self, kind: str) -> None:
        if kind != "anchors":  # its corners have to be filled first
            self.turn(kind)

    @Slot(int, int)
    def _on_axes_chosen(self, across: int, up: int) -> None:
        self.turn(self.spec.kind, (across, up))

    @Slot(int)
    def _on_label_chosen(self, label: int) -> None:
        self._meeting.choose_label()
        self._show(dataclasses.replace(self.spec, label=label))

    @Slot(bool)
    def _on_through_toggled(self, on: bool) -> None:
        self._meeting.wanted = on
        self._show(self._meeting.through(self.spec))

    # What is shown

    def _show_choice(self) -> None:
        ground = self.ground
        # A plane that repeats itself leaves no choice of directions.
        dim = 0 if ground is None or ground.period is not None else ground.dim
        self._view.set_plane(self.spec.kind, self.spec.dimensions, dim)
        self._view.planes.set_through_possible(self._meeting.why_apart(self.spec.kind))
        self._view.planes.set_label(None if ground is None else ground.label)

    @Slot()
    def _show_note(self) -> None:
        if self.ground is not None:
            self._view.set_plane_note(f"{self._exploring.line()}. {self.ground.note}")
        elif self.adopted is None:  # why there is no map is said in its place
            self._view.set_plane_note(f"{self._exploring.line()}.")
