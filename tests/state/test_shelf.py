"""Finding, sorting and naming runs, without a window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from studio.state import run_words
from studio.state.shelf import ORDERS, RunCard, counted, matches, ordered, tags_from


def card(id: str, **more: object) -> RunCard:
    said: dict[str, object] = {
        "folder": f"/runs/{id}",
        "title": "GAN on pen",
        "model": "gan",
        "model_title": "GAN",
        "data": "pen",
        "created": "2026-11-21T10:00:00+00:00",
    }
    return RunCard(id=id, **(said | more))  # type: ignore[arg-type]


GAN = card("a", notes="Collapsed after the lunch break", tags=("Thesis", "baseline"))
WGAN = card("b", title="My best", model="wgan_gp", model_title="WGAN-GP", data="mnist")
VAE = card("c", title="VAE on pen", model="vae", model_title="Variational autoencoder")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abc"),
        ("gan", "ab"),
        ("GAN PEN", "a"),
        ("best mnist", "b"),
        ("lunch collapsed", "a"),
        ("thesis", "a"),
        ("finished", "abc"),
        ("nothing-like-it", ""),
        ("model:gan", "a"),
        ("model:auto", "c"),
        ("tag:thes", "a"),
        ("tag:line", ""),
        ("tag:", "a"),
        ("data:mnist", "b"),
        ("data:pen model:vae", "c"),
        ("state:fin", "abc"),
        ("state:damaged", ""),
        ("colour:red", ""),
    ],
)
def test_every_word_must_occur(query, found):
    assert "".join(c.id for c in (GAN, WGAN, VAE) if matches(c, query)) == found


def test_each_order_sorts_by_what_it_says():
    cards = [
        card("a", created="2026-01-01T00:00:00+00:00", title="beta", step=10, seconds=5, bytes=3),
        card("b", created="2026-03-01T00:00:00+00:00", title="Alpha", step=5, seconds=9, bytes=1),
        card("c", created="2026-02-01T00:00:00+00:00", title="gamma", step=7, seconds=1, bytes=2),
        card("d", created="", title="?", model="", model_title="", state="damaged"),
    ]
    expected = {
        "newest": "bcad",
        "name": "dbac",
        "model": "bcad",
        "steps": "acbd",
        "duration": "bacd",
        "size": "acbd",
    }
    assert set(expected) == {name for name, _ in ORDERS}
    for order, ids in expected.items():
        assert "".join(c.id for c in ordered(cards, order)) == ids, order
        assert "".join(c.id for c in ordered(cards[::-1], order)) == ids, order


def test_a_thumbnail_does_not_stand_in_the_way_of_comparing():
    digits = np.zeros((16, 28, 28), dtype=np.uint8)
    assert card("a", thumbnail=digits) == card("a", thumbnail=digits + 1) == card("a")


def test_tags_are_trimmed_and_distinct():
    assert tags_from(" thesis,  good  one ,,thesis, ") == ("thesis", "good one")
    assert tags_from("") == ()
    assert len(tags_from(",".join(str(n) for n in range(100)))) == 32
    assert tags_from("x" * 99) == ("x" * 40,)


def test_what_a_run_is_does_not_depend_on_what_it_is_called():
    assert card("a", title="Mine", name="Mine").kind == "GAN on pen"
    assert card("a", model_title="", data="").kind == "a"


def test_counts():
    assert counted(34, 34) == "34 runs"
    assert counted(12, 34) == "12 of 34 runs"
    assert counted(1, 1) == "1 run"
    assert counted(0, 0) == "0 runs"


def test_rounds():
    assert run_words.rounds(2310, 5000) == "2,310 of 5,000 rounds"
    assert run_words.rounds(5000, 5000) == "5,000 rounds"
    assert run_words.rounds(2310, None) == "2,310 rounds"
    assert run_words.rounds(1, None) == "1 round"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (190, "3 min"),
        (3600, "1 h"),
        (4350, "1 h 12 min"),
        (86400 * 3, "3 days"),
    ],
)
def test_spans(seconds, words):
    assert run_words.span(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1000, "1.0 kB"),
        (12_345, "12 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_210_000_000, "3.2 GB"),
        (5_000_000_000_000_000, "5,000 TB"),
    ],
)
def test_sizes(count, words):
    assert run_words.size(count) == words


def test_moments_are_told_in_the_time_zone_of_the_reader():
    athens = timezone(timedelta(hours=2))
    now = datetime(2026, 11, 21, 0, 30, tzinfo=athens)
    say = lambda iso: run_words.moment(iso, now)  # noqa: E731
    assert say("2026-11-20T22:05:00+00:00") == "today 0:05"
    assert say("2026-11-20T21:05:00+00:00") == "yesterday 23:05"
    assert say("2026-11-02T12:00:00Z") == "2 Nov 14:00"
    assert say("2025-12-31T23:30:00+00:00") == "1 Jan 1:30"
    assert say("2024-05-06T10:00:00+00:00") == "6 May 2024"
    assert say("") == say("yesterday") == say("2026-11-20T22:05:00") == ""
    assert run_words.exactly("2026-11-20T22:05:00+00:00", now) == "21 Nov 2026, 0:05"
    assert run_words.exactly("", datetime.now(UTC)) == "unknown"
