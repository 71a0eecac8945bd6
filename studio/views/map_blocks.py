"""What lies still on the plane, kept as square pictures so that moving the map only blits them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPixmap, QRegion

if TYPE_CHECKING:
    from studio.views.map_scene import MapScene

SIDE = 256
"""Edge of a block in logical pixels."""
AT_ONCE = 8
"""Blocks that are made in one go, about 1 ms each; the others wait for the next."""


class MapBlocks:
    """A grid of transparent pictures around the plane's origin, made as they come into view."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], QPixmap | None] = {}
        self._made_for: tuple[float, float] | None = None

    def clear(self) -> None:
        """Something on the plane has changed: all pictures are to be made anew."""
        self._blocks.clear()

    def paint(
        self,
        painter: QPainter,
        room: QRect,
        corner: tuple[int, int],
        scale: float,
        scene: MapScene,
        font: QFont,
    ) -> bool:
        """Blits the blocks in `room`; what has none yet is painted directly.

        Arguments:
            corner: Pixels from the plane's origin, y down, to the painter's (0, 0).
            scale: Logical pixels per unit of the plane.

        Returns:
            Whether all blocks are there; if not, paint once more.
        """
        ratio = painter.device().devicePixelRatioF()
        if (scale, ratio) != self._made_for:
            self._blocks.clear()
            self._made_for = scale, ratio
        left, right = ((corner[0] + x) // SIDE for x in (room.left(), room.right()))
        top, bottom = ((corner[1] + y) // SIDE for y in (room.top(), room.bottom()))
        missing, made = QRegion(), 0
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                x, y = col * SIDE, row * SIDE
                if (col, row) not in self._blocks:
                    if made == AT_ONCE:
                        missing += QRect(x - corner[0], y - corner[1], SIDE, SIDE)
                        continue
                    self._blocks[col, row] = _block(x, y, scale, ratio, scene, font)
                    made += 1
                block = self._blocks[col, row]
                if block is not None:
                    painter.drawPixmap(x - corner[0], y - corner[1], block)
        if not missing.isEmpty():
            painter.save()
            painter.setClipRegion(missing)
            around = QRectF(missing.boundingRect())
            scene.paint(painter, *corner, around, scale, font, hasty=True)
            painter.restore()
        # A ring around the view stays: a drag often turns back.
        for col, row in list(self._blocks):
            if not (left - 1 <= col <= right + 1 and top - 1 <= row <= bottom + 1):
                del self._blocks[col, row]
        return missing.isEmpty()


def _block(
    left: int, top: int, scale: float, ratio: float, scene: MapScene, font: QFont
) -> QPixmap | None:
    pixels = math.ceil(SIDE * ratio)
    picture = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painted = scene.paint(painter, left, top, QRectF(0, 0, SIDE, SIDE), scale, font)
    painter.end()
    return QPixmap.fromImage(picture) if painted else None
