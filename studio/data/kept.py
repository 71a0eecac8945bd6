"""Labelled drawings at one moment, parts of them, and what changes between two moments.

A drawing is known by its pixels and its label, for there is nothing else in an IDX file: that is
how one is found again after others have come and gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Images = NDArray[np.uint8]
    Labels = NDArray[np.int64]
    Places = NDArray[np.int64]

CLASSES = 10


@dataclass(frozen=True, eq=False)
class Kept:
    """All drawings at one moment.

    Attributes:
        number: Grows with each change; 0 before the first.
        images: uint8 (N, 28, 28), ink bright on dark, in the order in which they were kept.
        labels: int64 (N,) in [0, 9].
    """

    number: int
    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.images)

    def counts(self) -> Labels:
        """How many there are of each digit, (10,)."""
        return np.bincount(self.labels, minlength=CLASSES).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Piece:
    """Some drawings and where they lie: places (n,) ascending, images (n, 28, 28), labels (n,)."""

    places: Places
    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, eq=False)
class Edit:
    """What was taken away, by places before, and what was brought, by places after.

    `MyDigits.undo` takes it back; the change that comes of that does it again.
    """

    gone: Piece
    come: Piece


@dataclass(frozen=True, eq=False)
class Change(Edit):
    """An edit, and all there is after it."""

    after: Kept

    def edit(self) -> Edit:
        """The edit alone, to be kept for as long as it may be taken back."""
        return Edit(self.gone, self.come)


def taken(kept: Kept, places: ArrayLike) -> Piece:
    """The drawings at some places."""
    chosen = np.unique(np.asarray(places, np.int64))
    return Piece(chosen, kept.images[chosen], kept.labels[chosen])


def _names(piece: Kept | Piece) -> list[bytes]:
    """What each drawing is known by."""
    pairs = zip(piece.images, piece.labels.tolist(), strict=True)
    return [bytes([label]) + image.tobytes() for image, label in pairs]


def found(piece: Piece, now: Kept) -> Places:
    """Where drawings lie now, ascending; those that are gone are left out."""
    inside = piece.places[piece.places < len(now)]
    same = len(inside) == len(piece) and bool(
        (now.labels[inside] == piece.labels).all() and (now.images[inside] == piece.images).all()
    )
    if same:
        return inside
    where = {name: place for place, name in enumerate(_names(now))}
    places = [where[name] for name in _names(piece) if name in where]
    return np.unique(np.array(places, np.int64))


def only_new(piece: Piece, there: Piece) -> Piece:
    """The part of `piece` that is not `there` already, each drawing once."""
    known = set(_names(there)) if len(piece) else set()
    fresh = []
    for index, name in enumerate(_names(piece)):
        if name not in known:
            known.add(name)
            fresh.append(index)
    chosen = np.array(fresh, np.int64)
    return Piece(piece.places[chosen], piece.images[chosen], piece.labels[chosen])
