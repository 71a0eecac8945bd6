"""What models are shown of the sheet, and what the discriminator in the window thinks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.controllers.judgement import shares_of, standing
from studio.data.framing import Framing, framing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from studio.bridge.desk import Adopted, Desk, TestDigit
    from studio.controllers.exploring import ExploringController
    from studio.engine.explorer import Reading
    from studio.engine.witness import Witness

FINE = 8
"""Points per pixel, in each direction, where a field is moved from one grid to another."""
OWN = ("adopt", "sample", "opinion", "digit")
"""Channels of the desk whose refusals are told here."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """What models are shown of the canvas.

    Attributes:
        seen: The drawing, uint8 (28, 28), framed if that is wanted; None while there is no ink.
        hole: The mask, bool (28, 28), True where unknown; moved as the drawing is.
        framing: How the drawing was moved; None if it was not.
    """

    seen: np.ndarray | None
    hole: np.ndarray
    framing: Framing | None


class Canvas(Protocol):
    """Where one draws."""

    def image(self) -> np.ndarray: ...
    def set_image(self, image: np.ndarray) -> None: ...
    def mask(self) -> np.ndarray: ...


class DrawView(Protocol):
    """What this controller needs of the Draw page."""

    drawing_changed: SignalInstance
    centring_changed: SignalInstance
    test_digit_requested: SignalInstance
    wishes_toggled: SignalInstance

    @property
    def canvas(self) -> Canvas: ...
    def set_model_line(self, text: str) -> None: ...
    def set_seen(self, image: np.ndarray | None) -> None: ...
    def set_opinion(self, text: str) -> None: ...
    def set_wishes(self, seen: np.ndarray | None, drawn: np.ndarray | None) -> None: ...
    def wishes(self) -> bool: ...
    def set_abilities(
        self, encodes: bool, inpaints: bool, encode_note: str, inpaint_note: str
    ) -> None: ...


class DrawingController(QObject):
    """Frames the drawing after each change, and asks the discriminator about it.

    `answered` says whether the model in the window has read the newest drawing.
    """

    seen_changed = Signal(object)
    """Sheet: the drawing, the mask or the framing is another one."""
    coded = Signal(object, object, object)
    """(seen uint8 (H, W) | None, latent (D,) | None, label | None): what the model in the window
    makes of the drawing."""
    refused = Signal(str)

    def __init__(
        self,
        view: DrawView,
        desk: Desk,
        exploring: ExploringController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._desk, self._exploring = view, desk, exploring
        self._centring = True
        self._seed = 0
        self._sheet = Sheet(None, np.zeros((28, 28), dtype=bool), None)
        self._wishes: np.ndarray | None = None
        self._watched = True
        self._unasked = False
        self.answered = False
        view.drawing_changed.connect(self._on_view_drawing_changed)
        view.centring_changed.connect(self._on_view_centring_changed)
        view.test_digit_requested.connect(self._on_view_test_digit_requested)
        view.wishes_toggled.connect(self._show_wishes)
        exploring.adopted.connect(self._on_adopted)
        exploring.line_changed.connect(self._show_line)
        desk.opinion.connect(self._on_opinion)
        desk.test_digit.connect(self._on_test_digit)
        desk.refused.connect(self._on_refused)

    @property
    def sheet(self) -> Sheet:
        """What models are shown now."""
        return self._sheet

    @property
    def _seen(self) -> np.ndarray | None:
        return self._sheet.seen

    def take_reading(self, reading: Reading) -> None:
        """What the model in the window makes of the drawing, so far."""
        self.answered = reading.fraction == 1
        self.coded.emit(self._seen, reading.latent, reading.label)

    def set_watched(self, watched: bool) -> None:
        """Whether a page that shows the drawing is on screen; if not, nothing is asked for it."""
        self._watched = watched
        if watched and self._unasked:
            self._ask()

    @Slot()
    def _on_view_drawing_changed(self) -> None:
        image, hole = self._view.canvas.image(), self._view.canvas.mask()
        before = self._seen
        if not image.any():
            self.answered = False
            self._sheet = Sheet(None, hole, None)
            self._desk.forget("opinion")
            self._forget_opinion()
            self._view.set_seen(None)
            self.coded.emit(None, None, None)
            self.seen_changed.emit(self._sheet)
            return
        self._sheet = Sheet(image, hole, None)
        if self._centring:
            place = framing(image)
            self._sheet = Sheet(place.apply(image), place.apply_mask(hole), place)
        seen = self._sheet.seen
        self._view.set_seen(seen)
        if before is None or seen is None or not np.array_equal(before, seen):
            self.answered = False
            self._ask()
        else:
            # What was thought of the drawing holds, and may lie elsewhere on the sheet.
            self._show_wishes()
        self.seen_changed.emit(self._sheet)

    def _ask(self) -> None:
        current = self._exploring.current
        self._unasked = not self._watched
        if self._unasked or self._seen is None or current is None:
            return
        if current.judges and current.pictures == "digits":
            seen = self._seen
            self._desk.ask("opinion", lambda witness: _opinion(witness, seen))

    @Slot(bool)
    def _on_view_centring_changed(self, on: bool) -> None:
        self._centring = on
        self._on_view_drawing_changed()

    @Slot()
    def _on_view_test_digit_requested(self) -> None:
        self._seed += 1
        self._desk.ask_test_digit(self._seed)

    @Slot()
    def _show_line(self) -> None:
        if self._exploring.current is not None:
            self._view.set_model_line(self._exploring.line())

    @Slot(object)
    def _on_adopted(self, adopted: Adopted) -> None:
        self._show_line()
        self._view.set_abilities(
            adopted.abilities["encode"],
            adopted.abilities["inpaint"],
            adopted.ways["encode"],
            adopted.ways["inpaint"],
        )
        if not (adopted.judges and adopted.same_model):
            self._forget_opinion()
        self._ask()

    def _forget_opinion(self) -> None:
        self._view.set_opinion("")
        self._wishes = None
        self._show_wishes()

    @Slot(object)
    def _on_opinion(self, opinions: object) -> None:
        from studio.engine.sight import Opinions

        assert isinstance(opinions, Opinions)
        if self._seen is None:
            return
        self._view.set_opinion(f"Its discriminator: {standing(opinions, 0)}.")
        self._wishes = shares_of(opinions.wishes)[0][0]
        self._show_wishes()

    @Slot()
    def _show_wishes(self) -> None:
        """The wishes on what the model sees, and where they lie on the sheet."""
        shown = self._wishes if self._view.wishes() else None
        drawn = shown
        if shown is not None and self._sheet.framing is not None:
            drawn = _taken_back(self._sheet.framing, shown)
        self._view.set_wishes(shown, drawn)

    @Slot(object)
    def _on_test_digit(self, found: TestDigit) -> None:
        self._view.canvas.set_image(found.digit)

    @Slot(str, str)
    def _on_refused(self, channel: str, message: str) -> None:
        if channel in OWN:
            self.refused.emit(message)


def _opinion(witness: Witness, seen: np.ndarray) -> Iterator[object]:
    """Nothing, if another model without a discriminator has been adopted meanwhile."""
    opinion = witness.opinion(seen)
    if opinion is not None:
        yield opinion


def _taken_back(framing: Framing, field: np.ndarray) -> np.ndarray:
    """A field (28, 28) over the centred drawing, moved back onto the drawing (28, 28) itself.

    Each pixel gets the mean of what lay over it: centring may have enlarged it to several.
    """
    side = len(field)
    points = (np.arange(FINE * side) + 0.5) / FINE
    across = (points - framing.left) * framing.width / (framing.right - framing.left)
    down = (points - framing.top) * framing.height / (framing.bottom - framing.top)
    x = np.floor(across).astype(int) + framing.x
    y = np.floor(down).astype(int) + framing.y
    fine = field[np.clip(y, 0, side - 1)[:, None], np.clip(x, 0, side - 1)]
    fine = fine * ((y >= 0) & (y < side))[:, None] * ((x >= 0) & (x < side))
    return np.asarray(fine.reshape(side, FINE, side, FINE).mean(axis=(1, 3)))
