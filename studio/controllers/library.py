"""Joins the Library page and the runs on the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal, Slot

from studio.controllers.library_view import Dialogs, LibraryView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.bridge.librarian import Librarian
    from studio.state.shelf import RunCard

__all__ = ["Dialogs", "LibraryController"]

EVERY = 2000
"""Milliseconds between two readings of the shelf while a training keeps changing it."""
PATIENCE = 10
"""So many times as long as a reading takes, at least: five hundred runs take half a second."""
SUFFIX = ".modescope"
PATTERN = f"Modescope run (*{SUFFIX})"


class LibraryController(QObject):
    """Reads the shelf while somebody looks at it, and passes on what is to be done with runs."""

    opened = Signal(object)  # OpenedRun
    resume_requested = Signal(str)  # folder
    settings_requested = Signal(str, object, object)
    """Model, its settings by name, and of the run: data, seed, device, seconds (or None)."""
    message = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        view: LibraryView,
        librarian: Librarian,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._librarian, self._dialogs = view, librarian, dialogs
        self._cards: dict[str, RunCard] = {}
        self._visible, self._stale, self._ever = False, True, False
        self._working = self._listing = False
        self._took = 0
        self._labels: dict[str, tuple[str, tuple[str, ...], str]] = {}
        self._looked_at: tuple[str, int] | None = None
        self._wanted = ""
        self._trashed: tuple[str, ...] = ()
        self._trash_wish: Literal["show", "empty"] = "show"
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._list)
        view.selection_changed.connect(self._on_view_selection_changed)
        view.open_requested.connect(self.open)
        view.resume_requested.connect(self.resume_requested)
        view.settings_requested.connect(self._on_view_settings_requested)
        view.export_requested.connect(self._on_view_export_requested)
        view.verify_requested.connect(self._on_view_verify_requested)
        view.reveal_requested.connect(self._on_view_reveal_requested)
        view.delete_requested.connect(self._on_view_delete_requested)
        view.label_changed.connect(self._on_view_label_changed)
        view.restore_requested.connect(self._on_view_restore_requested)
        view.import_requested.connect(self._on_view_import_requested)
        view.trash_requested.connect(self._on_view_trash_requested)
        view.empty_trash_requested.connect(self._on_view_empty_trash_requested)
        view.refresh_requested.connect(self._list)
        view.cancel_requested.connect(librarian.cancel)
        librarian.listed.connect(self._on_listed)
        librarian.opened.connect(self._on_opened)
        librarian.grid_read.connect(self._view.set_grid)
        librarian.progressed.connect(self._on_progressed)
        librarian.idle.connect(self._on_idle)
        librarian.trashed.connect(self._on_trashed)
        librarian.restored.connect(self._on_restored)
        librarian.imported.connect(self._on_imported)
        librarian.labelled.connect(self._on_labelled)
        librarian.trash_counted.connect(self._on_trash_counted)
        librarian.changed.connect(self._on_changed)
        librarian.done.connect(self.message)
        librarian.refused.connect(self._on_refused)

    def close(self) -> None:
        """Hands over what is being typed, and ends the librarian's threads."""
        self._timer.stop()
        self._view.commit()
        self._librarian.close()

    def set_visible(self, visible: bool) -> None:
        """Whether the page is on screen; only then is the shelf read."""
        self._visible = visible
        if not visible:
            self._timer.stop()
        elif self._stale:
            self._list()

    @Slot()
    def refresh(self) -> None:
        """The shelf has changed: reads it, but not all the time."""
        self._stale = True
        if self._visible and not self._timer.isActive():
            wait = max(EVERY, PATIENCE * self._took)
            passed = self._since.elapsed() if self._since.isValid() else wait
            self._timer.start(max(0, wait - passed))

    @Slot(str)
    def open(self, folder: str) -> None:
        """Reads a run; `opened` follows, or `refused`."""
        self._view.set_busy(f"Opening {self._title(folder)}", None, False)
        self._librarian.open(folder)

    @Slot(str)
    def show(self, folder: str) -> None:
        """Selects a run, as soon as it has been listed."""
        self._wanted = Path(folder).name
        if self._wanted in self._cards:
            self._select_wanted()
            self._look()

    # -- the page -------------------------------------------------------------------------------

    @Slot(object)
    def _on_view_selection_changed(self, folders: tuple[str, ...]) -> None:
        self._look()

    @Slot(str)
    def _on_view_settings_requested(self, folder: str) -> None:
        card = self._cards.get(Path(folder).name)
        if card is not None:
            run = {
                "data": card.data,
                "seed": card.seed,
                "device": card.device.partition(":")[0] or "auto",
                "seconds": card.seconds_asked,
            }
            self.settings_requested.emit(card.model, dict(card.settings), run)

    @Slot(object)
    def _on_view_export_requested(self, folders: tuple[str, ...]) -> None:
        names = [_file_name(self._title(folder)) for folder in folders]
        if len(folders) == 1:
            chosen = self._dialogs.save("Export the run", names[0] + SUFFIX, PATTERN)
            if chosen:
                path = chosen if chosen.lower().endswith(SUFFIX) else chosen + SUFFIX
                self._librarian.export(folders[0], path, self._title(folders[0]))
            return
        place = self._dialogs.folder(f"Export {len(folders)} runs into a folder")
        taken: set[Path] = set()
        for folder, name in zip(folders, names, strict=True):
            if place:
                free = _free(Path(place), name, taken)
                self._librarian.export(folder, str(free), self._title(folder))

    @Slot(str)
    def _on_view_verify_requested(self, folder: str) -> None:
        self._librarian.verify(folder, self._title(folder))

    @Slot(str)
    def _on_view_reveal_requested(self, folder: str) -> None:
        self._dialogs.reveal(folder)

    @Slot(object)
    def _on_view_delete_requested(self, folders: tuple[str, ...]) -> None:
        self._librarian.trash(folders)

    @Slot(str, str, object, str)
    def _on_view_label_changed(
        self, folder: str, name: str, tags: tuple[str, ...], notes: str
    ) -> None:
        self._librarian.label(folder, name, tags, notes)
        card = self._cards.get(Path(folder).name)
        if card is not None:
            self._labels[card.id] = (name, tags, notes)
            self._cards[card.id] = self._labelled(card)
            self._view.update_card(self._cards[card.id])

    def _labelled(self, card: RunCard) -> RunCard:
        """A card with the words that are on their way to the disk."""
        if card.id not in self._labels:
            return card
        name, tags, notes = self._labels[card.id]
        return replace(card, name=name, title=name or card.kind, tags=tags, notes=notes)

    @Slot()
    def _on_view_restore_requested(self) -> None:
        places, self._trashed = self._trashed, ()
        self._view.set_undo(None)
        if places:
            self._librarian.restore(places)

    @Slot(object)
    def _on_view_import_requested(self, paths: Sequence[str]) -> None:
        for path in paths or self._dialogs.files("Import runs", PATTERN):
            self._librarian.import_(path)

    @Slot()
    def _on_view_trash_requested(self) -> None:
        self._trash_wish = "show"
        self._librarian.count_trash()

    @Slot()
    def _on_view_empty_trash_requested(self) -> None:
        self._trash_wish = "empty"
        self._librarian.count_trash()

    # -- the librarian --------------------------------------------------------------------------

    @Slot(object)
    def _on_listed(self, cards: tuple[RunCard, ...]) -> None:
        if not self._ever:
            self._ever = True
            self._show_idle()
        if self._listing:
            self._took = self._since.elapsed()
        self._listing = False
        self._cards = {card.id: self._labelled(card) for card in cards}
        self._view.set_cards(tuple(self._cards.values()))
        if self._wanted in self._cards:
            self._select_wanted()
        self._look()

    @Slot(object)
    def _on_opened(self, run: object) -> None:
        self._show_idle()
        self.opened.emit(run)

    @Slot(str, float)
    def _on_progressed(self, what: str, share: float) -> None:
        self._working = True
        self._view.set_busy(what, share, True)

    @Slot()
    def _on_idle(self) -> None:
        self._working = False
        self._show_idle()

    @Slot(object)
    def _on_trashed(self, moved: tuple[tuple[str, str], ...]) -> None:
        self._trashed = tuple(place for _, place in moved)
        title = self._title(moved[0][0])
        what = f"“{title}”" if len(moved) == 1 else f"{len(moved)} runs"
        gone = {Path(folder).name for folder, _ in moved}
        self._cards = {id: card for id, card in self._cards.items() if id not in gone}
        self._view.set_cards(tuple(self._cards.values()))
        self._view.set_undo(f"Moved {what} to the trash.")
        self._look()

    @Slot(str)
    def _on_labelled(self, folder: str) -> None:
        self._labels.pop(Path(folder).name, None)
        if self._listing:
            # It may have read the label before it was written.
            self._list()

    @Slot(object)
    def _on_restored(self, folders: tuple[str, ...]) -> None:
        self._wanted = Path(folders[0]).name

    @Slot(str)
    def _on_imported(self, folder: str) -> None:
        self._wanted = Path(folder).name
        self.message.emit("Imported: it is selected in the library")

    @Slot(str, int)
    def _on_trash_counted(self, folder: str, count: int) -> None:
        if not count:
            self.message.emit("The trash is empty")
        elif self._trash_wish == "show":
            self._dialogs.reveal(folder)
        else:
            runs = "the run" if count == 1 else f"all {count:,} runs"
            if self._dialogs.confirm(f"Remove {runs} in the trash for good?", "Remove for good"):
                self._trashed = ()
                self._view.set_undo(None)
                self._librarian.empty_trash()

    @Slot()
    def _on_changed(self) -> None:
        self._stale = True
        if self._visible:
            self._list()

    @Slot(str)
    def _on_refused(self, text: str) -> None:
        self._labels.clear()
        self._show_idle()
        self.refused.emit(text)

    # -- inside ---------------------------------------------------------------------------------

    @Slot()
    def _list(self) -> None:
        self._stale = False
        self._timer.stop()
        self._since.start()
        self._listing = True
        if not self._ever:
            self._view.set_busy("Reading the runs", None, False)
        self._librarian.list()

    def _select_wanted(self) -> None:
        self._view.select(self._wanted)
        self._wanted = ""

    def _look(self) -> None:
        """Asks for the whole grid of the selected run, if it has not been read yet."""
        folders = self._view.selected()
        card = self._cards.get(Path(folders[0]).name) if len(folders) == 1 else None
        seen = None if card is None else (card.id, card.step)
        if card is not None and seen != self._looked_at:
            self._librarian.read_grid(card.folder)
        self._looked_at = seen

    def _show_idle(self) -> None:
        if not self._working:
            self._view.set_busy(None, None, False)

    def _title(self, folder: str) -> str:
        card = self._cards.get(Path(folder).name)
        return card.title if card is not None else Path(folder).name


def _file_name(title: str) -> str:
    """A title as the name of a file, on every system."""
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in title).strip("-").lower()
    return safe[:80] or "run"


def _free(place: Path, name: str, taken: set[Path]) -> Path:
    """A path in `place` that does not exist and has not been given away."""
    path, number = place / f"{name}{SUFFIX}", 1
    while path in taken or path.exists():
        number += 1
        path = place / f"{name}-{number}{SUFFIX}"
    taken.add(path)
    return path
