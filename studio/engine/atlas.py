"""The map of one frozen model: arrays in, arrays out.

N, n = numbers of places, M = test digits placed, H, W = height and width of a picture, D = latent
size. Places are float64 (N, 2) in units of the map, y up.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from models import means
from models.capabilities import Conditional
from studio.engine import region, sheet
from studio.engine.class_codes import classifier
from studio.engine.explorer import COSTLY_POINTS
from studio.engine.ground import Ground, RegionStats
from studio.engine.images import to_arrays, to_tensor
from studio.engine.laying import Laid, Layer
from studio.engine.map_kinds import first_plane, kinds
from studio.engine.seeding import generator
from studio.engine.shades import (
    Crowd,
    Judge,
    Speed,
    classes,
    errors,
    no_values,
    shares,
)
from studio.engine.stepping import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models.base import SamplerStep
    from models.capabilities import Decodes
    from studio.engine.ground import KindChoice, PlaneSpec, ShadeKind
    from studio.engine.witness import Witness

STRIP, REACH = 7, 2.5
"""Pictures of a film strip, and how many standard deviations it goes to either side."""
CHUNK = 64
"""Pictures that are decoded at once."""
_TRAJECTORIES, _SINGLE = 16, 8
"""The same where each is a trajectory, and where each is a batch of its own."""
_SEARCHED = 8
"""Digits whose codes are searched together."""
# What is kept in case it is asked again: maps, answers of `decode` (a tile's shade follows its
# digits) and blocks of a sheet of samples, of 12 kB each.
_KEPT_MAPS, _KEPT_TILES, _KEPT_BATCHES = 8, 64, 512


class Atlas:
    """Lays maps of a witness and answers what is where, on the one that was laid last.

    Arguments:
        witness: Its weights must not change any more.
    """

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self._model = witness.model
        self._layer = Layer(witness)
        self._laid: OrderedDict[PlaneSpec, Laid] = OrderedDict()
        self._drawn: OrderedDict[tuple[PlaneSpec, bytes], np.ndarray] = OrderedDict()
        self._sheet: OrderedDict[tuple[int | None, sheet.Seed], np.ndarray] = OrderedDict()
        self._now: Laid | None = None
        self._codes: list[Tensor] = []
        self._coding = self._code_digits()
        self._coded = False
        self._crowd: tuple[PlaneSpec, Crowd] | None = None
        self._judge: Judge | None = None
        self._speed = Speed(self._model.latent_geometry == "sphere")

    # -- maps -----------------------------------------------------------------------------------

    def kinds(self) -> tuple[KindChoice, ...]:
        """What maps there may be of this model, the one to begin with first."""
        return kinds(self.witness.explorer)

    def first(self) -> PlaneSpec:
        """The map to begin with.

        Raises:
            ValueError: there is none; one sentence.
        """
        return first_plane(self.witness.explorer)

    def lay(self, spec: PlaneSpec) -> Ground:
        """Lays a map; from now on all places are on it. One that was laid lately costs nothing.

        Raises:
            ValueError: this model has no such map, or the anchors span none; one sentence.
        """
        self._now = self._map(spec)
        return self._now.ground

    def preparing(self, spec: PlaneSpec) -> Iterator[None]:
        """What laying a map takes that is long, in steps: others may be served between them."""
        if spec not in self._laid:
            yield from self._layer.preparing(spec)

    def _map(self, spec: PlaneSpec) -> Laid:
        if spec not in self._laid:
            self._laid[spec] = self._layer.lay(spec)
            if len(self._laid) > _KEPT_MAPS:
                self._laid.popitem(last=False)
        self._laid.move_to_end(spec)
        return self._laid[spec]

    @property
    def ground(self) -> Ground:
        """The map that was laid last."""
        return self._here.ground

    @property
    def _here(self) -> Laid:
        assert self._now is not None, "lay comes first"
        return self._now

    # -- pictures -------------------------------------------------------------------------------

    @property
    def stride(self) -> int:
        """How many pictures may be decoded in one go before others must be served."""
        if self._here.surface is None:
            return _SINGLE
        return _TRAJECTORIES if self._model.latent_geometry == "sphere" else CHUNK

    def decode(self, places: np.ndarray) -> np.ndarray:
        """The pictures at places: uint8 (N, H, W), black where there is nothing."""
        places = np.ascontiguousarray(places, dtype=np.float64).reshape(-1, 2)
        key = self.ground.spec, places.tobytes()
        if key not in self._drawn:
            self._drawn[key] = self._decode(places)
            if len(self._drawn) > _KEPT_TILES:
                self._drawn.popitem(last=False)
        return self._drawn[key].copy()

    def _decode(self, places: np.ndarray) -> np.ndarray:
        shape = self._model.shape
        pictures = np.zeros((len(places), shape.height, shape.width), dtype=np.uint8)
        within = np.flatnonzero(self.within(places))
        for first in range(0, len(within), CHUNK):
            some = within[first : first + CHUNK]
            if self._here.surface is None:
                pictures[some] = self._samples(places[some])
            else:
                with torch.no_grad():
                    pictures[some] = to_arrays(self._draw(torch.from_numpy(places[some])))
        return pictures

    def within(self, places: np.ndarray) -> np.ndarray:
        """Which places lie on the map and not beyond its border: bool (N,)."""
        if self.ground.bounds is None:
            return np.ones(len(places), dtype=bool)
        left, bottom, right, top = self.ground.bounds
        x, y = places.T
        inside: np.ndarray = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
        return inside

    def _draw(self, xy: Tensor) -> Tensor:
        """Pictures (N, C, H, W) at places on a surface."""
        surface = self._here.surface
        assert surface is not None
        latents = surface.to_latents(xy.to(self._model.device))
        # A square of shares is worked out in double precision.
        codes = latents.to(torch.float32)
        return cast("Decodes", self._model).decode(codes, self._labels(len(codes)))

    def _samples(self, places: np.ndarray) -> np.ndarray:
        """A sample of its own for each place, uint8 (N, H, W), always the same one."""
        pictures: dict[int, np.ndarray] = {}
        for seed, numbers in sheet.batches(places).items():
            key = self.ground.label, seed
            if key not in self._sheet:
                self._sheet[key] = self._batch(seed)
                if len(self._sheet) > _KEPT_BATCHES:
                    self._sheet.popitem(last=False)
            pictures |= {place: self._sheet[key][index] for place, index in numbers}
        return np.stack([pictures[k] for k in range(len(places))])

    @torch.no_grad()
    def _batch(self, seed: sheet.Seed) -> np.ndarray:
        device, count = self._model.device, 1 if seed.alone else sheet.BATCH
        noise = generator(device, 0, "sheet", *seed.words)
        labels = self._labels(count)
        if labels is None and isinstance(self._model, Conditional):
            classes = self._model.shape.classes
            labels = torch.randint(classes, (count,), generator=noise, device=device)
        return to_arrays(means.sample(self._model, count, generator=noise, labels=labels))

    def _labels(self, count: int, ground: Ground | None = None) -> Tensor | None:
        label, device = (ground or self.ground).label, self._model.device
        return None if label is None else torch.full((count,), label, device=device)

    def strip(
        self, spec: PlaneSpec, index: int, place: tuple[float, float], count: int = STRIP
    ) -> tuple[np.ndarray, np.ndarray]:
        """What a place becomes along a direction that the map does not show.

        Arguments:
            index: Of `Ground.offset_names`.

        Returns:
            values (count,) in standard deviations, from -REACH to REACH, and uint8 (count, H, W).

        Raises:
            ValueError: there is no such direction; one sentence.
        """
        values = np.linspace(-REACH, REACH, count)
        surface = self._map(spec).surface
        if surface is None:
            raise ValueError("A sheet of samples has no other directions.")
        at = torch.tensor([place], dtype=torch.float64, device=self._model.device)
        latents = torch.cat([surface.at(index, float(v)).to_latents(at) for v in values])
        labels, codes = self._labels(count, self._map(spec).ground), latents.to(torch.float32)
        with torch.no_grad():
            return values, to_arrays(cast("Decodes", self._model).decode(codes, labels))

    # -- places ---------------------------------------------------------------------------------

    def place(self, given: np.ndarray) -> np.ndarray:
        """Where pictures, uint8 ([N, ]H, W), or codes, float ([N, ]D), lie: (N, 2).

        Raises:
            ValueError: this map has no places for pictures; one sentence.
        """
        *_, places = self.placing(given)
        return places

    def placing(self, given: np.ndarray) -> Iterator[np.ndarray]:
        """The same, better and better where codes are searched."""
        surface = self._here.surface
        if surface is None:
            raise ValueError("A sheet of samples has no place for a drawing.")
        if given.dtype != np.uint8:
            codes = torch.from_numpy(np.array(given, dtype=np.float32)).to(self._model.device)
            yield surface.to_plane(codes.reshape(-1, codes.shape[-1])).double().cpu().numpy()
            return
        images = to_tensor(given.reshape(-1, *given.shape[-2:]), self._model.device)
        for step in self._encode(images):
            assert step.state is not None
            yield surface.to_plane(step.state[: len(images)]).double().cpu().numpy()

    def points(self) -> Iterator[np.ndarray]:
        """The places of the first test digits, (M', 2): all at once, or more and more.

        Where a code is a search, between two of its steps as many come again.
        """
        surface = self._here.surface
        if surface is None:
            return
        for codes in self.coding():
            yield surface.to_plane(codes).double().cpu().numpy()

    def coding(self) -> Iterator[Tensor]:
        """The codes found so far, (M', D), until all are; each is searched but once.

        Raises:
            means.Unsupported: it has no latents.
        """
        if not self.witness.explorer.can("encode"):
            raise means.Unsupported(self.witness.explorer.way("encode"))
        while not self._coded:
            try:
                with torch.no_grad():
                    self._coded = next(self._coding, True)
            except Exception:
                # One that has failed is at its end, as if all had been found.
                self._codes, self._coding = [], self._code_digits()
                raise
            if not self._coded:
                yield self._coded_so_far()
        yield self._coded_so_far()

    def _coded_so_far(self) -> Tensor:
        nothing = torch.zeros(0, self.ground.dim, device=self._model.device)
        return torch.cat([nothing, *self._codes])

    def _code_digits(self) -> Iterator[bool]:
        """Fills `_codes`; False after each step."""
        if self.witness.explorer.encodes_fast:
            self._codes.append(self.witness.codes())
            return
        digits = self.witness.test().images[:COSTLY_POINTS]
        for first in range(0, len(digits), _SEARCHED):
            some, state = digits[first : first + _SEARCHED], None
            for step in self._encode(to_tensor(some, self._model.device)):
                state = step.state
                yield False
            assert state is not None
            self._codes.append(state)

    def _encode(self, images: Tensor) -> Iterator[SamplerStep]:
        noise = generator(self._model.device, 0, "encode")
        return frozen(means.encode(self._model, images, generator=noise))

    # -- colours --------------------------------------------------------------------------------

    def shades(self, kind: ShadeKind, places: np.ndarray, pitch: float) -> np.ndarray:
        """What the ground is coloured by: float32 (n, 2), NaN where there is nothing.

        `classes`: the class (10 = no digit) and its probability. Of the others the second number
        is 0: `density`, test digits per square unit; `error`, mean squared error per pixel of the
        model's own copy; `score`, the probability of being real, or a critic's value; `jacobian`,
        grey levels in [0, 1] per unit of the map.

        Arguments:
            pitch: Units between neighbouring places.

        Raises:
            ValueError: this map cannot be coloured by that; one sentence.
        """
        choice = next(c for c in self.ground.shades if c.kind == kind)
        if not choice.possible:
            raise ValueError(choice.note)
        places = np.ascontiguousarray(places, dtype=np.float64).reshape(-1, 2)
        within = self.within(places)
        values = no_values(len(places))
        if within.any():
            values[within] = self._shades(kind, places, within, pitch)
        return values

    def _shades(
        self, kind: ShadeKind, places: np.ndarray, within: np.ndarray, pitch: float
    ) -> np.ndarray:
        label = self.ground.label
        if kind == "density":
            return self._density().at(places[within], pitch)
        if kind == "jacobian":
            xy = torch.from_numpy(places[within]).to(self._model.device, torch.float32)
            return self._speed.speeds(self._draw, xy, pitch)
        # The same pictures as on the tile, which has just been decoded.
        digits = self.decode(places)[within]
        if kind == "error":
            return errors(self._model, digits, label)
        if kind == "score":
            if self._judge is None:
                self._judge = Judge(self.witness)
            return self._judge.scores(digits, label)
        return classes(classifier().judge(digits))

    def _density(self) -> Crowd:
        spec = self.ground.spec
        if self._crowd is None or self._crowd[0] != spec:
            *_, codes = self.coding()
            self._crowd = spec, Crowd(self.witness, self._here, codes)
        return self._crowd[1]

    def _found(self) -> np.ndarray:
        """Where the test digits lie that have been placed so far, (M', 2)."""
        if self._here.surface is None:
            return np.zeros((0, 2))
        if self.witness.explorer.encodes_fast:
            *_, places = self.points()
            return places
        return self._here.surface.to_plane(self._coded_so_far()).double().cpu().numpy()

    # -- regions --------------------------------------------------------------------------------

    def surveying(self, polygon: np.ndarray) -> Iterator[RegionStats | None]:
        """What lies inside a polygon (m, 2): test digits placed so far, and what is decoded there.

        None until that is known; who lays another map in between must lay this one again.

        Raises:
            ValueError: it encloses nothing; one sentence.
        """
        places, area = region.grid_inside(polygon)
        places = places[self.within(places)]
        if not len(places):
            raise ValueError("There is nothing on the map inside this line.")
        drawn: list[np.ndarray] = []
        for first in range(0, len(places), self.stride):
            drawn.append(self._decode(places[first : first + self.stride]))
            yield None
        read = classifier().judge(np.concatenate(drawn))
        certainty = classes(read)[:, 1]
        where = self._found()
        labels = self.witness.test().labels[: len(where)][region.inside(where, polygon)]
        counts = np.bincount(labels, minlength=10)[:10]
        yield RegionStats(
            test_shares=(counts / max(len(labels), 1)).astype(np.float32),
            test_count=len(labels),
            read_shares=shares(read),
            read_count=len(places),
            mean_certainty=float(certainty.mean()),
            area=area,
        )
