"""How likely each digit is, as ten small bars in the colours of the classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_DIGIT = 10
"""The place of the bar for no digit at all."""
GAP = 0.25
"""Between two bars, as a share of their distance."""
WIDEST = 18


class ClassBars(QWidget):
    """Ten bars with their digits below, and an eleventh for what is no digit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classBars")
        self.setAccessibleName("How likely each digit is")
        self._shares: NDArray[Any] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def set_shares(self, shares: NDArray[Any] | None, none: float) -> None:
        """Shares (10,) of the digits and that of no digit, or nothing."""
        self._shares = None if shares is None else np.append(np.nan_to_num(shares), none)
        words = (self.words(index) for index in range(NO_DIGIT + 1))
        self.setAccessibleDescription("" if shares is None else ", ".join(words))
        self.update()

    def words(self, index: int) -> str:
        """What one bar says; "" where there is none."""
        if self._shares is None or not 0 <= index <= NO_DIGIT:
            return ""
        name = "no digit" if index == NO_DIGIT else str(index)
        return f"{name}: {100 * self._shares[index]:.0f} %"

    def sizeHint(self) -> QSize:
        return QSize(120, 56)

    def _pitch(self) -> float:
        return min(self.width() / (NO_DIGIT + 1), WIDEST)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words(int(QPointF(event.pos()).x() // self._pitch()))
            if words:
                QToolTip.showText(event.globalPos(), words, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.tokens(self)
        pitch = self._pitch()
        wide = pitch * (1 - GAP)
        font = theme.tabular(theme.sized(self.font(), theme.SMALL))
        painter.setFont(font)
        line = painter.fontMetrics().height()
        foot = self.height() - line
        best = -1 if self._shares is None else int(self._shares.argmax())
        for index in range(NO_DIGIT + 1):
            left = index * pitch + pitch * GAP / 2
            share = 0.0 if self._shares is None else float(self._shares[index])
            high = share * (foot - 1)
            colour = tokens.quiet if index == NO_DIGIT else theme.CLASS_COLOURS[index]
            painter.fillRect(QRectF(left, foot - high, wide, high), QColor(colour))
            painter.fillRect(QRectF(left, foot, wide, 1), QColor(tokens.line))
            painter.setPen(QColor(tokens.text if index == best else tokens.quiet))
            painter.setFont(theme.sized(font, theme.SMALL, bold=index == best))
            label = "–" if index == NO_DIGIT else str(index)
            place = QRectF(index * pitch, foot + 1, pitch, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, label)
