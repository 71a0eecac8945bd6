"""Sentences with a way out: which buttons the strip shows, and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from PySide6.QtCore import QObject, SignalInstance, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["wrong", "warning", "good", "info"]
Way = tuple[str, "Callable[[], None]"]
"""The label of a button and what it does."""


class Strip(Protocol):
    """Where one sentence and up to two buttons stand."""

    action_triggered: SignalInstance
    second_triggered: SignalInstance

    def show_notice(
        self, text: str, kind: Kind = "wrong", action: str = "", second: str = ""
    ) -> None: ...
    def hide_notice(self) -> None: ...


class Notices(QObject):
    """Shows one sentence at a time; a newer one replaces it with its buttons."""

    def __init__(self, strip: Strip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strip = strip
        self._ways: tuple[Way, ...] = ()
        self.topic = ""
        """What the shown sentence is about, for whoever wants to take it back."""
        strip.action_triggered.connect(self._on_view_action_triggered)
        strip.second_triggered.connect(self._on_view_second_triggered)

    def show(self, text: str, kind: Kind = "wrong", *ways: Way, topic: str = "") -> None:
        """Shows a sentence with up to two ways out."""
        assert len(ways) <= 2
        self._ways, self.topic = ways, topic
        labels = [label for label, _ in ways] + ["", ""]
        self._strip.show_notice(text, kind, labels[0], labels[1])

    def take_back(self, topic: str) -> None:
        """Hides the sentence if it is the one about `topic`."""
        if self.topic == topic:
            self.hide()

    def hide(self) -> None:
        """What was said no longer holds."""
        self._ways, self.topic = (), ""
        self._strip.hide_notice()

    @Slot()
    def _on_view_action_triggered(self) -> None:
        self._go(0)

    @Slot()
    def _on_view_second_triggered(self) -> None:
        self._go(1)

    def _go(self, index: int) -> None:
        if index < len(self._ways):
            way = self._ways[index][1]
            self.hide()
            way()
