"""The Library page, built and wired: the runs on the disk, and what the last session left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.bridge.librarian import Librarian
from studio.controllers.library import Dialogs, LibraryController
from studio.controllers.welcome import WelcomeController
from studio.views.library_page import LibraryPage

if TYPE_CHECKING:
    from studio.controllers.notices import Notices
    from studio.state.preferences import Preferences
    from studio.state.run_state import RunState
    from studio.views.asking import Asking


class LibraryRoom(QObject):
    """The shelf, its librarian, and the greeting."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.page = LibraryPage()
        self.librarian = Librarian(parent=self)

    def wire(
        self, state: RunState, notices: Notices, asking: Asking, preferences: Preferences
    ) -> None:
        """Joins the page to the disk; to be called once."""
        dialogs = Dialogs(asking.save, asking.folder, asking.files, asking.confirm, asking.reveal)
        self.shelf = LibraryController(self.page, self.librarian, dialogs, self)
        self.greeting = WelcomeController(self.librarian, notices, self)
        for signal in (state.saved, state.finished, state.recording):
            signal.connect(self.shelf.refresh)
        self.page.set_order(preferences.get("library_order", "newest"))
        self.page.order_changed.connect(partial(preferences.put, "library_order"))
