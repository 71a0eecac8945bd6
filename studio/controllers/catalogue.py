"""Models and settings in the words of the views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio import data
from studio.state.cards import Card, Field

if TYPE_CHECKING:
    from studio.engine.catalogue import Entry, Setting

RUN_FIELDS = (
    Field(
        name="data",
        label="Data",
        kind="choice",
        default="pen",
        choices=data.available(),
        help="What to learn from: pen (built in), MNIST (downloaded once), stacks of three digits "
        "(1,000 kinds), points on a plane (a ring of 8 spots, a grid of 25), or mine (the drawings "
        "kept under My digits on the Draw page).",
    ),
    Field(
        name="seed",
        label="Seed",
        kind="int",
        default=0,
        low=0,
        high=2**31 - 1,
        help="The same seed gives the same weights, order and noise: the same training.",
    ),
    Field(
        name="device",
        label="Device",
        kind="choice",
        default="auto",
        choices=("auto", "cpu", "cuda", "mps"),
        help="Where to compute; auto takes a GPU if there is one.",
    ),
)

MANY = 12
"""From so many settings on a form needs headings."""


def card(entry: Entry) -> Card:
    """A model as the picker shows it."""
    c = entry.card
    return Card(
        name=entry.name,
        title=c.title,
        family=c.family,
        year=c.year,
        sentence=c.sentence,
        formula=c.objective,
        strengths=c.strengths,
        weaknesses=c.weaknesses,
        references=c.references,
        abilities=tuple(word.replace("_", " ") for word in entry.capabilities),
    )


def form_fields(entry: Entry) -> list[Field]:
    """The settings of a model as the form shows them, under headings if they are many."""
    # Not sooner: it imports PyTorch, for which the first picture of the window does not wait.
    from models.config import GROUPS

    if len(entry.settings) < MANY:
        return [form_field(setting) for setting in entry.settings]
    fields = [form_field(setting, setting.group) for setting in entry.settings]
    return sorted(fields, key=lambda field: GROUPS.index(field.group))


def form_field(setting: Setting, group: str = "") -> Field:
    """A setting as the form shows it."""
    return Field(
        name=setting.name,
        label=setting.label,
        kind=setting.kind,
        default=setting.default,
        low=setting.low,
        high=setting.high,
        choices=setting.choices,
        unit=setting.unit,
        help=setting.help,
        live=setting.live,
        log=setting.log,
        group=group,
    )
