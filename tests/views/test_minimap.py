"""The plane at a glance, clicked by the mouse and judged by pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from studio.state.tiles import PlaneRect
from studio.views import theme
from studio.views.minimap import SIDE, Minimap

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
MIDDLE = QPoint(SIDE // 2, SIDE // 2)


@pytest.fixture
def minimap(qtbot: QtBot) -> Minimap:
    widget = Minimap()
    qtbot.addWidget(widget)
    widget.show()
    widget.set_view(PlaneRect(90, 90, 91, 91))  # out of sight
    return widget


def moved(minimap: Minimap, place: QPoint) -> tuple[float, float]:
    """Where a click asks to go."""
    heard: list[tuple[float, float]] = []
    connection = minimap.moved.connect(lambda x, y: heard.append((x, y)))
    QTest.mouseClick(minimap, LEFT, pos=place)
    minimap.moved.disconnect(connection)
    return heard[-1]


def test_it_shows_what_the_ground_says(minimap: Minimap) -> None:
    assert moved(minimap, MIDDLE) == (0, 0)
    edge = moved(minimap, QPoint(SIDE, SIDE // 2))
    minimap.set_ground(centre=(5.0, -2.0), span=20.0, rings=False)
    assert moved(minimap, MIDDLE) == (5, -2)
    assert moved(minimap, QPoint(SIDE, SIDE // 2)) == pytest.approx((15, -2))
    minimap.set_ground()
    assert moved(minimap, QPoint(SIDE, SIDE // 2)) == edge


def test_circles_only_where_they_mean_something(minimap: Minimap) -> None:
    with_rings = minimap.grab().toImage()
    assert "standard deviations" in minimap.toolTip()
    minimap.set_ground(rings=False)
    assert minimap.grab().toImage() != with_rings
    assert "standard deviations" not in minimap.toolTip()


def test_a_plane_that_ends_is_shown_whole(minimap: Minimap) -> None:
    minimap.set_ground((0.0, 0.0, 1.0, 1.0), centre=(0.5, 0.5), span=4.0)
    left, top = moved(minimap, QPoint(1, 1))
    assert -0.2 < left < 0.0
    assert 1.0 < top < 1.2
    minimap.set_points(np.array([[40.0, 40.0], [0.5, 0.5]]), np.array([1, 2]))
    assert moved(minimap, QPoint(1, 1)) == (left, top), "no point changes that"
    tint, wanted = minimap.grab().toImage().pixelColor(MIDDLE), QColor(theme.CLASS_COLOURS[2])
    assert abs(tint.red() - wanted.red()) < 40


def test_the_scale_follows_the_points(minimap: Minimap) -> None:
    near = moved(minimap, QPoint(SIDE, SIDE // 2))[0]
    rng = np.random.default_rng(0)
    minimap.set_points(rng.normal(0, 6, (500, 2)), None)
    far = moved(minimap, QPoint(SIDE, SIDE // 2))[0]
    assert far > 3 * near
    minimap.set_points(None, None)
    assert moved(minimap, QPoint(SIDE, SIDE // 2))[0] == near


def test_a_drag_leads_on(minimap: Minimap) -> None:
    heard: list[tuple[float, float]] = []
    minimap.moved.connect(lambda x, y: heard.append((x, y)))
    QTest.mousePress(minimap, LEFT, pos=QPoint(20, 20))
    QTest.mouseMove(minimap, MIDDLE)
    QTest.mouseRelease(minimap, LEFT, pos=MIDDLE)
    assert heard[-1] == (0, 0)
    count = len(heard)
    QTest.mouseMove(minimap, QPoint(30, 30))
    assert len(heard) == count
