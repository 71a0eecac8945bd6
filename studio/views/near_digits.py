"""The training digits that are nearest to a drawing, each with its class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.views import theme
from studio.views.pictures import PIXELS, Image, grey_image

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from studio.views.row_columns import Nearest

PLACES = 3
HAIR = 1
LABEL = 12
"""Width of a class beside its digit."""
MARK = 3
"""Height of the class's colour below a large digit."""


class NearDigits(QWidget):
    """The nearest digits, in one of four layouts.

    "column": three below each other, their classes beside them; "large": three side by side at
    twice their size, their classes below; "row": the same, small; "pair": two below each other.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nearDigits")
        self.setAccessibleName("Nearest training digits")
        self._pictures: list[QImage] = []
        self._labels: tuple[int, ...] = ()
        self._layout: Nearest = "column"
        self.set_layout("column")

    def set_layout(self, layout: Nearest) -> None:
        """Chooses a layout: "column" and "large" are as high as a copy at three times its size,
        the others as one at twice its size."""
        self._layout = layout
        many = PLACES * PIXELS + (PLACES - 1) * HAIR
        if layout == "large":
            self.setFixedSize(PLACES * 2 * PIXELS + (PLACES - 1) * HAIR, many)
        elif layout == "column":
            self.setFixedSize(PIXELS + theme.XS + LABEL, many)
        elif layout == "row":
            self.setFixedSize(many, PIXELS + MARK + 2 + theme.L)
        else:
            self.setFixedSize(PIXELS + MARK, 2 * PIXELS + HAIR)
        self.update()

    def set_digits(self, digits: Image, labels: tuple[int, ...], by: str) -> None:
        """Shows uint8 (k, 28, 28) with their classes; k is at most PLACES."""
        self._pictures = [grey_image(digit) for digit in digits[:PLACES]]
        self._labels = labels[:PLACES]
        said = ", ".join(map(str, self._labels))
        words = f"Nearest training digits {by}: {said}" if self._labels else ""
        self.setToolTip(words or "The nearest training digits appear here")
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.tokens(self)
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        side = 2 * PIXELS if self._layout == "large" else PIXELS
        upright = self._layout in ("column", "pair")
        for place in range(2 if self._layout == "pair" else PLACES):
            shift = place * (side + HAIR)
            room = QRectF(0 if upright else shift, shift if upright else 0, side, side)
            if place >= len(self._pictures):
                painter.fillRect(room, QColor(tokens.raised))
                continue
            painter.drawImage(room, self._pictures[place])
            label = self._labels[place]
            colour = QColor(theme.CLASS_COLOURS[label % 10])
            painter.setPen(QColor(tokens.text))
            if not upright:
                painter.fillRect(QRectF(room.left(), room.bottom() + 1, side, MARK), colour)
                words = QRectF(room.left(), room.bottom() + MARK + 2, side, theme.L)
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, str(label))
                continue
            painter.fillRect(QRectF(room.right(), room.top(), MARK, side), colour)
            if self._layout == "column":
                words = QRectF(room.right() + MARK, room.top(), LABEL, side)
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, str(label))
