"""Lays the map of a model: from what one wants to see to a surface in its latent space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from models import means
from models.capabilities import Conditional
from models.planes import CORNERS, Flat, Frame, Quantiles, Torus, Triangle
from models.planes import by_pictures as frame_by_pictures
from models.planes import by_spread as frame_by_spread
from models.planes import raw as raw_frame
from studio.engine.ground import Ground, PlaneSpec
from studio.engine.images import to_tensor
from studio.engine.map_kinds import dim_of, kinds, shade_kinds
from studio.engine.seeding import generator
from studio.engine.stepping import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models.capabilities import Decodes
    from models.planes import Surface
    from studio.engine.witness import Witness

SIDE = 28
_DRAWS = 512
"""Draws of the prior that tell along which directions a decoder's pictures change."""
_CHUNK = 128
_NAMED = 256
"""Directions beside the map that are offered at most."""


@dataclass(frozen=True, eq=False)
class Laid:
    """A map as it lies; `surface` is None for a sheet of samples, `label` is what it writes."""

    surface: Surface | None
    ground: Ground

    @property
    def flat(self) -> Flat | None:
        """The plane in the usual sense that it is, or is drawn on."""
        inner = self.surface.flat if isinstance(self.surface, Quantiles) else self.surface
        return inner if isinstance(inner, Flat) else None


