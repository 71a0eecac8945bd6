"""The three ways of writing a drawing again."""

from __future__ import annotations

from typing import Final, Literal

Part = Literal["correct", "convert", "morph"]
PARTS: Final[tuple[Part, ...]] = ("correct", "convert", "morph")
"""In the order in which they are worked out and shown."""
