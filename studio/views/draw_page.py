"""The page Draw: the sheet at the left, what the model makes of it at the right."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import icons, theme
from studio.views.answers import Answer, Section
from studio.views.bench import SLIDER_STEPS_PER_PIXEL, TOOL_WIDTH, Bench, BrushSlider
from studio.views.canvas import DigitCanvas
from studio.views.code_view import CodeView
from studio.views.opinion_line import OpinionLine
from studio.views.pictures import PIXELS, PictureStrip

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

Image = NDArray[np.uint8]
Busy = Literal["reconstruction", "completions", ""]

LEAST_ANSWERS = 372
HINT = "Left button draws, right button erases · [ ] brush size · Ctrl+Z undo"
SEEN_CENTRED = "Your drawing, scaled and centred by mass as the digits of MNIST are."
SEEN_AS_DRAWN = "Your drawing, exactly as it lies on the sheet."


class DrawPage(QWidget):
    """Canvas, tools and the model's answers.

    Signals:
        drawing_changed(): drawing or mask changed; also in the middle of a stroke.
        inpaint_requested(): fill in what `canvas.mask()` marks; never emitted with an empty mask.
        centring_changed(bool): whether drawings are to be centred as MNIST's digits are.
        test_digit_requested(): put some digit of the test set on the canvas.
        wishes_toggled(bool): whether the pixels that would make it more real are wanted.
    """

    drawing_changed = Signal()
    inpaint_requested = Signal()
    centring_changed = Signal(bool)
    test_digit_requested = Signal()
    wishes_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageDraw")
        self.canvas = DigitCanvas(self)
        self._model_line = QLabel("No model chosen yet", self)
        self._model_line.setObjectName("modelLine")
        self._model_line.setProperty("title", True)
        self._seen = Answer("What the model sees", "Draw a digit: the answers appear here.", self)
        self._opinion = OpinionLine(self)
        self._seen.add_below(self._opinion)
        self._reconstruction = Answer(
            "Reconstruction", "The same digit, written again by the model from its code.", self
        )
        self._code = Section("Latent code", self)
        self._code_view = CodeView(self)
        self._code_view.set_note("The few numbers that the model keeps of your digit.")
        self._completions = Section("Completions", self)
        self._strip = PictureStrip("Completion", self)
        self._strip_note = QLabel(self)
        self._strip_note.setProperty("quiet", True)
        self._strip_note.setWordWrap(True)
        self._images: Image | None = None
        self._inpaints, self._inpaint_note = True, ""
        self._tools: dict[str, QToolButton] = {}
        self._build()
        self._connect()
        self._teach_completions()
        self._show_tool()
        self._show_history()

    # Setters

    def set_model_line(self, text: str) -> None:
        """Which model answers, and in what state it is."""
        self._model_line.setText(text)

    def set_seen(self, image: Image | None) -> None:
        """The uint8 (28, 28) that the model is shown, after centring."""
        note = SEEN_CENTRED if self.centring() else SEEN_AS_DRAWN
        self._seen.show_answer(image, note if image is not None else "")

    def set_opinion(self, text: str) -> None:
        """What the model's discriminator thinks of the drawing; "" where it has none."""
        self._opinion.set_text(text)

    def set_wishes(self, seen: NDArray[Any] | None, drawn: NDArray[Any] | None) -> None:
        """Colours what would make the drawing more real.

        Arguments:
            seen: (28, 28) in [-1, 1] on what the model is shown, 1 where ink is wanted most.
            drawn: The same on the sheet, before centring.
        """
        self._seen.picture.set_wishes(seen)
        self.canvas.set_wishes(drawn)

    def wishes(self) -> bool:
        """Whether colours are wanted."""
        return self._opinion.wishes()

    def set_reconstruction(self, image: Image | None, note: str) -> None:
        """The model's uint8 (28, 28), and how it was made and how far off it is."""
        self._reconstruction.show_answer(image, note)

    def set_code(
        self,
        vector: NDArray[Any] | None,
        codes: NDArray[Any] | None,
        code_size: int,
        note: str,
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
        self._strip.set_images(images)
        self._strip_note.setText(note)
        if not note:
            self._teach_completions()

    def set_busy(self, what: Busy, fraction: float | None) -> None:
        """Shows that an answer is being worked out; the old one stays.

        Arguments:
            fraction: The share that is done, or None where nobody can say.
        """
        self._reconstruction.progress.show_share(what == "reconstruction", fraction)
        self._completions.progress.show_share(what == "completions", fraction)

    def set_abilities(
        self, encodes: bool, inpaints: bool, encode_note: str, inpaint_note: str
    ) -> None:
        """What the present model can do, and by which means or why not."""
        nothing = not (encodes or inpaints) and encode_note == inpaint_note
        self._seen.set_means(encode_note if nothing else "")
        if nothing:
            encode_note = inpaint_note = "Not for this model."
        self._load.setEnabled(not nothing)
        self._reconstruction.set_means(encode_note)
        for widget in (self._reconstruction, self._code, self._code_view):
            widget.setEnabled(encodes)
        if not encodes:
            self._reconstruction.show_answer(None, "")
            self.set_code(None, None, 0, encode_note)
        self._inpaints, self._inpaint_note = inpaints, inpaint_note
        for part in (self._completions, self._strip, self._inpaint):
            part.setEnabled(inpaints)
        self._inpaint.setToolTip("Fills in what the mask covers (F)" if inpaints else inpaint_note)
        if self._images is None:
            self._teach_completions()

    def centring(self) -> bool:
        """Whether drawings are to be centred by mass."""
        return self._centring.isChecked()

    # Building

    def _build(self) -> None:
        self._centring = QCheckBox("Centre as MNIST does", self)
        self._centring.setObjectName("centringSwitch")
        self._centring.setChecked(True)
        self._centring.setToolTip(
            "Scales the ink to 20 x 20 pixels and puts its centre of mass in the middle, as all "
            "digits of MNIST were prepared"
        )
        self._load = QPushButton("Load a test digit", self)
        self._load.setObjectName("testDigitButton")
        self._load.setToolTip("Puts a digit from the test set on the canvas (undo takes it back)")
        self._inpaint = QPushButton("Fill in", self)
        self._inpaint.setObjectName("inpaintButton")
        self._inpaint.setProperty("primary", True)
        self._inpaint.setEnabled(False)
        self._inpaint.setToolTip("A model is needed first: choose one, or train one.")
        hint = QLabel(HINT, self)
        hint.setProperty("quiet", True)
        hint.setWordWrap(True)

        row = QHBoxLayout()
        row.setSpacing(theme.M)
        row.addWidget(self._centring)
        row.addStretch(1)
        row.addWidget(self._load)
        row.addWidget(self._inpaint)
        below = QVBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(theme.M)
        below.addLayout(row)
        below.addWidget(hint)
        self._bench = Bench(self.canvas, self._build_tools(), below, self)

        halves = QHBoxLayout()
        halves.setSpacing(theme.XL)
        halves.addWidget(self._bench, 1000)
        halves.addLayout(self._build_answers(), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.L, theme.L, theme.L, theme.L)
        layout.setSpacing(theme.M)
        layout.addWidget(self._model_line)
        layout.addLayout(halves, 1)
        # Tab runs from the sheet over the tools to the switches, as the eye does.
        stops = (
            self.canvas,
            *self._tools.values(),
            self._size,
            self._undo,
            self._redo,
            self._clear,
            self._centring,
            self._load,
            self._inpaint,
        )
        for first, second in pairwise(stops):
            self.setTabOrder(first, second)

    def _build_tools(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        for tool, name, tip in (
            ("pen", "penButton", "Pen (P)"),
            ("eraser", "eraserButton", "Eraser (E, or the right mouse button)"),
            ("mask", "maskButton", "Mask: paint over what is to be filled in (M)"),
        ):
            button = self._tool_button(tool, name, tip)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            self._tools[tool] = button
            column.addWidget(button)
        column.addSpacing(theme.M)
        self._size = BrushSlider(self)
        self._size_label = QLabel(self)
        self._size_label.setProperty("quiet", True)
        self._size_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._size_label.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._size_label.setToolTip("Brush width in pixels of the 28 x 28 image ([ and ])")
        column.addWidget(self._size, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._size_label)
        column.addSpacing(theme.M)
        self._undo = self._tool_button("undo", "undoButton", "Undo (Ctrl+Z)")
        self._redo = self._tool_button("redo", "redoButton", "Redo (Ctrl+Shift+Z)")
        self._clear = self._tool_button("clear", "clearButton", "Clear drawing and mask")
        for button in (self._undo, self._redo, self._clear):
            column.addWidget(button)
        column.addStretch(1)
        return column

    def _build_answers(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.M)
        self._seen.setMinimumWidth(LEAST_ANSWERS)
        column.addWidget(self._seen)
        column.addWidget(self._reconstruction)
        code = QVBoxLayout()
        code.setSpacing(theme.XS)
        code.addWidget(self._code)
        code.addWidget(self._code_view, 1)
        column.addLayout(code, 1)
        completions = QVBoxLayout()
        completions.setSpacing(theme.XS)
        completions.addWidget(self._completions)
        completions.addWidget(self._strip_note)
        completions.addSpacing(theme.XS)
        completions.addWidget(self._strip, 1)
        column.addLayout(completions, 3)
        return column

    def _tool_button(self, icon: str, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setProperty("icon_name", icon)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setToolTip(tip)
        button.setFixedSize(TOOL_WIDTH, TOOL_WIDTH)
        button.setIconSize(QSize(20, 20))
        button.setIcon(icons.icon(icon, self))
        return button

    def _connect(self) -> None:
        canvas = self.canvas
        canvas.changed.connect(self.drawing_changed)
        canvas.tool_changed.connect(self._show_tool)
        canvas.brush_changed.connect(self._show_tool)
        canvas.undo_stack.indexChanged.connect(self._show_history)
        for tool, button in self._tools.items():
            button.setProperty("tool", tool)
            button.clicked.connect(self._on_tool_clicked)
        self._size.valueChanged.connect(self._on_size_moved)
        self._undo.clicked.connect(canvas.undo)
        self._redo.clicked.connect(canvas.redo)
        self._clear.clicked.connect(canvas.clear)
        self._inpaint.clicked.connect(self._on_inpaint_clicked)
        self._centring.toggled.connect(self.centring_changed)
        self._load.clicked.connect(self.test_digit_requested)
        self._strip.chosen.connect(self._on_completion_chosen)
        self._opinion.wishes_toggled.connect(self.wishes_toggled)

    # What the user does

    def _on_tool_clicked(self) -> None:
        sender = self.sender()
        assert sender is not None
        self.canvas.set_tool(sender.property("tool"))

    def _on_size_moved(self, value: int) -> None:
        self.canvas.set_brush(value / SLIDER_STEPS_PER_PIXEL)

    def _on_inpaint_clicked(self) -> None:
        """Asks for a filling; without a mask, what was erased becomes the mask."""
        if self.canvas.mask().any() or self.canvas.mask_erased():
            self.inpaint_requested.emit()
            return
        self.canvas.set_tool("mask")
        self._strip_note.setText(
            "Nothing is marked yet: paint over the part to fill in with the mask brush, then press "
            "Fill in again."
        )

    def _on_completion_chosen(self, number: int) -> None:
        if self._images is not None:
            # One step to take back: the mask belonged to the drawing that is replaced.
            self.canvas.undo_stack.beginMacro("Take over completion")
            self.canvas.set_image(self._images[number])
            self.canvas.clear_mask()
            self.canvas.undo_stack.endMacro()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F and not event.modifiers() and self._inpaint.isEnabled():
            self._on_inpaint_clicked()
        elif not self.canvas.handle_key(event):
            super().keyPressEvent(event)

    # What is shown

    def _teach_completions(self) -> None:
        if self._inpaints:
            means = f" {self._inpaint_note}" if self._inpaint_note else ""
            text = f"Mask or erase a part, then press Fill in.{means}"
        else:
            text = self._inpaint_note or "This model cannot fill in."
        self._strip_note.setText(text)

    def _show_tool(self) -> None:
        tool = "mask" if self.canvas.tool() == "unmask" else self.canvas.tool()
        self._tools[tool].setChecked(True)
        self._size.blockSignals(True)
        self._size.setValue(round(self.canvas.brush() * SLIDER_STEPS_PER_PIXEL))
        self._size.blockSignals(False)
        self._size_label.setText(f"{self.canvas.brush():.1f} px")

    def _show_history(self) -> None:
        stack = self.canvas.undo_stack
        self._undo.setEnabled(stack.canUndo())
        self._redo.setEnabled(stack.canRedo())
        self._undo.setToolTip(_with_key("Undo", stack.undoText(), "Ctrl+Z"))
        self._redo.setToolTip(_with_key("Redo", stack.redoText(), "Ctrl+Shift+Z"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - 2 * theme.L - theme.XL
        tallest = self.height() - 2 * theme.L - theme.M - self._model_line.sizeHint().height()
        widest = room - max(LEAST_ANSWERS, room * 34 // 100)
        self._bench.setMaximumWidth(
            max(min(self._bench.width_for(tallest), widest), self._bench.minimumWidth())
        )
        # A row of the answers takes a sixth of the height, in whole multiples of the pixels.
        tall = min(max(self.height() // 6 // PIXELS, 3), 7) * PIXELS
        self._seen.picture.set_side(tall)
        self._reconstruction.picture.set_side(tall)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self.findChildren(QToolButton):
                button.setIcon(icons.icon(button.property("icon_name"), self))


def _with_key(verb: str, what: str, key: str) -> str:
    return f"{verb} {what} ({key})" if what else f"{verb} ({key})"
