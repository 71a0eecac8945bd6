"""What lies on the canvas, the commands that change it, and the outline of a mask."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainterPath, QUndoCommand

from studio.views import strokes
from studio.views.strokes import SIDE, Image, Mask, Patch


class Drawing:
    """What lies on the canvas: three arrays that always change together, by commands."""

    def __init__(self) -> None:
        self.ink = strokes.blank()
        self.mask: Mask = np.zeros((SIDE, SIDE), bool)
        self.erased: Mask = np.zeros((SIDE, SIDE), bool)
        """Pixels that the eraser emptied and no pen has filled since."""

    def copy(self) -> Drawing:
        """An independent drawing with the same contents."""
        twin = Drawing()
        twin.take(self)
        return twin

    def take(self, other: Drawing) -> None:
        """Becomes equal to `other`, in place."""
        for mine, theirs in zip(self.layers(), other.layers(), strict=True):
            mine[...] = theirs

    def layers(self) -> tuple[Image, Mask, Mask]:
        """The arrays, in the order in which commands keep their patches."""
        return self.ink, self.mask, self.erased


class Change(QUndoCommand):
    """One step of the undo stack. Its text reads well both in a list and after "Undo"."""

    def __init__(self, name: str, drawing: Drawing, patches: list[Patch | None]) -> None:
        super().__init__(f"{name}\n{name[0].lower()}{name[1:]}")
        self._drawing = drawing
        self._patches = patches

    def redo(self) -> None:
        for patch, layer in zip(self._patches, self._drawing.layers(), strict=True):
            if patch is not None:
                patch.apply(layer)

    undo = redo


def outline(mask: Mask, cell: float) -> tuple[QPainterPath, list[QLineF]]:
    """The masked area and its border, for pixels of `cell` screen pixels."""
    area = QPainterPath()
    edges = []
    framed = np.pad(mask, 1).astype(np.int8)
    across, down = np.diff(framed, axis=1)[1:-1], np.diff(framed, axis=0)[:, 1:-1]
    for row, line in enumerate(across):
        starts, ends = np.flatnonzero(line == 1), np.flatnonzero(line == -1)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            area.addRect(QRectF(start * cell, row * cell, (end - start) * cell, cell))
    for row, column in np.argwhere(across).tolist():
        edges.append(QLineF(column * cell, row * cell, column * cell, (row + 1) * cell))
    for row, column in np.argwhere(down).tolist():
        edges.append(QLineF(column * cell, row * cell, (column + 1) * cell, row * cell))
    return area, edges
