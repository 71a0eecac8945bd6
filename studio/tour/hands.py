"""What every station of the tour does with the window: press, draw, wait, look."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMainWindow, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LEFT = Qt.MouseButton.LeftButton
Place = tuple[float, float]
"""Across and down, as shares of a widget."""


class Hands:
    """Mouse and keyboard on one window, and a camera.

    Arguments:
        window: Shown already.
        folder: Where the pictures go.
    """

    def __init__(self, window: QMainWindow, folder: Path) -> None:
        self.window, self.folder = window, folder
        self.pictures: list[str] = []

    def child(self, name: str) -> QWidget:
        """The widget of this object name."""
        found = self.window.findChild(QWidget, name)
        assert isinstance(found, QWidget), f"there is no {name} in the window"
        return found

    def click(self, name: str) -> None:
        """Presses a widget in its middle."""
        QTest.mouseClick(self.child(name), LEFT)

    def click_at(self, widget: QWidget, across: int, down: int) -> None:
        """Presses so many pixels right of and below a widget's middle."""
        place = widget.rect().center() + QPoint(across, down)
        QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, place)

    def key(self, widget: QWidget, key: Qt.Key) -> None:
        """Presses a key."""
        QTest.keyClick(widget, key)

    def choose(self, name: str, number: int) -> None:
        """Chooses an entry of a combo box, as its popup does."""
        box = self.child(name)
        assert isinstance(box, QComboBox)
        box.setCurrentIndex(number)
        box.activated.emit(number)

    def stroke(self, widget: QWidget, path: Sequence[Place]) -> None:
        """Draws with the left button held."""
        points = [QPoint(int(x * widget.width()), int(y * widget.height())) for x, y in path]
        QTest.mousePress(widget, LEFT, pos=points[0])
        for point in points[1:]:
            QTest.mouseMove(widget, point)
            self.wait(0.02)
        QTest.mouseRelease(widget, LEFT, pos=points[-1])
        self.wait(0.1)

    def wheel(self, widget: QWidget, notches: int) -> None:
        """Turns the wheel over a widget's middle."""
        middle = QPointF(widget.rect().center())
        event = QWheelEvent(
            middle,
            QPointF(widget.mapToGlobal(middle.toPoint())),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)

    def picture(self, name: str) -> None:
        """Takes a picture of the window.

        Raises:
            OSError: it could not be written.
        """
        self.wait(0.2)
        self.keep(self.window, name)

    def keep(self, widget: QWidget, name: str) -> None:
        """Takes a picture of one widget, as of a dialog."""
        path = self.folder / f"{name}.png"
        if not widget.grab().save(str(path)):
            raise OSError(f"{path} could not be written.")
        self.pictures.append(path.name)
        self.say(f"picture {path.name}")

    def wait(self, seconds: float) -> None:
        """Lets the window live."""
        loop = QEventLoop()
        QTimer.singleShot(int(1000 * seconds), loop.quit)
        loop.exec()

    def until(self, what: str, holds: Callable[[], bool], seconds: float) -> None:
        """Waits for something.

        Raises:
            RuntimeError: it did not come in time.
        """
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise RuntimeError(f"The tour waited {seconds:.0f} s in vain until {what}.")
            self.wait(0.05)

    def say(self, text: str) -> None:
        """Tells how far the tour is."""
        sys.stderr.write(f"tour: {text}\n")
        sys.stderr.flush()
