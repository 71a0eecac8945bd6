"""Writing a drawing again: corrected, converted to other digits, turned into another drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.convert_section import ConvertSection
from studio.views.correct_section import CorrectSection
from studio.views.elided import ElidedLabel
from studio.views.morph_section import MorphSection
from studio.views.pointed_digit import PointedDigit
from studio.views.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent

    from studio.state.rewrite_parts import Part
    from studio.views.pictures import Image
    from studio.views.rewrite_section import RewriteSection

SIDES = (224, 196, 168, 140, 112, 84)
"""Sides of the large pictures, whole multiples of their pixels."""
WORDS = 104
"""Height of titles, captions and gaps."""
NOTE = "Point at a digit to see it large (A: your drawing)."
EMPTY = "Draw a digit: the model writes it again here."


class RewriteTab(QWidget):
    """Three sections that one model answers.

    Signals:
        model_chosen(str): the key of the model that is to answer.
        target_requested(str): what the morph is to be with: "keep", "test" or "mine".
        path_changed(str): "linear" or "spherical".
        export_requested(): the morph is to be written as a film.
        taken(object): uint8 (28, 28) is to become the drawing.
        preview(object): uint8 (28, 28) is to be shown large instead of the drawing; None for none.
        before_shown(bool): what is shown large is the drawing itself, as long as A is held.
        watched_changed(bool): the tab has come on screen, or has left it.
    """

    model_chosen = Signal(str)
    target_requested = Signal(str)
    path_changed = Signal(str)
    export_requested = Signal()
    taken = Signal(object)
    preview = Signal(object)
    before_shown = Signal(bool)
    watched_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rewriteTab")
        self._pointed = PointedDigit(self)
        self._pointed.preview.connect(self.preview)
        self._pointed.before_shown.connect(self.before_shown)
        self._models = QComboBox(self)
        self._models.setObjectName("rewriteModel")
        self._models.setAccessibleName("The model that writes the drawing again")
        self._models.setToolTip("The model that writes the drawing again (Up and Down)")
        self._models.setFixedWidth(220)
        self._models.activated.connect(self._on_model_activated)
        self._note = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._note.setObjectName("rewriteNote")
        self._note.setProperty("quiet", True)
        self._note.setText(EMPTY)
        self.correct = CorrectSection(self)
        self.convert = ConvertSection(self)
        self.morph = MorphSection(self)
        self._sections: dict[Part, RewriteSection] = {
            "correct": self.correct,
            "convert": self.convert,
            "morph": self.morph,
        }
        self._rows = Rows(theme.M, self)
        for section in self._sections.values():
            section.taken.connect(self._on_taken)
            section.pointed.connect(self._pointed.point_at)
            self._rows.column.addWidget(section)
        self._rows.column.addStretch(1)
        self.morph.target_requested.connect(self.target_requested)
        self.morph.path_changed.connect(self.path_changed)
        self.morph.export_requested.connect(self.export_requested)
        by = QLabel("Written by", self)
        by.setProperty("quiet", True)
        head = QHBoxLayout()
        head.setSpacing(theme.S)
        head.addWidget(by)
        head.addWidget(self._models)
        head.addSpacing(theme.XS)
        head.addWidget(self._note, 1)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.M)
        layout.addLayout(head)
        layout.addWidget(self._rows, 1)

    # Setters

    def model(self) -> str:
        """The key of the chosen model; "" is the model in the window."""
        return str(self._models.currentData() or "")

    def path(self) -> str:
        """ "linear" or "spherical"."""
        return self.morph.path()

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """Key and title of each model; the chosen one stays chosen, or else the first is."""
        chosen = self.model()
        self._models.clear()
        for key, title in models:
            self._models.addItem(title, key)
        self._models.setCurrentIndex(max(self._models.findData(chosen), 0 if models else -1))

    def set_seen(self, image: Image | None) -> None:
        """The drawing as models see it, uint8 (28, 28); None for an empty sheet."""
        self._pointed.set_before(image)
        self.correct.set_seen(image)
        self._note.setText(NOTE if image is not None else EMPTY)

    def set_strip(self, part: Part, images: Image, labels: Sequence[str], how: str) -> None:
        """What the model has written for a section: uint8 (n, 28, 28) and its words."""
        if part == "convert":
            self.convert.set_images(images, labels)
        elif part == "correct":
            self.correct.set_strip(images, labels)
        else:
            self.morph.set_strip(images, labels)
        self._sections[part].set_how(how)

    def set_reason(self, part: Part, sentence: str) -> None:
        """Why a section is empty; "" for what it is about."""
        if part == "convert":
            self.convert.set_images(None)
        elif part == "correct":
            self.correct.set_strip(None)
        else:
            self.morph.set_strip(None)
        self._sections[part].set_how(sentence)

    def set_busy(self, part: Part, busy: bool, fraction: float | None) -> None:
        """Whether a section is being worked out; what it shows stays until then."""
        self._sections[part].set_progress(busy, fraction)

    def set_first(self, image: Image | None) -> None:
        """The digit that has been kept as the first of the morph, uint8 (28, 28)."""
        self.morph.set_first(image)

    def set_mine(self, possible: bool) -> None:
        """Whether there are digits of one's own to turn into."""
        self.morph.set_mine(possible)

    def hold_before(self, held: bool) -> None:
        """Shows the drawing as long as A is held, instead of the digit that is pointed at."""
        self._pointed.hold(held)

    # What the user does

    def _on_model_activated(self) -> None:
        self.model_chosen.emit(self.model())

    def _on_taken(self, image: Image) -> None:
        # It is the drawing now: nothing needs to be shown instead.
        self.preview.emit(None)
        self.taken.emit(image)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._pointed.takes(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._pointed.takes(event):
            super().keyReleaseEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self._pointed.drop()
        self.watched_changed.emit(False)
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._layout.activate()
        # Two rows of large pictures, one of the ten digits, and the words of all three.
        room = self._rows.height() - WORDS
        small = self.convert.side_for(self._rows.room())
        widest = self._rows.room() - self.morph.words_width()
        fitting = (side for side in SIDES if 2 * side + small <= room and side <= widest)
        side = next(fitting, SIDES[-1])
        self.correct.set_side(side)
        self.convert.set_side(small)
        self.morph.set_side(side)
