"""What a run shows besides its digits: its state as a picture and a word, and its tags."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from studio.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.state.shelf import State

STATES: dict[State, tuple[str, str, str]] = {
    "running": ("Training now", "play", "accent"),
    "finished": ("Finished", "good", "good"),
    "stopped": ("Stopped", "stop", "quiet"),
    "suspended": ("Suspended", "pause", "warning"),
    "cut off": ("Cut off", "bolt", "warning"),
    "failed": ("Failed", "warning", "wrong"),
    "damaged": ("Damaged", "broken", "wrong"),
}
"""Word, icon and colour of each state; the word alone says it, too."""

CHIP_HEIGHT = 18


def state_colour(state: State, tokens: theme.Tokens) -> str:
    """The colour of a state's icon."""
    return str(getattr(tokens, STATES[state][2]))


def plain_tip(text: str) -> str:
    """A tooltip that shows `text` as it is: Qt would take markup in it for its own."""
    return f"<p style='white-space: pre-wrap'>{escape(text)}</p>" if text else ""


def paint_chips(
    painter: QPainter, room: QRectF, tags: Sequence[str], tokens: theme.Tokens, face: str
) -> None:
    """Tags as chips from the left; where the room ends, how many more there are.

    Arguments:
        face: The colour that they stand on.
    """
    metrics = QFontMetrics(painter.font())
    left = room.left()
    back = theme.blend(tokens.quiet, face, 0.18)
    for number, tag in enumerate(tags):
        rest = len(tags) - number - 1
        more = metrics.horizontalAdvance(f"+{rest}") + theme.XS if rest else 0
        widest = room.right() - left - more
        text = tag
        if metrics.horizontalAdvance(tag) + 2 * theme.S > widest:
            # The first tag is worth cutting; later ones are counted.
            if number or widest < 5 * theme.S:
                _write(painter, room, left, f"+{rest + 1}", tokens.quiet)
                return
            text = metrics.elidedText(tag, Qt.TextElideMode.ElideRight, int(widest - 2 * theme.S))
        chip = QRectF(left, 0, metrics.horizontalAdvance(text) + 2 * theme.S, CHIP_HEIGHT)
        chip.moveTop(room.center().y() - CHIP_HEIGHT / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(back))
        painter.drawRoundedRect(chip, CHIP_HEIGHT / 2, CHIP_HEIGHT / 2)
        painter.setPen(QColor(tokens.text))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)
        left = chip.right() + theme.XS


def _write(painter: QPainter, room: QRectF, left: float, text: str, colour: str) -> None:
    painter.setPen(QColor(colour))
    place = QRectF(left, room.top(), room.right() - left, room.height())
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(place, flags | Qt.TextFlag.TextSingleLine, text)
