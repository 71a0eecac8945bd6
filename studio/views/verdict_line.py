"""The microscope's verdict in words: an icon, the state, and one sentence."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import theme
from studio.views.icons import pixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QFont, QPaintEvent, QResizeEvent

    from studio.state.microscope import VerdictRow

ICON = 14
ROOMY = 640
"""From this width on a sentence fits into one line; below, it has two."""
LINE = 64
"""Characters in a line of the tooltip."""
ICONS = {"good": "good", "warning": "warning", "wrong": "warning", "quiet": "info"}


def mood_colour(tokens: theme.Tokens, mood: str) -> str:
    """The colour that goes with a state, and never without its word."""
    colours = {"good": tokens.good, "warning": tokens.warning, "wrong": tokens.wrong}
    return colours.get(mood, tokens.quiet)


class VerdictLine(QWidget):
    """As high with a sentence as without, so that what stands below never moves.

    As long as there is no verdict it says how the digits are drawn.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdictLine")
        self.setAccessibleName("Verdict")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._verdict: VerdictRow | None = None
        self._note = ""
        self._set_height(2)

    def set_verdict(self, verdict: VerdictRow | None) -> None:
        """Shows a verdict; None goes back to the note."""
        if verdict != self._verdict:
            self._verdict = verdict
            self._describe()

    def set_note(self, text: str) -> None:
        """What stands here as long as there is no verdict."""
        if text != self._note:
            self._note = text
            self._describe()

    def text(self) -> str:
        """What is written here."""
        verdict = self._verdict
        return self._note if verdict is None else f"{verdict.word}: {verdict.sentence}"

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.minimumHeight())

    def _describe(self) -> None:
        verdict = self._verdict
        lines = [self.text()] if verdict is None else [self.text(), *verdict.more]
        if verdict is not None and self._note:
            lines.append(self._note)
        # Qt wraps no plain text.
        self.setToolTip("\n".join(textwrap.fill(line, LINE) for line in lines if line))
        self.setAccessibleDescription("\n".join(lines))
        self.update()

    def _font(self) -> QFont:
        size = theme.BODY if self._lines == 1 else theme.SMALL
        return theme.tabular(theme.sized(self.font(), size))

    def _set_height(self, lines: int) -> None:
        self._lines = lines
        self.setFixedHeight(max(ICON, lines * QFontMetrics(self._font()).lineSpacing()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        lines = 1 if self.width() >= ROOMY else 2
        if lines != self._lines:
            self._set_height(lines)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._set_height(self._lines)
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, verdict = theme.tokens(self), self._verdict
        # A line may end anywhere but between a number and its unit.
        text = self.text().replace(" %", "\N{NO-BREAK SPACE}%")
        painter = QPainter(self)
        left = 0
        formats = []
        if verdict is not None:
            colour = mood_colour(tokens, verdict.mood)
            top = (QFontMetrics(self._font()).lineSpacing() - ICON + 1) // 2
            painter.drawPixmap(0, max(top, 0), pixmap(ICONS[verdict.mood], self, ICON, colour))
            left = ICON + theme.XS
            word = QTextLayout.FormatRange()
            word.start, word.length = 0, len(verdict.word)
            word.format = QTextCharFormat()
            word.format.setForeground(QColor(colour))
            word.format.setFontWeight(600)
            formats.append(word)
        painter.setPen(QColor(tokens.text if verdict is not None else tokens.quiet))
        layout = QTextLayout(text, self._font(), self)
        layout.setFormats(formats)
        room = max(self.width() - left, 1)
        layout.beginLayout()
        for number in range(self._lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(room)
            top = number * QFontMetrics(self._font()).lineSpacing()
            line.setPosition(QPointF(0, top))
            rest = text[line.textStart() :]
            if number == self._lines - 1 and len(rest) > line.textLength():
                self._draw_rest(painter, rest, left, top, room)
                break
            line.draw(painter, QPointF(left, 0))
        layout.endLayout()
        painter.end()

    def _draw_rest(self, painter: QPainter, rest: str, left: int, top: int, room: int) -> None:
        """What is too long for its last line ends in an ellipsis; the tooltip has all of it."""
        metrics = QFontMetrics(self._font())
        painter.setFont(self._font())
        short = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(left, top + metrics.ascent()), short)
