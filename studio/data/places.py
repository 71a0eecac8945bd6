"""Where data lives on this computer: what can be made again apart from what cannot.

`platformdirs` would do, but the headless commands run on compute servers with
little more than torch installed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def cache_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Folder for data that can be made or fetched again; it need not exist yet.

    `MODESCOPE_HOME` if set, else the platform's cache folder.
    """
    if home := environ.get("MODESCOPE_HOME"):
        return Path(home).expanduser() / "cache"
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(base) / "modescope" / "cache"
    if platform == "darwin":
        return Path.home() / "Library" / "Caches" / "modescope"
    xdg = environ.get("XDG_CACHE_HOME", "")
    # The XDG specification tells programs to ignore a relative path here.
    base = Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache"
    return base / "modescope"


def data_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Folder for what the user has made and nobody can make again; it need not exist yet.

    `MODESCOPE_HOME` if set, else the platform's folder for data of programs.
    """
    if home := environ.get("MODESCOPE_HOME"):
        return Path(home).expanduser()
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(base) / "modescope"
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "modescope"
    xdg = environ.get("XDG_DATA_HOME", "")
    base = Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "share"
    return base / "modescope"
