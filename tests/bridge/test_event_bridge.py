"""Events from any thread arrive complete, coalesced and on the window's thread."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from studio.bridge.event_bridge import EventBridge, coalesce
from studio.engine.events import Event, Losses, RoundsPlayed, SamplesDrawn


def rounds(step: int) -> RoundsPlayed:
    losses = {"d": Losses(np.array([step]), {"total": np.array([0.5], dtype=np.float32)})}
    return RoundsPlayed(1, step, losses, 0.0, 0.0, None, None, 0.0)


def grid(step: int) -> SamplesDrawn:
    return SamplesDrawn(1, step, np.zeros((1, 28, 28), np.uint8), "")


def test_a_burst_arrives_whole_in_few_deliveries(qtbot: QtBot) -> None:
    bridge = EventBridge(interval_ms=20)
    deliveries: list[list[Event]] = []
    threads: set[QThread] = set()
    bridge.events_ready.connect(deliveries.append)
    bridge.events_ready.connect(lambda _: threads.add(QThread.currentThread()))
    bridge.open()

    def work() -> None:
        for step in range(20_000):
            bridge.publish(rounds(step))

    worker = threading.Thread(target=work)
    worker.start()
    qtbot.waitUntil(lambda: sum(map(len, deliveries)) == 20_000, timeout=20_000)
    worker.join()
    bridge.close()
    assert [e.step for batch in deliveries for e in batch] == list(range(20_000))
    assert len(deliveries) < 1000
    assert threads == {bridge.thread()}


def test_only_the_newest_grid_of_a_delivery_is_drawn() -> None:
    events = [grid(1), rounds(1), grid(2), rounds(2)]
    assert coalesce(events) == [events[1], events[2], events[3]]


def test_closing_delivers_what_is_left(qtbot: QtBot) -> None:
    bridge = EventBridge()
    heard: list[Event] = []
    bridge.events_ready.connect(heard.extend)
    bridge.open()
    bridge.publish(rounds(5))
    bridge.close()
    assert [e.step for e in heard] == [5]
