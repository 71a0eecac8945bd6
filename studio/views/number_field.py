"""A field for one number that takes `2e-4`, says at once what is wrong, and never clamps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent

_LADDER = (1.0, 2.0, 5.0)


def as_text(value: float) -> str:
    """The shortest text that reads back as the same number: `6,000`, `0.05`, `2e-4`."""
    if isinstance(value, int):
        return f"{value:,}"
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        text = repr(float(value))
        return text.removesuffix(".0")
    # The number of digits that repr needs, brought into scientific form.
    digits = len(repr(float(value)).partition("e")[0].replace(".", "").strip("-0"))
    mantissa, _, exponent = f"{value:.{max(digits - 1, 0)}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def parse(
    text: str, *, whole: bool, low: float | None = None, high: float | None = None
) -> float | int:
    """The number that `text` says.

    Raises:
        ValueError: with one sentence for the user.
    """
    plain = text.strip().replace(",", "").replace(" ", "").replace("−", "-")
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        if whole:
            raise ValueError("Write a whole number, such as 128.")
        raise ValueError("Write a number, such as 0.5 or 2e-4.")
    if whole and not value.is_integer():
        raise ValueError("Write a whole number, without a fraction.")
    number = int(value) if whole else value
    kind = int if whole else float
    if low is not None and number < low:
        raise ValueError(f"Must be at least {as_text(kind(low))}.")
    if high is not None and number > high:
        raise ValueError(f"Must be at most {as_text(kind(high))}.")
    return number


class NumberField(QLineEdit):
    """One number with its unit.

    The text is checked at every key. The value counts, and `committed` is emitted, once editing is
    finished (Enter, Tab, a click elsewhere): while somebody types 2e-4, the 2 is nobody's wish.
    Arrow keys step, Escape goes back to the value before.
    """

    committed = Signal(object)
    checked = Signal(str)
    """After every key: the sentence that says what is wrong, or an empty text."""

    def __init__(
        self,
        *,
        whole: bool = False,
        low: float | None = None,
        high: float | None = None,
        unit: str = "",
        log: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._whole, self._low, self._high, self._log = whole, low, high, log
        self._unit = unit
        self._value: float | int = 0
        self.setFont(theme.tabular(self.font()))
        if unit:
            self.setTextMargins(0, 0, QFontMetrics(self.font()).horizontalAdvance(unit), 0)
        self.textEdited.connect(self._on_text_edited)
        self.editingFinished.connect(self._on_editing_finished)

    def set_value(self, value: float | int) -> None:
        """Shows `value`, even one out of bounds, without a signal."""
        self._value = int(value) if self._whole else float(value)
        self.setText(as_text(self._value))
        self._show_error(self.error())

    def value(self) -> float | int:
        """The number in the field if it is a valid one, else the last one that was."""
        try:
            return self._parsed()
        except ValueError:
            return self._value

    def error(self) -> str:
        """What is wrong with the text, in one sentence, or an empty text."""
        try:
            self._parsed()
        except ValueError as wrong:
            return str(wrong)
        return ""

    def _parsed(self) -> float | int:
        # The text that was set stands for the full precision of its value.
        if self.text() == as_text(self._value):
            parse(self.text(), whole=self._whole, low=self._low, high=self._high)
            return self._value
        return parse(self.text(), whole=self._whole, low=self._low, high=self._high)

    def _on_text_edited(self) -> None:
        self._show_error(self.error())

    def _on_editing_finished(self) -> None:
        if self.error():
            return
        value = self._parsed()
        changed = value != self._value
        self.set_value(value)
        if changed:
            self.committed.emit(value)

    def _show_error(self, sentence: str) -> None:
        wrong = bool(sentence)
        if self.property("wrong") != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
        self.checked.emit(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not self.error():
            stepped = self._stepped(self._parsed(), up=event.key() == Qt.Key.Key_Up)
            if (self._low is None or stepped >= self._low) and (
                self._high is None or stepped <= self._high
            ):
                self.setText(as_text(stepped))
                self._on_editing_finished()
        elif event.key() == Qt.Key.Key_Escape and self.text() != as_text(self._value):
            self.set_value(self._value)
        else:
            super().keyPressEvent(event)

    def _stepped(self, value: float | int, *, up: bool) -> float | int:
        """The next rung: 1, 2, 5, 10, ... for logarithmic fields, else a round difference."""
        if self._log and value > 0:
            exponent = math.floor(math.log10(value))
            rungs = [m * 10.0**e for e in range(exponent - 1, exponent + 2) for m in _LADDER]
            near = 1e-9 * value
            above = [r for r in rungs if r > value + near]
            below = [r for r in rungs if r < value - near]
            stepped = float(f"{above[0] if up else below[-1]:.12g}")
        elif self._whole:
            stepped = value + (1 if up else -1)
        else:
            span = abs(value) or 1.0
            unit = 10.0 ** (math.floor(math.log10(span)) - 1)
            stepped = float(f"{value + (unit if up else -unit):.12g}")
        return max(1, round(stepped)) if self._whole and self._log else stepped

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._unit:
            painter = QPainter(self)
            painter.setFont(self.font())
            tokens = theme.tokens(self)
            painter.setPen(tokens.quiet if self.isEnabled() else theme.faint(tokens))
            inside = self.rect().adjusted(0, 0, -theme.S, 0)
            align: Any = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inside, align, self._unit)
            painter.end()
