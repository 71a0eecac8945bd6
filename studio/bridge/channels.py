"""The kinds of question that the one inference thread answers, in the order of their urgency.

What the hand has just done goes before what fills the background, and of the same question the
model in the window answers before the panel beside it.
"""

from __future__ import annotations

CHANNELS = (
    "adopt",
    "data",
    "opinion",
    "answer",
    "guess",
    "pick",
    "place",
    "opinions",
    "plane",
    "sample",
    "fill",
    "rewrite",
    "digit",
    "lay",
    "points",
    "tiles",
    "shades",
    "strips",
    "answers",
    "fills",
    "rewrites",
    "region",
    "path",
    "searched points",
    "sheet",
    "yardsticks",
)
