"""The plate on which the user chooses how the plane lies in the space of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.map_plate import Card, quiet
from studio.views.number_field import NumberField
from studio.views.pictures import PIXELS, grey_image, paint_digit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

KINDS = {
    "principal": ("Principal components", "The directions along which the codes differ most"),
    "dimensions": ("Two dimensions", "Two numbers of the code as they are"),
    "anchors": ("Three anchors", "Three digits of your choice lie in the corners"),
    "quantiles": (
        "Quantile square",
        "Equal areas of the plane are equally likely under the prior",
    ),
    "samples": ("Samples", "An endless sheet of new digits; neighbours have nothing in common"),
}
"""Title of each kind of plane and what it is, in the order of the list."""
TITLES = {kind: title for kind, (title, _) in KINDS.items()}
WITH_AXES = ("principal", "dimensions", "quantiles")
CORNERS = ("A", "B", "C")
WIDTH = 328


class PlaneChooser(Card):
    """Signals:
    kind_chosen(str): the user wants a plane of this kind.
    axes_chosen(int, int): the user wants these two components or dimensions, from 0.
    anchor_wanted(int, str, int): the user wants corner 0, 1 or 2 to be "drawing", "picked" or
        "test"; a test digit of the class that comes last, else -1.
    through_toggled(bool): the plane shall pass through the drawing, or not.
    label_chosen(int): the model shall write this class.
    """

    kind_chosen = Signal(str)
    axes_chosen = Signal(int, int)
    anchor_wanted = Signal(int, str, int)
    through_toggled = Signal(bool)
    label_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("planeChooser", "The plane", "closePlaneButton", parent)
        self.setFixedWidth(WIDTH)
        self._kinds: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        kinds = QGridLayout()
        kinds.setSpacing(theme.XS)
        for number, (kind, (title, tip)) in enumerate(KINDS.items()):
            button = QPushButton(title, self)
            button.setObjectName(f"{kind}Plane")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setStyleSheet("text-align: left;")
            self._group.addButton(button)
            self._kinds[kind] = button
            kinds.addWidget(button, number // 2, number % 2)
        self.body.addLayout(kinds)
        self._group.buttonClicked.connect(self._on_kind_clicked)
        self._axes = self._build_axes()
        self._anchors = self._build_anchors()
        self.through = QCheckBox("Through my drawing", self)
        self.through.setObjectName("throughDrawing")
        self.through.setChecked(True)
        self.through.clicked.connect(self.through_toggled)
        self._label = QComboBox(self)
        self._label.setObjectName("mapLabel")
        self._label.setAccessibleName("Class that the model writes")
        self._label.setToolTip("This model is told which digit to write")
        self._label.addItems([f"Written as a {digit}" for digit in range(10)])
        self._label.activated.connect(self.label_chosen)
        self._label.hide()
        self.body.addWidget(self._label)
        self.body.addWidget(self._axes)
        self.body.addWidget(self._anchors)
        self.body.addWidget(self.through, 0, Qt.AlignmentFlag.AlignLeft)
        self.set_kind("principal")
        self.set_sources({})
        self.set_through_possible("There is no drawing yet: draw a digit on the Draw page.")

    def _build_axes(self) -> QWidget:
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, theme.XS, 0, theme.XS)
        row.setSpacing(theme.S)
        self._fields: list[NumberField] = []
        for name, word, tip in (
            ("acrossField", "Across", "Which one runs from left to right"),
            ("upField", "Up", "Which one runs from bottom to top"),
        ):
            field = NumberField(whole=True, low=1, parent=box)
            field.setObjectName(name)
            field.setAccessibleName(tip)
            field.setToolTip(f"{tip} (arrow keys step)")
            field.committed.connect(self._on_axis_committed)
            label = quiet(box)
            label.setText(word)
            row.addWidget(label)
            row.addWidget(field, 1)
            self._fields.append(field)
        self._count = 2
        self._pair = (0, 1)
        self._show_pair()
        return box

    def _build_anchors(self) -> QWidget:
        box = QWidget(self)
        self._slots = [_Slot(number, box) for number in range(3)]
        self._chosen = 0
        slots = QHBoxLayout()
        slots.setSpacing(theme.S)
        for slot in self._slots:
            slot.clicked.connect(self._on_slot_clicked)
            slots.addWidget(slot)
        slots.addStretch(1)
        self._buttons = {
            "drawing": self._source("The drawing", "anchorDrawing", box),
            "picked": self._source("The picked digit", "anchorPicked", box),
            "test": self._source("A test digit", "anchorTest", box),
        }
        self._class = QComboBox(box)
        self._class.setObjectName("anchorClass")
        self._class.setAccessibleName("Class of the test digit")
        self._class.setToolTip("Of which class the test digit is")
        self._class.addItems([f"of class {digit}" for digit in range(10)])
        self._hint = quiet(box, wrap=True)
        grid = QGridLayout()
        grid.setSpacing(theme.XS)
        grid.addWidget(self._buttons["drawing"], 0, 0)
        grid.addWidget(self._buttons["picked"], 0, 1)
        grid.addWidget(self._buttons["test"], 1, 0)
        grid.addWidget(self._class, 1, 1)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, theme.XS, 0, theme.XS)
        column.setSpacing(theme.XS)
        column.addLayout(slots)
        column.addWidget(self._hint)
        column.addLayout(grid)
        self._choose_slot(0)
        return box

    def _source(self, text: str, name: str, box: QWidget) -> QPushButton:
        button = QPushButton(text, box)
        button.setObjectName(name)
        button.clicked.connect(self._on_source_clicked)
        return button

    # Setters

    def set_kinds(self, reasons: Mapping[str, str]) -> None:
        """Which kinds of plane this model does not allow, with the reason: one sentence each."""
        for kind, button in self._kinds.items():
            reason = reasons.get(kind, "")
            button.setEnabled(not reason)
            button.setToolTip(reason or KINDS[kind][1])

    def set_kind(self, kind: str) -> None:
        """Which kind of plane is shown."""
        self._kinds[kind].setChecked(True)
        self._axes.setVisible(kind in WITH_AXES)
        self._anchors.setVisible(kind == "anchors")
        self.through.setVisible(kind in WITH_AXES)
        self.adjustSize()

    def set_axes(self, count: int, pair: tuple[int, int]) -> None:
        """How many dimensions there are, and which two are shown, from 0."""
        self._count, self._pair = count, pair
        for field in self._fields:
            field.setEnabled(count > 2)
        self._show_pair()

    def set_anchors(self, images: Sequence[NDArray[np.uint8] | None]) -> None:
        """What lies in the three corners, uint8 (28, 28) each, or None."""
        for slot, image in zip(self._slots, images, strict=True):
            slot.set_image(image)
        free = [slot.number for slot in self._slots if slot.is_empty()]
        if free and not self._slots[self._chosen].is_empty():
            self._choose_slot(free[0])
        self._hint.setText(
            "Choose a corner, then what shall lie there."
            if not free
            else f"{len(free)} of 3 corners are still empty: choose what shall lie there."
        )

    def set_sources(self, reasons: Mapping[str, str]) -> None:
        """Why an anchor cannot be "drawing", "picked" or "test" now; "" or nothing if it can."""
        tips = {
            "drawing": "Your drawing becomes this corner",
            "picked": "The digit picked on the map becomes this corner",
            "test": "A test digit becomes this corner; press again for another one",
        }
        for source, button in self._buttons.items():
            reason = reasons.get(source, "")
            button.setEnabled(not reason)
            button.setToolTip(reason or tips[source])
        self._class.setEnabled(not reasons.get("test"))

    def set_through_possible(self, reason: str) -> None:
        """Why the plane cannot pass through the drawing; "" if it can."""
        self.through.setEnabled(not reason)
        tip = "The other dimensions are those of the drawing, so that it lies on the plane"
        self.through.setToolTip(reason or tip)

    def set_label(self, label: int | None) -> None:
        """Which class a model writes that is told one; None for any other model."""
        self._label.setVisible(label is not None)
        if label is not None:
            self._label.setCurrentIndex(label)

    # What the user does

    def _on_kind_clicked(self, clicked: QPushButton) -> None:
        kind = next(kind for kind, button in self._kinds.items() if button is clicked)
        self.set_kind(kind)
        self.kind_chosen.emit(kind)

    def _on_axis_committed(self) -> None:
        across, up = (min(int(field.value()), self._count) - 1 for field in self._fields)
        if across == up:
            # The two change places: a plane has two directions.
            across, up = self._pair[1], self._pair[0]
        changed = (across, up) != self._pair
        self._pair = across, up
        self._show_pair()
        if changed:
            self.axes_chosen.emit(across, up)

    def _show_pair(self) -> None:
        for field, number in zip(self._fields, self._pair, strict=True):
            field.set_value(number + 1)

    def _on_slot_clicked(self) -> None:
        sender = self.sender()
        assert isinstance(sender, _Slot)
        self._choose_slot(sender.number)

    def _choose_slot(self, number: int) -> None:
        self._chosen = number
        for slot in self._slots:
            slot.setChecked(slot.number == number)

    def _on_source_clicked(self) -> None:
        source = next(s for s, button in self._buttons.items() if button is self.sender())
        label = self._class.currentIndex() if source == "test" else -1
        self.anchor_wanted.emit(self._chosen, source, label)


class _Slot(QToolButton):
    """One corner: its letter and its digit."""

    SIDE = 2 * PIXELS

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.number = number
        self._picture: QImage | None = None
        self.setObjectName(f"anchor{CORNERS[number]}")
        self.setAccessibleName(f"Corner {CORNERS[number]}")
        self.setToolTip(f"Corner {CORNERS[number]}: choose it, then what shall lie there")
        self.setCheckable(True)
        self.setFixedSize(self.SIDE + 2 * theme.XS + 14, self.SIDE + 2 * theme.XS)

    def is_empty(self) -> bool:
        return self._picture is None

    def set_image(self, image: NDArray[np.uint8] | None) -> None:
        self._picture = None if image is None else grey_image(image)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.tokens(self)
        room = self.rect().adjusted(14 + theme.XS, theme.XS, -theme.XS, -theme.XS)
        paint_digit(painter, room.toRectF(), self._picture, tokens)
        painter.setPen(QColor(tokens.accent if self.isChecked() else tokens.quiet))
        painter.setFont(theme.sized(self.font(), theme.BODY, bold=True))
        letter = self.rect().adjusted(theme.XS, 0, 0, 0)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(letter, flags, CORNERS[self.number])
        if self.isChecked() or self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(room.adjusted(-2, -2, 2, 2), 3, 3)


def describe(kind: str, pair: tuple[int, int], count: int) -> str:
    """A plane in a few words, for the button that opens the chooser."""
    words = {"principal": "Components", "dimensions": "Dimensions", "quantiles": "Quantiles"}
    if kind in words and count > 2:
        return f"{words[kind]} {pair[0] + 1} × {pair[1] + 1}"
    if kind in ("principal", "dimensions") and count == 2:
        return "Both dimensions"
    return TITLES.get(kind, "Plane")
