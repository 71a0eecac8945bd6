"""What may be laid over the digits of the map, and the plate that names its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from studio.views import heat, theme
from studio.views.map_plate import Plate

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Overlay:
    """One thing that may be laid over the digits.

    Attributes:
        kind: Its name for the program.
        title: Its name in the list.
        tip: What it shows: one sentence.
        measure: What its numbers are, with their unit.
        share: Its numbers are probabilities, or the values of a critic, who knows no bounds.
    """

    kind: str
    title: str
    tip: str
    measure: str = ""
    share: bool = False


OVERLAYS = (
    Overlay("", "No overlay", "The digits alone."),
    Overlay(
        "classes",
        "Class regions",
        "Which class the classifier reads in each digit; the paler, the less it is sure.",
        "class that the classifier reads",
    ),
    Overlay(
        "density",
        "Density of codes",
        "Where the codes of test digits crowd: the aggregate posterior.",
        "share of the test digits per square unit",
    ),
    Overlay(
        "score",
        "Discriminator score",
        "How real the discriminator finds each digit.",
        "how real the discriminator finds it",
        share=True,
    ),
    Overlay(
        "error",
        "Reconstruction error",
        "How much a digit changes when it is encoded and decoded once more.",
        "mean squared error per pixel, 0 to 1",
    ),
    Overlay(
        "jacobian",
        "Speed of change",
        "The decoder's Jacobian: how fast the picture changes along the plane.",
        "change of the picture, grey levels per unit",
    ),
)
NOTHING = 1e-4
"""An end of the legend that is so small a share of the other is as good as 0."""
BY_KIND = {overlay.kind: overlay for overlay in OVERLAYS}


class OverlayChooser(QComboBox):
    """Signals:
    chosen(str): the user wants this overlay; "" for none.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("overlayChooser")
        self.setAccessibleName("Overlay")
        self.setFixedHeight(32)
        for overlay in OVERLAYS:
            self.addItem(overlay.title, overlay.kind)
        self._reasons: dict[str, str] = {}
        self.set_possible({})
        self.activated.connect(self._on_activated)

    def kind(self) -> str:
        """The overlay that is chosen; "" for none."""
        return str(self.currentData())

    def set_kind(self, kind: str) -> None:
        """Shows which overlay is chosen."""
        self.setCurrentIndex(next(i for i, o in enumerate(OVERLAYS) if o.kind == kind))
        self._show_tip()

    def set_possible(self, reasons: Mapping[str, str]) -> None:
        """Which overlays this model does not allow, and why not: one sentence each."""
        self._reasons = {kind: reason for kind, reason in reasons.items() if reason}
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for row, overlay in enumerate(OVERLAYS):
            item = model.item(row)
            item.setEnabled(overlay.kind not in self._reasons)
            item.setToolTip(self._reasons.get(overlay.kind, overlay.tip))
        self._show_tip()

    def _show_tip(self) -> None:
        tip = BY_KIND[self.kind()].tip if self.kind() else "What is laid over the digits"
        self.setToolTip(tip)

    def _on_activated(self) -> None:
        self._show_tip()
        self.chosen.emit(self.kind())


class ShadeLegend(Plate):
    """Names what the colours of the overlay mean: what is measured, and from where to where."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shadeLegend")
        self.setFixedSize(10 * 28 + theme.S, 48)
        self._kind = ""
        self._range: tuple[float, float] | None = None

    def set_kind(self, kind: str) -> None:
        """Which overlay it explains; the range is unknown until it is set."""
        self._kind, self._range = kind, None
        self._speak()

    def set_range(self, low: float, high: float) -> None:
        """What the first and the last colour stand for."""
        self._range = low, high
        self._speak()

    def words(self) -> tuple[str, str, str]:
        """What is measured, and what stands at the low and the high end."""
        overlay = BY_KIND[self._kind]
        if self._kind == "classes":
            return "Class that is read; dark: no digit", "unsure", "sure"
        measure = overlay.measure[:1].upper() + overlay.measure[1:]
        if self._range is None:
            return measure, "low", "high"
        percent = overlay.share and min(self._range) >= 0 and max(self._range) <= 1
        least = NOTHING * max(abs(number) for number in self._range)
        low, high = (
            f"{number:.0%}".replace("%", " %")
            if percent
            else f"{number:.3g}"
            if abs(number) > least
            else "0"
            for number in self._range
        )
        return measure, f"{low}".replace("-", "−"), f"{high}".replace("-", "−")

    def _speak(self) -> None:
        measure, low, high = self.words() if self._kind else ("", "", "")
        self.setAccessibleName(f"{measure}, from {low} to {high}")
        self.setToolTip(BY_KIND[self._kind].tip)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        tokens = theme.tokens(self)
        measure, low, high = self.words()
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        painter.setPen(QColor(tokens.quiet))
        inside = QRectF(self.rect()).adjusted(theme.S, theme.XS, -theme.S, -theme.XS)
        top = QRectF(inside.left(), inside.top(), inside.width(), 18)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, measure)
        row = QRectF(inside.left(), top.bottom() + 2, inside.width(), 18)
        painter.setPen(QColor(tokens.text))
        wide = painter.fontMetrics().horizontalAdvance
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, high)
        bar = row.adjusted(wide(low) + theme.S, 4, -wide(high) - theme.S, -4)
        painter.drawImage(bar, _ramp(self._kind))


def _ramp(kind: str) -> QImage:
    """The colours of an overlay from low to high, one pixel high; digits lie on black in both
    themes."""
    if kind != "classes":
        image = QImage(heat.STEPS, 1, QImage.Format.Format_RGB32)
        for step in range(heat.STEPS):
            image.setPixelColor(step, 0, heat.colour(step / (heat.STEPS - 1)))
        return image
    # All ten classes, from hardly to full.
    image = QImage(len(theme.CLASS_COLOURS), 1, QImage.Format.Format_RGB32)
    for number, colour in enumerate(theme.CLASS_COLOURS):
        share = (number + 1) / len(theme.CLASS_COLOURS)
        image.setPixelColor(number, 0, QColor(theme.blend(colour, theme.DARK.ground, share)))
    return image
