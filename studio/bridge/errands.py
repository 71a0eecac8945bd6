"""A thread that forgets nothing: errands are done one after the other, in the order they came.

`Worker` drops what is outdated, which is right for questions and wrong for deeds: two names given
to two runs within a second must both be written.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from studio.bridge.worker import Answer, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

Tell = Callable[[float], None]
Deed = Callable[[Tell, Callable[[], bool]], object]
"""Does it and gives back what came of it; is handed a way to tell the share that is done, and a
question: has it been called off?"""

HERTZ = 20
_CHANNEL = "errand"


@dataclass(frozen=True, eq=False)
class Errand:
    """Something to be done.

    Attributes:
        what: In words, while it is being done: "Verifying GAN on pen".
        deed: Does it, on the errands' thread.
        then: Is told what came of it, on the thread that asked.
        subject: What it is done to; who asks can find out whether that is busy.
        vital: It is done even if the program closes before its turn comes. Such a deed is short.
    """

    what: str
    deed: Deed
    then: Callable[[Any], None] = lambda value: None
    subject: str = ""
    vital: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    errand: Errand
    share: float


class Errands(QObject):
    """Errands and their thread.

    Signals:
        progressed(object, float): Errand and the share that is done; 0.0 as it begins.
        failed(object, object): Errand and the exception.
        cancelled(object): An errand that has been called off while it was being done.
        idle(): nothing is left to do.
    """

    progressed = Signal(object, float)
    failed = Signal(object, object)
    cancelled = Signal(object)
    idle = Signal()

    _told = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: deque[Errand] = deque()
        self._current: Errand | None = None
        self._begun: Errand | None = None
        self._called_off = threading.Event()
        self._closed = False
        self._worker = Worker(name, (_CHANNEL,), self)
        self._worker.answered.connect(self._on_answered, Qt.ConnectionType.DirectConnection)
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)
        self._worker.start()

    def ask(self, errand: Errand) -> None:
        """Puts an errand at the end of the queue."""
        assert not self._closed
        self._queue.append(errand)
        self._go_on()

    def cancel(self) -> None:
        """Calls off the errand that is being done, and those behind it that are not vital."""
        self._called_off.set()
        self._queue = deque(errand for errand in self._queue if errand.vital)

    def subjects(self) -> set[str]:
        """What is being worked on, or will be."""
        errands = [*self._queue, *([self._current] if self._current else [])]
        return {errand.subject for errand in errands if errand.subject}

    def waiting(self) -> int:
        """How many errands have not begun."""
        return len(self._queue)

    def close(self) -> None:
        """Calls off everything but what is vital, does that now, and ends the thread."""
        if self._closed:
            return
        self._closed = True
        self._called_off.set()
        self._worker.close()
        left = [*([self._current] if self._current is not self._begun else []), *self._queue]
        for errand in left:
            if errand is not None and errand.vital:
                # There is no window any more to say it in.
                with contextlib.suppress(OSError, ValueError):
                    errand.deed(lambda share: None, lambda: False)

    def _go_on(self) -> None:
        if self._current is not None:
            return
        if not self._queue:
            self.idle.emit()
            return
        errand = self._current = self._queue.popleft()
        self._called_off.clear()
        self._worker.ask(_CHANNEL, lambda: self._do(errand))
        self.progressed.emit(errand, 0.0)

    def _do(self, errand: Errand) -> Iterator[object]:
        """On the worker's thread."""
        self._begun = errand
        last = 0.0

        def tell(share: float) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= 1 / HERTZ:
                last = now
                self._told.emit(_Told(errand, share))

        yield errand.deed(tell, self._called_off.is_set)

    @Slot(object)
    def _on_told(self, told: _Told) -> None:
        if told.errand is self._current and not self._closed:
            self.progressed.emit(told.errand, told.share)

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        errand = self._current
        assert errand is not None
        if answer.error is not None and self._called_off.is_set():
            self.cancelled.emit(errand)
        elif answer.error is not None:
            self.failed.emit(errand, answer.error)
        elif not answer.last:
            errand.then(answer.value)
        if answer.last:
            self._current = None
            self._go_on()
