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

PLACES = 3
HAIR = 1
LABEL = 12
"""Width of a class beside its digit."""
MARK = 3
"""Height of the class's colour below a large digit."""


class NearDigits(QWidget):
    """Three digits: below each other and small, or side by side at twice their size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nearDigits")
        self.setAccessibleName("Nearest training digits")
        self._pictures: list[QImage] = []
        self._labels: tuple[int, ...] = ()
        self._large = False
        self.set_large(False)

    def set_large(self, large: bool) -> None:
        """Chooses one of the two sizes; both are as high as a copy at three times its size."""
        self._large = large
        tall = PLACES * PIXELS + (PLACES - 1) * HAIR
        if large:
            self.setFixedSize(PLACES * 2 * PIXELS + (PLACES - 1) * HAIR, tall)
        else:
            self.setFixedSize(PIXELS + theme.XS + LABEL, tall)
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
        side = 2 * PIXELS if self._large else PIXELS
        for place in range(PLACES):
            shift = place * (side + HAIR)
            room = QRectF(shift if self._large else 0, 0 if self._large else shift, side, side)
            if place >= len(self._pictures):
                painter.fillRect(room, QColor(tokens.raised))
                continue
            painter.drawImage(room, self._pictures[place])
            label = self._labels[place]
            colour = QColor(theme.CLASS_COLOURS[label % 10])
            painter.setPen(QColor(tokens.text))
            if self._large:
                painter.fillRect(QRectF(room.left(), room.bottom() + 1, side, MARK), colour)
                words = QRectF(room.left(), room.bottom() + MARK + 2, side, theme.L)
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, str(label))
            else:
                painter.fillRect(QRectF(room.right(), room.top(), MARK, side), colour)
                words = QRectF(room.right() + MARK, room.top(), LABEL, side)
                painter.drawText(words, Qt.AlignmentFlag.AlignCenter, str(label))
