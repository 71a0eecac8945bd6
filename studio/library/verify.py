"""Reads every byte of a run against its checksums, and says what of it can still be used.

Damage is what this is for, so nothing here stops at it: every file gets its verdict. Links are not
followed and pipes not waited for, so that a folder from elsewhere may hold anything.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from studio.data.atomic import PART_SUFFIX
from studio.library.container import BadRun, open_file, read
from studio.library.files import reason
from studio.library.legacy import HISTORY, WEIGHTS
from studio.library.lock import LOCK
from studio.library.log import Log, read_log
from studio.library.members import Cancelled, Checker, limit, numbered
from studio.library.run_folder import (
    CHECKPOINTS,
    GRIDS,
    HEAD,
    HEAD_KIND,
    LOG,
    RUN,
    SNAPSHOTS,
    VERSION,
    read_head,
    read_record,
    version,
)
from studio.library.sealed import unseal_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from studio.library.record import Head, RunRecord

FileState = Literal["sound", "damaged", "missing", "leftover", "unknown"]


@dataclass(frozen=True)
class FileReport:
    """One file of a run folder.

    Attributes:
        name: Inside the folder, with "/" between folder and file.
        bytes: Its size.
        state: `leftover` from a save that was cut off, and `unknown` what is not part of a run,
            do no harm; `missing` names what the run needs and has not.
        problem: What is wrong, in one sentence; "" if it is sound.
    """

    name: str
    bytes: int
    state: FileState
    problem: str = ""


@dataclass(frozen=True)
class Report:
    """What a run consists of.

    Attributes:
        files: By name.
        usable: What can be used, a short sentence each.
        sound: Nothing is damaged and nothing is missing.
    """

    files: tuple[FileReport, ...]
    usable: tuple[str, ...]
    sound: bool

    @property
    def problems(self) -> tuple[str, ...]:
        """What is damaged or missing, a sentence each."""
        return tuple(f.problem for f in self.files if f.state in ("damaged", "missing"))


def verify(
    folder: Path,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Reads a whole run, of any version of the format.

    Arguments:
        progress: Told the share that has been read, in [0, 1].
        cancelled: Asked now and then.

    Raises:
        BadRun: there is no run, not even a damaged one; one sentence.
        Cancelled: `cancelled()` said True.
    """
    for _ in range(3):
        found = dict(_files(folder))
        if not set(found) & {RUN, HEAD, LOG, WEIGHTS}:
            raise BadRun(f"there is no run at {folder}")
        verifier = _Verifier(folder, found, progress, cancelled)
        report = verifier.report()
        # While it is being written, files go that its head named a moment ago.
        if report.sound or not verifier.is_outdated():
            break
    return report


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Everything in a run folder and in its three folders, by name, without following links."""
    for inner in ("", CHECKPOINTS, SNAPSHOTS, GRIDS):
        place = folder / inner
        try:
            if inner and place.is_symlink():
                continue
            with os.scandir(place) as entries:
                for entry in entries:
                    about = entry.stat(follow_symlinks=False)
                    own = not inner and entry.name in (CHECKPOINTS, SNAPSHOTS, GRIDS)
                    if not (own and stat.S_ISDIR(about.st_mode)):
                        yield (f"{inner}/{entry.name}" if inner else entry.name), about
        except OSError:
            continue


class _Verifier:
    """Works through the files of one run."""

    def __init__(
        self,
        folder: Path,
        found: dict[str, os.stat_result],
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._folder, self._found = folder, found
        self._progress, self._cancelled = progress, cancelled
        self._all_bytes = max(1, sum(about.st_size for about in found.values()))
        self._bytes_read = 0
        self._reports: dict[str, FileReport] = {}
        self._record: RunRecord | None = None
        self._head: Head | None = None
        self._log = Log()
        self._version = VERSION
        if RUN in found and stat.S_ISREG(found[RUN].st_mode):
            with contextlib.suppress(BadRun, OSError):
                self._version = version(folder)
        if HEAD not in found and {WEIGHTS, HISTORY} & set(found):
            self._version = 1

    def report(self) -> Report:
        """The verdict on every file; the ones first that say what the others should be."""
        first = [name for name in (RUN, HEAD, LOG) if name in self._found]
        for name in (*first, *sorted(set(self._found) - set(first))):
            self._judge(name)
        for name in self._needed():
            if name not in self._reports:
                self._reports[name] = FileReport(name, 0, "missing", f"{name} is missing")
        files = tuple(self._reports[name] for name in sorted(self._reports))
        sound = all(file.state not in ("damaged", "missing") for file in files)
        self._progress(1.0)
        return Report(files, tuple(self._usable()), sound)

    def is_outdated(self) -> bool:
        """Whether the run has been saved since its head was read."""
        try:
            return self._version == VERSION and read_head(self._folder) != self._head
        except (BadRun, OSError):
            return False

    def _needed(self) -> Iterator[str]:
        yield RUN
        if self._version == 1:
            if self._head is not None and self._head.step > 0:
                yield from (WEIGHTS, HISTORY)
            return
        checkpoints = [name for name in self._found if self._kind(name) == CHECKPOINTS]
        # A run that was cut off at its first save has no head yet, and nothing is lost.
        if RUN not in self._found or len(checkpoints) > 1:
            yield HEAD
        if self._head is not None:
            if self._head.log_bytes:
                yield LOG
            if self._head.checkpoint is not None:
                yield f"{CHECKPOINTS}/{self._head.checkpoint.file}"

    def _judge(self, name: str) -> None:
        about = self._found[name]
        state: FileState = "sound"
        problem = ""
        try:
            most = limit(name, self._version)
            if Path(name).name.startswith(".") and name.endswith(PART_SUFFIX):
                state, problem = "leftover", f"{name} was left by a save that was cut off"
            elif most is None and name != LOCK:
                state, problem = "unknown", f"{name} is not part of a run"
            elif not stat.S_ISREG(about.st_mode):
                raise BadRun(f"{name} is not an ordinary file")
            elif most is not None:
                self._check(name, most)
        except FileNotFoundError:  # thinned out since
            return
        except BadRun as error:
            state, problem = "damaged", str(error)
        except OSError as error:
            state, problem = "damaged", f"cannot read {name}: {reason(error)}"
        self._reports[name] = FileReport(name, about.st_size, state, problem)

    def _check(self, name: str, most: int) -> None:
        """Raises BadRun if the file is damaged."""
        folder = self._folder
        if name == RUN:
            self._record = read_record(folder)
            if self._version == 1:
                self._head = read_head(folder)
        elif name == HEAD and self._record is not None:
            self._head = read_head(folder)
        elif name == HEAD:  # whole or not, without a description it cannot be understood
            unseal_json(read(folder / name, limit=most), name, kind=HEAD_KIND, version=VERSION)
        elif name == LOG:
            self._check_log(read(folder / name, limit=most))
        else:
            checker = Checker(self._record, self._pulse)
            with open_file(folder / name, limit=most, follow=False) as file:
                checker.check(file, os.fstat(file.fileno()).st_size, name)
            return
        self._pulse(self._found[name].st_size)

    def _check_log(self, content: bytes) -> None:
        if self._head is None:  # nobody knows how long it should be
            self._log = read_log(content, LOG)
            return
        self._log = read_log(content[: self._head.log_bytes], LOG)
        if self._log.good_bytes < self._head.log_bytes:
            raise BadRun(self._log.damaged or f"{LOG} is damaged: it is cut short")

    def _pulse(self, count: int) -> None:
        if self._cancelled():
            raise Cancelled
        self._bytes_read += count
        self._progress(min(1.0, self._bytes_read / self._all_bytes))

    # -- what is left ---------------------------------------------------------------------------

    def _usable(self) -> Iterator[str]:
        if self._version == 1:
            yield from self._usable_v1()
            return
        checkpoint = self._start()
        if checkpoint is not None:
            yield f"goes on from step {checkpoint:,}"
        ends = [int(curves.steps[-1]) for curves in self._log.players.values() if len(curves.steps)]
        if ends:
            yield f"losses up to step {max(ends) + 1:,}"
        for kind in (SNAPSHOTS, GRIDS):
            sound, there = len(self._steps(kind)), len(self._steps(kind, sound=False))
            if there:
                yield f"{sound:,} of {there:,} {kind}"

    def _usable_v1(self) -> Iterator[str]:
        if self._head is not None and self._is_sound(WEIGHTS):
            yield f"the model of step {self._head.step:,}"
        if self._is_sound(HISTORY):
            yield "losses and grids"

    def _start(self) -> int | None:
        """The step from which the run would go on: as its head says, else as late as possible."""
        if self._record is None:
            return None
        steps = self._steps(CHECKPOINTS)
        named = self._head.checkpoint if self._head is not None else None
        if named is not None and named.step in steps:
            return named.step
        return max(steps, default=None)

    def _steps(self, kind: str, *, sound: bool = True) -> list[int]:
        places = [numbered(name) for name in self._reports if self._is_sound(name) or not sound]
        return [
            step for found in places if found is not None for step in [found[1]] if found[0] == kind
        ]

    def _kind(self, name: str) -> str:
        place = numbered(name)
        return "" if place is None else place[0]

    def _is_sound(self, name: str) -> bool:
        return name in self._reports and self._reports[name].state == "sound"
