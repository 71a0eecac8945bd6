"""The lesson that is being played: what to look at, and the button that does the next thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.icons import icon

if TYPE_CHECKING:
    from studio.state.lessons import LessonState


class LessonStrip(QWidget):
    """Hidden until `show_lesson`."""

    act_requested = Signal()
    by_itself_toggled = Signal(bool)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lessonStrip")
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title, self._line = QLabel(), QLabel()
        self._title.setFont(theme.sized(self.font(), theme.BODY, bold=True))
        self._line.setObjectName("lessonLine")
        self._line.setProperty("quiet", True)
        self._line.setWordWrap(True)
        for label in (self._title, self._line):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._by_itself = QCheckBox("By itself")
        self._by_itself.setObjectName("lessonByItself")
        self._by_itself.setToolTip("Does each thing at its step; untick it to do them yourself.")
        self._by_itself.toggled.connect(self.by_itself_toggled)
        self._act = QPushButton()
        self._act.setObjectName("lessonAct")
        self._act.setProperty("primary", True)
        self._act.clicked.connect(self.act_requested)
        self._close = QToolButton()
        self._close.setObjectName("lessonClose")
        self._close.setAccessibleName("End the lesson")
        self._close.setToolTip("End the lesson; the training goes on.")
        self._close.clicked.connect(self.closed)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._line)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.L, theme.S, theme.S, theme.S)
        row.setSpacing(theme.M)
        row.addLayout(words, 1)
        row.addWidget(self._by_itself)
        row.addWidget(self._act)
        row.addWidget(self._close)
        self._tint()
        self.hide()

    def show_lesson(self, lesson: LessonState) -> None:
        """Shows where the lesson stands."""
        done = min(lesson.number, lesson.acts)
        count = f" · {done} of {lesson.acts}" if lesson.acts else ""
        self._title.setText(f"{lesson.title}{count}")
        self._line.setText(lesson.line)
        self._act.setVisible(lesson.act is not None)
        self._by_itself.setVisible(lesson.act is not None)
        # A setter says nothing.
        self._by_itself.blockSignals(True)
        self._by_itself.setChecked(lesson.by_itself)
        self._by_itself.blockSignals(False)
        if lesson.act is not None:
            self._act.setText(lesson.act.caption)
            when = f" It happens at step {lesson.act.step:,}." if lesson.by_itself else ""
            self._act.setToolTip(f"{lesson.act.why}{when}")
        self.show()

    def _tint(self) -> None:
        self._close.setIcon(icon("close", self, 16))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)
