"""The field in which a place of the plane is written: `1.2, -0.4` and Enter."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

FARTHEST = 1e6
"""Units of the plane from the origin; digits farther out could not be told apart any more."""
EXAMPLE = "1.2, -0.4"
WRONG = f"Write two numbers with a comma between them, such as {EXAMPLE}."


def parse(text: str) -> tuple[float, float]:
    """The place that `text` says: two numbers with a comma, a semicolon or a space between them.

    Raises:
        ValueError: with one sentence for the user.
    """
    parts = [part for part in re.split(r"[\s,;()]+", text.replace("−", "-")) if part]
    try:
        x, y = map(float, parts)
    except ValueError:
        raise ValueError(WRONG) from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(WRONG)
    if max(abs(x), abs(y)) > FARTHEST:
        raise ValueError(f"Stay within {FARTHEST:,.0f} units of the origin.")
    return x, y


class PlaceField(QLineEdit):
    """Signals:
    wanted(float, float): the user has written a place and pressed Enter.
    complained(str): one sentence that says what is wrong; "" once it is not any more.
    """

    wanted = Signal(float, float)
    complained = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("placeField")
        self.setAccessibleName("Go to a place of the plane")
        self.setToolTip("Go to a place of the plane: x, y and Enter (Ctrl+G)")
        self.setPlaceholderText("Go to x, y")
        self.setFont(theme.tabular(self.font()))
        self.setFixedSize(112, 32)
        self.returnPressed.connect(self._on_return_pressed)
        self.textEdited.connect(self._on_text_edited)

    def _on_return_pressed(self) -> None:
        try:
            x, y = parse(self.text())
        except ValueError as wrong:
            self._show_wrong(str(wrong))
            return
        self._show_wrong("")
        self.clear()  # the next step over the map would make it untrue
        self.wanted.emit(x, y)

    def _on_text_edited(self) -> None:
        self._show_wrong("")

    def _show_wrong(self, sentence: str) -> None:
        if self.property("wrong") != bool(sentence):
            self.setProperty("wrong", bool(sentence))
            self.style().unpolish(self)
            self.style().polish(self)
        self.complained.emit(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self._show_wrong("")
            # Back to the map, where arrows move and letters choose tools.
            self.clearFocus()
            return
        super().keyPressEvent(event)
