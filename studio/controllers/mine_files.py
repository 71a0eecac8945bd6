"""Takes My digits along as files, and takes in those of others, on a thread for what takes long."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.errands import Errand, Errands, Tell
from studio.bridge.librarian import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from studio.data.kept import Kept

NAME = "my-digits"
SAVE = {
    "idx": ("Export as IDX files", f"{NAME}-images-idx3-ubyte", "IDX images (*ubyte)"),
    "gz": ("Export as packed IDX files", f"{NAME}-images-idx3-ubyte.gz", "Packed IDX (*.gz)"),
}
OPEN = "Digits (*ubyte *.idx *.gz *.png *.jpg *.jpeg *.bmp);;All files (*)"


class Dialogs(Protocol):
    """Questions to the user; an empty answer means that they gave up."""

    @property
    def save(self) -> Callable[[str, str, str], str]: ...
    @property
    def folder(self) -> Callable[[str], str]: ...
    @property
    def files(self) -> Callable[[str, str], list[str]]: ...


class MineFiles(QObject):
    """Asks where to, writes and reads.

    Signals:
        read(object, object): images uint8 (N, 28, 28) and labels int64 (N,) of an import.
        exported(str): a file or folder has been written.
        busy(str, object): what takes long, "" for nothing, and the share that is done or None.
        said(str): what has been done, in a few words.
        refused(str): one sentence.
    """

    read = Signal(object, object)
    exported = Signal(str)
    busy = Signal(str, object)
    said = Signal(str)
    refused = Signal(str)

    def __init__(self, dialogs: Dialogs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dialogs = dialogs
        self._errands = Errands("digit files", self)
        self._errands.failed.connect(self._on_failed)
        self._errands.progressed.connect(self._on_progressed)
        self._errands.cancelled.connect(self._on_cancelled)
        self._errands.idle.connect(self._on_idle)

    def close(self) -> None:
        """Calls off everything and ends the thread."""
        self._errands.close()

    @Slot()
    def cancel(self) -> None:
        """Calls off what is being done."""
        self._errands.cancel()

    def export(self, kind: str, kept: Kept) -> None:
        """Asks where to, and writes "idx", "gz" or "png"."""
        if not len(kept):
            self.refused.emit("There are no drawings to export yet: keep some first.")
        elif kind == "png":
            if chosen := self._dialogs.folder("Export into a new folder in"):
                self._write(_free(Path(chosen)), kept, pictures=True)
        elif chosen := self._dialogs.save(*SAVE[kind]):
            path = Path(chosen)
            if kind == "gz" and path.suffix != ".gz":
                path = path.with_name(f"{path.name}.gz")
            self._write(path, kept, pictures=False)

    def _write(self, path: Path, kept: Kept, *, pictures: bool) -> None:
        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.exports.idx import write_pair, write_pngs

            if pictures:
                write_pngs(path, kept.images, kept.labels, tell, cancelled)
                return path
            return write_pair(path, kept.images, kept.labels)[0]

        def done(written: Path) -> None:
            self.said.emit(f"Exported {drawings(len(kept))}")
            self.exported.emit(str(written))

        self._errands.ask(Errand(f"Exporting {drawings(len(kept))}", deed, done))

    @Slot(str)
    def take_in(self, kind: str) -> None:
        """Asks which "files" or which "folder", and reads them."""
        title = "Import digits"
        if kind == "folder":
            folder = self._dialogs.folder(title)
            chosen = [folder] if folder else []
        else:
            chosen = self._dialogs.files(title, OPEN)
        if not chosen:
            return
        paths = [Path(path) for path in chosen]

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            from studio.library.digit_files import read_labelled

            return read_labelled(paths, None, tell, cancelled)

        def done(read: tuple[np.ndarray, np.ndarray]) -> None:
            self.read.emit(*read)

        self._errands.ask(Errand(f"Reading {paths[0].name}", deed, done))

    @Slot(object, float)
    def _on_progressed(self, errand: Errand, share: float) -> None:
        self.busy.emit(errand.what, share)

    @Slot(object)
    def _on_cancelled(self, errand: Errand) -> None:
        self.said.emit(f"Called off: {errand.what[:1].lower()}{errand.what[1:]}")

    @Slot()
    def _on_idle(self) -> None:
        self.busy.emit("", None)

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Any) -> None:
        self.refused.emit(sentence(error))


def drawings(count: int) -> str:
    """So many of them, in words."""
    return "1 drawing" if count == 1 else f"{count:,} drawings"


def _free(folder: Path) -> Path:
    """A name for a new folder in another."""
    for name in (NAME, *(f"{NAME}-{number}" for number in range(2, 1_000))):
        with contextlib.suppress(OSError):
            if not (folder / name).exists():
                return folder / name
    return folder / NAME
