"""Which colour is which class, on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap

from studio.views import theme
from studio.views.map_plate import Plate

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

STEP = 28
WIDTH = 10 * STEP + theme.S


class ClassLegend(Plate):
    """The ten classes with their colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classLegend")
        self.setAccessibleName("Colours of the classes")
        self.setFixedSize(WIDTH, STEP)
        self._picture: tuple[object, QPixmap] | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        # Drawn once: it is painted anew whenever the map below it moves.
        made_for = theme.tokens(self), self.devicePixelRatioF(), self.font().key()
        if self._picture is None or self._picture[0] != made_for:
            self._picture = made_for, self._drawn()
        QPainter(self).drawPixmap(0, 0, self._picture[1])

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.tabular(theme.sized(self.font(), theme.BODY)))
        for digit, colour in enumerate(theme.CLASS_COLOURS):
            left = theme.S + digit * STEP
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QRectF(left, 10, 8, 8))
            painter.setPen(QColor(theme.tokens(self).text))
            room = QRectF(left + 10, 0, 14, STEP)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, str(digit))
        painter.end()
        return picture
