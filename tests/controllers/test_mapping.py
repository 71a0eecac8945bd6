"""The map is laid for those who can see it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Adopted
from studio.controllers.mapping import MappingController


class Widget(QObject):
    tiles_wanted = Signal(object)
    picked = Signal(float, float)
    pick_closed = Signal()

    @property
    def map(self) -> Widget:
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None


class Desk(QObject):
    points = Signal(object)
    laid = Signal(object)
    tile = Signal(object)
    picked = Signal(object)
    finished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def ask_points(self) -> None:
        self.asked += 1


class Exploring(QObject):
    adopted = Signal(object)
    line_changed = Signal()
    current = None
    training = False

    def hold(self, who: str, busy: bool) -> None:
        pass

    def line(self) -> str:
        return ""


@pytest.mark.parametrize("can", [True, False])
def test_no_plane_is_laid_while_nobody_sees_places(qtbot: QtBot, can: bool) -> None:
    desk, exploring = Desk(), Exploring()
    parts: tuple[Any, ...] = (Widget(), desk, exploring)
    mapping = MappingController(*parts)
    verbs = ("sample", "encode", "decode", "reconstruct", "inpaint")
    new = Adopted(
        version=1,
        model="gan",
        title="GAN",
        data="pen",
        step=1,
        abilities=dict.fromkeys(verbs, can),
        ways=dict.fromkeys(verbs, ""),
        encodes_fast=False,
        same_model=False,
    )
    exploring.adopted.emit(new)
    assert desk.asked == int(can)
    mapping.set_watched(False)
    exploring.adopted.emit(new)
    exploring.adopted.emit(new)
    assert desk.asked == int(can)
    mapping.set_watched(True)
    mapping.set_watched(True)
    assert desk.asked == 2 * int(can)
