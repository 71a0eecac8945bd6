"""Joins the picker, the forms, the transport bar and the Train page with a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.bridge.event_bridge import EventBridge
from studio.bridge.training_thread import Job, TrainingThread
from studio.engine import controls as ask
from studio.engine.config import TrainConfig
from studio.engine.events import Phase, PlayerInfo, Preparing
from studio.instruments.curves import read
from studio.state.cards import Card, Field, PlayerRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np

    from studio.engine.catalogue import Entry
    from studio.state.run_state import RunState

FINISHED_PHASES = (Phase.IDLE, Phase.FINISHED, Phase.FAILED)

TRANSPORT_PHASES: dict[Phase, Literal["idle", "loading", "running", "paused"]] = {
    Phase.LOADING: "loading",
    Phase.RUNNING: "running",
    Phase.PAUSED: "paused",
}

RUN_FIELDS = (
    Field(
        name="data",
        label="Digits",
        kind="choice",
        default="pen",
        choices=("pen", "mnist"),
        help="What to learn from: the built-in pen, or MNIST (downloaded once).",
    ),
    Field(
        name="seed",
        label="Seed",
        kind="int",
        default=0,
        low=0,
        high=2**31 - 1,
        help="The same seed gives the same weights, order and noise: the same training.",
    ),
    Field(
        name="device",
        label="Device",
        kind="choice",
        default="auto",
        choices=("auto", "cpu", "cuda", "mps"),
        help="Where to compute; auto takes a GPU if there is one.",
    ),
)


class Picker(Protocol):
    """Where a model is chosen."""

    model_chosen: SignalInstance

    def set_cards(self, cards: list[Card]) -> None: ...
    def choose(self, name: str) -> None: ...
    def chosen(self) -> str: ...


class Form(Protocol):
    """Where settings are typed."""

    value_changed: SignalInstance

    def set_fields(self, fields: list[Field]) -> None: ...
    def set_values(self, values: dict[str, Any]) -> None: ...
    def values(self) -> dict[str, Any]: ...
    def errors(self) -> dict[str, str]: ...
    def set_running(self, running: bool) -> None: ...


class Transport(Protocol):
    """Start, pause, step, stop."""

    start_requested: SignalInstance
    pause_requested: SignalInstance
    resume_requested: SignalInstance
    round_requested: SignalInstance
    move_requested: SignalInstance
    stop_requested: SignalInstance

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

    learning_rate_changed: SignalInstance
    freeze_toggled: SignalInstance
    move_requested: SignalInstance

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


class TrainingController(QObject):
    """Starts runs, hands on what the user wants of them, and shows what they report."""

    message = Signal(str)
    loading = Signal(object)  # fraction | None
    machine = Signal(str)
    refused = Signal(str)
    model_chosen = Signal(str)

    def __init__(
        self,
        state: RunState,
        view: TrainView,
        picker: Picker,
        form: Form,
        run_form: Form,
        transport: Transport,
        make_job: Callable[[TrainConfig], Job],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._view = state, view
        self._picker, self._form, self._run_form = picker, form, run_form
        self._transport, self._make_job = transport, make_job
        self._entries: dict[str, Entry] = {}
        self._typed: dict[str, dict[str, Any]] = {}
        self._thread: TrainingThread | None = None
        self._runs = 0
        self._bridge = EventBridge(parent=self)
        self._bridge.events_ready.connect(state.apply)
        self._visible = True
        run_form.set_fields(list(RUN_FIELDS))
        transport.set_phase("loading")
        self._connect_views()
        self._connect_state()

    def _connect_views(self) -> None:
        self._picker.model_chosen.connect(self._on_view_model_chosen)
        self._form.value_changed.connect(self._on_view_value_changed)
        self._transport.start_requested.connect(self.start)
        self._transport.pause_requested.connect(self._on_view_pause_requested)
        self._transport.resume_requested.connect(self._on_view_resume_requested)
        self._transport.round_requested.connect(self._on_view_round_requested)
        self._transport.move_requested.connect(self._on_view_move_requested)
        self._transport.stop_requested.connect(self._on_view_stop_requested)
        self._view.players.move_requested.connect(self._on_view_move_requested)
        self._view.players.freeze_toggled.connect(self._on_view_freeze_toggled)
        self._view.players.learning_rate_changed.connect(self._on_view_learning_rate_changed)

    def _connect_state(self) -> None:
        self._state.phase_changed.connect(self._on_phase_changed)
        self._state.prepared.connect(self._on_prepared)
        self._state.stage_changed.connect(self._on_stage_changed)
        self._state.progressed.connect(self._on_progressed)
        self._state.grid_changed.connect(self._on_grid_changed)
        self._state.intervened.connect(self._on_intervened)
        self._state.refused.connect(self.refused)
        self._state.failed.connect(self.refused)
        self._state.finished.connect(self._on_finished)

    # -- what there is to choose ----------------------------------------------------------------

    def set_catalogue(self, entries: tuple[Entry, ...], chosen: str) -> None:
        """The models are there: fills the picker and the form, and lets a run start."""
        self._entries = {entry.name: entry for entry in entries}
        self._picker.set_cards([card(entry) for entry in entries])
        name = chosen if chosen in self._entries else next(iter(self._entries))
        self._picker.choose(name)
        self._on_view_model_chosen(name)
        self._transport.set_phase("idle")

    def title(self, model: str) -> str:
        """The model's title; its name while the models are not loaded."""
        return self._entries[model].card.title if model in self._entries else model

    def set_visible(self, visible: bool) -> None:
        """Whether the Train page is on screen: curves that nobody sees are not drawn."""
        self._visible = visible
        if visible:
            self._on_progressed()

    @Slot(str)
    def _on_view_model_chosen(self, name: str) -> None:
        entry = self._entries[name]
        self._form.set_fields([form_field(setting) for setting in entry.settings])
        self._form.set_values(self._typed.get(name, {}))
        # While a model trains, another may be looked at, but only its own settings are live.
        data = self._state.data
        if self._state.active and data is not None and data.config.model == name:
            self._form.set_values(data.live)
            self._form.set_running(True)
        self.model_chosen.emit(name)

    @Slot(str, object)
    def _on_view_value_changed(self, name: str, value: object) -> None:
        self._typed.setdefault(self._picker.chosen(), {})[name] = value
        data = self._state.data
        if self._state.active and data and data.config.model == self._picker.chosen():
            self._send(ask.Change(name, value))

    # -- runs -----------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Starts a run of the chosen model with the settings in the form."""
        if self._state.active or not self._entries:
            return
        wrong = self._form.errors() | self._run_form.errors()
        if wrong:
            self.refused.emit(f"{next(iter(wrong.values()))} Correct it in the settings first.")
            return
        import models

        name = self._picker.chosen()
        run = self._run_form.values()
        try:
            settings = models.spec(name).config.from_values(self._form.values())
        except ValueError as error:
            self.refused.emit(str(error))
            return
        self._runs += 1
        config = TrainConfig(
            model=name,
            settings=settings,
            data=run["data"],
            seed=run["seed"],
            device=run["device"],
            run=self._runs,
        )
        self._end_thread()
        self._state.follow(config)
        self._view.upper.clear()
        self._view.lower.clear()
        self._bridge.open()
        self._thread = TrainingThread(
            config.run, self._make_job(config), self._bridge.publish, self
        )
        self._thread.start()

    def close(self) -> None:
        """Ends the run, keeping it."""
        self._end_thread()
        self._bridge.close()

    def _end_thread(self) -> None:
        if self._thread is not None:
            self._thread.close()
            self._thread = None

    def _send(self, command: ask.Command) -> None:
        if self._thread is not None and self._state.active:
            self._thread.controls.send(command)

    @Slot()
    def _on_view_pause_requested(self) -> None:
        self._send(ask.Pause())

    @Slot()
    def _on_view_resume_requested(self) -> None:
        self._send(ask.Resume())

    @Slot()
    def _on_view_round_requested(self) -> None:
        self._send(ask.PlayRound())

    @Slot(str)
    def _on_view_move_requested(self, player: str) -> None:
        self._send(ask.PlayMove(player))

    @Slot(bool)
    def _on_view_stop_requested(self, keep: bool) -> None:
        if self._thread is not None:
            self._thread.stop(keep=keep)

    @Slot(str, bool)
    def _on_view_freeze_toggled(self, player: str, frozen: bool) -> None:
        self._send(ask.Freeze(player, frozen))

    @Slot(str, float)
    def _on_view_learning_rate_changed(self, player: str, rate: float) -> None:
        for info in self._players():
            if info.name == player:
                self._send(ask.Change(info.rate_field, rate))

    # -- what the run reports -------------------------------------------------------------------

    def _players(self) -> tuple[PlayerInfo, ...]:
        data = self._state.data
        return data.stage.players if data is not None and data.stage is not None else ()

    @Slot()
    def _on_phase_changed(self) -> None:
        phase = self._state.phase
        self._transport.set_phase(TRANSPORT_PHASES.get(phase, "idle"))
        data = self._state.data
        own = data is not None and data.config.model == self._picker.chosen()
        self._form.set_running(self._state.active and own)
        self._run_form.set_running(self._state.active)
        self._view.players.set_moves_allowed(phase is Phase.PAUSED)
        if phase is not Phase.LOADING:
            self.loading.emit(None)
        if phase in FINISHED_PHASES:
            self._bridge.close()
        if data is not None:
            self.message.emit(
                {
                    Phase.LOADING: "Getting ready",
                    Phase.RUNNING: f"{self.title(data.config.model)} is training",
                    Phase.PAUSED: "Paused: play single rounds and moves, or resume",
                }.get(phase, "")
            )

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
            self._view.lower.set_title(f"{prefix}What the loss is made of")
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
        if data.config.model == self._picker.chosen():
            self._form.set_values(data.live)

    @Slot()
    def _on_finished(self) -> None:
        data = self._state.data
        if data is None or data.finished is None:
            return
        end = data.finished
        kept = "kept" if end.keep else "discarded"
        self.message.emit(f"{end.step:,} rounds in {end.seconds:,.0f} s; the run is {kept}")


