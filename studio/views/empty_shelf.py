"""What stands on the Library page where there is nothing to show: how to get something there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.views import theme

TEXT_WIDTH = 440


class EmptyShelf(QWidget):
    """Either no run has been made yet, or the search leaves none.

    Signals:
        start_requested(), import_requested(): ways to a first run.
        clear_requested(): search for nothing again.
    """

    start_requested = Signal()
    import_requested = Signal()
    clear_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyShelf")
        self._title, self._hint = QLabel(), QLabel()
        self._title.setObjectName("emptyTitle")
        self._title.setFont(theme.sized(self.font(), theme.DISPLAY, bold=True))
        self._hint.setWordWrap(True)
        self._hint.setFixedWidth(TEXT_WIDTH)
        self._hint.setProperty("quiet", True)
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._start = _button("Start a training", "emptyStartButton", self.start_requested)
        self._start.setProperty("primary", True)
        self._import = _button("Import…", "emptyImportButton", self.import_requested)
        self._clear = _button("Clear the search", "clearSearchButton", self.clear_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.S)
        buttons.addStretch(1)
        for button in (self._start, self._import, self._clear):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(theme.M)
        column.addStretch(2)
        column.addWidget(self._title)
        column.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(theme.S)
        column.addLayout(buttons)
        column.addStretch(3)
        self.show_reason(searching=False)

    def show_reason(self, *, searching: bool) -> None:
        """Why there is nothing: the search leaves none, or there are no runs yet."""
        if searching:
            self._title.setText("No run matches")
            self._hint.setText("Every word must occur somewhere in a run: try fewer of them.")
        else:
            self._title.setText("Every training is kept here")
            self._hint.setText(
                "With its digits, all its losses and its settings, saved while it runs: there is "
                "nothing to remember to save. Runs that others have exported as .modescope files "
                "can be dropped on this page."
            )
        # Centred, a label that wraps would get the height of one line.
        self._hint.setFixedHeight(self._hint.heightForWidth(TEXT_WIDTH))
        self._start.setVisible(not searching)
        self._import.setVisible(not searching)
        self._clear.setVisible(searching)


def _button(text: str, name: str, signal: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.clicked.connect(signal)
    return button
