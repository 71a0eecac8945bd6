"""What is written before anything has been trained."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from studio.controllers.first_look import FirstLook


class Source(QObject):
    adopted = Signal(object)
    sampled = Signal(object)
    grid_shown = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.current = None

    def ask_samples(self, count: int, *, seed: int) -> None:
        self.asked.append(count)


@pytest.mark.parametrize(
    ("pictures", "writes"), [("digits", True), ("colour", True), ("points", False)]
)
def test_only_pictures_are_asked_for(qtbot: QtBot, pictures: str, writes: bool) -> None:
    source, nobody = Source(), SimpleNamespace(data=None)
    anything: Any = source
    look = FirstLook(anything, nobody, anything, anything, anything, anything, str, source)  # type: ignore[arg-type]
    source.adopted.emit(SimpleNamespace(abilities={"sample": True}, pictures=pictures))
    assert bool(source.asked) == writes, "points of a plane are no pictures"
    assert look.parent() is source
