"""The tour on the Map page: planes, overlays, a digit, a region and a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from studio.engine.events import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.app import Studio
    from studio.tour.hands import Hands

REGION = ((0.30, 0.35), (0.50, 0.28), (0.62, 0.45), (0.55, 0.70), (0.36, 0.68), (0.29, 0.50))
PATH = ((0.20, 0.75), (0.32, 0.55), (0.45, 0.62), (0.56, 0.42), (0.70, 0.48))
PATIENCE = 180


def explore(hands: Hands, studio: Studio) -> None:
    """Walks over the map of the model in the window, under each of its overlays."""
    plane, mapping = hands.child("latentMap"), studio.map_room.mapping

    def settle(what: str) -> None:
        hands.wait(0.4)
        hands.until(what, lambda: mapping.settled, PATIENCE)
        hands.wait(0.4)

    hands.click("pageButtonMap")
    settle("the map is drawn")
    hands.wheel(plane, 1)
    hands.click_at(plane, 120, -60)
    settle("the map is drawn anew")
    hands.wait(0.6)
    hands.picture("map")
    hands.click("closePickButton")
    # Overlays take their time, and in a training newer weights would come after each.
    going = studio.state.phase is Phase.RUNNING
    if going:
        studio.training.pause()
        hands.until("the training is paused", lambda: studio.state.phase is Phase.PAUSED, 60)
    chooser = hands.child("overlayChooser")
    assert isinstance(chooser, QComboBox)
    for number in range(1, chooser.count()):
        kind = str(chooser.itemData(number))
        if not chooser.model().index(number, 0).flags() & Qt.ItemFlag.ItemIsEnabled:
            continue
        hands.choose("overlayChooser", number)
        settle(f"{kind} lies over the map")
        hands.picture(f"map-{kind}")
    hands.choose("overlayChooser", 0)
    for key, line, name, close in (
        (Qt.Key.Key_S, REGION, "map-region", "closeLassoButton"),
        (Qt.Key.Key_B, PATH, "map-path", "closePathButton"),
    ):
        hands.key(plane, key)
        hands.stroke(plane, line)
        settle("what was drawn is answered")
        hands.wait(1.0)
        hands.picture(name)
        hands.click(close)
    hands.key(plane, Qt.Key.Key_V)
    _planes(hands, studio, settle)
    if going:
        studio.training.resume()
        hands.until("the training goes on", lambda: studio.state.phase is Phase.RUNNING, 60)


def _planes(hands: Hands, studio: Studio, settle: Callable[[str], None]) -> None:
    """Turns to every other kind of plane that the model has, and back."""
    plane = studio.map_room.mapping.plane
    first = plane.spec
    for kind in ("dimensions", "quantiles", "anchors"):
        if not plane.allows(kind):
            continue
        hands.click("planeButton")
        hands.click(f"{kind}Plane")
        if kind == "anchors":
            for corner, digit in zip("ABC", (0, 3, 7), strict=True):
                hands.click(f"anchor{corner}")
                hands.choose("anchorClass", digit)
                hands.click("anchorTest")
        settle(f"the map shows {kind}")
        hands.picture(f"map-{kind}")
        hands.click("planeButton")
    plane.turn(first.kind, first.dimensions)
    settle("the first plane is back")
