"""Joins the timeline's cursor, the run that it looks back over, and the bar that shows both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance, Slot

from studio.instruments.overview import overview

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from studio.state.run_data import RunData
    from studio.state.run_state import RunState
    from studio.state.timeline import Timeline

FRAME = 33
"""Milliseconds between two moves of the cursor while it is dragged."""
GROWTH = 100
"""Milliseconds between two looks at how far the training has come."""
POINTS = 400
"""Of each curve on the strip, at most."""
SPEED = 12.0
NO_BRANCH = "There is no snapshot to branch from yet: train a model or open a run first."
NONE_KEPT = "There is no snapshot of this run to branch from: start a new run with its settings."


class Strip(Protocol):
    """The painted history."""

    def set_stages(self, stages: Sequence[tuple[int, str]]) -> None: ...
    def set_curves(self, curves: Sequence[tuple[str, str, np.ndarray, np.ndarray]]) -> None: ...
    def set_snapshots(self, steps: Sequence[int]) -> None: ...
    def set_marks(self, marks: Sequence[tuple[int, str]]) -> None: ...
    def set_alarms(self, alarms: Sequence[tuple[int, bool, str]]) -> None: ...
    def set_checkpoint(self, step: int | None) -> None: ...


class Bar(Protocol):
    """The history with its buttons."""

    cursor_requested: SignalInstance
    live_requested: SignalInstance
    play_toggled: SignalInstance
    speed_changed: SignalInstance
    step_requested: SignalInstance

    @property
    def strip(self) -> Strip: ...
    def set_span(self, last: int, total: int | None) -> None: ...
    def set_cursor(self, step: int | None) -> None: ...
    def set_active(self, active: bool) -> None: ...
    def set_playing(self, playing: bool) -> None: ...
    def set_branch_allowed(self, allowed: bool, why: str = "") -> None: ...


def words(what: str, target: str, value: object) -> str:
    """An intervention in words."""
    named = target.replace("_", " ")
    if what == "change":
        return f"{named} set to {value}"
    said = {"freeze": "frozen", "thaw": "moves again", "move": "one move by hand"}
    if what in said:
        return f"{named} {said[what]}" if what != "move" else f"{named}: {said[what]}"
    return f"{what} {named}".strip()


class TimelineController(QObject):
    """Keeps the bar in step with the run, moves the cursor, and plays the film.

    Whoever shows something of the run listens to `Timeline.cursor_changed`; here its moves are
    spaced so far apart that everybody keeps up. The training goes on underneath a cursor that
    looks back, and only the strip grows.
    """

    weights_wanted = Signal(object)
    """The snapshot that the map and the drawing should be answered from; None for the newest."""
    speed_changed = Signal(float)

    def __init__(
        self, timeline: Timeline, state: RunState, bar: Bar, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._timeline, self._state, self._bar = timeline, state, bar
        self._closed = False
        self._asked: int | None = None
        self._weights: int | None = None
        self._move = self._timer(FRAME, self._on_move_due)
        self._growth = self._timer(GROWTH, self._on_growth_due)
        self._film = self._timer(round(1000 / SPEED), self._on_film_due, single=False)
        timeline.cursor_changed.connect(self._on_cursor_changed)
        bar.cursor_requested.connect(self._on_view_cursor_requested)
        bar.live_requested.connect(self._on_view_live_requested)
        bar.step_requested.connect(self._on_view_step_requested)
        bar.play_toggled.connect(self._on_view_play_toggled)
        bar.speed_changed.connect(self._on_view_speed_changed)
        state.begun.connect(self._on_begun)
        state.phase_changed.connect(self._on_phase_changed)
        state.stage_changed.connect(self._on_stage_changed)
        state.progressed.connect(self._on_grown)
        state.grid_changed.connect(self._on_grown)
        state.intervened.connect(self._on_intervened)
        state.alarmed.connect(self._on_alarmed)
        state.saved.connect(self._on_saved)

    def _timer(self, milliseconds: int, slot: object, *, single: bool = True) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(milliseconds)
        timer.setSingleShot(single)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(slot)
        return timer

    def close(self) -> None:
        """Nothing moves any more."""
        self._closed = True
        for timer in (self._move, self._growth, self._film):
            timer.stop()

    @property
    def looking_back(self) -> bool:
        """Whether an earlier step than the newest is shown."""
        return self._timeline.looking_back

    @property
    def playing(self) -> bool:
        """Whether the film runs."""
        return self._film.isActive()

    # -- the run --------------------------------------------------------------------------------

    @Slot()
    def _on_begun(self) -> None:
        self._stop_film()
        self._move.stop()
        self._asked = None
        self._timeline.follow()
        strip = self._bar.strip
        strip.set_curves(())
        strip.set_stages(())
        self._on_intervened()
        self._on_alarmed()
        self._on_saved()
        self._on_growth_due()

    @Slot()
    def _on_phase_changed(self) -> None:
        self._bar.set_active(self._state.active)
        self._on_growth_due()

    @Slot()
    def _on_stage_changed(self) -> None:
        if (data := self._state.data) is not None:
            self._bar.strip.set_stages([(step, stage.title) for step, stage in data.stage_marks])

    @Slot()
    def _on_grown(self) -> None:
        if not (self._growth.isActive() or self._closed):
            self._growth.start()

    @Slot()
    def _on_growth_due(self) -> None:
        data = self._state.data
        if data is None:
            return
        last = data.pace.step
        self._timeline.set_span(last)
        # A run that has ended ends at the right edge, however long it was meant to be.
        self._bar.set_span(last, data.pace.total_steps if self._state.active else last)
        self._bar.strip.set_curves(_curves(data))
        self._timeline.set_snapshots(_stops(data))

    @Slot()
    def _on_intervened(self) -> None:
        data = self._state.data
        marks = [] if data is None else data.marks
        self._bar.strip.set_marks(
            [
                (m.step, words(m.what, m.target, m.value))
                for m in marks
                if m.what not in ("pause", "resume", "round")
            ]
        )

    @Slot()
    def _on_alarmed(self) -> None:
        data = self._state.data
        alarms = [] if data is None else data.alarms
        self._bar.strip.set_alarms([(a.step, a.begins, a.message) for a in alarms])

    @Slot()
    def _on_saved(self) -> None:
        data = self._state.data
        if data is None:
            return
        self._bar.strip.set_snapshots(data.snapshots)
        self._bar.strip.set_checkpoint(data.checkpoint)
        why = NO_BRANCH if self._state.active else NONE_KEPT
        self._bar.set_branch_allowed(bool(data.snapshots and data.folder), why)
        self._timeline.set_snapshots(_stops(data))
        if self._timeline.looking_back:
            self._want_weights()

    # -- the cursor -----------------------------------------------------------------------------

    @Slot(object)
    def _on_view_cursor_requested(self, step: int) -> None:
        """The first move of a drag at once, the others at most every frame, the last one surely."""
        self._stop_film()
        self._asked = step
        if not self._move.isActive():
            self._on_move_due()

    @Slot()
    def _on_move_due(self) -> None:
        if self._asked is not None:
            step, self._asked = self._asked, None
            self._timeline.go_to(step)
            # What was refused, or meant live, is put right where the user let it go.
            self._bar.set_cursor(self._timeline.cursor)
            self._move.start()

    @Slot()
    def _on_view_live_requested(self) -> None:
        self._stop_film()
        self._asked = None
        self._timeline.go_live()
        self._bar.set_cursor(self._timeline.cursor)

    @Slot(int)
    def _on_view_step_requested(self, count: int) -> None:
        self._stop_film()
        self._asked = None
        self._timeline.step_by(count)

    @Slot()
    def _on_cursor_changed(self) -> None:
        self._bar.set_cursor(self._timeline.cursor)
        self._want_weights()

    def _want_weights(self) -> None:
        data, cursor = self._state.data, self._timeline.cursor
        wanted = None if data is None or cursor is None else data.snapshot_at(cursor)
        if wanted != self._weights:
            self._weights = wanted
            self.weights_wanted.emit(wanted)

    # -- the film -------------------------------------------------------------------------------

    @Slot(bool)
    def _on_view_play_toggled(self, play: bool) -> None:
        if not play or not (frames := self._frames()):
            self._stop_film()
            return
        if not self._timeline.looking_back:
            self._timeline.go_to(frames[0])
        if self._timeline.looking_back:
            self._film.start()
        self._bar.set_playing(self.playing)

    @Slot(float)
    def _on_view_speed_changed(self, speed: float) -> None:
        self._film.setInterval(round(1000 / speed))
        self.speed_changed.emit(speed)

    @Slot()
    def _on_film_due(self) -> None:
        cursor = self._timeline.cursor
        coming = [step for step in self._frames() if cursor is not None and step > cursor]
        if coming:
            self._timeline.go_to(coming[0])
        else:
            self._timeline.go_live()
        if not self._timeline.looking_back:
            self._stop_film()

    def _stop_film(self) -> None:
        self._film.stop()
        self._bar.set_playing(False)

    def _frames(self) -> list[int]:
        """Every grid is a frame; without grids, every snapshot."""
        data = self._state.data
        if data is None:
            return []
        return [frame.step for frame in data.film] if len(data.film) > 1 else list(data.snapshots)


def _stops(data: RunData) -> tuple[int, ...]:
    """Where the keys stop: at the snapshots, or the grids of a run that cannot be written down."""
    return data.snapshots or tuple(frame.step for frame in data.film)


def _curves(data: RunData) -> list[tuple[str, str, np.ndarray, np.ndarray]]:
    """The shown loss of everyone who has played, thinned out to the strip."""
    curves: list[tuple[str, str, np.ndarray, np.ndarray]] = []
    for _, stage in data.stage_marks:
        for player in stage.players:
            history = data.players.get(player.name)
            known = [name for name, *_ in curves]
            if history is None or player.name in known or not len(history.steps):
                continue
            steps, values = overview(
                history.steps, history.terms[history.main(player.shown)], POINTS
            )
            curves.append((player.name, player.role, steps, values))
    return curves
