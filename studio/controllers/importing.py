"""Brings a picture that was dropped, pasted or opened onto the canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtGui import QImage

from studio.bridge.librarian import sentence
from studio.bridge.worker import Answer, Worker

if TYPE_CHECKING:
    from studio.data.importing import Importing, Prepared, Settings

READ, PREPARE = "read", "prepare"
PATTERN = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff)"
PASTED = "Pasted picture"
NO_PICTURE = "The clipboard holds no picture: copy one first."
NAME = "Import picture"

AskFiles = Callable[[str, str], Sequence[str]]
"""From title and filter to the chosen paths; none when the user gave up."""


class PreviewView(Protocol):
    """Where it is shown what was done."""

    settings_changed: SignalInstance
    taken: SignalInstance
    cancelled: SignalInstance

    def reset(self, name: str) -> None: ...
    def set_stages(
        self,
        original: np.ndarray,
        evened: np.ndarray,
        ink: np.ndarray,
        framed: np.ndarray,
        notes: Sequence[str],
    ) -> None: ...
    def set_threshold(self, level: float) -> None: ...
    def set_refusal(self, sentence: str) -> None: ...
    def set_busy(self, busy: bool) -> None: ...


class Canvas(Protocol):
    """Where one draws."""

    def take_over(self, image: np.ndarray, name: str) -> None: ...
    def set_preview(self, image: np.ndarray | None) -> None: ...


class ImportView(Protocol):
    """What this controller needs of the Draw page."""

    image_dropped: SignalInstance
    picture_requested: SignalInstance

    @property
    def canvas(self) -> Canvas: ...
    @property
    def preview(self) -> PreviewView: ...
    def show_preview(self, shown: bool) -> None: ...


@dataclass(frozen=True)
class _Read:
    """A picture that was read, and what came of it with automatic settings."""

    name: str
    importing: Importing
    prepared: Prepared


@dataclass(frozen=True)
class _Refused:
    """There is no ink with these settings."""

    sentence: str


class ImportController(QObject):
    """Reads and prepares pictures on a thread of their own; the newest wins.

    `busy` says whether something is being worked on. Its thread begins with the first picture.

    Signals:
        refused(str): a picture that cannot be used, and why.
    """

    refused = Signal(str)

    def __init__(self, view: ImportView, ask: AskFiles, parent: QObject | None = None) -> None:
        """
        Arguments:
            ask: Asks for a file.
        """
        super().__init__(parent)
        self._view, self._ask = view, ask
        self._importing: Importing | None = None
        self._prepared: Prepared | None = None
        self._worker: Worker | None = None
        self.busy = False
        view.image_dropped.connect(self._on_image_dropped)
        view.picture_requested.connect(self._on_picture_requested)
        view.preview.settings_changed.connect(self._on_settings_changed)
        view.preview.taken.connect(self._on_taken)
        view.preview.cancelled.connect(self._on_cancelled)

    def close(self) -> None:
        """Ends the thread."""
        if self._worker is not None:
            self._worker.close()

    @Slot()
    def _on_picture_requested(self) -> None:
        chosen = self._ask("Open a picture of a digit", PATTERN)
        if chosen:
            self.take(chosen[0])

    @Slot(object)
    def _on_image_dropped(self, source: object) -> None:
        if isinstance(source, str | QImage):
            self.take(source)
        else:
            self.refused.emit(NO_PICTURE)

    def take(self, source: str | QImage) -> None:
        """Reads a file or a picture and shows what was done to it."""

        def read() -> Iterator[object]:
            # Pillow is imported with the first picture, and not on the thread of the window.
            from studio.data.importing import Importing, Settings, picture_of, read_picture

            if isinstance(source, str):
                name, picture = Path(source).name, read_picture(Path(source))
            else:
                name, picture = PASTED, picture_of(_pixels(source))
            importing = Importing(picture)
            yield _Read(name, importing, importing.prepare(Settings()))

        self._demand(READ, read)

    def _demand(self, channel: str, job: Callable[[], Iterator[object]]) -> None:
        if self._worker is None:
            self._worker = Worker("imports", (READ, PREPARE), self)
            self._worker.answered.connect(self._on_answered)
            self._worker.start()
        if channel == READ:
            self._worker.forget(PREPARE)
        self._worker.ask(channel, job)
        self.busy = True
        self._view.preview.set_busy(True)

    @Slot(object, str, bool)
    def _on_settings_changed(
        self, threshold: float | None, polarity: Literal["auto", "dark", "bright"], clean: bool
    ) -> None:
        importing = self._importing
        if importing is None:
            return
        from studio.data.importing import Settings

        settings = Settings(threshold, polarity, clean)
        self._demand(PREPARE, lambda: _prepared(importing, settings))

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        if answer.error is not None:
            self.refused.emit(_told(answer.error))
        elif isinstance(answer.value, _Read):
            self._importing = answer.value.importing
            self._view.preview.reset(answer.value.name)
            self._show(answer.value.prepared)
            self._view.show_preview(True)
        elif isinstance(answer.value, _Refused):
            self._prepared = None
            self._view.preview.set_refusal(answer.value.sentence)
            self._view.canvas.set_preview(None)
        elif answer.value is not None:
            self._show(answer.value)  # type: ignore[arg-type]
        if answer.last:
            self.busy = False
            self._view.preview.set_busy(False)

    def _show(self, prepared: Prepared) -> None:
        assert self._importing is not None
        self._prepared = prepared
        picture = self._importing.picture
        size = f"{picture.width:,}\u00a0×\u00a0{picture.height:,} pixels"
        self._view.preview.set_stages(
            prepared.original,
            prepared.evened,
            prepared.ink,
            prepared.framed,
            (size, *prepared.steps),
        )
        self._view.preview.set_threshold(prepared.threshold)
        self._view.canvas.set_preview(prepared.framed)

    @Slot()
    def _on_taken(self) -> None:
        prepared = self._prepared
        if prepared is not None:
            self._end()
            self._view.canvas.take_over(prepared.framed, NAME)

    @Slot()
    def _on_cancelled(self) -> None:
        self._end()

    def _end(self) -> None:
        if self._worker is not None:
            for channel in (READ, PREPARE):
                self._worker.forget(channel)
        self._importing = self._prepared = None
        self._view.show_preview(False)


def _prepared(importing: Importing, settings: Settings) -> Iterator[object]:
    """On the worker's thread."""
    try:
        yield importing.prepare(settings)
    except ValueError as error:
        yield _Refused(_told(error))


def _told(error: Exception) -> str:
    """One sentence; one that begins with the name of a file keeps its small letter."""
    return str(error) if isinstance(error, ValueError) and str(error) else sentence(error)


def _pixels(image: QImage) -> np.ndarray:
    """uint8 (H, W, 4): red, green, blue and opacity."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return lines[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()
