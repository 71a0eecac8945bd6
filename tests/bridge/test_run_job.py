"""Runs begun, taken up and branched off as the window does it, on the real engine."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import models
from studio.bridge.run_job import Branch, Origin, Resume, run_job
from studio.engine import preview
from studio.engine.config import TrainConfig
from studio.engine.controls import Controls
from studio.engine.events import Event, Recording
from studio.engine.session import play
from studio.library.lock import RunLock
from studio.library.opening import load_model, open_run
from studio.library.record import Parent
from studio.library.recorder import Recorder, record
from studio.library.run_folder import read_head, read_record, write_head, write_record
from studio.library.runs import listed, runs_dir
from studio.library.verify import verify


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a model with two stages."""
    folder = tmp_path_factory.mktemp("once") / "parent"
    for _ in record(play(config(), Controls()), Recorder(folder, config())):
        pass
    return folder


@pytest.fixture(autouse=True, scope="module")
def _small_grids() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preview, "GRID", 4)
        yield


@pytest.fixture
def parent(once: Path, tmp_path: Path) -> Path:
    """The same run among the others."""
    return shutil.copytree(once, runs_dir() / tmp_path.name)


def config(**more: object) -> TrainConfig:
    values = {"steps": 12, "batch_size": 4, "channels": 8, "prior_width": 16, **more}
    settings = models.spec("vqvae").config.from_values(values)
    return TrainConfig(model="vqvae", settings=settings, device="cpu", threads=1)


def played(tmp_path: Path, asked: TrainConfig, origin: Origin) -> Path:
    """Plays it to its end; where it was written down."""
    said: list[Event] = []
    job = run_job(tmp_path / "threads.json", lambda: 2**26)(asked, origin)
    events: Iterator[Event] = job(Controls(), said.append, lambda: False)
    said += list(events)
    (recording,) = [event for event in said if isinstance(event, Recording)]
    return Path(recording.folder)


def second_stage(folder: Path) -> int:
    """A step in the second stage that has a snapshot."""
    stages = open_run(folder).log.stages
    assert [stage.index for stage in stages] == [0, 1]
    return next(step for step in open_run(folder).snapshots if step >= stages[1].step)


def test_a_branch_from_the_second_stage_goes_on_in_it(parent: Path, tmp_path: Path) -> None:
    step = second_stage(parent)
    # Much longer: in the new budget the place lies far before the second stage.
    branch = played(tmp_path, config(steps=40), Branch(parent, step))
    assert open_run(branch).record.parent == Parent(parent.name, step)
    assert [stage.index for stage in open_run(branch).log.stages] == [1]
    assert load_model(branch).step == 40
    assert verify(branch).sound


def test_a_two_stage_run_is_made_longer(parent: Path, tmp_path: Path) -> None:
    assert played(tmp_path, config(), Resume(parent, 20)) == parent
    assert load_model(parent).step == 20
    assert verify(parent).sound


def test_a_branch_of_another_size_leaves_nothing(parent: Path, tmp_path: Path) -> None:
    before = sorted(place.name for place in runs_dir().iterdir())
    job = run_job(tmp_path / "threads.json", lambda: 2**26)
    with pytest.raises(ValueError, match="do not fit the model"):
        list(job(config(channels=16, steps=60), Branch(parent, 12))(Controls(), print, bool))
    assert sorted(place.name for place in runs_dir().iterdir()) == before


def test_a_run_that_another_program_writes_is_not_taken_up(parent: Path, tmp_path: Path) -> None:
    with RunLock(parent), pytest.raises(ValueError, match="is being written by process"):
        played(tmp_path, config(), Resume(parent, 20))
    assert listed(parent).problem == ""


def test_a_run_whose_model_is_not_known_here(parent: Path) -> None:
    head = read_head(parent)
    write_record(parent, dataclasses.replace(read_record(parent), model="of tomorrow"))
    write_head(parent, head)
    with pytest.raises(ValueError, match="there is no model 'of tomorrow'"):
        Recorder.resume(parent)
    assert verify(parent).problems
