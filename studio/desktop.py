"""The program with a window: one process from its start to its exit code."""

from __future__ import annotations

import sys

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from studio.app import Studio, create_window
from studio.bridge.process import Process
from studio.data.places import cache_dir
from studio.library.crash_log import CrashLog


def main(argv: list[str] | None = None) -> int:
    """Opens the window and runs until it is closed; the exit code."""
    if sys.platform == "win32":
        # WORKAROUND: https://github.com/pytorch/pytorch/issues/166628 (c10.dll after Qt fails).
        import torch  # noqa: F401
    QGuiApplication.setDesktopFileName("modescope")
    app = QApplication(sys.argv[:1] if argv is None else [sys.argv[0], *argv])
    app.setApplicationName("Modescope")
    log = CrashLog(cache_dir() / "sessions")
    crashes = log.earlier()
    process = Process(log)
    window = create_window()
    studio = window.findChild(Studio)
    assert isinstance(studio, Studio)
    studio.welcome(crashes[0] if crashes else None)
    process.erred.connect(studio.on_error)
    process.asked_to_end.connect(window.close)
    process.watch()
    window.show()
    status = app.exec()
    process.close()
    return status
