"""What the sections of the Rewrite tab have in common: a title, how it was made, and why not."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.answers import Progress
from studio.views.elided import ElidedLabel
from studio.views.pictures import DigitPicture


class RewriteSection(QWidget):
    """One way of writing a drawing again.

    Signals:
        taken(object): uint8 (28, 28) is to become the drawing.
        pointed(object): uint8 (28, 28) under the pointer, or None.
    """

    taken = Signal(object)
    pointed = Signal(object)

    def __init__(self, name: str, title: str, lesson: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._lesson = lesson
        label = QLabel(title, self)
        label.setFont(theme.sized(label.font(), theme.BODY, bold=True))
        self._how = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._how.setObjectName(f"{name}How")
        self._how.setProperty("quiet", True)
        self._how.setFont(theme.sized(self._how.font(), theme.SMALL))
        self._progress = Progress(self)
        self.pictures = QHBoxLayout()
        self.pictures.setSpacing(theme.XS)
        self.head = QHBoxLayout()
        self.head.setSpacing(theme.S)
        self.head.addWidget(label)
        self.head.addWidget(self._how, 1)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.XS)
        self.body.addLayout(self.head)
        self.body.addWidget(self._progress)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.M)
        layout.addLayout(self.pictures)
        layout.addLayout(self.body, 1)
        self.set_how("")

    def set_how(self, sentence: str) -> None:
        """How the answer was made, or why there is none; "" for what the section is about."""
        self._how.setText(sentence or self._lesson)
        self._how.setToolTip(sentence or self._lesson)

    def set_progress(self, busy: bool, share: float | None) -> None:
        """Whether it is being worked out, and how far that is; the old answer stays."""
        self._progress.show_share(busy, share)

    def words_width(self) -> int:
        """How wide what stands beside the large pictures is at least."""
        return self.body.minimumSize().width() + theme.M

    def add_picture(self, name: str, title: str, caption: QLabel) -> DigitPicture:
        """A large picture at the left, with words below it."""
        picture = DigitPicture(title, parent=self)
        picture.setObjectName(name)
        caption.setProperty("quiet", True)
        caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        caption.setFont(theme.tabular(theme.sized(caption.font(), theme.SMALL)))
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(picture)
        column.addWidget(caption)
        column.addStretch(1)
        self.pictures.addLayout(column)
        return picture
