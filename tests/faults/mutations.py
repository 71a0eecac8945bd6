"""Damage of every kind, drawn from a seed: to bytes, and to what the bytes say."""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Callable
from typing import Any

from studio.library import plain
from studio.library.container import seal
from studio.library.sealed import seal_json

_ODD: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 10**40, -(2**63), 0.5, -0.0,
    1e300, "", "x", "x" * 3_000, "../../etc/passwd", "a\nb", "\x00", "‮", "os.system",
    "9" * 50, [], [[]], [1] * 2_000, {}, {"a": {"a": {}}}, {"_target_": "os.system"},
)  # fmt: skip
"""What a value may be replaced by in a file whose checksum is right all the same."""

_NUMBER = re.compile(rb"\d+")


def damaged(content: bytes, dice: random.Random) -> bytes:
    """The content with one to three accidents."""
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        content = dice.choice(_ACCIDENTS)(content, dice)
    return content


def _somewhere(content: bytes, dice: random.Random) -> tuple[int, int]:
    """A range; half of the time near the beginning, where the description is."""
    end = len(content) if dice.random() < 0.5 else min(len(content), 1_500)
    first = dice.randrange(end + 1)
    return first, min(len(content), first + dice.choice((1, 2, 8, 64, 1_000)))


def _cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _flip(content: bytes, dice: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(dice.choice((1, 1, 4, 32)) if made else 0):
        made[dice.randrange(len(made))] ^= 1 << dice.randrange(8)
    return bytes(made)


def _insert(content: bytes, dice: random.Random) -> bytes:
    at, _ = _somewhere(content, dice)
    return content[:at] + dice.randbytes(dice.choice((1, 2, 8, 300))) + content[at:]


def _delete(content: bytes, dice: random.Random) -> bytes:
    first, last = _somewhere(content, dice)
    return content[:first] + content[last:]


def _copy(content: bytes, dice: random.Random) -> bytes:
    first, last = _somewhere(content, dice)
    at, _ = _somewhere(content, dice)
    return content[:at] + content[first:last] + content[at:]


def _move(content: bytes, dice: random.Random) -> bytes:
    first, last = _somewhere(content, dice)
    rest = content[:first] + content[last:]
    at, _ = _somewhere(rest, dice)
    return rest[:at] + content[first:last] + rest[at:]


def _fill(content: bytes, dice: random.Random) -> bytes:
    first, last = _somewhere(content, dice)
    return (
        content[:first]
        + dice.choice((b"\0", b"\xff", b" ", b"9")) * (last - first)
        + content[last:]
    )


def _length(content: bytes, dice: random.Random) -> bytes:
    """The length of the header, as safetensors say it."""
    size = dice.choice((0, 1, 7, 2**20, 2**20 + 1, 2**31, 2**62, 2**63, 2**64 - 1))
    size = size if dice.random() < 0.5 else dice.randrange(5_000)
    return size.to_bytes(8, "little") + content[8:]


def _number(content: bytes, dice: random.Random) -> bytes:
    """A number in the text becomes another one."""
    places = list(_NUMBER.finditer(content[:4_000]))
    if not places:
        return content
    place = dice.choice(places)
    new = dice.choice((b"0", b"-1", b"1e999", b"NaN", b"9" * 400, b"99999999", b"null", b'"x"'))
    return content[: place.start()] + new + content[place.end() :]


_ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _flip, _flip, _insert, _delete, _copy, _move, _fill, _length, _number,
)  # fmt: skip


def forged(kind: str, content: bytes, dice: random.Random) -> bytes:
    """The content of a file of this kind with one or two values changed, and checksums to match:
    what somebody would make who means it."""
    if kind in ("run", "head", "label"):
        values = json.loads(content)
        word, version = values.pop("format"), values.pop("version")
        del values["sha256"]
        return seal_json(word, version, {str(k): v for k, v in _changed(values, dice).items()})
    if kind == "log":
        lines = content.splitlines()
        number = dice.randrange(len(lines))
        value = _changed(json.loads(lines[number][9:]), dice)
        text = json.dumps(value, separators=(",", ":")).encode()
        lines[number] = b"%08x %s" % (zlib.crc32(text), text)
        return b"\n".join(lines) + b"\n"
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    about = header["__metadata__"]
    spec = json.loads(about["spec"])
    if dice.random() < 0.3:
        table = {name: entry for name, entry in header.items() if name != "__metadata__"}
        table = _changed(table, dice)
        head = plain.dump(table).encode()
        content = len(head).to_bytes(8, "little") + head + content[8 + size :]
    else:
        spec = _changed(spec, dice)
    return seal(content, kind=about["format"], version=int(about["version"]), spec=spec)


def _changed(value: Any, dice: random.Random) -> Any:
    for _ in range(dice.choice((1, 1, 2))):
        value = _with_one_change(value, dice)
    return value


def _with_one_change(value: Any, dice: random.Random, depth: int = 0) -> Any:
    deeper = depth == 0 or dice.random() < 0.7
    if isinstance(value, dict) and value and deeper:
        key = dice.choice(sorted(value))
        if dice.random() < 0.1:
            return {k: v for k, v in value.items() if k != key}
        if dice.random() < 0.1:
            return value | {str(dice.choice(_ODD))[:100]: dice.choice(_ODD)}
        return value | {key: _with_one_change(value[key], dice, depth + 1)}
    if isinstance(value, list) and value and deeper:
        place = dice.randrange(len(value))
        return [
            _with_one_change(item, dice, depth + 1) if number == place else item
            for number, item in enumerate(value)
        ]
    if type(value) is int and dice.random() < 0.5:
        return value + dice.choice((-1, 1, 10, 1_000, 10**6, 10**9))
    return value if depth == 0 else dice.choice(_ODD)
