"""The name of a model at the beginning of its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.views import icons, theme
from studio.views.clamped import lines_of

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

CHEVRON = 12
"""Width of the sign before the name."""


class Title(QAbstractButton):
    """The name of a model; pressed, it opens what more there is to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rowTitle")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(theme.sized(self.font(), theme.BODY, bold=True))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._most = 2
        self._fit()

    def set_most(self, lines: int) -> None:
        """How many lines a long name may take."""
        if lines != self._most:
            self._most = lines
            self._fit()

    def set_name(self, name: str) -> None:
        """The name of the model."""
        self.setText(name)
        self._fit()

    def lines(self) -> list[str]:
        """The name as it is shown."""
        return lines_of(self.text(), self.font(), self.width() - CHEVRON, self._most)

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def _fit(self) -> None:
        self.setFixedHeight(max(len(self.lines()), 1) * self.fontMetrics().lineSpacing() + 2)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.tokens(self)
        lively = self.underMouse() or self.hasFocus()
        colour = tokens.accent if lively else tokens.text
        name = "chevron" if self.isChecked() else "chevron-right"
        shade = colour if lively else tokens.quiet
        icons.icon(name, self, 16, shade).paint(painter, -4, 0, 16, 16)
        painter.setPen(QColor(colour))
        metrics = self.fontMetrics()
        for number, line in enumerate(self.lines()):
            base = 1 + metrics.ascent() + number * metrics.lineSpacing()
            painter.drawText(QPointF(CHEVRON, base), line)
