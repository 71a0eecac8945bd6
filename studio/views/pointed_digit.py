"""The digit of a tab that is pointed at, shown large; the drawing instead while A is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from studio.views.pictures import Image


class PointedDigit(QObject):
    """What a tab shows large instead of the drawing.

    Signals:
        preview(object): uint8 (28, 28) is to be shown large instead of the drawing; None for none.
        before_shown(bool): what is shown large is the drawing itself, as long as A is held.
    """

    preview = Signal(object)
    before_shown = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._digit: Image | None = None
        self._before: Image | None = None
        self._held = False

    def set_before(self, image: Image | None) -> None:
        """The drawing in the frame of the digits, uint8 (28, 28): what A shows."""
        self._before = image

    def point_at(self, digit: Image | None) -> None:
        """The pointer is on this digit, uint8 (28, 28), or on none."""
        self._digit = digit
        self._show()

    def hold(self, held: bool) -> None:
        """Shows the drawing as long as A is held, instead of the digit that is pointed at."""
        self._held = held
        if self._digit is not None:
            self._show()

    def drop(self) -> None:
        """The tab is left: nothing is pointed at or held any more."""
        self._held = False
        if self._digit is not None:
            self.point_at(None)

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key that went down or up was meant for it.

        Without a digit that is pointed at, the key means what it means on the canvas.
        """
        if event.key() != Qt.Key.Key_A:
            return False
        down = event.type() == QEvent.Type.KeyPress
        if down and (self._digit is None or event.modifiers()):
            return False
        if not down and not self._held:
            return False
        if not event.isAutoRepeat():
            self.hold(down)
        return True

    def _show(self) -> None:
        held = self._held and self._digit is not None
        self.before_shown.emit(held)
        self.preview.emit(self._before if held else self._digit)
