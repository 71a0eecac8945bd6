"""What the library's controller needs of the window: the page, and ways to ask the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from PySide6.QtCore import SignalInstance

    from studio.state.shelf import RunCard


@dataclass(frozen=True)
class Dialogs:
    """How the user is asked. A text that is empty, or an empty list: they gave up.

    Attributes:
        save: From title, suggested file name and filter to a path.
        folder: From a title to a folder.
        files: From title and filter to paths.
        confirm: From a question and the verb of the button that says yes to the answer.
        reveal: Shows a folder in the file manager.
    """

    save: Callable[[str, str, str], str]
    folder: Callable[[str], str]
    files: Callable[[str, str], Sequence[str]]
    confirm: Callable[[str, str], bool]
    reveal: Callable[[str], None]


class LibraryView(Protocol):
    """What this controller needs of the Library page."""

    selection_changed: SignalInstance
    open_requested: SignalInstance
    resume_requested: SignalInstance
    settings_requested: SignalInstance
    export_requested: SignalInstance
    verify_requested: SignalInstance
    reveal_requested: SignalInstance
    delete_requested: SignalInstance
    label_changed: SignalInstance
    restore_requested: SignalInstance
    import_requested: SignalInstance
    trash_requested: SignalInstance
    empty_trash_requested: SignalInstance
    refresh_requested: SignalInstance
    cancel_requested: SignalInstance

    def set_cards(self, cards: Sequence[RunCard]) -> None: ...
    def update_card(self, card: RunCard) -> None: ...
    def set_grid(self, id: str, images: np.ndarray) -> None: ...
    def set_busy(self, text: str | None, fraction: float | None, cancellable: bool) -> None: ...
    def set_undo(self, text: str | None) -> None: ...
    def select(self, id: str) -> None: ...
    def selected(self) -> tuple[str, ...]: ...
    def commit(self) -> None: ...
