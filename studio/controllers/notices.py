"""Sentences with a way out: which buttons the strip shows, and what they do."""

from __future__ import annotations

from dataclasses import dataclass
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
    closed: SignalInstance

    def show_notice(
        self, text: str, kind: Kind = "wrong", action: str = "", second: str = ""
    ) -> None: ...
    def hide_notice(self) -> None: ...


@dataclass(frozen=True)
class _Said:
    text: str
    kind: Kind
    ways: tuple[Way, ...]
    topic: str
    given_up: Callable[[], None] | None


class Notices(QObject):
    """Shows one sentence at a time; a newer one replaces it with its buttons.

    A sentence that stands for a state of the program, as long as that lasts, comes back when the
    one that replaced it has gone: no state is without its way out.
    """

    def __init__(self, strip: Strip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strip = strip
        self._said: _Said | None = None
        self._standing: _Said | None = None
        strip.action_triggered.connect(self._on_view_action_triggered)
        strip.second_triggered.connect(self._on_view_second_triggered)
        strip.closed.connect(self._on_view_closed)

    def show(
        self,
        text: str,
        kind: Kind = "wrong",
        *ways: Way,
        topic: str = "",
        given_up: Callable[[], None] | None = None,
    ) -> None:
        """Shows a sentence with up to two ways out.

        Arguments:
            text: What happened and what to do next.
            kind: Its colour and icon.
            ways: The buttons.
            topic: What it is about.
            given_up: It stands for a state; closing it ends that state, and this does so.
        """
        assert len(ways) <= 2
        said = _Said(text, kind, ways, topic, given_up)
        if given_up is not None:
            self._standing = said
        self._put(said)

    def take_back(self, topic: str) -> None:
        """What was said about `topic` no longer holds."""
        if self._standing is not None and self._standing.topic == topic:
            self._standing = None
        if self._said is not None and self._said.topic == topic:
            self._put(self._standing)

    def hide(self) -> None:
        """Nothing that was said holds any longer."""
        self._standing = None
        self._put(None)

    def _put(self, said: _Said | None) -> None:
        self._said = said
        if said is None:
            self._strip.hide_notice()
        else:
            labels = [label for label, _ in said.ways] + ["", ""]
            self._strip.show_notice(said.text, said.kind, labels[0], labels[1])

    def _leave(self) -> _Said | None:
        """Takes the shown sentence away; what still stands comes back."""
        said = self._said
        if said is self._standing:
            self._standing = None
        self._put(self._standing)
        return said

    @Slot()
    def _on_view_action_triggered(self) -> None:
        self._go(0)

    @Slot()
    def _on_view_second_triggered(self) -> None:
        self._go(1)

    @Slot()
    def _on_view_closed(self) -> None:
        said = self._leave()
        if said is not None and said.given_up is not None:
            said.given_up()

    def _go(self, index: int) -> None:
        if self._said is not None and index < len(self._said.ways):
            way = self._said.ways[index][1]
            self._leave()
            way()
