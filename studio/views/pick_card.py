"""The picked digit, large, with what is known of it and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.views import theme
from studio.views.map_plate import Card, tool, words
from studio.views.pictures import PIXELS, DigitPicture, grey_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

SIDE, LOW_SIDE = 6 * PIXELS, 4 * PIXELS
PINS = 10
"""Pins on show; the list holds the newest."""


class PickCard(Card):
    """Signals:
    pin_toggled(bool): the user pins this digit to the map, or takes the pin out.
    send_requested(object): the user wants this digit, uint8 (28, 28), on the Draw page.
    pin_chosen(int): the user wants to see the pin of this number.
    """

    pin_toggled = Signal(bool)
    send_requested = Signal(object)
    pin_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("pickedDigit", "Picked digit", "closePickButton", parent)
        self.setFixedWidth(SIDE + 2 * theme.S)
        self.close_button.setAccessibleName("Close the picked digit")
        self._picture = DigitPicture("Picked digit", SIDE, self)
        self._text = QLabel(self)
        self._text.setObjectName("pickText")
        self._text.setProperty("quiet", True)
        self._text.setWordWrap(True)
        self._text.setFixedWidth(SIDE)
        self._pin = tool("pin", "pinButton", "Pin to the map", self, checkable=True)
        self._pin.clicked.connect(self.pin_toggled)
        self._send = words(
            "", "Send to Draw", "sendToDrawButton", "Put it on the sheet of the Draw page", self
        )
        self._send.clicked.connect(self._on_send_clicked)
        self._send.setProperty("face", True)
        self._send.setFixedSize(SIDE - 32 - theme.XS, 32)
        self._pins = _Pins(self)
        self._pins.chosen.connect(self.pin_chosen)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.XS)
        buttons.addWidget(self._pin)
        buttons.addWidget(self._send)
        self._image: NDArray[np.uint8] | None = None
        self.body.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self._text)
        self.body.addLayout(buttons)
        self.body.addWidget(self._pins)
        self.set_pinned(False)
        self.set_pins([], -1)

    def show_digit(self, image: NDArray[np.uint8], x: float, y: float, text: str) -> None:
        """Shows uint8 (28, 28), where it lies and one or two sentences about it."""
        self._image = image
        self._picture.set_image(image)
        self.heading.setText(coordinates(x, y))
        self._text.setText(text)
        self._text.setVisible(bool(text))

    def set_pinned(self, pinned: bool) -> None:
        """Whether this digit is pinned to the map."""
        self._pin.setChecked(pinned)
        self._pin.setToolTip("Take the pin out" if pinned else "Pin this digit to the map")

    def set_pins(self, images: Sequence[NDArray[np.uint8]], current: int) -> None:
        """The pinned digits, uint8 (28, 28) each, and which of them is shown large, or -1."""
        self._pins.set_images(images, current)
        self._pins.setVisible(bool(images))

    def fit(self, height: int) -> None:
        """Shows the digit as large as a card of this height has room for."""
        rest = self.sizeHint().height() - self._picture.height()
        self._picture.set_side(SIDE if rest + SIDE <= height else LOW_SIDE)

    def _on_send_clicked(self) -> None:
        if self._image is not None:
            self.send_requested.emit(self._image)


def coordinates(x: float, y: float) -> str:
    """A place of the plane in words."""
    return f"x {x:+.2f}   y {y:+.2f}".replace("-", "−")


class _Pins(QWidget):
    """The pinned digits in two lines; a click shows one."""

    chosen = Signal(int)
    COLUMNS = 5

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pinList")
        self.setAccessibleName("Pinned digits")
        self.setToolTip("Pinned digits: click to go there")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pictures: list[QImage] = []
        self._first, self._current = 0, -1

    def set_images(self, images: Sequence[NDArray[np.uint8]], current: int) -> None:
        self._first = max(len(images) - PINS, 0)
        self._current = current
        self._pictures = [grey_image(image) for image in images[self._first :]]
        rows = -(-len(self._pictures) // self.COLUMNS)
        self.setFixedSize(SIDE, max(rows * (PIXELS + theme.XS) - theme.XS, 1))
        self.update()

    def place(self, number: int) -> QRect:
        row, column = divmod(number - self._first, self.COLUMNS)
        step = PIXELS + theme.XS
        return QRect(QPoint(column * step, row * step), QSize(PIXELS, PIXELS))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number in range(self._first, self._first + len(self._pictures)):
            if self.place(number).contains(event.position().toPoint()):
                self.chosen.emit(number)
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        accent = QColor(theme.tokens(self).accent)
        for number, picture in enumerate(self._pictures, self._first):
            painter.drawImage(self.place(number), picture)
            if number == self._current:
                painter.setPen(QPen(accent, 2))
                painter.drawRect(self.place(number).adjusted(1, 1, -1, -1))
