"""Writing survives a disk that fails, a process that dies and a power cut, at every call."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.data.atomic import append_durably, sync_folder, write_atomically
from studio.data.disk import DISK, Disk
from tests.data.disks import Dying, Failing, Killed, PowerCut, Watched

HEAD, OLD, NEW = b"first line\n", b"torn or old\n", b"the second line, rather longer\n"


def replacing(path: Path, disk: Disk) -> None:
    write_atomically(path, NEW, disk)


def appending(path: Path, disk: Disk) -> None:
    append_durably(path, NEW, at=len(HEAD), disk=disk)


def beginning(path: Path, disk: Disk) -> None:
    append_durably(path, NEW, at=0, disk=disk)


WAYS: dict[str, tuple[Callable[[Path, Disk], None], bytes, bytes, bytes]] = {
    # what is done: how, what was there, what of it must stay, what is there in the end
    "replacing": (replacing, HEAD, HEAD, NEW),
    "appending": (appending, HEAD, HEAD, HEAD + NEW),
    "appending behind a torn line": (appending, HEAD + OLD, HEAD, HEAD + NEW),
    "beginning anew": (beginning, OLD, b"", NEW),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
def test_a_call_fails_and_the_next_attempt_repairs_it(way: str, code: int, tmp_path: Path) -> None:
    work, before, stays, after = WAYS[way]
    path = tmp_path / "file"
    for at in range(100):
        path.write_bytes(before)
        disk = Failing(at, code)
        told = None
        try:
            work(path, disk)
        except OSError as error:
            told = error.errno
        assert told == (code if disk.failed else None)
        left = path.read_bytes()
        assert left.startswith(stays) or left == after
        if way == "replacing":
            assert left in (before, after)
        assert [file.name for file in tmp_path.iterdir()] == ["file"]
        work(path, DISK)
        assert path.read_bytes() == after
        if not disk.failed:
            break
    else:
        pytest.fail("it never got through")
    assert at >= 4


def test_a_disk_that_is_gone_leaves_what_it_must(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(HEAD)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_atomically(path, NEW, Failing(2, errno.EIO, times=float("inf")))
    assert path.read_bytes() == HEAD
    assert len(list(tmp_path.glob(".file.*.part"))) == 1  # not even that could be removed


@pytest.mark.parametrize("way", WAYS)
def test_killed_at_every_call(way: str, tmp_path: Path) -> None:
    work, before, stays, after = WAYS[way]
    path = tmp_path / "file"
    for at in range(100):
        path.write_bytes(before)
        try:
            work(path, Dying(at))
        except Killed:
            left = path.read_bytes()
            assert left.startswith(stays) or left == after
            if way == "replacing":
                assert left in (before, after)
            work(path, DISK)
        else:
            break
    assert path.read_bytes() == after
    assert at >= 4


@pytest.mark.skipif(os.name == "nt", reason="folders are not forced there")
def test_no_power_cut_takes_what_has_been_acknowledged(tmp_path: Path) -> None:
    """Crash states before and after each call of a save of two files and a growing log."""
    record, log = tmp_path / "HEAD", tmp_path / "log"
    states = 0
    acknowledged: dict[Path, int] = {record: -1, log: -1}

    class Cut(PowerCut):
        def before(self, call: str, *values: object) -> None:
            super().before(call, *values)
            check(self)

    def check(disk: PowerCut) -> None:
        nonlocal states
        for held in disk.states():
            states += 1
            if record in held:
                content = held[record]
                assert content.isdigit(), "a torn file took the name"
                assert len(content) == 5
                assert int(content) >= acknowledged[record]
            else:
                assert acknowledged[record] < 0
            length = max(acknowledged[log], 0)
            assert held.get(log, b"")[:length] == (b"x" * 9 + b"\n") * (length // 10)

    disk = Cut(tmp_path)
    size = 0
    for number in range(8):
        append_durably(log, (b"x" * 9 + b"\n") * 3, at=size, disk=disk)
        size += 30
        acknowledged[log] = size
        check(disk)
        write_atomically(record, b"%05d" % number, disk)
        acknowledged[record] = number
        check(disk)
    assert states > 200


@pytest.mark.skipif(os.name == "nt", reason="folders are not forced there")
def test_the_crash_states_know_a_careless_save(tmp_path: Path) -> None:
    """Without its fsyncs the same save loses files: the test above can fail."""

    class Careless(PowerCut):
        def fsync(self, fd: int) -> None:
            pass

    disk = Careless(tmp_path)
    path = tmp_path / "file"
    write_atomically(path, NEW, disk)
    found = [held.get(path) for held in disk.states()]
    assert None in found  # not there, although it was acknowledged
    assert b"" in found  # there, and empty


def test_the_file_is_forced_before_it_takes_the_name_and_the_folder_after(tmp_path: Path) -> None:
    disk = Watched()
    write_atomically(tmp_path / "file", NEW, disk)
    order = ["open", "write", "fsync", "close", "replace"]
    folder = [] if os.name == "nt" else ["open", "fsync", "close"]
    assert disk.calls == order + folder
    disk = Watched()
    append_durably(tmp_path / "file", NEW, at=len(NEW), disk=disk)
    assert disk.calls == ["open", "write", "fsync", "close"]


class Dribbling(Disk):
    """Takes three bytes at a time, then none."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, fd: int, data: bytes | memoryview) -> int:
        taken = os.write(fd, bytes(data)[: min(3, self.room)])
        self.room -= taken
        return taken


