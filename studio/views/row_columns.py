"""The columns that all rows of answers share, and how dense the rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from studio.views import theme
from studio.views.pictures import PIXELS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

Nearest = Literal["column", "large", "row", "pair"]
"""How the nearest digits are laid out; see `NearDigits`."""

SIDE = 3 * PIXELS
"""Of a copy; in a dense row a copy is two thirds of it."""
END = 40
"""Width of the time and the button at the end of a row."""
ROOMY, NARROW = 900, 620
"""Width of a tab from which on the nearest digits are shown large, and below which there is room
for two of them only."""


class Columns(NamedTuple):
    """Widths of the columns of all rows, two more share what is left; and how high a row is.

    Attributes:
        height: Of the line with the answer.
        gap: Between two columns.
        edge: Left and right of them.
        nearest: How the nearest digits are laid out.
        dense: Whether a row says as little as it can.
    """

    copy: int
    read: int
    near: int
    end: int
    height: int
    gap: int
    edge: int
    nearest: Nearest
    dense: bool

    @property
    def above(self) -> int:
        """Between the upper edge of a row and its line."""
        return theme.XS if self.dense else theme.S

    @property
    def below(self) -> int:
        """Between the line of a row and its lower edge, with the progress."""
        return 5 if self.dense else 9

    @property
    def tall(self) -> int:
        """Height of a row."""
        return self.above + self.height + self.below

    @property
    def apart(self) -> int:
        """Between two rows."""
        return theme.XS if self.dense else theme.S


def columns_for(width: int, height: int = 0, count: int = 1) -> Columns:
    """The columns of `count` rows in a tab of this width, dense if they have to fit a height.

    Arguments:
        height: The room for all rows; 0 for as much as they like.
    """
    roomy = width >= ROOMY
    near = 6 * PIXELS + 2 if roomy else PIXELS + theme.L
    # Where sentences take more lines, a row is higher.
    line = 88 if roomy else 100
    free = Columns(
        SIDE,
        176 if roomy else 116,
        near,
        END,
        line,
        theme.M,
        theme.M,
        "large" if roomy else "column",
        False,
    )
    whole = count * (free.tall + free.apart) - free.apart
    if not height or (whole <= height and width >= NARROW):
        return free
    narrow = width < NARROW
    return Columns(
        2 * PIXELS,
        176 if roomy else 116 if not narrow else 104,
        PIXELS + theme.XS if narrow else 3 * PIXELS + 2,
        END,
        2 * PIXELS + theme.XS,
        theme.M if roomy else theme.S,
        theme.M if roomy else theme.S,
        "pair" if narrow else "row",
        True,
    )


def in_columns(cells: list[QWidget]) -> QHBoxLayout:
    """A line of six cells that stand in the columns: copy, code, reading, fit, near, end."""
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.M)
    for cell, stretch in zip(cells, (0, 6, 0, 5, 0, 0), strict=True):
        if stretch:
            cell.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        line.addWidget(cell, stretch, Qt.AlignmentFlag(0))
    return line
