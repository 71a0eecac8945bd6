"""Answers belong to the model that was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from studio.bridge.desk import Desk


class FakeExplorer:
    """Stands for a model; nobody asks it anything here."""


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def test_a_long_answer_of_the_model_before_is_dropped(desk: Desk, qtbot: QtBot) -> None:
    heard: list[object] = []
    ended: list[str] = []
    desk.read.connect(heard.append)
    desk.finished.connect(ended.append)
    desk._explorer = cast("Any", FakeExplorer())

    def long(explorer: object) -> Iterator[object]:
        yield "asked of this model"
        desk._explorer = cast("Any", FakeExplorer())
        yield "computed by the old one, after the new one was adopted"

    desk._ask("read", cast("Any", long))
    qtbot.waitUntil(lambda: ended == ["read"])
    assert heard == ["asked of this model"]


def test_nobody_answers_before_there_is_a_model(desk: Desk, qtbot: QtBot) -> None:
    heard: list[object] = []
    ended: list[str] = []
    desk.sampled.connect(heard.append)
    desk.finished.connect(ended.append)
    desk.ask_samples(4, seed=0)
    qtbot.waitUntil(lambda: ended == ["sample"])
    assert heard == []
