"""What a start says of the last session: runs that were cut off, and what went wrong."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.state.run_words import moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.controllers.notices import Notices, Way
    from studio.state.shelf import RunCard


class Shelf(Protocol):
    """Where the runs are listed."""

    listed: SignalInstance

    def list(self) -> None: ...


class WelcomeController(QObject):
    """Offers once, at the start, to go on with the run that was left unfinished last."""

    resume_requested = Signal(str)  # folder
    library_requested = Signal(str)  # folder
    report_requested = Signal()

    def __init__(self, shelf: Shelf, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shelf, self._notices = shelf, notices
        self._crashed = self._asked = False
        self._busy: Callable[[], bool] = bool

    def begin(self, *, crashed: bool, busy: Callable[[], bool]) -> None:
        """Looks what there is to say; it is said when the runs have been listed.

        Arguments:
            crashed: Whether the last session ended badly.
            busy: Whether the user has begun something else meanwhile; then nothing is said.
        """
        self._crashed, self._busy, self._asked = crashed, busy, True
        self._shelf.listed.connect(self._on_listed)
        self._shelf.list()

    @Slot(object)
    def _on_listed(self, cards: tuple[RunCard, ...]) -> None:
        if not self._asked:
            return
        self._asked = False
        self._shelf.listed.disconnect(self._on_listed)
        if self._busy():
            return
        left = sorted((c for c in cards if c.unfinished), key=lambda c: c.created, reverse=True)
        if not left:
            if self._crashed:
                self._notices.show(
                    "Modescope ended unexpectedly last time; no training was under way.",
                    "warning",
                    ("Show the report", self.report_requested.emit),
                )
            return
        card, now = left[0], datetime.now().astimezone()
        resume: Way = ("Resume", lambda: self.resume_requested.emit(card.folder))
        shelf: Way = ("Show in the library", lambda: self.library_requested.emit(card.folder))
        others = len(left) - 1
        more = f" {others} more {'waits' if others == 1 else 'wait'} in the library."
        safe = f" It is safe up to round {card.step:,}, and can go on exactly there."
        safe += more if others else ""
        if self._crashed:
            text = f"Modescope ended unexpectedly while {card.title} was training.{safe}"

            def report() -> None:
                # Who has read the report still wants the run back.
                self._notices.show(text, "warning", resume, shelf, topic="welcome")
                self.report_requested.emit()

            ways = (resume, ("Show the report", report))
            self._notices.show(text, "warning", *ways, topic="welcome")
            return
        if card.state == "suspended":
            text = f"{card.title} was training when the window was closed."
        else:
            text = f"{card.title} was cut off (begun {moment(card.created, now)})."
        self._notices.show(text + safe, "info", resume, shelf, topic="welcome")
