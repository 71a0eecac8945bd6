"""One question to many models: the one in the window and the runs chosen beside it.

All of them answer on the one inference thread, so that they never compete for the same cores. A
question is a generator over a witness, as for the desk; of the same name the newest one wins, and
nothing is ever queued. The model in the window begins. Whoever finds a code in one pass comes
before those that have to search for it, so that a slow model keeps nobody waiting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.librarian import sentence
from studio.bridge.subject import pictures_of, why_not

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models import ImageShape
    from studio.bridge.desk import Desk
    from studio.engine.references import References
    from studio.engine.witness import Witness
    from studio.state.panel import Member

Question = Callable[["Witness"], Iterator[object]]

SUBJECT = ""
"""The key of the model in the window."""
ALL, ONLY_SUBJECT, OTHERS = "all", "subject", "others"
"""Whom one may ask, beside a single member by its key."""
CHANNELS: Mapping[str, tuple[str, str]] = {
    "answer": ("answer", "answers"),
    "fill": ("fill", "fills"),
    "rewrite": ("rewrite", "rewrites"),
    "yardstick": ("yardsticks", "yardsticks"),
}
"""The names of questions, and on which channels the subject and the others answer them."""
HEAD = "HEAD.json"
"""What a run folder replaces at each save."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One answer of one model; `last` repeats its final one."""

    key: str
    value: object
    last: bool = False


@dataclass(frozen=True, slots=True)
class _Failed:
    """One model that cannot answer."""

    key: str
    message: str


class Jury(QObject):
    """Takes questions for all models and hands back who says what.

    A question may yield None to make way for something more urgent; that is told nobody.

    Signals:
        said(name, key, value, last): an answer; the final one of a model comes once more, as last.
        refused(name, key, sentence): this model cannot answer; the others go on.
        finished(name): everybody who was asked has answered or refused.
    """

    said = Signal(str, str, object, bool)
    refused = Signal(str, str, str)
    finished = Signal(str)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._members: tuple[Member, ...] = ()
        self._chairs = _Chairs()
        self._open: dict[str, set[str]] = {name: set() for name in CHANNELS}
        self._names = {channel: name for name, pair in CHANNELS.items() for channel in pair}
        desk.answered.connect(self._on_answered)
        desk.finished.connect(self._on_finished)
        desk.refused.connect(self._on_refused)

    @property
    def members(self) -> tuple[Member, ...]:
        """Who sits beside the model in the window."""
        return self._members

    def set_members(self, members: Iterable[Member]) -> None:
        """Who answers beside the model in the window; what is being answered goes on."""
        self._members = tuple(members)

    def ask(self, name: str, question: Question, *, whom: str = ALL) -> None:
        """Puts a question; an older one of the same name to the same models is dropped.

        Arguments:
            whom: "all", "subject", "others", or the key of one member.
        """
        first, rest = CHANNELS[name]
        asked = tuple(m for m in self._members if whom in (ALL, OTHERS, m.key))
        agenda = _Agenda(self._members, asked, question, self._chairs)
        desk = self._desk
        if first == rest:
            self._open[name].add(rest)
            desk.run(rest, lambda references: _one_by_one(desk, question, whom, agenda, references))
            return
        if whom in (ALL, ONLY_SUBJECT):
            self._open[name].add(first)
            desk.ask(first, lambda witness: _begin(witness, question, agenda, desk.references()))
        if whom != ONLY_SUBJECT:
            self._open[name].add(rest)
            desk.run(rest, agenda.all)

    def forget(self, name: str) -> None:
        """Drops a question; nothing more is told of it."""
        self._open[name].clear()
        for channel in set(CHANNELS[name]):
            self._desk.forget(channel)

    def busy(self, name: str) -> bool:
        """Whether somebody is still at a question."""
        return bool(self._open[name])

    @Slot(str, object)
    def _on_answered(self, channel: str, value: object) -> None:
        name = self._names.get(channel)
        if name is None:
            return
        if isinstance(value, _Said):
            self.said.emit(name, value.key, value.value, value.last)
        elif isinstance(value, _Failed):
            self.refused.emit(name, value.key, value.message)

    @Slot(str)
    def _on_finished(self, channel: str) -> None:
        name = self._names.get(channel)
        if name is None or channel not in self._open[name]:
            return
        self._open[name].discard(channel)
        if not self._open[name]:
            self.finished.emit(name)

    @Slot(str, str)
    def _on_refused(self, channel: str, message: str) -> None:
        name = self._names.get(channel)
        if name is not None:
            self.refused.emit(name, SUBJECT, message)
            self._on_finished(channel)


