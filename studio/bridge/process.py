"""What happens to the process as a whole: errors that nobody caught, and signals to end it."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from studio.library.crash_log import CrashLog


class Process(QObject):
    """Turns errors in slots and threads into a sentence and a report, and SIGTERM into a close.

    Arguments:
        log: Where reports go.
    """

    erred = Signal(str)
    """One sentence, on the window's thread; the same error is told once."""

    asked_to_end = Signal()
    """Ctrl+C in the terminal, or SIGTERM."""

    _caught = Signal(str)

    def __init__(self, log: CrashLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._told: set[str] = set()
        self._before: list[tuple[Callable[..., Any], Any]] = []
        self._beat = QTimer(self)
        # Python's signal handlers run only when Python does: a beat lets them through.
        self._beat.timeout.connect(self._on_beat)
        self._ending = False
        self._caught.connect(self._on_caught, Qt.ConnectionType.QueuedConnection)
        self._excepthook = sys.excepthook
        self._thread_hook = threading.excepthook

    def watch(self) -> None:
        """From now on."""
        self._log.watch()
        sys.excepthook = self._report
        threading.excepthook = self._report_thread
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self._beat.start(100)

    def close(self) -> None:
        """Gives everything back; the session has ended well."""
        self._beat.stop()
        sys.excepthook, threading.excepthook = self._excepthook, self._thread_hook
        self._log.close()

    def _on_signal(self, number: int, frame: object) -> None:
        # Nothing more here: a handler may run in the middle of anything.
        self._ending = True

    @Slot()
    def _on_beat(self) -> None:
        if self._ending:
            self._ending = False
            self.asked_to_end.emit()

    def _report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        if sys.stderr is not None:
            sys.stderr.write(text)
        self._log.note(text)
        what = " ".join(str(error).split())[:200]
        self._caught.emit(f"{kind.__name__}: {what}" if what else kind.__name__)

    def _report_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._report(args.exc_type, args.exc_value, args.exc_traceback)

    @Slot(str)
    def _on_caught(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self.erred.emit(
                f"Something unexpected went wrong ({what}). The training is not touched by it; "
                f"the report is in {self._log.path}."
            )
