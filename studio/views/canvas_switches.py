"""Below the sheet: how it is shown and framed, and where a digit may come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import icons, theme
from studio.views.elided import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from studio.views.canvas import DigitCanvas

BUTTON = 32
CENTRE, CENTRE_SHORT = "Centre as MNIST does", "Centre"
ROOMY = 418
"""Width from which on there is room for all words."""
HINT = "Right button erases · [ ] brush · Ctrl+wheel zooms · Ctrl+V pastes a picture"
ZOOMED = "{:.0f} % · Ctrl+0 shows the whole sheet · the middle button moves it"
BACK = "A shows what it was before"


class CanvasSwitches(QWidget):
    """Switches of one canvas, and buttons.

    Signals:
        centring_changed(bool): whether drawings are to be centred as MNIST's digits are.
        test_digit_requested(): some digit of the test set is wanted.
        picture_requested(): a picture file is to be opened.
    """

    centring_changed = Signal(bool)
    test_digit_requested = Signal()
    picture_requested = Signal()

    def __init__(self, canvas: DigitCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._centring = QCheckBox(CENTRE, self)
        self._centring.setObjectName("centringSwitch")
        self._centring.setAccessibleName("Centre as MNIST does")
        self._centring.setChecked(True)
        self._centring.setToolTip(
            "Scales the ink to 20 x 20 pixels and puts its centre of mass in the middle, as all "
            "digits of MNIST were prepared"
        )
        self._framing = self._toggle(
            "centre",
            "framingSwitch",
            "Show the framing: the box of the ink, its centre of mass, and where they will go",
        )
        self._pixels = self._toggle(
            "pixels", "pixelsSwitch", "Show the 28 x 28 pixels instead of the ink as you drew it"
        )
        self._load = QPushButton("Load a test digit", self)
        self._load.setObjectName("testDigitButton")
        self._load.setToolTip("Puts a digit from the test set on the canvas (undo takes it back)")
        self._picture = self._tool_button(
            "picture",
            "pictureButton",
            "Open a picture of a digit; dropping one works, too (Ctrl+V pastes one)",
        )
        self._hint = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._hint.setText(HINT)
        self._hint.setObjectName("canvasHint")
        self._hint.setProperty("quiet", True)
        self._hint.setFont(theme.sized(self.font(), theme.SMALL))
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.XS)
        for widget in (self._centring, self._framing, self._pixels):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        self._row.addWidget(self._picture)
        self._row.addWidget(self._load)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        column.addLayout(self._row)
        column.addWidget(self._hint)
        self._centring.toggled.connect(self._on_centring_toggled)
        self._framing.toggled.connect(self._on_framing_toggled)
        self._pixels.toggled.connect(canvas.set_pixels_shown)
        self._load.clicked.connect(self.test_digit_requested)
        self._picture.clicked.connect(self.picture_requested)
        canvas.zoom_changed.connect(self._show_hint)
        canvas.before_changed.connect(self._show_hint)

    def stops(self) -> tuple[QWidget, ...]:
        """Where the Tab key goes, in order."""
        return self._centring, self._framing, self._pixels, self._picture, self._load

    def centring(self) -> bool:
        """Whether drawings are to be centred by mass."""
        return self._centring.isChecked()

    def set_loadable(self, loadable: bool) -> None:
        """Whether there are test digits that the model understands."""
        self._load.setEnabled(loadable)

    def _tool_button(self, icon: str, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setProperty("icon_name", icon)
        button.setAccessibleName(tip.partition(":")[0].partition(";")[0])
        button.setToolTip(tip)
        button.setFixedSize(BUTTON, BUTTON)
        button.setIconSize(QSize(20, 20))
        button.setIcon(icons.icon(icon, self))
        return button

    def _toggle(self, icon: str, name: str, tip: str) -> QToolButton:
        button = self._tool_button(icon, name, tip)
        button.setCheckable(True)
        return button

    def _on_centring_toggled(self, on: bool) -> None:
        self._canvas.set_framing_shown(self._framing.isChecked(), moves=on)
        self.centring_changed.emit(on)

    def _on_framing_toggled(self, on: bool) -> None:
        self._canvas.set_framing_shown(on, moves=self.centring())

    def _show_hint(self) -> None:
        if self._canvas.zoom() > 1.0:
            text = ZOOMED.format(self._canvas.zoom() * 100)
        elif self._canvas.before() is not None:
            text = f"{BACK} · {HINT.partition(' · ')[2]}"
        else:
            text = HINT
        self._hint.setText(text)
        self._hint.setToolTip(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._centring.setText(CENTRE if self.width() >= ROOMY else CENTRE_SHORT)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self.findChildren(QToolButton):
                button.setIcon(icons.icon(button.property("icon_name"), self))
