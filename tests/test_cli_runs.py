"""The commands about runs that there are, and training that goes on with one."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import cli, data
from studio.data.dataset import Dataset
from studio.library.lock import RunLock
from studio.library.opening import load_start, open_run
from studio.library.record import Label
from studio.library.run_folder import (
    HEAD,
    LOG,
    RUN,
    SNAPSHOTS,
    numbered,
    read_head,
    write_head,
    write_label,
)
from tests.library.stored import make_run, tree
from tests.test_cli import SMALL_VAE, Answer, Command, few

ROOT = Path(__file__).parents[1]
V1 = ROOT / "tests" / "library" / "fixtures" / "run-v1"
SMALL_GAN = ["--set", "width=16", "--threads", "1"]
SMALL = {"vae": SMALL_VAE, "gan": SMALL_GAN}


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, digits: np.ndarray
) -> Command:
    monkeypatch.setattr(data, "load", few(digits))

    def run(*words: object) -> Answer:
        status = cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, digits: np.ndarray) -> Path:
    """A run of 6 rounds."""
    out = tmp_path_factory.mktemp("made") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "load", few(digits))
        words = ["train", "vae", "--steps", "6", "--batch-size", "8", "--out", str(out)]
        assert cli.main([*words, *SMALL_VAE]) == 0
    return out


@pytest.fixture
def run(tmp_path: Path, made: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


# list and show


def test_the_list(command: Command, run: Path) -> None:
    make_run(run.parent / "other", name="The other one")
    write_head(run, dataclasses.replace(read_head(run), state="running"))
    (run.parent / "damaged").mkdir()
    (run.parent / "damaged" / RUN).write_text("{}")
    answer = command("runs", "list", "--root", run.parent)
    assert answer.out.count("\n") == 1
    found = {Path(entry["run"]).name: entry for entry in answer.result}
    assert set(found) == {"run", "other", "damaged"}
    assert found["other"]["name"] == "The other one"
    assert found["other"]["tags"] == ["a", "b"]
    assert (found["run"]["model"], found["run"]["data"]) == ("vae", "pen")
    assert (found["run"]["steps"], found["run"]["total_steps"]) == (6, 6)
    assert (found["run"]["state"], found["run"]["unfinished"]) == ("running", True)
    assert found["run"]["losses"]["learner"]["total"] > 0
    assert "damaged" in found["damaged"]["problem"] or "not a" in found["damaged"]["problem"]
    assert command("runs", "list", "--root", run.parent / "none").result == []


def test_everything_about_a_run(command: Command, run: Path) -> None:
    write_label(run, Label(name="First", notes="one\ntwo", tags=("x",)))
    shown = command("runs", "show", run).result
    assert shown["record"]["settings"]["hidden"] == 16
    assert shown["head"]["state"] == "finished"
    assert shown["label"] == {"name": "First", "notes": "one\ntwo", "tags": ["x"]}
    assert shown["losses"]["learner"]["step"] == 5
    assert set(shown["losses"]["learner"]["terms"]) >= {"total", "kl"}
    assert shown["snapshots"][-1] == shown["grids"][-1] == 6
    assert shown["measures"]["ink"]["step"] == 6
    assert shown["stages"][0]["step"] == 0
    assert (shown["problems"], shown["version"]) == ([], 2)
    spoil(run / LOG)
    assert len(command("runs", "show", run).result["problems"]) == 1
    assert "no run at" in command("runs", "show", run.parent / "none").refusal
    old = command("runs", "show", V1).result
    assert (old["version"], old["snapshots"], old["problems"]) == (1, [], [])
    assert old["losses"]["learner"]["terms"]["total"] > 0


# verify


def test_a_sound_run_is_verified(command: Command, run: Path) -> None:
    answer = command("runs", "verify", run)
    assert (answer.status, answer.err) == (0, "")
    assert answer.result["sound"]
    assert "goes on from step 6" in answer.result["usable"]
    assert {file["name"] for file in answer.result["files"]} == set(tree(run))


def test_damage_is_told_in_sentences_and_by_the_status(command: Command, run: Path) -> None:
    spoil(numbered(run, SNAPSHOTS, 6))
    answer = command("runs", "verify", run)
    assert answer.status == 1
    assert not answer.result["sound"]
    first, second = answer.err.splitlines()
    assert first.startswith("Snapshots/00000006.safetensors is damaged")
    assert second.startswith("What can still be used: goes on from step 6, losses up to step 6, ")
    for line in (first, second):
        assert line.endswith(".")
    assert "there is no run at" in command("runs", "verify", run.parent).refusal.lower()


# export and import


def test_a_run_in_one_file(command: Command, run: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.modescope"
    spoil(numbered(run, SNAPSHOTS, 0))
    answer = command("runs", "export", run, file)
    assert answer.result["bytes"] == file.stat().st_size
    assert len(answer.result["left_out"]) == 1
    assert answer.err.startswith("Left out: snapshots/00000000.safetensors is damaged")
    taken = command("runs", "import", file, "--root", tmp_path / "root").result
    assert Path(taken["run"]).parent == tmp_path / "root"
    assert command("runs", "verify", taken["run"]).status == 0
    words = ["sample", taken["run"], "--count", 1, "--out", tmp_path / "s.npz"]
    assert command(*words).result["step"] == 6


def test_files_that_cannot_be(command: Command, run: Path, tmp_path: Path) -> None:
    assert "FILE must end in .modescope" in command("runs", "export", run, "x.zip").refusal
    (tmp_path / "x.modescope").write_bytes(b"PK\x03\x04" * 100)
    words = ["runs", "import", tmp_path / "x.modescope", "--root", tmp_path / "root"]
    assert "not a Modescope file" in command(*words).refusal
    assert "no run at" in command("runs", "export", tmp_path / "n", "x.modescope").refusal
    assert "choose from" in command("runs", "burn").refusal
    assert "arguments are required: COMMAND" in command("runs").refusal


# at a step


def test_the_model_as_it_was(command: Command, run: Path, tmp_path: Path) -> None:
    words = ["sample", run, "--count", 1, "--out", tmp_path / "s.npz", "--at"]
    assert command(*words, 5).result["step"] == 0
    assert command(*words, 99).result["step"] == 6
    assert "must be from 0" in command(*words, -1).refusal
    numbered(run, SNAPSHOTS, 0).unlink()
    assert "no snapshot at or before step 5" in command(*words, 5).refusal


# going on


def numbers(folder: Path) -> dict[str, bytes]:
    """Weights, optimizers and losses of a run, to the bit."""
    start, log = load_start(folder).start, open_run(folder).log
    found: dict[str, Any] = dict(start.weights)
    for player, state in start.progress.optimizers.items():
        found |= {f"{player}/{key}": tensor for key, tensor in state.tensors.items()}
    for player, (steps, terms) in log.players.items():
        found |= {f"{player} {name}": values for name, values in terms.items()}
        found[player] = steps
    return {name: np.asarray(values).tobytes() for name, values in found.items()}


KILLED = """
import math, os, signal, sys
from pathlib import Path
import numpy as np
from studio import cli, data
from studio.data.dataset import Dataset
from studio.engine import teller
from studio.library.run_folder import HEAD, read_head

