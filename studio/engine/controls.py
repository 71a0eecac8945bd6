"""The mailbox through which anybody may intervene in a run, from any thread, without locks held.

The engine empties it between rounds; a paused engine waits on it.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait between two rounds."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run after this round; keep what was learned, or not.

    In a hurry no last grid is drawn: the window is closing.
    """

    keep: bool
    hurry: bool = False


@dataclass(frozen=True, slots=True)
class PlayRound:
    """Play one whole round, then pause."""


@dataclass(frozen=True, slots=True)
class PlayMove:
    """Let one player move once, then pause."""

    player: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """Keep a player from moving, or let it move again."""

    player: str
    frozen: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Change a live setting: a learning rate, beta, moves per round..."""

    setting: str
    value: object


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Publish weights and samples now."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Slow motion: so many moves a second, or as fast as it goes (None)."""

    moves_per_second: float | None


Command = Pause | Resume | Stop | PlayRound | PlayMove | Freeze | Change | TakeSnapshot | Tempo


class Controls:
    """A mailbox with one reader (the engine) and any number of writers."""

    def __init__(self) -> None:
        self._commands: deque[Command] = deque()
        self._arrived = threading.Event()

    def send(self, command: Command) -> None:
        """Puts a command into the mailbox; returns at once."""
        self._commands.append(command)
        self._arrived.set()

    def wait(self, seconds: float) -> bool:
        """Waits for a command, but no longer than so; whether there is one. It stays there."""
        return self._arrived.wait(seconds)

    def take(self, *, wait: bool = False) -> list[Command]:
        """All commands so far, oldest first; with `wait`, at least one."""
        taken: list[Command] = []
        while not taken:
            if wait:
                self._arrived.wait()
            if not self._arrived.is_set():
                break
            self._arrived.clear()
            # What is sent right now may be taken already, and leave its flag behind: an empty
            # mailbox whose flag is up is nothing to wake up for.
            while self._commands:
                taken.append(self._commands.popleft())
        return taken
