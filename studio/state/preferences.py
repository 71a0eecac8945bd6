"""What the user has arranged and expects to find again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSettings

if TYPE_CHECKING:
    from pathlib import Path


class Preferences:
    """Remembered choices, in one readable file.

    Everything but the window's geometry goes in as JSON text: QSettings alone gives booleans and
    numbers back as words, and one-element lists as their element.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def get(self, key: str, default: Any) -> Any:
        """What was put under `key`, if it is of the default's type, else the default."""
        text = self._settings.value(key, "", str)
        try:
            value = json.loads(str(text))
        except ValueError:
            return default
        return value if isinstance(value, type(default)) else default

    def put(self, key: str, value: Any) -> None:
        """Remembers a JSON-ready value."""
        self._settings.setValue(key, json.dumps(value))

    def layout(self, key: str) -> QByteArray:
        """Geometry or dock state as Qt wrote it; empty if there is none."""
        value = self._settings.value(f"layout/{key}", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def put_layout(self, key: str, value: QByteArray) -> None:
        """Remembers geometry or dock state."""
        self._settings.setValue(f"layout/{key}", value)

    def forget_layout(self) -> None:
        """Drops all remembered geometry."""
        self._settings.remove("layout")

    def flush(self) -> None:
        """Writes to disk now."""
        self._settings.sync()
