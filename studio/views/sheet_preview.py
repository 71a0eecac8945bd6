"""A few digits of a contact sheet, as it will look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from studio.views import theme
from studio.views.pictures import grey_image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent

SIDE = 228


class SheetPreview(QWidget):
    """A square with the digits as large as they fit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("sheetPreview")
        self.setAccessibleName("Preview of the sheet")
        self.setToolTip("The same part of the map with at most 12 × 12 digits")
        self.setFixedSize(SIDE, SIDE)
        self._digits: NDArray[np.uint8] | None = None

    def show_digits(self, digits: NDArray[np.uint8] | None) -> None:
        """uint8 (rows, columns, H, W), or None for an empty place."""
        self._digits = digits
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.tokens(self)
        painter.fillRect(self.rect(), QColor(tokens.raised))
        if self._digits is None:
            painter.setPen(QColor(tokens.quiet))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Preview")
            return
        rows, columns, height, width = self._digits.shape
        joined = self._digits.swapaxes(1, 2).reshape(rows * height, columns * width)
        side = min(self.width() / joined.shape[1], self.height() / joined.shape[0])
        wide, tall = joined.shape[1] * side, joined.shape[0] * side
        room = QRectF((self.width() - wide) / 2, (self.height() - tall) / 2, wide, tall)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(room, grey_image(joined))
