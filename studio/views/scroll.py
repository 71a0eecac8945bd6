"""A column that scrolls when it is too tall, and keeps its right edge where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

BAR = 10
"""Width of a scroll bar, as in the style sheet."""


class Column(QScrollArea):
    """Widgets below each other.

    The scroll bar takes its place from the right margin, so that the widgets line up with what
    stands above and below, whether it is there or not.
    """

    def __init__(self, spacing: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = column_in(self, spacing)
        self._on_range_changed(0, 0)
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Arrow keys belong to whoever owns the column; the focus drags the view along.
        event.ignore()

    def _on_range_changed(self, low: int, high: int) -> None:
        right = theme.M - BAR if high > low else theme.M
        self.column.setContentsMargins(theme.M, theme.XS, right, theme.S)


def column_in(area: QScrollArea, spacing: int) -> QVBoxLayout:
    """Lets an area scroll up and down over one column, which it returns."""
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    body = QWidget()
    # A narrow dock squeezes the widgets; it never cuts off their right edge.
    body.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    column = QVBoxLayout(body)
    column.setSpacing(spacing)
    area.setWidget(body)
    return column
