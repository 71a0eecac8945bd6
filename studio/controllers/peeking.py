"""Shows on the canvas what is pointed at beside it, and takes over what is chosen there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, SignalInstance, Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np


class PeekCanvas(Protocol):
    """Where one draws."""

    def before(self) -> np.ndarray | None: ...
    def set_before(self, image: np.ndarray | None) -> None: ...
    def show_before(self, shown: bool) -> None: ...
    def take_over(self, image: np.ndarray, name: str = ...) -> None: ...


class Tab(Protocol):
    """Where results are."""

    preview: SignalInstance
    taken: SignalInstance


class PeekController(QObject):
    """The canvas has one picture that it can show instead of the drawing. While a result is
    pointed at, it is that result; afterwards it is again what it was, for the key A."""

    def __init__(
        self, canvas: PeekCanvas, tabs: Iterable[Tab], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._kept: np.ndarray | None = None
        self._peeking = False
        for tab in tabs:
            tab.preview.connect(self._on_preview)
            tab.taken.connect(self._on_taken)

    @Slot(object)
    def _on_preview(self, image: np.ndarray | None) -> None:
        if image is None:
            self._end()
            return
        if not self._peeking:
            self._kept, self._peeking = self._canvas.before(), True
        # Taken down first: what is shown does not change while it is shown.
        self._canvas.show_before(False)
        self._canvas.set_before(image)
        self._canvas.show_before(True)

    @Slot(object)
    def _on_taken(self, image: np.ndarray) -> None:
        self._end()
        self._canvas.take_over(image)

    def _end(self) -> None:
        if self._peeking:
            self._peeking = False
            self._canvas.show_before(False)
            self._canvas.set_before(self._kept)
            self._kept = None
