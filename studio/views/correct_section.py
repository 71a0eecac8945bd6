"""Correct my hand: the drawing pulled to what the model takes for a plain digit of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from studio.views import theme
from studio.views.elided import ElidedLabel
from studio.views.film_strip import FilmStrip
from studio.views.rewrite_section import RewriteSection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.views.pictures import Image

LESSON = "Pulls your drawing to the model's own way of writing it."
START = 50
"""Where the slider stands at first, in percent."""


class CorrectSection(RewriteSection):
    """Before and after, a slider between them, and the frames along the way."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("correctSection", "Correct my hand", LESSON, parent)
        self._before_words = QLabel("Your drawing", self)
        self._after_words = ElidedLabel(Qt.AlignmentFlag.AlignHCenter)
        self._words: tuple[str, ...] = ()
        self._before = self.add_picture("correctBefore", "Your drawing", self._before_words)
        self._after = self.add_picture("correctAfter", "Corrected", self._after_words)
        self._take = QPushButton("Take over", self)
        self._take.setObjectName("correctTake")
        self._take.setAccessibleName("Take the corrected digit over")
        self._take.setToolTip("Puts the corrected digit on the canvas (undo takes it back)")
        self._take.clicked.connect(self._on_take_clicked)
        self.head.addWidget(self._take)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("correctSlider")
        self._slider.setAccessibleName("How much is corrected")
        self._slider.setToolTip(
            "From your drawing over the model's copy of it to the plainest of its kind (Left and "
            "Right)"
        )
        self._slider.setRange(0, 100)
        self._slider.setPageStep(10)
        self._slider.setValue(START)
        self._slider.valueChanged.connect(self._show_frame)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        for widget, stretch in (
            (QLabel("As drawn", self), 0),
            (self._slider, 1),
            (QLabel("Plainest", self), 0),
        ):
            if isinstance(widget, QLabel):
                widget.setProperty("quiet", True)
            row.addWidget(widget, stretch)
        self.body.addLayout(row)
        self._strip = FilmStrip("correctStrip", "From your drawing to the plainest digit", self)
        self._strip.frame_chosen.connect(self._on_frame_chosen)
        self._strip.frame_pointed.connect(self._on_frame_pointed)
        self.body.addWidget(self._strip)
        self.body.addStretch(1)
        self._show_frame()

    def set_side(self, side: int) -> None:
        """The side of the large pictures."""
        self._before.set_side(side)
        self._after.set_side(side)
        self._strip.set_most(side // 2)

    def set_seen(self, image: Image | None) -> None:
        """The drawing as models see it, uint8 (28, 28)."""
        self._before.set_image(image)

    def set_strip(self, images: Image | None, words: Sequence[str] = ()) -> None:
        """The frames, uint8 (n, 28, 28), from as drawn to the plainest, and a few words on each."""
        self._strip.set_frames(images, words)
        self._words = tuple(words)
        self._show_frame()

    def share(self) -> float:
        """How much is corrected, in [0, 1]."""
        return self._slider.value() / 100

    def _number(self) -> int:
        return round(self.share() * (len(self._strip.frames()) - 1))

    def _show_frame(self) -> None:
        frames = self._strip.frames()
        self._take.setEnabled(len(frames) > 0)
        words = f"{self._slider.value()} % corrected" if len(frames) else ""
        if len(frames) and len(self._words) == len(frames):
            words = self._words[self._number()]
        self._after_words.setText(words)
        self._after_words.setToolTip(words)
        self._after.set_image(frames[self._number()] if len(frames) else None)
        self._strip.set_frame(self._number() if len(frames) else -1)

    def _on_frame_chosen(self, number: int) -> None:
        self._slider.setValue(round(100 * number / max(len(self._strip.frames()) - 1, 1)))

    def _on_frame_pointed(self, number: int) -> None:
        self.pointed.emit(self._strip.frames()[number].copy() if number >= 0 else None)

    def _on_take_clicked(self) -> None:
        self.taken.emit(self._strip.frames()[self._number()].copy())
