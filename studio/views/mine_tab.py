"""My digits: keep the drawing, look through what has been kept, take it along, train on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import icons, theme
from studio.views.answers import Progress
from studio.views.elided import ElidedLabel
from studio.views.keep_row import KeepRow
from studio.views.mine_grid import MineGrid
from studio.views.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QShowEvent

TEXT_WIDTH = 420
EXPORTS = (
    ("idx", "IDX files…", "A pair of files in the format of MNIST"),
    ("gz", "IDX files, packed…", "The same with gzip, as MNIST is distributed"),
    ("png", "Folder of pictures…", "A folder for each digit with a PNG for each drawing"),
)
IMPORTS = (
    ("files", "IDX files or pictures…", "Either file of a pair, or pictures in folders 0 to 9"),
    ("folder", "Folder of pictures…", "A folder that holds folders named 0 to 9"),
)


class MineTab(QWidget):
    """The drawings that have been kept.

    Drawings are named by their places in what was given to `set_digits`.

    Signals:
        shown(): the tab has come into view; another window may have changed the drawings.
        keep_requested(int): the drawing on the canvas is this digit, and is to be kept.
        remove_requested(object), relabel_requested(object, int): places, and what they are.
        opened(int): a kept drawing is to lie on the canvas.
        undo_requested(), redo_requested(): of what was done to the kept drawings.
        export_requested(str): "idx", "gz" or "png".
        import_requested(str): "files" or "folder".
        cancel_requested(): an export or import is to be called off.
        train_requested(): a training on these drawings is wanted.
    """

    shown = Signal()
    keep_requested = Signal(int)
    remove_requested = Signal(object)
    relabel_requested = Signal(object, int)
    opened = Signal(int)
    undo_requested = Signal()
    redo_requested = Signal()
    export_requested = Signal(str)
    import_requested = Signal(str)
    cancel_requested = Signal()
    train_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mineTab")
        self._count, self._busy = 0, False
        self._icons: dict[QToolButton, str] = {}
        self._keep = KeepRow(self)
        self._keep.chosen.connect(self.keep_requested)
        self._filter = _Filter(self)
        self._filter.chosen.connect(self._on_filter_chosen)
        self._grid = MineGrid(self)
        self._progress = Progress(self)
        self._note = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._note.setObjectName("mineNote")
        self._note.setProperty("quiet", True)
        self._undo = self._button("undo", "Undo", "Takes the last change back (Ctrl+Z in the grid)")
        self._redo = self._button("redo", "Redo", "Does it again (Ctrl+Shift+Z in the grid)")
        self._remove = self._button("trash", "Delete", "Deletes what is chosen (Del)")
        self._relabel = self._menu_button(
            "Relabel", "mineRelabelButton", "Says which digit the chosen drawings are (0 to 9)"
        )
        for digit in range(10):
            action = self._relabel.menu().addAction(str(digit))
            action.triggered.connect(partial(self._on_relabel, digit))
        self._export = self._menu_button("Export", "mineExportButton", "Takes all of them along")
        for kind, text, tip in EXPORTS:
            self._add(self._export.menu(), text, tip, partial(self.export_requested.emit, kind))
        self._import = self._menu_button(
            "Import", "mineImportButton", "Takes digits of others in; none is kept twice"
        )
        self._fill_imports(self._import)
        self._cancel = QPushButton("Stop", self)
        self._cancel.setObjectName("mineCancelButton")
        self._cancel.setAccessibleName("Stop the export or import")
        self._cancel.setToolTip("Calls it off; nothing half done stays")
        self._cancel.clicked.connect(self.cancel_requested)
        self._train = QPushButton("Train on these", self)
        self._train.setObjectName("mineTrainButton")
        self._train.setAccessibleName("Train on these")
        self._train.setProperty("primary", True)
        self._train.clicked.connect(self.train_requested)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._lesson())
        self._stack.addWidget(self._page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.S)
        layout.addWidget(self._keep)
        layout.addWidget(self._progress)
        layout.addWidget(self._stack, 1)
        layout.addLayout(self._foot())
        self._connect()
        self.set_undo("", "")
        self.set_busy("", None)
        self.set_trainable(False, "Keep some drawings first.")
        self._show_selection()

    def listen_on(self, host: QWidget) -> None:
        """Alt+0 to Alt+9 keep the drawing wherever the focus is in `host`, the Draw page."""
        self._keep.listen_on(host)

    # Setters

    def is_shown(self) -> bool:
        """Whether the tab is in view."""
        return self.isVisible()

    def set_keepable(self, possible: bool, reason: str = "") -> None:
        """Whether there is a drawing to keep, or what to do first."""
        self._keep.set_possible(possible, reason)

    def set_guess(self, digit: int | None, confidence: float = 0.0, none: float = 0.0) -> None:
        """What the classifier takes the drawing for; see `KeepRow.set_guess`."""
        self._keep.set_guess(digit, confidence, none)

    def set_digits(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        chosen: Iterable[int] = (),
    ) -> None:
        """Shows uint8 (N, 28, 28) with their labels (N,), some of them chosen."""
        self._count = len(images)
        self._filter.set_counts([int((labels == digit).sum()) for digit in range(10)])
        self._grid.set_digits(images, labels)
        self._grid.choose(chosen)
        self._stack.setCurrentIndex(1 if self._count else 0)
        for button in (self._remove, self._relabel, self._import, self._export):
            button.setVisible(self._count > 0)
        self._show_selection()

    def set_trainable(self, possible: bool, reason: str) -> None:
        """Whether there are enough to train on; the reason says what is missing or what comes."""
        self._train.setEnabled(possible)
        self._train.setToolTip(reason)

    def set_note(self, text: str) -> None:
        """What has just happened to the drawings."""
        self._note.setText(text)
        self._note.setToolTip(text)

    def set_undo(self, undo: str, redo: str) -> None:
        """What can be taken back and done again, in words; "" for nothing."""
        for button, text, verb, keys in (
            (self._undo, undo, "Undo", "Ctrl+Z in the grid"),
            (self._redo, redo, "Redo", "Ctrl+Shift+Z in the grid"),
        ):
            button.setEnabled(bool(text))
            button.setToolTip(f"{verb}: {text} ({keys})" if text else f"{verb} ({keys})")

    def set_busy(self, what: str, share: float | None) -> None:
        """What takes long, in words ("" for nothing), and the share of it that is done."""
        self._busy = bool(what)
        self._progress.show_share(self._busy, share)
        if what:
            self.set_note(what)
        self._cancel.setVisible(self._busy)
        self._import.setEnabled(not self._busy)
        self._export.setEnabled(not self._busy and self._count > 0)

    def chosen(self) -> tuple[int, ...]:
        """The places of the drawings that are chosen."""
        return self._grid.chosen()

    # Building

    def _lesson(self) -> QWidget:
        room = QWidget(self)
        title, hint = QLabel("A data set of your own"), QLabel()
        title.setFont(theme.sized(self.font(), theme.TITLE, bold=True))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setText(
            "Draw a digit, then press its key above, or Alt and its number: the drawing is kept "
            "here as the models see it, 28 × 28 pixels. With ten of them a model can be trained on "
            "your hand; about every fifth is left out of that, for testing."
        )
        hint.setProperty("quiet", True)
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setFixedWidth(TEXT_WIDTH)
        hint.setFixedHeight(hint.heightForWidth(TEXT_WIDTH))
        start = QToolButton(room)
        start.setObjectName("mineFirstImportButton")
        start.setText("Import digits…")
        start.setAccessibleName("Import digits")
        start.setToolTip("Takes in IDX files, or folders of pictures")
        start.setProperty("face", True)
        start.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        start.setMenu(QMenu(start))
        self._fill_imports(start)
        column = QVBoxLayout(room)
        column.setSpacing(theme.S)
        column.addStretch(2)
        column.addWidget(title)
        column.addWidget(hint, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(theme.XS)
        column.addWidget(start, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return room

    def _page(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        column.addWidget(self._filter, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._grid, 1)
        return page

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.XS)
        for button in (self._undo, self._redo, self._remove, self._relabel):
            row.addWidget(button)
        row.addSpacing(theme.S)
        row.addWidget(self._note, 1)
        row.addSpacing(theme.S)
        for other in (self._cancel, self._import, self._export, self._train):
            row.addWidget(other)
        return row

    def _button(self, name: str, title: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"mine{title}Button")
        button.setIcon(icons.icon(name, self))
        self._icons[button] = name
        button.setIconSize(QSize(20, 20))
        button.setAccessibleName(title)
        button.setToolTip(tip)
        return button

    def _menu_button(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setProperty("face", True)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setObjectName(f"{name}Menu")
        menu.setToolTipsVisible(True)
        button.setMenu(menu)
        return button

    def _fill_imports(self, button: QToolButton) -> None:
        for kind, text, tip in IMPORTS:
            self._add(button.menu(), text, tip, partial(self.import_requested.emit, kind))

    @staticmethod
    def _add(menu: QMenu, text: str, tip: str, deed: partial[None]) -> None:
        action = menu.addAction(text)
        action.setToolTip(tip)
        action.triggered.connect(lambda _: deed())

    def _connect(self) -> None:
        grid = self._grid
        grid.selection_changed.connect(self._show_selection)
        grid.opened.connect(self.opened)
        grid.remove_requested.connect(self._on_remove)
        grid.relabel_requested.connect(self._on_relabel)
        grid.undo_requested.connect(self.undo_requested)
        grid.redo_requested.connect(self.redo_requested)
        self._undo.clicked.connect(self.undo_requested)
        self._redo.clicked.connect(self.redo_requested)
        self._remove.clicked.connect(self._on_remove)

    # What the user does

    def _on_filter_chosen(self, key: str) -> None:
        self._grid.show_only(int(key) if key else None)

    def _on_remove(self) -> None:
        if chosen := self._grid.chosen():
            self.remove_requested.emit(chosen)

    def _on_relabel(self, digit: int) -> None:
        if chosen := self._grid.chosen():
            self.relabel_requested.emit(chosen, digit)

    # What is shown

    def _show_selection(self) -> None:
        count = len(self._grid.chosen())
        self._remove.setEnabled(count > 0)
        self._relabel.setEnabled(count > 0)
        if count and not self._busy:
            self.set_note(f"{count:,} of {self._count:,} chosen")
        elif self._note.text().endswith(" chosen"):
            self.set_note("")
        self._export.setEnabled(not self._busy and self._count > 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            for button, name in self._icons.items():
                button.setIcon(icons.icon(name, self))
        super().changeEvent(event)


class _Filter(Segments):
    """All drawings, or those of one digit; each says how many there are."""

    def __init__(self, parent: QWidget) -> None:
        options = [("", "All", ""), *((str(digit), str(digit), "") for digit in range(10))]
        super().__init__("mineFilter", "Which digits are shown", options, parent)
        self.set_counts([0] * 10)

    def set_counts(self, counts: list[int]) -> None:
        """How many there are of each digit."""
        total = sum(counts)
        self._buttons[""].setText(f"All {total:,}")
        self._buttons[""].setToolTip(f"Shows all {total:,} drawings")
        for digit, count in enumerate(counts):
            button = self._buttons[str(digit)]
            button.setText(f"{digit} · {_short(count)}" if count else str(digit))
            button.setToolTip(f"Shows the drawings of {digit} alone: there are {count:,}")


def _short(count: int) -> str:
    return f"{count}" if count < 1_000 else f"{count / 1_000:.1f} k"
