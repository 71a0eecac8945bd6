"""What was done to a picture on its way to the canvas, and what may be done otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from studio.views import theme
from studio.views.answers import Progress
from studio.views.elided import ElidedLabel
from studio.views.pictures import PIXELS, grey_image
from studio.views.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent

STAGES = ("Original", "Evened out", "Threshold", "28 × 28")
LEAST_STAGE, MOST_STAGE = 84, 252
"""Sides of a stage, whole multiples of the pixels of the last one."""
PERCENT = 100


class StagePicture(QWidget):
    """One stage: a picture as large as its place allows, whole and undistorted."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._picture: QImage | None = None
        self._pixels = False
        self._side = LEAST_STAGE
        # As large as its hint, but smaller when the page is made smaller.
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def set_side(self, side: int) -> None:
        """Takes a square place of so many logical pixels, or a smaller one when it must."""
        self._side = side
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_STAGE, LEAST_STAGE)

    def set_picture(self, picture: QImage | None, *, pixels: bool = False) -> None:
        """Shows a picture, or an empty place.

        Arguments:
            pixels: Its pixels are facts and stay squares.
        """
        self._picture, self._pixels = picture, pixels
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        side = min(self.width(), self.height())
        room = QRectF(0, 0, side, side)
        painter.fillRect(room, QColor(theme.DARK.surface if self._picture else tokens.raised))
        if self._picture is None:
            return
        size = self._picture.size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
        if self._pixels:
            size = self._picture.size() * max(
                side // max(self._picture.width(), self._picture.height()), 1
            )
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(room.center().toPoint())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._pixels)
        painter.drawImage(place, self._picture)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.drawRect(room.adjusted(0.5, 0.5, -0.5, -0.5))


