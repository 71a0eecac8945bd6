"""All about the selected run, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.state import run_words
from studio.views import theme
from studio.views.icons import pixmap
from studio.views.run_label import LabelFields
from studio.views.run_marks import STATES, state_colour
from studio.views.sample_grid import SampleGrid
from studio.views.scroll import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from PySide6.QtGui import QResizeEvent

    from studio.state.shelf import RunCard
    from studio.views.run_actions import RunActions

ROWS = 4
"""Rows of digits in the large grid."""
DAMAGED = (
    "Verify reads every file and says what is still good. If there is a copy, import that; the "
    "folder stays as it is until you delete it."
)
CUT_OFF = "Its program ended without a word. Everything until the last save is here: resume it."
SUSPENDED = "The window was closed while it was training: resume it."


class RunDetails(QWidget):
    """The panel at the right of the shelf.

    Signals:
        label_changed(str, str, object, str): folder, name, tags as a tuple of str, notes.
        left(): Enter or Escape in the name: the keyboard may go back to the shelf.
    """

    label_changed = Signal(str, str, object, str)
    left = Signal()

    def __init__(self, actions: RunActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runDetails")
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions = actions
        self._card: RunCard | None = None
        self._images: np.ndarray | None = None
        self.fields = LabelFields(self)
        self.fields.changed.connect(self.label_changed)
        self.fields.left.connect(self.left)
        self._grid = SampleGrid("runGrid", self)
        self._mark, self._line = QLabel(self), _text(quiet=True, wrap=True)
        self._line.setObjectName("runLine")
        self._trouble = _text(wrap=True)
        self._trouble.setObjectName("runTrouble")
        self._way_out = _text(quiet=True, wrap=True)
        self._numbers, self._facts, self._changes = (
            _Table("Measurements"),
            _Table("Facts"),
            _Table("Settings unlike the model's own"),
        )
        self._many = _text(quiet=True, wrap=True)
        self._many.setObjectName("runsSelected")
        self._many.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._scroll = Column(theme.S, self)
        self._build()
        self.show_cards(())

    # Setters

    def show_cards(self, cards: Sequence[RunCard]) -> None:
        """Shows one run, or how many are selected."""
        if len(cards) != 1:
            self.fields.hand_over()
            self._card = None
            size = run_words.size(sum(card.bytes for card in cards))
            delete = self._actions["delete"]
            way = "Export or delete them together." if delete.isEnabled() else delete.toolTip()
            self._many.setText(
                f"{len(cards)} runs selected, {size}\n{way}"
                if cards
                else "Choose a run to see its digits, numbers and settings."
            )
            self._stack.setCurrentIndex(1)
            return
        card = cards[0]
        same = self._card is not None and self._card.id == card.id
        self._card = card
        if not same or self._images is None:
            self._images = card.thumbnail
        self.fields.show_card(card)
        self._show_state(card)
        self._show_tables(card)
        self._arrange_grid()
        self._stack.setCurrentIndex(0)
        if not same:
            self._scroll.verticalScrollBar().setValue(0)

    def set_grid(self, id: str, images: np.ndarray) -> None:
        """The whole grid of a run, uint8 (N, H, W[, 3]); ignored if another one is shown by now."""
        if self._card is not None and self._card.id == id:
            self._images = images
            self._arrange_grid()

    def set_paper(self, on: bool) -> None:
        """Dark ink on white paper, instead of bright ink on black."""
        self._grid.set_paper(on)

    def edit_name(self) -> None:
        """Lets the user type a name."""
        self.fields.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.fields.name.selectAll()

    # Building

    def _build(self) -> None:
        actions = self._actions
        state = QHBoxLayout()
        state.setSpacing(theme.S)
        state.addWidget(self._mark)
        state.addWidget(self._line, 1)
        column = self._scroll.column
        column.addWidget(self._grid)
        column.addWidget(self.fields.name)
        column.addLayout(state)
        for widget in (self._trouble, self._way_out, self.fields):
            column.addWidget(widget)
        for table in (self._numbers, self._changes, self._facts):
            column.addWidget(table)
        column.addStretch(1)
        words = QHBoxLayout()
        words.setSpacing(theme.S)
        words.addWidget(actions.button("open", words=True, primary=True))
        words.addWidget(actions.button("resume", words=True))
        words.addWidget(actions.button("settings", words=True))
        words.addStretch(1)
        icons = QHBoxLayout()
        icons.setSpacing(0)
        for name in ("export", "verify", "reveal", "delete"):
            icons.addWidget(actions.button(name, words=False))
        words.addLayout(icons)
        words.setContentsMargins(theme.M, theme.S, theme.S, theme.M)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self._many)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, theme.S, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._stack, 1)
        whole.addLayout(words)

    # What is shown

    def _show_state(self, card: RunCard) -> None:
        word, _, _ = STATES[card.state]
        self._tint()
        parts = [word]
        if card.state != "damaged":
            parts += [run_words.rounds(card.step, card.total), run_words.span(card.seconds)]
        parts.append(run_words.moment(card.created, datetime.now().astimezone()))
        self._line.setText(" · ".join(part for part in parts if part))
        trouble = card.problem or card.message
        self._trouble.setText(trouble if trouble.endswith((".", "!", "?")) else f"{trouble}.")
        self._trouble.setVisible(bool(trouble))
        hints = {"damaged": DAMAGED, "cut off": CUT_OFF, "suspended": SUSPENDED}
        self._way_out.setText(hints.get(card.state, ""))
        self._way_out.setVisible(card.state in hints)

    def _show_tables(self, card: RunCard) -> None:
        self._numbers.show_rows(card.measurements)
        self._changes.show_rows(card.changes)
        facts = [("Folder", card.id), ("Size", run_words.size(card.bytes))]
        if card.state != "damaged":
            threads = "thread" if card.threads == 1 else "threads"
            device = card.device or "unknown"
            facts = [
                ("Model", card.model_title or card.model),
                ("Data", card.data),
                ("Seed", f"{card.seed:,}"),
                ("Device", f"{device}, {card.threads} {threads}" if card.threads else device),
                ("Rounds", run_words.rounds(card.step, card.total)),
                ("Time in training", run_words.span(card.seconds)),
                ("Begun", run_words.exactly(card.created, datetime.now().astimezone())),
                *facts,
            ]
            if card.parent:
                facts.append(("Branched off", card.parent))
        self._facts.show_rows(facts)

    def _arrange_grid(self) -> None:
        """As many digits at twice their size as fit, or a single picture."""
        images = self._images
        self._grid.setVisible(images is not None and len(images) > 0)
        if images is None or not len(images):
            return
        tall, wide = images.shape[1:3]
        room = self.width() - 2 * theme.M
        if len(images) == 1:
            # The picture of points, at the greatest whole multiple for which there is room.
            self._grid.setFixedHeight(max(1, room // (wide + 1)) * tall + 1)
            self._grid.set_images(images, 1)
            return
        columns = max(1, min(room // (2 * wide + 1), len(images)))
        rows = min(ROWS, -(-len(images) // columns))
        # The whole grid is on its way: nothing below jumps when it comes.
        partial = len(images) > 1 and self._card is not None and images is self._card.thumbnail
        high = (ROWS if partial else rows) * (2 * tall + 1)
        self._grid.setFixedHeight(high)
        self._grid.set_images(images[: columns * rows], columns)

    def _tint(self) -> None:
        if self._card is not None:
            colour = state_colour(self._card.state, theme.tokens(self))
            name = STATES[self._card.state][1]
            self._mark.setPixmap(pixmap(name, self, 16, colour))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_grid()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()


class _Table(QWidget):
    """Rows of a name and a value below a heading; without rows it is not there."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._rows: list[tuple[QLabel, QLabel]] = []
        heading = QLabel(title)
        heading.setProperty("heading", True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.L)
        self._grid.setVerticalSpacing(theme.XS)
        self._grid.setColumnMinimumWidth(0, 128)
        self._grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.S, 0, 0)
        column.setSpacing(theme.XS)
        column.addWidget(heading)
        column.addLayout(self._grid)

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Shows these; labels are kept and used again."""
        while len(self._rows) < len(rows):
            name, value = _text(quiet=True), _text(wrap=True)
            value.setFont(theme.tabular(self.font()))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            number = len(self._rows)
            self._grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, number, 1)
            self._rows.append((name, value))
        for number, (name, value) in enumerate(self._rows):
            there = number < len(rows)
            name.setVisible(there)
            value.setVisible(there)
            if there:
                name.setText(rows[number][0])
                value.setText(rows[number][1])
        self.setVisible(bool(rows))


def _text(*, quiet: bool = False, wrap: bool = False) -> QLabel:
    """A label for words from a file: nothing in them may act as markup."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    label.setProperty("quiet", quiet)
    return label
