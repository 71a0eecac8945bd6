"""Joins the Rewrite tab and the model that writes the drawing again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot

from studio.bridge.jury import ONLY_SUBJECT, SUBJECT
from studio.controllers.exploring import NO_MODEL
from studio.controllers.film_writer import Film, FilmWriter
from studio.controllers.rewrite_question import Found, Reason, Wish, Written, question
from studio.state.rewrite_parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.bridge.desk import Adopted
    from studio.bridge.errands import Errands
    from studio.bridge.jury import Jury
    from studio.controllers.drawing import DrawingController, Sheet
    from studio.controllers.exploring import ExploringController
    from studio.controllers.exporting import AskPath
    from studio.data.kept import Kept
    from studio.state.panel import Panel
    from studio.state.rewrite_parts import Part

NAME = "rewrite"
"""What the question is called at the jury."""
HOLDER = "rewriting"
FRAMES_PER_SECOND = 12.0
"""Of a film of a morph."""
SETTLED = 150
"""Milliseconds without a change after which a drawing counts as settled."""
NO_SECOND = "Kept as the first: now change this drawing, or draw another digit."
NOT_YET = "The model in the window"


class RewriteView(Protocol):
    """What this controller needs of the Rewrite tab."""

    model_chosen: SignalInstance
    target_requested: SignalInstance
    path_changed: SignalInstance
    export_requested: SignalInstance
    watched_changed: SignalInstance

    def isVisible(self) -> bool: ...
    def model(self) -> str: ...
    def path(self) -> str: ...
    def set_models(self, models: Sequence[tuple[str, str]]) -> None: ...
    def set_mine(self, possible: bool) -> None: ...
    def set_seen(self, image: np.ndarray | None) -> None: ...
    def set_first(self, image: np.ndarray | None) -> None: ...
    def set_strip(
        self, part: Part, images: np.ndarray, labels: Sequence[str], how: str
    ) -> None: ...
    def set_reason(self, part: Part, sentence: str) -> None: ...
    def set_busy(self, part: Part, busy: bool, fraction: float | None) -> None: ...


class RewriteController(QObject):
    """Asks one model to write the drawing again, each time that the drawing has settled.

    Only while the tab is on screen; the newest drawing wins. `completed` says whether the newest
    drawing has been written again to the end.
    """

    exported = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        view: RewriteView,
        drawing: DrawingController,
        jury: Jury,
        exploring: ExploringController,
        panel: Panel,
        errands: Errands,
        ask_path: AskPath,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._drawing, self._jury = view, drawing, jury
        self._exploring, self._panel = exploring, panel
        self._films = FilmWriter(errands, ask_path, self)
        self._seen: np.ndarray | None = None
        self._first: np.ndarray | None = None
        self._target: np.ndarray | None = None
        self._test: int | None = None
        self._mine: np.ndarray = np.zeros((0, 28, 28), np.uint8)
        self._next_of_mine = self._seed = 0
        self._frames: np.ndarray | None = None
        self._due: set[Part] = set(PARTS)
        """What has changed since it was asked for."""
        self._working: set[Part] = set()
        self.completed = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLED)
        self._settle.timeout.connect(self._ask)
        view.model_chosen.connect(self._on_model_chosen)
        view.target_requested.connect(self._on_target_requested)
        view.path_changed.connect(self._on_path_changed)
        view.export_requested.connect(self.export)
        view.watched_changed.connect(self._on_watched_changed)
        drawing.seen_changed.connect(self._on_seen_changed)
        exploring.adopted.connect(self._on_adopted)
        panel.changed.connect(self._show_models)
        jury.said.connect(self._on_said)
        jury.refused.connect(self._on_refused)
        jury.finished.connect(self._on_finished)
        self._films.exported.connect(self.exported)
        self._films.refused.connect(self.refused)
        view.set_mine(False)
        self._show_models()

    @Slot()
    def export(self) -> None:
        """Asks where to and writes the morph as a film."""
        if self._frames is None:
            return
        title, step, data = self._author()
        way = "straight" if self._view.path() == "linear" else "arc"
        morph = Film("morph", self._frames, title, step, data, f"morph, {way}", FRAMES_PER_SECOND)
        self._films.export(morph, "morph.mp4")

    @Slot(object)
    def set_mine(self, kept: Kept) -> None:
        """The user's own digits: one after the other is what a drawing can be turned into."""
        self._mine = kept.images
        self._view.set_mine(len(kept) > 0)

    # -- what changes ---------------------------------------------------------------------------

    @Slot(object)
    def _on_seen_changed(self, sheet: Sheet) -> None:
        if _same(sheet.seen, self._seen):
            return  # the mask alone
        self._seen = sheet.seen
        self._view.set_seen(sheet.seen)
        self._want(PARTS)

    @Slot()
    def _on_model_chosen(self) -> None:
        self._want(PARTS, at_once=True)

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        chosen = self._view.model()
        self._show_models()
        if chosen == self._view.model() == SUBJECT:
            if not adopted.same_model:
                self._clear()
            self._want(PARTS, at_once=True)

    @Slot()
    def _show_models(self) -> None:
        current, before = self._exploring.current, self._view.model()
        # It is there from the beginning, so that it is the one that is chosen.
        models = [(SUBJECT, NOT_YET if current is None else current.title)]
        models += [(member.key, member.title) for member in self._panel.members]
        self._view.set_models(models)
        if self._view.model() != before:
            self._want(PARTS, at_once=True)

    @Slot(bool)
    def _on_watched_changed(self, watched: bool) -> None:
        if not watched:
            self._settle.stop()
        elif self._due:
            self._ask()

    @Slot(str)
    def _on_target_requested(self, what: str) -> None:
        if what == "keep":
            if self._seen is None:
                return
            self._first, self._target, self._test = self._seen.copy(), None, None
        elif what == "test":
            self._seed += 1
            self._first, self._target, self._test = None, None, self._seed
        else:
            if not len(self._mine):
                return
            digit = self._mine[self._next_of_mine % len(self._mine)]
            self._next_of_mine += 1
            self._first, self._target, self._test = None, digit, None
        self._view.set_first(self._first)
        self._want(("morph",), at_once=True)

    @Slot()
    def _on_path_changed(self) -> None:
        self._want(("morph",), at_once=True)

    # -- the question ---------------------------------------------------------------------------

    def _want(self, parts: Sequence[Part], *, at_once: bool = False) -> None:
        self._due.update(parts)
        self.completed = False
        if not self._view.isVisible():
            return
        if at_once:
            self._ask()
        else:
            self._settle.start()

    @Slot()
    def _ask(self) -> None:
        self._settle.stop()
        # What an older question has not answered is asked again with the new one.
        self._due |= self._working
        self._jury.forget(NAME)
        self._stop()
        seen = self._seen
        if seen is None or not self._can_ask():
            self._due = set(PARTS)
            self._clear()
            return
        if self._first is not None and np.array_equal(self._first, seen):
            self._due.discard("morph")
            self._give_reason("morph", NO_SECOND)
        elif self._first is None and self._target is None and self._test is None:
            self._due.discard("morph")
        parts = tuple(part for part in PARTS if part in self._due)
        self._due.clear()
        if not parts:
            self.completed = True
            return
        self._working = set(parts)
        for part in parts:
            self._view.set_busy(part, True, None)
        path: Literal["linear", "spherical"]
        path = "linear" if self._view.path() == "linear" else "spherical"
        wish = Wish(seen, self._first, self._target, self._test, path)
        key = self._view.model()
        # Newer weights wait: they would take the model away while it is at work.
        self._exploring.hold(HOLDER, key == SUBJECT)
        self._jury.ask(NAME, question(wish, parts), whom=ONLY_SUBJECT if key == SUBJECT else key)

    def _can_ask(self) -> bool:
        """Whether the chosen model is there, and writes digits."""
        if self._view.model() != SUBJECT:
            return True
        current = self._exploring.current
        return current is not None and current.pictures == "digits"

    def _clear(self) -> None:
        current, reason = self._exploring.current, ""
        if self._seen is not None and not self._can_ask():
            reason = NO_MODEL if current is None else current.ways["encode"]
        for part in PARTS:
            self._give_reason(part, reason)

    def _give_reason(self, part: Part, sentence: str) -> None:
        if part == "morph":
            self._frames = None
        self._view.set_reason(part, sentence)

    def _stop(self) -> None:
        for part in self._working:
            self._view.set_busy(part, False, None)
        self._working = set()
        self._exploring.hold(HOLDER, False)

    def _author(self) -> tuple[str, int | None, str]:
        """Title, step and data of the model that writes."""
        key, current = self._view.model(), self._exploring.current
        for member in self._panel.members:
            if member.key == key:
                return member.title, member.step or None, member.data
        if current is None:
            return "", None, ""
        return current.title, current.step, current.data

    # -- answers --------------------------------------------------------------------------------

    @Slot(str, str, object, bool)
    def _on_said(self, name: str, key: str, value: object, last: bool) -> None:
        if name != NAME or key != self._view.model() or last:
            return
        if isinstance(value, Found):
            # From now on it is this digit, whatever is drawn and whoever answers.
            self._target, self._test = value.image, None
        elif isinstance(value, Reason):
            self._give_reason(value.part, value.sentence)
            self._part_done(value.part)
        elif isinstance(value, Written):
            strip = value.strip
            if value.part == "morph":
                self._frames = strip.images
            self._view.set_strip(value.part, strip.images, strip.labels, strip.how)
            if strip.fraction < 1:
                self._view.set_busy(value.part, True, strip.fraction)
            else:
                self._part_done(value.part)

    def _part_done(self, part: Part) -> None:
        self._working.discard(part)
        self._view.set_busy(part, False, None)

    @Slot(str, str, str)
    def _on_refused(self, name: str, key: str, sentence: str) -> None:
        if name == NAME and key == self._view.model():
            for part in self._working:
                self._give_reason(part, sentence)

    @Slot(str)
    def _on_finished(self, name: str) -> None:
        if name == NAME:
            self.completed = True
            self._stop()


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