class Layer:
    """Lays maps of one witness; what takes long is worked out once."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._explorer = witness.explorer
        self._model = witness.model
        self._principal: Frame | None = None
        self._ring: list[Tensor] = []
        self._anchored: dict[bytes, Tensor] = {}

    def lay(self, spec: PlaneSpec) -> Laid:
        """The map that `spec` asks for.

        Raises:
            ValueError: this model has no such map, the anchors span none, or the weights are no
                numbers; one sentence.
        """
        choice = next((c for c in kinds(self._explorer) if c.kind == spec.kind), None)
        if choice is None or not choice.possible:
            title = self._model.card.title
            raise ValueError(f"{title}: {choice.note if choice else 'there is no such map.'}")
        self._witness.require_numbers()
        label = self._label(spec)
        if spec.kind == "samples":
            return Laid(None, self._sheet(spec, label))
        surface, note, names = self._surface(spec)
        if spec.through is not None:
            if len(spec.through) != dim_of(self._explorer):
                raise ValueError(
                    f"A code of this model has {dim_of(self._explorer):,} numbers, "
                    f"not {len(spec.through):,}."
                )
            led = surface
            if spec.kind != "anchors":
                led = surface.through(torch.tensor(spec.through, device=self._model.device))
            if led is not surface and len(names):
                note += " It is moved to pass through your drawing."
            surface = led
        for index, value in spec.offsets:
            surface = surface.at(index, value)
        if spec.offsets:
            many = "s" if len(spec.offsets) > 1 else ""
            note += f" It is moved in {len(spec.offsets):,} other direction{many}."
        return Laid(surface, self._ground(spec, surface, note, names, label))

    # -- surfaces -------------------------------------------------------------------------------

    def _surface(self, spec: PlaneSpec) -> tuple[Surface, str, tuple[str, ...]]:
        """The surface before it is moved, what it shows, and the names of its directions."""
        dim, sphere = dim_of(self._explorer), self._model.latent_geometry == "sphere"
        if spec.kind == "anchors":
            codes = self._codes_of_anchors(spec)
            if sphere:
                note = (
                    "Between three pictures the map follows the shell of noise (spherical "
                    "interpolation), and beyond them it goes on and repeats."
                )
                return Triangle.through_three(codes), note, ()
            plane = Flat.through_three(codes, self._frame())
            names = tuple(f"Direction {k + 1}" for k in range(len(plane.others)))
            note = (
                "The map is the plane through the codes of three pictures, which stand in its "
                "corners; one unit is the way from one to the next."
            )
            return plane, note, names
        if spec.kind == "principal" and sphere:
            note = (
                f"The map is an endless torus on the shell of {dim:,}-dimensional noise, between "
                f"four encoded digits; it repeats after {Torus.period:.1f} units."
            )
            return self._around(spec), note, ()
        return self._along(spec, dim)

    def _along(self, spec: PlaneSpec, dim: int) -> tuple[Surface, str, tuple[str, ...]]:
        i, j = spec.dimensions
        frame = self._frame() if spec.kind == "principal" and dim > 2 else self._raw()
        count = max(len(frame.rows), 2)
        if not (0 <= i < count and 0 <= j < count) or i == j:
            what = "principal components" if spec.kind == "principal" else "numbers of the code"
            raise ValueError(f"Choose two different ones of the {count:,} {what}.")
        rest = [k for k in range(len(frame.rows)) if k not in (i, j)] if dim > 2 else []
        if spec.kind == "principal" and dim > 2:
            plane = Flat.along(frame, i, j)
            share = float(frame.shares[i] + frame.shares[j])
            return plane, self._principal_note(i, j, dim, share), _names("Component", rest)
        plane = Flat.along(frame, i, j, raw=True)
        names = _names("Number", rest)
        if spec.kind == "quantiles":
            note = (
                "In this square all places are equally likely to the model: "
                f"numbers {i + 1} and {j + 1} of the code, by the share of N(0, 1) below them."
            )
            return Quantiles(plane), note, names
        if dim <= 2:
            shown = "both numbers" if dim == 2 else "the only number"
            return plane, f"The map shows {shown} of the code.", ()
        others = "the other one is" if dim == 3 else f"the other {dim - 2:,} are"
        middle = "0" if self._model.latent_geometry == "gaussian" else "their means"
        note = f"The map shows numbers {i + 1} and {j + 1} of the code; {others} at {middle}."
        return plane, note, names

    def _principal_note(self, i: int, j: int, dim: int, share: float) -> str:
        if not self._explorer.encodes_fast:
            which = "" if (i, j) == (0, 1) else f" (directions {i + 1} and {j + 1} of them)"
            return (
                f"It has no encoder, so the map is the plane of {dim:,} dimensions along which its "
                f"pictures change most{which}; one unit is one standard deviation of its prior."
            )
        if (i, j) == (0, 1):
            return (
                f"The map is the plane of {dim:,} dimensions in which the codes differ most "
                f"({share:.0%} of their variance); one unit is one standard deviation."
            )
        return (
            f"The map shows principal components {i + 1} and {j + 1} of the codes "
            f"({share:.0%} of their variance); one unit is one standard deviation."
        )

    def preparing(self, spec: PlaneSpec) -> Iterator[None]:
        """Searches what a map needs and takes long: between two steps others may be served.

        Raises:
            ValueError: the weights are no numbers; one sentence.
        """
        self._witness.require_numbers()
        if spec.kind == "principal" and self._model.latent_geometry == "sphere":
            images = self._of_four_classes()
            # Others may prepare the same between two steps.
            while len(self._ring) < len(images):
                self._ring.append(self._code_of(images[len(self._ring)]))
                yield
        for picture in _anchors(spec):
            if picture not in self._anchored and self._explorer.can("encode"):
                image = to_tensor(_images((picture,)), self._model.device)
                steps = means.encode(self._model, image, generator=self._noise("encode"))
                state = None
                for step in frozen(steps):
                    state = step.state
                    yield
                if state is not None:
                    self._anchored[picture] = state

    def _codes_of_anchors(self, spec: PlaneSpec) -> Tensor:
        pictures = _anchors(spec)
        if len(pictures) != 3:
            raise ValueError("Choose three digits or drawings of 28 x 28 pixels for the corners.")
        for _ in self.preparing(spec):
            pass
        return torch.cat([self._anchored[picture] for picture in pictures])

    def _frame(self) -> Frame:
        """The principal directions of its codes."""
        if self._principal is None:
            if self._explorer.encodes_fast:
                self._principal = frame_by_spread(self._witness.codes())
            else:
                self._principal = self._by_pictures()
        return self._principal

    @torch.no_grad()
    def _by_pictures(self) -> Frame:
        decoder, device = cast("Decodes", self._model), self._model.device
        size = _DRAWS, decoder.latent_dim()
        z = torch.randn(size, generator=self._noise("frame"), device=device)
        labels = torch.zeros(_DRAWS, dtype=torch.int64, device=device)
        if isinstance(self._model, Conditional):
            labels = torch.arange(_DRAWS, device=device) % self._model.shape.classes
        parts = [
            decoder.decode(z[first : first + _CHUNK], labels[first : first + _CHUNK])
            for first in range(0, _DRAWS, _CHUNK)
        ]
        return frame_by_pictures(z, torch.cat(parts))

    def _raw(self) -> Frame:
        gaussian = self._model.latent_geometry == "gaussian"
        codes = None if gaussian else self._witness.codes()
        return raw_frame(codes, dim_of(self._explorer), self._model.device)

    def _around(self, spec: PlaneSpec) -> Torus:
        for _ in self.preparing(spec):
            pass
        return Torus.fit(torch.cat(self._ring))

    def _of_four_classes(self) -> np.ndarray:
        """The first test digit of each of four classes, or of all if there are fewer."""
        known = self._witness.test()
        firsts = np.unique(known.labels, return_index=True)[1]
        spread = np.linspace(0, len(firsts) - 1, min(4, len(firsts))).round().astype(int)
        images: np.ndarray = known.images[firsts[spread]]
        return images

    def _code_of(self, image: np.ndarray) -> Tensor:
        picture = to_tensor(image[None], self._model.device)
        steps = means.encode(self._model, picture, generator=self._noise("encode"))
        *_, last = frozen(steps)
        assert last.state is not None
        return last.state

    # -- what is said of them -------------------------------------------------------------------

    def _ground(
        self,
        spec: PlaneSpec,
        surface: Surface,
        note: str,
        names: tuple[str, ...],
        label: int | None,
    ) -> Ground:
        centre, span, bounds = (0.0, 0.0), 6.0, None
        axes = ("", "")
        i, j = spec.dimensions
        corners: tuple[tuple[float, float, np.ndarray], ...] = ()
        if spec.kind == "anchors":
            centre, span = (CORNERS[2][0], CORNERS[2][1] / 3), 1.6
            pictures = _images(spec.anchors)
            corners = tuple((*at, picture) for at, picture in zip(CORNERS, pictures, strict=True))
        elif spec.kind == "quantiles":
            centre, span, bounds = (0.5, 0.5), 1.1, (0.0, 0.0, 1.0, 1.0)
            axes = (f"Share of number {i + 1}", f"Share of number {j + 1}")
        elif isinstance(surface, Torus):
            span = Torus.period / 2
        elif spec.kind == "principal" and dim_of(self._explorer) > 2:
            axes = (f"Component {i + 1}", f"Component {j + 1}")
        else:
            dim = dim_of(self._explorer)
            axes = (f"Number {i + 1}", f"Number {j + 1}" if dim > 1 else "")
            if self._model.latent_geometry != "gaussian":
                spread = surface.to_plane(self._witness.codes())
                x, y = spread.mean(dim=0).tolist()
                centre = (x, y)
                span = 6 * max(float(spread.std(dim=0, correction=0).max()), 1e-3)
        return Ground(
            spec=spec,
            note=self._finished(note, label),
            centre=centre,
            span=span,
            bounds=bounds,
            dim=dim_of(self._explorer),
            corners=corners,
            axis_names=axes,
            offset_names=names[:_NAMED],
            offset_values=tuple(surface.places().tolist()[:_NAMED]),
            period=Torus.period if isinstance(surface, Torus) else None,
            label=label,
            shades=shade_kinds(self._explorer, plane=True),
        )

    def _sheet(self, spec: PlaneSpec, label: int | None) -> Ground:
        walks = self._explorer.can("decode")
        why = "The map is" if walks else "This model has no vector to walk along, so the map is"
        note = f"{why} an endless sheet of its samples; each place always shows the same one."
        return Ground(
            spec=spec,
            note=self._finished(note, label),
            centre=(0.0, 0.0),
            span=4.0,
            bounds=None,
            dim=0,
            corners=(),
            axis_names=("", ""),
            offset_names=(),
            offset_values=(),
            period=None,
            label=label,
            shades=shade_kinds(self._explorer, plane=False),
        )

    def _finished(self, note: str, label: int | None) -> str:
        return note if label is None else f"{note} Every digit is written as a {label}."

    def _label(self, spec: PlaneSpec) -> int | None:
        if not isinstance(self._model, Conditional):
            return None
        if spec.label is not None:
            if not 0 <= spec.label < self._model.shape.classes:
                raise ValueError(f"This model writes no class {spec.label}; choose another digit.")
            return spec.label
        if spec.kind == "samples":
            return None
        if anchors := _anchors(spec):
            with torch.no_grad():
                first = to_tensor(_images(anchors[:1]), self._model.device)
                return int(self._model.class_evidence(first)[0].argmax())
        return 0

    def _noise(self, purpose: str) -> torch.Generator:
        return generator(self._model.device, 0, purpose)


def _anchors(spec: PlaneSpec) -> tuple[bytes, ...]:
    """Its pictures, if they are pictures."""
    if spec.kind != "anchors":
        return ()
    return tuple(anchor for anchor in spec.anchors if len(anchor) == SIDE * SIDE)


def _images(anchors: tuple[bytes, ...]) -> np.ndarray:
    return np.frombuffer(b"".join(anchors), dtype=np.uint8).reshape(-1, SIDE, SIDE)


def _names(what: str, indices: list[int]) -> tuple[str, ...]:
    return tuple(f"{what} {k + 1}" for k in indices)
