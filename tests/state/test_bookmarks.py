"""Bookmarks survive JSON, and what is not a bookmark does no harm."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from studio.state.bookmarks import LONGEST, MOST, Bookmark, Bookmarks, from_plain

PICTURES = tuple(
    np.random.default_rng(n).integers(0, 256, (28, 28), np.uint8).tobytes() for n in range(3)
)
MARK = Bookmark("Where 4 becomes 9", 1.25, -0.4, 336.0, "anchors", (2, 5), PICTURES, "VAE")


def test_a_bookmark_survives_json() -> None:
    bookmarks, read = Bookmarks(), Bookmarks()
    bookmarks.add(MARK)
    bookmarks.add(Bookmark("Ones", 0, 0, 10))
    read.restore(json.loads(json.dumps(bookmarks.plain())))
    assert read.all() == bookmarks.all()


@pytest.mark.parametrize(
    "change",
    [
        {"x": "far"},
        {"y": float("nan")},
        {"scale": 0},
        {"scale": float("inf")},
        {"dimensions": [1]},
        {"dimensions": [-1, 0]},
        {"anchors": ["AAAA"]},
        {"anchors": ["not base64!", "", ""]},
        {"anchors": 3},
        {"name": ""},
        {"model": None, "x": None},
    ],
)
def test_what_cannot_be_read_is_left_out(change: dict[str, Any]) -> None:
    plain = {**MARK.plain(), **change}
    assert from_plain(plain) is None
    bookmarks = Bookmarks()
    bookmarks.restore([plain, "words", None, 7, MARK.plain()])
    assert bookmarks.all() == (MARK,)


def test_a_bomb_of_pixels_is_not_unpacked() -> None:
    import base64
    import zlib

    bomb = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()
    assert from_plain({**MARK.plain(), "anchors": [bomb] * 3}) is None


def test_names_stay_apart_and_short() -> None:
    bookmarks = Bookmarks()
    for _ in range(3):
        bookmarks.add(MARK)
    assert [mark.name for mark in bookmarks.all()] == [
        "Where 4 becomes 9",
        "Where 4 becomes 9 (2)",
        "Where 4 becomes 9 (3)",
    ]
    bookmarks.rename(1, "  a \n name ")
    assert bookmarks.all()[1].name == "a name"
    bookmarks.rename(1, "   ")
    assert bookmarks.all()[1].name == "a name"
    bookmarks.rename(1, "x" * 500)
    assert len(bookmarks.all()[1].name) == LONGEST


def test_changes_are_told_and_the_oldest_go() -> None:
    bookmarks, heard = Bookmarks(), []
    bookmarks.changed.connect(lambda: heard.append(len(bookmarks.all())))
    for number in range(MOST + 2):
        bookmarks.add(Bookmark(str(number), 0, 0, 1))
    assert heard[-1] == MOST
    assert bookmarks.all()[0].name == "2"
    bookmarks.remove(0)
    assert bookmarks.all()[0].name == "3"
    assert heard[-1] == MOST - 1
