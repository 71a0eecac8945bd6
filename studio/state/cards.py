"""What the views are told of models, settings and players: plain values, between the controllers
that make them and the widgets that show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Card:
    """A model in the picker; see `models.ModelCard`."""

    name: str
    title: str
    family: str
    year: int
    sentence: str
    formula: str
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    abilities: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A setting in the form; see `models.param`.

    Attributes:
        group: The heading under which it stands, "" for none.
    """

    name: str
    label: str
    kind: Literal["int", "float", "bool", "choice"]
    default: Any
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    help: str = ""
    live: bool = False
    log: bool = False
    group: str = ""


@dataclass(frozen=True)
class PlayerRow:
    """A player of the current stage, with what can be changed of it while it plays.

    Attributes:
        moves_field: The setting that holds its moves per round; "" where they are fixed.
    """

    name: str
    title: str
    role: str
    learning_rate: float
    moves_per_round: int
    frozen: bool
    moves_field: str = ""
