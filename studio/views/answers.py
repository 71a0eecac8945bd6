"""One answer of a model: its picture, its title, how far it is and how it was made."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.pictures import DigitPicture, Image


class Progress(QWidget):
    """A line three pixels high: how far an answer is. Its place is kept while nothing runs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._busy = False
        self._share: float | None = None
        self.setFixedHeight(3)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, busy: bool, share: float | None) -> None:
        """Shows the share that is done, or only that something is under way (None)."""
        self._busy, self._share = busy, share
        if busy and share is not None:
            self.setAccessibleName(f"{share:.0%} done")
        else:
            self.setAccessibleName("Working" if busy else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._busy:
            return
        painter = QPainter(self)
        tokens = theme.tokens(self)
        whole = QRectF(self.rect())
        painter.fillRect(whole, QColor(tokens.raised))
        if self._share is None:
            painter.fillRect(whole, QColor(theme.blend(tokens.accent, tokens.raised, 0.5)))
        else:
            whole.setWidth(whole.width() * min(max(self._share, 0.0), 1.0))
            painter.fillRect(whole, QColor(tokens.accent))


class Section(QWidget):
    """The title of an answer, with the line that shows its progress."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        label = QLabel(title, self)
        label.setFont(theme.sized(label.font(), theme.BODY, bold=True))
        self.progress = Progress(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.XS)
        layout.addWidget(label)
        layout.addWidget(self.progress)


class Answer(QWidget):
    """One picture with its title and the sentence that says how it was made."""

    def __init__(self, title: str, lesson: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._lesson = lesson
        self._means = self._given = ""
        self.picture = DigitPicture(title, parent=self)
        section = Section(title, self)
        self.progress = section.progress
        self._note = QLabel(lesson, self)
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._words = words = QVBoxLayout()
        words.setSpacing(theme.XS)
        words.addWidget(section)
        words.addWidget(self._note)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.L)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)

    def add_below(self, widget: QWidget) -> None:
        """Puts something more under the sentence."""
        self._words.insertWidget(self._words.count() - 1, widget)

    def set_means(self, means: str) -> None:
        """How this model makes the answer, or why it cannot."""
        self._means = means
        self._show_note()

    def show_answer(self, image: Image | None, note: str) -> None:
        """The picture and its sentence; without one, how it is made or what will appear."""
        self.picture.set_image(image)
        self._given = note
        self._show_note()

    def _show_note(self) -> None:
        self._note.setText(self._given or self._means or self._lesson)
