"""Joins the My digits tab with the drawing, the drawings that have been kept, and their files."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.bridge.errands import Errand, Errands, Tell
from studio.bridge.librarian import sentence
from studio.controllers.mine_files import Dialogs, MineFiles, drawings
from studio.data.mine import LEAST, Damaged, MyDigits, is_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np

    from studio.bridge.desk import Desk
    from studio.controllers.drawing import Sheet
    from studio.data.kept import Change, Edit, Kept
    from studio.engine.references import References

    Edits = deque[tuple[str, Edit]]

GUESS = "guess"
"""The channel of the desk."""
MOST_UNDO = 200


class Canvas(Protocol):
    """Where one draws."""

    def set_image(self, image: np.ndarray) -> None: ...


class Drawing(Protocol):
    """Whose newest `Sheet` is what models are shown."""

    seen_changed: SignalInstance

    @property
    def sheet(self) -> Sheet: ...


class MineView(Protocol):
    """What this controller needs of the My digits tab."""

    shown: SignalInstance
    keep_requested: SignalInstance
    remove_requested: SignalInstance
    relabel_requested: SignalInstance
    opened: SignalInstance
    undo_requested: SignalInstance
    redo_requested: SignalInstance
    export_requested: SignalInstance
    import_requested: SignalInstance
    cancel_requested: SignalInstance
    train_requested: SignalInstance

    def is_shown(self) -> bool: ...
    def set_keepable(self, possible: bool, reason: str = "") -> None: ...
    def set_guess(self, digit: int | None, confidence: float = 0.0, none: float = 0.0) -> None: ...
    def set_digits(
        self, images: np.ndarray, labels: np.ndarray, chosen: Iterable[int] = ()
    ) -> None: ...
    def set_trainable(self, possible: bool, reason: str) -> None: ...
    def set_note(self, text: str) -> None: ...
    def set_undo(self, undo: str, redo: str) -> None: ...
    def set_busy(self, what: str, share: float | None) -> None: ...


class MineController(QObject):
    """Keeps drawings, and does everything that concerns their files on threads of its own.

    Signals:
        changed(object): the `Kept` that there is now, whoever has changed it.
        train_requested(): a training on "mine" is wanted.
        message(str): what has been done, for those who do not see the tab.
        exported(str): a file or folder has been written.
        refused(str): one sentence.
    """

    changed = Signal(object)
    train_requested = Signal()
    message = Signal(str)
    exported = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        view: MineView,
        drawing: Drawing,
        canvas: Canvas,
        desk: Desk,
        dialogs: Dialogs,
        store: MyDigits | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._drawing, self._canvas = view, drawing, canvas
        self._desk, self._dialogs = desk, dialogs
        self._store = store or MyDigits()
        self._kept: Kept | None = None
        self._done: Edits = deque(maxlen=MOST_UNDO)
        self._undone: Edits = deque(maxlen=MOST_UNDO)
        self._guessed: np.ndarray | None = None
        self._failures: dict[Errand, Callable[[], None]] = {}
        self._errands = Errands("my digits", self)
        self._files = MineFiles(dialogs, self)
        self._connect()
        self._on_seen_changed(drawing.sheet)
        self.refresh()

    def _connect(self) -> None:
        view = self._view
        view.shown.connect(self.refresh)
        view.keep_requested.connect(self._on_keep)
        view.remove_requested.connect(self._on_remove)
        view.relabel_requested.connect(self._on_relabel)
        view.opened.connect(self._on_opened)
        view.undo_requested.connect(self._on_undo)
        view.redo_requested.connect(self._on_redo)
        view.export_requested.connect(self._on_export)
        view.import_requested.connect(self._files.take_in)
        view.cancel_requested.connect(self._files.cancel)
        view.train_requested.connect(self.train_requested)
        self._drawing.seen_changed.connect(self._on_seen_changed)
        self._desk.answered.connect(self._on_answered)
        self._errands.failed.connect(self._on_failed)
        files = self._files
        files.read.connect(self._on_digits_read)
        files.exported.connect(self.exported)
        files.said.connect(self._say)
        files.refused.connect(self.refused)
        files.busy.connect(view.set_busy)

    def close(self) -> None:
        """Writes what was to be kept, calls off the rest, and ends both threads."""
        self._files.close()
        self._errands.close()

    @Slot()
    def refresh(self) -> None:
        """Reads what there is; what is new comes as `changed`."""
        self._guess()
        self._errands.ask(Errand("Reading My digits", self._read, self._on_read))

    # -- what lies on the canvas ----------------------------------------------------------------

    @Slot(object)
    def _on_seen_changed(self, sheet: Sheet) -> None:
        seen = sheet.seen
        self._view.set_keepable(
            seen is not None, "" if seen is not None else "Draw a digit first, then keep it."
        )
        if seen is None:
            self._view.set_guess(None)
        self._guess()

    def _guess(self) -> None:
        """Asks what the drawing looks like, while anybody sees the answer."""
        seen = self._guessed = self._drawing.sheet.seen if self._view.is_shown() else None
        if seen is None:
            self._desk.forget(GUESS)
            return

        def guess(references: References) -> Iterator[object]:
            judged = references.classifier().judge(seen[None])
            yield (
                seen,
                int(judged.digits[0]),
                float(judged.confidences[0]),
                float(judged.none[0]),
            )

        self._desk.run(GUESS, guess)

    @Slot(str, object)
    def _on_answered(self, channel: str, value: object) -> None:
        if channel != GUESS or not isinstance(value, tuple):
            return
        seen, digit, confidence, none = value
        if seen is self._guessed:
            self._view.set_guess(digit, confidence, none)

    @Slot(int)
    def _on_keep(self, digit: int) -> None:
        seen = self._drawing.sheet.seen
        if seen is None:
            return
        image = seen.copy()
        self._change(f"keep a {digit}", lambda: self._store.add(image, digit), self._say_kept)

    def _say_kept(self, change: Change) -> None:
        if not len(change.come):
            self._say("This drawing is kept already")
            return
        digit = int(change.come.labels[0])
        self._say(f"Kept as {_a(digit)} ({len(change.after):,} in all)")

    # -- what has been kept ---------------------------------------------------------------------

    @Slot(object)
    def _on_remove(self, places: tuple[int, ...]) -> None:
        kept = self._kept
        if kept is not None:
            self._change(
                f"delete {drawings(len(places))}",
                lambda: self._store.remove(places, kept),
                lambda change: self._say(f"Deleted {drawings(len(change.gone))}"),
            )

    @Slot(object, int)
    def _on_relabel(self, places: tuple[int, ...], digit: int) -> None:
        kept = self._kept
        if kept is not None:
            self._change(
                f"relabel {drawings(len(places))}",
                lambda: self._store.relabel(places, digit, kept),
                lambda change: self._say(f"{drawings(len(change.gone)).capitalize()}: {digit}"),
            )

    @Slot(int)
    def _on_opened(self, place: int) -> None:
        if self._kept is not None and place < len(self._kept):
            self._canvas.set_image(self._kept.images[place])
            self._say("On the canvas: draw on")

    @Slot()
    def _on_undo(self) -> None:
        if self._done:
            self._take_back(self._done, self._undone, "Undone")

    @Slot()
    def _on_redo(self) -> None:
        if self._undone:
            self._take_back(self._undone, self._done, "Redone")

    def _take_back(self, stack: Edits, other: Edits, verb: str) -> None:
        what, edit = stack.pop()

        def then(change: Change) -> None:
            other.append((what, change.edit()))
            self._show(change.after, _places(change))
            self._say(f"{verb}: {what}")

        self._ask(what, lambda: self._store.undo(edit), then, lambda: stack.append((what, edit)))
        self._show_undo()

    def _change(self, what: str, work: Callable[[], Change], say: Callable[[Change], None]) -> None:
        def then(change: Change) -> None:
            if len(change.gone) or len(change.come):
                self._done.append((what, change.edit()))
                self._undone.clear()
            self._show(change.after, _places(change))
            say(change)

        self._ask(what, work, then)

    def _ask(
        self,
        what: str,
        work: Callable[[], Change],
        then: Callable[[Change], None],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """Does what must not be lost, one after the other."""

        def deed(tell: Tell, cancelled: Callable[[], bool]) -> object:
            try:
                return work(), ""
            except Damaged:
                # The work begins again on what is left.
                said = self._store.put_aside()
                return work(), said

        def done(answer: tuple[Change, str]) -> None:
            change, said = answer
            self._failures.pop(errand, None)
            then(change)
            if said:
                self.refused.emit(said)

        errand = Errand(what.capitalize(), deed, done, vital=True)
        self._failures[errand] = failed
        self._errands.ask(errand)

    @Slot(str)
    def _on_export(self, kind: str) -> None:
        if self._kept is not None:
            self._files.export(kind, self._kept)

    @Slot(object, object)
    def _on_digits_read(self, images: np.ndarray, labels: np.ndarray) -> None:
        self._change(
            f"import {drawings(len(images))}",
            lambda: self._store.add(images, labels),
            lambda change: self._say_imported(len(images), len(change.come)),
        )

    def _say_imported(self, read: int, come: int) -> None:
        known = read - come
        self._say(f"Imported {drawings(come)}" + (f", {known:,} known already" if known else ""))

    # -- what comes of it -----------------------------------------------------------------------

    def _read(self, tell: Tell, cancelled: Callable[[], bool]) -> object:
        try:
            return self._store.read(), ""
        except Damaged:
            said = self._store.put_aside()
            return self._store.read(), said

    def _on_read(self, answer: tuple[Kept, str]) -> None:
        kept, said = answer
        # Nothing new would unchoose what is chosen.
        if self._kept is None or kept.number != self._kept.number or len(kept) != len(self._kept):
            self._show(kept, ())
        if said:
            self.refused.emit(said)

    def _show(self, kept: Kept, chosen: Iterable[int]) -> None:
        self._kept = kept
        self._view.set_digits(kept.images, kept.labels, chosen)
        self._view.set_trainable(*_trainable(kept))
        self._show_undo()
        self.changed.emit(kept)

    def _show_undo(self) -> None:
        undo = self._done[-1][0] if self._done else ""
        self._view.set_undo(undo, self._undone[-1][0] if self._undone else "")

    def _say(self, text: str) -> None:
        self._view.set_note(text)
        self.message.emit(text)

    @Slot(object, object)
    def _on_failed(self, errand: Errand, error: Any) -> None:
        self._failures.pop(errand, lambda: None)()
        self._show_undo()
        self.refused.emit(sentence(error))


def _trainable(kept: Kept) -> tuple[bool, str]:
    if len(kept) < LEAST:
        return False, f"Keep {LEAST - len(kept)} more: training needs at least {LEAST} drawings."
    test = int(is_test(kept.images).sum())
    if test == len(kept):
        return False, "All drawings are the same one: keep others, so that some are for testing."
    return True, (
        f"Chooses these as the data of the next training: {len(kept) - test:,} to learn from, "
        f"{test:,} for testing"
    )


def _places(change: Change) -> Iterable[int]:
    """What has just come is chosen, unless it is very much."""
    return change.come.places.tolist() if len(change.come) <= LEAST * LEAST else ()


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"
