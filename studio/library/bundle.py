"""A run out into one `.modescope` file, and in again; the file is told of in `bundle_file.py`."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from studio.data.atomic import PART_SUFFIX, sync_folder, write_all
from studio.data.disk import DISK
from studio.library import legacy, plain
from studio.library.bundle_file import MAX_BUNDLE, BundleReader, BundleWriter
from studio.library.container import BadRun, called, open_file, read
from studio.library.files import reason
from studio.library.log import read_log
from studio.library.members import Cancelled, Checker, limit
from studio.library.record import CheckpointRef
from studio.library.run_folder import (
    CHECKPOINTS,
    ERROR,
    GRIDS,
    HEAD,
    HEAD_KIND,
    LABEL,
    LOG,
    RUN,
    SAMPLES,
    SNAPSHOTS,
    VERSION,
    checkpoint_name,
    read_head,
    read_record,
    version,
)
from studio.library.runs import new_run_folder, runs_dir
from studio.library.sealed import seal_json
from studio.library.shelf import numbers_in
from studio.library.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.data.disk import Disk
    from studio.library.record import RunRecord

SUFFIX = ".modescope"
SPARE = 64 * 2**20
"""Bytes that shall be free on a disk beyond what is written to it."""
_ATTEMPTS = 5
_ABANDONED = 24 * 3600


def export_run(
    folder: Path,
    path: Path,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    disk: Disk = DISK,
) -> tuple[str, ...]:
    """Writes the sound files of a run into one file, as they stood at the run's last save.

    The run may go on being written meanwhile. What is damaged stays out; where that is the
    checkpoint that the head names, the head in the file names the newest sound one.

    Arguments:
        path: Whole afterwards, or as it was before.
        progress: Told the share that is done, in [0, 1].
        cancelled: Asked now and then.

    Returns:
        What was left out, a sentence each.

    Raises:
        BadRun: there is no run, or nothing of it was saved yet; one sentence.
        ValueError: the file cannot be written; one sentence.
        Cancelled: `cancelled()` said True; nothing is left behind.
    """
    record = read_record(folder)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a file")
    if path.absolute().parent.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{path} lies inside the run: choose another folder")
    part = path.with_name(f".{path.name[:40]}.{os.getpid()}-{secrets.token_hex(4)}{PART_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            for attempt in range(_ATTEMPTS):
                export = _Export(folder, record, part, progress, cancelled, disk)
                if export.write(last=attempt == _ATTEMPTS - 1):
                    break
                disk.unlink(part)
            disk.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                disk.unlink(part)
            raise
        sync_folder(path.parent, disk)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {reason(error)}") from error
    return tuple(export.left_out)


class _Export:
    """One attempt to write a run into a file that has no name yet."""

    def __init__(
        self,
        folder: Path,
        record: RunRecord,
        part: Path,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
        disk: Disk,
    ) -> None:
        self._folder, self._part, self._disk = folder, part, disk
        self._progress, self._cancelled = progress, cancelled
        self._head, self._version = read_head(folder), version(folder)
        self._checker = Checker(record, lambda count: None)
        self._done, self._all = 0, 1
        self.left_out: list[str] = []

    def write(self, *, last: bool) -> bool:
        """Writes the file; False if the run was saved so often meanwhile that it has to be written
        anew, unless this is the `last` attempt."""
        checkpoints, others = self._names()
        sizes = sum(self._size(name) for name in (*checkpoints[:1], *others))
        self._all = max(1, 2 * sizes)  # everything is read back once
        insist_on_room(self._part.parent, sizes, "the export")
        names = (HEAD, *checkpoints, *others)
        self._file = BundleWriter(self._part, names, self._disk, self._pulse)
        try:
            try:
                good = self._add_checkpoint(checkpoints)
            except FileNotFoundError:
                if not last:
                    return False
                good = None
            log_bytes = self._add_log() if LOG in others else 0
            for name in others:
                if name != LOG:
                    with contextlib.suppress(FileNotFoundError):  # not there, or thinned out
                        self._add(name)
            if self._version != 1:
                self._add_head(good, log_bytes)
            self._file.finish()
        finally:
            self._file.close()
        self._progress(1.0)
        return True

    def _names(self) -> tuple[list[str], list[str]]:
        """The checkpoints, the one that counts first, and the other files."""
        if self._version == 1:
            return [], [RUN, legacy.WEIGHTS, legacy.HISTORY, SAMPLES]
        named = self._head.checkpoint
        found = {
            kind: [step for step in numbers_in(self._folder / kind) if step <= self._head.step]
            for kind in (CHECKPOINTS, SNAPSHOTS, GRIDS)
        }
        checkpoints = found[CHECKPOINTS][::-1]
        if named is not None:
            checkpoints = [named.step, *(step for step in checkpoints if step != named.step)]
        shelves = [f"{k}/{checkpoint_name(step)}" for k in (SNAPSHOTS, GRIDS) for step in found[k]]
        return (
            [f"{CHECKPOINTS}/{checkpoint_name(step)}" for step in checkpoints],
            [RUN, LABEL, LOG, SAMPLES, ERROR, *shelves],
        )

    def _size(self, name: str) -> int:
        try:
            return (self._folder / name).lstat().st_size
        except OSError:
            return 0

    def _add_checkpoint(self, names: list[str]) -> CheckpointRef | None:
        """Takes the first that is sound, and says how a head names it.

        Raises:
            FileNotFoundError: one is gone, because the run has been saved meanwhile.
        """
        for name in names:
            if self._add(name):
                file = Path(name).name
                size, sha256 = self._file.about(name)
                return CheckpointRef(file, int(Path(file).stem), size, sha256)
        return None

    def _add_log(self) -> int:
        """The log as far as it is committed and sound; how many bytes of it those are."""
        try:
            content = read(self._folder / LOG, limit=limit(LOG, VERSION) or 0)
        except BadRun as error:
            if self._head.log_bytes:
                self.left_out.append(str(error))
            return 0
        good = read_log(content[: self._head.log_bytes], LOG).good_bytes
        if good < self._head.log_bytes:
            self.left_out.append(f"{LOG} is damaged: what follows byte {good:,} was left out")
        self._file.add(LOG, lambda take: take(content[:good]))
        return good

    def _add_head(self, checkpoint: CheckpointRef | None, log_bytes: int) -> None:
        """The head last: it speaks of what is in the file, and of a run that nobody is training."""
        state = self._head.state
        head = dataclasses.replace(
            self._head,
            state="stopped" if state == "running" else state,
            checkpoint=checkpoint,
            log_bytes=log_bytes,
        )
        content = seal_json(HEAD_KIND, VERSION, plain.plain(head))
        self._file.add(HEAD, lambda take: take(content))

    def _add(self, name: str) -> bool:
        """Copies a file of the run, unless it turns out to be damaged.

        Raises:
            FileNotFoundError: it is gone.
        """
        most = limit(name, self._version) or 0
        try:
            with open_file(self._folder / name, limit=most, follow=False) as file:
                size = os.fstat(file.fileno()).st_size
                self._file.add(name, lambda take: self._checker.check(file, size, name, take))
        except BadRun as error:
            self.left_out.append(str(error))
            return False
        return True

    def _pulse(self, count: int) -> None:
        if self._cancelled():
            raise Cancelled
        self._done += count
        self._progress(min(1.0, self._done / self._all))


def import_run(
    path: Path,
    root: Path | None = None,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    disk: Disk = DISK,
) -> Path:
    """Makes a run folder from a file that anybody may have made.

    Arguments:
        root: The folder of all runs; the run gets a new name in it.
        progress: Told the share that is done, in [0, 1].
        cancelled: Asked now and then.

    Returns:
        The folder.

    Raises:
        BadRun: it is no such file, or anything about it is wrong, or it cannot be written; one
            sentence, and nothing is left behind.
        Cancelled: `cancelled()` said True; nothing is left behind.
    """
    root = root or runs_dir()
    folder = root / f".import-{secrets.token_hex(6)}"
    try:
        with open_file(path, limit=MAX_BUNDLE) as file:
            size = os.fstat(file.fileno()).st_size
            bundle = BundleReader(file, size, called(path))
            root.mkdir(parents=True, exist_ok=True)
            _sweep(root)
            insist_on_room(root, size, called(path))
            disk.mkdir(folder)
            try:
                _unpack(bundle, size, folder, progress, cancelled, disk)
                target = new_run_folder(_checked_model(folder, path, progress, cancelled), root)
                disk.replace(folder, target)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            sync_folder(root, disk)
    except OSError as error:
        raise BadRun(f"cannot import {called(path)}: {reason(error)}") from error
    progress(1.0)
    return target


def _unpack(
    bundle: BundleReader,
    size: int,
    folder: Path,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
    disk: Disk,
) -> None:
    done = 0

    def pulse(count: int) -> None:
        nonlocal done
        if cancelled():
            raise Cancelled
        done += count
        progress(0.5 * min(1.0, done / size))

    inner = [folder / name for name in (CHECKPOINTS, SNAPSHOTS, GRIDS)]
    for place in inner if bundle.version != 1 else ():
        disk.mkdir(place)
    for name, pieces in bundle.files(pulse):
        handle = disk.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            for piece in pieces:
                write_all(handle, piece, disk)
            disk.fsync(handle)
        finally:
            disk.close(handle)
    for place in (*(place for place in inner if place.exists()), folder):
        sync_folder(place, disk)


def _checked_model(
    folder: Path, path: Path, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> str:
    """What the run in a new folder trains, if everything in it is sound.

    Raises:
        BadRun: something is not; one sentence.
    """
    try:
        report = verify(folder, lambda share: progress(0.5 + 0.5 * share), cancelled)
        wrong = [f.problem for f in report.files if f.state != "sound"]
        if wrong:
            raise BadRun(wrong[0])
        record = read_record(folder)
        record.config()
        read_head(folder)
    except ValueError as error:
        # The folder has a name that tells nobody anything.
        text = str(error).replace(f"{folder.name}/", "").replace(str(folder), "it")
        raise BadRun(f"{called(path)} cannot be imported: {text}") from None
    return record.model


def insist_on_room(place: Path, size: int, what: str) -> None:
    """Refuses to begin with what a disk cannot hold.

    Raises:
        BadRun: there is too little room; one sentence.
    """
    free = shutil.disk_usage(place).free
    if free < size + SPARE:
        raise BadRun(
            f"there is too little room on the disk for {what}: it takes {size / 2**20:,.0f} MiB, "
            f"and {free / 2**20:,.0f} MiB are free"
        )


def _sweep(root: Path) -> None:
    """Removes what imports left behind that were killed; a young one may still be at work."""
    for folder in root.glob(".import-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.lstat().st_mtime > _ABANDONED:
                shutil.rmtree(folder)
