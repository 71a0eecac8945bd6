"""Runs of earlier versions: opened, asked and branched from; and of later ones, refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from studio.library.container import BadRun
from studio.library.opening import load_model, load_start, open_run, read_grid
from studio.library.recorder import Recorder
from studio.library.run_folder import RUN, read_head, read_record, version

FIXTURES = Path(__file__).parent / "fixtures"
V1 = FIXTURES / "run-v1"


def test_a_run_of_version_1_opens(tmp_path: Path) -> None:
    assert version(V1) == 1
    record, head = read_record(V1), read_head(V1)
    assert (record.model, record.data, record.seed) == ("vae", "pen", 3)
    assert (head.step, head.total, head.state) == (60, 60, "finished")
    run = open_run(V1)
    assert run.problems == ()
    assert run.log.players["learner"].steps.tolist() == list(range(60))
    assert np.isfinite(run.log.players["learner"].terms["total"]).all()
    assert len(run.grids) >= 2
    assert read_grid(run, run.grids[-1]).images.shape == (64, 28, 28)
    assert load_model(V1).step == 60


def test_a_run_of_version_1_can_be_branched_from_and_not_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(V1, folder)
    start = load_start(folder).start
    assert start.progress.step == 60
    assert start.progress.optimizers == {}
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    with pytest.raises(ValueError, match="earlier Modescope"):
        Recorder.resume(folder)
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before
    with pytest.raises(BadRun, match="no snapshots"):
        load_model(folder, 30)


def test_a_damaged_run_of_version_1_still_shows_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(V1, folder)
    (folder / "history.safetensors").write_bytes(b"x" * 100)
    run = open_run(folder)
    assert len(run.problems) == 1
    assert run.head.step == 60
    assert load_model(folder).step == 60


def test_a_run_of_a_later_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(V1, folder)
    values = json.loads((folder / RUN).read_text()) | {"version": 9}
    (folder / RUN).write_text(json.dumps(values))
    with pytest.raises(BadRun, match=r"newer Modescope \(format 9, this one reads 2\)") as caught:
        open_run(folder)
    assert "\n" not in str(caught.value)


def test_a_run_of_version_2_opens_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(FIXTURES / "run-v2", folder)
    assert version(folder) == 2
    run = open_run(folder)
    assert run.problems == ()
    assert (run.head.step, run.head.state) == (60, "finished")
    assert run.log.players["learner"].steps.tolist() == list(range(60))
    assert load_model(folder).step == 60
    assert load_model(folder, 0).step == 0
    assert read_grid(run, run.grids[-1]).images.shape == (64, 28, 28)
    assert load_start(folder).start.progress.optimizers["learner"].tensors
    recorder, restart = Recorder.resume(folder, total=80)
    assert restart.start.progress.step == 60
    recorder.close()
