"""A run on its way to the disk and back, with disks that fail and runs that end badly."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

import models
from models import ImageShape
from models.base import LossGuide
from studio.data import atomic
from studio.data.dataset import Dataset
from studio.engine.config import TrainConfig
from studio.engine.events import (
    Event,
    Failed,
    Finished,
    Intervened,
    Losses,
    Phase,
    PhaseChanged,
    PlayerInfo,
    Refused,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    SnapshotTaken,
    StageInfo,
)
from studio.library.container import BadRun
from studio.library.recorder import Recorder, record
from studio.library.run_folder import (
    HISTORY,
    RUN,
    SAMPLES,
    WEIGHTS,
    Intervention,
    load_model,
    read_history,
    read_record,
)
from studio.library.runs import latest, list_runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = TrainConfig(
    model="vae",
    settings=models.spec("vae").config.from_values({"hidden": 8, "latent_dim": 2, "steps": 9}),
    seed=3,
)
SHAPE = ImageShape(classes=7)
GUIDE = LossGuide(rising="r", falling="f", steady="s", equilibrium=0.5)
PLAYER = PlayerInfo(
    "learner", "Encoder and decoder", "learner", "total", GUIDE, "learning_rate", "", 1e-3, 1, 99
)
STAGE = StageInfo("train", "Training", 1.0, "samples", (PLAYER,))


class Clock:
    """Time that passes when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def weights(step: int) -> SnapshotTaken:
    torch.manual_seed(step)
    return SnapshotTaken(0, step, models.create("vae", CONFIG.settings).state_dict())


def rounds(first: int, last: int, **more: float) -> RoundsPlayed:
    steps = np.arange(first, last)
    terms = {"total": steps / 7, **{name: np.full(len(steps), v) for name, v in more.items()}}
    return RoundsPlayed(0, last, {"learner": Losses(steps, terms)}, last / 2, 2.0, 9, 1.0, last / 9)


def grid(step: int) -> SamplesDrawn:
    return SamplesDrawn(0, step, np.full((4, 28, 28), step, np.uint8), "how")


def a_run() -> list[Event]:
    return [
        RunStarted(0, 0, "vae", SHAPE, (STAGE,), "cpu", 1),
        PhaseChanged(0, 0, Phase.RUNNING),
        grid(0),
        weights(0),
        rounds(0, 4),
        Intervened(0, 4, "change", "beta", 2.0),
        rounds(4, 9, kl=0.25),
        grid(9),
        weights(9),
        Finished(0, 9, True, True, 4.5),
        PhaseChanged(0, 9, Phase.FINISHED),
    ]


def test_a_whole_run_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    events = a_run()
    assert list(record(iter(events), Recorder(folder, CONFIG))) == events
    assert {f.name for f in folder.iterdir()} == {RUN, WEIGHTS, HISTORY, SAMPLES}

    told = read_record(folder)
    assert (told.model, told.data, told.seed, told.steps) == ("vae", "pen", 3, 9)
    assert (told.state, told.seconds, told.device, told.threads) == ("finished", 4.5, "cpu", 1)
    assert told.config() == CONFIG.settings
    assert told.stages == (STAGE,)
    assert told.interventions == (Intervention(4, "change", "beta", 2.0),)
    assert set(told.versions) == {"python", "torch", "numpy", "modescope"}
    assert told.created.endswith("+00:00")

    history = read_history(folder)
    steps, terms = history.players["learner"]
    assert steps.tolist() == list(range(9))
    assert np.array_equal(terms["total"], (np.arange(9) / 7).astype(np.float32))
    assert np.isnan(terms["kl"][:4]).all(), "a term that came later was not there before"
    assert (terms["kl"][4:] == 0.25).all()
    assert history.grid_steps.tolist() == [0, 9]
    assert (history.grids[1] == 9).all()

    loaded = load_model(folder)
    assert (loaded.step, loaded.data, loaded.spec.seed) == (9, "pen", 3)
    expected = events[8].weights  # type: ignore[union-attr]
    assert all(torch.equal(t, expected[k]) for k, t in loaded.model.state_dict().items())
    with Image.open(folder / SAMPLES) as picture:
        assert json.loads(picture.text["modescope"])["settings"]["hidden"] == 8  # type: ignore[attr-defined]


