"""The disk is full, broken, read-only or gone: the training goes on, its user hears of it once,
nothing that was saved is lost, and saving works again as soon as the disk does."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from studio.engine.events import CheckpointTaken, Event, Finished, Noticed, Recording, Saved
from studio.library.opening import load_start
from studio.library.recorder import Recorder, record
from tests.faults.disks import FailingDisk, ShortDisk
from tests.faults.story import APART, CONFIG, check_sound, moment, rounds, story

SAVES = 2
LAST = SAVES * APART
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)
COUNTS = (1, 3, 40, None)
"""Calls that fail: one, some of one save, more than a save takes, all from then on."""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls the whole story takes where nothing fails."""
    disk = FailingDisk(0, 0, count=0)
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert list(record(story(SAVES), Recorder(folder, CONFIG, disk=disk)))
    assert check_sound(folder, least=LAST, snapshots={0, 10, 20}) == LAST
    assert disk.failed == 0
    return disk.calls


def listen(folder: Path, disk: FailingDisk) -> tuple[list[Event], int]:
    """Everything that is told, and until which step it was said to be saved at the end.

    Each time that saving begins to fail, what is on the disk at that moment is looked at.
    """
    heard: list[Event] = []
    safe = -1
    for event in record(story(SAVES), Recorder(folder, CONFIG, disk=disk)):
        heard.append(event)
        if isinstance(event, Saved) and event.checkpoint is not None:
            safe = event.checkpoint
        if isinstance(event, Noticed) and event.saving is False and safe >= 0:
            check_sound(folder, least=safe)
    return heard, safe


def insist(folder: Path, disk: FailingDisk) -> None:
    heard: list[Event] = []
    refusal, safe = "", -1
    try:
        heard, safe = listen(folder, disk)
    except ValueError as error:
        refusal = str(error)
    if refusal:
        # The folder itself could not be made: nothing was begun, and one sentence says so.
        assert refusal.startswith("cannot make the folder")
        assert "\n" not in refusal
        assert disk.calls <= 20
        return
    told = [e for e in story(SAVES) if not isinstance(e, CheckpointTaken)]
    passed = [e for e in heard if not isinstance(e, Recording | Saved | Noticed)]
    assert [type(e) for e in passed] == [type(e) for e in told]

    notices = [e.saving is False for e in heard if isinstance(e, Noticed)]
    assert all("\n" not in e.message for e in heard if isinstance(e, Noticed))
    if disk.count is None:
        assert notices in ([True], [])
    else:
        # Never two of a kind in a row, and not one more than there were troubles.
        assert notices in ([], [True], [True, False])
    if disk.failed and not notices:
        # What may fail unnoticed: older checkpoints that stay, the picture for people.
        assert safe == LAST
    if safe >= 0:
        check_sound(folder, least=safe)
    if disk.count is not None and disk.calls > disk.n + disk.count + 60:
        assert safe == LAST, "saving did not recover"
        assert len(list((folder / "checkpoints").iterdir())) <= 3


def test_any_call_may_fail(tmp_path: Path, calls: int) -> None:
    """Every call once; the errors and how often they come change from one to the next."""
    kinds = itertools.cycle(itertools.product(COUNTS, ERRORS))
    for n, (count, error) in zip(range(1, calls + 1), kinds, strict=False):
        insist(tmp_path / f"{n}", FailingDisk(n, error, count))


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("count", COUNTS)
def test_any_calls_may_fail(tmp_path: Path, calls: int, error: int, count: int | None) -> None:
    for n in range(1, calls + 1):
        insist(tmp_path / f"{n}", FailingDisk(n, error, count))


def test_a_disk_may_take_a_little_at_a_time(tmp_path: Path) -> None:
    heard = list(record(story(SAVES), Recorder(tmp_path / "run", CONFIG, disk=ShortDisk())))
    assert not [e for e in heard if isinstance(e, Noticed)]
    assert check_sound(tmp_path / "run", least=LAST) == LAST


