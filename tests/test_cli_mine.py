"""The drawings one has kept, from the command line: list, export, import, train and evaluate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio import cli
from studio.data import pen
from studio.data.mine import MyDigits, is_test
from studio.library.digit_files import read_labelled
from tests.test_cli import Answer, Command


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    monkeypatch.setenv("MODESCOPE_HOME", str(tmp_path / "home"))

    def run(*words: object) -> Answer:
        status = cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return run


@pytest.fixture(scope="module")
def written() -> tuple[np.ndarray, np.ndarray]:
    made = pen.generate(60, 3)
    return made.images, made.labels


@pytest.fixture
def kept(command: Command, written: tuple[np.ndarray, np.ndarray]) -> MyDigits:
    mine = MyDigits()
    mine.add(*written)
    return mine


def test_an_empty_list_says_so(command: Command, tmp_path: Path) -> None:
    answer = command("mine", "list")
    assert answer.status == 0
    assert answer.result["count"] == 0
    assert answer.result["enough"] is False
    assert answer.result["folder"] == str(tmp_path / "home" / "my-digits")
    answer = command("mine", "export", tmp_path / "x")
    assert answer.status == 2
    assert answer.err.startswith("There are no drawings to export")


def test_the_list_counts(command: Command, kept: MyDigits) -> None:
    result = command("mine", "list").result
    assert result["count"] == 60
    assert list(result["counts"].values()) == kept.read().counts().tolist()
    assert result["train"] + result["test"] == 60
    assert result["test"] == is_test(kept.read().images).sum() > 0
    assert result["enough"] is True


@pytest.mark.parametrize("words", [["x"], ["x.gz"], ["x", "--pictures"]])
def test_out_and_in_again(
    command: Command, kept: MyDigits, tmp_path: Path, words: list[str]
) -> None:
    out = tmp_path / words[0]
    answer = command("mine", "export", out, *words[1:])
    assert (answer.status, answer.result["count"]) == (0, 60)
    other = tmp_path / "other"
    answer = command("mine", "import", answer.result["out"][0], "--folder", other)
    assert answer.result == {"folder": str(other), "read": 60, "kept": 60, "count": 60}
    one, two = kept.read(), MyDigits(other).read()
    assert sorted(map(bytes, one.images)) == sorted(map(bytes, two.images))
    assert one.counts().tolist() == two.counts().tolist()
    again = command("mine", "import", out, "--folder", other)
    assert (again.result["kept"], again.result["count"]) == (0, 60)


def test_one_digit_alone(command: Command, kept: MyDigits, tmp_path: Path) -> None:
    sevens = int(kept.read().counts()[7])
    answer = command("mine", "export", tmp_path / "x", "--label", 7)
    assert answer.result["count"] == sevens
    assert set(read_labelled([tmp_path / "x"])[1]) == {7}
    answer = command("mine", "import", tmp_path / "x", "--label", 1, "--folder", tmp_path / "ones")
    assert MyDigits(tmp_path / "ones").read().counts().tolist()[1] == sevens
    assert command("mine", "export", tmp_path / "x", "--label", 12).status == 2


def test_damage_is_told_and_put_aside_by_the_next_import(
    command: Command, kept: MyDigits, tmp_path: Path
) -> None:
    assert command("mine", "export", tmp_path / "x").status == 0
    (kept.folder / "000001-images-idx3-ubyte").write_bytes(b"torn")
    answer = command("mine", "list")
    assert answer.status == 1
    assert "it is too short" in answer.result["problem"]
    assert command("mine", "export", tmp_path / "y").status == 2
    answer = command("mine", "import", tmp_path / "x")
    assert answer.status == 0
    assert "what was damaged lies in" in answer.err
    assert command("mine", "list").result["count"] == 60


def test_training_and_testing(command: Command, kept: MyDigits, tmp_path: Path) -> None:
    words = ["--data", "mine", "--steps", 3, "--batch-size", 64, "--threads", 1]
    small = ["--set", "hidden=8"]
    answer = command("train", "vae", *words, *small, "--out", tmp_path / "run")
    assert answer.status == 0, answer.err
    assert answer.result["data"] == "mine"
    answer = command("evaluate", tmp_path / "run", "--count", 200, "--json", "--threads", 1)
    assert answer.status == 0, answer.err


def test_too_few_to_train(command: Command, tmp_path: Path) -> None:
    MyDigits().add(np.full((28, 28), 9, np.uint8), 1)
    answer = command("train", "vae", "--data", "mine", "--steps", 3, "--out", tmp_path / "run")
    assert answer.status == 2
    assert "holds 1 drawing, and training needs at least 10: keep more" in answer.err
    assert not (tmp_path / "run").exists()
