"""Shows what a run reports: curves and their sentences, the grid, the players, the progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from studio.controllers.timeline import words
from studio.engine.events import Phase, PlayerInfo, StageInfo
from studio.instruments.curves import read
from studio.state.cards import PlayerRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from studio.state.run_data import Grid, RunData
    from studio.state.run_state import RunState
    from studio.state.timeline import Timeline

TRANSPORT_PHASES: dict[Phase, Literal["idle", "loading", "running", "paused"]] = {
    Phase.LOADING: "loading",
    Phase.RUNNING: "running",
    Phase.PAUSED: "paused",
}


PARTS = "What the loss is made of"


class Transport(Protocol):
    """Start, pause, step, stop."""

    def set_phase(self, phase: Literal["idle", "loading", "running", "paused"]) -> None: ...
    def set_progress(
        self, step: int, total: int | None, rate: float, seconds_left: float | None
    ) -> None: ...
    def set_players(self, players: list[tuple[str, str, str]]) -> None: ...


class Plot(Protocol):
    """One loss over time."""

    def set_title(self, title: str) -> None: ...
    def set_role(self, role: str) -> None: ...
    def set_curves(self, steps: np.ndarray, curves: dict[str, np.ndarray], main: str) -> None: ...
    def set_sentence(self, text: str) -> None: ...
    def set_equilibrium(self, value: float | None, label: str) -> None: ...
    def set_marks(self, marks: list[tuple[int, str]]) -> None: ...
    def set_cursor(self, step: int | None) -> None: ...
    def clear(self) -> None: ...


class Players(Protocol):
    """Learning rates, freezing and single moves."""

    def set_players(self, rows: list[PlayerRow]) -> None: ...
    def set_playing(self, playing: bool) -> None: ...
    def set_moves_allowed(self, allowed: bool) -> None: ...


class GridView(Protocol):
    """The fixed-noise grid."""

    def set_images(self, images: np.ndarray) -> None: ...


class TrainView(Protocol):
    """What this controller needs of the Train page."""

    @property
    def upper(self) -> Plot: ...
    @property
    def lower(self) -> Plot: ...
    @property
    def grid(self) -> GridView: ...
    @property
    def players(self) -> Players: ...
    def set_grid_title(self, text: str) -> None: ...
    def set_grid_state(self, text: str) -> None: ...
    def set_grid_note(self, text: str) -> None: ...


class ReportController(QObject):
    """Keeps the Train page in step with the run and its cursor, and the transport with the run.

    While the cursor looks back, curves, sentences, grid and measurements are those of its step; the
    curves go on growing, and players and progress stay those of now, for they can be changed.

    Arguments:
        title: From a model's name to its title.
    """

    message = Signal(str)
    loading = Signal(object)  # fraction | None
    machine = Signal(str)
    grid_shown = Signal(object)
    """The grid that has come on screen, a `state.run_data.Grid`."""

    def __init__(
        self,
        state: RunState,
        timeline: Timeline,
        view: TrainView,
        transport: Transport,
        title: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._timeline = state, timeline
        self._view, self._transport, self._title = view, transport, title
        self._visible = True
        self._stage: StageInfo | None = None
        self._grid: Grid | None = None
        timeline.cursor_changed.connect(self._on_cursor_changed)
        state.begun.connect(self._on_begun)
        state.phase_changed.connect(self._on_phase_changed)
        state.prepared.connect(self._on_prepared)
        state.stage_changed.connect(self._on_stage_changed)
        state.progressed.connect(self._on_progressed)
        state.grid_changed.connect(self._on_grid_changed)
        state.measured.connect(self._show_note)
        state.intervened.connect(self._on_intervened)
        state.finished.connect(self._on_finished)

    def announce(self, adversarial: bool) -> None:
        """Before any run: what the two plots will show of the chosen model."""
        if self._state.data is not None:
            return
        upper, lower = ("Discriminator", "Generator") if adversarial else ("Loss", PARTS)
        self._view.upper.set_title(upper)
        self._view.upper.set_role("discriminator" if adversarial else "learner")
        self._view.lower.set_title(lower)
        self._view.lower.set_role("generator" if adversarial else "learner")

    @Slot()
    def _on_begun(self) -> None:
        self._view.upper.clear()
        self._view.lower.clear()
        self._stage = self._grid = None

    def set_visible(self, visible: bool) -> None:
        """Whether the Train page is on screen: curves that nobody sees are not drawn."""
        self._visible = visible
        if visible:
            self._on_progressed()
            self._show_step()

    # -- the run --------------------------------------------------------------------------------

    def _players(self) -> tuple[PlayerInfo, ...]:
        data = self._state.data
        return data.stage.players if data is not None and data.stage is not None else ()

    @Slot()
    def _on_phase_changed(self) -> None:
        phase = self._state.phase
        self._transport.set_phase(TRANSPORT_PHASES.get(phase, "idle"))
        data = self._state.data
        self._view.players.set_playing(self._state.active)
        self._view.players.set_moves_allowed(phase is Phase.PAUSED)
        if phase is not Phase.LOADING:
            self.loading.emit(None)
        if data is None:
            return
        self._show_pace(data)
        said = {
            Phase.LOADING: "Getting ready",
            Phase.RUNNING: f"{self._title(data.config.model)} is training",
            Phase.PAUSED: "Paused: play single rounds and moves, or resume",
            Phase.FAILED: "The training could not go on",
        }
        # How a run ended says more than that it has.
        if phase in said:
            self.message.emit(said[phase])

    @Slot(str, float)
    def _on_prepared(self, message: str, fraction: float) -> None:
        if self._state.phase is not Phase.LOADING:
            return  # its last words, which arrive together with the first of the training
        self.message.emit(message)
        self.loading.emit(fraction)

    @Slot()
    def _on_stage_changed(self) -> None:
        data = self._state.data
        if data is None or data.stage is None:
            return
        self._transport.set_players([(p.name, p.title, p.role) for p in data.stage.players])
        self._show_players()
        self._dress(data)
        if data.started is not None:
            threads = data.started.threads
            plural = "" if threads == 1 else "s"
            where = data.started.device.upper()
            on_cpu = f"{where}, {threads} thread{plural}"
            self.machine.emit(on_cpu if where == "CPU" else where)

    def _show_players(self) -> None:
        data = self._state.data
        if data is None:
            return
        self._view.players.set_players(
            [
                PlayerRow(
                    p.name,
                    p.title,
                    p.role,
                    float(data.live.get(p.rate_field, p.learning_rate)),  # type: ignore[arg-type]
                    int(data.live.get(p.moves_field, p.moves_per_round)),  # type: ignore[call-overload]
                    p.name in data.frozen,
                    p.moves_field,
                )
                for p in self._players()
            ]
        )

    @Slot()
    def _on_progressed(self) -> None:
        data = self._state.data
        if data is None:
            return
        self._show_pace(data)
        pace = data.pace
        self.loading.emit(pace.progress if self._state.active else None)
        if self._visible:
            self._show_curves(data)
            self._show_sentences(data)

    def _show_pace(self, data: RunData) -> None:
        pace, at_work = data.pace, self._state.phase is Phase.RUNNING
        # What stands still has no speed, and nobody knows when it will end.
        rate, left = (pace.rate, pace.seconds_left) if at_work else (0.0, None)
        self._transport.set_progress(pace.step, pace.total_steps, rate, left)

    @Slot()
    def _on_grid_changed(self) -> None:
        if (data := self._state.data) is not None:
            self._show_grid(data)

    @Slot()
    def _on_intervened(self) -> None:
        data = self._state.data
        if data is None:
            return
        marks = [
            (m.step, words(m.what, m.target, m.value))
            for m in data.marks
            if m.what not in ("pause", "resume")
        ]
        self._view.upper.set_marks(marks)
        self._view.lower.set_marks(marks)
        self._show_players()

    @Slot()
    def _on_finished(self) -> None:
        data = self._state.data
        if data is None or data.finished is None:
            return
        end = data.finished
        kept = "is kept" if end.keep else "lies in the library's trash"
        self.message.emit(f"{end.step:,} rounds in {end.seconds:,.0f} s; the run {kept}")

    # -- as of the cursor -----------------------------------------------------------------------

    @Slot()
    def _on_cursor_changed(self) -> None:
        if self._visible:
            self._show_step()

    def _show_step(self) -> None:
        """Everything as it was at the cursor, or is now."""
        cursor, data = self._timeline.cursor, self._state.data
        for plot in (self._view.upper, self._view.lower):
            plot.set_cursor(cursor)
        if data is None or data.stage is None:
            return
        if self._stage_shown(data) is not self._stage:
            self._dress(data)
            self._show_curves(data)
        self._show_sentences(data)
        self._show_grid(data)

    def _stage_shown(self, data: RunData) -> StageInfo | None:
        cursor = self._timeline.cursor
        return data.stage if cursor is None else data.stage_at(cursor)

    def _dress(self, data: RunData) -> None:
        """Gives plots and grid the names and colours of the stage that is shown."""
        self._stage = stage = self._stage_shown(data)
        if stage is None:
            return
        copies = stage.preview == "reconstructions"
        self._view.set_grid_title("Copies" if copies else "Samples (fixed noise)")
        players = stage.players
        first = players[0]
        prefix = f"{stage.title}: " if data.started and len(data.started.stages) > 1 else ""
        self._view.upper.set_role(first.role)
        self._view.upper.set_title(prefix + first.title)
        self._view.upper.set_equilibrium(first.guide.equilibrium, "equilibrium")
        if len(players) > 1:
            second = players[1]
            self._view.lower.set_role(second.role)
            self._view.lower.set_title(prefix + second.title)
            self._view.lower.set_equilibrium(second.guide.equilibrium, "equilibrium")
        else:
            self._view.lower.set_role(first.role)
            self._view.lower.set_title(PARTS)
            self._view.lower.set_equilibrium(None, "")

    def _plots(self, data: RunData) -> list[tuple[Plot, PlayerInfo, bool]]:
        """Each plot, whose it is, and whether it shows the loss or, alone, what it is made of."""
        players = self._stage.players if self._stage is not None else ()
        known = [p for p in players[:2] if p.name in data.players]
        plots = [
            (plot, player, True)
            for plot, player in zip((self._view.upper, self._view.lower), known, strict=False)
        ]
        if len(players) == 1 and known:
            plots.append((self._view.lower, known[0], False))
        return plots

    def _show_curves(self, data: RunData) -> None:
        """The whole history, whatever the cursor looks at."""
        alone = self._stage is not None and len(self._stage.players) == 1
        for plot, player, whole in self._plots(data):
            history = data.players[player.name]
            terms, shown = history.terms, history.main(player.shown)
            parts = {name: values for name, values in terms.items() if name != shown}
            if whole:
                plot.set_curves(history.steps, {shown: terms[shown]} if alone else terms, shown)
            elif parts:
                plot.set_curves(history.steps, parts, next(iter(parts)))

    def _show_sentences(self, data: RunData) -> None:
        """What the curves say, as far as they were known at the cursor."""
        cursor = self._timeline.cursor
        for plot, player, whole in self._plots(data):
            history = data.players[player.name]
            terms = history.terms if cursor is None else history.until(cursor)
            shown = history.main(player.shown)
            if whole:
                plot.set_sentence(read(terms[shown], player.guide))
                continue
            parts = {k: v[-1] for k, v in terms.items() if k != shown and len(v)}
            values = ", ".join(f"{k.replace('_', ' ')} {v:.4g}" for k, v in parts.items())
            when = "Now" if cursor is None else f"At step {cursor:,}"
            plot.set_sentence(f"{when}: {values}." if parts else "")

    def _show_grid(self, data: RunData) -> None:
        """The grid that was the newest at the cursor; the first one, where there was none yet."""
        cursor = self._timeline.cursor
        grid = data.grid
        if cursor is not None:
            grid = data.frame_at(cursor) or next(iter(data.film), data.grid)
        if grid is not None and grid is not self._grid:
            self._grid = grid
            self._view.grid.set_images(grid.images)
            self.grid_shown.emit(grid)
        self._show_note()

    @Slot()
    def _show_note(self) -> None:
        """When the digits on screen were drawn, how, and how varied they are."""
        data, grid, cursor = self._state.data, self._grid, self._timeline.cursor
        if data is None or grid is None:
            return
        state = f"step {grid.step:,}"
        if cursor is not None:
            state += " (cursor)" if cursor == grid.step else f" (cursor at {cursor:,})"
        if (variety := data.measure_at(grid.step).get("variety")) is not None:
            state += f" · variety {100 * variety:.0f} %"
        self._view.set_grid_state(state)
        self._view.set_grid_note(grid.how)
