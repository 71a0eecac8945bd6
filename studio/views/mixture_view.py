"""A game on the plane: what the discriminator believes, where the points lie, where they are led.

One unit of the plane is as long to the right as it is upwards; there are no axes, for only the
places relative to each other matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.views import theme
from studio.views.wishes import WishLegend, diverging

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRENGTH = 0.6
"""How strong the field's colours get, so that points stand out from them."""
REAL, SAMPLE = 1.4, 2.4
"""Radii of the dots."""
REACH = 0.07
"""The longest arrow, as a share of the side."""
HEAD = 4.0


class MixtureView(QWidget):
    """The plane, and under it what is what."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mixtureView")
        self.plane = PlanePicture(self)
        self._key = _Key(self)
        self._legend = WishLegend(strength=STRENGTH, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        column.addWidget(self.plane, 1)
        column.addWidget(self._key)
        column.addWidget(self._legend)

    def set_scene(
        self,
        extent: float,
        real: NDArray[Any],
        samples: NDArray[Any],
        field: NDArray[Any] | None,
        arrows: NDArray[Any],
        ends: tuple[str, str] = ("less real", "more real"),
    ) -> None:
        """Shows a game.

        Arguments:
            extent: Half the side of the square, about 0.
            real, samples: (M, 2) and (N, 2), x to the right and y up.
            field: (R, R) in [-1, 1], greater where the discriminator believes in real points, the
                first row at the top; None without a discriminator.
            arrows: (K, 2), directions at the first K samples; the longest are drawn alike.
            ends: What the field's colours at -1 and at 1 mean.
        """
        self._legend.set_words(*ends)
        self.plane.set_scene(extent, real, samples, field, arrows)
        self._legend.setVisible(field is not None)
        self._key.set_arrows(len(arrows) > 0)

    def set_sentence(self, text: str) -> None:
        """What is to be seen, for those who cannot see it, and as a tooltip."""
        self.plane.setAccessibleDescription(text)
        self.plane.setToolTip(text)


class PlanePicture(QWidget):
    """The square itself, as large as the room allows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planePicture")
        self.setAccessibleName("The plane of the mixture")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self._extent = 1.0
        self._real = self._samples = self._arrows = np.zeros((0, 2))
        self._field: NDArray[Any] | None = None
        self._ground: tuple[theme.Tokens, QImage] | None = None

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    def set_scene(
        self,
        extent: float,
        real: NDArray[Any],
        samples: NDArray[Any],
        field: NDArray[Any] | None,
        arrows: NDArray[Any],
    ) -> None:
        """See `MixtureView.set_scene`."""
        self._extent, self._field, self._ground = extent, field, None
        self._real, self._samples, self._arrows = (
            np.asarray(given, float).reshape(-1, 2) for given in (real, samples, arrows)
        )
        self.update()

    def square(self) -> QRectF:
        """Where the plane lies in this widget."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) // 2, 0, side, side)

    def place_of(self, x: float, y: float) -> QPointF:
        """Where a point of the plane lies in this widget."""
        square = self.square()
        unit = square.width() / 2 / self._extent
        middle = square.center()
        return QPointF(middle.x() + x * unit, middle.y() - y * unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        square = self.square()
        painter.fillRect(square, QColor(tokens.ground))
        painter.setClipRect(square)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if (ground := self._painted_field(tokens)) is not None:
            painter.drawImage(square, ground)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.text))
        for point in self._real:
            painter.drawEllipse(self.place_of(*point), REAL, REAL)
        self._paint_arrows(painter, tokens)
        painter.setPen(QPen(QColor(tokens.ground), 0.75))
        painter.setBrush(QColor(tokens.generator))
        for point in self._samples:
            painter.drawEllipse(self.place_of(*point), SAMPLE, SAMPLE)

    def _painted_field(self, tokens: theme.Tokens) -> QImage | None:
        if self._field is None:
            return None
        if self._ground is None or self._ground[0] is not tokens:
            colours = diverging(STRENGTH * np.asarray(self._field), tokens, tokens.surface)
            colours = np.ascontiguousarray(colours)
            tall, wide = colours.shape[:2]
            picture = QImage(colours.data, wide, tall, 3 * wide, QImage.Format.Format_RGB888)
            self._ground = tokens, picture.copy()
        return self._ground[1]

    def _paint_arrows(self, painter: QPainter, tokens: theme.Tokens) -> None:
        lengths = np.hypot(self._arrows[:, 0], self._arrows[:, 1])
        if not len(lengths) or not np.isfinite(lengths).all() or lengths.max() == 0:
            return
        # The steepest few would make all the others invisible.
        full = float(np.quantile(lengths, 0.9)) or float(lengths.max())
        most = REACH * self.square().width()
        painter.setPen(QPen(QColor(tokens.discriminator), 1.25))
        for point, (x, y), length in zip(self._samples, self._arrows, lengths, strict=False):
            if length == 0:
                continue
            start = self.place_of(*point)
            reach = most * min(float(length) / full, 1.0)
            along = QPointF(x / length, -y / length)
            tip = start + along * reach
            painter.drawLine(QLineF(start, tip))
            head = min(HEAD, reach / 2)
            across = QPointF(-along.y(), along.x())
            for side in (across, across * -1):
                painter.drawLine(QLineF(tip, tip - along * head + side * (head * 0.6)))


class _Key(QWidget):
    """Dots and arrow with their names, in one line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._arrows = True
        self.setFont(theme.sized(self.font(), theme.SMALL))
        self.setFixedHeight(self.fontMetrics().height() + 2)
        self.setAccessibleName("White: real. The generator's colour: samples.")

    def set_arrows(self, on: bool) -> None:
        self._arrows = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, x = self.height() / 2, float(theme.XS)
        for colour, radius, words in (
            (tokens.text, REAL + 0.6, "real"),
            (tokens.generator, SAMPLE + 0.6, "samples"),
        ):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QPointF(x, middle), radius, radius)
            x = self._write(painter, tokens, x + theme.S, words)
        if self._arrows:
            painter.setPen(QPen(QColor(tokens.discriminator), 1.25))
            painter.drawLine(QLineF(x, middle, x + 14, middle))
            painter.drawLine(QLineF(x + 14, middle, x + 10, middle - 3))
            painter.drawLine(QLineF(x + 14, middle, x + 10, middle + 3))
            self._write(painter, tokens, x + 14 + theme.S, "towards more real")

    def _write(self, painter: QPainter, tokens: theme.Tokens, x: float, words: str) -> float:
        painter.setPen(QColor(tokens.quiet))
        room = QRectF(x, 0, self.width() - x, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        return x + self.fontMetrics().horizontalAdvance(words) + theme.L
