"""A few lines of words, with an ellipsis where there is too little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget


def lines_of(text: str, font: QFont, width: int, most: int) -> list[str]:
    """A text broken into lines of a width; the last of at most `most` ends with an ellipsis if
    something is left over."""
    metrics = QFontMetrics(font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    layout.beginLayout()
    parts: list[str] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        start = line.textStart()
        rest = text[start:]
        if len(parts) == most - 1 and line.textLength() < len(rest):
            parts.append(metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width))
            break
        part = rest[: line.textLength()].rstrip()
        # One long word is wider than any line.
        parts.append(metrics.elidedText(part, Qt.TextElideMode.ElideRight, width))
    layout.endLayout()
    return parts


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
        room = self.contentsRect()
        most = max(room.height() // self.fontMetrics().lineSpacing(), 1)
        return lines_of(self.text(), self.font(), room.width(), most)

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


class WrappedLabel(ClampedLabel):
    """As high as its text needs to be in its width, up to a number of lines."""

    def __init__(self, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_most(self, lines: int) -> None:
        """How many lines there may be."""
        if lines != self._most:
            self._most = lines
            self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        count = len(lines_of(self.text(), self.font(), width, self._most)) if self.text() else 0
        return count * self.fontMetrics().lineSpacing()

    def sizeHint(self) -> QSize:
        return QSize(0, self.heightForWidth(self.width()))