def test_a_disk_may_take_less_than_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, NEW, Dribbling(10_000))
    assert path.read_bytes() == NEW
    append_durably(path, HEAD, at=len(NEW), disk=Dribbling(10_000))
    assert path.read_bytes() == NEW + HEAD
    with pytest.raises(OSError, match="takes no more"):
        write_atomically(path, NEW, Dribbling(7))
    assert path.read_bytes() == NEW + HEAD
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_has_lost_bytes_is_not_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="it holds 5 bytes, and 1,000 had been written") as caught:
        append_durably(path, NEW, at=1_000)
    assert caught.value.errno == errno.EIO
    assert path.read_bytes() == b"short"
    with pytest.raises(FileNotFoundError):
        append_durably(tmp_path / "gone", NEW, at=5)
    assert not (tmp_path / "gone").exists()


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
def test_no_link_leads_out_of_a_folder_and_no_pipe_makes_it_wait(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "log").symlink_to(victim)
    with pytest.raises(OSError):
        append_durably(tmp_path / "log", NEW, at=0)
    assert victim.read_bytes() == b"precious"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError):
        append_durably(tmp_path / "pipe", NEW, at=0)


@pytest.mark.skipif(os.name == "nt", reason="folders are not forced there")
def test_a_file_system_that_cannot_force_folders_is_lived_with(tmp_path: Path) -> None:
    class Network(Watched):
        code = errno.EINVAL

        def before(self, call: str, *values: object) -> None:
            super().before(call, *values)
            if call == "fsync":
                raise OSError(self.code, os.strerror(self.code))

    disk = Network()
    sync_folder(tmp_path, disk)
    assert disk.calls == ["open", "fsync", "close"]
    disk.code = errno.EIO
    with pytest.raises(OSError):
        sync_folder(tmp_path, disk)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_disk() -> None:
    fd = DISK.open(Path("/dev/full"), os.O_WRONLY)
    try:
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            DISK.write(fd, b"x")
    finally:
        DISK.close(fd)


def test_folders_and_files_come_and_go(tmp_path: Path) -> None:
    DISK.mkdir(tmp_path / "a")
    write_atomically(tmp_path / "a" / "b", b"")
    with pytest.raises(OSError):
        DISK.rmdir(tmp_path / "a")
    DISK.unlink(tmp_path / "a" / "b")
    DISK.rmdir(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors of POSIX")
def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(HEAD)
    lowest = os.open(path, os.O_RDONLY)
    os.close(lowest)
    for at in range(12):
        for work, *_ in WAYS.values():
            try:
                work(path, Failing(at))
            except OSError:
                path.write_bytes(HEAD)
    again = os.open(path, os.O_RDONLY)
    os.close(again)
    assert again == lowest
