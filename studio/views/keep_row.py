"""Ten keys that keep the drawing under the digit that it is; the likeliest one stands out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from studio.views import theme
from studio.views.elided import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

SIDE = 32
_SURE = 0.995
"""From here on a hundred per cent would be shown, which nobody can promise."""


class KeepRow(QWidget):
    """The keys and what the classifier takes the drawing for.

    Signals:
        chosen(int): the drawing is this digit.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._possible, self._reason = False, ""
        self._guess: int | None = None
        self._keys: list[_Key] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.XS)
        title = QLabel("Keep as", self)
        title.setFont(theme.sized(title.font(), theme.BODY, bold=True))
        row.addWidget(title)
        row.addSpacing(theme.S)
        for digit in range(10):
            key = _Key(digit, self)
            key.clicked.connect(partial(self._on_chosen, digit))
            self._keys.append(key)
            row.addWidget(key)
        row.addSpacing(theme.S)
        self._note = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._note.setObjectName("keepGuess")
        self._note.setProperty("quiet", True)
        self._note.setMinimumWidth(0)
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self._note, 1)
        self.set_possible(False, "Draw a digit first.")

    def listen_on(self, host: QWidget) -> None:
        """Alt and a digit keep the drawing wherever the focus is in `host`."""
        for digit in range(10):
            shortcut = QShortcut(QKeySequence(f"Alt+{digit}"), host)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(partial(self._on_chosen, digit))

    def set_possible(self, possible: bool, reason: str = "") -> None:
        """Whether there is something to keep, or what to do first."""
        self._possible, self._reason = possible, reason
        self._show()

    def set_guess(self, digit: int | None, confidence: float = 0.0, none: float = 0.0) -> None:
        """What the classifier takes the drawing for; None while nobody knows.

        Arguments:
            confidence: Of the digit among the ten, in [0, 1].
            none: Probability that it is no digit.
        """
        self._guess = digit
        if digit is None:
            self._note.setText("")
        elif none > 0.5:
            self._note.setText(f"Hardly a digit; at best a {digit}")
        else:
            share = (
                "more than 99 %" if confidence >= _SURE else f"{confidence:.0%}".replace("%", " %")
            )
            article = "an" if digit == 8 else "a"
            self._note.setText(f"Looks like {article} {digit} ({share})")
        self._note.setToolTip(self._note.text())
        self._show()

    def _show(self) -> None:
        for digit, key in enumerate(self._keys):
            key.setEnabled(self._possible)
            key.set_marked(self._possible and digit == self._guess)
            key.setToolTip(
                f"Keeps the drawing as a {digit} (Alt+{digit})" if self._possible else self._reason
            )
        self._note.setVisible(self._possible)

    def _on_chosen(self, digit: int) -> None:
        # A shortcut comes through even while there is nothing to keep.
        if self._possible:
            self.chosen.emit(digit)


class _Key(QToolButton):
    """One digit, underlined in its colour; filled with it where it is the likeliest."""

    def __init__(self, digit: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._digit = digit
        self.setCheckable(True)
        self.setObjectName(f"keepButton{digit}")
        self.setText(str(digit))
        self.setAccessibleName(f"Keep as {digit}")
        self.setProperty("face", True)
        self.setFixedSize(SIDE, SIDE)
        self.setStyleSheet(f"QToolButton {{ padding: 0 0 4px 0; font-size: {theme.TITLE}px; }}")

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def nextCheckState(self) -> None:
        """Stays as it is: down is the guess, not what was pressed last."""

    def set_marked(self, marked: bool) -> None:
        self.setChecked(marked)
        self.setAccessibleDescription("The classifier's guess" if marked else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isEnabled():
            painter = QPainter(self)
            tall = 3
            line = QRectF(theme.S, self.height() - tall - 3, self.width() - 2 * theme.S, tall)
            painter.fillRect(line, QColor(theme.CLASS_COLOURS[self._digit]))
