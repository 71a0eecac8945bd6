"""What a recorder does when saving fails, when a run does not begin, and what it says of it."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.data.dataset import Dataset
from studio.data.disk import Disk
from studio.engine.events import (
    Event,
    Finished,
    Noticed,
    Phase,
    PhaseChanged,
    RunStarted,
    StageChanged,
)
from studio.library.bundle import export_run
from studio.library.lock import RunLock, is_locked
from studio.library.opening import load_model, load_start, open_run, read_grids
from studio.library.recorder import Recorder, record
from studio.library.run_folder import LOG, RUN, read_head, read_record, write_head, write_record
from studio.library.runs import restore, unfinished
from studio.library.verify import verify
from tests.library import test_recorder as told
from tests.library.stored import tree

CONFIG = told.CONFIG


class NoRoomFor(Disk):
    """Refuses to make files whose name holds one of some words."""

    def __init__(self, *words: str, error: BaseException | None = None) -> None:
        self.words = words
        self.error = error or OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open(self, path: Path, flags: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) and any(word in str(path.name) for word in self.words):
            raise self.error
        return super().open(path, flags)


def run_on(disk: NoRoomFor, folder: Path, events: Iterator[Event]) -> list[Event]:
    return list(record(events, Recorder(folder, CONFIG, disk=disk)))


def test_room_for_the_log_alone_is_not_called_safe(tmp_path: Path) -> None:
    disk, folder = NoRoomFor(), tmp_path / "run"

    def events() -> Iterator[Event]:
        yield from told.until(0)
        disk.words = (".safetensors",)
        yield told.rounds(0, 9)
        yield told.checkpoint(9)
        yield Finished(0, 9, True, True, 4.5)

    recorder = Recorder(folder, CONFIG, disk=disk)
    notices = told.of(Noticed, list(record(events(), recorder)))
    assert [notice.saving is False for notice in notices] == [True]
    assert "no space" in recorder.trouble
    assert recorder.head.checkpoint is not None
    assert recorder.head.checkpoint.step == 0
    assert load_model(folder).step == 0


def test_a_full_memory_costs_a_notice_like_a_full_disk(tmp_path: Path) -> None:
    disk, folder = NoRoomFor(), tmp_path / "run"

    def events() -> Iterator[Event]:
        yield from told.until(0)
        for step, error in (
            (4, MemoryError()),
            (5, RuntimeError("[enforce] can't allocate memory")),
        ):
            disk.words, disk.error = ("HEAD",), error
            yield told.checkpoint(step)
            assert load_start(folder).start.progress.step in (0, 4)
            disk.words = ()
            yield told.checkpoint(step)
        yield Finished(0, 5, True, True, 4.5)

    notices = told.of(Noticed, run_on(disk, folder, events()))
    assert [notice.saving is False for notice in notices] == [True, False, True, False]
    assert "memory is full" in notices[0].message
    assert load_model(folder).step == 5
    assert verify(folder).sound


@pytest.mark.parametrize("keep", [True, False])
def test_a_run_of_which_nothing_could_be_saved_leaves_nothing(tmp_path: Path, keep: bool) -> None:
    disk, folder = NoRoomFor(RUN), tmp_path / "run"
    events = [*told.a_run()[:-2], Finished(0, 9, keep, keep, 4.5)]
    recorder = Recorder(folder, CONFIG, disk=disk)
    notices = told.of(Noticed, list(record(iter(events), recorder)))
    assert [notice.saving is False for notice in notices] == [True]
    assert "Nothing of it is saved yet" in notices[0].message
    assert "no space" in recorder.trouble
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_has_no_room_for_the_lock(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    class Locked(Disk):
        def mkdir(self, path: Path) -> None:
            super().mkdir(path)
            if path == folder:
                (folder / "lock").mkdir()

    with pytest.raises(ValueError, match="cannot write into"):
        Recorder(folder, CONFIG, disk=Locked())
    assert list(folder.iterdir()) == [folder / "lock"]


def suspended(folder: Path) -> Path:
    ended = Finished(0, 4, True, False, 2.0, suspended=True)
    told.play(folder, told.until(0, told.rounds(0, 4), told.checkpoint(4), ended))
    return folder


@pytest.mark.parametrize("how", ["no data", "given up"])
def test_a_run_that_cannot_go_on_today_is_as_it_was(tmp_path: Path, how: str) -> None:
    folder = suspended(tmp_path / "run")
    before = tree(folder)

    def loading() -> Iterator[Event]:
        yield PhaseChanged(0, 4, Phase.LOADING)
        if how == "no data":
            raise ValueError("the data are not there")

    recorder, _ = Recorder.resume(folder)
    events = record(loading(), recorder)
    if how == "no data":
        with pytest.raises(ValueError, match="the data"):
            list(events)
    else:
        next(events)
        events.close()  # type: ignore[attr-defined]
    assert not is_locked(folder)
    assert {n: c for n, c in tree(folder).items() if n != "lock"} == {
        n: c for n, c in before.items() if n != "lock"
    }
    assert [run.folder for run in unfinished(tmp_path)] == [folder]


def test_a_run_that_somebody_has_taken_up_is_not_offered(tmp_path: Path) -> None:
    folder = suspended(tmp_path / "run")
    with RunLock(folder):
        assert unfinished(tmp_path) == []
    assert [run.folder for run in unfinished(tmp_path)] == [folder]


def test_a_resumed_run_that_is_discarded_can_be_fetched_again(tmp_path: Path) -> None:
    folder = suspended(tmp_path / "run")
    recorder, restart = Recorder.resume(folder)
    at = restart.start.progress.step
    events: list[Event] = [
        RunStarted(0, at, "vae", told.SHAPE, (told.STAGE,), "cpu", 1),
        StageChanged(0, at, 0, told.STAGE),
        told.rounds(4, 7),
        Finished(0, 7, False, False, 3.0),
    ]
    list(record(iter(events), recorder))
    assert not folder.exists()
    restore(tmp_path / ".trash" / "run")
    assert verify(folder).sound
    again, restart = Recorder.resume(folder)
    again.close()
    assert restart.start.progress.step == 4
    assert open_run(folder).log.players["learner"].steps.tolist() == [0, 1, 2, 3]


def test_a_run_that_cannot_be_discarded_says_where_it_is(tmp_path: Path) -> None:
    (tmp_path / ".trash").write_text("in the way")
    events = [*told.a_run()[:-2], Finished(0, 9, False, False, 4.5)]
    notices = told.of(Noticed, told.play(tmp_path / "run", events))
    assert [notice.message.partition(":")[0] for notice in notices] == [
        f"The run stays in {tmp_path / 'run'}"
    ]
    assert verify(tmp_path / "run").sound


def test_what_was_measured_is_still_known_after_a_resume(tmp_path: Path) -> None:
    told.play(tmp_path / "run", told.a_run())
    assert read_head(tmp_path / "run").measures == {"variety": 0.75, "kl": 0.25}
    recorder, _ = Recorder.resume(tmp_path / "run", total=20)
    assert recorder.head.measures == {"variety": 0.75, "kl": 0.25}
    recorder.close()


def test_a_run_in_seconds_is_not_cut_shorter_than_it_is(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, seconds=4.5)
    list(record(iter(told.a_run()), Recorder(tmp_path / "run", config)))
    with pytest.raises(ValueError, match=r"4\.5 seconds are played already"):
        Recorder.resume(tmp_path / "run", seconds=2.0)
    recorder, restart = Recorder.resume(tmp_path / "run", seconds=9.0)
    recorder.close()
    assert restart.config.seconds == 9.0


def test_a_run_from_a_device_that_is_not_here_goes_on_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    folder = tmp_path / "run"
    told.play(folder, told.a_run())
    head = read_head(folder)
    write_record(folder, dataclasses.replace(read_record(folder), device="cuda:0"))
    write_head(folder, head)
    restart = load_start(folder)
    assert restart.config.device == "auto"
    assert "it was trained on cuda:0" in restart.notes[0]


def test_the_head_knows_its_run_wherever_the_folder_goes(tmp_path: Path) -> None:
    told.play(tmp_path / "run", told.a_run())
    copied = shutil.copytree(tmp_path / "run", tmp_path / "another name")
    assert read_head(copied) == read_head(tmp_path / "run")
    assert verify(copied).sound
    record_ = read_record(copied)
    write_record(copied, dataclasses.replace(record_, seed=4))
    with pytest.raises(ValueError, match="belongs to another run"):
        read_head(copied)


class Killed(BaseException):
    """Nothing runs after it."""


class DiesAt(Disk):
    """The process dies before its n-th deed."""

    def __init__(self, at: int) -> None:
        self.left = at

    def _deed(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def open(self, path: Path, flags: int) -> int:
        self._deed()
        return super().open(path, flags)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        self._deed()
        return super().write(fd, data)

    def replace(self, old: Path, new: Path) -> None:
        self._deed()
        super().replace(old, new)

    def unlink(self, path: Path) -> None:
        self._deed()
        super().unlink(path)


@pytest.mark.parametrize("harm", ["none", "head", "newest checkpoint", "log"])
def test_killed_while_it_is_cut_back(tmp_path: Path, harm: str) -> None:
    whole = tmp_path / "whole"
    events = told.until(4, told.checkpoint(4), told.rounds(0, 6))
    events += [told.grid(6), told.weights(6), told.checkpoint(6), told.rounds(6, 9)]
    events += [told.grid(9), told.weights(9), told.checkpoint(9)]
    told.play(whole, [*events, Finished(0, 9, True, False, 4.5)])
    if harm == "head":
        (whole / "HEAD.json").write_bytes(b"{")
    elif harm == "newest checkpoint":
        broken = whole / "checkpoints" / "00000009.safetensors"
        broken.write_bytes(broken.read_bytes()[:-1])
    elif harm == "log":
        (whole / LOG).write_bytes((whole / LOG).read_bytes()[:-9])
    (whole / "grids" / ".x.1-a.part").touch()
    step = 6 if harm == "newest checkpoint" else 9
    at, ended = 0, False
    while not ended:
        folder = shutil.copytree(whole, tmp_path / f"{at}")
        try:
            recorder, _ = Recorder.resume(folder, disk=DiesAt(at))
            recorder.close()
            ended = True
        except Killed:
            pass
        again, restart = Recorder.resume(folder)
        again.close()
        assert restart.start.progress.step == step
        run = open_run(folder)
        assert run.problems == ()
        assert run.log.until(6).players["learner"].steps.tolist() == list(range(6))
        assert run.snapshots[-1] == run.grids[-1] == step
        assert [f for f in verify(folder).files if f.state not in ("sound", "leftover")] == []
        at += 1
        shutil.rmtree(folder)
    assert at > 1


def test_a_run_can_be_looked_at_while_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    told.play(folder, told.a_run())
    run = open_run(folder)
    (folder / "grids" / "00000000.safetensors").unlink()  # thinned out after it was opened
    assert [(step, type(found).__name__) for step, found in read_grids(run)] == [(9, "Grid")]


def test_other_data_than_the_run_began_with_are_told_of(tmp_path: Path) -> None:
    def data(ink: int) -> Dataset:
        return Dataset("pen", "train", np.full((2, 28, 28), ink, np.uint8), np.array([0, 1]))

    recorder = Recorder(tmp_path / "run", CONFIG)
    recorder.opened(data(1))
    list(record(iter(told.a_run()), recorder))
    for ink, notices in ((1, 0), (2, 1)):
        again, _ = Recorder.resume(tmp_path / "run")
        again.opened(data(ink))
        begins = iter([RunStarted(0, 9, "vae", told.SHAPE, (told.STAGE,), "cpu", 1)])
        assert len(told.of(Noticed, list(record(begins, again)))) == notices


def test_a_disk_that_takes_no_bytes_does_not_hold_up_an_export(tmp_path: Path) -> None:
    class Full(Disk):
        def write(self, fd: int, data: bytes | memoryview) -> int:
            return 0

    told.play(tmp_path / "run", told.a_run())
    with pytest.raises(ValueError, match="takes no more bytes"):
        export_run(tmp_path / "run", tmp_path / "out.modescope", disk=Full())
    assert [place.name for place in tmp_path.iterdir()] == ["run"]
