"""Places of the map that the user wants to find again."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

MOST = 100
"""Bookmarks that are kept; the oldest goes when there are more."""
LONGEST = 80
"""Letters of a name."""
ANCHOR_BYTES = 28 * 28


@dataclass(frozen=True)
class Bookmark:
    """A view of the map.

    Attributes:
        name: As the user calls it.
        x, y: The point in the middle, in units of the plane.
        scale: Pixels per unit, above 0.
        kind: How the plane was laid: "principal", "dimensions", ...
        dimensions: The two dimensions or components, from 0.
        anchors: None or three uint8 images of 28 x 28, as bytes, row by row.
        model: Title of the model that was looked at.
    """

    name: str
    x: float
    y: float
    scale: float
    kind: str = "principal"
    dimensions: tuple[int, int] = (0, 1)
    anchors: tuple[bytes, ...] = ()
    model: str = ""

    def plain(self) -> dict[str, object]:
        """Ready for JSON."""
        return {
            "name": self.name,
            "x": self.x,
            "y": self.y,
            "scale": self.scale,
            "kind": self.kind,
            "dimensions": list(self.dimensions),
            "anchors": [base64.b64encode(zlib.compress(a)).decode("ascii") for a in self.anchors],
            "model": self.model,
        }


def from_plain(value: object) -> Bookmark | None:
    """The bookmark that `Bookmark.plain` has written, or None for anything else."""
    if not isinstance(value, Mapping):
        return None
    try:
        first, second = (int(number) for number in value["dimensions"])
        read = Bookmark(
            str(value["name"])[:LONGEST],
            float(value["x"]),
            float(value["y"]),
            float(value["scale"]),
            str(value["kind"]),
            (first, second),
            tuple(_image(text) for text in value["anchors"]),
            str(value["model"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, zlib.error, binascii.Error):
        return None
    numbers = (read.x, read.y, read.scale)
    sound = all(map(math.isfinite, numbers)) and read.scale > 0 and min(read.dimensions) >= 0
    return read if sound and read.name and len(read.anchors) in (0, 3) else None


def _image(text: object) -> bytes:
    packed = base64.b64decode(str(text), validate=True)
    pixels = zlib.decompressobj().decompress(packed, ANCHOR_BYTES + 1)
    if len(pixels) != ANCHOR_BYTES:
        raise ValueError("An anchor has 28 x 28 pixels.")
    return pixels


class Bookmarks(QObject):
    """All bookmarks, the oldest first.

    Signals:
        changed(): there are others, or they are called otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Bookmark] = []

    def all(self) -> tuple[Bookmark, ...]:
        """The bookmarks in the order in which they were made."""
        return tuple(self._all)

    def add(self, bookmark: Bookmark) -> None:
        """Keeps one more; a name that is taken gets a number."""
        name, number = bookmark.name, 2
        while any(name == known.name for known in self._all):
            name, number = f"{bookmark.name} ({number})", number + 1
        self._all = [*self._all, replace(bookmark, name=name)][-MOST:]
        self.changed.emit()

    def rename(self, index: int, name: str) -> None:
        """Calls it otherwise; an empty name changes nothing."""
        name = " ".join(name.split())[:LONGEST]
        if name and name != self._all[index].name:
            self._all[index] = replace(self._all[index], name=name)
        # Told in any case: a list in which an empty name was typed has to be drawn anew.
        self.changed.emit()

    def remove(self, index: int) -> None:
        """Forgets one."""
        del self._all[index]
        self.changed.emit()

    def plain(self) -> list[object]:
        """All of them, ready for JSON."""
        return [bookmark.plain() for bookmark in self._all]

    def restore(self, values: Sequence[object]) -> None:
        """Takes what `plain` gave; what cannot be read is left out."""
        read = [bookmark for value in values if (bookmark := from_plain(value)) is not None]
        self._all = read[-MOST:]
        self.changed.emit()
