"""The runs that answer beside the model in the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST = 8
"""Members of a panel: more rows than this nobody compares."""


@dataclass(frozen=True)
class Member:
    """A run, or a model in one file, that answers.

    Attributes:
        key: What it is called among the answers, never empty: the path, and the step if one is
            asked for.
        path: A run folder or a model file.
        title: What the window calls it.
        data: Name of the data set that it was trained on.
        at: The step of its timeline that answers; None for its newest weights.
        step: How far it has been trained, as far as anybody knows.
    """

    key: str
    path: Path
    title: str
    data: str
    at: int | None = None
    step: int = 0


def member(path: Path, title: str, data: str, *, at: int | None = None, step: int = 0) -> Member:
    """A member that is called after its place."""
    key = str(path) if at is None else f"{path} at {at}"
    return Member(key, path, title, data, at, step)


class Panel(QObject):
    """Who has been chosen, in the order of their rows.

    Signals:
        changed(): others have been chosen, or the order is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.members: tuple[Member, ...] = ()

    def set_members(self, members: Iterable[Member]) -> None:
        """Chooses these: each once, and the first MOST of them."""
        chosen = tuple({one.key: one for one in members}.values())[:MOST]
        if chosen != self.members:
            self.members = chosen
            self.changed.emit()

    def remove(self, key: str) -> None:
        """Sends one away."""
        self.set_members(one for one in self.members if one.key != key)
