"""What a model draws, and what can therefore be asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from models import ImageShape
    from models.means import What

Pictures = Literal["digits", "colour", "points"]
"""Grey digits of 28 x 28, pictures in colours or of another size, or points of a plane."""

VERBS: tuple[What, ...] = ("sample", "encode", "decode", "reconstruct", "inpaint")

_REASONS: dict[Pictures, str] = {
    "colour": "it was trained on other pictures than the grey digits of 28 x 28 pixels that the "
    "sheet and the map hold; choose a model of digits for them.",
    "points": "it was trained on points of a plane, where there are no digits; the plane itself is "
    "on the Train page.",
}


def pictures_of(shape: ImageShape) -> Pictures:
    """What images of this shape are."""
    if shape.height == shape.width == 1:
        return "points"
    return "digits" if shape.chw == (1, 28, 28) else "colour"


def why_not(pictures: Pictures, title: str) -> str:
    """Why the sheet and the map cannot show what a model draws, one sentence; "" if they can."""
    return f"{title}: {_REASONS[pictures]}" if pictures in _REASONS else ""
