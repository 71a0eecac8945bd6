"""Questions about the map of the model in the window, and their answers.

The maps themselves live on the inference thread; this hands out plain arrays, each with the
version of the weights and the plane that it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.map_answers import (
    Laid,
    Path,
    Picked,
    Placed,
    Points,
    Region,
    Shade,
    SheetPart,
    Strip,
    Tile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from studio.bridge.desk import Adopted, Desk
    from studio.engine.atlas import Atlas
    from studio.engine.ground import PlaneSpec, ShadeKind
    from studio.engine.witness import Witness

__all__ = [
    "Cartographer",
    "Laid",
    "Path",
    "Picked",
    "Placed",
    "Points",
    "Region",
    "Shade",
    "SheetPart",
    "Strip",
    "Tile",
]

_CHANNELS = frozenset(
    ("lay", "points", "tiles", "shades", "pick", "place", "strips", "region", "path", "sheet")
)
_SLOW_POINTS = "searched points"
"""The channel of `points` where each code is a search."""


class Cartographer(QObject):
    """Asks the inference thread for the map.

    A newer question takes the place of an older one of its kind; when other weights are adopted,
    what was asked of those before is dropped.
    """

    laid = Signal(object)  # Laid
    points = Signal(object)  # Points
    tile = Signal(object)  # Tile
    shade = Signal(object)  # Shade
    placed = Signal(object)  # Placed
    picked = Signal(object)  # Picked
    strip = Signal(object)  # Strip, one for each index
    region = Signal(object)  # Region
    path = Signal(object)  # Path
    sheet = Signal(object)  # SheetPart
    finished = Signal(str)  # lay, points, tiles, shades, pick, place, strips, region, path, sheet
    refused = Signal(str, str)  # one of these, and one sentence

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._spec: PlaneSpec | None = None
        self._encodes_fast = True
        self._atlas: Atlas | None = None  # on the inference thread alone
        self._signals: dict[type, Any] = {
            Laid: self.laid,
            Points: self.points,
            Tile: self.tile,
            Shade: self.shade,
            Placed: self.placed,
            Picked: self.picked,
            Strip: self.strip,
            Region: self.region,
            Path: self.path,
            SheetPart: self.sheet,
        }
        desk.adopted.connect(self._on_adopted)
        desk.answered.connect(self._on_answered)
        desk.finished.connect(self._on_finished)
        desk.refused.connect(self._on_refused)

    @property
    def spec(self) -> PlaneSpec | None:
        """The plane that questions are about; None for the model's own, until that is laid."""
        return self._spec

    # -- questions ------------------------------------------------------------------------------

    def ask_plane(self, spec: PlaneSpec | None = None) -> None:
        """Lays a plane; None asks for the one to begin with. All later questions are about it."""
        self._spec = spec

        def lay(atlas: Atlas, version: int) -> Iterator[object]:
            yield Laid(version, atlas.ground, atlas.kinds())

        self._ask("lay", lay)

    def ask_points(self) -> None:
        """Where the test digits lie; where each is a search, more and more of them."""

        def points(atlas: Atlas, version: int) -> Iterator[object]:
            known, spec = atlas.witness.test(), atlas.ground.spec
            told = 0
            for places in atlas.points():
                count = len(places)
                if count == told:
                    yield None
                else:
                    told = count
                    labels, images = known.labels[:count], known.images[:count]
                    yield Points(version, spec, places, labels, images)

        # Where each code is a search, the ground that is in view comes first.
        self._ask("points" if self._encodes_fast else _SLOW_POINTS, points)

    def ask_tiles(self, wanted: Sequence[tuple[object, np.ndarray]]) -> None:
        """Decodes tiles, (key, places (n, 2)) each, in this order."""

        def tiles(atlas: Atlas, version: int) -> Iterator[object]:
            for key, places in wanted:
                yield Tile(version, atlas.ground.spec, key, atlas.decode(places))

        self._ask("tiles", tiles)

    def ask_shades(
        self, kind: ShadeKind, wanted: Sequence[tuple[object, np.ndarray, float]]
    ) -> None:
        """Colours tiles, (key, places (n, 2), units between neighbours) each, in this order."""

        def shades(atlas: Atlas, version: int) -> Iterator[object]:
            if kind == "density":
                for _ in atlas.coding():
                    yield None
            # How fast a picture changes takes four others at each place.
            few = atlas.stride // 4 if kind == "jacobian" else atlas.stride
            for key, places, pitch in wanted:
                values = [atlas.shades(kind, places[:few], pitch)]
                for first in range(few, len(places), few):
                    yield None
                    values.append(atlas.shades(kind, places[first : first + few], pitch))
                yield Shade(version, atlas.ground.spec, kind, key, np.concatenate(values))

        self._ask("shades", shades)

    def ask_place(self, given: np.ndarray) -> None:
        """Where a drawing, uint8 (H, W), or a code, float (D,), lies."""

        def place(atlas: Atlas, version: int) -> Iterator[object]:
            spec = atlas.ground.spec
            for places in atlas.placing(given):
                yield Placed(version, spec, (float(places[0, 0]), float(places[0, 1])))

        self._ask("place", place)

    def ask_pick(self, place: tuple[float, float]) -> None:
        """Decodes one digit; where it can be read, the same is told again with its class."""

        def pick(atlas: Atlas, version: int) -> Iterator[object]:
            ground, spot = atlas.ground, np.array([place])
            digit = atlas.decode(spot)[0]
            yield Picked(version, ground.spec, place, digit)
            # The classifier may have to be read from the disk first.
            if any(shade.kind == "classes" and shade.possible for shade in ground.shades):
                label, certainty = atlas.shades("classes", spot, 1.0)[0].tolist()
                if label == label:  # not beyond the border of the plane
                    yield Picked(version, ground.spec, place, digit, int(label), certainty)

        self._ask("pick", pick)

    def ask_strips(self, indices: Sequence[int], place: tuple[float, float]) -> None:
        """Film strips of other directions through a place, one answer for each."""

        def strips(atlas: Atlas, version: int) -> Iterator[object]:
            spec = atlas.ground.spec
            for index in indices:
                yield Strip(version, spec, index, *atlas.strip(spec, index, place))

        self._ask("strips", strips)

    def ask_region(self, polygon: np.ndarray) -> None:
        """What lies inside a polygon (m, 2)."""

        def region(atlas: Atlas, version: int) -> Iterator[object]:
            spec = atlas.ground.spec
            for stats in atlas.surveying(polygon):
                yield None if stats is None else Region(version, spec, polygon, stats)

        self._ask("region", region)

    def ask_path(self, places: np.ndarray) -> None:
        """The pictures along a path, at places (n, 2)."""

        def path(atlas: Atlas, version: int) -> Iterator[object]:
            spec, frames = atlas.ground.spec, []
            for first in range(0, len(places), atlas.stride):
                frames.append(atlas.decode(places[first : first + atlas.stride]))
                yield None
            if frames:
                yield Path(version, spec, places, np.concatenate(frames))

        self._ask("path", path)

    def ask_sheet(self, places: np.ndarray) -> None:
        """The digits of a contact sheet at places (rows, columns, 2), a few at a time."""

        def sheet(atlas: Atlas, version: int) -> Iterator[object]:
            flat = places.reshape(-1, 2)
            for first in range(0, len(flat), atlas.stride):
                digits = atlas.decode(flat[first : first + atlas.stride])
                yield SheetPart(version, atlas.ground.spec, first, len(flat), digits)

        self._ask("sheet", sheet)

    def forget(self, what: str) -> None:
        """Drops a question: `tiles`, `sheet` and so on, as `finished` calls them."""
        self._desk.forget(what)
        if what == "points":
            self._desk.forget(_SLOW_POINTS)

    # -- on the inference thread ----------------------------------------------------------------

    def _ask(self, channel: str, question: Callable[[Atlas, int], Iterator[object]]) -> None:
        spec = self._spec

        def on_the_plane(witness: Witness) -> Iterator[object]:
            atlas = self._at(witness)
            wanted = spec or atlas.first()
            # None is no answer, but others may be served.
            yield from atlas.preparing(wanted)
            atlas.lay(wanted)
            for value in question(atlas, witness.version):
                yield value
                # Another question may have been about another plane.
                atlas.lay(wanted)

        self._desk.ask(channel, on_the_plane)

    def _at(self, witness: Witness) -> Atlas:
        """The maps of these weights."""
        from studio.engine.atlas import Atlas

        if self._atlas is None or self._atlas.witness is not witness:
            self._atlas = Atlas(witness)
        return self._atlas

    # -- back on the window's thread ------------------------------------------------------------

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        self._encodes_fast = adopted.encodes_fast

    @Slot(str, object)
    def _on_answered(self, channel: str, value: object) -> None:
        if value is None or type(value) not in self._signals:
            return
        if isinstance(value, Laid) and self._spec is None:
            self._spec = value.ground.spec
        self._signals[type(value)].emit(value)

    @Slot(str)
    def _on_finished(self, channel: str) -> None:
        name = "points" if channel == _SLOW_POINTS else channel
        if name in _CHANNELS:
            self.finished.emit(name)

    @Slot(str, str)
    def _on_refused(self, channel: str, sentence: str) -> None:
        name = "points" if channel == _SLOW_POINTS else channel
        if name in _CHANNELS:
            self.refused.emit(name, sentence)
