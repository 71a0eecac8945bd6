"""Questions that only the user can answer: which file, which folder, really?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from studio.views.report_card import ReportCard

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.state.preferences import Preferences


class Asking:
    """Dialogs over one window, which remember the folder that was chosen last.

    An empty answer means that the user gave up.
    """

    def __init__(self, window: QWidget, preferences: Preferences) -> None:
        self._window, self._preferences = window, preferences

    def save(self, title: str, name: str, pattern: str) -> str:
        """Where to write a file, from a suggested name and a filter."""
        start = str(Path(self._start()) / name)
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, start, pattern)
        return self._remembered(chosen, str(Path(chosen).parent))

    def folder(self, title: str) -> str:
        """Which folder."""
        chosen = QFileDialog.getExistingDirectory(self._window, title, self._start())
        return self._remembered(chosen, chosen)

    def files(self, title: str, pattern: str) -> list[str]:
        """Which files to open."""
        chosen, _ = QFileDialog.getOpenFileNames(self._window, title, self._start(), pattern)
        return list(chosen)

    def confirm(self, question: str, verb: str) -> bool:
        """Whether to do what cannot be undone."""
        box = QMessageBox(self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(question)
        yes = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        sure = box.clickedButton() is yes
        box.deleteLater()
        return sure

    def reveal(self, folder: str) -> None:
        """Shows a folder in the file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    def report(self, title: str, text: str, report: str) -> None:
        """Shows a report that can be copied; nobody has to answer."""
        card = ReportCard(title, text, report, self._window)
        card.copied.connect(lambda copied: QGuiApplication.clipboard().setText(copied))
        card.show()

    def _start(self) -> str:
        return str(self._preferences.get("export_folder", str(Path.home())))

    def _remembered(self, chosen: str, folder: str) -> str:
        if chosen:
            self._preferences.put("export_folder", folder)
        return chosen