def card(entry: Entry) -> Card:
    """A model as the picker shows it."""
    c = entry.card
    return Card(
        name=entry.name,
        title=c.title,
        family=c.family,
        year=c.year,
        sentence=c.sentence,
        formula=c.objective,
        strengths=c.strengths,
        weaknesses=c.weaknesses,
        references=c.references,
        abilities=tuple(word.replace("_", " ") for word in entry.capabilities),
    )


def form_field(setting: Any) -> Field:
    """A setting as the form shows it."""
    return Field(
        name=setting.name,
        label=setting.label,
        kind=setting.kind,
        default=setting.default,
        low=setting.low,
        high=setting.high,
        choices=setting.choices,
        unit=setting.unit,
        help=setting.help,
        live=setting.live,
        log=setting.log,
    )


def run_job(thread_memory: Path) -> Callable[[TrainConfig], Job]:
    """The job of a training thread: play the run and write it down in a folder of its own.

    Arguments:
        thread_memory: The file that remembers measured thread counts.
    """

    def make(config: TrainConfig) -> Job:
        def job(
            controls: ask.Controls, publish: Callable[[Any], None], cancelled: Callable[[], bool]
        ) -> Iterator[Any]:
            # Imported here, on the training's thread: they bring PyTorch along.
            from studio.engine.session import play
            from studio.library.recorder import Recorder, record
            from studio.library.runs import new_run_folder

            def progress(message: str, fraction: float) -> None:
                publish(Preparing(config.run, 0, message, fraction))

            recorder = Recorder(new_run_folder(config.model), config)
            events = play(
                config,
                controls,
                thread_memory=thread_memory,
                progress=progress,
                cancelled=cancelled,
                opened=recorder.opened,
            )
            return record(events, recorder)

        return job

    return make


__all__ = ["RUN_FIELDS", "TrainingController", "card", "form_field", "run_job"]
