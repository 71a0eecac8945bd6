"""The strip below the toolbar: one sentence and a way out, never a modal box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from studio.views import theme
from studio.views.icons import icon, pixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

Kind = Literal["wrong", "warning", "good", "info"]
_ICONS = {"wrong": "warning", "warning": "warning", "good": "good", "info": "info"}


class NoticeStrip(QWidget):
    """Hidden until `show_notice`; the close button hides it again."""

    action_triggered = Signal()
    second_triggered = Signal()
    closed = Signal()
    """By its user, with the close button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticeStrip")
        self._kind: Kind = "info"
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setObjectName("noticeText")
        # Messages quote file names and exceptions: nothing in them may act as markup.
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.setObjectName("noticeAction")
        self._action.clicked.connect(self.action_triggered)
        self._second = QPushButton()
        self._second.setObjectName("noticeSecond")
        self._second.clicked.connect(self.second_triggered)
        self._close = QToolButton()
        self._close.setObjectName("noticeClose")
        self._close.setAccessibleName("Close this message")
        self._close.setToolTip("Close this message")
        self._close.clicked.connect(self._on_close_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.L, theme.S, theme.S, theme.S)
        row.setSpacing(theme.M)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._second)
        row.addWidget(self._close)
        self._tint()
        self.hide()

    def show_notice(
        self, text: str, kind: Kind = "wrong", action: str = "", second: str = ""
    ) -> None:
        """Shows one sentence.

        Arguments:
            text: What happened and what to do next.
            kind: Its colour and icon.
            action: The label of the button that does it, or an empty text for none.
            second: The label of another button, or an empty text for none.
        """
        self._kind = kind
        self._text.setText(text)
        for button, label in ((self._action, action), (self._second, second)):
            button.setText(label)
            button.setVisible(bool(label))
        self.setAccessibleName(text)
        self._tint()
        self.show()

    def hide_notice(self) -> None:
        """What was said no longer holds."""
        self.hide()

    def text(self) -> str:
        """The sentence that is shown, or an empty text while the strip is hidden."""
        return "" if self.isHidden() else self._text.text()

    def _on_close_clicked(self) -> None:
        self.hide()
        self.closed.emit()

    def _colour(self) -> str:
        tokens = theme.tokens(self)
        return {
            "wrong": tokens.wrong,
            "warning": tokens.warning,
            "good": tokens.good,
            "info": tokens.accent,
        }[self._kind]

    def _tint(self) -> None:
        self._icon.setPixmap(pixmap(_ICONS[self._kind], self, 20, self._colour()))
        self._close.setIcon(icon("close", self, 16))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.blend(self._colour(), tokens.surface, 0.12)))
        painter.fillRect(0, 0, 3, self.height(), QColor(self._colour()))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)
