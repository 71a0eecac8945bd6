"""Shows what a run reports: curves and their sentences, the grid, the players, the progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.events import Phase, PlayerInfo
from studio.instruments.curves import read
from studio.state.cards import PlayerRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from studio.state.run_state import RunState

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
    def clear(self) -> None: ...


class Players(Protocol):
    """Learning rates, freezing and single moves."""

    def set_players(self, rows: list[PlayerRow]) -> None: ...
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
    def set_grid_note(self, text: str) -> None: ...


class ReportController(QObject):
    """Keeps the Train page and the transport bar in step with the run.

    Arguments:
        title: From a model's name to its title.
    """

    message = Signal(str)
    loading = Signal(object)  # fraction | None
    machine = Signal(str)

    def __init__(
        self,
        state: RunState,
        view: TrainView,
        transport: Transport,
        title: Callable[[str], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._view, self._transport, self._title = state, view, transport, title
        self._visible = True
        state.begun.connect(self._on_begun)
        state.phase_changed.connect(self._on_phase_changed)
        state.prepared.connect(self._on_prepared)
        state.stage_changed.connect(self._on_stage_changed)
        state.progressed.connect(self._on_progressed)
        state.grid_changed.connect(self._on_grid_changed)
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

    def set_visible(self, visible: bool) -> None:
        """Whether the Train page is on screen: curves that nobody sees are not drawn."""
        self._visible = visible
        if visible:
            self._on_progressed()

    def _players(self) -> tuple[PlayerInfo, ...]:
        data = self._state.data
        return data.stage.players if data is not None and data.stage is not None else ()

    @Slot()
    def _on_phase_changed(self) -> None:
        phase = self._state.phase
        self._transport.set_phase(TRANSPORT_PHASES.get(phase, "idle"))
        data = self._state.data
        self._view.players.set_moves_allowed(phase is Phase.PAUSED)
        if phase is not Phase.LOADING:
            self.loading.emit(None)
        if data is None:
            return
        said = {
            Phase.LOADING: "Getting ready",
            Phase.RUNNING: f"{self._title(data.config.model)} is training",
            Phase.PAUSED: "Paused: play single rounds and moves, or resume",
        }
        # How a run ended says more than that it has.
        if phase in said:
            self.message.emit(said[phase])

    @Slot(str, float)
    def _on_prepared(self, message: str, fraction: float) -> None:
        self.message.emit(message)
        self.loading.emit(fraction)

    @Slot()
    def _on_stage_changed(self) -> None:
        data = self._state.data
        if data is None or data.stage is None:
            return
        stage, players = data.stage, data.stage.players
        self._transport.set_players([(p.name, p.title, p.role) for p in players])
        self._show_players()
        copies = stage.preview == "reconstructions"
        self._view.set_grid_title("Copies" if copies else "Samples (fixed noise)")
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
            self._view.lower.set_title(f"{prefix}{PARTS}")
            self._view.lower.set_equilibrium(None, "")
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
                )
                for p in self._players()
            ]
        )

    @Slot()
    def _on_progressed(self) -> None:
        data = self._state.data
        if data is None:
            return
        pace = data.pace
        self._transport.set_progress(pace.step, pace.total_steps, pace.rate, pace.seconds_left)
        self.loading.emit(pace.progress if self._state.active else None)
        if not self._visible or data.stage is None:
            return
        players = data.stage.players
        self._show_curve(self._view.upper, players[0], whole=len(players) > 1)
        if len(players) > 1:
            self._show_curve(self._view.lower, players[1], whole=True)
        else:
            self._show_parts(self._view.lower, players[0])

    def _show_curve(self, plot: Plot, player: PlayerInfo, *, whole: bool) -> None:
        """A player's bold curve, with its other terms if they have no plot of their own."""
        data = self._state.data
        if data is None or player.name not in data.players:
            return
        history = data.players[player.name]
        terms = history.terms
        curves = terms if whole else {player.shown: terms[player.shown]}
        plot.set_curves(history.steps, curves, player.shown)
        plot.set_sentence(read(terms[player.shown], player.guide))

    def _show_parts(self, plot: Plot, player: PlayerInfo) -> None:
        data = self._state.data
        if data is None or player.name not in data.players:
            return
        history = data.players[player.name]
        parts = {k: v for k, v in history.terms.items() if k != player.shown}
        if parts:
            plot.set_curves(history.steps, parts, next(iter(parts)))
            values = ", ".join(f"{k.replace('_', ' ')} {v[-1]:.4g}" for k, v in parts.items())
            plot.set_sentence(f"Now: {values}.")

    @Slot()
    def _on_grid_changed(self) -> None:
        data = self._state.data
        if data is not None and data.grid is not None:
            self._view.grid.set_images(data.grid.images)
            self._view.set_grid_note(f"Step {data.grid.step:,}. {data.grid.how}")

    @Slot()
    def _on_intervened(self) -> None:
        data = self._state.data
        if data is None:
            return
        marks = [
            (m.step, f"{m.what} {m.target}" + ("" if m.value is None else f" = {m.value}"))
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
        kept = "kept" if end.keep else "discarded"
        self.message.emit(f"{end.step:,} rounds in {end.seconds:,.0f} s; the run is {kept}")
