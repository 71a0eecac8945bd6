"""`evaluate`: every measure beside its ceiling, as a table or as one object."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from studio import cli, data
from studio.cli import evaluate
from studio.data import pen
from studio.data.dataset import Dataset

SHIPPED = Path(__file__).parents[1] / "resources" / "models" / "vae_pen.safetensors"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return pen.generate(1_200, 3)


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, digits: Dataset
) -> Run:
    """Evaluates with some of the pen's digits in place of all; what it printed."""
    real = data.load

    def load(name: str, *words: Any, **options: Any) -> Dataset:
        return digits if name == "pen" else real(name, *words, **options)

    monkeypatch.setattr(data, "load", load)

    def run(*words: object) -> str:
        parser = argparse.ArgumentParser()
        evaluate.add_parser(parser.add_subparsers())
        chosen = parser.parse_args(["evaluate", *(str(word) for word in words)])
        assert evaluate.run(chosen) == 0
        return capsys.readouterr().out

    return run


def test_one_object_holds_every_measure_with_its_ceiling_and_noise(run: Run) -> None:
    printed = run(SHIPPED, "--count", 200, "--json")
    assert printed.count("\n") == 1
    result = json.loads(printed)
    assert (result["model"], result["data"], result["against"]) == ("vae", "pen", "pen")
    assert (result["count"], result["step"]) == (200, 8_000)
    assert result["verdict"]["sentence"].endswith(".")
    measures = result["measures"]
    assert {"modes", "kl", "share_0", "share_none", "frechet", "recall", "ways"} <= set(measures)
    for name, found in measures.items():
        assert set(found) == {"value", "real", "noise"}
        assert all(isinstance(number, float) for number in found.values()), name
    assert measures["frechet"]["value"] > measures["frechet"]["real"]
    assert measures["modes"]["real"] == 10


def test_the_table_says_the_same_with_words(run: Run) -> None:
    printed = run(SHIPPED, "--count", 200)
    assert printed.startswith("Variational autoencoder at step 8,000, trained on pen, 200 samples")
    assert "Fréchet distance" in printed
    assert "noise: the standard deviation" in printed
    assert max(len(line) for line in printed.splitlines()) < 130


def test_the_same_seed_measures_the_same(run: Run) -> None:
    words = (SHIPPED, "--count", 200, "--json", "--seed", 4)
    assert run(*words) == run(*words)


def test_a_discriminator_is_asked_and_points_are_measured(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "ring"
    words = ["train", "gan", "--data", "ring8", "--steps", "2", "--batch-size", "8"]
    assert cli.main([*words, "--set", "width=16", "--threads", "1", "--out", str(out)]) == 0
    measures = json.loads(run(out, "--count", 200, "--json").splitlines()[-1])["measures"]
    assert {"modes", "quality", "kl", "told_apart"} <= set(measures)
    assert 0 <= measures["told_apart"]["value"] <= 1
    assert measures["told_apart"]["real"] is None
    assert measures["modes"]["real"] == 8


class _LikesInk:
    """A discriminator to which ink is real."""

    def score(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        return images.mean((1, 2, 3))


def test_a_discriminator_that_prefers_real_ones_tells_them_apart(digits: Dataset) -> None:
    loaded: Any = SimpleNamespace(model=_LikesInk())
    empty, full = torch.zeros(9, 1, 28, 28), torch.ones(9, 1, 28, 28)
    assert evaluate._told_apart(loaded, empty, digits.images[:9]) == {"told_apart": 1.0}
    assert evaluate._told_apart(loaded, full, digits.images[:9]) == {"told_apart": 0.0}


def test_mistakes_are_told_in_a_sentence(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no run"):
        run(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no data set called 'letters'"):
        run(SHIPPED, "--against", "letters")
    with pytest.raises(ValueError, match="draws other images than those of ring8"):
        run(SHIPPED, "--against", "ring8")
    with pytest.raises(ValueError, match="knows no other step"):
        run(SHIPPED, "--at", 5)
    for few in ("199", "many"):
        with pytest.raises(SystemExit):
            run(SHIPPED, "--count", few)
