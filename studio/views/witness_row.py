"""One row of the answers: what one model makes of the drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.views import icons, theme
from studio.views.answers import Progress
from studio.views.badge import RoleDot
from studio.views.clamped import WrappedLabel
from studio.views.class_bars import ClassBars
from studio.views.code_bars import CodeBars
from studio.views.code_view import CodeView
from studio.views.elided import ElidedLabel
from studio.views.near_digits import NearDigits
from studio.views.pictures import PIXELS, DigitPicture
from studio.views.row_columns import SIDE, columns_for, in_columns
from studio.views.row_title import Title

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from studio.state.answer_rows import AnswerRow, RowHead
    from studio.views.row_columns import Columns

__all__ = ["SIDE", "Title", "WitnessRow"]

LEFT = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft


class StandingBar(QWidget):
    """A thin track: how much of it is filled says how many real digits do worse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("standingBar")
        self._share: float | None = None
        self.setFixedHeight(theme.XS)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_share(self, share: float | None) -> None:
        """In [0, 1]; None while nobody knows."""
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._share is None:
            return
        painter, tokens = QPainter(self), theme.tokens(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(whole, 2, 2)
        painter.setBrush(QColor(tokens.accent))
        whole.setWidth(max(whole.width() * min(max(self._share, 0.0), 1.0), theme.XS))
        painter.drawRoundedRect(whole, 2, 2)


class WitnessRow(QWidget):
    """A model's copy, code, reading, fit, nearest digits and time.

    Signals:
        removed(key): send this one away.
    """

    removed = Signal(str)

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.setObjectName("witnessRow")
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._row: AnswerRow | None = None
        self._copy = DigitPicture("Copy of the drawing", SIDE)
        self._title, self._detail = Title(), ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._detail.setProperty("quiet", True)
        self._detail.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._code = CodeBars()
        self._reading = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._read_by = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._classes = ClassBars()
        self._fit = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        self._standing, self._score = WrappedLabel(3), WrappedLabel(3)
        self._bar, self._dot = StandingBar(), RoleDot("discriminator")
        self._near = NearDigits()
        self._time, self._remove = QLabel(), QToolButton()
        self._problem = QLabel()
        self._progress = Progress(self)
        self._line = QWidget()
        self._dense = False
        self._more, self._how, self._full = QWidget(), QLabel(), CodeView()
        self._cells = self._build_cells()
        self._build()
        self._title.toggled.connect(self._more.setVisible)
        self._remove.clicked.connect(self._on_remove_clicked)

    def stops(self) -> tuple[QWidget, ...]:
        """Where the Tab key goes, in order."""
        return self._title, self._remove

    # -- setters --------------------------------------------------------------------------------

    def set_head(self, head: RowHead) -> None:
        """Who answers here."""
        self._title.set_name(head.title)
        self._title.setAccessibleName(f"{head.title}: more about its answer")
        self._title.setToolTip(f"{head.title}, {head.detail}\nShows how, and the code at large")
        self._detail.setText(head.detail)
        self._remove.setVisible(head.removable)
        self._remove.setAccessibleName(f"Take {head.title} away")
        self.setAccessibleName(head.title)

    def set_columns(self, columns: Columns) -> None:
        """The widths that all rows share."""
        copy, _, read, _, near, end = self._cells
        for cell, width in zip((copy, read, near, end), columns[:4], strict=True):
            cell.setFixedWidth(width)
        self._columns.setSpacing(columns.gap)
        self._column.setContentsMargins(columns.edge, columns.above, columns.edge, 0)
        self._line.setFixedHeight(columns.height)
        self._copy.set_side(columns.copy)
        self._near.set_layout(columns.nearest)
        self._title.set_most(1 if columns.dense else 2)
        self._dense = columns.dense
        self._fit_lines()

    def show_answer(self, row: AnswerRow | None) -> None:
        """What it says; without, where an answer will appear."""
        self._row = row
        self._show_problem("")
        self._copy.set_image(None if row is None else row.copy)
        self._code.show_code(row.vector if row else None, row.codes if row else None)
        self._show_reading(row)
        self._show_fit(row)
        nothing = np.zeros((0, PIXELS, PIXELS), np.uint8)
        self._near.set_digits(
            row.neighbours if row else nothing,
            row.neighbour_labels if row else (),
            row.neighbours_by if row else "",
        )
        self._time.setText(row.time if row else "")
        busy = row is not None and row.fraction < 1
        self._progress.show_share(busy, row.fraction if row else None)
        self._how.setText(row.how if row else "Its answer appears here as soon as you draw.")
        if row is not None and row.codes is not None:
            self._full.set_codes(row.codes, row.code_size)
        else:
            self._full.set_vector(row.vector if row else None)
        self._full.set_note(row.code_note if row else "")

    def show_problem(self, sentence: str) -> None:
        """Why it cannot answer."""
        self.show_answer(None)
        self._show_problem(sentence)

    # -- building -------------------------------------------------------------------------------

    def _build_cells(self) -> list[QWidget]:
        label: QLabel
        for label in (self._standing, self._score):
            label.setProperty("quiet", True)
            label.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        for label in (self._reading, self._fit):
            label.setFont(theme.tabular(theme.sized(self.font(), theme.BODY, bold=True)))
        for label in (self._read_by, self._time):
            label.setProperty("quiet", True)
            label.setFont(theme.tabular(theme.sized(self.font(), theme.SMALL)))
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
        self._time.setObjectName("rowTime")
        self._time.setToolTip("Time that this answer took")
        for label, name in (
            (self._reading, "rowReading"),
            (self._fit, "rowFit"),
            (self._standing, "rowStanding"),
            (self._score, "rowScore"),
            (self._problem, "rowProblem"),
            (self._how, "rowHow"),
        ):
            label.setObjectName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._remove.setObjectName("removeButton")
        self._remove.setToolTip("Take this run away")
        self._remove.setIconSize(QSize(14, 14))
        self._remove.setFixedSize(theme.XL, theme.XL)
        score = QHBoxLayout()
        score.setSpacing(theme.XS)
        score.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        score.addWidget(self._score, 1)
        code = _stack((self._title, self._detail, theme.XS))
        code.addWidget(self._code, 1)
        read = _stack((self._reading, self._read_by, theme.XS))
        read.addWidget(self._classes, 1)
        fit = _stack((self._fit, self._standing, theme.XS, self._bar, theme.XS))
        fit.addLayout(score)
        fit.addStretch(1)
        near = _stack((self._near,))
        near.addStretch(1)
        end = QVBoxLayout()
        end.setContentsMargins(0, 0, 0, 0)
        end.addWidget(self._remove, 0, Qt.AlignmentFlag.AlignRight)
        end.addStretch(1)
        end.addWidget(self._time)
        copy = _stack((self._copy,))
        copy.addStretch(1)
        return [_cell(column) for column in (copy, code, read, fit, near, end)]

    def _build(self) -> None:
        self._problem.setWordWrap(True)
        self._problem.setProperty("wrong", True)
        self._problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._problem.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self._problem.hide()
        self._how.setWordWrap(True)
        self._how.setProperty("quiet", True)
        self._full.setFixedHeight(136)
        more = QVBoxLayout(self._more)
        more.setContentsMargins(0, theme.S, 0, 0)
        more.setSpacing(theme.S)
        more.addWidget(self._how)
        more.addWidget(self._full)
        self._more.hide()
        self._columns = line = in_columns(self._cells)
        line.insertWidget(2, self._problem, 12)
        self._line.setLayout(line)
        self._column = column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addWidget(self._line)
        column.addWidget(self._more)
        column.addSpacing(2)
        column.addWidget(self._progress)
        self.set_columns(columns_for(0))
        self.show_answer(None)
        self._tint()

    # -- what is shown --------------------------------------------------------------------------

    def _show_reading(self, row: AnswerRow | None) -> None:
        shares = None if row is None else row.shares
        self._classes.set_shares(shares, row.none if row else 0.0)
        if row is None or shares is None:
            self._reading.setText("")
            self._read_by.setText("")
            return
        best = int(np.argmax(shares))
        if row.none > shares[best]:
            self._reading.setText(f"No digit, {100 * row.none:.0f} %")
        else:
            self._reading.setText(f"{best}, {100 * float(shares[best]):.0f} %")
        self._read_by.setText(row.read_by)

    def _show_fit(self, row: AnswerRow | None) -> None:
        self._fit.setText(row.fit if row else "")
        self._standing.setText(row.standing if row else "")
        self._bar.set_share(row.percentile if row else None)
        self._bar.setVisible(row is not None and row.percentile is not None)
        self._score.setText(row.score if row else "")
        self._dot.setVisible(bool(row and row.score))
        self._fit.setToolTip(self._fit.text())
        self._fit_lines()

    def _fit_lines(self) -> None:
        """In a dense row there are three lines below the fit, for what is said of it."""
        self._standing.set_most(1 if self._dense else 3)
        self._score.set_most(3 if not self._dense else 1 if self._standing.text() else 2)

    def _show_problem(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        for cell in self._cells[2:5]:
            cell.setVisible(not sentence)

    def _tint(self) -> None:
        self._remove.setIcon(icons.icon("close", self, 14, theme.tokens(self).quiet))

    def _on_remove_clicked(self) -> None:
        self.removed.emit(self.key)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()


def _stack(parts: tuple[QWidget | int, ...]) -> QVBoxLayout:
    """Widgets below each other, with distances between some of them."""
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts:
        if isinstance(part, int):
            column.addSpacing(part)
        else:
            column.addWidget(part)
    return column


def _cell(layout: QVBoxLayout) -> QWidget:
    cell = QWidget()
    cell.setLayout(layout)
    return cell