# -- on the inference thread ------------------------------------------------------------------


class _Chairs:
    """The loaded models of the members, so that they answer the next question at once."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[int, Witness]] = {}

    def keep(self, members: Sequence[Member]) -> None:
        """Lets go of all others."""
        keys = {member.key for member in members}
        for key in self._taken.keys() - keys:
            del self._taken[key]

    def seat(self, member: Member, references: References) -> Witness:
        """The member's witness: loaded anew where its run has been saved since.

        Raises:
            ValueError: it cannot be used; one sentence.
        """
        stamp = _stamp(member)
        taken = self._taken.get(member.key)
        if taken is not None and taken[0] == stamp:
            return taken[1]
        witness = _load(member, references)
        self._taken[member.key] = (stamp, witness)
        return witness


def _stamp(member: Member) -> int:
    """Changes when a member's weights do."""
    if member.at is not None:
        return 0
    head = member.path / HEAD
    place = head if head.exists() else member.path
    return place.stat().st_mtime_ns if place.exists() else -1


def _load(member: Member, references: References) -> Witness:
    from studio.engine.explorer import Explorer
    from studio.engine.witness import Witness
    from studio.library import load_model

    loaded = load_model(member.path, member.at)
    _require_digits(loaded.spec.shape, member.title)
    return Witness(Explorer(loaded.model), loaded.spec.data, references)


def _require_digits(shape: ImageShape, title: str) -> None:
    if reason := why_not(pictures_of(shape), title):
        raise ValueError(reason)


class _Agenda:
    """Who is still to answer a question; shared by the jobs of its two channels."""

    def __init__(
        self,
        members: tuple[Member, ...],
        asked: tuple[Member, ...],
        question: Question,
        chairs: _Chairs,
    ) -> None:
        self._members, self._question, self._chairs = members, question, chairs
        self._waiting = deque(asked)
        self._slow: list[tuple[str, Witness]] = []

    def fast(self, references: References) -> Iterator[object]:
        """Those that answer without a search; whoever was interrupted begins again."""
        while self._waiting:
            member = self._waiting[0]
            try:
                witness = self._chairs.seat(member, references)
            except Exception as error:
                yield _Failed(member.key, sentence(error))
            else:
                if not witness.explorer.encodes_fast:
                    self._waiting.popleft()
                    self._slow.append((member.key, witness))
                    yield None
                    continue
                yield from _play(member.key, witness, self._question)
            self._waiting.popleft()

    def all(self, references: References) -> Iterator[object]:
        """Everybody who is left; those that search first say what they know without it."""
        self._chairs.keep(self._members)
        yield from self.fast(references)
        searches = [_play(key, witness, self._question) for key, witness in self._slow]
        for steps in searches:
            yield next(steps, None)
        for steps in searches:
            yield from steps


def _begin(
    witness: Witness, question: Question, agenda: _Agenda, references: References
) -> Iterator[object]:
    """The subject; where it has to search, those that need not come before it goes on."""
    steps = _play(SUBJECT, witness, question)
    if not witness.explorer.encodes_fast:
        yield next(steps, None)
        yield from agenda.fast(references)
    yield from steps


def _one_by_one(
    desk: Desk, question: Question, whom: str, agenda: _Agenda, references: References
) -> Iterator[object]:
    """Subject and members on one channel, those that have to search at the end."""
    witness = desk.subject() if whom in (ALL, ONLY_SUBJECT) else None
    if witness is not None:
        if not witness.explorer.encodes_fast:
            yield from agenda.fast(references)
        for value in _play(SUBJECT, witness, question):
            yield value
            if desk.subject() is not witness:
                break
    if whom != ONLY_SUBJECT:
        yield from agenda.all(references)


def _play(key: str, witness: Witness, question: Question) -> Iterator[object]:
    """One model's answers; what goes wrong concerns only this model."""
    value = None
    try:
        # The window may have asked before it heard of the model that was adopted last.
        _require_digits(witness.model.shape, witness.model.card.title)
        witness.require_numbers()
        for step in question(witness):
            if step is None:
                yield None
                continue
            value = step
            yield _Said(key, value)
    except Exception as error:
        yield _Failed(key, sentence(error))
        return
    if value is not None:
        yield _Said(key, value, last=True)
