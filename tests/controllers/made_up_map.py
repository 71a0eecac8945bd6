"""A map without a model: its digits say by their grey where they are and whose they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal

from studio.bridge.desk import Adopted
from studio.bridge.map_answers import (
    Laid,
    Path,
    Picked,
    Placed,
    Points,
    Region,
    Shade,
    Strip,
    Tile,
)
from studio.engine.ground import Ground, KindChoice, PlaneSpec, RegionStats

VERBS = ("sample", "encode", "decode", "reconstruct", "inpaint")
KINDS = tuple(
    KindChoice(kind, kind != "samples", f"About {kind}.")
    for kind in ("principal", "anchors", "dimensions", "quantiles", "samples")
)
SHADES = tuple(
    KindChoice(kind, kind != "score", f"About {kind}.")
    for kind in ("classes", "density", "error", "score", "jacobian")
)
DIM = 5


def adopted(version: int = 1, *, step: int = 100, run: str = "runs/a", **more: object) -> Adopted:
    """Weights that answer."""
    told: dict[str, object] = {
        "abilities": dict.fromkeys(VERBS, True),
        "ways": dict.fromkeys(VERBS, "It draws no digits."),
        "encodes_fast": True,
        "same_model": version > 1,
        **more,
    }
    return Adopted(
        version=version, model="vae", title="VAE", data="pen", step=step, run=run, **told
    )


def ground(spec: PlaneSpec, dim: int = DIM, span: float = 4.0) -> Ground:
    """A plane as it lies."""
    offsets = dict(spec.offsets)
    corners = ()
    if spec.kind == "anchors":
        images = [np.frombuffer(a, np.uint8).reshape(28, 28) for a in spec.anchors]
        places = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
        corners = tuple((x, y, image) for (x, y), image in zip(places, images, strict=True))
    return Ground(
        spec=spec,
        note=f"A plane of {spec.kind}.",
        centre=(0.0, 0.0),
        span=span,
        bounds=None,
        dim=dim,
        corners=corners,
        axis_names=("one", "two"),
        offset_names=tuple(f"Component {n + 3}" for n in range(max(dim - 2, 0))),
        offset_values=tuple(offsets.get(n, 0.0) for n in range(max(dim - 2, 0))),
        period=None,
        label=None,
        shades=SHADES,
    )


class FakeExploring(QObject):
    """Which weights answer, and who holds them."""

    adopted = Signal(object)
    line_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.current: Adopted | None = None
        self.training = False
        self.held: set[str] = set()

    def adopt(self, new: Adopted) -> None:
        self.current = new
        self.adopted.emit(new)

    def hold(self, who: str, busy: bool) -> None:
        (self.held.add if busy else self.held.discard)(who)

    def line(self) -> str:
        return "VAE on pen, step 100"


class FakeCartographer(QObject):
    """Writes down what it is asked, and answers when the test says so."""

    laid = Signal(object)
    points = Signal(object)
    tile = Signal(object)
    shade = Signal(object)
    placed = Signal(object)
    picked = Signal(object)
    strip = Signal(object)
    region = Signal(object)
    path = Signal(object)
    sheet = Signal(object)
    finished = Signal(str)
    refused = Signal(str, str)

    def __init__(self, exploring: FakeExploring) -> None:
        super().__init__()
        self._exploring = exploring
        self.spec: PlaneSpec | None = None
        self.asked: dict[str, tuple[PlaneSpec | None, object]] = {}
        self.count: dict[str, int] = {}
        self.dim, self.span = DIM, 4.0

    def _note(self, what: str, question: object) -> None:
        self.asked[what] = (self.spec, question)
        self.count[what] = self.count.get(what, 0) + 1

    def ask_plane(self, spec: PlaneSpec | None = None) -> None:
        self.spec = spec
        self._note("plane", spec)

    def ask_points(self) -> None:
        self._note("points", None)

    def ask_tiles(self, wanted: Sequence[tuple[object, np.ndarray]]) -> None:
        self._note("tiles", list(wanted))

    def ask_shades(self, kind: str, wanted: Sequence[tuple[object, np.ndarray, float]]) -> None:
        self._note("shades", (kind, list(wanted)))

    def ask_place(self, given: np.ndarray) -> None:
        self._note("place", given)

    def ask_pick(self, place: tuple[float, float]) -> None:
        self._note("pick", place)

    def ask_strips(self, indices: Sequence[int], place: tuple[float, float]) -> None:
        self._note("strips", (list(indices), place))

    def ask_region(self, polygon: np.ndarray) -> None:
        self._note("region", polygon)

    def ask_path(self, places: np.ndarray) -> None:
        self._note("path", places)

    def ask_sheet(self, places: np.ndarray) -> None:
        self._note("sheet", places)

    def forget(self, what: str) -> None:
        self.asked.pop(what, None)

    # Answers

    @property
    def version(self) -> int:
        assert self._exploring.current is not None
        return self._exploring.current.version

    def _take(self, what: str) -> tuple[PlaneSpec, object]:
        spec, question = self.asked.pop(what)
        return spec or PlaneSpec(), question

    def lay(self) -> None:
        spec, _ = self._take("plane")
        self.spec = spec
        self.laid.emit(Laid(self.version, ground(spec, self.dim, self.span), KINDS))

    def refuse(self, what: str, sentence: str) -> None:
        channel = {"plane": "lay"}.get(what, what)
        self.asked.pop(what)
        self.refused.emit(channel, sentence)

    def decode(self, most: int | None = None) -> list[object]:
        """Answers tiles, all or the first few; returns their keys."""
        spec, wanted = self._take("tiles")
        assert isinstance(wanted, list)
        done = []
        for key, places in wanted[:most]:
            done.append(key)
            self.tile.emit(Tile(self.version, spec, key, digits(self.version, places)))
        if most is None:
            self.finished.emit("tiles")
        return done

    def place_points(self) -> None:
        spec, _ = self._take("points")
        labels = np.arange(20) % 10
        places = np.stack([labels / 10, labels / 10], axis=1)
        images = np.stack([np.full((28, 28), 10 * n, np.uint8) for n in range(20)])
        self.points.emit(Points(self.version, spec, places, labels, images))
        self.finished.emit("points")

    def colour(self) -> list[object]:
        spec, question = self._take("shades")
        kind, wanted = question  # type: ignore[misc]
        for key, places, _ in wanted:
            values = np.stack([places[:, 0], np.ones(len(places))], axis=1).astype(np.float32)
            self.shade.emit(Shade(self.version, spec, kind, key, values))
        self.finished.emit("shades")
        return [key for key, _, _ in wanted]

    def pick(self, label: int | None = None, certainty: float = 0.0) -> None:
        spec, place = self._take("pick")
        one = digits(self.version, np.array([place]))[0]
        told = Picked(self.version, spec, place, one, label, certainty)  # type: ignore[arg-type]
        self.picked.emit(told)

    def place(self) -> None:
        spec, code = self._take("place")
        assert isinstance(code, np.ndarray)
        self.placed.emit(Placed(self.version, spec, (float(code[0]), float(code[1]))))

    def strips(self) -> None:
        spec, question = self._take("strips")
        indices, _ = question  # type: ignore[misc]
        for index in indices:
            values = np.linspace(-2.5, 2.5, 7)
            images = np.stack([np.full((28, 28), 30 * n, np.uint8) for n in range(7)])
            self.strip.emit(Strip(self.version, spec, index, values, images))

    def survey(self) -> None:
        spec, polygon = self._take("region")
        shares = np.eye(10, dtype=np.float32)[3]
        read = np.eye(11, dtype=np.float32)[3]
        stats = RegionStats(shares, 12, read, 256, 0.9, 1.5)
        self.region.emit(Region(self.version, spec, polygon, stats))  # type: ignore[arg-type]

    def walk(self) -> None:
        spec, places = self._take("path")
        assert isinstance(places, np.ndarray)
        self.path.emit(Path(self.version, spec, places, digits(self.version, places)))


def grey(version: int, x: float) -> int:
    """What a digit at x looks like to weights of a version: one grey all over."""
    return int(np.clip(100 + 10 * x + 20 * version, 0, 255))


def digits(version: int, places: np.ndarray) -> np.ndarray:
    """uint8 (n, 28, 28)."""
    return np.stack([np.full((28, 28), grey(version, x), np.uint8) for x, _ in places])
