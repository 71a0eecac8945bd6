"""A path over the map as a film: frames, play and pause, and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.views import icons, theme
from studio.views.map_plate import Card, quiet, tool, words
from studio.views.number_field import NumberField
from studio.views.pictures import PIXELS, DigitPicture, grey_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE, LOW_SIDE = 6 * PIXELS, 4 * PIXELS
COLUMNS, ROWS = 6, 2
LEAST, MOST = 8, 480
FRAMES = 60
PER_SECOND = 12


class PathCard(Card):
    """Signals:
    count_changed(int): the user wants so many frames along the path.
    frame_shown(int): this frame is shown large now, from 0.
    export_requested(): the user wants the film as a file.
    """

    count_changed = Signal(int)
    frame_shown = Signal(int)
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("pathCard", "The path", "closePathButton", parent)
        self.setFixedWidth(SIDE + 2 * theme.S)
        self._images: NDArray[np.uint8] | None = None
        self._frame = 0
        self._picture = DigitPicture("Digit on the path", SIDE, self)
        self._strip = _Strip(self)
        self._strip.chosen.connect(self.show_frame)
        self._note = quiet(self, wrap=True)
        self._note.setObjectName("pathNote")
        self._note.setFixedWidth(SIDE)
        self._play = tool("play", "playPathButton", "Play", self, side=32)
        self._play.clicked.connect(self._on_play_clicked)
        self._count = NumberField(whole=True, low=LEAST, high=MOST, unit="frames", parent=self)
        self._count.setObjectName("pathFrames")
        self._count.setAccessibleName("Frames along the path")
        self._count.setToolTip(f"How many frames the film has, {LEAST} to {MOST}")
        self._count.set_value(FRAMES)
        self._count.committed.connect(self._on_count_committed)
        self._export = words(
            "film", "Export film", "exportPathButton", "As an MP4 or GIF film", self
        )
        self._export.setProperty("face", True)
        self._export.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._export.clicked.connect(self.export_requested)
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // PER_SECOND)
        self._timer.timeout.connect(self._on_tick)
        row = QHBoxLayout()
        row.setSpacing(theme.XS)
        row.addWidget(self._play)
        row.addWidget(self._count, 1)
        self.body.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self._strip)
        self.body.addWidget(self._note)
        self.body.addLayout(row)
        self.body.addWidget(self._export)
        self.set_frames(None)

    # Setters

    def set_frames(self, images: NDArray[np.uint8] | None) -> None:
        """The digits along the path, uint8 (N, 28, 28); None while they are being decoded."""
        self._images = images
        ready = images is not None and len(images) > 0
        self._play.setEnabled(ready)
        self._export.setEnabled(ready)
        if images is None or not ready:
            self._stop()
            self._strip.set_images(None)
            return
        self._frame = min(self._frame, len(images) - 1)
        self._picture.set_image(images[self._frame])
        self._strip.set_images(images)
        self._strip.set_frame(self._frame)

    def set_note(self, text: str) -> None:
        """One sentence about the path, or about what it waits for."""
        self._note.setText(text)
        self.adjustSize()

    def fit(self, height: int) -> None:
        """Shows the digit as large as a card of this height has room for."""
        rest = self.sizeHint().height() - self._picture.height()
        self._picture.set_side(SIDE if rest + SIDE <= height else LOW_SIDE)

    # Playing

    def is_playing(self) -> bool:
        """Whether the film runs."""
        return self._timer.isActive()

    def frame(self) -> int:
        """Which frame is shown large, from 0."""
        return self._frame

    def show_frame(self, number: int) -> None:
        """Shows a frame large, and says so."""
        if self._images is None:
            return
        self._frame = number % len(self._images)
        self._picture.set_image(self._images[self._frame])
        self._strip.set_frame(self._frame)
        self.frame_shown.emit(self._frame)

    def _on_count_committed(self, count: int) -> None:
        self.count_changed.emit(count)

    def _on_play_clicked(self) -> None:
        if self._timer.isActive():
            self._stop()
        else:
            self._timer.start()
            self._show_state("pause", "Pause")

    def _on_tick(self) -> None:
        self.show_frame(self._frame + 1)

    def _stop(self) -> None:
        self._timer.stop()
        self._show_state("play", "Play")

    def _show_state(self, icon: str, word: str) -> None:
        self._play.setProperty("icon_name", icon)
        self._play.setIcon(icons.icon(icon, self))
        self._play.setToolTip(word)
        self._play.setAccessibleName(word)

    def hideEvent(self, event: QHideEvent) -> None:
        self._stop()
        super().hideEvent(event)


class _Strip(QWidget):
    """Some of the frames, evenly chosen; a click or the arrow keys show one large."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pathStrip")
        self.setAccessibleName("Digits along the path")
        self.setToolTip("Click to see a digit of the path large")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(SIDE, ROWS * PIXELS)
        self._count, self._frame = 0, 0
        self._shown: list[int] = []
        self._pictures: list[QImage] = []

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        self._count = 0 if images is None else len(images)
        places = min(COLUMNS * ROWS, self._count)
        self._shown = [round(n) for n in np.linspace(0, max(self._count - 1, 0), places)]
        self._pictures = [] if images is None else [grey_image(images[n]) for n in self._shown]
        self.update()

    def set_frame(self, frame: int) -> None:
        self._frame = frame
        self.update()

    def _room(self, place: int) -> QRect:
        row, column = divmod(place, COLUMNS)
        return QRect(QPoint(column * PIXELS, row * PIXELS), QSize(PIXELS, PIXELS))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for place, number in enumerate(self._shown):
            if self._room(place).contains(event.position().toPoint()):
                self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and self._count:
            self.chosen.emit((self._frame + step) % self._count)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.tokens(self)
        if not self._pictures:
            painter.fillRect(self.rect(), QColor(tokens.surface))
            return
        for place, picture in enumerate(self._pictures):
            painter.drawImage(self._room(place), picture)
        near = min(range(len(self._shown)), key=lambda place: abs(self._shown[place] - self._frame))
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawRect(self._room(near).adjusted(1, 1, -1, -1))
