"""JSON from elsewhere becomes typed values or one line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import pytest

from studio.library import plain


@dataclasses.dataclass(frozen=True)
class Inner:
    name: str
    share: float


@dataclasses.dataclass(frozen=True)
class Outer:
    count: int
    kind: Literal["a", "b"]
    values: Mapping[str, bool | int | float | str]
    inner: tuple[Inner, ...]
    maybe: float | None = None


GOOD: dict[str, Any] = {
    "count": 3,
    "kind": "b",
    "values": {"on": True, "n": 1, "x": 1.5, "word": "w"},
    "inner": [{"name": "first", "share": 1}],
}


def test_there_and_back() -> None:
    made = plain.restore(Outer, GOOD)
    assert made == Outer(3, "b", GOOD["values"], (Inner("first", 1.0),))
    assert type(made.values["on"]) is bool
    assert type(made.values["n"]) is int
    assert plain.restore(Outer, plain.parse(plain.dump(plain.plain(made)))) == made


def test_keys_of_a_later_program_are_passed_over() -> None:
    assert plain.restore(Outer, GOOD | {"later": [1]}).count == 3


@pytest.mark.parametrize(
    "change",
    [
        {"count": "3"},
        {"count": True},
        {"count": 3.5},
        {"count": 10**30},
        {"kind": "c"},
        {"kind": ["a"]},
        {"values": []},
        {"values": {"x": [1]}},
        {"inner": {}},
        {"inner": [{"name": "n"}]},
        {"inner": ["n"]},
        {"maybe": "much"},
        {"inner": [{"name": "x" * 100_000, "share": 1}]},
    ],
)
def test_other_types_are_refused_in_one_line(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        plain.restore(Outer, GOOD | change)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ValueError, match="it lacks 'kind'"):
        plain.restore(Outer, {"count": 1})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": Infinity}',
        "[" * 100_000,
        b"\xff\xfe\xfa",
        "1" * 10_000,
    ],
)
def test_broken_json_is_refused_in_one_line(text: str | bytes) -> None:
    with pytest.raises(ValueError) as caught:
        plain.parse(text)
    assert "\n" not in str(caught.value)


def test_control_characters_do_not_get_through() -> None:
    assert plain.restore(Inner, {"name": "a\x1b[2J\nb", "share": 0}).name == "a [2J b"
