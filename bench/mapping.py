"""The map under load: tiles per second, frames while panning, memory over a long walk.

A frame begins when the hand has moved, 60 times a second, and ends when the map has been painted
and the event loop is free again; one that takes longer than 16.7 ms comes too late for a screen of
60 Hz.
"""

from __future__ import annotations

import random
import time

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bench import opened
from bench.responsiveness import wait
from bench.soak import resident
from studio.app import Studio
from studio.bridge.cartographer import Cartographer
from studio.controllers.map_controller import MapController

LEFT = Qt.MouseButton.LeftButton
HERTZ = 60
PULL = 6
"""Pixels that the hand moves between two frames."""
PER_MINUTE = 30
"""Looks at another place of somebody who walks over the map."""


class Frames(QObject):
    """Drags the map as a hand does, and measures each frame."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._map = studio.map.map
        self.spent: list[float] = []
        self._painted = False
        self._angle, self._pulled, self._held = 0.0, 0, False
        self._paints = opened.Painted(self._map, self._on_painted)

    def _on_painted(self) -> None:
        self._painted = True

    def pan(self, seconds: float) -> None:
        """For so long, in slow circles over ever new ground."""
        due = time.perf_counter()
        end = due + seconds
        while due < end:
            while (left := due - time.perf_counter()) > 0:
                QApplication.processEvents(
                    QEventLoop.ProcessEventsFlag.AllEvents, max(1, int(1_000 * left))
                )
                time.sleep(min(0.001, max(0.0, due - time.perf_counter())))
            self._painted = False
            self._pull()
            while not self._painted and time.perf_counter() < due + 1:
                QApplication.processEvents()
            QApplication.processEvents()
            now = time.perf_counter()
            self.spent.append(now - due)
            due = max(due + 1 / HERTZ, now)
        if self._held:
            QTest.mouseRelease(self._map, LEFT, pos=self._place())

    def _place(self) -> QPoint:
        middle = self._map.rect().center()
        reach = self._pulled * PULL - 120
        return middle + QPoint(
            round(reach * np.cos(self._angle)), round(reach * np.sin(self._angle))
        )

    def _pull(self) -> None:
        if self._held and self._pulled >= 40:
            QTest.mouseRelease(self._map, LEFT, pos=self._place())
            self._held = False
        if not self._held:
            self._angle += 0.15
            self._pulled = 0
            QTest.mousePress(self._map, LEFT, pos=self._place())
            self._held = True
        self._pulled += 1
        QTest.mouseMove(self._map, self._place())


def tiles(studio: Studio, looks: int = 40) -> dict[str, object]:
    """Tiles that arrive in a second while everything in view is missing."""
    arrived = 0

    def count() -> None:
        nonlocal arrived
        arrived += 1

    controller, plane = opened.part(studio, MapController), studio.map.map
    opened.soon(lambda: controller.settled)
    cartographer = opened.part(studio, Cartographer)
    cartographer.tile.connect(count)
    spent = 0.0
    for look in range(looks):
        # Far enough apart to share nothing.
        began = time.perf_counter()
        plane.go_to(100.0 * (look + 1), 50.0 * (look % 7))
        wait(0.02)
        opened.soon(lambda: controller.settled)
        spent += time.perf_counter() - began
    cartographer.tile.disconnect(count)
    return {
        "tiles": arrived,
        "tiles_per_second": round(arrived / spent, 1),
        "digits_per_second": round(16 * arrived / spent),
        "until_a_view_is_complete_ms": round(1_000 * spent / looks, 1),
    }


def panning(studio: Studio, seconds: float) -> dict[str, object]:
    """Frames while the hand drags the map."""
    studio.map.map.go_home()
    wait(0.5)
    frames = Frames(studio)
    frames.pan(seconds)
    spent = np.array(frames.spent)
    return {
        **opened.milliseconds(frames.spent),
        "share_over_16.7_ms": round(float((spent > 1 / HERTZ).mean()), 4),
        "frames_per_second": round(len(spent) / seconds, 1),
    }


def walk(studio: Studio, minutes: float) -> dict[str, object]:
    """The memory along a random walk: as many looks as in so many minutes, without the pauses."""
    dice = random.Random(0)
    controller, plane = opened.part(studio, MapController), studio.map.map
    x = y = 0.0
    held, used, counts = list[float](), list[int](), list[int]()
    looks = round(minutes * PER_MINUTE)
    every = max(1, looks // 30)
    for look in range(looks):
        scale = 60 * 2 ** dice.uniform(-2, 3)
        x, y = (x + dice.gauss(0, 400 / scale)), (y + dice.gauss(0, 400 / scale))
        plane.go_to(x, y, scale)
        wait(0.02)
        opened.soon(lambda: controller.settled)
        if look % every == every - 1:
            held.append(resident())
            used.append(controller.cache.used)
            counts.append(len(controller.cache))
    half = len(held) // 2
    slope = float(np.polyfit(np.arange(half, len(held)), held[half:], 1)[0]) * 30 / minutes * 60
    return {
        "looks": looks,
        "megabytes": [round(value) for value in held],
        "cache_megabytes": [round(value / 2**20) for value in used],
        "cache_entries": counts[-1],
        "megabytes_per_hour_in_the_second_half": round(slope, 1),
    }


def measure(minutes: float = 60.0, seconds: float = 20.0) -> dict[str, object]:
    """Everything, first idle and then while a VAE is trained; the walk comes last, idle."""
    result: dict[str, object] = {}
    with opened.home(), opened.window() as (_, studio):
        studio.window.show_page(opened.MAP)
        wait(1.0)
        result["tiles, idle"] = tiles(studio)
        result["panning, idle"] = panning(studio, seconds)
        result["walk"] = walk(studio, minutes)
        opened.train(studio, "vae", steps=1_000_000)
        studio.window.show_page(opened.MAP)
        wait(2.0)
        result["tiles, training"] = tiles(studio)
        result["panning, training"] = panning(studio, seconds)
    return result
