"""Where runs live when nobody says where."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def runs_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of all runs; it need not exist yet.

    `MODESCOPE_HOME`/runs if set, else in the platform's folder for data of programs.
    """
    if home := environ.get("MODESCOPE_HOME"):
        return Path(home).expanduser() / "runs"
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(base) / "modescope" / "runs"
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "modescope" / "runs"
    xdg = environ.get("XDG_DATA_HOME", "")
    # The XDG specification tells programs to ignore a relative path here.
    base = Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "share"
    return base / "modescope" / "runs"


def new_run_folder(model: str, root: Path | None = None) -> Path:
    """A name for the folder of a new run, which does not exist yet; names sort by time."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return (root or runs_dir()) / f"{moment}-{model}-{secrets.token_hex(3)}"
