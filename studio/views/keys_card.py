"""All keys at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = (
    ("", "Training"),
    ("Space", "start, pause, resume"),
    (".", "one round"),
    ("D   G", "one move of the discriminator, of the generator"),
    ("Ctrl+.", "stop and keep"),
    ("Ctrl+Shift+.", "stop and move to the trash"),
    ("", "Drawing"),
    ("P   E", "pen, eraser"),
    ("M   U   R", "mask, unmask, mask a rectangle"),
    ("[   ]", "smaller, larger brush"),
    ("F", "fill in what is masked"),
    ("A held", "the drawing as it was before"),
    ("Ctrl+wheel   Ctrl+0", "zoom, fit"),
    ("Ctrl+V", "paste a picture"),
    ("Alt+0 … Alt+9", "keep the drawing as a digit of your own"),
    ("Ctrl+Alt+1 … 4", "Answers, Fill in, Rewrite, My digits"),
    ("Ctrl+Z   Ctrl+Shift+Z", "undo, redo"),
    ("", "Map"),
    ("Arrows   Wheel", "pan, zoom"),
    ("+   −   Home", "closer, farther, back to the middle"),
    ("V   S   B", "hand, lasso, path"),
    ("Ctrl+G   Ctrl+D", "go to a place, bookmark it"),
    ("Ctrl+Shift+M", "export a sheet"),
    ("", "Timeline"),
    ("J   L", "to the snapshot before, after"),
    ("K   End", "play as a film, back to live"),
    ("Ctrl+B", "branch from here"),
    ("", "Library"),
    ("Enter   F2   Del", "open, rename, delete a run"),
    ("Ctrl+F   Ctrl+I", "search, import a run"),
    ("", "Window"),
    ("Ctrl+1 … Ctrl+5", "Train, Draw, Map, Library, Lab"),
    ("Ctrl+E   Ctrl+Shift+E", "export the sample grid, the training film"),
    ("Ctrl+T   F1", "dark or light, these keys"),
)
"""Headings as ("", heading), rows as (keys, what they do)."""


class KeysCard(QFrame):
    """Keys and what they do, in a popup that a click elsewhere or Escape closes.

    Arguments:
        table: Headings as ("", heading), rows as (keys, what they do).
    """

    def __init__(self, table: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("keysCard")
        self.setAccessibleName("Keys")
        tokens = theme.tokens(parent)
        self.setStyleSheet(
            f"#keysCard {{ background: {tokens.surface}; border: 1px solid {tokens.line}; }}"
            f"#key {{ background: {tokens.raised}; border-radius: {theme.XS}px;"
            f"padding: 2px {theme.S}px; }}"
        )
        title = QLabel("Keys")
        title.setProperty("title", True)
        rows = QGridLayout()
        rows.setHorizontalSpacing(theme.L)
        rows.setVerticalSpacing(theme.XS)
        rows.setColumnStretch(1, 1)
        for number, (keys, meaning) in enumerate(table):
            text = QLabel(meaning)
            if not keys:
                text.setProperty("heading", True)
                text.setContentsMargins(0, theme.S, 0, 0)
                rows.addWidget(text, number, 0, 1, 2)
                continue
            key = QLabel(keys)
            key.setObjectName("key")
            rows.addWidget(key, number, 0, Qt.AlignmentFlag.AlignLeft)
            rows.addWidget(text, number, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.XL)
        column.addWidget(title)
        column.addLayout(rows)

    def open_over(self, window: QWidget) -> None:
        """Shows the popup in the middle of a window."""
        self.adjustSize()
        middle = window.mapToGlobal(window.rect().center())
        self.move(middle.x() - self.width() // 2, middle.y() - self.height() // 2)
        self.show()
