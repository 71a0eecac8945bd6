"""Models register themselves by existing: any module in `models/zoo/` is discovered."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from models.base import GenerativeModel, ImageShape, ModelCard
from models.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.config import ModelConfig

M = TypeVar("M", bound=type[GenerativeModel])


@dataclass(frozen=True)
class Spec:
    """What the rest of the program may know of a model before building it."""

    name: str
    cls: type[GenerativeModel]

    @property
    def card(self) -> ModelCard:
        """What the picker shows."""
        return self.cls.card

    @property
    def config(self) -> type[ModelConfig]:
        """The class of its settings."""
        return self.cls.Config

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The names of the protocols that the model fulfils, in the order of `CAPABILITIES`."""
        return tuple(name for name, kind in CAPABILITIES.items() if issubclass(self.cls, kind))


_SPECS: dict[str, Spec] = {}


def register(name: str) -> Callable[[M], M]:
    """Class decorator: makes a model known under `name` (a word for command line and files)."""

    def wrap(cls: M) -> M:
        if name in _SPECS:
            raise ValueError(f"model {name!r} is registered twice: {_SPECS[name].cls} and {cls}")
        _SPECS[name] = Spec(name, cls)
        return cls

    return wrap


@cache
def _discover() -> None:
    from models import zoo

    for info in pkgutil.iter_modules(zoo.__path__, prefix=f"{zoo.__name__}."):
        importlib.import_module(info.name)


def available() -> tuple[str, ...]:
    """The names of all models, by family, then year."""
    _discover()
    return tuple(
        sorted(_SPECS, key=lambda n: (_SPECS[n].card.family, _SPECS[n].card.year, n)),
    )


def spec(name: str) -> Spec:
    """The model called `name`.

    Raises:
        ValueError: there is no such model; the sentence names those that there are.
    """
    _discover()
    if name not in _SPECS:
        raise ValueError(f"there is no model {name!r}; known: {', '.join(available())}")
    return _SPECS[name]


def create(
    name: str, config: ModelConfig | None = None, shape: ImageShape | None = None
) -> GenerativeModel:
    """A model with fresh weights, drawn from torch's global generator (seed it for a known start).

    Raises:
        ValueError: there is no such model, or its settings contradict each other.
    """
    found = spec(name)
    return found.cls(config if config is not None else found.config(), shape or ImageShape())
