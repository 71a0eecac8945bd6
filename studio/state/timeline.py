"""Where in the training the user looks: at its newest step, or back at an earlier one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence


class Timeline(QObject):
    """The one time cursor of the window.

    Live is the right end: the cursor then is None and everything shows the newest, however long the
    training goes on. Looking back, the cursor is a step below the last and stays where it is while
    the training grows underneath. Step s means: after s rounds.
    """

    cursor_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cursor: int | None = None
        self._last = 0
        self._snapshots: tuple[int, ...] = ()

    @property
    def cursor(self) -> int | None:
        """The step that is looked at; None for live."""
        return self._cursor

    @property
    def looking_back(self) -> bool:
        """Whether an earlier step than the newest is shown."""
        return self._cursor is not None

    @property
    def last(self) -> int:
        """The newest step."""
        return self._last

    @property
    def snapshots(self) -> tuple[int, ...]:
        """The steps that the keys walk over, rising."""
        return self._snapshots

    def set_span(self, last: int) -> None:
        """How far the training has come. A cursor that is no longer inside goes live."""
        self._last = last
        if self._cursor is not None and self._cursor > last:
            self._move(None)

    def set_snapshots(self, steps: Sequence[int]) -> None:
        """The steps that can be shown in full, rising."""
        self._snapshots = tuple(steps)

    def follow(self) -> None:
        """Begins anew with another run: nothing is known of it, and it is followed live."""
        self._last, self._snapshots = 0, ()
        self._move(None)

    def go_to(self, step: int) -> None:
        """Looks at a step; at the last one or beyond it, that is live."""
        self._move(max(step, 0) if step < self._last else None)

    def go_live(self) -> None:
        """Shows the newest from now on."""
        self._move(None)

    def first(self) -> None:
        """Looks at the first snapshot, or at the very beginning where there is none."""
        self.go_to(self._snapshots[0] if self._snapshots else 0)

    def step_by(self, count: int) -> None:
        """Walks over snapshots, forwards or backwards: past the last one lies live.

        Without any snapshot nothing moves.
        """
        steps = [step for step in self._snapshots if step < self._last]
        if not steps or count == 0:
            return
        here = self._last if self._cursor is None else self._cursor
        # Between two snapshots a move to either side ends at the nearest one of that side.
        index = bisect_left(steps, here) if count < 0 else bisect_right(steps, here) - 1
        if index + count >= len(steps):
            self._move(None)
        else:
            self.go_to(steps[max(index + count, 0)])

    def _move(self, cursor: int | None) -> None:
        if cursor != self._cursor:
            self._cursor = cursor
            self.cursor_changed.emit()
