"""The frames of a change side by side: as many as fit, and always the first and the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QSizePolicy

from studio.views.digit_row import DigitRow
from studio.views.pictures import PIXELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from studio.views.pictures import Image

LEAST, MOST = 40, 84
"""Smallest and largest side of a frame; in a roomy strip frames are left out before all shrink."""
PLACES = 9
"""Empty places shown while there are no frames."""


class FilmStrip(DigitRow):
    """Frames to point at and to choose from.

    Signals:
        frame_chosen(int): the number among all frames that was clicked, or chosen with the keys.
        frame_pointed(int): the number under the pointer, or -1.
    """

    frame_chosen = Signal(int)
    frame_pointed = Signal(int)

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(name, title, LEAST, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._gap = 2
        self._frames: Image = np.zeros((0, PIXELS, PIXELS), np.uint8)
        self._numbers = np.zeros(0, int)
        self._said: tuple[str, ...] = ()
        self._frame = -1
        self._most = LEAST
        self.set_places(PLACES)
        self.chosen.connect(self._on_chosen)
        self.pointed.connect(self._on_pointed)

    def set_frames(self, images: Image | None, words: Sequence[str] = ()) -> None:
        """Shows uint8 (n, 28, 28) and tells a few words on each, or shows empty places."""
        self._said = tuple(words)
        self._frames = np.zeros((0, PIXELS, PIXELS), np.uint8) if images is None else images
        self._fit()

    def frames(self) -> Image:
        """All frames, uint8 (n, 28, 28), shown or not."""
        return self._frames

    def set_frame(self, number: int) -> None:
        """Marks the shown frame that is nearest to one of all; -1 for none."""
        self._frame = number
        near = np.abs(self._numbers - number)
        self.set_marked(int(near.argmin()) if number >= 0 and len(near) else -1)

    def set_most(self, side: int) -> None:
        """The largest side of a frame, held between LEAST and MOST."""
        self._most = min(max(side, LEAST), MOST)
        self._fit()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(PLACES * LEAST, self.height_of(self._most))

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, self.height_of(self._most))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        count = len(self._frames) or PLACES
        room = self.width() + self._gap
        least = max(LEAST, 2 * self._most // 3)
        shown = max(min(count, room // (least + self._gap)), min(count, 2))
        self.set_side(min(room // shown - self._gap, self._most))
        self.set_places(shown)
        if not len(self._frames):
            self._numbers = np.zeros(0, int)
            self.set_images(None)
            return
        self._numbers = np.linspace(0, count - 1, shown).round().astype(int)
        self.set_images(self._frames[self._numbers])
        if self._said:
            self.set_words((), [self._said[number] for number in self._numbers])
        self.set_frame(self._frame)

    def _on_chosen(self, number: int) -> None:
        self.frame_chosen.emit(int(self._numbers[number]))

    def _on_pointed(self, number: int) -> None:
        self.frame_pointed.emit(int(self._numbers[number]) if number >= 0 else -1)
