"""What tests of the map share: tiles of one grey, and a hand on mouse and wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.state import tiles

if TYPE_CHECKING:
    from studio.views.latent_map import LatentMap

LEFT = Qt.MouseButton.LeftButton


def grey(value: int) -> np.ndarray:
    return np.full((tiles.DIGITS * 28, tiles.DIGITS * 28), value, np.uint8)


def fill(plane: LatentMap, value: int = 200) -> None:
    for key in plane.wanted():
        plane.set_tile(key, grey(value))


def colour(plane: LatentMap, x: int, y: int) -> QColor:
    return plane.grab().toImage().pixelColor(x, y)


def at(plane: LatentMap, x: float, y: float) -> QPoint:
    """The pixel of a place of the plane."""
    place = plane.to_widget(x, y)
    return QPoint(int(place.x()), int(place.y()))


def wheel(plane: LatentMap, place: QPoint, notches: float) -> None:
    event = QWheelEvent(
        QPointF(place), QPointF(plane.mapToGlobal(place)), QPoint(), QPoint(0, int(120 * notches)),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plane, event)


def drag(
    plane: LatentMap, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, steps: int = 2
) -> None:
    QTest.mousePress(plane, button, pos=start)
    for step in range(1, steps + 1):
        QTest.mouseMove(plane, start + (end - start) * step / steps)
    QTest.mouseRelease(plane, button, pos=end)
