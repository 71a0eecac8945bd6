"""A report to read and to copy: what happened when the program ended unexpectedly."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme


class ReportCard(QDialog):
    """Shows a report as plain text. It does not hold up the window.

    Arguments:
        title: What it is about.
        intro: One or two sentences above the report.
        report: The text itself.
    """

    copied = Signal(str)

    def __init__(self, title: str, intro: str, report: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("reportCard")
        self.setWindowTitle(title)
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 480)
        self._report = report
        words = QLabel(intro)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        text = QPlainTextEdit(report)
        text.setObjectName("reportText")
        text.setAccessibleName(title)
        text.setReadOnly(True)
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy, close = QPushButton("Copy the report"), QPushButton("Close")
        copy.setObjectName("reportCopy")
        close.setObjectName("reportClose")
        copy.clicked.connect(self._on_copy)
        close.clicked.connect(self.close)
        close.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        column.setSpacing(theme.M)
        column.addWidget(words)
        column.addWidget(text, 1)
        column.addLayout(row)

    @Slot()
    def _on_copy(self) -> None:
        self.copied.emit(self._report)
