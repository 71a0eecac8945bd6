"""The map: an endless plane of decoded digits, seen through a window that pans and zooms.

The widget knows no model: it asks for tiles and shows what it is given.

Painting only blits. The scale is rounded so that a tile is a whole number of screen pixels, tiles
are scaled once per scale and kept, and all that lies still on the plane is kept as pictures.

Panning and zooming lie in `plane_view`, drawing on the plane in `map_tools`, the ground in
`tiled_view`, and what is painted upon it in `map_scene` and `map_marks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.state.tiles import PlaneRect
from studio.views import map_marks, theme
from studio.views.map_blocks import MapBlocks
from studio.views.map_lines import MapLine
from studio.views.map_scene import MapScene, Signs
from studio.views.map_tools import Tool
from studio.views.pictures import grey_image
from studio.views.plane_view import KEY_STEP, WHEEL_STEP
from studio.views.tiled_view import TiledView
from studio.views.viewport import HOME_SCALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["HOME_SCALE", "KEY_STEP", "WHEEL_STEP", "LatentMap", "Tool"]

EMPTY = "The digits of the plane appear here as soon as a model decodes them."


class LatentMap(TiledView):
    """The plane of decoded digits. Plane coordinates have y up.

    Signals:
        view_changed(): another part of the plane is in view.
        picked(float, float): the user clicked here, in plane coordinates; on a pin: its place.
        tiles_wanted, shades_wanted, shading_range_changed: see `TiledView`.
        lasso_drawn, path_drawn, tool_changed: see `ToolView`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("latentMap")
        self.setAccessibleName("Map of decoded digits")
        self.setAccessibleDescription(
            "Drag or arrow keys move, wheel or plus and minus zoom, Home returns to where the map "
            "opens, a click shows the digit. S takes the lasso, B the pen for a path, V the hand."
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(280, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._scene = MapScene()
        self._blocks = MapBlocks()
        self._place: tuple[float, float] | None = None
        self._place_image: QImage | None = None
        self._mark: tuple[float, float] | None = None
        self._play_mark: tuple[float, float] | None = None
        self._clear_room: QRect | None = None
        self._hold: QRect | None = None

    def reset(self) -> None:
        """Forgets all that belongs to the present plane: tiles, shades, points, lines, signs and
        marks. The kind of shading, the tool, the ground and the view stay."""
        super().reset()
        self._scene.clear()
        self._place = self._mark = self._play_mark = None
        self._scene_has_changed()

    # What lies on the plane

    def set_ground(
        self,
        bounds: tuple[float, float, float, float] | None = None,
        corners: Sequence[tuple[float, float, NDArray[np.uint8] | None, str]] = (),
        period: float | None = None,
        *,
        centre: tuple[float, float] = (0.0, 0.0),
        span: float | None = None,
    ) -> None:
        """How the plane lies. The view stays where it is, but within the bounds.

        Arguments:
            bounds: (left, bottom, right, top) outside of which there is nothing, or None.
            corners: The digits that span the plane, (x, y, uint8 (28, 28), word).
            period: After so many units the plane repeats itself, in x and in y, or None.
            centre, span: What `go_home` shows: `span` units across the shorter side of the view,
                or, if it is None, the scale in which a map opens.
        """
        self._set_home(None if bounds is None else PlaneRect(*bounds), centre, span)
        self._scene.period, self._scene.bounds = period, self._bounds
        self._scene.corners = Signs(corners)
        self._scene_has_changed()
        self._ask_soon()

    def set_points(
        self,
        xy: NDArray[Any] | None,
        labels: NDArray[Any] | None,
        images: NDArray[np.uint8] | None = None,
    ) -> None:
        """The encoded test digits: places (N, 2) in the plane, classes (N,) and uint8 (N, 28, 28),
        which are shown when the view is near enough. None for no points."""
        if xy is None:
            self._scene.clear_points()
        else:
            self._scene.set_points(xy, labels, images)
        self._scene_has_changed()

    def set_points_visible(self, visible: bool) -> None:
        """Shows or hides the points; they are kept."""
        self._scene.points_visible = visible
        self._scene_has_changed()

    def set_lasso(self, points: NDArray[Any] | None) -> None:
        """Shows a region, the corners (m, 2) of a polygon; None takes it away."""
        known = points is not None and len(points) > 0
        self._scene.lasso = MapLine(np.asarray(points), closed=True) if known else None
        self._scene_has_changed()

    def set_path(self, points: NDArray[Any] | None) -> None:
        """Shows a path, (n, 2); None takes it away, and the mark of the player with it."""
        known = points is not None and len(points) > 0
        self._scene.path = MapLine(np.asarray(points), closed=False) if known else None
        if not known:
            self._play_mark = None
        self._scene_has_changed()

    def set_pins(self, pins: Sequence[tuple[float, float, NDArray[np.uint8] | None]]) -> None:
        """Marks places with their digits, (x, y, uint8 (28, 28)), numbered from 1."""
        self._scene.pins = Signs(
            (x, y, image, str(number)) for number, (x, y, image) in enumerate(pins, start=1)
        )
        self._scene_has_changed()

    def set_bookmarks(self, bookmarks: Sequence[tuple[float, float, str]]) -> None:
        """Names places, (x, y, name)."""
        self._scene.bookmarks = Signs((x, y, None, name) for x, y, name in bookmarks)
        self._scene_has_changed()

    def set_place(self, x: float | None, y: float | None, image: NDArray[np.uint8] | None) -> None:
        """Marks where the drawn digit lies, with its uint8 (28, 28); None takes the mark away."""
        self._place = None if x is None or y is None else (x, y)
        self._place_image = None if image is None else grey_image(image)
        self.update()

    def set_mark(self, x: float | None, y: float | None) -> None:
        """Rings the point whose digit is shown large; None takes the ring away."""
        self._mark = None if x is None or y is None else (x, y)
        self.update()

    def set_play_mark(self, x: float | None, y: float | None) -> None:
        """Where on its path the film is now; None takes the mark away."""
        self._play_mark = None if x is None or y is None else (x, y)
        self.update()

    def set_clear_room(self, room: QRect | None, hold: QRect | None = None) -> None:
        """The part of the widget over which hardly anything floats; a drawing that lies outside of
        it is shown at the nearest edge of `hold`, over which nothing does. None: the whole."""
        self._clear_room, self._hold = room, hold or room
        self.update()

    def _scene_has_changed(self) -> None:
        self._blocks.clear()
        self.update()

    # Events

    def _pick(self, place: QPointF) -> None:
        pin = self._scene.pin_at(*self._corner(), place, self.scale())
        self.picked.emit(*(pin or self.to_plane(place)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(960, 640)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = theme.tokens(self)
        painter.fillRect(self.rect(), QColor(tokens.ground))
        if self._unavailable:
            self._paint_sentence(painter, tokens, self._unavailable)
            return
        self._paint_ground(painter)
        if self._layer.is_empty():
            self._paint_sentence(painter, tokens, EMPTY)
        self._paint_scene(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_sentence(self, painter: QPainter, tokens: theme.Tokens, text: str) -> None:
        painter.setPen(QColor(tokens.quiet))
        painter.setFont(theme.sized(self.font(), theme.TITLE))
        wide = min(520, self.width() - 2 * theme.XL)
        room = QRect((self.width() - wide) // 2, 0, wide, self.height())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, text)

    def _corner(self) -> tuple[int, int]:
        """Pixels from the plane's origin, y down, to the widget's upper left corner."""
        x, y = self._origin()
        return -x, -y

    def _paint_scene(self, painter: QPainter) -> None:
        if self._zooming:  # pictures for a scale that will not last are not worth their while
            room = QRectF(self.rect())
            self._scene.paint(painter, *self._corner(), room, self.scale(), self.font(), hasty=True)
        elif not self._blocks.paint(
            painter, self.rect(), self._corner(), self.scale(), self._scene, self.font()
        ):
            self.update()  # the rest in the next frame

    def _paint_marks(self, painter: QPainter) -> None:
        line = self.line()
        if len(line):
            places = np.array([self.to_widget(x, y).toTuple() for x, y in line.tolist()])
            map_marks.paint_new_line(painter, places, closing=self.tool() == "lasso")
        for place, paint in (
            (self._play_mark, map_marks.paint_play_mark),
            (self._mark, map_marks.paint_mark),
        ):
            if place is not None:
                paint(painter, self._spot(place))
        if self._place is not None:
            room, hold = self._clear_room or self.rect(), self._hold or self.rect()
            spot = self._spot(self._place)
            map_marks.paint_place(painter, room, hold, spot, self._place_image, self.font())

    def _spot(self, place: tuple[float, float]) -> QPointF:
        """Where a place is shown: of all its copies the one nearest to the middle."""
        return self.to_widget(*self._scene.nearest(*place, self.centre()))
