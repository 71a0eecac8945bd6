"""The page Draw: the sheet at the left, what the models make of it at the right."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.answer_tabs import AnswerTabs, Tab
from studio.views.answers import Answer
from studio.views.bench import Bench
from studio.views.canvas import DigitCanvas
from studio.views.canvas_switches import CanvasSwitches
from studio.views.drop_cover import DropCover
from studio.views.framing_words import AS_DRAWN, framing_words
from studio.views.import_preview import ImportPreview
from studio.views.opinion_line import OpinionLine
from studio.views.picture_drop import holds_pictures, pictures_in
from studio.views.pictures import PIXELS
from studio.views.subject_chooser import SubjectChooser
from studio.views.tool_column import ToolColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from studio.views.strokes import Image

__all__ = ["DrawPage", "Tab"]

LEAST_ANSWERS = 372
LOW = 600
"""A page lower than this has little to spare."""
FILL = "fill"
"""The name of the tab that F shows."""


class DrawPage(QWidget):
    """Canvas, tools and the models' answers.

    Signals:
        drawing_changed(): drawing or mask changed; also in the middle of a stroke.
        stroke_finished(): a stroke has ended.
        inpaint_requested(): fill in what `canvas.mask()` marks; whoever fills in says what is
            missing.
        centring_changed(bool): whether drawings are to be centred as MNIST's digits are.
        test_digit_requested(): put some digit of the test set on the canvas.
        wishes_toggled(bool): whether the pixels that would make it more real are wanted.
        image_dropped(object): a picture was dropped or pasted: the path of a file, or a QImage, or
            None where the clipboard holds none.
        picture_requested(): a picture file is to be opened.
        tab_changed(str): the name of the tab that the user has chosen.
    """

    drawing_changed = Signal()
    stroke_finished = Signal()
    inpaint_requested = Signal()
    centring_changed = Signal(bool)
    test_digit_requested = Signal()
    wishes_toggled = Signal(bool)
    image_dropped = Signal(object)
    picture_requested = Signal()
    tab_changed = Signal(str)

    def __init__(self, tabs: Sequence[Tab] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageDraw")
        self.canvas = DigitCanvas(self)
        self.preview = ImportPreview(self)
        self.tabs = AnswerTabs(tabs, self)
        self.subject = SubjectChooser("drawSubject", self)
        self._model_line = QLabel("No model chosen yet", self)
        self._model_line.setObjectName("modelLine")
        self._model_line.setProperty("title", True)
        self._seen = Answer("What the models see", "Draw a digit: the answers appear here.", self)
        self._opinion = OpinionLine(self)
        self._seen.add_below(self._opinion)
        self._tools = ToolColumn(self.canvas, self)
        self.switches = CanvasSwitches(self.canvas, self)
        self._build()
        self._cover = DropCover("Drop to draw it", self, pictures_in, holds_pictures)
        self._connect()

    # Setters

    def set_model_line(self, text: str) -> None:
        """Which model answers, and in what state it is."""
        self._model_line.setText(text)

    def set_seen(self, image: Image | None) -> None:
        """The uint8 (28, 28) that models are shown, after centring."""
        note = framing_words(self.canvas.image()) if self.centring() else AS_DRAWN
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

    def set_abilities(
        self, encodes: bool, inpaints: bool, encode_note: str, inpaint_note: str
    ) -> None:
        """What the present model can do, and by which means or why not."""
        nothing = not (encodes or inpaints) and encode_note == inpaint_note
        self._seen.set_means(encode_note if nothing else "")
        self.switches.set_loadable(not nothing)

    def centring(self) -> bool:
        """Whether drawings are to be centred by mass."""
        return self.switches.centring()

    def tab(self) -> str:
        """The name of the tab that is shown."""
        return self.tabs.current()

    def show_tab(self, name: str) -> None:
        """Shows a tab; a name that there is not changes nothing."""
        self.tabs.set_current(name)

    def show_preview(self, shown: bool) -> None:
        """Shows what was done to a picture, at the right, or the answers again."""
        was = self._right.currentWidget() is self.preview
        self._right.setCurrentWidget(self.preview if shown else self._asked)
        if shown and not was:
            self.preview.settle()
        elif was and not shown:
            self.canvas.set_preview(None)
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    # Building

    def _build(self) -> None:
        self._bench = Bench(self.canvas, self._tools, self.switches, self)
        self._asked = QWidget(self)
        column = QVBoxLayout(self._asked)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        self._seen.setMinimumWidth(LEAST_ANSWERS)
        column.addWidget(self._seen)
        column.addWidget(self.tabs, 1)
        self._right = QStackedWidget(self)
        self._right.addWidget(self._asked)
        self._right.addWidget(self.preview)
        halves = QHBoxLayout()
        halves.setSpacing(theme.XL)
        halves.addWidget(self._bench, 1000)
        halves.addWidget(self._right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.L, theme.S, theme.L, theme.S)
        layout.setSpacing(theme.S)
        head = QHBoxLayout()
        head.setSpacing(theme.M)
        head.addWidget(self._model_line)
        head.addWidget(self.subject)
        head.addStretch(1)
        layout.addLayout(head)
        layout.addLayout(halves, 1)
        # Tab runs from the sheet over the tools to the switches, as the eye does.
        stops = (self.subject, self.canvas, *self._tools.stops(), *self.switches.stops())
        for first, second in pairwise(stops):
            self.setTabOrder(first, second)

    def _connect(self) -> None:
        self.canvas.changed.connect(self.drawing_changed)
        self.canvas.stroke_finished.connect(self.stroke_finished)
        self.switches.centring_changed.connect(self.centring_changed)
        self.switches.test_digit_requested.connect(self.test_digit_requested)
        self.switches.picture_requested.connect(self.picture_requested)
        self._tools.fill_requested.connect(self._on_fill_requested)
        self._opinion.wishes_toggled.connect(self.wishes_toggled)
        self._cover.dropped.connect(self._on_dropped)
        self.tabs.changed.connect(self.tab_changed)

    # What the user does

    def _on_dropped(self, found: tuple[object, ...]) -> None:
        self.image_dropped.emit(found[0])

    def paste(self) -> None:
        """Takes the picture on the clipboard, if there is one."""
        mime = QGuiApplication.clipboard().mimeData()
        found = pictures_in(mime) if isinstance(mime, QMimeData) else ()
        self.image_dropped.emit(found[0] if found else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F and not event.modifiers():
            self._on_fill_requested()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif not (self._tab_by_key(event) or self.canvas.handle_key(event)):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.canvas.handle_release(event):
            super().keyReleaseEvent(event)

    def _on_fill_requested(self) -> None:
        self.show_tab(FILL)
        self.inpaint_requested.emit()

    def _tab_by_key(self, event: QKeyEvent) -> bool:
        # Alt alone and a digit keeps the drawing under that name.
        both = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier
        if event.modifiers() != both:
            return False
        return self.tabs.choose(event.key() - Qt.Key.Key_1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - 2 * theme.L - theme.XL
        tallest = self.height() - 3 * theme.S - self.subject.sizeHint().height()
        # The answers of several models stand side by side, and need the width.
        widest = room - max(LEAST_ANSWERS, room * 54 // 100)
        self._bench.setMaximumWidth(
            max(min(self._bench.width_for(tallest), widest), self._bench.minimumWidth())
        )
        # What is seen takes a sixth of the height, in whole multiples of the pixels; on a low page
        # the answers need what there is.
        tall = min(max(self.height() // 6 // PIXELS, 3), 5) * PIXELS if self.height() >= LOW else 56
        self._seen.picture.set_side(tall)
