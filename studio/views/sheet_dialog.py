"""Asks what is to be put onto a contact sheet, and says what will come of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from studio.state.sheet_plan import SheetPlan, around, plan
from studio.views import theme
from studio.views.answers import Progress
from studio.views.number_field import NumberField
from studio.views.segments import Segments
from studio.views.sheet_preview import SheetPreview

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Region = tuple[float, float, float, float]

SIDES = ("Left", "Bottom", "Right", "Top")
MOST_ACROSS = 200
FIRST_ACROSS = 24
FIELD_WIDTH = 84
NO_LASSO = "Draw a lasso on the map first (S)"


class SheetDialog(QDialog):
    """What goes onto the sheet. It does not hold up the window.

    Signals:
        changed(object): the `SheetPlan` is another one; a preview of it is welcome.
        requested(object): the `SheetPlan` is to be made.
        cancel_requested(): what is being made is to be called off.
    """

    changed = Signal(object)
    requested = Signal(object)
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheetDialog")
        self.setWindowTitle("Export a sheet of digits")
        self.setModal(False)
        self._view: Region = (-3.0, -3.0, 3.0, 3.0)
        self._lasso: NDArray[np.floating] | None = None
        self._bounds: Region | None = None
        self._pace = 0.0
        self._busy = False
        self._plan: SheetPlan | None = None
        self._fault = ""
        self._region = _Regions(
            "sheetRegion",
            "Part of the map",
            (
                ("view", "In view", "What the map shows now"),
                ("lasso", "Lasso", NO_LASSO),
                ("typed", "Typed", "The coordinates below"),
            ),
            self,
        )
        self._fields = {side: self._field(side) for side in SIDES}
        self._across = NumberField(whole=True, low=1, high=MOST_ACROSS)
        self._across.setObjectName("sheetAcross")
        self._across.setAccessibleName("Digits across")
        self._across.setToolTip(f"From 1 to {MOST_ACROSS} (Up and Down)")
        self._across.setFixedWidth(FIELD_WIDTH)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("sheetAcrossSlider")
        self._slider.setAccessibleName("Digits across")
        self._slider.setToolTip("How many digits stand side by side (Left and Right)")
        self._slider.setRange(1, MOST_ACROSS)
        self._scale = Segments(
            "sheetScale",
            "Size of a pixel",
            [(str(n), f"{n} ×", f"Each pixel becomes {n} × {n} pixels") for n in (1, 2, 3, 4)],
            self,
        )
        self._kind = Segments(
            "sheetKind",
            "Kind of file",
            (
                ("png", "PNG", "A picture, for 300 dots per inch"),
                ("svg", "SVG", "The same pixels with vector letters, in one file for itself"),
            ),
            self,
        )
        self._paper = QCheckBox("Ink on paper", self)
        self._paper.setObjectName("sheetPaper")
        self._paper.setAccessibleName("Ink on paper")
        self._paper.setToolTip("Dark ink on a light ground, for print")
        self._preview = SheetPreview(self)
        self._size, self._wrong = QLabel(self), QLabel(self)
        self._size.setObjectName("sheetSize")
        self._size.setProperty("quiet", True)
        self._size.setFont(theme.tabular(self._size.font()))
        self._wrong.setObjectName("sheetWrong")
        self._wrong.setProperty("wrong", True)
        for label in (self._size, self._wrong):
            label.setWordWrap(True)
            label.setMinimumHeight(2 * label.fontMetrics().lineSpacing())
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._progress = Progress(self)
        self._export, self._cancel = QPushButton("Export…", self), QPushButton("Close", self)
        self._build()
        self._connect()
        self._across.set_value(FIRST_ACROSS)
        self._slider.setValue(FIRST_ACROSS)
        self._region_chosen("view")

    # Setters

    def set_region(
        self,
        view: Region,
        lasso: NDArray[np.floating] | None = None,
        bounds: Region | None = None,
    ) -> None:
        """What may be shown: the part of the map in view, a lasso (m, 2), and where it ends."""
        self._view, self._lasso, self._bounds = view, lasso, bounds
        self._region.set_lasso(lasso is not None)
        self._region_chosen(self._region.current())

    def show_part(self, part: str) -> None:
        """Chooses "view", "lasso" (where there is one) or "typed"."""
        if part != "lasso" or self._lasso is not None:
            self._region.set_current(part)
            self._region_chosen(part)

    def set_preview(self, digits: NDArray[np.uint8] | None) -> None:
        """Shows uint8 (rows, columns, H, W) of the sheet, or an empty place."""
        self._preview.show_digits(digits)

    def set_pace(self, seconds_per_digit: float) -> None:
        """How long the model takes for a digit."""
        self._pace = seconds_per_digit
        self._show_size()

    def set_busy(self, text: str, share: float | None) -> None:
        """What is being done, in words ("" for nothing), and the share of it that is done."""
        self._busy = bool(text)
        self._progress.show_share(self._busy, share)
        self._cancel.setText("Stop" if self._busy else "Close")
        self._cancel.setAccessibleName(self._cancel.text())
        for part in (
            self._region,
            self._scale,
            self._kind,
            self._paper,
            self._across,
            self._slider,
        ):
            part.setEnabled(not self._busy)
        self._show_size()
        if text:
            self._size.setText(text)

    def plan(self) -> SheetPlan | None:
        """What is asked for, or None while that is nothing that can be made."""
        return self._plan

    # Building

    def _field(self, side: str) -> NumberField:
        field = NumberField()
        field.setObjectName(f"sheet{side}")
        field.setAccessibleName(side)
        field.setToolTip(f"{side} of the sheet, in units of the map")
        field.setFixedWidth(FIELD_WIDTH)
        return field

    def _build(self) -> None:
        sides = QGridLayout()
        sides.setHorizontalSpacing(theme.S)
        sides.setVerticalSpacing(theme.XS)
        for number, (side, field) in enumerate(self._fields.items()):
            label = QLabel(side, self)
            label.setProperty("quiet", True)
            label.setBuddy(field)
            sides.addWidget(label, number % 2, 2 * (number // 2))
            sides.addWidget(field, number % 2, 2 * (number // 2) + 1)
        sides.setColumnStretch(4, 1)
        across = QHBoxLayout()
        across.setSpacing(theme.S)
        across.addWidget(self._slider, 1)
        across.addWidget(self._across)
        column = QVBoxLayout()
        column.setSpacing(theme.XS)
        for title, part in (
            ("Part of the map", self._region),
            ("", sides),
            ("Digits across", across),
            ("Size of a pixel", self._scale),
            ("File", self._kind),
            ("", self._paper),
        ):
            if title:
                column.addSpacing(theme.S)
                label = QLabel(title, self)
                label.setProperty("heading", True)
                column.addWidget(label)
            if isinstance(part, QWidget):
                column.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                column.addLayout(part)
        column.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(theme.XL)
        body.addLayout(column, 1)
        body.addWidget(self._preview, 0, Qt.AlignmentFlag.AlignTop)
        for button, name, tip in (
            (self._export, "sheetExport", "Asks for the name of the file (Enter)"),
            (self._cancel, "sheetCancel", "Stops what is being done, or closes this (Esc)"),
        ):
            button.setObjectName(name)
            button.setAccessibleName(button.text())
            button.setToolTip(tip)
        self._export.setProperty("primary", True)
        self._export.setDefault(True)
        self._cancel.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.setSpacing(theme.S)
        foot.addStretch(1)
        foot.addWidget(self._cancel)
        foot.addWidget(self._export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        layout.setSpacing(theme.S)
        layout.addLayout(body, 1)
        layout.addWidget(self._progress)
        layout.addWidget(self._size)
        layout.addWidget(self._wrong)
        layout.addLayout(foot)
        self.setMinimumWidth(620)

    def _connect(self) -> None:
        self._region.chosen.connect(self._region_chosen)
        for field in self._fields.values():
            field.committed.connect(self._make)
            field.checked.connect(self._on_checked)
        self._across.committed.connect(self._on_across_typed)
        self._across.checked.connect(self._on_checked)
        self._slider.valueChanged.connect(self._on_slider_moved)
        for part in (self._scale, self._kind):
            part.chosen.connect(self._make)
        self._paper.toggled.connect(self._make)
        self._export.clicked.connect(self._on_export)
        self._cancel.clicked.connect(self.reject)

    # What the user does

    def _region_chosen(self, key: str) -> None:
        typed = key == "typed"
        for field in self._fields.values():
            field.setEnabled(typed)
        if not typed:
            region = self._view
            if key == "lasso" and self._lasso is not None:
                region = around(self._lasso)
            for field, value in zip(self._fields.values(), self._held(region), strict=True):
                field.set_value(float(f"{value:.4g}"))
        self._make()

    def _held(self, region: Region) -> Region:
        """Within what the map has."""
        if self._bounds is None:
            return region
        left, bottom, right, top = region
        least_x, least_y, most_x, most_y = self._bounds
        inside = max(left, least_x), max(bottom, least_y), min(right, most_x), min(top, most_y)
        return inside if inside[0] < inside[2] and inside[1] < inside[3] else self._bounds

    def _on_checked(self, sentence: str) -> None:
        # While a number is being typed, only what is wrong with it counts.
        if sentence or self._fault:
            self._make()

    def _on_across_typed(self, value: object) -> None:
        self._slider.blockSignals(True)
        self._slider.setValue(int(cast("int", value)))
        self._slider.blockSignals(False)
        self._make()

    def _on_slider_moved(self, value: int) -> None:
        self._across.set_value(value)
        self._make()

    def _on_export(self) -> None:
        if self._plan is not None and not self._busy:
            self.requested.emit(self._plan)

    def reject(self) -> None:
        """Escape and the button stop what is being done first."""
        if self._busy:
            self.cancel_requested.emit()
        else:
            super().reject()

    # What comes of it

    def _make(self) -> None:
        before = self._plan
        self._plan, self._fault = self._planned()
        self._show_size()
        if self._plan is not None and self._plan != before:
            self.changed.emit(self._plan)

    def _planned(self) -> tuple[SheetPlan | None, str]:
        """What is asked for, or why it cannot be made."""
        for field in (*self._fields.values(), self._across):
            if field.error():
                return None, f"{field.accessibleName()}: {field.error()}"
        left, bottom, right, top = (float(field.value()) for field in self._fields.values())
        try:
            made = plan((left, bottom, right, top), int(self._across.value()))
        except ValueError as error:
            return None, str(error)
        lasso: tuple[tuple[float, float], ...] = ()
        if self._region.current() == "lasso" and self._lasso is not None:
            lasso = tuple((float(x), float(y)) for x, y in self._lasso)
        made = replace(
            made,
            lasso=lasso,
            kind=cast('Literal["png", "svg"]', self._kind.current()),
            scale=int(self._scale.current()),
            paper=self._paper.isChecked(),
        )
        fault = made.fault()
        return (None, fault) if fault else (made, "")

    def _show_size(self) -> None:
        made = self._plan
        self._export.setEnabled(made is not None and not self._busy)
        self._wrong.setText(self._fault)
        self._wrong.setVisible(made is None)
        self._size.setVisible(made is not None)
        if made is None:
            self._size.setText("")
            return
        wide, tall = made.pixels()
        across, down = made.centimetres()
        count = int(made.inside().sum())
        parts = [
            f"{made.columns:,} × {made.rows:,} = {count:,} digits"
            if count == made.count
            else f"{count:,} of {made.columns:,} × {made.rows:,} digits",
            f"{wide:,} × {tall:,} pixels",
            f"{across:.1f} × {down:.1f} cm at 300 dpi",
        ]
        if self._pace:
            parts.append(_duration(made.seconds(self._pace)))
        self._size.setText("  ·  ".join(parts))


class _Regions(Segments):
    """Parts of the map, of which the lasso may be missing."""

    def set_lasso(self, there: bool) -> None:
        """Whether there is one."""
        button = self._buttons["lasso"]
        button.setEnabled(there)
        button.setToolTip("What lies within the lasso" if there else NO_LASSO)
        if not there and button.isChecked():
            self.set_current("view")


def _duration(seconds: float) -> str:
    if seconds < 1.5:
        return "about a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min"
