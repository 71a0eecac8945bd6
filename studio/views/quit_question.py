"""Asked once, plainly, when somebody closes the window while a training is under way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

SAFE = "Everything is saved. You can go on exactly here the next time you open Modescope."
UNSAVED = (
    "Saving fails at the moment: if it fails once more while the window closes, what was learned "
    "since the last save is lost."
)


class QuitQuestion(QMessageBox):
    """`accepted` means quit. It has no loop of its own: the window lives on behind it.

    Arguments:
        text: What is under way, one sentence.
        saving_fails: The disk did not take it the last time.
    """

    def __init__(self, text: str, saving_fails: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("quitQuestion")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle("Quit while training?")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setInformativeText(UNSAVED if saving_fails else SAFE)
        leave = self.addButton("Quit", QMessageBox.ButtonRole.AcceptRole)
        stay = self.addButton("Keep training", QMessageBox.ButtonRole.RejectRole)
        leave.setObjectName("quitButton")
        stay.setObjectName("stayButton")
        self.setDefaultButton(stay)
        self.setEscapeButton(stay)
