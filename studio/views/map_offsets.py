"""The dimensions that are not on the plane: a slider each, with digits along it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.map_plate import Card, quiet, tool
from studio.views.pictures import PIXELS, grey_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST = 8
"""Dimensions on a page of the plate: more sliders are harder and no faster (GANSlider, CHI 2022,
https://arxiv.org/abs/2202.00965)."""
FRAMES = 7
GAP = 1
STRIP = FRAMES * PIXELS + (FRAMES - 1) * GAP
NAME = 78
"""Wide enough for "Component 64" and "Direction 128"."""
ROW = PIXELS + 18
REACH = 3.0
"""How far a slider goes to each side when nobody has said how far."""
STEPS = 120
"""Positions of a slider from end to end."""


class OffsetsPlate(Card):
    """Sliders for the dimensions that are not on the plane, at most `MOST` at once.

    Signals:
        offset_changed(int, float): the user moved the slider of this dimension.
        reset(): the user wants all of them back where they were.
        shown(object): list of the dimensions that are on show now, whose strips are wanted.
    """

    offset_changed = Signal(int, float)
    reset = Signal()
    shown = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("offsetsPlate", "Other dimensions", "closeOffsetsButton", parent)
        self.setFixedWidth(NAME + theme.XS + STRIP + 2 * theme.S)
        self._names: tuple[str, ...] = ()
        self._values: tuple[float, ...] = ()
        self._page, self._rows_fit = 0, MOST
        self._search = QLineEdit(self)
        self._search.setObjectName("offsetSearch")
        self._search.setAccessibleName("Find a dimension")
        self._search.setToolTip("Find a dimension by its number or name")
        self._search.setPlaceholderText("Find")
        self._search.setFixedSize(72, 28)
        self._search.textEdited.connect(self._on_search_edited)
        self._reset = QPushButton("Reset", self)
        self._reset.setObjectName("resetOffsetsButton")
        self._reset.setToolTip("All of them back to where they were")
        self._reset.clicked.connect(self.reset)
        self._reset.setEnabled(False)
        self._count = quiet(self)
        self._back = tool("chevron-left", "offsetsBack", "Those before", self, side=24, icon=16)
        self._next = tool("chevron-right", "offsetsNext", "Those after", self, side=24, icon=16)
        self._back.clicked.connect(self._on_back_clicked)
        self._next.clicked.connect(self._on_next_clicked)
        self._rows = [_Row(self) for _ in range(MOST)]
        column = QVBoxLayout()
        column.setSpacing(theme.XS)
        for row in self._rows:
            row.moved.connect(self.offset_changed)
            column.addWidget(row)
        self.head.insertWidget(1, self._search)
        foot = QHBoxLayout()
        foot.setSpacing(theme.XS)
        foot.addWidget(self._reset)
        foot.addStretch(1)
        for part in (self._count, self._back, self._next):
            foot.addWidget(part)
        self.body.addLayout(column)
        self.body.addLayout(foot)
        self._show_rows()

    # Setters

    def set_dimensions(self, names: Sequence[str], values: Sequence[float]) -> None:
        """The dimensions that are not on the plane: what they are called, and where the plane lies
        in each, in standard deviations."""
        assert len(names) == len(values)
        self._values = tuple(values)
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._page = 0
            self._search.clear()
            for row in self._rows:
                row.forget()
        self._show_rows()

    def set_moved(self, moved: bool) -> None:
        """Whether the user has moved any of them."""
        self._reset.setEnabled(moved)

    def set_strip(self, index: int, values: NDArray[np.float64], images: NDArray[np.uint8]) -> None:
        """What digit comes where along a dimension: values (n,) and uint8 (n, 28, 28)."""
        for row in self._rows:
            if row.index == index:
                row.set_strip(values, images)

    def fit(self, height: int) -> None:
        """Shows as many dimensions as a plate of this height has room for, at least one."""
        rest = self.sizeHint().height() - sum(not row.isHidden() for row in self._rows) * (
            ROW + theme.XS
        )
        fit = min(max((height - rest) // (ROW + theme.XS), 1), MOST)
        if fit != self._rows_fit:
            first = self._page * self._rows_fit
            self._rows_fit, self._page = fit, first // fit
            self._show_rows()

    def on_show(self) -> list[int]:
        """The dimensions of the page that is on show."""
        return [row.index for row in self._rows if row.index >= 0]

    # What the user does

    def _on_search_edited(self) -> None:
        self._page = 0
        self._show_rows()

    def _on_back_clicked(self) -> None:
        self._page -= 1
        self._show_rows()

    def _on_next_clicked(self) -> None:
        self._page += 1
        self._show_rows()

    # What is shown

    def _found(self) -> list[int]:
        text = self._search.text().strip().lower()
        return [index for index, name in enumerate(self._names) if text in name.lower()]

    def _show_rows(self) -> None:
        found = self._found()
        pages = max(-(-len(found) // self._rows_fit), 1)
        self._page = min(max(self._page, 0), pages - 1)
        first = self._page * self._rows_fit
        page = found[first : first + self._rows_fit]
        before = self.on_show()
        for number, row in enumerate(self._rows):
            index = page[number] if number < len(page) else -1
            if index >= 0:
                row.show_dimension(index, self._names[index], self._values[index])
            else:
                row.forget()
            row.setVisible(index >= 0)
        self._back.setEnabled(self._page > 0)
        self._next.setEnabled(self._page < pages - 1)
        last = first + len(page)
        self._count.setText(f"{first + 1}–{last} of {len(found)}" if found else "None found")
        self.adjustSize()
        if self.on_show() != before:
            self.shown.emit(self.on_show())


class _Row(QWidget):
    """One dimension: name, value, digits along it and a slider below them."""

    moved = Signal(int, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.index = -1
        self._value, self._reach = 0.0, REACH
        self._name = quiet(self)
        self._name.setFixedWidth(NAME)
        self._figure = quiet(self)
        self._strip = _Strip(self)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("offsetSlider")
        self._slider.setAccessibleName("Another dimension")
        self._slider.setRange(-STEPS // 2, STEPS // 2)
        self._slider.setFixedSize(STRIP, 16)
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._strip.chosen.connect(self._on_frame_chosen)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.XS)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._name, 0, 0)
        grid.addWidget(self._figure, 1, 0)
        grid.addWidget(self._strip, 0, 1)
        grid.addWidget(self._slider, 1, 1)
        self.setFixedHeight(ROW)

    def forget(self) -> None:
        self.index = -1

    def show_dimension(self, index: int, name: str, value: float) -> None:
        if index != self.index:
            self.index, self._reach = index, REACH
            self._strip.set_images(None)
            self._name.setText(name)
            self._slider.setObjectName(f"offsetSlider{index}")
            self._slider.setAccessibleName(name)
            self._slider.setToolTip(f"{name}: drag, or click on a digit above")
        self._show_value(value)

    def set_strip(self, values: NDArray[np.float64], images: NDArray[np.uint8]) -> None:
        self._reach = max(float(np.abs(values).max()), 1e-6)
        self._strip.set_images(images)
        self._show_value(self._value)

    def _show_value(self, value: float) -> None:
        self._value = value
        self._figure.setText(f"{value:+.2f}".replace("-", "−"))
        if not self._slider.isSliderDown():
            self._slider.blockSignals(True)
            self._slider.setValue(round(value / self._reach * STEPS / 2))
            self._slider.blockSignals(False)
        self._strip.set_share(value / self._reach)

    def _on_slider_moved(self, position: int) -> None:
        self._choose(position / (STEPS / 2) * self._reach)

    def _on_frame_chosen(self, share: float) -> None:
        self._choose(share * self._reach)

    def _choose(self, value: float) -> None:
        self._show_value(value)
        self.moved.emit(self.index, value)


class _Strip(QWidget):
    """Digits along a dimension; a click takes the value of one of them."""

    chosen = Signal(float)
    """Where, in [-1, 1]."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(STRIP, PIXELS)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._pictures: list[QImage] = []
        self._share = 0.0

    def sizeHint(self) -> QSize:
        return QSize(STRIP, PIXELS)

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        self._pictures = [] if images is None else [grey_image(image) for image in images]
        self.update()

    def set_share(self, share: float) -> None:
        self._share = min(max(share, -1.0), 1.0)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        count = len(self._pictures)
        if event.button() == Qt.MouseButton.LeftButton and count > 1:
            number = min(int(event.position().x() * count / self.width()), count - 1)
            self.chosen.emit(2 * number / (count - 1) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.tokens(self)
        painter.fillRect(self.rect(), QColor(tokens.surface))
        for number, picture in enumerate(self._pictures[:FRAMES]):
            corner = QPoint(number * (PIXELS + GAP), 0)
            painter.drawImage(QRect(corner, QSize(PIXELS, PIXELS)), picture)
        if self._pictures:
            # Frames stand for the values in their middle, so the mark runs from middle to middle.
            middle = PIXELS / 2 + (self._share + 1) / 2 * (STRIP - PIXELS)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(round(middle - PIXELS / 2), 1, PIXELS - 1, PIXELS - 2)
