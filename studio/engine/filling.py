"""Several ways to fill a hole in a drawing, by the means of any model.

The hole is either drawn by the user, or nobody knows where it is: then the model finds it first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from models import means
from studio.engine.images import to_arrays, to_tensor
from studio.engine.seeding import generator
from studio.engine.stepping import at_leisure, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from studio.engine.explorer import Explorer

CANDIDATES = 16
# A searched code that must fit hundreds of pixels leaves little choice: some may fit them less.
_SPREAD = 3.0
_GAP_SHARE = 0.4
_NOTHING_MISSING = "It finds nothing missing: what it would write lies on your ink."
_NO_HOLE = "There is no hole to fill: mark a part of the drawing first."
_NO_INK = "There is nothing that a part could be missing of: draw a digit first."


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """Several ways to fill a hole.

    Attributes:
        fraction: Done so far, in (0, 1]; 1 is the result.
        hole: bool (H, W), True where unknown: as given, or as found so far.
        images: uint8 (N, H, W); outside the hole the drawing to the bit.
        plausibility: float32 (N,), greater is more likely, comparable within this value alone; all
            0 until the result.
        by: How plausibility is measured, one sentence; empty until the result.
        how: By what means it is filled (and found): one or two sentences.
    """

    fraction: float
    hole: np.ndarray
    images: np.ndarray
    plausibility: np.ndarray
    by: str
    how: str


def fill(
    explorer: Explorer,
    drawing: np.ndarray,
    hole: np.ndarray | None,
    *,
    candidates: int = CANDIDATES,
    seed: int = 0,
) -> Iterator[Filling]:
    """Fills a hole in a drawing in several different ways, better at each step.

    What lies under the hole is never read: another drawing there gets the same answer.

    Arguments:
        drawing: uint8 (H, W).
        hole: bool (H, W), True where unknown; None if the model is to find out what is missing
            (then ink is believed and only blank paper may be filled).
        candidates: How many ways; where nothing is missing, the drawing alone comes back.

    Raises:
        means.Unsupported: the model has no means for it; one sentence.
        ValueError: the hole is empty, or there is no ink at all and no hole; one sentence.
    """
    if hole is not None and not hole.any():
        raise ValueError(_NO_HOLE)
    if hole is None and not drawing.any():
        raise ValueError(_NO_INK)
    model = explorer.model
    how = means.way(model, "inpaint")
    if not means.can(model, "inpaint"):
        raise means.Unsupported(how)
    done = 0.0
    if hole is None:
        how = f"{means.way(model, 'gap')} {how}"
        for found in _find(explorer, drawing, seed):
            hole = found.hole
            yield Filling(
                fraction=_GAP_SHARE * found.fraction,
                hole=hole,
                images=found.image[None],
                plausibility=np.zeros(1, np.float32),
                by="",
                how=how,
            )
        assert hole is not None
        done = _GAP_SHARE
        if not hole.any():
            yield Filling(
                fraction=1.0,
                hole=hole,
                images=drawing[None].copy(),
                plausibility=np.zeros(1, np.float32),
                by=_NOTHING_MISSING,
                how=how,
            )
            return
    yield from _fill(explorer, drawing, hole, candidates, seed, done, how)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    fraction: float
    hole: np.ndarray
    image: np.ndarray


def _find(explorer: Explorer, drawing: np.ndarray, seed: int) -> Iterator[_Found]:
    model = explorer.model
    noise = generator(model.device, seed, "gap")
    steps = means.gap(model, to_tensor(drawing[None], model.device), generator=noise)
    for step in at_leisure(frozen(steps)):
        hole = step.hole[0, 0].cpu().numpy()
        # What the model would write there, on top of what is there.
        image = np.where(hole, to_arrays(step.image)[0], drawing)
        yield _Found(step.fraction, hole, image)


def _fill(
    explorer: Explorer,
    drawing: np.ndarray,
    hole: np.ndarray,
    candidates: int,
    seed: int,
    done: float,
    how: str,
) -> Iterator[Filling]:
    model = explorer.model
    # Rid of what is under the hole before the model, or rounding, can come near it.
    known = np.where(hole, 0, drawing).astype(np.uint8)
    unknown = torch.from_numpy(np.array(hole, dtype=bool)).to(model.device)[None, None]
    noise = generator(model.device, seed, "inpaint")
    image = to_tensor(known[None], model.device)
    steps = means.fill(model, image, unknown, candidates, generator=noise, spread=_SPREAD)
    for step in at_leisure(frozen(steps)):
        images = to_arrays(step.images)
        images[:, ~hole] = known[~hole]
        likely, by = np.zeros(len(images), np.float32), ""
        if step.fraction == 1:
            # Noise of its own: how much of the other is used up is a matter of time.
            fresh = generator(model.device, seed, "plausibility")
            with torch.no_grad():
                values, by = means.plausibility(model, step, generator=fresh)
            likely = values.float().cpu().numpy()
        fraction = done + (1 - done) * step.fraction
        yield Filling(fraction, hole, images, likely, by, how)
