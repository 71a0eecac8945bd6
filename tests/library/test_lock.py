"""Never two writers on one run, and never a lock that nobody holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.data import file_lock
from studio.library.container import BadRun
from studio.library.lock import LOCK, Busy, RunLock, is_locked

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="links, pipes and forks of POSIX")


def program(text: str, *values: object) -> subprocess.Popen[str]:
    """Another process that has `RunLock`, `is_locked`, `Busy` and its arguments at hand."""
    head = (
        "import os, sys\nfrom pathlib import Path\n"
        "from studio.library.lock import Busy, RunLock, is_locked\nfolder = Path(sys.argv[1])\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + text, *map(str, values)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


HOLDING = "lock = RunLock(folder)\nlock.acquire()\nprint(os.getpid(), flush=True)\ninput()\n"


def test_held_until_released(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    lock = RunLock(tmp_path)
    lock.release()
    with lock:
        assert is_locked(tmp_path)
        with pytest.raises(
            Busy, match=rf"is being written by process {os.getpid()} on ."
        ) as caught:
            RunLock(tmp_path).acquire()
        assert isinstance(caught.value, BadRun)
        assert "\n" not in str(caught.value)
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    lock.acquire()
    assert is_locked(tmp_path)
    lock.release()
    lock.release()
    assert not is_locked(tmp_path)
    assert not is_locked(tmp_path / "missing")


def test_another_process_holds_it_until_it_dies(tmp_path: Path) -> None:
    holder = program(HOLDING, tmp_path)
    assert holder.stdout is not None
    number = int(holder.stdout.readline())
    assert is_locked(tmp_path)
    with pytest.raises(Busy, match=f"process {number} on "):
        RunLock(tmp_path).acquire()
    holder.kill()
    holder.communicate()
    assert (tmp_path / LOCK).exists()  # what it has said is still there, and counts for nothing
    assert not is_locked(tmp_path)
    with RunLock(tmp_path):
        assert is_locked(tmp_path)


RACING = """
won = 0
for _ in range(int(sys.argv[2])):
    is_locked(folder)
    lock = RunLock(folder)
    try:
        lock.acquire()
    except Busy:
        continue
    owner = os.open(folder / "owner", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    os.close(owner)
    assert is_locked(folder)
    os.unlink(folder / "owner")
    won += 1
    if os.name == "posix" and won % 3 == 0:
        os.unlink(folder / "lock")
    lock.release()
print(won)
"""


def test_many_races_and_never_two_writers(tmp_path: Path) -> None:
    racers = [program(RACING, tmp_path, 60) for _ in range(3)]
    results = [racer.communicate()[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert sum(map(int, results)) >= 60
    assert not (tmp_path / "owner").exists()


def test_looking_keeps_nobody_out(tmp_path: Path) -> None:
    with RunLock(tmp_path):
        pass
    looking = "print('on', flush=True)\nfor _ in range(20_000):\n    assert not is_locked(folder)\n"
    lookers = [program(looking.replace("assert not ", ""), tmp_path) for _ in range(2)]
    for looker in lookers:
        assert looker.stdout is not None
        looker.stdout.readline()
    for _ in range(100):
        with RunLock(tmp_path):
            pass
    for looker in lookers:
        looker.kill()
        looker.communicate()


@posix
def test_lookers_do_not_see_each_other(tmp_path: Path) -> None:
    with RunLock(tmp_path):
        pass
    looking = "for _ in range(5_000):\n    assert not is_locked(folder)\n"
    lookers = [program(looking, tmp_path) for _ in range(2)]
    for looker in lookers:
        looker.communicate()
    assert [looker.returncode for looker in lookers] == [0, 0]


@posix
def test_a_file_that_was_removed_meanwhile_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, removed = file_lock.take, False

    def late(handle: int, *, at: int = 0, shared: bool = False) -> bool:
        nonlocal removed
        if not removed:  # by its holder, between our opening it and locking it
            (tmp_path / LOCK).unlink()
            removed = True
        return take(handle, at=at, shared=shared)

    monkeypatch.setattr(file_lock, "take", late)
    with RunLock(tmp_path):
        assert removed
        assert is_locked(tmp_path)


@posix
def test_a_lock_from_elsewhere_does_no_harm(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    run = tmp_path / "run"
    run.mkdir()
    (run / LOCK).symlink_to(victim)
    with pytest.raises(BadRun, match="cannot write into"):
        RunLock(run).acquire()
    assert not is_locked(run)
    assert victim.read_bytes() == b"precious"
    (run / LOCK).unlink()
    os.mkfifo(run / LOCK)
    assert not is_locked(run)
    (run / LOCK).unlink()
    (run / LOCK).mkdir()
    with pytest.raises(BadRun, match="cannot write into"):
        RunLock(run).acquire()
    assert not is_locked(run)


@posix
def test_what_the_holder_says_is_one_line(tmp_path: Path) -> None:
    with RunLock(tmp_path):
        for content in (b"", b"\x00\xff\n", b"a\nb\x1b" * 1_000, b"<b>you</b>"):
            (tmp_path / LOCK).write_bytes(content)
            with pytest.raises(Busy) as caught:
                RunLock(tmp_path).acquire()
            assert str(caught.value).isprintable()
            assert len(str(caught.value)) < 250


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="cannot write into"):
        RunLock(tmp_path / "missing").acquire()


@posix
def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    lowest = os.dup(0)
    os.close(lowest)
    with RunLock(tmp_path):
        for _ in range(3):
            is_locked(tmp_path)
            with pytest.raises(Busy):
                RunLock(tmp_path).acquire()
    again = os.dup(0)
    os.close(again)
    assert again == lowest
