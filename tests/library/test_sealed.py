"""A sealed JSON file is as it was written, or refused in one sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from studio.library.container import BadRun
from studio.library.sealed import seal_json, unseal_json

VALUES: dict[str, Any] = {
    "name": "Ünïcode \U0001f600 and \u2028",
    "step": 2**53 + 1,
    "loss": 0.1 + 0.2,
    "tiny": -5e-324,
    "zero": -0.0,
    "none": None,
    "deep": {"list": [1, [2.5, "three"], {}], "true": True},
}


def opened(content: bytes, version: int = 2) -> dict[str, Any]:
    return unseal_json(content, "run.json", kind="modescope-run", version=version)


def test_there_and_back() -> None:
    content = seal_json("modescope-run", 2, VALUES)
    assert opened(content) == VALUES
    assert repr(opened(content)) == repr(dict(sorted(VALUES.items())))
    assert seal_json("modescope-run", 2, opened(content)) == content
    lines = content.decode("ascii").splitlines()
    assert len(lines) > 8
    assert ' "format": "modescope-run",' in lines


def test_no_flipped_bit_and_no_cut_is_accepted() -> None:
    content = seal_json("modescope-run", 2, {"step": 1200, "name": "a b", "rate": 2.5e-4})
    same = 0
    for index in range(len(content)):
        for bit in range(8):
            mutant = bytearray(content)
            mutant[index] ^= 1 << bit
            try:
                found = opened(bytes(mutant))
            except BadRun:
                continue
            # Only spaces between the values can change without changing what it says.
            assert found == {"step": 1200, "name": "a b", "rate": 2.5e-4}
            same += 1
    assert same < 40
    for length in range(len(content) - 2):
        with pytest.raises(BadRun, match=r"run.json is (damaged|not a)"):
            opened(content[:length])


def test_an_edited_value_is_noticed() -> None:
    values = json.loads(seal_json("modescope-run", 2, {"step": 5}))
    values["step"] = 6
    with pytest.raises(BadRun, match="checksum does not match"):
        opened(json.dumps(values).encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is damaged"),
        (b"[]", "not a modescope run file"),
        (b"{}", "not a modescope run file"),
        (b'{"format": "modescope-run"}', "no version"),
        (b'{"format": "modescope-run", "version": true}', "no version"),
        (b'{"format": "modescope-run", "version": 0}', "no version"),
        (b'{"format": "modescope-run", "version": 3}', "newer Modescope"),
        (b'{"format": "modescope-run", "version": 2}', "checksum"),
        (b'{"format": "modescope-run", "version": 2, "x": 1e999}', "damaged"),
        (b'{"format": "modescope-run", "version": 2, "x": NaN}', "NaN"),
        (b'{"format": "modescope-run", "format": "modescope-run"}', "twice"),
        (b'{"format": "modescope-run", "version": ' + b"9" * 5_000 + b"}", "damaged"),
        (b"[" * 200_000, "nested"),
        (b'{"a":' * 100_000, "nested"),
        (b"\xff\xfe\x00", "not text"),
        (seal_json("modescope-head", 2, {}), "not a modescope run file"),
        (seal_json("modescope-run", 3, {}), r"newer Modescope \(format 3, this one reads 2\)"),
    ],
)
def test_refused_in_one_sentence(content: bytes, message: str) -> None:
    with pytest.raises(BadRun, match=message) as caught:
        opened(content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_an_older_version_is_read() -> None:
    assert opened(seal_json("modescope-run", 1, {"step": 5}), version=2) == {"step": 5}
