"""Through the discriminator's eyes: how it scores real images and samples, and what it wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.elided import ElidedLabel
from studio.views.score_histogram import ScoreHistogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMPTY = (
    "Train a model that has a discriminator: how it scores real images and samples appears here."
)
LEFT = Qt.AlignmentFlag.AlignLeft
HINT = "Point at a sample: colours show which pixels would make it more real."


class EyesView(QWidget):
    """The histogram, its sentence, the switch of the badges, and words about one sample.

    Signals:
        badges_toggled(bool): whether each sample shall carry its score.
    """

    badges_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("eyesView")
        self.histogram = ScoreHistogram(self)
        self.histogram.setToolTip(
            "How the discriminator scores images of the test set, above, and samples, below."
        )
        self._state, self._sentence, self._detail = ElidedLabel(LEFT), QLabel(self), QLabel(self)
        self._sentence.setObjectName("eyesSentence")
        self._detail.setObjectName("eyesDetail")
        small = theme.tabular(theme.sized(self.font(), theme.SMALL))
        for label in (self._sentence, self._detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        for label in (self._state, self._detail):
            label.setProperty("quiet", True)
            label.setFont(small)
        self._badges = QCheckBox("Scores on the samples", self)
        self._badges.setObjectName("badgesSwitch")
        self._badges.setToolTip("Writes on each sample how real the discriminator takes it to be.")
        self._badges.toggled.connect(self.badges_toggled)
        self._empty = QLabel(self)
        self._empty.setObjectName("eyesEmpty")
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(theme.XS)
        words.addWidget(self._sentence)
        words.addWidget(self._badges)
        words.addWidget(self._detail, 1)
        picture = QVBoxLayout()
        picture.setSpacing(theme.XS)
        picture.addWidget(self.histogram, 1)
        picture.addWidget(self._state)
        self._full = QWidget(self)
        halves = QHBoxLayout(self._full)
        halves.setContentsMargins(0, 0, 0, 0)
        halves.setSpacing(theme.M)
        halves.addLayout(picture, 1)
        halves.addLayout(words, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._full)
        self.set_empty("")
        self.set_detail("")

    # Setters

    def set_scores(self, real: NDArray[Any], fake: NDArray[Any], *, percent: bool) -> None:
        """Shows scores (M,) and (N,): probabilities in [0, 1] if `percent`, else any numbers."""
        self.histogram.set_scores(real, fake, percent=percent)
        self._stack.setCurrentWidget(self._full)

    def set_state(self, text: str) -> None:
        """What is judged, and by the discriminator of which step."""
        self._state.setText(text)

    def set_sentence(self, text: str) -> None:
        """What the two histograms say."""
        self._sentence.setText(text)
        self.histogram.setAccessibleDescription(text)

    def set_detail(self, text: str, score: float | None = None) -> None:
        """What is to be said of the sample under the pointer, and its score; "" for none."""
        self._detail.setText(text or HINT)
        self.histogram.set_mark(score)

    def set_pictures(self, on: bool) -> None:
        """Whether the samples are pictures: points of a plane have no room for scores."""
        self._badges.setVisible(on)

    def set_empty(self, text: str) -> None:
        """Shows one sentence instead; "" for what will appear here."""
        self._empty.setText(text or EMPTY)
        self._stack.setCurrentWidget(self._empty)

    def set_badges(self, on: bool) -> None:
        """Puts the switch."""
        self._badges.blockSignals(True)
        self._badges.setChecked(on)
        self._badges.blockSignals(False)

    def badges(self) -> bool:
        """Whether scores are wanted on the samples."""
        return self._badges.isChecked()
