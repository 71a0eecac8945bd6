"""Pictures on the clipboard, and pictures that are dragged over a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from studio.data.picture_file import SUFFIXES
from studio.views.drop_cover import files_here

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData


def pictures_in(mime: QMimeData) -> tuple[str | QImage, ...]:
    """The picture files on this computer, as paths, or else the picture itself; nothing is opened
    to find out."""
    files = tuple(path for path in files_here(mime) if Path(path).suffix.lower() in SUFFIXES)
    if files:
        return files
    picture = mime.imageData() if mime.hasImage() else None
    return (picture,) if isinstance(picture, QImage) and not picture.isNull() else ()


def holds_pictures(mime: QMimeData) -> bool:
    """Whether there seem to be pictures; none is unpacked to find out."""
    return mime.hasImage() or any(Path(p).suffix.lower() in SUFFIXES for p in files_here(mime))
