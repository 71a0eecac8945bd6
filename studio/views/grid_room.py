"""The room of the sample grid: whole where it fits at twice its size, by whole rows otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QSizePolicy

from studio.views.scroll import BAR

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from studio.views.sample_grid import SampleGrid

LEAST = 2
"""Screen pixels per pixel of a digit, below which it is hard to see what it is."""
FEWEST = 2
"""So many rows are in sight, or the digits get smaller after all."""


class GridRoom(QScrollArea):
    """Shows fewer rows rather than smaller digits; the wheel and Page Down reach the others."""

    def __init__(self, grid: SampleGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gridRoom")
        self._grid = grid
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setWidget(grid)

    def refit(self) -> None:
        """Fits the grid into the room; to be called when its digits may have another size."""
        inside = QSize(self.width(), self.height())
        tall, margin, step = inside.height(), 0, 0
        images = self._grid.images()
        if len(images):
            rows = math.ceil(len(images) / math.ceil(math.sqrt(len(images))))
            columns = math.ceil(math.sqrt(len(images)))
            high, wide = images.shape[1:3]
            ratio = self.devicePixelRatioF()
            gap = max(1, round(ratio))
            room = int(inside.height() * ratio)
            least = round(LEAST * ratio)
            fits = ((room + gap) / rows - gap) / high
            across = ((int((inside.width() - BAR) * ratio) + gap) / columns - gap) / wide
            factor = min(least, math.floor(across))
            pitch = high * factor + gap
            seen = (room + gap) // pitch
            if factor >= 1 and math.floor(fits) < factor and seen >= FEWEST:
                # One pixel more than it takes: the grid divides, and may miss by a hair.
                tall = math.ceil((rows * pitch - gap) / ratio) + 1
                margin = int((room - seen * pitch + gap) / ratio)
                step = math.ceil(pitch / ratio)
        self.setViewportMargins(0, 0, 0, margin)
        across_now = inside.width() - (BAR if step else 0)
        self._grid.resize(across_now, tall)
        self.verticalScrollBar().setSingleStep(max(step, 1))

    def sizeHint(self) -> QSize:
        return QSize(482, 455)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refit()
