"""From JSON to frozen dataclasses and back, believing nothing.

A file from elsewhere may hold anything: a list where a number belongs, a number with a million
digits, NaN, the same key twice, brackets nested until the stack ends. `parse` and `restore` turn
all of that into one `ValueError` with one line.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, NoReturn, TypeVar

T = TypeVar("T")

_LONGEST_TEXT = 2_000
_LARGEST_INT = 2**63 - 1


def dump(value: object) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII; equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def parse(text: str | bytes) -> Any:
    """JSON without duplicate keys and without NaN or Infinity.

    Raises:
        ValueError: it is not that; one line.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()  # or json would guess among the kinds of UTF
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON ({error.msg.lower()})") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("it names something twice")
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}")


def restore(
    kind: type[T], value: object, where: str = "it", *, names: Mapping[str, Any] | None = None
) -> T:
    """A dataclass from the values that `plain` made of it, type by type.

    Fields with a default may be missing; keys that the class does not know are passed over, so
    that a later program may add some. Known field types: bool, int, float, str, None, unions of
    these, Literal, `Mapping[str, X]`, `tuple[X, ...]` and dataclasses. `names` explains words in
    annotations that the class's own module imports for the type checker only.

    Raises:
        ValueError: a value is missing or of another type; one line that says where.
    """
    assert dataclasses.is_dataclass(kind)
    if not isinstance(value, dict):
        raise ValueError(f"{where} is not a table")
    hints = _hints(kind, tuple((names or {}).items()))
    found = {}
    for field in dataclasses.fields(kind):
        if field.name in value:
            found[field.name] = _restored(hints[field.name], value[field.name], field.name, names)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ValueError(f"{where} lacks {field.name!r}")
    return kind(**found)


@functools.cache
def _hints(kind: type, names: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
    """Reading annotations takes longer than reading a file, and there are few kinds."""
    return typing.get_type_hints(kind, localns=dict(names))


def _restored(hint: Any, value: Any, where: str, names: Mapping[str, Any] | None) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _first_that_fits(inner, value, where, names)
    if origin is Literal:
        if not isinstance(value, str) or value not in inner:
            raise ValueError(f"{where} is not one of {', '.join(inner)}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where} is not a list")
        return tuple(_restored(inner[0], item, where, names) for item in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise ValueError(f"{where} is not a table")
        return {
            _simple(str, key, where): _restored(inner[1], item, f"{where} {key[:40]!r}", names)
            for key, item in value.items()
        }
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return restore(hint, value, where, names=names)
    return _simple(hint, value, where)


def _first_that_fits(
    kinds: tuple[Any, ...], value: Any, where: str, names: Mapping[str, Any] | None
) -> Any:
    for kind in kinds:
        # JSON writes 1.0 and 1 apart, so the exact type decides before any conversion does.
        if type(value) is kind:
            return _simple(kind, value, where)
    for kind in kinds:
        try:
            return _restored(kind, value, where, names)
        except ValueError:
            continue
    raise ValueError(f"{where} is of a type that does not belong there")


def _simple(kind: Any, value: Any, where: str) -> Any:
    if kind is type(None) and value is None:
        return None
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and type(value) is int and abs(value) <= _LARGEST_INT:
        return value
    if kind is float and type(value) in (int, float) and abs(value) < 1e300:
        return float(value)
    if kind is str and isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        # Control characters could hide or fake text where it is shown.
        return "".join(c if c.isprintable() else " " for c in value)
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
    raise ValueError(f"{where} is not {names.get(kind, 'what belongs there')}")


def plain(value: object) -> Any:
    """JSON-ready values of a dataclass, mapping, sequence or simple value; NaN becomes None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