def test_failed_saves_leave_nothing_that_fills_the_disk(tmp_path: Path) -> None:
    """A hundred saves that each fail at another call: two checkpoints stay, and no parts."""
    folder = tmp_path / "run"
    disk = FailingDisk(0, errno.ENOSPC, count=0)
    recorder = Recorder(folder, CONFIG, disk=disk)
    events = list(story(0))[:-2]
    for event in events:
        list(recorder.consume(event))
    for attempt in range(1, 101):
        # Saving is tried only with a checkpoint while there is trouble.
        disk.n, disk.count = disk.calls + 1 + attempt % 25, 1
        for event in (*rounds(attempt * 10 - 10, attempt * 10), *moment(attempt * 10)):
            list(recorder.consume(event))
    disk.count = 0
    for event in (*rounds(1_000, 1_010), *moment(1_010)):
        list(recorder.consume(event))
    list(recorder.consume(Finished(0, 1_010, True, True, 505.0)))
    recorder.close()
    assert check_sound(folder, least=1_010) == 1_010
    assert len(list((folder / "checkpoints").iterdir())) <= 2
    assert not list(folder.rglob("*.part"))


def test_the_kernel_says_that_a_file_is_too_large(tmp_path: Path) -> None:
    """A real limit, and not one of ours: RLIMIT_FSIZE fails writes in the middle (EFBIG)."""
    pytest.importorskip("resource")
    folder = tmp_path / "run"
    program = f"""
import resource, signal
from pathlib import Path
from studio.engine.events import Noticed, Saved
from studio.library.recorder import Recorder, record
from tests.faults.story import CONFIG, story
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
notices, saved = [], []
for number, event in enumerate(record(story(6), Recorder(Path({str(folder)!r}), CONFIG))):
    if isinstance(event, Noticed):
        notices.append(event.saving is False)
    if isinstance(event, Saved) and event.checkpoint is not None:
        saved.append(event.checkpoint)
        if event.checkpoint == 20 and not notices:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    if event.step == 50:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert notices == [True, False], notices
assert 30 not in saved and saved[-1] == 60, saved
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert check_sound(folder, least=60) == 60


def test_the_folder_vanishes(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    notices: list[Noticed] = []
    last = None
    for event in record(story(4), Recorder(folder, CONFIG)):
        if isinstance(event, Noticed):
            notices.append(event)
        if isinstance(event, Saved) and event.checkpoint == 20 and folder.exists():
            shutil.rmtree(folder)
        last = event
    assert last is not None
    assert last.step == 40
    assert [notice.saving is False for notice in notices] == [True]
    assert "no such file or directory" in notices[0].message


def test_the_folder_is_moved_away_and_back(tmp_path: Path) -> None:
    """As a drive that is pulled out and put in again."""
    folder, away = tmp_path / "run", tmp_path / "away"
    notices: list[bool] = []
    for event in record(story(6), Recorder(folder, CONFIG)):
        if isinstance(event, Noticed):
            notices.append(event.saving is False)
        if isinstance(event, Saved) and event.checkpoint == 20 and not notices:
            folder.rename(away)
        if event.step == 45 and away.exists():
            away.rename(folder)
    assert notices == [True, False]
    assert check_sound(folder, least=60) == 60


def test_the_folder_turns_read_only(tmp_path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("root may write where the permissions forbid it")
    folder = tmp_path / "run"
    notices: list[bool] = []
    folders = [folder / name for name in ("", "checkpoints", "snapshots", "grids")]
    for event in record(story(6), Recorder(folder, CONFIG)):
        if isinstance(event, Noticed):
            notices.append(event.saving is False)
        if isinstance(event, Saved) and event.checkpoint == 20 and not notices:
            for place in folders:
                place.chmod(stat.S_IRUSR | stat.S_IXUSR)
            assert load_start(folder).start.progress.step == 20
        if event.step == 45:
            for place in folders:
                place.chmod(stat.S_IRWXU)
    assert notices == [True, False]
    assert check_sound(folder, least=60) == 60
