"""Convert: the ten digits as the same hand would write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from studio.views.digit_row import DigitRow
from studio.views.rewrite_section import RewriteSection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from studio.views.pictures import Image

LESSON = "The other digits, in your hand: slant, width and weight of your strokes are kept."
DIGITS = tuple("0123456789")
SIDES = (84, 56, 42)


class ConvertSection(RewriteSection):
    """Ten pictures with their labels; a click takes one over."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("convertSection", "Convert", LESSON, parent)
        self._digits = DigitRow("convertDigits", "The ten digits in the same hand", SIDES[1], self)
        self._digits.set_room_below(bars=False, words=True)
        self._digits.set_places(len(DIGITS))
        self._digits.setToolTip("Click a digit to take it over (undo takes it back)")
        self._digits.chosen.connect(self._on_chosen)
        self._digits.pointed.connect(self._on_pointed)
        self.body.addWidget(self._digits, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)

    def side_for(self, width: int) -> int:
        """The largest side with which all digits fit into a width."""
        wide = self._digits.width_of
        return next((side for side in SIDES if wide(len(DIGITS), side) <= width), SIDES[-1])

    def set_side(self, side: int) -> None:
        """The side of each digit."""
        self._digits.set_side(side)

    def set_images(self, images: Image | None, labels: Sequence[str] = ()) -> None:
        """The digits, uint8 (10, 28, 28), and what is written in each, as "3" or, with what is to
        be said of it, "3: it never writes one"."""
        self._digits.set_words(
            [label.partition(":")[0] for label in labels],
            [
                label if ":" in label else f"Take this {label} over (undo takes it back)"
                for label in labels
            ],
        )
        self._digits.set_images(images)

    def _on_chosen(self, number: int) -> None:
        self.taken.emit(self._digits.images()[number].copy())

    def _on_pointed(self, number: int) -> None:
        self.pointed.emit(self._digits.images()[number].copy() if number >= 0 else None)
