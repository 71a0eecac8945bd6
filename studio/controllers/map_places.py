"""Bookmarks of the map: kept, named, visited and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from studio.state.bookmarks import Bookmark, Bookmarks

if TYPE_CHECKING:
    from studio.controllers.map_plane import PlaneController
    from studio.controllers.map_view import MapView

PLANES = {
    "principal": "components {} and {}",
    "dimensions": "dimensions {} and {}",
    "quantiles": "quantiles of {} and {}",
    "anchors": "three anchors",
    "samples": "samples",
}


class PlaceController(QObject):
    """Joins the plate of bookmarks, the bookmarks and the map."""

    def __init__(
        self,
        view: MapView,
        plane: PlaneController,
        bookmarks: Bookmarks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._plane, self._bookmarks = view, plane, bookmarks
        view.bookmark_requested.connect(self._on_requested)
        view.bookmarks.chosen.connect(self._on_chosen)
        view.bookmarks.renamed.connect(bookmarks.rename)
        view.bookmarks.removed.connect(bookmarks.remove)
        bookmarks.changed.connect(self._show)
        plane.laid.connect(self._show_signs)
        self._show()

    @Slot()
    def _on_requested(self) -> None:
        adopted, spec = self._plane.adopted, self._plane.spec
        if adopted is None or self._plane.ground is None:
            return
        x, y = self._view.map.centre()
        name = f"{x:.2f}, {y:.2f}".replace("-", "−")
        self._bookmarks.add(
            Bookmark(
                name,
                x,
                y,
                self._view.map.scale(),
                spec.kind,
                spec.dimensions,
                spec.anchors if spec.kind == "anchors" else (),
                adopted.title,
            )
        )

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        mark = self._bookmarks.all()[index]
        if self._plane.allows(mark.kind) and not _same_plane(mark, self._plane):
            self._plane.turn(mark.kind, mark.dimensions, mark.anchors, home=False)
        self._view.map.go_to(mark.x, mark.y, mark.scale)

    @Slot()
    def _show(self) -> None:
        self._view.set_bookmarks([(mark.name, _words(mark)) for mark in self._bookmarks.all()])
        self._show_signs()

    @Slot()
    def _show_signs(self) -> None:
        """Names on the map the places that lie on this plane."""
        marks = [mark for mark in self._bookmarks.all() if _same_plane(mark, self._plane)]
        self._view.map.set_bookmarks([(mark.x, mark.y, mark.name) for mark in marks])


def _same_plane(mark: Bookmark, plane: PlaneController) -> bool:
    spec = plane.spec
    corners = spec.anchors if spec.kind == "anchors" else ()
    return (mark.kind, mark.dimensions, mark.anchors) == (spec.kind, spec.dimensions, corners)


def _words(mark: Bookmark) -> str:
    """Where a bookmark is: model, plane and place."""
    plane = PLANES.get(mark.kind, mark.kind).format(*(n + 1 for n in mark.dimensions))
    place = f"{mark.x:.2f}, {mark.y:.2f}".replace("-", "−")
    return ", ".join(part for part in (mark.model, plane, f"at {place}") if part)
