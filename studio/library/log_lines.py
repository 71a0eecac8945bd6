"""The lines of a log: into bytes, and back from parsed JSON, believing nothing; see `log.py`."""

from __future__ import annotations

import binascii
import json
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.library import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from studio.library.rows import Rows

MAX_LINE = 2**20
_BLOCK = 2**19
"""Bytes of numbers in a line: in base64, and with its names, it stays below MAX_LINE."""
_LONGEST_TEXT = 2_000
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Mark:
    """Somebody changed the game at a step; see `studio.engine.events.Intervened`."""

    step: int
    what: str
    target: str
    value: bool | int | float | str | None = None


@dataclass(frozen=True)
class StageMark:
    """A stage began; `index` counts from 0."""

    step: int
    index: int
    name: str


@dataclass(frozen=True)
class AlarmMark:
    """An instrument's rule was met, or ceased to be."""

    step: int
    rule: str
    begins: bool
    message: str


# -- into bytes ---------------------------------------------------------------------------------


def mark_line(step: int, what: str, target: str, value: object) -> bytes:
    """A `Mark`; a value that is not simple becomes text."""
    words = {"what": _text(what), "target": _text(target), "value": _simple(value)}
    return _line("mark", words | {"step": int(step)})


def stage_line(step: int, index: int, name: str) -> bytes:
    """A `StageMark`."""
    return _line("stage", {"step": int(step), "index": int(index), "name": _text(name)})


def alarm_line(step: int, rule: str, begins: bool, message: str) -> bytes:
    """An `AlarmMark`."""
    words = {"rule": _text(rule), "begins": bool(begins), "message": _text(message)}
    return _line("alarm", words | {"step": int(step)})


def measured_line(step: int, values: Mapping[str, float]) -> bytes:
    """What instruments showed, by name; float64 to the bit, but for the payload of a NaN."""
    # JSON has no word for what is not finite: "nan", "inf", "-inf".
    words = {n: float(v) if math.isfinite(v) else str(float(v)) for n, v in values.items()}
    return _line("measured", {"step": int(step), "values": words})


def losses_lines(player: str, rows: Rows) -> Iterator[bytes]:
    """All rows of a player, in as many lines as it takes."""
    for steps, terms in rows.blocks(_BLOCK):
        named = {name: _base64(values) for name, values in terms.items()}
        yield _line("losses", {"player": player, "steps": _base64(steps), "terms": named})


def _line(kind: str, values: Mapping[str, Any]) -> bytes:
    # Not sorted: the order of a player's terms is the one in which they are shown.
    text = json.dumps({"k": kind, **values}, separators=(",", ":"), allow_nan=False).encode()
    assert len(text) + 10 <= MAX_LINE
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _base64(data: memoryview) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def _text(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST_TEXT]


def _simple(value: object) -> bool | int | float | str | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= _LARGEST:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return _text(str(value))


# -- and back: each raises ValueError or KeyError where the line cannot be ------------------------


def parsed(content: bytes, start: int) -> tuple[int, dict[str, Any]]:
    """The line that begins at `start`: where the next one does, and what it says.

    Raises:
        ValueError: it is damaged, in a few words.
    """
    end = content.find(b"\n", start, start + MAX_LINE)
    if end < 0:
        raise ValueError("it is cut short" if len(content) - start < MAX_LINE else "it is too long")
    text = content[start + 9 : end]
    if content[start : start + 9] != b"%08x " % zlib.crc32(text):
        raise ValueError("its checksum does not match")
    line = plain.parse(text)
    if not isinstance(line, dict) or not isinstance(line.get("k"), str):
        raise ValueError("it is of no kind")
    return end + 1, line


def mark(line: Mapping[str, Any]) -> Mark:
    """What `mark_line` wrote."""
    value = line["value"]
    if isinstance(value, (list, dict)):
        raise ValueError("a value in it cannot be")
    return Mark(_whole(line["step"]), _word(line["what"]), _word(line["target"]), _simple(value))


def stage(line: Mapping[str, Any]) -> StageMark:
    """What `stage_line` wrote."""
    return StageMark(_whole(line["step"]), _whole(line["index"]), _word(line["name"]))


def alarm(line: Mapping[str, Any]) -> AlarmMark:
    """What `alarm_line` wrote."""
    if not isinstance(line["begins"], bool):
        raise ValueError("a value in it cannot be")
    rule, message = _word(line["rule"]), _word(line["message"])
    return AlarmMark(_whole(line["step"]), rule, line["begins"], message)


def measured(line: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
    """What `measured_line` wrote: step, and values by name."""
    values = line["values"]
    if not isinstance(values, dict):
        raise ValueError("a value in it cannot be")
    return _whole(line["step"]), {name: _number(value) for name, value in values.items()}


def losses(line: Mapping[str, Any]) -> tuple[str, bytes, dict[str, bytes]]:
    """What `losses_lines` wrote: player, steps and terms, which `Rows` has yet to check."""
    player, terms = line["player"], line["terms"]
    if not (isinstance(player, str) and isinstance(terms, dict)):
        raise ValueError("a name in it cannot be")
    return player, _bytes(line["steps"]), {name: _bytes(v) for name, v in terms.items()}


def _whole(value: object) -> int:
    if type(value) is int and 0 <= value <= _LARGEST:
        return value
    raise ValueError("a number in it cannot be")


def _word(value: object) -> str:
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        return value if value.isprintable() else _text(value)
    raise ValueError("a text in it cannot be")


def _number(value: object) -> float:
    if type(value) is float or (type(value) is int and abs(value) <= _LARGEST):
        return float(value)
    if isinstance(value, str) and value in ("nan", "inf", "-inf"):
        return float(value)
    raise ValueError("a value in it cannot be")


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("its numbers cannot be read")
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise ValueError("its numbers cannot be read") from None
