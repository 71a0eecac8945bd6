"""Settings that describe themselves: one dataclass field makes the form, the command line's
`--set key=value` and the validation."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


GROUPS = ("Game", "Cures", "Networks", "Length")
"""Headings of a form with many settings, in their order. A setting without one is about the
networks."""


def param(
    default: Any,
    *,
    help: str,
    label: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    unit: str = "",
    live: bool = False,
    log: bool = False,
    group: str = "Networks",
) -> Any:
    """A config field that says how to show and check itself.

    The form in the window, `--set key=value` and the validation are made from it.

    Arguments:
        default: The shipped value; its type (bool, int, float, str) is the field's type.
        help: One sentence for the tooltip.
        label: The name in the form; made from the field's name if empty.
        low, high: Inclusive bounds of a number.
        choices: The allowed words of a str field.
        unit: Shown behind the value.
        live: May change while training: the model reads `self.config` at each loss.
        log: The form steps by factors (learning rates).
        group: One of GROUPS: the heading under which a form with many settings shows it.
    """
    assert group in GROUPS, group
    metadata = {"help": help, "label": label, "low": low, "high": high, "choices": choices}
    return field(
        default=default,
        metadata=metadata | {"unit": unit, "live": live, "log": log, "group": group},
    )


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What every model can be told. Immutable: a run is described by one value."""

    steps: int = param(
        6_000, low=1, high=10_000_000, unit="rounds", group="Length", help="How long to train."
    )
    batch_size: int = param(
        128, low=2, high=4_096, group="Length", help="Digits that a player sees per move."
    )

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Builds a config from plain or textual values, checked field by field.

        Raises:
            ValueError: an unknown field, a wrong type or a value out of bounds; one sentence.
        """
        known = {f.name: f for f in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise ValueError(f"there is no setting {name!r}; known: {', '.join(known)}")
        return cls(**{name: check(known[name], value) for name, value in values.items()})


def check(spec: dataclasses.Field[Any], value: object) -> Any:
    """The value of a config field, converted to the field's type and inside its bounds.

    Raises:
        ValueError: with one sentence that names the field and what is allowed.
    """
    kind: Any = type(spec.default)
    try:
        if kind is bool:
            converted: Any = {"true": True, "false": False, "1": True, "0": False}[
                str(value).lower()
            ]
        elif kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        else:
            converted = kind(value)
    except (KeyError, ValueError, TypeError, OverflowError):
        raise ValueError(f"{spec.name} must be {_named(kind)}, not {value!r}") from None
    choices, low, high = (spec.metadata.get(k) for k in ("choices", "low", "high"))
    if choices and converted not in choices:
        raise ValueError(f"{spec.name} must be one of {', '.join(choices)}, not {converted!r}")
    if kind in (int, float):
        # Written so that NaN, which fails every comparison, is refused too.
        if low is not None and not converted >= low:
            raise ValueError(f"{spec.name} must be at least {low:g}, not {converted}")
        if high is not None and not converted <= high:
            raise ValueError(f"{spec.name} must be at most {high:g}, not {converted}")
    return converted


def _named(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "a word")