def test_it_saves_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    clock = Clock()
    recorder = Recorder(tmp_path / "run", CONFIG, interval=10, clock=clock)

    def saved() -> int:
        return load_model(tmp_path / "run").step

    recorder.consume(a_run()[0])
    with pytest.raises(BadRun, match="has no weights"):
        saved()
    recorder.consume(weights(0))
    assert saved() == 0
    clock.now = 9
    recorder.consume(weights(5))
    assert saved() == 0
    clock.now = 11
    recorder.consume(weights(6))
    assert saved() == 6
    recorder.consume(weights(7))
    recorder.consume(PhaseChanged(0, 7, Phase.PAUSED))
    assert saved() == 7
    assert read_record(tmp_path / "run").state == "running"
    recorder.consume(weights(8))
    recorder.consume(Finished(0, 8, True, False, 4.0))
    assert saved() == 8
    assert read_record(tmp_path / "run").state == "stopped"


def test_a_discarded_run_leaves_nothing_of_its_own(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    theirs.mkdir()
    for folder in (ours, theirs):
        events = [*a_run()[:9], Finished(0, 9, False, False, 4.5)]
        run = record(iter(events), Recorder(folder, CONFIG))
        for event in run:
            if isinstance(event, SnapshotTaken):
                assert (folder / WEIGHTS).exists()
                if folder == ours:
                    (folder / "notes.txt").write_text("mine")
                    (folder / "notes.txt").unlink()
        assert not (folder / RUN).exists()
    assert not ours.exists()
    assert list(theirs.iterdir()) == []


def test_foreign_files_survive_a_discarded_run(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run", CONFIG)
    for event in a_run()[:9]:
        recorder.consume(event)
    (tmp_path / "run" / "notes.txt").write_text("mine")
    recorder.consume(Finished(0, 9, False, False, 4.5))
    assert [f.name for f in (tmp_path / "run").iterdir()] == ["notes.txt"]


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="already holds something"):
        Recorder(tmp_path, CONFIG)
    with pytest.raises(ValueError, match="is a file"):
        Recorder(tmp_path / "file", CONFIG)
    with pytest.raises(ValueError, match="cannot make the folder"):
        Recorder(tmp_path / "file" / "run", CONFIG)


def test_a_failing_disk_costs_one_notice_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    recorder = Recorder(tmp_path / "run", CONFIG, clock=clock)
    full = False

    def fsync(handle: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, "fsync", fsync)

    def events() -> Iterator[Event]:
        nonlocal full
        yield from a_run()[:4]
        full = True
        for step in (1, 2, 3):
            clock.now += 100
            yield weights(step)
        full = False
        clock.now += 100
        yield weights(4)
        full = True
        clock.now += 100
        yield weights(5)
        full = False
        yield Finished(0, 5, True, True, 1.0)

    seen = list(record(events(), recorder))
    notices = [e for e in seen if isinstance(e, Refused)]
    assert [e.step for e in notices] == [1, 5], "one notice each time that it begins to fail"
    assert "no space left on device" in notices[0].message
    assert sum(isinstance(e, SnapshotTaken) for e in seen) == 6
    assert load_model(tmp_path / "run").step == 5
    assert recorder.trouble == ""


def test_a_run_that_fails_keeps_its_last_good_weights(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run", CONFIG, clock=Clock())
    events = [*a_run()[:4], rounds(0, 5), Failed(0, 5, "The loss is not finite.")]
    list(record(iter(events), recorder))
    told = read_record(tmp_path / "run")
    assert (told.state, told.message, told.steps) == ("failed", "The loss is not finite.", 5)
    assert load_model(tmp_path / "run").step == 0
    assert len(read_history(tmp_path / "run").players["learner"].steps) == 5


def test_weights_that_are_not_finite_never_reach_the_disk(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run", CONFIG, clock=Clock())
    bad = weights(5)
    next(iter(bad.weights.values()))[0] = torch.nan
    seen = list(record(iter([*a_run()[:4], bad, Finished(0, 5, True, True, 1.0)]), recorder))
    assert "not finite" in next(e.message for e in seen if isinstance(e, Refused))
    assert load_model(tmp_path / "run").step == 0
    assert read_record(tmp_path / "run").steps == 5


def test_however_the_events_end_the_run_is_kept(tmp_path: Path) -> None:
    def breaks() -> Iterator[Event]:
        yield from a_run()[:5]
        raise RuntimeError("out of\nluck")

    with pytest.raises(RuntimeError):
        list(record(breaks(), Recorder(tmp_path / "broken", CONFIG)))
    told = read_record(tmp_path / "broken")
    assert (told.state, told.message) == ("failed", "out of luck")

    run = record(iter(a_run()), Recorder(tmp_path / "left", CONFIG))
    for _ in range(5):
        next(run)
    run.close()  # type: ignore[attr-defined]
    assert read_record(tmp_path / "left").state == "stopped"
    assert load_model(tmp_path / "left").step == 0


def test_a_run_that_never_began_leaves_no_folder(tmp_path: Path) -> None:
    def no_data() -> Iterator[Event]:
        yield PhaseChanged(0, 0, Phase.LOADING)
        raise ValueError("no data")

    with pytest.raises(ValueError, match="no data"):
        list(record(no_data(), Recorder(tmp_path / "run", CONFIG)))
    assert not (tmp_path / "run").exists()


def test_the_data_are_written_down(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run", CONFIG)
    images = np.zeros((2, 28, 28), np.uint8)
    dataset = Dataset("pen", "train", images, np.array([0, 1]))
    recorder.opened(dataset)
    for event in a_run():
        recorder.consume(event)
    assert read_record(tmp_path / "run").data_checksum == dataset.checksum
    assert read_record(tmp_path / "run").shape == SHAPE
    assert load_model(tmp_path / "run").spec.shape == SHAPE


# Reading what others have done to a folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    list(record(iter(a_run()), Recorder(folder, CONFIG)))
    return folder


def damaged(whole: Path, to: Path, name: str, content: bytes | None) -> Path:
    to.mkdir()
    for file in whole.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    if content is None:
        (to / name).unlink()
    else:
        (to / name).write_bytes(content)
    return to


def changed(whole: Path, **values: Any) -> bytes:
    return json.dumps(json.loads((whole / RUN).read_text()) | values).encode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"version": 2}, r"newer Modescope \(format 2, this one reads 1\)"),
        ({"version": "1"}, "damaged"),
        ({"format": "other"}, "does not describe"),
        ({"seed": "x"}, "seed is not a whole number"),
        ({"state": "lost"}, "state is not one of"),
        ({"shape": {"channels": 9, "height": 28, "width": 28, "classes": 10}}, "out of bounds"),
        ({"stages": [{}]}, "lacks"),
        ({"interventions": 5}, "not a list"),
        ({"model": "gan"}, "different runs"),
    ],
)
def test_a_changed_record(whole: Path, tmp_path: Path, values: dict[str, Any], words: str) -> None:
    folder = damaged(whole, tmp_path / "x", RUN, changed(whole, **values))
    with pytest.raises(BadRun, match=words) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\x00\xff", b"{" * 9_000_000])
def test_a_broken_record(whole: Path, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadRun):
        read_record(damaged(whole, tmp_path / "x", RUN, content))


def test_missing_and_broken_files(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="has no weights"):
        load_model(damaged(whole, tmp_path / "a", WEIGHTS, None))
    with pytest.raises(BadRun, match="holds no run"):
        load_model(damaged(whole, tmp_path / "b", RUN, None))
    with pytest.raises(BadRun, match="there is no run"):
        load_model(tmp_path / "nothing")
    history = (whole / HISTORY).read_bytes()
    with pytest.raises(BadRun, match="damaged"):
        read_history(damaged(whole, tmp_path / "c", HISTORY, history[:-1]))
    with pytest.raises(BadRun, match="not a modescope history file"):
        read_history(damaged(whole, tmp_path / "d", HISTORY, (whole / WEIGHTS).read_bytes()))
    assert read_history(damaged(whole, tmp_path / "e", HISTORY, None)).players == {}


def test_any_flipped_byte_of_a_history_is_noticed(whole: Path, tmp_path: Path) -> None:
    history = (whole / HISTORY).read_bytes()
    folder = damaged(whole, tmp_path / "x", HISTORY, history)
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(history), 100):
        broken = bytearray(history)
        broken[place] ^= 1
        (folder / HISTORY).write_bytes(bytes(broken))
        with pytest.raises(BadRun):
            read_history(folder)


def test_a_list_of_runs_shows_damaged_ones_and_never_fails(whole: Path, tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    assert latest(tmp_path / "none") is None
    damaged(whole, tmp_path / "older", RUN, changed(whole, created="2020-01-01T00:00:00+00:00"))
    newest = damaged(
        whole, tmp_path / "newer", RUN, changed(whole, created="2030-01-01T00:00:00+00:00")
    )
    empty = changed(whole, created="2040-01-01T00:00:00+00:00")
    (damaged(whole, tmp_path / "empty", RUN, empty) / WEIGHTS).unlink()
    damaged(whole, tmp_path / "broken", RUN, b"{")
    (tmp_path / "unrelated").mkdir()
    (tmp_path / "file").write_text("")
    runs = list_runs(tmp_path)
    assert [run.folder.name for run in runs] == ["empty", "newer", "older", "broken"]
    assert [bool(run.problem) for run in runs] == [False, False, False, True]
    assert latest(tmp_path) == newest
