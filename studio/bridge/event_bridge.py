"""Carries events from the training thread to the window, about 30 times a second.

`publish` may be called from any thread at any rate. Of the fixed-noise grids in one delivery only
the newest is handed on, and of the snapshots too: a window that was busy catches up in one go.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.events import Event, Preparing, SamplesDrawn, SnapshotTaken

if TYPE_CHECKING:
    from collections.abc import Iterable

LATEST_ONLY = (SamplesDrawn, SnapshotTaken, Preparing)


class EventBridge(QObject):
    """A mailbox that the window empties by a timer of its own."""

    events_ready = Signal(object)
    """list[Event], oldest first, on the window's thread."""

    def __init__(self, interval_ms: int = 33, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inbox: deque[Event] = deque()  # append and popleft are atomic
        self._timer = QTimer(self)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.deliver)

    def publish(self, event: Event) -> None:
        """Hands an event over, from any thread."""
        self._inbox.append(event)

    def open(self) -> None:
        """Begins to deliver."""
        self._timer.start()

    def close(self) -> None:
        """Delivers what is left and stops."""
        self._timer.stop()
        self.deliver()

    @Slot()
    def deliver(self) -> None:
        """Delivers what has arrived so far."""
        batch: list[Event] = []
        while self._inbox:
            batch.append(self._inbox.popleft())
        if batch:
            self.events_ready.emit(coalesce(batch))


def coalesce(events: Iterable[Event]) -> list[Event]:
    """The same events in the same order, with only the last of each kind that replaces itself."""
    kept: list[Event] = []
    seen: set[type] = set()
    for event in reversed(list(events)):
        if isinstance(event, LATEST_ONLY):
            if type(event) in seen:
                continue
            seen.add(type(event))
        kept.append(event)
    return kept[::-1]
