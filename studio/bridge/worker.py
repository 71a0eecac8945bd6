"""A thread that answers questions: the newest of a kind wins, the urgent kinds go first.

A job is a generator and each of its values an answer, so a long one shows its progress, makes way
for something more urgent between two steps, and is dropped when its kind is asked again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

Job = Callable[[], Iterator[object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One step of a job.

    Attributes:
        channel: The kind of question.
        number: Which question of all; rises.
        value: What the job yielded; None at its end.
        error: What it raised instead.
        last: Nothing more will come of this question.
    """

    channel: str
    number: int
    value: object = None
    error: Exception | None = None
    last: bool = False


class Worker(QThread):
    """One thread for all questions, so that they never compete for the same cores.

    Arguments:
        channels: All kinds of question, most urgent first.
    """

    answered = Signal(object)
    """Answer, on the thread that made the worker; never one of an outdated question."""

    _produced = Signal(object)

    def __init__(self, name: str, channels: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._channels = channels
        self._asked: dict[str, tuple[int, Job]] = {}
        self._newest: dict[str, int] = dict.fromkeys(channels, 0)
        self._count = 0
        self._changed = threading.Condition()
        self._closing = False
        self._produced.connect(self._on_produced, Qt.ConnectionType.QueuedConnection)

    def ask(self, channel: str, job: Job) -> int:
        """Asks; an older question of the same channel is dropped. Returns its number."""
        with self._changed:
            self._count += 1
            self._asked[channel] = (self._count, job)
            self._newest[channel] = self._count
            self._changed.notify()
            return self._count

    def forget(self, channel: str) -> None:
        """Drops whatever is asked on a channel."""
        self.ask(channel, lambda: iter(()))

    def waiting(self) -> bool:
        """Whether something else is wanted: a job that takes long in one piece may ask."""
        with self._changed:
            return bool(self._asked) or self._closing

    def close(self) -> None:
        """Drops everything and waits for the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self.wait()

    def run(self) -> None:
        """Answers until closed; Qt calls this on the new thread."""
        active: dict[str, tuple[int, Iterator[object]]] = {}
        while True:
            with self._changed:
                while not (self._closing or self._asked or active):
                    self._changed.wait()
                if self._closing:
                    return
                asked, self._asked = self._asked, {}
            for channel, (number, job) in asked.items():
                active[channel] = (number, _begun(job))
            channel = next(c for c in self._channels if c in active)
            if not self._step(channel, *active[channel]):
                del active[channel]

    def _step(self, channel: str, number: int, steps: Iterator[object]) -> bool:
        """One value of a job; whether there may be more."""
        try:
            answer = Answer(channel, number, next(steps))
        except StopIteration:
            answer = Answer(channel, number, last=True)
        except Exception as error:
            answer = Answer(channel, number, error=error, last=True)
        self._produced.emit(answer)
        return not answer.last

    @Slot(object)
    def _on_produced(self, answer: Answer) -> None:
        # The one place where late answers are dropped.
        if answer.number == self._newest[answer.channel] and not self._closing:
            self.answered.emit(answer)


def _begun(job: Job) -> Iterator[object]:
    """Begins a job with its first step, so that one that fails at once is answered for, too."""
    yield from job()