model, out, digits, *rest = sys.argv[1:]
images = np.load(digits)
data.load = lambda *words, **named: Dataset("pen", "train", images, np.arange(len(images)) % 10)
Budget = teller.Budget
teller.Budget = lambda least, share, most=math.inf, after=0: Budget(
    0 if most < math.inf else least, 0, most  # a checkpoint as often as there is news
)

def show(self, text):
    if text.startswith("step") and (Path(out) / HEAD).exists() and read_head(Path(out)).step >= 30:
        os.kill(os.getpid(), signal.SIGKILL)

cli.Progress.show = show
cli.main(["train", model, "--steps", "400", "--batch-size", "8", "--out", out, *rest])
"""


@pytest.mark.parametrize("model", SMALL)
def test_killed_and_resumed_is_the_same_run(
    command: Command, tmp_path: Path, digits: np.ndarray, model: str
) -> None:
    np.save(tmp_path / "digits.npy", digits)
    words = [model, str(tmp_path / "b"), str(tmp_path / "digits.npy"), *SMALL[model]]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, *words], cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    killed_at = read_head(tmp_path / "b").step
    assert 30 <= killed_at < 400
    assert command("runs", "verify", tmp_path / "b").status == 0
    (entry,) = command("runs", "list", "--root", tmp_path).result
    assert entry["unfinished"]

    result = command("train", "--resume", tmp_path / "b").result
    assert (result["resumed_from"], result["steps"]) == (killed_at, 400)
    assert (result["state"], result["checkpoint"], result["threads"]) == ("finished", 400, 1)
    whole = ["--steps", 400, "--batch-size", 8, "--out", tmp_path / "a", *SMALL[model]]
    assert command("train", model, *whole).status == 0
    assert numbers(tmp_path / "a") == numbers(tmp_path / "b")
    assert command("runs", "verify", tmp_path / "b").status == 0


def test_stopped_by_a_signal_and_resumed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = cli.Progress.show

    def interrupted(self: cli.Progress, text: str) -> None:
        if text.startswith("step"):
            monkeypatch.setattr(cli.Progress, "show", show)
            signal.raise_signal(signal.SIGTERM)

    def train(name: str) -> Answer:
        words = ["--steps", 300, "--batch-size", 8, "--out", tmp_path / name]
        return command("train", "vae", *words, *SMALL_VAE)

    monkeypatch.setattr(cli.Progress, "show", interrupted)
    stopped = train("b")
    assert (stopped.status, stopped.result["state"]) == (143, "stopped")
    assert 0 < stopped.result["checkpoint"] == stopped.result["steps"] < 300

    monkeypatch.setattr(cli.Progress, "show", interrupted)
    again = command("train", "--resume", tmp_path / "b")
    assert (again.status, again.result["state"]) == (143, "stopped")
    assert command("train", "--resume", tmp_path / "b").result["steps"] == 300
    assert train("a").status == 0
    assert numbers(tmp_path / "a") == numbers(tmp_path / "b")


def test_a_finished_run_is_made_longer(command: Command, run: Path) -> None:
    assert "is finished: say with --steps" in command("train", "--resume", run).refusal
    before = tree(run)
    assert "6 rounds are played already" in command("train", "--resume", run, "--steps", 5).refusal
    words = ["train", "--resume", run]
    assert "must be a whole number" in command(*words, "--steps", "many").refusal
    assert "given in rounds" in command(*words, "--seconds", 9).refusal
    assert read_head(run).state == "finished"
    assert json.loads(before[HEAD])["step"] == 6

    result = command(*words, "--steps", 9).result
    assert (result["resumed_from"], result["steps"], result["state"]) == (6, 9, "finished")
    shown = command("runs", "show", run).result
    assert shown["head"]["total"] == 9
    assert {"step": 6, "what": "change", "target": "steps", "value": 9} in shown["interventions"]
    assert shown["losses"]["learner"]["step"] == 8


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["vae"], "MODEL"),
        (["--data", "pen"], "--data"),
        (["--seed", "0"], "--seed"),
        (["--batch-size", "8"], "--batch-size"),
        (["--set", "beta=2"], "--set"),
        (["--out", "x"], "--out"),
        (["--seed", "1", "--out", "x"], "--seed and --out"),
    ],
)
def test_a_run_goes_on_as_it_is(command: Command, run: Path, more: list[str], named: str) -> None:
    before = tree(run)
    assert f"leave out {named}, or" in command("train", "--resume", run, *more).refusal
    assert tree(run) == before


def test_runs_that_cannot_go_on(command: Command, run: Path, tmp_path: Path) -> None:
    assert "no run at" in command("train", "--resume", tmp_path / "none").refusal
    assert "holds no run" in command("train", "--resume", tmp_path).refusal
    old = shutil.copytree(V1, tmp_path / "old")
    assert "earlier Modescope" in command("train", "--resume", old, "--steps", 99).refusal
    with RunLock(run):
        before = tree(run)
        refusal = command("train", "--resume", run, "--steps", 9).refusal
        assert f"is being written by process {os.getpid()}" in refusal
        assert tree(run) == before
    assert command("train", "--resume", run, "--steps", 9).status == 0
    shutil.rmtree(run / "checkpoints")
    assert command("train", "--resume", run, "--steps", 12).refusal


def test_other_data_than_before_are_told(
    command: Command, run: Path, monkeypatch: pytest.MonkeyPatch, digits: np.ndarray
) -> None:
    def load(*_: object, **__: object) -> Dataset:
        return Dataset("pen", "train", digits[:256], np.arange(256) % 10)

    monkeypatch.setattr(data, "load", load)
    answer = command("train", "--resume", run, "--steps", 8)
    assert answer.status == 0
    assert "The pen data are not those that the run began with." in answer.err


def test_what_a_training_needs(command: Command, tmp_path: Path) -> None:
    assert "required: MODEL, --out" in command("train").refusal
    assert "required: --out" in command("train", "vae").refusal
    assert "expected one argument" in command("train", "--resume").refusal
