"""Asks all models about the drawing, after each change, and shows who says what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, SignalInstance, Slot

from studio.bridge.jury import ALL, ONLY_SUBJECT, OTHERS, SUBJECT
from studio.controllers.answer_words import as_row, carried, details_of
from studio.data.mixtures import NAMES as POINTS
from studio.state import run_words
from studio.state.answer_rows import Choice, RowHead
from studio.state.panel import member

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from studio.bridge.desk import Adopted
    from studio.bridge.jury import Jury
    from studio.controllers.drawing import DrawingController, Sheet
    from studio.controllers.exploring import ExploringController
    from studio.engine.witness import Witness
    from studio.state.answer_rows import AnswerRow
    from studio.state.panel import Member, Panel
    from studio.state.shelf import RunCard

NAME, YARDSTICK = "answer", "yardstick"
"""What the two questions are called at the jury."""
HOLDER = "reading"


class AnswersView(Protocol):
    """What this controller needs of the Answers tab."""

    chosen: SignalInstance
    removed: SignalInstance

    def set_rows(self, heads: Sequence[RowHead]) -> None: ...
    def show_answer(self, key: str, row: AnswerRow | None) -> None: ...
    def show_problem(self, key: str, sentence: str) -> None: ...
    def set_drawn(self, drawn: bool) -> None: ...
    def set_choices(self, choices: Sequence[Choice]) -> None: ...
    def set_chosen(self, keys: Sequence[str]) -> None: ...


class JuryController(QObject):
    """The model in the window answers first, then the panel; a newer drawing replaces the question.

    When only the weights of the model in the window change, it alone is asked again. Once all have
    answered, they work out in the background how well that is among real digits.
    """

    def __init__(
        self,
        view: AnswersView,
        jury: Jury,
        panel: Panel,
        drawing: DrawingController,
        exploring: ExploringController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._jury, self._panel = view, jury, panel
        self._drawing, self._exploring = drawing, exploring
        self._known: dict[str, Member] = {}
        self._shipped: tuple[Member, ...] = ()
        self._wanted: tuple[str, ...] = ()
        self._shown: dict[str, AnswerRow] = {}
        self._carried: set[str] = set()  # rows that show something of an answer before
        self._weights: dict[str, int] = {}
        self._seen: np.ndarray | None = None
        self._measured: np.ndarray | None = None
        self._version = 0  # of the weights that were asked to measure
        self._rows_watched = self._places_watched = True
        self._unasked = self._unmeasured = False
        drawing.seen_changed.connect(self._on_seen_changed)
        exploring.adopted.connect(self._on_adopted)
        exploring.line_changed.connect(self._on_line_changed)
        panel.changed.connect(self._on_panel_changed)
        view.chosen.connect(self._on_view_chosen)
        view.removed.connect(panel.remove)
        jury.said.connect(self._on_said)
        jury.refused.connect(self._on_refused)
        jury.finished.connect(self._on_finished)
        self._on_panel_changed()

    # -- who may answer -------------------------------------------------------------------------

    def set_shipped(self, path: Path, title: str, data: str) -> None:
        """The model that comes with the program may be chosen, too."""
        self._shipped = (member(path, title, data),)
        self._known[self._shipped[0].key] = self._shipped[0]

    def choose(self, paths: Sequence[str]) -> None:
        """Lets those of these runs answer that are there, as soon as they are listed."""
        self._wanted = tuple(paths)

    @Slot(object)
    def set_runs(self, cards: Sequence[RunCard]) -> None:
        """All runs there are, as the library lists them."""
        usable = [card for card in cards if card.model]
        self._known = {one.key: one for one in (*self._shipped, *map(_member, usable))}
        choices = [
            Choice(one.key, one.title, f"{one.data}, comes with the program")
            for one in self._shipped
        ]
        choices += [_choice(card) for card in usable]
        self._view.set_choices(choices)
        keys = self._wanted or tuple(one.key for one in self._panel.members)
        stay = {one.key: one for one in self._panel.members} | self._known
        self._wanted = ()
        # A run that has been named or trained further is shown as it is now.
        self._panel.set_members(stay[key] for key in keys if key in stay)

    @Slot(object)
    def _on_view_chosen(self, keys: Sequence[str]) -> None:
        stay = {one.key: one for one in self._panel.members} | self._known
        self._panel.set_members(stay[key] for key in keys if key in stay)

    @Slot()
    def _on_panel_changed(self) -> None:
        members = self._panel.members
        self._jury.set_members(members)
        weights = {one.key: one.step for one in members}
        newer = any(self._weights.get(key) != step for key, step in weights.items())
        self._weights = weights
        for key in self._shown.keys() - weights.keys() - {SUBJECT}:
            del self._shown[key]
        self._show_rows()
        if newer:
            self._ask(OTHERS)

    # -- questions ------------------------------------------------------------------------------

    def set_watched(self, rows: bool, places: bool) -> None:
        """What is on screen: rows of answers, or at least the drawing's place on the map."""
        self._rows_watched, self._places_watched = rows, places
        if self._unasked and (rows or places):
            self._ask()

    @Slot(object)
    def _on_seen_changed(self, sheet: Sheet) -> None:
        seen = sheet.seen
        self._view.set_drawn(seen is not None)
        if seen is None:
            self._seen, self._unasked = None, False
            for name in (NAME, YARDSTICK):
                self._jury.forget(name)
            self._exploring.hold(HOLDER, False)
            self._shown.clear()
            for key in (SUBJECT, *self._weights):
                self._view.show_answer(key, None)
            self._refuse_what_is_no_digit()
        elif self._seen is None or not np.array_equal(seen, self._seen):
            self._seen = seen
            self._ask()

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        if not adopted.same_model:
            self._shown.pop(SUBJECT, None)
            self._view.show_answer(SUBJECT, None)
        self._show_rows()
        self._refuse_what_is_no_digit()
        self._ask(ONLY_SUBJECT)

    @Slot()
    def _on_line_changed(self) -> None:
        self._show_rows()
        if not self._exploring.training and not self._jury.busy(NAME):
            # It may have been paused: now there is time for what takes long.
            self._measure()

    def _ask(self, whom: str = ALL) -> None:
        seen = self._seen
        if seen is None:
            return
        if not (self._rows_watched or self._places_watched):
            self._unasked = True
            return
        if not self._rows_watched:
            # The map shows where the drawing lies, and the other models wait for their rows.
            self._unasked = self._unasked or whom != ONLY_SUBJECT
            whom = ONLY_SUBJECT if whom != OTHERS else ""
        else:
            self._unasked = False
        current = self._exploring.current
        subject = current is not None and current.pictures == "digits"
        if not subject and whom in (ALL, ONLY_SUBJECT):
            whom = OTHERS if whom == ALL else ""
        if whom == OTHERS and not self._panel.members:
            whom = ""
        if not whom:
            return
        if subject and current is not None and not current.encodes_fast:
            # Newer weights wait, or a slow answer would begin again with each of them.
            self._exploring.hold(HOLDER, True)
        self._jury.ask(NAME, lambda witness: witness.answer(seen), whom=whom)

    def _measure(self) -> None:
        """Lets all work out what their answers are measured by, unless they are at it."""
        seen, current = self._seen, self._exploring.current
        # Newer weights that are measured quickly need not wait for others: these go on afterwards
        # where they were.
        newer = current is not None and current.encodes_fast and current.version != self._version
        self._unmeasured = self._jury.busy(YARDSTICK) and not newer
        if seen is None or not self._rows_watched or self._unmeasured:
            return
        self._measured = seen
        self._version = 0 if current is None else current.version
        training = self._exploring.training

        def question(witness: Witness) -> Iterator[object]:
            # Only what the window shows has been adopted; the panel's weights stay as they are.
            return witness.deepen(seen, thorough=not (training and witness.version))

        self._jury.ask(YARDSTICK, question)

    # -- answers --------------------------------------------------------------------------------

    @Slot(str, str, object, bool)
    def _on_said(self, name: str, key: str, value: object, last: bool) -> None:
        from studio.engine.testimony import Testimony

        if name not in (NAME, YARDSTICK) or self._seen is None:
            return
        assert isinstance(value, Testimony)
        if key != SUBJECT and key not in self._weights:
            return
        if name == YARDSTICK and self._measured is not self._seen:
            return  # the drawing is another one by now
        if last and key not in self._carried:
            return  # it has been shown
        row, before = as_row(value), self._shown.get(key)
        whole = last or before is None
        self._shown[key] = row if whole or before is None else carried(row, before)
        (self._carried.discard if whole else self._carried.add)(key)
        self._view.show_answer(key, self._shown[key])
        if key == SUBJECT and name == NAME and value.reading is not None:
            self._drawing.take_reading(value.reading)

    @Slot(str, str, str)
    def _on_refused(self, name: str, key: str, sentence: str) -> None:
        # Without real digits to measure by, the answer itself still stands.
        if name == NAME:
            self._shown.pop(key, None)
            self._view.show_problem(key, sentence)

    @Slot(str)
    def _on_finished(self, name: str) -> None:
        if name == NAME:
            self._exploring.hold(HOLDER, False)
            self._measure()
        elif name == YARDSTICK and self._unmeasured:
            self._measure()

    # -- rows -----------------------------------------------------------------------------------

    @Slot()
    def _show_rows(self) -> None:
        heads = []
        current = self._exploring.current
        if current is not None:
            line = self._exploring.line().removeprefix(current.title).lstrip(", ")
            heads.append(RowHead(SUBJECT, current.title, line, removable=False))
        heads += [RowHead(one.key, one.title, details_of(one)) for one in self._panel.members]
        self._view.set_rows(heads)
        self._view.set_chosen([one.key for one in self._panel.members])

    def _refuse_what_is_no_digit(self) -> None:
        current = self._exploring.current
        if current is not None and current.pictures != "digits":
            self._view.show_problem(SUBJECT, current.ways["encode"])


def _member(card: RunCard) -> Member:
    from pathlib import Path

    return member(Path(card.folder), card.title, card.data, step=card.step)


def _choice(card: RunCard) -> Choice:
    thumbnail = None
    if card.thumbnail is not None and card.thumbnail.ndim == 3 and len(card.thumbnail):
        thumbnail = card.thumbnail[0]
    problem = card.problem
    if not problem and card.data in POINTS:
        problem = "It draws points of a plane, and no digits."
    elif not problem and thumbnail is None and card.thumbnail is not None:
        problem = "It draws no grey digits."
    one = _member(card)
    when = run_words.moment(card.created, datetime.now().astimezone())
    detail = " · ".join(part for part in (details_of(one), when) if part)
    return Choice(one.key, card.title, detail, thumbnail, problem)
