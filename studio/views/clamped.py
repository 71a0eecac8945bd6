"""A few lines of words, with an ellipsis where there is too little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class ClampedLabel(QLabel):
    """Breaks its text into as many lines as there is height for; the last one ends with an
    ellipsis if something is left over. The whole text is its tooltip."""

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().lineSpacing())

    def lines(self) -> list[str]:
        """The text as it is shown."""
        room, metrics = self.contentsRect(), self.fontMetrics()
        most = max(room.height() // metrics.lineSpacing(), 1)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout = QTextLayout(self.text(), self.font())
        layout.setTextOption(option)
        layout.beginLayout()
        parts: list[str] = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(room.width())
            start = line.textStart()
            if len(parts) == most - 1 and start + line.textLength() < len(self.text()):
                rest = self.text()[start:]
                parts.append(metrics.elidedText(rest, Qt.TextElideMode.ElideRight, room.width()))
                break
            parts.append(self.text()[start : start + line.textLength()].rstrip())
        layout.endLayout()
        return parts

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.text():
            return
        room, metrics = self.contentsRect(), self.fontMetrics()
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        for number, line in enumerate(self.lines()):
            base = room.top() + metrics.ascent() + number * metrics.lineSpacing()
            painter.drawText(QPointF(room.left(), base), line)
        painter.end()
