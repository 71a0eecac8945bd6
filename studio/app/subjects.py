"""Who answers on the Draw and the Map page: the model in the window, or a run of the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.bridge.librarian import Librarian
    from studio.controllers.exploring import ExploringController
    from studio.state.shelf import RunCard
    from studio.views.subject_chooser import SubjectChooser


class Subjects(QObject):
    """Keeps all choosers alike, and lets the run that was chosen in one of them answer."""

    def __init__(
        self,
        choosers: Sequence[SubjectChooser],
        exploring: ExploringController,
        librarian: Librarian,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._choosers, self._exploring = choosers, exploring
        for chooser in choosers:
            chooser.chosen.connect(self._on_chosen)
            chooser.choices_wanted.connect(librarian.list)
        exploring.line_changed.connect(self._show)
        librarian.listed.connect(self._on_listed)

    @Slot(str)
    def _on_chosen(self, folder: str) -> None:
        self._exploring.choose(Path(folder) if folder else None)

    @Slot()
    def _show(self) -> None:
        chosen = self._exploring.chosen
        for chooser in self._choosers:
            chooser.set_chosen("" if chosen is None else str(chosen))

    @Slot(object)
    def _on_listed(self, cards: Sequence[RunCard]) -> None:
        usable = [card for card in cards if card.openable and card.model]
        newest = sorted(usable, key=lambda card: card.created, reverse=True)
        choices = [(card.folder, f"{card.title}, step {card.step:,}") for card in newest]
        for chooser in self._choosers:
            chooser.set_choices(choices)
