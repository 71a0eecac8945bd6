"""The digit that was picked on the map, and those that were pinned to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.state.tiles import nearest_digit

if TYPE_CHECKING:
    from studio.bridge.cartographer import Cartographer, Picked, Tile
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView

PINS = "pins"
"""The key under which pins are decoded along with the tiles."""
MOST = 99
Place = tuple[float, float]


@dataclass(frozen=True)
class Pin:
    """A place that the user keeps, and its digit as it was last decoded."""

    place: Place
    digit: np.ndarray


class PinController(QObject):
    """Shows the digit where the user clicks, and keeps those that are pinned.

    Both are the model's as it is now, not as it was when they were picked. Pins belong to the
    plane on which they were set: on another one the same place means something else.

    Attributes:
        digit: The digit that was picked last, uint8 (28, 28), or None.

    Signals:
        picked_changed(): `digit` is another.
    """

    picked_changed = Signal()

    def __init__(
        self,
        view: MapView,
        cartographer: Cartographer,
        plane: PlaneController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._cartographer, self._plane = view, cartographer, plane
        self.digit: np.ndarray | None = None
        self._place: Place | None = None
        self._pins: dict[object, list[Pin]] = {}
        self._stale = False
        self._picked_on: object = None
        view.map.picked.connect(self._on_view_picked)
        view.pick_closed.connect(self._on_pick_closed)
        view.pick.pin_toggled.connect(self._on_pin_toggled)
        view.pick.pin_chosen.connect(self._on_pin_chosen)
        plane.laid.connect(self._on_laid)
        plane.cleared.connect(self._on_cleared)
        cartographer.picked.connect(self._on_picked)
        cartographer.tile.connect(self._on_tile)

    @property
    def place(self) -> Place | None:
        """Where the digit lies that is shown large."""
        return self._place

    def pick(self, x: float, y: float) -> None:
        """Shows the digit at a place large; of a sheet of samples the one that is nearest."""
        ground = self._plane.ground
        if ground is None:
            return
        if not ground.dim:
            # Between its digits there are other samples, which are not those in view.
            x, y = nearest_digit(x, y, self._view.map.level())
        self._place = (x, y)
        self._cartographer.ask_pick(self._place)

    def wanted(self) -> list[tuple[object, np.ndarray]]:
        """The pins to be decoded, as something to ask along with tiles, until they are."""
        pins = self._here()
        if not self._stale or not pins:
            return []
        return [(PINS, np.array([pin.place for pin in pins]))]

    def _here(self) -> list[Pin]:
        """The pins of this plane."""
        return self._pins.setdefault(self._plane.identity, [])

    # The picked digit

    @Slot(float, float)
    def _on_view_picked(self, x: float, y: float) -> None:
        self.pick(x, y)

    @Slot()
    def _on_pick_closed(self) -> None:
        self._place = self.digit = None
        self.picked_changed.emit()

    @Slot(object)
    def _on_picked(self, picked: Picked) -> None:
        if self._plane.stands(picked.version, picked.spec) is None or self._place is None:
            return
        self.digit = picked.digit
        x, y = picked.place
        self._view.set_pick(picked.digit, x, y, _words(picked))
        self._show_pins()
        self.picked_changed.emit()

    @Slot()
    def _on_laid(self) -> None:
        if self._picked_on != self._plane.identity:
            # The place means something else on another plane; the digit may become its corner.
            self._picked_on = self._plane.identity
            if self._place is not None:
                self._place = None
                self._view.set_pick(None, 0.0, 0.0, "")
        if self._place is not None:
            self._cartographer.ask_pick(self._place)
        self._stale = True
        self._show_pins()

    @Slot()
    def _on_cleared(self) -> None:
        self._pins.clear()
        self._place = self.digit = None
        self._view.set_pick(None, 0.0, 0.0, "")
        self._show_pins()
        self.picked_changed.emit()

    # Pins

    @Slot(bool)
    def _on_pin_toggled(self, on: bool) -> None:
        pins = self._here()
        if self._place is None or self.digit is None:
            return
        if on and len(pins) < MOST:
            pins.append(Pin(self._place, self.digit))
        else:
            pins[:] = [pin for pin in pins if pin.place != self._place]
        self._show_pins()

    @Slot(int)
    def _on_pin_chosen(self, number: int) -> None:
        x, y = self._here()[number].place
        self._view.map.go_to(x, y)
        self.pick(x, y)

    @Slot(object)
    def _on_tile(self, tile: Tile) -> None:
        pins = self._here()
        stands = self._plane.stands(tile.version, tile.spec)
        if tile.key != PINS or stands is None or len(tile.digits) != len(pins):
            return
        self._stale = False
        pins[:] = [replace(pin, digit=d) for pin, d in zip(pins, tile.digits, strict=True)]
        self._show_pins()

    def _show_pins(self) -> None:
        pins = self._here()
        places = [pin.place for pin in pins]
        current = places.index(self._place) if self._place in places else -1
        self._view.map.set_pins([(*pin.place, pin.digit) for pin in pins])
        self._view.pick.set_pins([pin.digit for pin in pins], current)
        self._view.pick.set_pinned(current >= 0)


def _words(picked: Picked) -> str:
    """What is read in a picked digit."""
    if picked.label is None:
        return "What the model makes of this place."
    what = "no digit" if picked.label == 10 else f"a {picked.label}"
    return f"The classifier reads {what} and is {picked.certainty:.0%} sure.".replace("%", " %")
