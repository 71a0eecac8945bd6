"""What people read while a command runs: sentences, durations and the progress on stderr."""

from __future__ import annotations

import sys
import time


def sentence(text: str) -> str:
    """One line that begins with a capital and ends with a full stop."""
    line = " ".join(text.split())[:400] or "something went wrong"
    return line[0].upper() + line[1:] + ("" if line[-1] in ".!?" else ".")


def duration(seconds: float) -> str:
    """As 0:05, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress:
    """Says on stderr how far the work is: one line that changes on a terminal, else now and then.

    Arguments:
        every: Seconds between lines where there is no terminal.
    """

    def __init__(self, every: float = 5.0) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.1 if self._terminal else every
        self._next: float | None = None
        self._width = 0

    def show(self, text: str) -> None:
        """Replaces what was shown before, unless that was a moment ago."""
        now = time.monotonic()
        if self._next is None:
            # What is done at once needs no progress, and a log no line for it.
            self._next = now if self._terminal else now + self._every
        if now < self._next:
            return
        self._next = now + self._every
        if self._terminal:
            print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
            self._width = len(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """A line that stays."""
        self.end()
        print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leaves the line that changes."""
        if self._terminal and self._width:
            print(file=sys.stderr, flush=True)
        self._width = 0
