"""What the window must not wait for before it is on screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPENED = """
import sys
from PySide6.QtWidgets import QApplication
from studio.bridge.loader import Loader

Loader.start = lambda self: None
app = QApplication([])
from studio.app import create_window

window = create_window()
window.show()
app.sendPostedEvents()
print([name for name in ("torch", "av", "studio.library.exports") if name in sys.modules])
window.close()
"""


def test_the_window_opens_before_the_slow_parts_are_loaded(tmp_path: Path) -> None:
    opened = subprocess.run(
        [sys.executable, "-c", OPENED],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "MODESCOPE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert opened.returncode == 0, opened.stderr
    assert opened.stdout.strip() == "[]"
