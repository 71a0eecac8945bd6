"""Docks, pages, menus and shortcuts. No logic: it is handed its parts and says what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import icons, theme
from studio.views.keys_card import KEYS, KeysCard
from studio.views.notice import NoticeStrip
from studio.views.quit_question import QuitQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from studio.views.lesson_strip import LessonStrip
    from studio.views.timeline_bar import TimelineBar
    from studio.views.transport import TransportBar

LAYOUT_VERSION = 2
SMALL_SIZE = QSize(1280, 800)
DOCK_WIDTH = 284


@dataclass(frozen=True)
class Page:
    """One page of the centre."""

    title: str
    icon: str
    widget: QWidget
    docks: bool  # whether the model docks belong to it


class MainWindow(QMainWindow):
    """The one window."""

    page_shown = Signal(int)
    closing = Signal()
    export_requested = Signal(str)  # grid, csv, svg or film
    scheme_chosen = Signal(str)  # system, dark or light
    paper_toggled = Signal(bool)
    layout_reset = Signal()
    undo_requested = Signal()
    redo_requested = Signal()
    import_requested = Signal()
    about_requested = Signal(str)

    def __init__(
        self,
        pages: Sequence[Page],
        docks: Sequence[tuple[str, QWidget]],
        transport: TransportBar,
        timeline: TimelineBar,
        lesson: LessonStrip,
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Modescope")
        self.setWindowIcon(icons.window_icon())
        self.setMinimumSize(1080, 700)
        self.resize(SMALL_SIZE)
        self.transport, self.timeline = transport, timeline
        self._loss, self._saving_fails = "", False
        self._asking: QuitQuestion | None = None
        self._quitting = False
        self.notice = NoticeStrip()
        self._pages = list(pages)
        self._stack = QStackedWidget()
        for page in pages:
            self._stack.addWidget(page.widget)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(theme.S, theme.XS, theme.S, 0)
        column.setSpacing(theme.S)
        column.addWidget(self.notice)
        column.addWidget(lesson)
        column.addWidget(self._stack, 1)
        self.setCentralWidget(centre)
        self._docks = [self._add_dock(title, widget) for title, widget in docks]
        # Settings are many and are changed while it trains; a model is chosen once.
        self.resizeDocks(self._docks, [4, 7], Qt.Orientation.Vertical)
        self._docks_wanted, self._dock_heights = True, list[int]()
        self._page_actions = self._add_page_actions()
        self._add_tool_bar()
        self._add_foot()
        self._add_status_bar()
        self._add_menus()
        self._first_state = self.saveState(LAYOUT_VERSION)
        self.show_page(0)

    # -- parts ----------------------------------------------------------------------------------

    def _add_dock(self, title: str, widget: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock{title}")
        dock.setWidget(widget)
        widget.setMinimumWidth(DOCK_WIDTH)
        dock.setAllowedAreas(
            Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea
        )
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        return dock

    def _add_page_actions(self) -> list[QAction]:
        group = QActionGroup(self)
        actions = []
        for index, page in enumerate(self._pages):
            action = QAction(page.title, self, checkable=True)
            action.setShortcut(QKeySequence(f"Ctrl+{index + 1}"))
            action.setToolTip(f"{page.title} (Ctrl+{index + 1})")
            action.setData(index)
            group.addAction(action)
            actions.append(action)
        group.triggered.connect(self._on_page_action)
        return actions

    def _add_tool_bar(self) -> None:
        bar = QToolBar("Pages and run", self)
        bar.setObjectName("toolBar")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for action in self._page_actions:
            button = QToolButton()
            button.setObjectName(f"pageButton{action.text()}")
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            bar.addWidget(button)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        bar.addWidget(self.transport)
        self.addToolBar(bar)

    def _add_foot(self) -> None:
        # A tool bar, because it reaches below the docks: the timeline needs the whole width.
        foot = QToolBar("Timeline", self)
        foot.setObjectName("foot")
        foot.setMovable(False)
        foot.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        foot.addWidget(self.timeline)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, foot)

    def _add_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        self._message = QLabel()
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setContentsMargins(theme.S, 0, 0, theme.XS)
        self._progress = QProgressBar()
        self._progress.setObjectName("statusProgress")
        self._progress.setAccessibleName("Progress")
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(160)
        self._progress.setRange(0, 1000)
        self._progress.hide()
        self._machine = QLabel()
        self._machine.setContentsMargins(theme.S, 0, theme.M, theme.XS)
        bar.addWidget(self._message, 1)
        bar.addPermanentWidget(self._progress)
        bar.addPermanentWidget(self._machine)

    def _add_menus(self) -> None:
        menus = self.menuBar()
        file = menus.addMenu("&File")
        self.export_grid = self._action(
            file, "Export sample &grid…", "Ctrl+E", "camera", lambda: self._export("grid")
        )
        self.export_grid.setObjectName("exportGridAction")
        self.export_rest = [
            self._action(file, "Export curves as &CSV…", "", "curve", lambda: self._export("csv")),
            self._action(file, "Export curves as &SVG…", "", "curve", lambda: self._export("svg")),
            self._action(
                file, "Export training &film…", "Ctrl+Shift+E", "film", lambda: self._export("film")
            ),
            self._action(file, "Export this &run…", "", "export", lambda: self._export("run")),
        ]
        file.addSeparator()
        self._action(file, "&Import run…", "Ctrl+I", "import", self.import_requested.emit)
        file.addSeparator()
        self._action(file, "&Quit", "Ctrl+Q", "", self._on_quit)
        edit = menus.addMenu("&Edit")
        self._action(edit, "&Undo", "Ctrl+Z", "undo", self.undo_requested.emit)
        redo = self._action(edit, "&Redo", "Ctrl+Shift+Z", "redo", self.redo_requested.emit)
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        view = menus.addMenu("&View")
        view.addActions(self._page_actions)
        view.addSeparator()
        for dock in self._docks:
            view.addAction(dock.toggleViewAction())
        view.addSeparator()
        self._add_scheme_actions(view)
        self.paper = QAction("&Ink on paper", self, checkable=True)
        self.paper.setStatusTip("Shows digits dark on white")
        self.paper.toggled.connect(self.paper_toggled)
        view.addAction(self.paper)
        view.addSeparator()
        self._action(view, "&Reset layout", "", "reset", self._reset_layout)
        self._run_menu = run = menus.addMenu("&Run")
        run.addActions(self.transport.actions())
        run.addSeparator()
        run.addActions(self.timeline.actions())
        help_menu = menus.addMenu("&Help")
        self._action(help_menu, "&Keys", "F1", "keyboard", self._show_keys)
        self._action(help_menu, "&About Modescope", "", "info", self._show_about)

    def _add_scheme_actions(self, menu: QMenu) -> None:
        self._schemes = QActionGroup(self)
        for name in ("system", "dark", "light"):
            action = QAction(f"{name.capitalize()} theme", self, checkable=True)
            action.setData(name)
            self._schemes.addAction(action)
            menu.addAction(action)
        self._schemes.triggered.connect(lambda action: self.scheme_chosen.emit(action.data()))
        self._action(menu, "S&witch dark and light", "Ctrl+T", "moon", self._switch_scheme)

    def _action(self, menu: QMenu, text: str, keys: str, icon: str, slot: object) -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        if icon:
            action.setProperty("icon_name", icon)
        action.triggered.connect(slot)
        menu.addAction(action)
        return action

    # -- setters --------------------------------------------------------------------------------

    def show_page(self, index: int) -> None:
        """Brings a page to the front."""
        self._remember_docks()
        self._stack.setCurrentIndex(index)
        self._page_actions[index].setChecked(True)
        for dock in self._docks:
            dock.setVisible(self._pages[index].docks and self._docks_wanted)
            dock.toggleViewAction().setEnabled(self._pages[index].docks)
        if self._pages[index].docks and self._dock_heights:
            # The window may have changed its height meanwhile: their ratio stays.
            self.resizeDocks(self._docks, self._dock_heights, Qt.Orientation.Vertical)
        self.page_shown.emit(index)

    def page(self) -> int:
        """Which page is in front."""
        return self._stack.currentIndex()

    def set_scheme(self, scheme: str) -> None:
        """Marks the chosen theme and tints the icons anew."""
        for action in self._schemes.actions():
            action.setChecked(action.data() == scheme)
        for action in self.findChildren(QAction):
            if name := action.property("icon_name"):
                action.setIcon(icons.icon(name, self))
        for page, action in zip(self._pages, self._page_actions, strict=True):
            action.setIcon(icons.icon(page.icon, self))

    def set_message(self, text: str) -> None:
        """The status bar's sentence."""
        self._message.setText(text)

    def set_progress(self, fraction: float | None) -> None:
        """The status bar's progress in [0, 1]; None hides it."""
        self._progress.setVisible(fraction is not None)
        self._progress.setValue(round(1000 * (fraction or 0.0)))

    def set_machine(self, text: str) -> None:
        """Device and threads, at the right end."""
        self._machine.setText(text)

    def set_exportable(self, grid: bool, run: bool) -> None:
        """What there is to export."""
        self.export_grid.setEnabled(grid)
        self.export_grid.setToolTip("" if grid else "There are no samples yet: start a training")
        for action in self.export_rest:
            action.setEnabled(run)
            action.setToolTip("" if run else "Nothing has been trained yet: start a training")

    def add_run_menu(self, menu: QMenu) -> None:
        """Adds a menu at the end of Run."""
        self._run_menu.addMenu(menu)

    def layout_state(self) -> dict[str, QByteArray]:
        """Geometry, docks and splitters by name, to be remembered."""
        self.show_page(0)
        splitters = {s.objectName(): s.saveState() for s in self._splitters()}
        docks = self.saveState(LAYOUT_VERSION)
        return {"geometry": self.saveGeometry(), "docks": docks, **splitters}

    def restore_layout(self, remembered: Callable[[str], QByteArray]) -> None:
        """What `layout_state` gave, by name, or nothing; only right before the window is shown."""
        if not (geometry := remembered("geometry")).isEmpty():
            self.restoreGeometry(geometry)
        if not (docks := remembered("docks")).isEmpty():
            self.restoreState(docks, LAYOUT_VERSION)
            self._docks_wanted = any(not dock.isHidden() for dock in self._docks)
        for splitter in self._splitters():
            if not (state := remembered(splitter.objectName())).isEmpty():
                splitter.restoreState(state)

    def _splitters(self) -> list[QSplitter]:
        return [s for s in self._stack.findChildren(QSplitter) if s.objectName()]

    # -- handlers -------------------------------------------------------------------------------

    def set_at_stake(self, text: str, saving_fails: bool = False) -> None:
        """What a user who closes the window is asked about first.

        Arguments:
            text: What is under way; "" for nothing.
            saving_fails: It may not be possible to keep it.
        """
        self._loss, self._saving_fails = text, saving_fails

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks once if something is under way; then says so, so that threads end before widgets do.

        A program that closes the window has decided: only people are asked.
        """
        by_hand = event.spontaneous() or self._quitting
        self._quitting = False
        if by_hand and self._loss and self._asking is None:
            event.ignore()
            self._ask()
            return
        if self._asking is not None:
            self._asking.close()
        self.closing.emit()
        super().closeEvent(event)

    @Slot()
    def _on_quit(self) -> None:
        self._quitting = True
        self.close()

    def _ask(self) -> None:
        self._asking = QuitQuestion(self._loss, self._saving_fails, self)
        self._asking.finished.connect(self._on_answered)
        self._asking.accepted.connect(self.close)
        self._asking.open()

    @Slot()
    def _on_answered(self) -> None:
        self._asking = None

    @Slot(QAction)
    def _on_page_action(self, action: QAction) -> None:
        self.show_page(action.data())

    def _remember_docks(self) -> None:
        # Hidden by the user is not the same as hidden by a page that needs the room.
        if self._pages[self._stack.currentIndex()].docks and self.isVisible():
            self._docks_wanted = any(not dock.isHidden() for dock in self._docks)
            if all(dock.isVisible() for dock in self._docks):
                self._dock_heights = [dock.height() for dock in self._docks]

    def _export(self, what: str) -> None:
        self.export_requested.emit(what)

    def _switch_scheme(self) -> None:
        self.scheme_chosen.emit("light" if theme.tokens(self).dark else "dark")

    def _reset_layout(self) -> None:
        self._docks_wanted = True
        self.resize(SMALL_SIZE)
        self.restoreState(self._first_state, LAYOUT_VERSION)
        self.show_page(self.page())
        self.layout_reset.emit()

    def _show_keys(self) -> None:
        card = KeysCard(KEYS, self)
        card.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        card.open_over(self)

    def _show_about(self) -> None:
        self.about_requested.emit(
            "Modescope 0.3: train, watch and explore generative models of handwritten digits. "
            "MIT licence. Built on PySide6 (LGPL), pyqtgraph and PyTorch."
        )
