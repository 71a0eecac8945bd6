"""What one model makes of the drawing: its copy, its code and what it fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.answers import Answer, Section
from studio.views.code_view import CodeView
from studio.views.pictures import PictureStrip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.views.strokes import Image

Busy = Literal["reconstruction", "completions", ""]
NOTHING_MARKED = (
    "Nothing is marked yet: paint over the part to fill in with the mask brush, then press "
    "Fill in again."
)


class PlainAnswers(QWidget):
    """Reconstruction, latent code and completions, one below the other.

    Signals:
        taken(object): a completion, uint8 (28, 28), that is to become the drawing.
    """

    taken = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reconstruction = Answer(
            "Reconstruction", "The same digit, written again by the model from its code.", self
        )
        self._code = Section("Latent code", self)
        self._code_view = CodeView(self)
        self._code_view.set_note("The few numbers that the model keeps of your digit.")
        self._completions = Section("Completions", self)
        self.strip = PictureStrip("Completion", self)
        self._strip_note = QLabel(self)
        self._strip_note.setProperty("quiet", True)
        self._strip_note.setWordWrap(True)
        self._images: Image | None = None
        self._inpaints, self._inpaint_note = True, ""
        code = QVBoxLayout()
        code.setSpacing(theme.XS)
        code.addWidget(self._code)
        code.addWidget(self._code_view, 1)
        completions = QVBoxLayout()
        completions.setSpacing(theme.XS)
        completions.addWidget(self._completions)
        completions.addWidget(self._strip_note)
        completions.addSpacing(theme.XS)
        completions.addWidget(self.strip, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.M)
        column.addWidget(self.reconstruction)
        column.addLayout(code, 1)
        column.addLayout(completions, 3)
        self.strip.chosen.connect(self._on_completion_chosen)
        self._teach()

    def set_reconstruction(self, image: Image | None, note: str) -> None:
        """The model's uint8 (28, 28), and how it was made and how far off it is."""
        self.reconstruction.show_answer(image, note)

    def set_code(
        self, vector: NDArray[Any] | None, codes: NDArray[Any] | None, code_size: int, note: str
    ) -> None:
        """The code as a vector or as a grid (h, w) of `code_size` entries, or none."""
        if codes is not None:
            self._code_view.set_codes(codes, code_size)
        else:
            self._code_view.set_vector(vector)
        self._code_view.set_note(note)

    def set_completions(self, images: Image | None, note: str) -> None:
        """The filled-in versions, uint8 (K, 28, 28), and how they were made."""
        self._images = images
        self.strip.set_images(images)
        self._strip_note.setText(note)
        if not note:
            self._teach()

    def set_busy(self, what: Busy, fraction: float | None) -> None:
        """Shows that an answer is being worked out; the old one stays."""
        self.reconstruction.progress.show_share(what == "reconstruction", fraction)
        self._completions.progress.show_share(what == "completions", fraction)

    def set_abilities(
        self, encodes: bool, inpaints: bool, encode_note: str, inpaint_note: str
    ) -> None:
        """What the present model can do, and by which means or why not."""
        self.reconstruction.set_means(encode_note)
        for widget in (self.reconstruction, self._code, self._code_view):
            widget.setEnabled(encodes)
        if not encodes:
            self.reconstruction.show_answer(None, "")
            self.set_code(None, None, 0, encode_note)
        self._inpaints, self._inpaint_note = inpaints, inpaint_note
        for part in (self._completions, self.strip):
            part.setEnabled(inpaints)
        if self._images is None:
            self._teach()

    def ask_for_mask(self) -> None:
        """Says that nothing is marked yet."""
        self._strip_note.setText(NOTHING_MARKED)

    def _teach(self) -> None:
        if self._inpaints:
            means = f" {self._inpaint_note}" if self._inpaint_note else ""
            text = f"Mask or erase a part, then press Fill in.{means}"
        else:
            text = self._inpaint_note or "This model cannot fill in."
        self._strip_note.setText(text)

    def _on_completion_chosen(self, number: int) -> None:
        if self._images is not None:
            self.taken.emit(self._images[number])
