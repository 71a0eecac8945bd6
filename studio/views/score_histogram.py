"""How a discriminator scores real images and samples: two histograms, back to back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 20
GUTTER = 56
"""Room at the left for the names of the two sides."""


class ScoreHistogram(QWidget):
    """Real images stand on the line, samples hang from it; further right is more real."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scoreHistogram")
        self.setAccessibleName("Histogram of the discriminator's scores")
        self.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self.setMinimumSize(160, 72)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._real = self._fake = np.zeros(0)
        self._percent = True
        self._low, self._high = 0.0, 1.0
        self._mark: float | None = None

    def sizeHint(self) -> QSize:
        return QSize(320, 80)

    def set_scores(self, real: NDArray[Any], fake: NDArray[Any], *, percent: bool) -> None:
        """Shows scores (M,) and (N,): probabilities in [0, 1] if `percent`, else any numbers."""
        every = (np.asarray(scores, float) for scores in (real, fake))
        self._real, self._fake = (scores[np.isfinite(scores)] for scores in every)
        self._percent = percent
        self._low, self._high = (0.0, 1.0) if percent else _round_range(self._real, self._fake)
        self.update()

    def set_mark(self, score: float | None) -> None:
        """Where one sample stands, or nothing."""
        self._mark = score
        self.update()

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many real images and samples fall into each bin, from left to right."""
        edges = np.linspace(self._low, self._high, BINS + 1)
        real, fake = (
            np.histogram(np.clip(scores, self._low, self._high), edges)[0].astype(np.int64)
            for scores in (self._real, self._fake)
        )
        return real, fake

    def range(self) -> tuple[float, float]:
        """The scores at the left and at the right end."""
        return self._low, self._high

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        line = self.fontMetrics().height()
        plot = QRectF(self.rect()).adjusted(GUTTER, 2, -2, -line - 2)
        middle = plot.top() + plot.height() / 2
        if len(self._real) + len(self._fake):
            self._paint_bars(painter, plot, middle, tokens)
        painter.setPen(QPen(QColor(tokens.discriminator), theme.STROKE))
        painter.drawLine(QLineF(plot.left(), middle, plot.right(), middle))
        self._paint_words(painter, plot, middle, tokens)
        if self._mark is not None:
            x = self._x_of(self._mark, plot)
            painter.setPen(QPen(QColor(tokens.accent), theme.STROKE))
            painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))

    def _paint_bars(
        self, painter: QPainter, plot: QRectF, middle: float, tokens: theme.Tokens
    ) -> None:
        real, fake = self.counts()
        shares = real / max(1, len(self._real)), fake / max(1, len(self._fake))
        most = max(float(side.max()) for side in shares) or 1.0
        width, tall = plot.width() / BINS, plot.height() / 2 - 2
        for side, colour, up in (
            (shares[0], tokens.quiet, True),
            (shares[1], tokens.generator, False),
        ):
            for number, share in enumerate(side):
                height = tall * float(share) / most
                # Whatever is there can be seen.
                height = max(height, 1.0) if share else 0.0
                top = middle - 1 - height if up else middle + 1
                bar = QRectF(plot.left() + number * width, top, width - 1, height)
                painter.fillRect(bar, QColor(colour))

    def _paint_words(
        self, painter: QPainter, plot: QRectF, middle: float, tokens: theme.Tokens
    ) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        gap = GUTTER - theme.S
        painter.setPen(QColor(tokens.quiet))
        painter.drawText(QRectF(0, plot.top(), gap, middle - plot.top()), right, "real")
        painter.setPen(QColor(tokens.generator))
        painter.drawText(QRectF(0, middle, gap, plot.bottom() - middle), right, "samples")
        painter.setPen(QColor(tokens.quiet))
        under = QRectF(plot.left(), plot.bottom(), plot.width(), self.height() - plot.bottom())
        ends = (
            (Qt.AlignmentFlag.AlignLeft, self._low, "← less real  "),
            (Qt.AlignmentFlag.AlignHCenter, (self._low + self._high) / 2, ""),
            (Qt.AlignmentFlag.AlignRight, self._high, "  more real →"),
        )
        roomy = plot.width() > 260
        for place, score, words in ends:
            number = f"{100 * score:.0f} %" if self._percent else f"{score:,.4g}"
            words = words if roomy else ""
            text = f"{words}{number}" if place == Qt.AlignmentFlag.AlignLeft else f"{number}{words}"
            painter.drawText(under, place | Qt.AlignmentFlag.AlignBottom, text)

    def _x_of(self, score: float, plot: QRectF) -> float:
        share = (score - self._low) / (self._high - self._low)
        return plot.left() + plot.width() * min(max(share, 0.0), 1.0)


def _round_range(*scores: NDArray[Any]) -> tuple[float, float]:
    """Round numbers around all scores, so that the axis does not move with every digit."""
    every = np.concatenate(scores)
    if not len(every):
        return 0.0, 1.0
    low, high = float(every.min()), float(every.max())
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    power = 10 ** math.floor(math.log10((high - low) / 4))
    step = next(k * power for k in (1, 2, 5, 10) if k * power >= (high - low) / 8)
    return math.floor(low / step) * step, math.ceil(high / step) * step
