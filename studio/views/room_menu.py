"""How much room the snapshots of a run may take."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

CHOICES = (
    (64, "64 MB"),
    (128, "128 MB"),
    (256, "256 MB"),
    (512, "512 MB"),
    (1024, "1 GB"),
    (4096, "4 GB"),
    (16384, "16 GB"),
)
"""Megabytes, and how they are called."""


class RoomMenu(QMenu):
    """A choice of sizes."""

    room_chosen = Signal(int)
    """Megabytes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Room for snapshots of a run", parent)
        self.setObjectName("roomMenu")
        self.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        for megabytes, name in CHOICES:
            action = QAction(name, self, checkable=True)
            action.setData(megabytes)
            action.setToolTip(
                "The timeline keeps weights at up to 200 steps; when they take more room than "
                "this, some in between are dropped. It holds for runs that begin from now on."
            )
            self._group.addAction(action)
            self.addAction(action)
        self._group.triggered.connect(self._on_triggered)

    def set_room(self, megabytes: int) -> None:
        """Marks a choice."""
        for action in self._group.actions():
            action.setChecked(action.data() == megabytes)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.room_chosen.emit(action.data())
