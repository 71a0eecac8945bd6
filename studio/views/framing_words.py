"""Says in a sentence what framing does to a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.data.framing import framing, ink_box

if TYPE_CHECKING:
    from studio.views.strokes import Image

AS_DRAWN = "Your drawing, exactly as it lies on the sheet."
FRAMED = "Your drawing, scaled and centred by mass as the digits of MNIST are."
FITTING = "Your drawing as it is: its size and place are those of MNIST's digits already."


def framing_words(drawing: Image) -> str:
    """How a uint8 (28, 28) is scaled and moved, as MNIST's digits were."""
    box = ink_box(drawing)
    if box is None:
        return FRAMED
    move = framing(drawing)
    if move.scale == 1.0:
        way = _way(move.x - move.left, move.y - move.top)
        return f"Your drawing, moved {way}: centred by mass, as in MNIST." if way else FITTING
    left, top, right, bottom = box
    return (
        f"Its box of {right - left} × {bottom - top} pixels, scaled to {move.width} × "
        f"{move.height} and centred by mass, as in MNIST."
    )


def _way(across: int, down: int) -> str:
    """ "2 pixels right and 1 up" for (2, -1); "" for no way at all."""
    parts: list[str] = []
    for distance, back, forth in ((across, "left", "right"), (down, "up", "down")):
        if distance:
            unit = "" if parts else (" pixel" if abs(distance) == 1 else " pixels")
            parts.append(f"{abs(distance)}{unit} {back if distance < 0 else forth}")
    return " and ".join(parts)
