"""A run on its way to the disk and back, with disks that fail and runs that end badly."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import models
from models import ImageShape
from models.base import LossGuide
from studio.data.dataset import Dataset
from studio.data.disk import Disk
from studio.engine.config import TrainConfig
from studio.engine.events import (
    Alarmed,
    CheckpointTaken,
    Event,
    Failed,
    Finished,
    Intervened,
    Losses,
    Measured,
    Noticed,
    Phase,
    PhaseChanged,
    PlayerInfo,
    Recording,
    RoundsPlayed,
    RunStarted,
    SamplesDrawn,
    Saved,
    SnapshotTaken,
    StageChanged,
    StageInfo,
)
from studio.engine.progress import OptimizerState, Progress
from studio.library.lock import Busy, is_locked
from studio.library.opening import load_model, load_start, open_run, read_grid
from studio.library.record import Parent
from studio.library.recorder import Recorder, record
from studio.library.run_folder import (
    CHECKPOINTS,
    HEAD,
    LOG,
    RUN,
    SAMPLES,
    numbered,
    read_head,
    read_record,
)

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


def state_dict(step: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(step)
    return models.create("vae", CONFIG.settings).state_dict()


def weights(step: int, *, wanted: bool = True) -> SnapshotTaken:
    return SnapshotTaken(0, step, state_dict(step), Progress(step=step), wanted)


def checkpoint(step: int, **more: Any) -> CheckpointTaken:
    moment = torch.full((8, 784), 0.5 + step)
    optimizer = OptimizerState({"0/exp_avg": moment}, {"0/count": step})
    progress = Progress(
        step=step, draws=2 * step, seconds=step / 2, optimizers={"learner": optimizer}, **more
    )
    return CheckpointTaken(0, step, state_dict(step), progress)


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
        StageChanged(0, 0, 0, STAGE),
        grid(0),
        weights(0),
        checkpoint(0),
        rounds(0, 4),
        Intervened(0, 4, "change", "beta", 2.0),
        Measured(0, 4, {"variety": 0.75, "kl": 0.5}),
        Measured(0, 4, {"kl": 0.25}),
        Alarmed(0, 4, "collapse", True, "They look alike."),
        rounds(4, 9, kl=0.25),
        grid(9),
        weights(9),
        checkpoint(9, live={"beta": 2.0}),
        Finished(0, 9, True, True, 4.5),
        PhaseChanged(0, 9, Phase.FINISHED),
    ]


def until(step: int, *more: Event) -> list[Event]:
    return [e for e in a_run() if e.step <= step and not isinstance(e, RoundsPlayed)] + list(more)


def play(folder: Path, events: list[Event], **more: Any) -> list[Event]:
    return list(record(iter(events), Recorder(folder, CONFIG, **more)))


def of(kind: type, events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_a_whole_run_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    seen = play(folder, a_run(), parent=Parent("other", 3))
    told = read_record(folder)
    assert (told.model, told.data, told.seed) == ("vae", "pen", 3)
    assert (told.device, told.threads, told.parent) == ("cpu", 1, Parent("other", 3))
    assert told.config() == CONFIG.settings
    assert told.stages == (STAGE,)
    assert {"python", "torch", "numpy", "modescope", "machine"} == set(told.versions)
    assert told.created.endswith("+00:00")

    head = read_head(folder)
    assert (head.step, head.total, head.seconds, head.state) == (9, 9, 4.5, "finished")
    assert head.losses["learner"]["total"] == pytest.approx(np.arange(9).mean() / 7)
    assert head.measures == {"variety": 0.75, "kl": 0.25}, "the newest of each instrument"

    run = open_run(folder)
    assert run.problems == ()
    steps, terms = run.log.players["learner"]
    assert steps.tolist() == list(range(9))
    assert np.array_equal(terms["total"], (np.arange(9) / 7).astype(np.float32))
    assert np.isnan(terms["kl"][:4]).all(), "a term that came later was not there before"
    assert (terms["kl"][4:] == 0.25).all()
    assert [(m.step, m.what, m.target, m.value) for m in run.log.marks] == [
        (4, "change", "beta", 2.0)
    ]
    assert [a.message for a in run.log.alarms] == ["They look alike."]
    assert run.grids == run.snapshots == (0, 9)
    assert (read_grid(run, 9).images == 9).all()
    assert of(CheckpointTaken, seen) == [], "checkpoints are for the disk"
    assert [(e.checkpoint, e.snapshots) for e in of(Saved, seen)] == [
        (None, (0,)),
        (0, (0,)),
        (0, (0, 9)),
        (9, (0, 9)),
    ]
    assert of(Recording, seen)[0].folder == str(folder)
    with Image.open(folder / SAMPLES) as picture:
        assert picture.text["modescope"]  # type: ignore[attr-defined]
    assert not is_locked(folder)


def test_the_weights_of_any_moment_come_back(tmp_path: Path) -> None:
    play(tmp_path / "run", a_run())
    for at, step in ((None, 9), (9, 9), (10, 9), (8, 0), (0, 0)):
        loaded = load_model(tmp_path / "run", at)
        assert loaded.step == step
        expected = state_dict(step)
        assert all(torch.equal(t, expected[k]) for k, t in loaded.model.state_dict().items())
    assert loaded.spec.shape == SHAPE
    assert load_model(tmp_path / "run").model.config.beta == 2.0, "as it was set live"


def test_a_checkpoint_comes_back_with_all_that_it_takes(tmp_path: Path) -> None:
    play(tmp_path / "run", a_run())
    restart = load_start(tmp_path / "run")
    progress = restart.start.progress
    assert (progress.step, progress.draws, progress.seconds) == (9, 18, 4.5)
    assert progress.live == {"beta": 2.0}
    memory = progress.optimizers["learner"]
    assert torch.equal(memory.tensors["0/exp_avg"], torch.full((8, 784), 9.5))
    assert memory.numbers == {"0/count": 9}
    assert restart.config.settings == CONFIG.settings
    assert (restart.damage, restart.notes) == ("", ())
    from_snapshot = load_start(tmp_path / "run", 4)
    assert from_snapshot.start.progress.step == 0
    assert from_snapshot.start.progress.optimizers == {}


def test_two_checkpoints_are_kept(tmp_path: Path) -> None:
    more: list[Event] = [checkpoint(step) for step in (3, 5, 7)]
    play(tmp_path / "run", until(0, *more))
    assert {f.name for f in (tmp_path / "run" / CHECKPOINTS).iterdir()} == {
        "00000005.safetensors",
        "00000007.safetensors",
    }


def test_a_resumed_run_is_cut_back_to_its_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    recorder = Recorder(folder, CONFIG)
    for event in until(4, rounds(0, 4), checkpoint(4), rounds(4, 7), grid(7), weights(7)):
        list(recorder.consume(event))
    recorder._lock.release()  # as when the process was killed
    with (folder / LOG).open("ab") as log:
        log.write(b"torn")
    assert read_head(folder).state == "running"

    again, restart = Recorder.resume(folder)
    assert restart.start.progress.step == 4
    started = RunStarted(0, 4, "vae", SHAPE, (STAGE,), "cpu", 1)
    rest: list[Event] = [started, rounds(4, 9), grid(9), weights(9), checkpoint(9)]
    end: list[Event] = [Finished(0, 9, True, True, 4.5)]
    list(record(iter(rest + end), again))
    run = open_run(folder)
    assert run.problems == ()
    assert run.log.players["learner"].steps.tolist() == list(range(9))
    assert run.snapshots == (0, 9), "what came after the checkpoint is played again"
    assert run.head.losses["learner"]["total"] == pytest.approx(np.arange(9).mean() / 7)
    assert [m.what for m in run.log.marks] == ["change"]


def test_a_longer_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    play(folder, a_run())
    with pytest.raises(ValueError, match="9 rounds are played already"):
        Recorder.resume(folder, total=8)
    with pytest.raises(ValueError, match="in rounds, not in seconds"):
        Recorder.resume(folder, seconds=8)
    recorder, restart = Recorder.resume(folder, total=20)
    assert restart.start.progress.live["steps"] == 20
    seen = list(record(iter([RunStarted(0, 9, "vae", SHAPE, (STAGE,), "cpu", 1)]), recorder))
    assert of(Intervened, seen) == [Intervened(0, 9, "change", "steps", 20)]
    assert read_head(folder).total == 20
    assert open_run(folder).log.marks[-1].target == "steps"


def test_only_one_writes_a_run(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run", CONFIG)
    for event in until(0):
        list(recorder.consume(event))
    with pytest.raises(Busy, match="being written"):
        Recorder.resume(tmp_path / "run")
    recorder.close()
    again, _ = Recorder.resume(tmp_path / "run")
    again.close()


def test_a_discarded_run_goes_to_the_trash(tmp_path: Path) -> None:
    events = [*a_run()[:-2], Finished(0, 9, False, False, 4.5)]
    play(tmp_path / "run", events)
    assert not (tmp_path / "run").exists()
    (trashed,) = (tmp_path / ".trash").iterdir()
    assert load_model(trashed).step == 9


def test_a_run_that_was_closed_with_the_window(tmp_path: Path) -> None:
    play(tmp_path / "run", until(0, Finished(0, 0, True, False, 0.0, suspended=True)))
    assert read_head(tmp_path / "run").state == "suspended"


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="already holds something"):
        Recorder(tmp_path, CONFIG)
    with pytest.raises(ValueError, match="is a file"):
        Recorder(tmp_path / "file", CONFIG)
    with pytest.raises(ValueError, match="cannot make the folder"):
        Recorder(tmp_path / "file" / "run", CONFIG)


class FullDisk(Disk):
    """Full while told so."""

    full = False

    def fsync(self, fd: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().fsync(fd)


def test_a_failing_disk_costs_one_notice_and_not_the_run(tmp_path: Path) -> None:
    disk = FullDisk()

    def events() -> Iterator[Event]:
        yield from until(0)
        disk.full = True
        for step in (1, 2, 3):
            yield rounds(step - 1, step)
            yield weights(step)
            yield checkpoint(step)
        assert load_start(tmp_path / "run").start.progress.step == 0
        disk.full = False
        yield checkpoint(4)
        disk.full = True
        yield checkpoint(5)
        disk.full = False
        yield checkpoint(6)
        yield Finished(0, 6, True, True, 1.0)

    seen = list(record(events(), Recorder(tmp_path / "run", CONFIG, disk=disk)))
    notices = of(Noticed, seen)
    assert [(e.step, e.saving is False) for e in notices] == [
        (1, True),
        (4, False),
        (5, True),
        (6, False),
    ]
    assert "no space left on device" in notices[0].message
    assert load_start(tmp_path / "run").start.progress.step == 6
    assert open_run(tmp_path / "run").log.players["learner"].steps.tolist() == [0, 1, 2]


def test_a_run_that_fails_says_where_it_can_go_on(tmp_path: Path) -> None:
    failed = Failed(0, 5, "The loss is not finite.", "diverged")
    seen = play(tmp_path / "run", until(0, checkpoint(2), rounds(0, 5), failed))
    assert of(Failed, seen)[0].good == 2
    head = read_head(tmp_path / "run")
    assert (head.state, head.message, head.step) == ("failed", "The loss is not finite.", 5)
    assert load_model(tmp_path / "run").step == 2
    assert len(open_run(tmp_path / "run").log.players["learner"].steps) == 5
    again, _ = Recorder.resume(tmp_path / "run")
    again.close()
    assert len(open_run(tmp_path / "run").log.players["learner"].steps) == 2


def test_what_is_not_finite_never_reaches_the_disk(tmp_path: Path) -> None:
    bad = checkpoint(5)
    bad.weights[
        "encoder.0.weight" if "encoder.0.weight" in bad.weights else next(iter(bad.weights))
    ][0] = torch.nan  # type: ignore[index]
    seen = play(tmp_path / "run", until(0, bad, Finished(0, 5, True, True, 1.0)))
    assert "not finite" in of(Noticed, seen)[0].message
    assert load_model(tmp_path / "run").step == 0


def test_however_the_events_end_the_run_is_kept(tmp_path: Path) -> None:
    def breaks() -> Iterator[Event]:
        yield from until(0)
        raise RuntimeError("out of\nluck")

    with pytest.raises(RuntimeError):
        list(record(breaks(), Recorder(tmp_path / "broken", CONFIG)))
    head = read_head(tmp_path / "broken")
    assert (head.state, head.message) == ("failed", "out of luck")
    assert "RuntimeError" in (tmp_path / "broken" / "error.txt").read_text()

    run = record(iter(a_run()), Recorder(tmp_path / "left", CONFIG))
    for _ in range(8):
        next(run)
    run.close()  # type: ignore[attr-defined]
    assert read_head(tmp_path / "left").state == "stopped"
    assert not is_locked(tmp_path / "left")


def test_a_run_that_never_began_leaves_no_folder(tmp_path: Path) -> None:
    def no_data() -> Iterator[Event]:
        yield PhaseChanged(0, 0, Phase.LOADING)
        raise ValueError("no data")

    with pytest.raises(ValueError, match="no data"):
        list(record(no_data(), Recorder(tmp_path / "run", CONFIG)))
    assert not (tmp_path / "run").exists()


def test_the_data_are_written_down(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run", CONFIG)
    dataset = Dataset("pen", "train", np.zeros((2, 28, 28), np.uint8), np.array([0, 1]))
    recorder.opened(dataset)
    list(record(iter(a_run()), recorder))
    assert read_record(tmp_path / "run").data_checksum == dataset.checksum


@pytest.mark.parametrize("lost", [HEAD, "newest checkpoint", "head and newest checkpoint"])
def test_a_run_with_a_damaged_head_goes_on_from_what_is_sound(tmp_path: Path, lost: str) -> None:
    folder = tmp_path / "run"
    play(folder, until(4, checkpoint(4), rounds(0, 6), checkpoint(6), rounds(6, 9), checkpoint(9)))
    if lost != "newest checkpoint":
        (folder / HEAD).write_bytes(b"{")
    if lost != HEAD:
        broken = numbered(folder, CHECKPOINTS, 9)
        broken.write_bytes(broken.read_bytes()[:-1])
    step = 9 if lost == HEAD else 6
    restart = load_start(folder)
    assert restart.start.progress.step == step
    assert "damaged" in restart.damage
    again, _ = Recorder.resume(folder)
    again.close()
    run = open_run(folder)
    assert run.problems == ()
    assert run.log.players["learner"].steps.tolist() == list(range(step))
    assert RUN in {f.name for f in folder.iterdir()}
