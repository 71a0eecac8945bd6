"""All experiments of the lab, in the order in which they are shown. Costs no PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.lab import cures, digits, ring, stacked
from studio.lab.preset import GROUPS

if TYPE_CHECKING:
    from studio.lab.preset import Preset

_ALL = (*ring.PRESETS, *digits.PRESETS, *stacked.PRESETS, *cures.PRESETS)
PRESETS: tuple[Preset, ...] = tuple(
    preset for group in GROUPS for preset in _ALL if preset.group == group
)


def find(name: str) -> Preset:
    """The preset of this name.

    Raises:
        ValueError: there is none; one sentence that lists them.
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    names = ", ".join(preset.name for preset in PRESETS)
    raise ValueError(f"there is no experiment {name!r} in the lab; known: {names}")
