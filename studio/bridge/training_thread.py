"""The thread that trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QThread

from studio.data.dataset import LoadCancelled
from studio.engine.controls import Controls, Stop
from studio.engine.events import Event, Failed, Phase, PhaseChanged

Publish = Callable[[Event], None]
Job = Callable[[Controls, Publish, Callable[[], bool]], Iterator[Event]]
"""Makes the events of one run from its mailbox, a way to publish in between, and a question:
has the run been given up?"""


class TrainingThread(QThread):
    """Asks a run for its events, one after the other, and publishes them.

    Nothing that the window does in answer can stop the training; whatever goes wrong in the
    training reaches the window as a sentence.
    """

    def __init__(self, run: int, job: Job, publish: Publish, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"training-{run}")
        self.controls = Controls()
        self._run, self._job, self._publish = run, job, publish

    def run(self) -> None:
        """Plays the run to its end; Qt calls this on the new thread."""
        step = 0
        try:
            for event in self._job(self.controls, self._publish, self.isInterruptionRequested):
                step = event.step
                self._publish(event)
        except LoadCancelled:
            self._publish(PhaseChanged(self._run, step, Phase.IDLE))
        except BaseException as error:
            # Also what is not an Exception: a thread that dies silently would leave the window
            # waiting for ever.
            self._publish(Failed(self._run, step, sentence(error)))
            self._publish(PhaseChanged(self._run, step, Phase.FAILED))

    def stop(self, *, keep: bool, hurry: bool = False) -> None:
        """Asks the run to end; returns at once."""
        self.requestInterruption()
        self.controls.send(Stop(keep, hurry))

    def close(self) -> None:
        """Ends the run, keeping it, and waits for the thread."""
        if self.isRunning():
            self.stop(keep=True, hurry=True)
        self.wait()


def sentence(error: BaseException) -> str:
    """One line for the window: the text of an error made for users, else what kind it is."""
    text = " ".join(str(error).split())
    if isinstance(error, ValueError | OSError) and text:
        return text[0].upper() + text[1:]
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return "The memory is full: choose a smaller batch and start again."
    return f"The training stopped on an unexpected error ({type(error).__name__}: {text[:200]})."
