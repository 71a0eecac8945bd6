"""What a session leaves behind when it does not end well.

A session that runs holds a folder `sessions/UTC-PID/` locked, and in it

    report.txt   what this program is, then whatever went wrong: tracebacks, and on a crash of
                 native code the stacks of all threads, written by `faulthandler`

A session that ends well takes its folder away. One that lies there and is held by nobody is that of
a program that crashed or was killed; the next start finds it and tells its story.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from studio.library import VERSION
from studio.library.container import BadRun
from studio.library.lock import RunLock, is_locked

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

REPORT, SEEN = "report.txt", "seen"
KEPT = 10
"""Reports of old crashes that stay on the disk, at most."""


@dataclass(frozen=True)
class Crash:
    """A session that did not end well: when it began (UTC, ISO 8601), and its report."""

    began: str
    report: str
    path: Path


class CrashLog:
    """The report of this session, open until `close`.

    Where it cannot be written the program runs without one: a crash report is not worth a refusal
    to start.

    Arguments:
        root: The folder of all sessions; made if need be.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        moment = datetime.now(UTC)
        self._folder = root / f"{moment:%Y%m%dT%H%M%S}-{os.getpid()}"
        self._file: TextIO | None = None
        self._noted = False
        self._lock = RunLock(self._folder)
        with contextlib.suppress(OSError, BadRun):
            self._folder.mkdir(parents=True)
            self._lock.acquire()
            self._file = (self._folder / REPORT).open("w", encoding="utf-8", buffering=1)
            self._file.write(
                f"Modescope {VERSION}, Python {platform.python_version()}, {platform.platform()}\n"
                f"began {moment.isoformat(timespec='seconds')}\n"
            )

    @property
    def path(self) -> Path:
        """Where the report is."""
        return self._folder / REPORT

    def watch(self) -> None:
        """Lets a crash of native code write its stacks into the report."""
        if self._file is not None:
            faulthandler.enable(self._file)

    def note(self, text: str) -> None:
        """Adds to the report, which then outlives the session."""
        self._noted = True
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.write(text + "\n")

    def close(self) -> None:
        """The session ends well: nothing stays behind but what was noted."""
        if self._file is None:
            return
        if faulthandler.is_enabled():
            faulthandler.disable()
            if sys.__stderr__ is not None:
                with contextlib.suppress(ValueError, OSError):
                    faulthandler.enable(sys.__stderr__)
        self._file.close()
        self._file = None
        self._lock.release()
        if self._noted:
            with contextlib.suppress(OSError):
                (self._folder / SEEN).touch()
        else:
            shutil.rmtree(self._folder, ignore_errors=True)

    def earlier(self) -> list[Crash]:
        """Sessions that did not end well, the newest first; each is told of once."""
        found = []
        for folder in self._sessions():
            report, seen = folder / REPORT, folder / SEEN
            if seen.exists() or is_locked(folder):
                continue
            with contextlib.suppress(OSError, UnicodeDecodeError):
                text = report.read_text(encoding="utf-8")[:100_000]
                began = text.partition("began ")[2].partition("\n")[0][:40]
                found.append(Crash(began, text, report))
                seen.touch()
        for folder in self._sessions()[KEPT:]:
            if not is_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)
        return found

    def _sessions(self) -> list[Path]:
        try:
            folders = [f for f in self._root.iterdir() if f.is_dir() and f != self._folder]
        except OSError:
            return []
        return sorted(folders, key=lambda folder: folder.name, reverse=True)
