"""A file is whole or as it was, whichever step of writing fails."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from studio.data.atomic import write_atomically
from studio.library.files import export

if TYPE_CHECKING:
    from pathlib import Path


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a b ü.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failing_disk_leaves_the_old_file_and_nothing_else(
    step: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match=os.strerror(code)):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    old = os.umask(0o022)
    try:
        write_atomically(path, b"")
    finally:
        os.umask(old)
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o644


def test_an_export_makes_its_folder_or_says_why_not(tmp_path: Path) -> None:
    export(tmp_path / "new" / "file", b"x")
    assert (tmp_path / "new" / "file").read_bytes() == b"x"
    with pytest.raises(ValueError, match="is a folder; give the name of a file"):
        export(tmp_path / "new", b"x")
    with pytest.raises(ValueError, match=r"cannot write .*: "):
        export(tmp_path / "new" / "file" / "below", b"x")
