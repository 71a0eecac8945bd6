"""The command `lab`: the list, an explanation with one trial, and a table over seeds."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from studio.cli import lab
from studio.lab import trial as trials
from studio.lab.preset import Reading
from studio.lab.presets import PRESETS, find
from studio.lab.trial import Ground, Trial

if TYPE_CHECKING:
    from studio.lab.preset import Preset

NAME = "ring-collapse"


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that are played; even ones keep the promise."""
    seeds: list[int] = []

    def play_trial(preset: Preset, seed: int, **options: object) -> Trial:
        seeds.append(seed)
        values = {"modes": 3.0, "kl": 0.5, "quality": 0.25, "gradient_generator": 0.1}
        readings = tuple(Reading(step, values) for step in preset.reads)
        for reading in readings:
            options["told"](reading)  # type: ignore[operator]
            options["reached"](reading.step)  # type: ignore[operator]
        return Trial(seed, seed % 2 == 0, readings, "", 1.0)

    monkeypatch.setattr(trials, "play_trial", play_trial)
    monkeypatch.setattr(trials, "prepare", lambda preset, root=None: Ground(None, None))
    return seeds


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    lab.add_parser(parser.add_subparsers())
    options = parser.parse_args(["lab", *words])
    return lab.run(options)


def test_the_list_names_every_experiment_and_its_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    told = capsys.readouterr().out
    for preset in PRESETS:
        assert preset.name in told
        assert preset.title in told
        assert preset.record in told


def test_the_list_is_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed] == [preset.name for preset in PRESETS]
    assert listed[0]["promise"] == PRESETS[0].promise.sentence
    assert listed[0]["acts"][0]["step"] == PRESETS[0].acts[0].step


def test_the_list_costs_no_pytorch() -> None:
    code = (
        "import argparse, sys\n"
        "from studio.cli import lab\n"
        "parser = argparse.ArgumentParser()\n"
        "lab.add_parser(parser.add_subparsers())\n"
        "options = parser.parse_args(['lab'])\n"
        "assert lab.run(options) == 0\n"
        "assert 'torch' not in sys.modules\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, capture_output=True)


def test_one_is_explained_and_played(played: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(NAME) == 0
    told = capsys.readouterr()
    plain = " ".join(told.out.split())
    preset = find(NAME)
    for text in (preset.title, *preset.paragraphs, *preset.look_at, preset.promise.sentence):
        assert text in plain
    assert "The promise came true with seed 0" in plain
    assert "modes alive 3" in told.err
    assert played == [preset.seed]


def test_a_broken_promise_is_a_status(
    played: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(NAME, "--seed", "5") == 1
    assert "did not come true" in capsys.readouterr().out
    assert played == [5]


def test_seeds_make_a_table_and_a_count(
    played: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(NAME, "--seeds", "5") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "3 of 5 seeds"
    assert sum(line.startswith("seed ") for line in told) == 5
    assert played == [0, 1, 2, 3, 4]


def test_trials_are_data_too(played: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(NAME, "--seeds", "2", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [trial["kept"] for trial in answer["trials"]] == [True, False]
    assert answer["trials"][0]["readings"][0]["values"]["modes"] == 3
    assert answer["kept"] == list(find(NAME).kept)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("nothing",), "no experiment 'nothing'"),
        ((NAME, "--seeds", "0"), "at least|from 1"),
        ((NAME, "--seeds", "many"), "whole number"),
        ((NAME, "--threads", "0"), "from 1"),
    ],
)
def test_mistakes_are_one_sentence(words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        run(*words)
