"""What the window shows of the models before any is built, in plain values."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

import models
from models import ModelCard

_PLAIN = ("low", "high", "choices", "unit", "help", "live", "log", "group")


@dataclass(frozen=True)
class Setting:
    """One field of a model's config; see `models.param`."""

    name: str
    label: str
    kind: Literal["bool", "int", "float", "choice"]
    default: Any
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    unit: str
    help: str
    live: bool
    log: bool
    group: str


@dataclass(frozen=True)
class Entry:
    """One model of the registry."""

    name: str
    card: ModelCard
    capabilities: tuple[str, ...]
    settings: tuple[Setting, ...]


def entries() -> tuple[Entry, ...]:
    """Every registered model, by family."""
    return tuple(_entry(name) for name in models.available())


def _entry(name: str) -> Entry:
    spec = models.spec(name)
    fields = dataclasses.fields(spec.config)
    # What belongs to the model comes first, what all models have comes last.
    ours = [f for f in fields if f.name not in ("steps", "batch_size")]
    common = [f for f in fields if f.name in ("steps", "batch_size")]
    return Entry(name, spec.card, spec.capabilities, tuple(_setting(f) for f in ours + common))


def _setting(field: dataclasses.Field[Any]) -> Setting:
    kinds: dict[type, Literal["bool", "int", "float"]] = {bool: "bool", int: "int", float: "float"}
    words = field.name.replace("_", " ")
    return Setting(
        name=field.name,
        label=field.metadata["label"] or words[0].upper() + words[1:],
        kind="choice" if field.metadata["choices"] else kinds[type(field.default)],
        default=field.default,
        **{k: field.metadata[k] for k in _PLAIN},
    )
