"""The strip over the map: which plane, what lies on it, what the mouse does, and where to go."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from studio.views import theme
from studio.views.map_overlays import OverlayChooser
from studio.views.map_place_field import PlaceField
from studio.views.map_plate import Plate, tool, words
from studio.views.subject_chooser import SubjectChooser

TOOLS = (
    ("hand", "hand", "Drag moves the plane, a click shows a digit (V)"),
    ("lasso", "lasso", "Draw around a region to see what it holds (S)"),
    ("path", "path", "Draw a path and walk along it (B)"),
)
FIRST_NOTE = "Each point of the plane is a code; each code is a digit."


class MapStrip(Plate):
    """One row of controls, two where the window is narrow, and a sentence below them.

    Signals:
        tool_chosen(str): "hand", "lasso" or "path".
        points_toggled(bool): the user switched the test digits.
    """

    tool_chosen = Signal(str)
    points_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mapStrip")
        self.subject = SubjectChooser("mapSubject", self)
        self.subject.setFixedHeight(32)
        self.plane = words("axes", "Plane", "planeButton", "", self, checkable=True)
        self.overlay = OverlayChooser(self)
        self.points = words(
            "points", "Test digits", "pointsSwitch", "Show or hide the encoded test digits", self
        )
        self.points.setCheckable(True)
        self.points.setChecked(True)
        self.points.toggled.connect(self.points_toggled)
        self.others = words("sliders", "Others", "otherDimensionsButton", "", self, checkable=True)
        self.place = PlaceField(self)
        self.bookmarks = tool(
            "bookmark", "bookmarksButton", "Bookmarks (Ctrl+D adds one)", self, checkable=True
        )
        self.export = tool(
            "export", "exportMapButton", "Export a sheet of digits (Ctrl+Shift+M)", self
        )
        self.zoom_out = tool("minus", "zoomOutButton", "Zoom out (−)", self)
        self.zoom_in = tool("plus", "zoomInButton", "Zoom in (+)", self)
        self.home = tool("home", "homeButton", "Back to the middle of the plane (Home)", self)
        self._tools: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        for name, icon, tip in TOOLS:
            button = tool(icon, f"{name}Tool", tip, self, checkable=True)
            button.setAutoRaise(True)
            self._group.addButton(button)
            self._tools[name] = button
        self._tools["hand"].setChecked(True)
        self._group.buttonClicked.connect(self._on_tool_clicked)
        self._level = QLabel(self)
        self._level.setObjectName("mapLevel")
        self._level.setProperty("quiet", True)
        self._level.setFont(theme.tabular(theme.sized(self._level.font(), theme.SMALL)))
        widest = self._level.fontMetrics().horizontalAdvance("digits 0.00391 apart")
        self._level.setFixedWidth(widest + theme.XS)
        self._level.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._level.setToolTip("The distance between neighbouring digits, in units of the plane")
        self._note_text, self._complaint = FIRST_NOTE, ""
        self._note = QLabel(FIRST_NOTE, self)
        self._note.setObjectName("planeNote")
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)
        self._note.setFont(theme.sized(self._note.font(), theme.SMALL))
        self._shows, self._acts = QWidget(self), QWidget(self)
        self._arrange_groups()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(theme.S, theme.XS, theme.S, theme.XS)
        self._grid.setHorizontalSpacing(theme.M)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._narrow: bool | None = None
        self._set_narrow(False)

    def _arrange_groups(self) -> None:
        shows = QHBoxLayout(self._shows)
        shows.setContentsMargins(0, 0, 0, 0)
        shows.setSpacing(theme.XS)
        shown: tuple[QWidget, ...] = (self.plane, self.others, self.overlay, self.points)
        for part in (self.subject, *shown):
            shows.addWidget(part)
        shows.addStretch(1)
        acts = QHBoxLayout(self._acts)
        acts.setContentsMargins(0, 0, 0, 0)
        acts.setSpacing(theme.XS)
        acts.addStretch(1)
        for button in self._tools.values():
            acts.addWidget(button)
        acts.addSpacing(theme.S)
        for go in (self.place, self.bookmarks, self.export):
            acts.addWidget(go)
        acts.addSpacing(theme.S)
        for zoom in (self._level, self.zoom_out, self.zoom_in, self.home):
            acts.addWidget(zoom)

    # Setters

    def set_note(self, text: str) -> None:
        """The sentence that says which model and which plane this is."""
        self._note_text = text
        self._show_note()

    def set_complaint(self, text: str) -> None:
        """A sentence about what was just written wrong, in place of the note; "" ends it."""
        self._complaint = text
        self._show_note()

    def set_level(self, text: str) -> None:
        """How far digits stand apart."""
        self._level.setText(text)

    def set_tool(self, name: str) -> None:
        """Shows which tool the mouse is."""
        self._tools[name].setChecked(True)

    def set_available(self, available: bool) -> None:
        """Without a map only the choice of another model remains."""
        self._acts.setVisible(available)
        for part in (self.plane, self.overlay, self.points):
            part.setVisible(available)
        if not available:
            self.others.hide()

    def left_of(self, part: QWidget) -> int:
        """Where a control begins, in the coordinates of the page."""
        return part.mapTo(self, QPoint(0, 0)).x() + self.x()

    def height_for(self, width: int) -> int:
        """The height that it takes at a width, in one row of controls or in two."""
        needed = self._shows.sizeHint().width() + self._acts.sizeHint().width()
        self._set_narrow(needed + theme.M + 2 * theme.S > width)
        return max(self._grid.totalHeightForWidth(width), self._grid.totalMinimumSize().height())

    def _set_narrow(self, narrow: bool) -> None:
        if narrow == self._narrow:
            return
        self._narrow = narrow
        for part in (self._shows, self._acts, self._note):
            self._grid.removeWidget(part)
        if narrow:
            self._grid.addWidget(self._shows, 0, 0, 1, 2)
            self._grid.addWidget(self._acts, 1, 0, 1, 2)
        else:
            self._grid.addWidget(self._shows, 0, 0)
            self._grid.addWidget(self._acts, 0, 1)
        self._grid.addWidget(self._note, 2, 0, 1, 2)

    def _show_note(self) -> None:
        wrong = bool(self._complaint)
        self._note.setText(self._complaint or self._note_text)
        if self._note.property("wrong") != wrong:
            self._note.setProperty("wrong", wrong)
            self._note.setProperty("quiet", not wrong)
            self._note.style().unpolish(self._note)
            self._note.style().polish(self._note)

    def _on_tool_clicked(self, clicked: QToolButton) -> None:
        self.tool_chosen.emit(next(n for n, button in self._tools.items() if button is clicked))
