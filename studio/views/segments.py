"""A few choices side by side, of which exactly one holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence


class Segments(QWidget):
    """Buttons in a row, one of them down.

    Signals:
        chosen(str): the key of the button that the user has pressed.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, title: str, options: Sequence[tuple[str, str, str]], parent: QWidget
    ) -> None:
        """The first option holds at the beginning.

        Arguments:
            name: Object name; the buttons are called `name` and their key, as `fillModegap`.
            title: What is chosen, for screen readers.
            options: Key, text and tooltip of each.
        """
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for key, text, tip in options:
            button = QToolButton(self)
            button.setObjectName(name + key)
            button.setText(text)
            button.setAccessibleName(f"{title}: {text}")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(not self._buttons)
            button.setProperty("face", True)
            button.setStyleSheet("QToolButton { padding: 3px 8px; min-height: 18px; }")
            self._group.addButton(button)
            self._buttons[key] = button
            row.addWidget(button)
        self._group.buttonClicked.connect(self._on_clicked)

    def current(self) -> str:
        """The key of what holds."""
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def set_current(self, key: str) -> None:
        """Lets another option hold."""
        self._buttons[key].setChecked(True)

    def _on_clicked(self) -> None:
        self.chosen.emit(self.current())
