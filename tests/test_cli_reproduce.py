"""`reproduce`: published experiments with tiny budgets, marked as shortened."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.cli import reproduce
from studio.lab.published import plane_game
from studio.lab.published.tables import PROTOCOLS

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Plays with small networks and few points; the exit status and what was printed."""
    whole = plane_game.PlaneGame

    def small(*words: Any, **options: Any) -> plane_game.PlaneGame:
        return whole(*words, units=(16, 8), points=300, **options)

    monkeypatch.setattr(plane_game, "PlaneGame", small)

    def run(*words: object) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        reproduce.add_parser(parser.add_subparsers())
        chosen = parser.parse_args(["reproduce", *(str(word) for word in words)])
        return reproduce.run(chosen), capsys.readouterr().out

    return run


def test_the_list_names_every_protocol_and_its_recipe(run: Run) -> None:
    status, printed = run("--list")
    assert status == 0
    for told in PROTOCOLS:
        assert told.name in printed
    assert "maxout" in printed
    listed = json.loads(run("--list", "--json")[1])
    assert [one["name"] for one in listed] == [told.name for told in PROTOCOLS]
    assert run()[1] == printed


def test_measured_stands_beside_published_and_is_marked(run: Run) -> None:
    status, printed = run("pacgan-ring", "--short", "--steps", 3, "--seeds", 2)
    assert status == 0
    lines = {line.split("  ")[0]: line for line in printed.splitlines()}
    assert {"GAN*", "PacGAN2*", "PacGAN3*", "PacGAN4*", "VEEGAN, quoted"} <= set(lines)
    assert "7.9 ± 0.1" in lines["PacGAN2*"]
    assert "52.9" in lines["VEEGAN, quoted"]
    assert "* Shortened, not the published protocol: 3 of 400,000 rounds; 2 of 10" in printed


def test_one_object_holds_the_same(run: Run) -> None:
    words = ("pacgan-grid", "--steps", 2, "--seeds", 2, "--only", "pacgan2", "--json")
    result = json.loads(run(*words)[1])
    assert result["less"] == ["2 of 400,000 rounds", "2 of 10 trials"]
    (row,) = result["rows"]
    assert (row["method"], row["cut"], len(row["seeds"])) == ("PacGAN2", None, 2)
    modes = row["figures"]["modes"]
    assert (modes["published"], modes["published_error"]) == (23.8, 0.7)
    values = [seed["modes"] for seed in row["seeds"]]
    assert modes["measured"] == pytest.approx(np.mean(values))
    assert modes["error"] == pytest.approx(np.std(values, ddof=1) / 2**0.5)
    again = json.loads(run(*words)[1])
    assert again["rows"] == result["rows"]


def test_one_seed_has_no_standard_error(run: Run) -> None:
    result = json.loads(run("pacgan-ring", "--steps", 1, "--seeds", 1, "--json")[1])
    assert len(result["rows"]) == 4
    assert all(row["figures"]["kl"]["error"] is None for row in result["rows"])


class _Interrupted:
    """A game in which Ctrl+C comes in the second row."""

    made = 0

    def __init__(self) -> None:
        _Interrupted.made += 1
        self.steps, self.step = 9, 0

    def play(self) -> Iterator[float]:
        while self.step < self.steps:
            self.step += 1
            yield self.step / self.steps
            if _Interrupted.made == 2 and self.step == 4:
                raise KeyboardInterrupt

    def measure(self) -> list[dict[str, float]]:
        return [{"modes": 5.0, "quality": 0.5, "kl": 0.25}]


def test_an_interruption_keeps_what_is_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _Interrupted.made = 0
    monkeypatch.setattr(reproduce, "_games", lambda *words: (lambda packing: _Interrupted(), "cpu"))
    status, printed = run("pacgan-ring", "--json")
    result = json.loads(printed)
    assert status == 130
    assert result["interrupted"] is True
    assert [(row["method"], row["cut"]) for row in result["rows"]] == [
        ("GAN", None),
        ("PacGAN2", 4),
    ]


def test_a_row_that_was_cut_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _Interrupted.made = 0
    monkeypatch.setattr(reproduce, "_games", lambda *words: (lambda packing: _Interrupted(), "cpu"))
    status, printed = run("pacgan-ring")
    assert status == 130
    assert "PacGAN2 (cut at 4)" in printed
    assert "PacGAN3" not in printed


def test_stacks_that_cannot_be_read_are_told_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Noise(_Interrupted):
        def play(self) -> Iterator[float]:
            yield 1.0

        def measure(self) -> list[dict[str, float]]:
            return [{"modes": 20.0, "kl": 4.5, "share_none": 0.97}]

    monkeypatch.setattr(reproduce, "_games", lambda *words: (lambda packing: Noise(), "cpu"))
    printed = run("pacgan-stacked", "--only", "DCGAN")[1]
    assert "With a channel that is no digit: DCGAN 97% of the samples." in printed


def test_mistakes_are_told_in_a_sentence(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no published protocol called 'ring'; known: pacgan-ring"):
        run("ring")
    with pytest.raises(ValueError, match="no row 'ALI' to run; known: GAN, PacGAN2"):
        run("pacgan-ring", "--only", "ALI")
    with pytest.raises(ValueError, match="mnist"):
        run("pacgan-stacked", "--short", "--root", tmp_path)
