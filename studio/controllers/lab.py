"""The collapse lab: lessons are listed, begun, and taken through their acts by hand or by
themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.lab.preset import GROUPS, Preset
from studio.state.lessons import ActRow, LessonCard, LessonState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from studio.lab.preset import Act
    from studio.state.run_state import RunState

LONGER = 3
"""A lesson in the window goes on for so many times its length: there is time to try things."""


class LabView(Protocol):
    """What this controller needs of the Lab page."""

    @property
    def started(self) -> SignalInstance: ...
    def set_lessons(self, lessons: Sequence[LessonCard]) -> None: ...
    def set_busy(self, busy: bool) -> None: ...


class StripView(Protocol):
    """What it needs of the strip."""

    @property
    def act_requested(self) -> SignalInstance: ...
    @property
    def by_itself_toggled(self) -> SignalInstance: ...
    @property
    def closed(self) -> SignalInstance: ...
    def show_lesson(self, lesson: LessonState) -> None: ...
    def hide(self) -> None: ...


class Training(Protocol):
    """Begins runs and changes them."""

    def prepare(self, model: str, settings: dict[str, object], run: dict[str, object]) -> None: ...
    def start(self) -> None: ...
    def change(self, setting: str, value: object) -> None: ...
    def freeze(self, player: str, frozen: bool) -> None: ...


class LabController(QObject):
    """Teaches one lesson at a time; it ends with its run, or when it is closed.

    Arguments:
        presets: In the order in which they are shown.
        titles: From a model's name to its title.
    """

    begun = Signal()
    """A lesson's training has begun: it is to be watched."""

    def __init__(
        self,
        presets: Sequence[Preset],
        state: RunState,
        page: LabView,
        strip: StripView,
        training: Training,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._presets: Mapping[str, Preset] = {preset.name: preset for preset in presets}
        self._state, self._page, self._strip, self._training = state, page, strip, training
        self._lesson: Preset | None = None
        self._starting: Preset | None = None
        self._done = 0
        self._by_itself = True
        page.started.connect(self._on_view_started)
        strip.act_requested.connect(self._on_view_act_requested)
        strip.by_itself_toggled.connect(self._on_view_by_itself_toggled)
        strip.closed.connect(self.end)
        state.begun.connect(self._on_begun)
        state.progressed.connect(self._on_progressed)
        state.phase_changed.connect(self._on_phase_changed)

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """The models are there: shows the lessons. By name, the titles of the models."""
        shown = [p for p in self._presets.values() if p.model in titles]
        self._page.set_lessons([_card(preset, titles[preset.model]) for preset in shown])

    @Slot()
    def end(self) -> None:
        """No lesson any more; the training goes on."""
        self._lesson = None
        self._strip.hide()

    @Slot(str, object)
    def _on_view_started(self, name: str, seed: object) -> None:
        preset = self._presets[name]
        settings: dict[str, object] = {**preset.settings, "steps": LONGER * preset.steps}
        self._starting = preset
        self._training.prepare(preset.model, settings, {"data": preset.data, "seed": seed})
        self._training.start()
        # Whoever begins the next run does not begin this lesson.
        self._starting = None

    @Slot()
    def _on_begun(self) -> None:
        self._lesson, self._done = self._starting, 0
        if self._lesson is None:
            self._strip.hide()
            return
        self._show()
        self.begun.emit()

    @Slot()
    def _on_phase_changed(self) -> None:
        self._page.set_busy(self._state.active)
        if self._lesson is not None and not self._state.active:
            self.end()

    @Slot()
    def _on_progressed(self) -> None:
        data = self._state.data
        act = self._next()
        if self._by_itself and act is not None and data is not None and data.pace.step >= act.step:
            self._do(act)

    @Slot()
    def _on_view_act_requested(self) -> None:
        if (act := self._next()) is not None:
            self._do(act)

    @Slot(bool)
    def _on_view_by_itself_toggled(self, by_itself: bool) -> None:
        self._by_itself = by_itself
        self._show()

    def _next(self) -> Act | None:
        if self._lesson is None or self._done >= len(self._lesson.acts):
            return None
        return self._lesson.acts[self._done]

    def _do(self, act: Act) -> None:
        for setting, value in act.changes.items():
            self._training.change(setting, value)
        for player, frozen in act.freeze.items():
            self._training.freeze(player, frozen)
        self._done += 1
        self._show()

    def _show(self) -> None:
        lesson = self._lesson
        if lesson is None:
            return
        act = self._next()
        points = lesson.look_at[min(self._done, len(lesson.look_at) - 1) :]
        # One thing at a time; after the last act there is time for all that is left.
        look = points[0] if act is not None else " ".join(points)
        self._strip.show_lesson(
            LessonState(
                lesson.title,
                look,
                None if act is None else _row(act),
                self._done + 1,
                len(lesson.acts),
                self._by_itself,
            )
        )


def _card(preset: Preset, title: str) -> LessonCard:
    kept, seeds = preset.kept
    return LessonCard(
        name=preset.name,
        title=preset.title,
        group=GROUPS[preset.group],
        game=f"{title} on {preset.data} · {preset.steps:,} rounds · about {_span(preset.seconds)}",
        paragraphs=preset.paragraphs,
        look_at=preset.look_at,
        acts=tuple(_row(act) for act in preset.acts),
        promise=preset.promise.sentence,
        kept=kept,
        seeds=seeds,
        seed=preset.seed,
    )


def _row(act: Act) -> ActRow:
    return ActRow(act.step, act.caption, act.why)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
