"""What a region of the map holds: the classes of the test digits in it, and of what it decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.views import theme
from studio.views.map_plate import Card, quiet, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 232
ROW = 16
NAME = 38
FIGURE = 34


class LassoCard(Card):
    """Signals:
    export_requested(): the user wants the region as a sheet.
    """

    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("lassoCard", "The region", "closeLassoButton", parent)
        self.setFixedWidth(WIDTH + 2 * theme.S)
        self._text = quiet(self, wrap=True, small=False)
        self._text.setObjectName("regionText")
        self._bars = _Bars(self)
        self._export = words(
            "export", "Export this region", "exportRegionButton", "As a sheet of digits", self
        )
        self._export.setProperty("face", True)
        self._export.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._export.clicked.connect(self.export_requested)
        self.body.addWidget(self._text)
        self.body.addWidget(self._bars)
        self.body.addWidget(self._export)

    def set_busy(self, text: str) -> None:
        """A sentence while nothing is known yet, or about why nothing can be."""
        self._text.setText(text)
        self._bars.set_shares(None, None)
        self.adjustSize()

    def set_stats(
        self,
        test_shares: NDArray[Any],
        test_count: int,
        read_shares: NDArray[Any],
        certainty: float,
        area: float,
    ) -> None:
        """What lies in the region.

        Arguments:
            test_shares: (10,) shares of the classes of the test digits inside.
            test_count: How many there are.
            read_shares: (11,) shares of what the classifier reads in digits decoded from the
                region; the last is no digit.
            certainty: Its mean certainty, in [0, 1].
            area: Of the region, in square units of the plane.
        """
        test = "test digit" if test_count == 1 else "test digits"
        sure = f"{certainty:.0%}".replace("%", " %")
        self._text.setText(
            f"{area:.3g} square units with {test_count:,} {test}. The classifier is {sure} sure "
            "of what is decoded here."
        )
        self._bars.set_shares(test_shares if test_count else None, read_shares)
        self.adjustSize()


class _Bars(QWidget):
    """Two bars per class: test digits above, decoded digits below."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("regionBars")
        self.setFixedWidth(WIDTH)
        self._test: NDArray[Any] | None = None
        self._read: NDArray[Any] | None = None
        self.set_shares(None, None)

    def set_shares(self, test: NDArray[Any] | None, read: NDArray[Any] | None) -> None:
        self._test, self._read = test, read
        self.setVisible(read is not None)
        # The legend needs a line, the classes one each; "no digit" only where there is any.
        rows = 1 + (11 if read is not None and len(read) > 10 and read[10] > 0 else 10)
        self.setFixedHeight(rows * ROW + theme.XS)
        self.setAccessibleName(self._spoken())
        self.update()

    def _spoken(self) -> str:
        if self._read is None:
            return "Classes in the region"
        best = int(np.argmax(self._read))
        word = "no digit" if best == 10 else f"class {best}"
        return f"Mostly {word}: {self._read[best]:.0%} of the decoded digits"

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._read is None:
            return
        painter = QPainter(self)
        tokens = theme.tokens(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(tokens.quiet))
        painter.drawText(QRectF(0, 0, WIDTH / 2, ROW), left, "pale: test digits")
        painter.drawText(QRectF(WIDTH / 2, 0, WIDTH / 2, ROW), right, "full: decoded")
        longest = max(
            float(np.max(self._read)),
            0.0 if self._test is None else float(np.max(self._test)),
            0.01,
        )
        room = WIDTH - NAME - FIGURE - theme.XS
        rows = (self.height() - theme.XS) // ROW - 1
        for row in range(rows):
            top = (row + 1) * ROW + theme.XS
            name = "none" if row == 10 else str(row)
            painter.setPen(QColor(tokens.text))
            painter.drawText(QRectF(0, top, NAME, ROW), left, name)
            colour = QColor(tokens.quiet if row == 10 else theme.CLASS_COLOURS[row])
            pale = QColor(theme.blend(colour.name(), tokens.ground, 0.45))
            painter.setPen(Qt.PenStyle.NoPen)
            test = 0.0 if self._test is None or row == 10 else float(self._test[row])
            read = float(self._read[row])
            for share, offset, tint in ((test, 2, pale), (read, 8, colour)):
                if share > 0:
                    painter.setBrush(tint)
                    bar = QRectF(NAME, top + offset, max(room * share / longest, 1.5), 5)
                    painter.drawRoundedRect(bar, 1.5, 1.5)
            painter.setPen(QColor(tokens.quiet if read < 0.005 else tokens.text))
            figure = f"{read:.0%}".replace("%", " %")
            painter.drawText(QRectF(WIDTH - FIGURE, top, FIGURE, ROW), right, figure)
