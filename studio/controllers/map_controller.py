"""The Map page and the model that decodes it: puts the controllers of the map together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.controllers.map_anchors import AnchorController
from studio.controllers.map_film import FilmController
from studio.controllers.map_lines import LineController
from studio.controllers.map_offsets import OffsetController
from studio.controllers.map_overlays import OverlayController
from studio.controllers.map_pins import PinController
from studio.controllers.map_places import PlaceController
from studio.controllers.map_plane import PlaneController
from studio.controllers.map_tiles import TileController
from studio.controllers.sheets import SheetController
from studio.state.bookmarks import Bookmarks
from studio.state.tile_cache import TileCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.bridge.cartographer import Cartographer, Placed
    from studio.bridge.errands import Errands
    from studio.controllers.exploring import ExploringController
    from studio.controllers.exporting import AskPath
    from studio.controllers.map_view import MapView
    from studio.controllers.sheets import SheetForm


class MapController(QObject):
    """Keeps the map in step with the weights, the drawing and the view.

    Attributes:
        bookmarks: Places to find again; whoever owns the preferences keeps them.
        cache: What has been decoded.

    Signals:
        refused(str): one sentence for the user.
        exported(str): the file that has been written.
    """

    refused = Signal(str)
    exported = Signal(str)

    def __init__(
        self,
        view: MapView,
        cartographer: Cartographer,
        exploring: ExploringController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._cartographer, self._exploring = view, cartographer, exploring
        self.bookmarks, self.cache = Bookmarks(self), TileCache()
        self.plane = PlaneController(view, cartographer, exploring, self)
        # Pins stand before tiles, as they are decoded along with them.
        self.pins = PinController(view, cartographer, self.plane, self)
        shared = (view, cartographer, exploring, self.plane, self.cache, self)
        self.tiles = TileController(*shared)
        self.tiles.set_extras(self.pins.wanted)
        self.overlays = OverlayController(*shared)
        self.lines = LineController(view, cartographer, self.plane, self)
        self.offsets = OffsetController(view, cartographer, self.plane, self)
        self.anchors = AnchorController(view, self.plane, self.overlays, self.pins, self)
        self.places = PlaceController(view, self.plane, self.bookmarks, self)
        self.sheets: SheetController | None = None
        self._seen: np.ndarray | None = None
        self._code: np.ndarray | None = None
        self.plane.refused.connect(self.refused)
        self.overlays.refused.connect(self.refused)
        self.plane.laid.connect(self._place_drawing)
        self.plane.cleared.connect(self._on_cleared)
        cartographer.placed.connect(self._on_placed)

    @property
    def settled(self) -> bool:
        """Whether everything in view has been decoded, and what lies over it is there."""
        return self.tiles.settled and self.overlays.settled

    def enable_exports(
        self, errands: Errands, ask_path: AskPath, make_form: Callable[[], SheetForm]
    ) -> None:
        """Lets sheets and films be written; called once, and then `close` in the end.

        Arguments:
            errands: Writes the films.
            ask_path: Where to.
            make_form: Makes the dialog that asks what goes onto a sheet.
        """
        view, plane, lines = self._view, self.plane, self.lines
        self.film = FilmController(view, plane, lines, errands, ask_path, self)
        self.sheets = SheetController(
            make_form,
            ask_path,
            self._cartographer,
            self._exploring,
            plane,
            view.map.view_rect,
            lambda: lines.region,
            self,
        )
        view.export_requested.connect(self.sheets.open)
        view.lasso.export_requested.connect(self.sheets.open_lasso)
        for writer in (self.film, self.sheets):
            writer.refused.connect(self.refused)
            writer.exported.connect(self.exported)

    def close(self) -> None:
        """Ends the thread that writes sheets; a file is finished or not there."""
        if self.sheets is not None:
            self.sheets.close()

    def set_visible(self, visible: bool) -> None:
        """Whether the Map page is on screen."""
        if not visible:
            self.tiles.let_go()
            self.overlays.let_go()

    def set_watched(self, watched: bool) -> None:
        """Whether a page that shows places is on screen; if not, no plane is laid."""
        self.plane.set_watched(watched)

    # The drawing

    @Slot(object, object, object)
    def on_drawing_coded(
        self, seen: np.ndarray | None, code: np.ndarray | None, label: int | None
    ) -> None:
        """The drawing as models see it, uint8 (28, 28), its code (D,) and its class."""
        before, self._seen, self._code = self._seen, seen, code
        same = before is not None and seen is not None and np.array_equal(before, seen)
        self.anchors.set_drawing(seen)
        self.plane.meet(code, label, anew=not same)
        self._place_drawing()

    @Slot()
    def _place_drawing(self) -> None:
        if self._code is None or self.plane.ground is None or not self.plane.ground.dim:
            self._view.set_place(None, None, None)
            self._cartographer.forget("place")
        else:
            self._cartographer.ask_place(self._code)

    @Slot(object)
    def _on_placed(self, placed: Placed) -> None:
        if self._code is not None:
            x, y = placed.place
            self._view.set_place(x, y, self._seen)

    @Slot()
    def _on_cleared(self) -> None:
        # Another model: the drawing is being read anew.
        self._code = None
        self._view.set_place(None, None, None)
