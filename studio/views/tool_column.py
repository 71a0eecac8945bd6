"""The column of tools beside the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.views import icons, theme
from studio.views.bench import SLIDER_HEIGHT, SLIDER_STEPS_PER_PIXEL, BrushSlider

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from studio.views.canvas import DigitCanvas

BUTTON, SMALL_BUTTON = 36, 32
TIGHT = 440
"""A column lower than this has small buttons."""
LEAST_SLIDER = 40
TOOLS = (
    ("pen", "penButton", "Pen (P)"),
    ("eraser", "eraserButton", "Eraser (E, or the right mouse button)"),
    ("mask", "maskButton", "Mask: paint over what is to be filled in (M)"),
    ("rectangle", "rectangleButton", "Mask a rectangle; the right mouse button unmasks one (R)"),
    ("unmask", "unmaskButton", "Unmask: take the mask away again (U, or the right mouse button)"),
)


class ToolColumn(QWidget):
    """Tools, brush size and history of one canvas.

    Signals:
        fill_requested(): what is masked, or was erased, is to be filled in.
    """

    fill_requested = Signal()

    def __init__(self, canvas: DigitCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._tools: dict[str, QToolButton] = {}
        self._size = BrushSlider(self)
        self._size_label = QLabel(self)
        self._fill = self._button("fill", "inpaintButton", "Fill in what is masked or erased (F)")
        self._undo = self._button("undo", "undoButton", "Undo (Ctrl+Z)")
        self._redo = self._button("redo", "redoButton", "Redo (Ctrl+Shift+Z)")
        self._clear = self._button("clear", "clearButton", "Clear drawing and mask")
        self._build()
        canvas.tool_changed.connect(self._show_tool)
        canvas.brush_changed.connect(self._show_tool)
        canvas.history_changed.connect(self._show_history)
        self._size.valueChanged.connect(self._on_size_moved)
        self._fill.clicked.connect(self.fill_requested)
        self._undo.clicked.connect(canvas.undo)
        self._redo.clicked.connect(canvas.redo)
        self._clear.clicked.connect(canvas.clear)
        self._show_tool()
        self._show_history()

    def stops(self) -> tuple[QWidget, ...]:
        """Where the Tab key goes, in order."""
        buttons = (self._undo, self._redo, self._clear)
        return *self._tools.values(), self._fill, self._size, *buttons

    def _build(self) -> None:
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.XS)
        for tool, name, tip in TOOLS:
            button = self._button(tool, name, tip)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setProperty("tool", tool)
            button.clicked.connect(self._on_tool_clicked)
            self._tools[tool] = button
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._fill, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(theme.S)
        self._size_label.setProperty("quiet", True)
        self._size_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._size_label.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._size_label.setToolTip("Brush width in pixels of the 28 x 28 image ([ and ])")
        self._size.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        column.addWidget(self._size, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._size_label)
        column.addSpacing(theme.S)
        for button in (self._undo, self._redo, self._clear):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def _button(self, icon: str, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setProperty("icon_name", icon)
        button.setAccessibleName(tip.partition(" (")[0].partition(":")[0].partition(";")[0])
        button.setToolTip(tip)
        button.setFixedSize(BUTTON, BUTTON)
        button.setIconSize(QSize(20, 20))
        button.setIcon(icons.icon(icon, self))
        return button

    def _on_tool_clicked(self) -> None:
        sender = self.sender()
        assert sender is not None
        self._canvas.set_tool(sender.property("tool"))

    def _on_size_moved(self, value: int) -> None:
        self._canvas.set_brush(value / SLIDER_STEPS_PER_PIXEL)

    def _show_tool(self) -> None:
        tool = self._canvas.tool()
        self._tools[tool].setChecked(True)
        brushed = tool != "rectangle"
        self._size.blockSignals(True)
        self._size.setValue(round(self._canvas.brush() * SLIDER_STEPS_PER_PIXEL))
        self._size.blockSignals(False)
        self._size.setEnabled(brushed)
        self._size_label.setText(f"{self._canvas.brush():.1f} px" if brushed else "")

    def _show_history(self) -> None:
        stack = self._canvas.undo_stack
        self._undo.setEnabled(stack.canUndo())
        self._redo.setEnabled(stack.canRedo())
        self._undo.setToolTip(_with_key("Undo", stack.undoText(), "Ctrl+Z"))
        self._redo.setToolTip(_with_key("Redo", stack.redoText(), "Ctrl+Shift+Z"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        tight = self.height() < TIGHT
        side = SMALL_BUTTON if tight else BUTTON
        buttons = self.findChildren(QToolButton)
        for button in buttons:
            button.setFixedSize(side, side)
        self._column.setSpacing(2 if tight else theme.XS)
        words = self._size_label.sizeHint().height()
        room = self.height() - len(buttons) * side - 12 * self._column.spacing() - words
        self._size.setFixedHeight(min(max(room - 2 * theme.S, LEAST_SLIDER), SLIDER_HEIGHT))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self.findChildren(QToolButton):
                button.setIcon(icons.icon(button.property("icon_name"), self))


def _with_key(verb: str, what: str, key: str) -> str:
    return f"{verb} {what} ({key})" if what else f"{verb} ({key})"
