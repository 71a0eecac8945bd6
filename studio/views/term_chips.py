"""The switches of a loss's terms, in as many lines as they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent, QResizeEvent

HEIGHT = 22
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (4, 2),
    (1, 2),
    (4, 2, 1, 2),
    (4, 2, 1, 2, 1, 2),
    (9, 3),
    (1, 5),
)
"""Lengths of strokes and gaps in widths of the pen, a term after the other; () is a whole line."""


def dashed(pen: QPen, number: int) -> QPen:
    """The pen with the dashes of the term of this number."""
    if pattern := DASHES[number % len(DASHES)]:
        pen.setDashPattern(list(pattern))
    return pen


class TermChip(QToolButton):
    """Switches one term; shows the dashes that the term is drawn with."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__()
        self._number = number
        self.setObjectName(f"term_{name}")
        self.setText(name)
        self.setCheckable(True)
        self.setAccessibleName(f"Show {name}")
        self.setToolTip(f"Show or hide {name}")
        self.setFont(theme.sized(self.font(), theme.SMALL))
        self.setFixedHeight(HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        front = tokens.text if self.isChecked() else tokens.quiet
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QColor(tokens.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self.isChecked():
            painter.setPen(dashed(QPen(QColor(front), 1.5), self._number))
        else:
            painter.setPen(QPen(QColor(tokens.line), 1.5))
        middle = self.height() / 2
        painter.drawLine(QPointF(6, middle), QPointF(24, middle))
        painter.setPen(QColor(front))
        painter.setFont(self.font())
        inside = self.rect().adjusted(30, 0, -4, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        hint.setWidth(38 + self.fontMetrics().horizontalAdvance(self.text()))
        return hint


class ChipRows(QWidget):
    """Chips from left to right, and on in the next line where there is no more room.

    So that terms with long names make neither the plot nor the window wider.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: tuple[TermChip, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(0)

    def set_chips(self, chips: Sequence[TermChip]) -> None:
        """Shows these instead of the ones before, which go."""
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = tuple(chips)
        for chip in self._chips:
            chip.setParent(self)
            chip.show()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        x = y = 0
        for chip in self._chips:
            wide = chip.sizeHint().width()
            if x and x + wide > self.width():
                x, y = 0, y + HEIGHT
            chip.setGeometry(x, y, wide, HEIGHT)
            x += wide + theme.XS
        self.setFixedHeight(y + HEIGHT if self._chips else 0)
