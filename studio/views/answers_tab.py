"""The tab Answers: one drawing, and a row for each model that was asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.state.panel import MOST
from studio.views import theme
from studio.views.row_columns import columns_for, in_columns
from studio.views.rows import Rows
from studio.views.run_chooser import RunChooser
from studio.views.scroll import BAR
from studio.views.witness_row import WitnessRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from studio.state.answer_rows import AnswerRow, Choice, RowHead

HEADS = ("Copy", "Model and its code", "Read as", "Fit", "Near", "Time")
TIPS = (
    "The drawing, written again by the model from its code",
    "The few numbers that the model keeps of the drawing",
    "Which digit the copy shows, or which one the model takes the drawing for",
    "How well the model explains the drawing, and what its discriminator thinks of it",
    "The nearest to the drawing of up to 10,000 digits that it may have been trained on",
    "Time that the answer took",
)
EMPTY = "Draw a digit at the left: every row answers after each stroke."
DRAWN = "Every row answers after each stroke. A row's name opens more about it."
INVITE = (
    "Other models may answer the same drawing, row by row. Choose up to "
    f"{MOST} of the runs that you have trained."
)
INVITE_WIDTH = 380
NOBODY = "No model answers yet: train one, or choose a run."


class AnswersTab(QWidget):
    """Rows of answers, and who is asked.

    Signals:
        chosen(tuple of keys): these runs are to answer, in this order.
        removed(key): this one is to answer no more.
        choices_wanted(): the list of runs is about to be shown.
    """

    chosen = Signal(object)
    removed = Signal(str)
    choices_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answersTab")
        self.setAccessibleName("Answers")
        self._rows: dict[str, WitnessRow] = {}
        self._line = QLabel(EMPTY)
        self._line.setObjectName("answersLine")
        self._line.setProperty("quiet", True)
        self._line.setWordWrap(True)
        self._choose = QPushButton("Choose runs…")
        self._choose.setObjectName("chooseRunsButton")
        self._choose.setToolTip("Chooses which of your runs answer beside the model in the window")
        self._choose.clicked.connect(self._on_choose_clicked)
        self._chooser = RunChooser(MOST, self)
        self._chooser.chosen.connect(self.chosen)
        self._heads = self._build_heads()
        self._invite = QLabel(INVITE)
        self._invite.setObjectName("answersInvite")
        self._invite.setProperty("quiet", True)
        self._invite.setWordWrap(True)
        self._invite.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._scroll = Rows(theme.S)
        self._scroll.setObjectName("answersScroll")
        self._invite.setFixedWidth(INVITE_WIDTH)
        self._invite.setContentsMargins(0, theme.XL, 0, 0)
        self._scroll.column.addWidget(self._invite, 0, Qt.AlignmentFlag.AlignHCenter)
        self._scroll.column.addStretch(1)
        above = QHBoxLayout()
        above.setContentsMargins(0, 0, BAR, 0)
        above.setSpacing(theme.M)
        above.addWidget(self._line, 1)
        above.addWidget(self._choose)
        self._layout = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.S)
        column.addLayout(above)
        column.addWidget(self._head_line)
        column.addWidget(self._scroll, 1)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._keep_room_for_bar)
        self._keep_room_for_bar(0, 0)
        self._show_invite()

    # -- setters --------------------------------------------------------------------------------

    def set_rows(self, heads: Sequence[RowHead]) -> None:
        """Who is asked, from the top; the answers of those who stay, stay."""
        keys = [head.key for head in heads]
        for key in self._rows.keys() - set(keys):
            row = self._rows.pop(key)
            self._scroll.column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, head in enumerate(heads):
            row = self._rows.get(head.key) or self._new_row(head.key)
            row.set_head(head)
            if self._scroll.column.indexOf(row) != place:
                self._scroll.column.removeWidget(row)
                self._scroll.column.insertWidget(place, row)
            row.show()
        self._show_invite()
        self._arrange()
        self._order()
        self._chooser.set_chosen([key for key in keys if key])

    def show_answer(self, key: str, row: AnswerRow | None) -> None:
        """What one of them says; None where nothing has been asked."""
        if key in self._rows:
            self._rows[key].show_answer(row)

    def show_problem(self, key: str, sentence: str) -> None:
        """Why one of them cannot answer."""
        if key in self._rows:
            self._rows[key].show_problem(sentence)

    def set_drawn(self, drawn: bool) -> None:
        """Whether there is a drawing to be asked about."""
        self._line.setText(DRAWN if drawn else EMPTY)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """All runs that may be chosen."""
        self._chooser.set_choices(choices)

    def set_chosen(self, keys: Sequence[str]) -> None:
        """Which runs are ticked in the list."""
        self._chooser.set_chosen(keys)

    # -- inside ---------------------------------------------------------------------------------

    def _build_heads(self) -> list[QWidget]:
        labels: list[QWidget] = []
        for text, tip in zip(HEADS, TIPS, strict=True):
            label = QLabel(text)
            label.setProperty("heading", True)
            label.setToolTip(tip)
            labels.append(label)
        last = labels[-1]
        assert isinstance(last, QLabel)
        last.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._head_line = QWidget()
        self._head_columns = in_columns(labels)
        self._head_line.setLayout(self._head_columns)
        return labels

    def _new_row(self, key: str) -> WitnessRow:
        row = WitnessRow(key)
        row.removed.connect(self.removed)
        self._rows[key] = row
        return row

    def _show_invite(self) -> None:
        alone = not any(self._rows)
        self._invite.setText(INVITE if self._rows else f"{NOBODY} {INVITE}")
        # Centred, a label that wraps would get the height of one line.
        self._invite.setFixedHeight(self._invite.heightForWidth(INVITE_WIDTH))
        self._invite.setVisible(alone)
        self._head_line.setVisible(bool(self._rows))
        self._choose.setProperty("primary", alone)
        style = self._choose.style()
        style.unpolish(self._choose)
        style.polish(self._choose)

    def _keep_room_for_bar(self, low: int, high: int) -> None:
        """The rows are as wide with a scroll bar as without, below their heads."""
        self._scroll.column.setContentsMargins(0, 0, 0 if high > low else BAR, 0)

    def _on_choose_clicked(self) -> None:
        self.choices_wanted.emit()
        self._chooser.open_below(self._choose)

    def _order(self) -> None:
        """Tab runs down the rows."""
        last: QWidget = self._choose
        rows = sorted(self._rows.values(), key=self._scroll.column.indexOf)
        for stop in (stop for row in rows for stop in row.stops()):
            QWidget.setTabOrder(last, stop)
            last = stop

    def _arrange(self) -> None:
        """Rows that are as large as all of them can be, and dense where they have to."""
        self._layout.activate()
        columns = columns_for(self.width(), self._scroll.height(), len(self._rows))
        copy, _, read, _, near, end = self._heads
        for head, width in zip((copy, read, near, end), columns[:4], strict=True):
            head.setFixedWidth(width)
        self._head_columns.setSpacing(columns.gap)
        self._head_columns.setContentsMargins(columns.edge, 0, columns.edge + BAR, 0)
        self._scroll.column.setSpacing(columns.apart)
        for row in self._rows.values():
            row.set_columns(columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
