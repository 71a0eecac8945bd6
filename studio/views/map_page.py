"""The page Map: the plane from edge to edge, with what is needed floating over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QToolButton, QWidget

from studio.state import tiles
from studio.views import theme
from studio.views.lasso_card import LassoCard
from studio.views.latent_map import WHEEL_STEP, LatentMap
from studio.views.map_bookmarks import BookmarksPlate
from studio.views.map_legend import ClassLegend
from studio.views.map_offsets import OffsetsPlate
from studio.views.map_overlays import ShadeLegend
from studio.views.map_planes import PlaneChooser, describe
from studio.views.map_strip import MapStrip
from studio.views.minimap import Minimap
from studio.views.path_card import PathCard
from studio.views.pick_card import PickCard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from studio.views.latent_map import Tool
    from studio.views.map_plate import Card

MARGIN, GAP = theme.M, theme.S
OVERVIEW = 2.4
"""The minimap shows so many times what the map shows when it opens, where no prior says more."""
HIGHEST = 0.48
"""Share of the page's height that the other dimensions may take, so that with a card and both
legends no more than a third of the map is covered."""


class MapPage(QWidget):
    """The map with its strip, minimap, legends, plates and cards.

    The parts are public: who fills them asks them. The page says which of them are on show and
    where, and joins those that know nothing of each other.

    Signals:
        points_toggled(bool): the user switched the points on or off.
        overlay_chosen(str): the user wants this laid over the digits; "" for nothing.
        offsets_toggled(bool): the plate of the other dimensions was opened or closed.
        export_requested(): the user wants what is in view as a sheet.
        bookmark_requested(): the user wants to find this view again.
        pick_closed(): the card of the picked digit was closed.
        send_to_draw(object): the user wants a digit, uint8 (28, 28), on the sheet to draw on.
    """

    points_toggled = Signal(bool)
    overlay_chosen = Signal(str)
    offsets_toggled = Signal(bool)
    export_requested = Signal()
    bookmark_requested = Signal()
    pick_closed = Signal()
    send_to_draw = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageMap")
        self.map, self.minimap = LatentMap(self), Minimap(self)
        self.setFocusProxy(self.map)
        self.strip = MapStrip(self)
        self.subject = self.strip.subject
        self.legend, self.shades = ClassLegend(self), ShadeLegend(self)
        self.offsets = OffsetsPlate(self)
        self.planes, self.bookmarks = PlaneChooser(self), BookmarksPlate(self)
        self.pick, self.lasso, self.path = PickCard(self), LassoCard(self), PathCard(self)
        self._cards: tuple[Card, ...] = (self.pick, self.lasso, self.path)
        self._beneath: Card | None = None
        self._has_labels = False
        self._available = self._has_overview = True
        self._overlay = ""
        plates = (self.legend, self.shades, self.offsets, self.planes, self.bookmarks)
        for part in (*plates, *self._cards):
            part.hide()
            # What changes its size finds its place again.
            part.installEventFilter(self)
        self._wire()
        for keys, slot in (
            ("Ctrl+D", self.bookmark_requested.emit),
            ("Ctrl+Shift+M", self.export_requested.emit),
            ("Ctrl+G", self._on_place_key),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        self.set_plane("principal", (0, 1), 2)
        self.set_other_dimensions(0)
        self._on_view_changed()

    def _wire(self) -> None:
        strip = self.strip
        self.map.view_changed.connect(self._on_view_changed)
        self.map.tool_changed.connect(strip.set_tool)
        self.map.shading_range_changed.connect(self.shades.set_range)
        self.minimap.moved.connect(self.map.go_to)
        strip.tool_chosen.connect(self._on_tool_chosen)
        strip.points_toggled.connect(self._on_points_toggled)
        strip.overlay.chosen.connect(self._on_overlay_chosen)
        strip.place.wanted.connect(self._on_place_wanted)
        strip.place.complained.connect(self._on_place_complained)
        strip.export.clicked.connect(self.export_requested)
        strip.zoom_in.clicked.connect(self._on_zoom_in)
        strip.zoom_out.clicked.connect(self._on_zoom_out)
        strip.home.clicked.connect(self.map.go_home)
        for button, plate in self._plates():
            button.toggled.connect(plate.setVisible)
        strip.others.toggled.connect(self.offsets_toggled)
        self.bookmarks.added.connect(self.bookmark_requested)
        for card in self._cards:
            card.closed.connect(self._on_card_closed)
        self.pick.closed.connect(self._on_pick_closed)
        self.pick.send_requested.connect(self.send_to_draw)

    def _plates(self) -> tuple[tuple[QToolButton, Card], ...]:
        """What opens and closes by a button of the strip."""
        strip = self.strip
        return (
            (strip.plane, self.planes),
            (strip.bookmarks, self.bookmarks),
            (strip.others, self.offsets),
        )

    # Setters

    def set_plane_note(self, text: str) -> None:
        """The sentence that says which plane this is."""
        self.strip.set_note(text)
        self._arrange()

    def set_ground(
        self,
        bounds: tuple[float, float, float, float] | None,
        corners: Sequence[tuple[float, float, NDArray[np.uint8] | None, str]],
        period: float | None,
        *,
        centre: tuple[float, float],
        span: float | None,
        rings: bool,
    ) -> None:
        """How the plane lies, for the map and the minimap; see `LatentMap.set_ground`.

        `rings`: circles at standard deviations of the prior mean something on it.
        """
        self.map.set_ground(bounds, corners, period, centre=centre, span=span)
        wide = None if rings or span is None else period or OVERVIEW * span
        self.minimap.set_ground(bounds, centre=centre, span=wide, rings=rings)

    def set_plane(self, kind: str, pair: tuple[int, int], count: int) -> None:
        """Which plane is shown: its kind and two of its `count` dimensions, from 0."""
        self.planes.set_kind(kind)
        self.planes.set_axes(count, pair)
        words = describe(kind, pair, count)
        self.strip.plane.setText(words)
        self.strip.plane.setToolTip("How the plane lies in the space of codes")
        self.strip.plane.setAccessibleName(f"The plane: {words}")
        # On a sheet of samples there is no prior to draw circles of, and nothing to get lost from.
        self._has_overview = kind != "samples"
        self.minimap.setVisible(self._available and self._has_overview)
        self._arrange()

    def set_other_dimensions(self, count: int) -> None:
        """How many dimensions are not on the plane; without any their plate cannot be opened."""
        button = self.strip.others
        button.setText(f"{count:,} other" if count else "Others")
        button.setAccessibleName("Other dimensions")
        button.setToolTip(
            "The dimensions that are not on the plane, each with a slider"
            if count
            else "All dimensions of this model lie on the plane"
        )
        button.setVisible(count > 0)
        if not count:
            button.setChecked(False)
        self._arrange()

    def set_pick(self, image: NDArray[np.uint8] | None, x: float, y: float, text: str) -> None:
        """Shows the digit at (x, y) large, uint8 (28, 28); None closes the card."""
        if image is None:
            self.pick.hide()
            self.map.set_mark(None, None)
            self._on_card_closed()
            return
        self.pick.show_digit(image, x, y, text)
        self.map.set_mark(x, y)
        self._show_card(self.pick)

    def show_lasso(self) -> None:
        """Shows the region, in place of a path."""
        self._show_card(self.lasso)

    def show_path(self) -> None:
        """Shows the path, in place of a region."""
        self._show_card(self.path)

    def close_lines(self) -> None:
        """Closes the cards of a region and of a path that are no more."""
        self._beneath = None
        self.lasso.hide()
        self.path.hide()

    def _show_card(self, card: Card) -> None:
        """There is room for one. A line stays on the map while a digit is looked at, and its card
        comes back after that; but another line takes its place."""
        beneath, self._beneath = self._beneath, None
        for other in self._cards:
            if other is card or (other.isHidden() and other is not beneath):
                continue
            other.hide()
            if card is self.pick:
                self._beneath = other
            else:
                other.closed.emit()
        card.show()
        self._arrange()

    def _on_card_closed(self) -> None:
        if self.pick.isHidden() and self._beneath is not None:
            beneath, self._beneath = self._beneath, None
            self._show_card(beneath)

    def set_points(
        self,
        xy: NDArray[Any] | None,
        labels: NDArray[Any] | None,
        images: NDArray[np.uint8] | None = None,
    ) -> None:
        """The encoded test digits, on the map and in the minimap."""
        self.map.set_points(xy, labels, images)
        self.minimap.set_points(xy, labels)
        self.strip.points.setEnabled(xy is not None)
        self.strip.points.setToolTip(
            "Show or hide the encoded test digits"
            if xy is not None
            else "This model cannot say where the test digits lie"
        )
        self._has_labels = xy is not None and labels is not None
        self._show_legends()

    def set_place(self, x: float | None, y: float | None, image: NDArray[np.uint8] | None) -> None:
        """Where the drawn digit lies, on the map and in the minimap."""
        self.map.set_place(x, y, image)
        self.minimap.set_place(x, y)

    def set_overlay(self, kind: str) -> None:
        """What is laid over the digits; "" for nothing."""
        self._overlay = kind
        self.strip.overlay.set_kind(kind)
        self.map.set_shading(kind)
        if kind:
            self.shades.set_kind(kind)
        self._show_legends()

    def set_overlays(self, reasons: Mapping[str, str]) -> None:
        """Which overlays this model does not allow, and why not: one sentence each."""
        self.strip.overlay.set_possible(reasons)

    def set_bookmarks(self, entries: Sequence[tuple[str, str]]) -> None:
        """All bookmarks: what each is called, and where it is in words."""
        self.bookmarks.set_bookmarks(entries)
        self._arrange()

    def set_unavailable(self, text: str) -> None:
        """A sentence instead of the map; "" brings the map back."""
        self.map.set_unavailable(text)
        self._available = not text
        self.minimap.setVisible(self._available and self._has_overview)
        self.strip.set_available(not text)
        if text:
            for button, _ in self._plates():
                button.setChecked(False)
            self._beneath = None
            for card in self._cards:
                card.hide()
        self._show_legends()

    # What the user does

    def _on_tool_chosen(self, name: str) -> None:
        self.map.set_tool(cast("Tool", name))
        self.map.setFocus()

    def _on_points_toggled(self, on: bool) -> None:
        self.map.set_points_visible(on)
        self._show_legends()
        self.points_toggled.emit(on)

    def _on_overlay_chosen(self, kind: str) -> None:
        self.set_overlay(kind)
        self.overlay_chosen.emit(kind)

    def _on_place_wanted(self, x: float, y: float) -> None:
        self.map.go_to(x, y)
        self.map.setFocus()

    def _on_place_complained(self, sentence: str) -> None:
        self.strip.set_complaint(sentence)
        self._arrange()

    def _on_place_key(self) -> None:
        self.strip.place.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.strip.place.selectAll()

    def _on_zoom_in(self) -> None:
        self.map.zoom(WHEEL_STEP)

    def _on_zoom_out(self) -> None:
        self.map.zoom(1 / WHEEL_STEP)

    def _on_pick_closed(self) -> None:
        self.map.set_mark(None, None)
        self.pick_closed.emit()

    def _on_view_changed(self) -> None:
        self.minimap.set_view(self.map.view_rect())
        self.strip.set_level(f"digits {tiles.spacing(self.map.level()):.3g} apart")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._close_one():
            return
        super().keyPressEvent(event)

    def _close_one(self) -> bool:
        """Closes what was opened over the map, the nearest to hand first."""
        for part in (self.planes, self.bookmarks, *self._cards, self.offsets):
            if not part.isHidden():
                part.close_button.click()
                self.map.setFocus()
                return True
        return False

    # What is shown

    def _show_legends(self) -> None:
        points = self._has_labels and self.strip.points.isChecked()
        self.legend.setVisible(self._available and (points or self._overlay == "classes"))
        self.shades.setVisible(self._available and bool(self._overlay))
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.ShowToParent, QEvent.Type.HideToParent)
        if event.type() in kinds:
            for button, plate in self._plates():
                if plate is watched:
                    button.setChecked(not plate.isHidden())
            self._arrange()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self.map.setGeometry(self.rect())
        right, bottom = self.width() - MARGIN, self.height() - MARGIN
        wide = right - MARGIN
        self.strip.setGeometry(MARGIN, MARGIN, wide, self.strip.height_for(wide))
        top = MARGIN + self.strip.height() + GAP
        self.map.set_covered(top)
        self.minimap.move(right - self.minimap.width(), bottom - self.minimap.height())
        floor = self._arrange_legends(bottom)
        left, edge = 0, self.width()
        if not self.offsets.isHidden():
            self.offsets.fit(min(floor - top, round(HIGHEST * self.height())))
            self.offsets.adjustSize()
            self.offsets.move(MARGIN, top)
            left = MARGIN + self.offsets.width() + GAP
        for card in self._cards:
            if not card.isHidden():
                card.fit(self.minimap.y() - GAP - top)
                card.adjustSize()
                card.move(right - card.width(), top)
                edge = card.x() - GAP
        if not self.planes.isHidden():
            self.planes.adjustSize()
            self.planes.move(max(left, self.strip.left_of(self.strip.plane)), top)
        if not self.bookmarks.isHidden():
            self.bookmarks.adjustSize()
            wanted = self.strip.left_of(self.strip.bookmarks)
            self.bookmarks.move(min(min(edge, right) - self.bookmarks.width(), wanted), top)
        room = QRect(left, top, edge - left, self.height() - top)
        hold = room.intersected(QRect(0, top, self.minimap.x(), floor - top))
        self.map.set_clear_room(room, hold if self.minimap.isVisibleTo(self) else room)

    def _arrange_legends(self, bottom: int) -> int:
        """Puts the legends above each other, and says how far down the rest may reach."""
        for part in (self.legend, self.shades):
            if not part.isHidden():
                part.move(MARGIN, bottom - part.height())
                bottom -= part.height() + GAP
        return bottom