class ImportPreview(QWidget):
    """The stages of a picture side by side, with a threshold, a polarity and a clean-up.

    Signals:
        settings_changed(object, str, bool): threshold in (0, 1) or None for an automatic one;
            polarity, "auto", "dark" or "bright"; whether to clean up.
        taken(): the framed picture is to go to the canvas.
        cancelled(): nothing is.
    """

    settings_changed = Signal(object, str, bool)
    taken = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importPreview")
        self.setAccessibleName("What was done to the picture")
        self._by_hand = False
        self._title = ElidedLabel()
        self._title.setObjectName("importTitle")
        self._title.setProperty("title", True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._progress = Progress(self)
        self._pictures = [StagePicture(name, self) for name in STAGES]
        self._words = [QLabel(self) for _ in STAGES]
        self._refusal = QLabel(self)
        self._refusal.setObjectName("importRefusal")
        self._refusal.setTextFormat(Qt.TextFormat.PlainText)
        self._refusal.setWordWrap(True)
        self._refusal.hide()
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("thresholdSlider")
        self._slider.setAccessibleName("Threshold")
        self._slider.setToolTip("How dark, or how bright, counts as ink (Left and Right)")
        self._slider.setRange(2, PERCENT - 2)
        self._value = QLabel(self)
        self._value.setFont(theme.tabular(self.font()))
        self._automatic = QPushButton("Automatic", self)
        self._automatic.setObjectName("automaticThreshold")
        self._automatic.setToolTip("Lets Otsu's method find the threshold again")
        self._polarity = Segments(
            "polarity",
            "Ink",
            (
                ("auto", "Detected", "Ink is what stands out from the paper"),
                ("dark", "Dark ink", "Ink is darker than the paper"),
                ("bright", "Bright ink", "Ink is brighter than the paper, as chalk is"),
            ),
            self,
        )
        self._clean = QCheckBox("Clean up", self)
        self._clean.setObjectName("cleanSwitch")
        self._clean.setChecked(True)
        self._clean.setToolTip(
            "Removes specks and the edges of the paper, and thickens lines that would be too faint"
        )
        self._use = QPushButton("Use", self)
        self._use.setObjectName("useButton")
        self._use.setProperty("primary", True)
        self._use.setToolTip("Puts the digit on the canvas; undo brings the drawing back (Enter)")
        self._cancel = QPushButton("Cancel", self)
        self._cancel.setObjectName("cancelButton")
        self._cancel.setToolTip("Leaves the drawing as it is (Esc)")
        self._build()
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._automatic.clicked.connect(self._on_automatic)
        self._polarity.chosen.connect(self._on_polarity_chosen)
        self._clean.toggled.connect(self._announce)
        self._use.clicked.connect(self.taken)
        self._cancel.clicked.connect(self.cancelled)
        self.reset("")

    # Setters

    def reset(self, name: str) -> None:
        """Begins anew for a picture with this name, with automatic settings."""
        self._title.setText(name)
        for picture in self._pictures:
            picture.set_picture(None)
        for number, words in enumerate(self._words):
            words.setText("" if number else " ")
        self._by_hand = False
        self._polarity.set_current("auto")
        self._clean.blockSignals(True)
        self._clean.setChecked(True)
        self._clean.blockSignals(False)
        self.set_threshold(0.5)
        self.set_refusal("")
        self._use.setEnabled(False)

    def set_stages(
        self,
        original: np.ndarray,
        evened: np.ndarray,
        ink: np.ndarray,
        framed: np.ndarray,
        notes: Sequence[str],
    ) -> None:
        """Shows the stages.

        Arguments:
            original: uint8 (h, w, 3).
            evened, ink: uint8 (h, w), bright ink on dark.
            framed: uint8 (28, 28).
            notes: A sentence for each of the four.
        """
        height, width = original.shape[:2]
        colours = QImage(
            original.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888
        ).copy()
        self._pictures[0].set_picture(colours, pixels=max(width, height) <= LEAST_STAGE)
        self._pictures[1].set_picture(grey_image(evened))
        self._pictures[2].set_picture(grey_image(ink))
        self._pictures[3].set_picture(grey_image(framed), pixels=True)
        for words, note in zip(self._words, notes, strict=True):
            words.setText(note)
        self.set_refusal("")
        self._use.setEnabled(True)

    def set_threshold(self, level: float) -> None:
        """The threshold that was used, in (0, 1)."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(level * PERCENT))
        self._slider.blockSignals(False)
        self._show_value()

    def set_refusal(self, sentence: str) -> None:
        """Why there is nothing to use with these settings; "" where there is."""
        self._refusal.setText(sentence)
        self._refusal.setVisible(bool(sentence))
        if sentence:
            self._pictures[3].set_picture(None)
            self._use.setEnabled(False)

    def set_busy(self, busy: bool) -> None:
        """Whether the picture is being worked on."""
        self._progress.show_share(busy, None)

    def settle(self) -> None:
        """Hands the keys to the button that takes it over."""
        self._use.setFocus(Qt.FocusReason.OtherFocusReason)

    # Building

    def _build(self) -> None:
        stages = QGridLayout()
        stages.setHorizontalSpacing(theme.S)
        stages.setVerticalSpacing(theme.XS)
        for number, (name, picture, words) in enumerate(
            zip(STAGES, self._pictures, self._words, strict=True)
        ):
            title = QLabel(name, self)
            title.setFont(theme.sized(title.font(), theme.BODY, bold=True))
            words.setProperty("quiet", True)
            words.setWordWrap(True)
            words.setFont(theme.sized(words.font(), theme.SMALL))
            words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            # Aligned, so that a picture does not keep its column from being as wide as the others.
            corner = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
            stages.addWidget(title, 0, number)
            stages.addWidget(picture, 1, number, corner)
            stages.addWidget(words, 2, number)
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            stages.setColumnStretch(number, 1)
        threshold = QHBoxLayout()
        threshold.setSpacing(theme.S)
        threshold.addWidget(QLabel("Threshold", self))
        threshold.addWidget(self._slider, 1)
        threshold.addWidget(self._value)
        threshold.addWidget(self._automatic)
        switches = QHBoxLayout()
        switches.setSpacing(theme.M)
        switches.addWidget(self._polarity)
        switches.addWidget(self._clean)
        switches.addStretch(1)
        answers = QHBoxLayout()
        answers.setSpacing(theme.S)
        answers.addStretch(1)
        answers.addWidget(self._cancel)
        answers.addWidget(self._use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.M)
        layout.addWidget(self._title)
        layout.addWidget(self._progress)
        layout.addLayout(stages)
        layout.addWidget(self._refusal)
        layout.addLayout(threshold)
        layout.addLayout(switches)
        layout.addLayout(answers)
        layout.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        count = len(self._pictures)
        across = (self.width() - (count - 1) * theme.S) // count
        side = min(max(min(across, self.height() // 3), LEAST_STAGE), MOST_STAGE)
        for picture in self._pictures:
            picture.set_side(side // PIXELS * PIXELS)
        # At once, and not after a frame with pictures of another size.
        layout = self.layout()
        if layout is not None:
            layout.activate()

    # What the user does

    def _on_slider_moved(self) -> None:
        self._by_hand = True
        self._announce()

    def _on_automatic(self) -> None:
        self._by_hand = False
        self._announce()

    def _on_polarity_chosen(self) -> None:
        # A threshold for dark ink says nothing about bright ink.
        self._by_hand = False
        self._announce()

    def _announce(self) -> None:
        self._show_value()
        self.settings_changed.emit(
            self._slider.value() / PERCENT if self._by_hand else None,
            self._polarity.current(),
            self._clean.isChecked(),
        )

    def _show_value(self) -> None:
        self._value.setText(f"{self._slider.value()} %")
        self._automatic.setEnabled(self._by_hand)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._use.isEnabled():
            self.taken.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)
