"""The small dot in a player's colour that stands next to its name, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from studio.views import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class RoleDot(QWidget):
    """A dot of 8 px. The name next to it says the same in words."""

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self.setFixedSize(theme.S, theme.L)

    def set_role(self, role: str) -> None:
        """Takes the colour of another role."""
        self._role = role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.role_colour(theme.tokens(self), self._role)))
        painter.drawEllipse(QRectF(0, (self.height() - 8) / 2, 8, 8))
        painter.end()
