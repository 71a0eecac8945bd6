"""The Map page: what floats over the plane, and how it moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from studio.views import minimap
from studio.views.latent_map import HOME_SCALE
from studio.views.map_page import MapPage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [-2.0, 0.5]])
LABELS = np.array([0, 1, 2])


@pytest.fixture
def page(qtbot: QtBot) -> MapPage:
    widget = MapPage()
    qtbot.addWidget(widget)
    widget.resize(960, 700)
    widget.show()
    return widget


def child(page: MapPage, name: str) -> QWidget:
    found = page.findChild(QWidget, name)
    assert found is not None, name
    return found


def test_the_map_fills_the_page(page: MapPage) -> None:
    assert page.map.geometry() == page.rect()


def test_buttons_zoom_and_return(page: MapPage) -> None:
    QTest.mouseClick(child(page, "zoomInButton"), LEFT)
    assert page.map.scale() > HOME_SCALE
    QTest.mouseClick(child(page, "zoomOutButton"), LEFT)
    assert page.map.scale() == pytest.approx(HOME_SCALE)
    page.map.go_to(4, 4, 1000)
    level = page.findChild(QLabel, "mapLevel")
    assert level.text() == "digits 0.0312 apart"
    QTest.mouseClick(child(page, "homeButton"), LEFT)
    assert page.map.centre() == (0, 0)
    assert level.text() == "digits 0.25 apart"


def test_points_are_switched_by_the_user_and_announced(page: MapPage, qtbot: QtBot) -> None:
    page.set_points(POINTS, LABELS)
    assert page._legend.isVisible()
    with qtbot.waitSignal(page.points_toggled) as heard:
        QTest.mouseClick(child(page, "pointsSwitch"), LEFT)
    assert heard.args == [False]
    assert not page._legend.isVisible()
    page.set_points(None, None)
    assert not child(page, "pointsSwitch").isEnabled()
    assert "cannot" in child(page, "pointsSwitch").toolTip()


def test_the_minimap_moves_the_map(page: MapPage) -> None:
    QTest.mouseClick(page.minimap, LEFT, pos=QPoint(minimap.SIDE // 2 + 35, minimap.SIDE // 2))
    x, y = page.map.centre()
    assert x == pytest.approx(35 * minimap.LEAST_REACH / (minimap.SIDE / 2))
    assert y == pytest.approx(0)


def test_the_picked_digit_is_shown_large_with_its_place(page: MapPage) -> None:
    card = child(page, "pickedDigit")
    assert not card.isVisible()
    page.set_pick(np.full((28, 28), 200, np.uint8), -0.8, 0.3, "Decoded by the VAE.")
    assert card.isVisible()
    text = "\n".join(label.text() for label in card.findChildren(QLabel))
    assert "x −0.80   y +0.30" in text
    assert "Decoded by the VAE." in text
    assert page._pick._picture.grab().toImage().pixelColor(80, 80).lightness() == 200
    QTest.mouseClick(child(page, "closePickButton"), LEFT)
    assert not card.isVisible()
    page.set_pick(np.zeros((28, 28), np.uint8), 0, 0, "")
    page.set_pick(None, 0, 0, "")
    assert not card.isVisible()


def test_without_a_map_only_the_sentence_remains(page: MapPage) -> None:
    page.set_points(POINTS, LABELS)
    page.set_pick(np.zeros((28, 28), np.uint8), 0, 0, "")
    page.set_unavailable("A DDPM has no code to lay out on a plane.")
    for part in (page.minimap, page._strip, page._legend, page._pick):
        assert not part.isVisible()
    page.set_unavailable("")
    for part in (page.minimap, page._strip, page._legend):
        assert part.isVisible()


@pytest.mark.parametrize("width", [640, 960, 1600])
def test_nothing_that_floats_overlaps(page: MapPage, width: int) -> None:
    page.resize(width, 700)
    page.set_plane_note("The two most important directions of a code of 16 numbers. " * 2)
    page.set_points(POINTS, LABELS)
    page.set_pick(np.zeros((28, 28), np.uint8), 0.5, 0.5, "A sentence about the digit. " * 2)
    QApplication.processEvents()
    parts = [page._strip, page._legend, page._pick, page.minimap]
    for number, part in enumerate(parts):
        assert page.rect().contains(part.geometry()), part
        for other in parts[:number]:
            assert not part.geometry().intersects(other.geometry()), (part, other)


def test_everything_that_is_operated_has_a_name_and_a_tip(page: MapPage) -> None:
    for button in page.findChildren(QToolButton):
        assert button.accessibleName() or button.text()
        assert button.toolTip()
        assert button.objectName()


def test_the_minimap_follows_the_points(page: MapPage) -> None:
    page.set_points(POINTS * 10, LABELS)
    page.set_place(3.0, -2.0, None)
    page.minimap.grab()
    assert page.minimap._reach > 20
