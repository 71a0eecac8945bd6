"""Morph: one digit turns into another, as a strip, as a motion and as a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from studio.views import icons, theme
from studio.views.film_strip import FilmStrip
from studio.views.rewrite_section import RewriteSection
from studio.views.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent

    from studio.views.pictures import Image

LESSON = "Keep this digit as the first and draw another, or let it turn into a digit that is there."
FRAMES_PER_SECOND = 12


class MorphSection(RewriteSection):
    """A moving picture, the frames of the morph and what it leads to.

    Signals:
        target_requested(str): "keep" this drawing as the first, turn into a "test" digit or into
            one of "mine".
        path_changed(str): "linear" or "spherical".
        export_requested(): a film is wanted.
    """

    target_requested = Signal(str)
    path_changed = Signal(str)
    export_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("morphSection", "Morph", LESSON, parent)
        self._words = QLabel(self)
        self._picture = self.add_picture("morphPicture", "The morph", self._words)
        self._frame, self._step = 0, 1
        self._first: Image | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(round(1000 / FRAMES_PER_SECOND))
        self._timer.timeout.connect(self._on_tick)
        self._play = QToolButton(self)
        self._play.setObjectName("morphPlay")
        self._play.setAccessibleName("Play the morph")
        self._play.setToolTip("Plays the morph to and fro")
        self._play.setCheckable(True)
        self._play.setIconSize(QSize(20, 20))
        self._play.toggled.connect(self._on_play_toggled)
        self._export = QPushButton("Export film", self)
        self._export.setObjectName("morphExport")
        self._export.setAccessibleName("Export the morph as a film")
        self._export.setToolTip("Writes the morph as an MP4 or a GIF")
        self._export.clicked.connect(self.export_requested)
        self._take = QPushButton("Take over", self)
        self._take.setObjectName("morphTake")
        self._take.setAccessibleName("Take this frame of the morph over")
        self._take.setToolTip("Puts the frame that is shown on the canvas (undo takes it back)")
        self._take.clicked.connect(self._on_take_clicked)
        for button in (self._play, self._export, self._take):
            self.head.addWidget(button)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        for what, text, tip in (
            ("keep", "Keep as first", "The morph begins with this drawing: draw another after it"),
            ("test", "Test digit", "Turns your drawing into any digit of the test set"),
            ("mine", "My digit", "Turns your drawing into a digit that you have kept"),
        ):
            button = QPushButton(text, self)
            button.setObjectName(f"morph{what.capitalize()}")
            button.setAccessibleName(f"Morph: {text.lower()}")
            button.setToolTip(tip)
            button.setProperty("what", what)
            button.setStyleSheet(f"QPushButton {{ padding: {theme.XS}px {theme.S}px; }}")
            button.clicked.connect(self._on_target_clicked)
            row.addWidget(button)
        row.addStretch(1)
        self._path = Segments(
            "morphPath",
            "The way through the latent space",
            (
                ("linear", "Straight", "Along the straight line between the two codes"),
                ("spherical", "Arc", "Along the arc between the two codes, as a Gaussian wants it"),
            ),
            self,
        )
        self._path.chosen.connect(self.path_changed)
        row.addWidget(self._path)
        self.body.addLayout(row)
        self._strip = FilmStrip("morphStrip", "The frames of the morph", self)
        self._strip.frame_chosen.connect(self._on_frame_chosen)
        self._strip.frame_pointed.connect(self._on_frame_pointed)
        self.body.addWidget(self._strip)
        self.body.addStretch(1)
        self._show_frame()
        self._show_play()

    def path(self) -> str:
        """ "linear" or "spherical"."""
        return self._path.current()

    def set_mine(self, possible: bool) -> None:
        """Whether there are digits of one's own to turn into."""
        button = self.findChild(QPushButton, "morphMine")
        assert button is not None
        button.setEnabled(possible)
        button.setToolTip(
            "Turns your drawing into a digit that you have kept"
            if possible
            else "Keep a digit first, on the tab My digits."
        )

    def set_side(self, side: int) -> None:
        """The side of the moving picture."""
        self._picture.set_side(side)
        self._strip.set_most(side // 2)

    def set_strip(self, images: Image | None, words: Sequence[str] = ()) -> None:
        """The frames, uint8 (n, 28, 28), from the first to the second digit, and words on each."""
        self._strip.set_frames(images, words)
        self._frame = min(self._frame, max(len(self._strip.frames()) - 1, 0))
        self._show_frame()

    def set_first(self, image: Image | None) -> None:
        """The digit that was kept as the first, uint8 (28, 28), shown until there are frames."""
        self._first = image
        self._show_frame()

    def frames(self) -> Image:
        """What is shown, uint8 (n, 28, 28)."""
        return self._strip.frames()

    def _show_frame(self) -> None:
        frames = self._strip.frames()
        some = len(frames) > 0
        for button in (self._play, self._export, self._take):
            button.setEnabled(some)
        if not some:
            self._play.setChecked(False)
        self._picture.set_image(frames[self._frame] if some else self._first)
        words = "" if self._first is None else "The first"
        self._words.setText(f"{self._frame + 1} of {len(frames)}" if some else words)
        self._strip.set_frame(self._frame if some else -1)

    def _show_play(self) -> None:
        self._play.setIcon(icons.icon("pause" if self._play.isChecked() else "play", self))

    # What the user does

    def _on_play_toggled(self, on: bool) -> None:
        self._show_play()
        if on and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()

    def _on_tick(self) -> None:
        last = len(self._strip.frames()) - 1
        if last < 1:
            return
        if not 0 <= self._frame + self._step <= last:
            self._step = -self._step
        self._frame += self._step
        self._show_frame()

    def _on_frame_chosen(self, number: int) -> None:
        self._play.setChecked(False)
        self._frame = number
        self._show_frame()

    def _on_frame_pointed(self, number: int) -> None:
        self.pointed.emit(self._strip.frames()[number].copy() if number >= 0 else None)

    def _on_take_clicked(self) -> None:
        self.taken.emit(self._strip.frames()[self._frame].copy())

    def _on_target_clicked(self) -> None:
        sender = self.sender()
        assert sender is not None
        self.target_requested.emit(sender.property("what"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._play.isChecked():
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_play()
