"""Rows below each other that begin at the left edge of their tab and scroll when there are many."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QWidget

from studio.views.scroll import BAR, column_in


class Rows(QScrollArea):
    """A column without margins; the place of the scroll bar is kept free at the right."""

    def __init__(self, spacing: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = column_in(self, spacing)
        self.column.setContentsMargins(0, 0, 0, 0)

    def room(self) -> int:
        """The width of a row, whether or not the scroll bar is there."""
        return max(self.width() - BAR, 0)
