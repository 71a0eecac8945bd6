"""Time budgets: how often something may happen, and how fast the rounds go."""

from __future__ import annotations

import math
import time
from collections import deque


class Budget:
    """Lets a costly side job run no more often than every `least` seconds, and for no more than
    one part in `share` of the time: a slow sampler is asked less often, not at the training's
    expense. What must not wait for ever happens every `most` seconds whatever it costs. The first
    time is `after` so many seconds."""

    def __init__(
        self, least: float, share: float, most: float = math.inf, after: float = 0.0
    ) -> None:
        self._least, self._share, self._most = least, share, most
        self._next = time.monotonic() + after if after else 0.0
        self._began = 0.0

    def due(self) -> bool:
        """Whether it may run now."""
        return time.monotonic() >= self._next

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        now = time.monotonic()
        wait = max(self._least, (now - self._began) * self._share)
        # Where one turn has several parts, the costliest counts.
        self._next = max(self._next, now + min(wait, self._most))


class Stopwatch:
    """Time spent playing, pauses left out, and the recent rate.

    Arguments:
        seconds: Spent before, by the run that goes on here.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._before = seconds
        self._since: float | None = None
        self._recent: deque[tuple[float, int]] = deque(maxlen=60)

    def run(self) -> None:
        """Starts or goes on; the rate is measured afresh."""
        if self._since is None:
            self._since = time.monotonic()
            self._recent.clear()

    def hold(self) -> None:
        """Pauses."""
        self._before, self._since = self.seconds(), None

    def rest(self, seconds: float) -> None:
        """Takes back time that went by without playing; the rate still counts it.

        While the watch stands still no time goes by that could be taken back.
        """
        if self._since is not None:
            self._before -= seconds

    def seconds(self) -> float:
        """Played so far."""
        return self._before + (0.0 if self._since is None else time.monotonic() - self._since)

    def rate(self, step: int) -> float:
        """Rounds per second over about the last two seconds of calls."""
        now = time.monotonic()
        self._recent.append((now, step))
        while len(self._recent) > 2 and now - self._recent[0][0] > 2.0:
            self._recent.popleft()
        then, first = self._recent[0]
        return (step - first) / (now - then) if now > then else 0.0
