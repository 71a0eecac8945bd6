"""The Map page, built and wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.bridge.cartographer import Cartographer
from studio.bridge.errands import Errands
from studio.controllers.map_controller import MapController
from studio.views.map_page import MapPage

if TYPE_CHECKING:
    from studio.bridge.desk import Desk
    from studio.controllers.exploring import ExploringController
    from studio.state.preferences import Preferences
    from studio.views.asking import Asking
    from studio.views.sheet_dialog import SheetDialog


class MapRoom(QObject):
    """The plane of digits of the model that answers.

    Signals:
        refused(str): one sentence for the user.
        exported(str): a file has been written.
    """

    refused = Signal(str)
    exported = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.page = MapPage()

    def wire(
        self, desk: Desk, exploring: ExploringController, asking: Asking, preferences: Preferences
    ) -> None:
        """Joins the page to the model; to be called once."""
        self.cartographer = Cartographer(desk, self)
        self.mapping = MapController(self.page, self.cartographer, exploring, self)
        self._errands = Errands("films of the map", self)
        self.mapping.enable_exports(self._errands, asking.save, self._sheet_dialog)
        self.mapping.refused.connect(self.refused)
        self.mapping.exported.connect(self.exported)
        bookmarks = self.mapping.bookmarks
        bookmarks.restore(preferences.get("bookmarks", []))
        bookmarks.changed.connect(lambda: preferences.put("bookmarks", bookmarks.plain()))

    def _sheet_dialog(self) -> SheetDialog:
        # Only then: what writes files is of no use to a window that is opening.
        from studio.views.sheet_dialog import SheetDialog

        return SheetDialog(self.page)

    def close(self) -> None:
        """Ends the threads that write files."""
        self.mapping.close()
        self._errands.close()
