"""The Map page, built and wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.bridge.cartographer import Cartographer
from studio.controllers.map_controller import MapController
from studio.views.map_page import MapPage

if TYPE_CHECKING:
    from studio.bridge.desk import Desk
    from studio.controllers.exploring import ExploringController
    from studio.state.preferences import Preferences


class MapRoom(QObject):
    """The plane of digits of the model that answers.

    Signals:
        refused(str): one sentence for the user.
    """

    refused = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.page = MapPage()

    def wire(self, desk: Desk, exploring: ExploringController, preferences: Preferences) -> None:
        """Joins the page to the model; to be called once."""
        self.cartographer = Cartographer(desk, self)
        self.mapping = MapController(self.page, self.cartographer, exploring, self)
        self.mapping.refused.connect(self.refused)
        bookmarks = self.mapping.bookmarks
        bookmarks.restore(preferences.get("bookmarks", []))
        bookmarks.changed.connect(lambda: preferences.put("bookmarks", bookmarks.plain()))
