"""Everything that is done to runs on the disk, away from the window's thread.

Three threads: one answers questions, and there the newest of a kind wins; one does what is short
and must not be lost, as names, tags and the way to the trash; one does what takes long. The
library and PyTorch are imported there, when first needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from studio.bridge.card_maker import CardMaker, last_grid
from studio.bridge.errands import Errand, Errands, Tell
from studio.bridge.worker import Answer, Worker
from studio.state.run_words import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHANNELS = ("open", "grid", "list")
"""Questions, the most urgent first."""


class Librarian(QObject):
    """Takes questions and errands from the window and hands back plain values.

    Arguments:
        root: The folder of all runs; the usual one if None.
    """

    listed = Signal(object)  # tuple[RunCard, ...]
    opened = Signal(object)  # OpenedRun
    grid_read = Signal(str, object)  # folder name and uint8 (N, H, W[, 3])
    progressed = Signal(str, float)  # what is being done and its share; only of what takes long
    idle = Signal()  # nothing that takes long is left to do
    done = Signal(str)  # one sentence
    refused = Signal(str)  # one sentence
    trashed = Signal(object)  # tuple of (folder, where it is now), both str
    restored = Signal(object)  # tuple of folders, str
    imported = Signal(str)  # the new folder
    trash_counted = Signal(str, int)  # where the trash is, and how many runs lie in it
    labelled = Signal(str)  # folder: its label is on the disk
    changed = Signal()  # the shelf is no longer what was listed

    def __init__(self, root: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._maker = CardMaker()
        self._worker = Worker("librarian", CHANNELS, self)
        self._worker.answered.connect(self._on_answered, Qt.ConnectionType.DirectConnection)
        self._short = Errands("library-notes", self)
        self._long = Errands("library-files", self)
        for errands in (self._short, self._long):
            errands.failed.connect(self._on_failed)
            errands.cancelled.connect(self._on_cancelled)
        self._long.progressed.connect(self._on_progressed)
        self._long.idle.connect(self.idle)
        self._worker.start()

    def close(self) -> None:
        """Calls off what takes long, writes what must not be lost, and ends all threads."""
        self._worker.close()
        self._long.close()
        self._short.close()

    # -- questions ------------------------------------------------------------------------------

    def list(self) -> None:
        """Reads the shelf."""
        self._worker.ask("list", self._list)

    def open(self, folder: str) -> None:
        """Reads a run, to look at."""

        def job() -> Iterator[object]:
            from studio.bridge.opened_run import read_opened_run

            yield read_opened_run(Path(folder))

        self._worker.ask("open", job)

    def read_grid(self, folder: str) -> None:
        """Reads the newest grid of a run; where there is none, there is no answer."""

        def job() -> Iterator[object]:
            images = last_grid(Path(folder))
            if images is not None:
                yield Path(folder).name, images

        self._worker.ask("grid", job)

    # -- errands --------------------------------------------------------------------------------

    def label(self, folder: str, name: str, tags: Sequence[str], notes: str) -> None:
        """Writes down the user's words about a run."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.record import Label
            from studio.library.run_folder import write_label

            write_label(Path(folder), Label(name=name, notes=notes, tags=tuple(tags)))
            return folder

        self._short.ask(Errand(f"Naming {Path(folder).name}", deed, self.labelled.emit, vital=True))

    def trash(self, folders: Sequence[str]) -> None:
        """Moves runs into the trash."""
        if busy := set(folders) & self._long.subjects():
            name = Path(next(iter(busy))).name
            self.refused.emit(f"{name} is being read: wait until that is done, or cancel it first.")
            return

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.runs import trash

            return _each(folders, trash)

        self._short.ask(Errand("Deleting", deed, self._on_trashed, vital=True))

    def restore(self, places: Sequence[str]) -> None:
        """Takes runs out of the trash, by where they are in it."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.runs import restore

            return _each(places, restore)

        self._short.ask(Errand("Restoring", deed, self._on_restored, vital=True))

    def count_trash(self) -> None:
        """Looks how many runs lie in the trash."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.runs import TRASH, in_trash, runs_dir

            return str((self._root or runs_dir()) / TRASH), len(in_trash(self._root))

        self._short.ask(Errand("Looking", deed, lambda found: self.trash_counted.emit(*found)))

    def empty_trash(self) -> None:
        """Removes for good what lies in the trash."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.runs import empty_trash

            count = empty_trash(self._root)
            if not count:
                return "The trash was empty already."
            return f"{count:,} {'run is' if count == 1 else 'runs are'} gone for good."

        self._long.ask(Errand("Emptying the trash", deed, self.done.emit))

    def verify(self, folder: str, title: str) -> None:
        """Reads every byte of a run against its checksums."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.verify import verify

            report = verify(Path(folder), tell, cancelled)
            total = size(sum(file.bytes for file in report.files))
            if report.sound:
                return f"{title} is sound: all {len(report.files):,} files ({total}) are as saved."
            usable = ", ".join(report.usable) or "nothing"
            problems = "; ".join(report.problems[:3])
            more = len(report.problems) - 3
            also = f"; and {more:,} more" if more > 0 else ""
            raise ValueError(f"{title} is damaged: {problems}{also}. Still good: {usable}.")

        self._long.ask(Errand(f"Verifying {title}", deed, self.done.emit, folder))

    def export(self, folder: str, path: str, title: str) -> None:
        """Writes a run into one file."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.bundle import export_run

            left_out = export_run(Path(folder), Path(path), tell, cancelled)
            without = f" Left out: {'; '.join(left_out)}." if left_out else ""
            return f"Written: {path} ({size(Path(path).stat().st_size)}).{without}"

        self._long.ask(Errand(f"Exporting {title}", deed, self.done.emit, folder))

    def import_(self, path: str) -> None:
        """Takes a run in that somebody has exported."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.bundle import import_run

            return import_run(Path(path), self._root, tell, cancelled)

        self._long.ask(Errand(f"Importing {Path(path).name}", deed, self._on_imported, path))

    def cancel(self) -> None:
        """Calls off what takes long; nothing half done is left behind."""
        self._long.cancel()

    # -- on the worker's thread -----------------------------------------------------------------

    def _list(self) -> Iterator[object]:
        from studio.library.runs import list_runs

        yield from self._maker.cards(list_runs(self._root))

    # -- back on the window's thread ------------------------------------------------------------

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        if answer.error is not None:
            # A grid that cannot be read is missing on the page; the run's details say the rest.
            if answer.channel != "grid":
                self.refused.emit(sentence(answer.error))
        elif answer.last:
            return
        elif answer.channel == "list":
            self.listed.emit(answer.value)
        elif answer.channel == "open":
            self.opened.emit(answer.value)
        else:
            assert isinstance(answer.value, tuple)
            self.grid_read.emit(*answer.value)

    @Slot(object, float)
    def _on_progressed(self, errand: Errand, share: float) -> None:
        waiting = self._long.waiting()
        more = f", {waiting:,} more to come" if waiting else ""
        self.progressed.emit(errand.what + more, share)

    def _on_trashed(self, moved: _Moved) -> None:
        if moved.pairs:
            self.trashed.emit(moved.pairs)
        self._on_moved(moved)

    def _on_restored(self, moved: _Moved) -> None:
        if moved.pairs:
            self.restored.emit(tuple(place for _, place in moved.pairs))
        self._on_moved(moved)

    def _on_moved(self, moved: _Moved) -> None:
        if moved.trouble is not None:
            self.refused.emit(sentence(moved.trouble))
        self.changed.emit()

    def _on_imported(self, folder: Path) -> None:
        self.imported.emit(str(folder))
        self.changed.emit()

    @Slot(object)
    def _on_cancelled(self, errand: Errand) -> None:
        self.done.emit(f"{errand.what}: cancelled, nothing is left of it.")

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Exception) -> None:
        self.refused.emit(sentence(error))
        self.changed.emit()


@dataclass(frozen=True)
class _Moved:
    """Which runs have been moved, (from, to) each, and what stopped the others."""

    pairs: tuple[tuple[str, str], ...]
    trouble: Exception | None = None


def _each(places: Sequence[str], move: Callable[[Path], Path]) -> _Moved:
    """Moves one after the other until one cannot be moved."""
    pairs: list[tuple[str, str]] = []
    for place in places:
        try:
            pairs.append((place, str(move(Path(place)))))
        except (ValueError, OSError) as error:
            return _Moved(tuple(pairs), error)
    return _Moved(tuple(pairs))


def sentence(error: Exception) -> str:
    """What went wrong, in a line that begins with a capital and ends with a full stop."""
    if isinstance(error, OSError):
        place = f" {error.filename}" if error.filename else " the file"
        text = f"The disk refused{place}: {(error.strerror or str(error)).lower()}"
    elif isinstance(error, ValueError):
        text = " ".join(str(error).split())
    else:
        text = f"Something unexpected went wrong ({type(error).__name__}: {str(error)[:200]})"
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
