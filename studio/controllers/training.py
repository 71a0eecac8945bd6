"""Joins the picker, the forms and the transport bar with a run: what the user wants of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from studio.bridge.event_bridge import EventBridge
from studio.bridge.training_thread import Job, TrainingThread
from studio.controllers.catalogue import RUN_FIELDS, card, form_fields
from studio.engine import controls as ask
from studio.engine.config import TrainConfig
from studio.engine.events import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.bridge.run_job import Origin
    from studio.engine.catalogue import Entry
    from studio.state.cards import Card, Field
    from studio.state.run_state import RunData, RunState


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

    def set_phase(self, phase: Literal["idle", "loading"]) -> None: ...


class Players(Protocol):
    """Learning rates, freezing and single moves."""

    learning_rate_changed: SignalInstance
    moves_changed: SignalInstance
    freeze_toggled: SignalInstance
    move_requested: SignalInstance


class TrainingController(QObject):
    """Starts runs and hands on what the user wants of them."""

    refused = Signal(str)
    model_chosen = Signal(str)
    started = Signal()
    origin_changed = Signal()
    branch_refused = Signal(str)
    """A branch is prepared, but cannot begin like this."""

    def __init__(
        self,
        state: RunState,
        picker: Picker,
        form: Form,
        run_form: Form,
        transport: Transport,
        players: Players,
        make_job: Callable[[TrainConfig, Origin], Job],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._picker, self._form, self._run_form = picker, form, run_form
        self._transport, self._players, self._make_job = transport, players, make_job
        self._entries: dict[str, Entry] = {}
        self._typed: dict[str, dict[str, Any]] = {}
        self._thread: TrainingThread | None = None
        self._runs = 0
        self._origin: Origin = None
        self._branched_model = ""
        self._bridge = EventBridge(parent=self)
        self._bridge.events_ready.connect(state.apply)
        run_form.set_fields(list(RUN_FIELDS))
        transport.set_phase("loading")
        self._connect_views()
        state.phase_changed.connect(self._on_phase_changed)
        state.intervened.connect(self._on_intervened)
        state.refused.connect(self.refused)

    def _connect_views(self) -> None:
        self._picker.model_chosen.connect(self._on_view_model_chosen)
        self._form.value_changed.connect(self._on_view_value_changed)
        self._transport.start_requested.connect(self.start)
        self._transport.pause_requested.connect(self.pause)
        self._transport.resume_requested.connect(self.resume)
        self._transport.round_requested.connect(self._on_view_round_requested)
        self._transport.move_requested.connect(self._on_view_move_requested)
        self._transport.stop_requested.connect(self._on_view_stop_requested)
        self._players.move_requested.connect(self._on_view_move_requested)
        self._players.freeze_toggled.connect(self._on_view_freeze_toggled)
        self._players.learning_rate_changed.connect(self._on_view_learning_rate_changed)
        self._players.moves_changed.connect(self._on_view_moves_changed)

    def set_catalogue(self, entries: tuple[Entry, ...]) -> None:
        """The models are there: fills the picker."""
        self._entries = {entry.name: entry for entry in entries}
        self._picker.set_cards([card(entry) for entry in entries])

    def begin(self, chosen: str) -> None:
        """Chooses a model of the catalogue, fills the form, and lets a run start."""
        name = chosen if chosen in self._entries else next(iter(self._entries))
        self._picker.choose(name)
        self._on_view_model_chosen(name)
        self._transport.set_phase("idle")

    def title(self, model: str) -> str:
        """The model's title; its name while the models are not loaded."""
        return self._entries[model].card.title if model in self._entries else model

    def scores(self, model: str) -> bool:
        """Whether a player of the model judges images: then there are two sides."""
        return "scores" in self._entries[model].capabilities

    def _label(self, field: str) -> str:
        """What the forms call a setting."""
        shown = [*RUN_FIELDS, *form_fields(self._entries[self._picker.chosen()])]
        return next((f.label for f in shown if f.name == field), field)

    @Slot(str)
    def _on_view_model_chosen(self, name: str) -> None:
        entry = self._entries[name]
        self._form.set_fields(form_fields(entry))
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

    @Slot()
    def start(self) -> None:
        """Starts a run of the chosen model with the settings in the form."""
        if self._state.active or not self._entries:
            return
        wrong = self._form.errors() | self._run_form.errors()
        if wrong:
            field, sentence = next(iter(wrong.items()))
            self.refused.emit(
                f"{self._label(field)}: {sentence[0].lower()}{sentence[1:]} Correct it in the "
                "settings first."
            )
            return
        import models

        name = self._picker.chosen()
        run = self._run_form.values()
        try:
            settings = models.spec(name).config.from_values(self._form.values())
        except ValueError as error:
            self.refused.emit(str(error))
            return
        config = TrainConfig(
            model=name,
            settings=settings,
            data=run["data"],
            seed=run["seed"],
            device=run["device"],
        )
        branch = self._origin
        if branch is not None and name != self._branched_model:
            title = self.title(self._branched_model)
            self.branch_refused.emit(
                f"A branch goes on with the same model: choose {title} again, or cancel the branch."
            )
            return
        self.launch(config, branch, None)

    def launch(self, config: TrainConfig, origin: Origin, known: RunData | None) -> None:
        """Starts a run.

        Arguments:
            config: What to play; it gets a number of its own.
            origin: Where it goes on, if it does not begin at zero.
            known: Its history until there, if it goes on under the same name.
        """
        self._runs += 1
        config = dataclasses.replace(config, run=self._runs)
        self._end_thread()
        self.forget_origin()
        if known is None:
            self._state.follow(config)
        else:
            self._state.resume(known, config)
        self.started.emit()
        self._bridge.open()
        self._thread = TrainingThread(
            config.run, self._make_job(config, origin), self._bridge.publish, self
        )
        self._thread.start()

    def prepare(
        self, model: str, settings: dict[str, Any], run: dict[str, Any], origin: Origin = None
    ) -> None:
        """Fills the forms with the settings of a run; Start then goes on from `origin`."""
        if model not in self._entries:
            self.refused.emit(f"There is no model {model!r} here.")
            return
        self._typed[model] = dict(settings)
        self._picker.choose(model)
        self._on_view_model_chosen(model)
        self._run_form.set_values(run)
        self._origin, self._branched_model = origin, model
        self.origin_changed.emit()

    def show_run(self, config: TrainConfig, live: dict[str, Any]) -> None:
        """The forms show what a run is played with, be it only looked at or about to go on.

        Arguments:
            config: As it began.
            live: What has been changed since, by name.
        """
        if config.model not in self._entries:
            return
        self._typed[config.model] = dataclasses.asdict(config.settings) | live
        self._picker.choose(config.model)
        self._on_view_model_chosen(config.model)
        device = config.device.partition(":")[0]
        self._run_form.set_values({"data": config.data, "seed": config.seed, "device": device})

    @property
    def branching(self) -> bool:
        """Whether Start goes on from another run."""
        return self._origin is not None

    @Slot()
    def forget_origin(self) -> None:
        """The next run begins at zero."""
        self._origin, self._branched_model = None, ""
        self.origin_changed.emit()

    @Slot()
    def pause(self) -> None:
        """Asks the run to wait."""
        self._send(ask.Pause())

    @Slot()
    def resume(self) -> None:
        """Asks a waiting run to go on."""
        self._send(ask.Resume())

    def change(self, setting: str, value: object) -> None:
        """Changes a live setting of the run."""
        self._send(ask.Change(setting, value))

    def freeze(self, player: str, frozen: bool) -> None:
        """Keeps a player of the run from moving, or lets it move again."""
        self._send(ask.Freeze(player, frozen))

    @Slot()
    def try_saving(self) -> None:
        """Saves now, and goes on."""
        self._send(ask.TakeSnapshot())
        self._send(ask.Resume())

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
        self.freeze(player, frozen)

    @Slot(str, float)
    def _on_view_learning_rate_changed(self, player: str, rate: float) -> None:
        data = self._state.data
        for info in data.stage.players if data is not None and data.stage is not None else ():
            if info.name == player:
                self.change(info.rate_field, rate)

    @Slot(str, int)
    def _on_view_moves_changed(self, player: str, moves: int) -> None:
        data = self._state.data
        for info in data.stage.players if data is not None and data.stage is not None else ():
            if info.name == player and info.moves_field:
                self.change(info.moves_field, moves)

    @Slot(object)
    def set_tempo(self, moves_per_second: float | None) -> None:
        """Slow motion, or full speed (None)."""
        self._send(ask.Tempo(moves_per_second))

    @Slot()
    def _on_phase_changed(self) -> None:
        phase = self._state.phase
        data = self._state.data
        own = data is not None and data.config.model == self._picker.chosen()
        self._form.set_running(self._state.active and own)
        self._run_form.set_running(self._state.active)
        if phase in (Phase.IDLE, Phase.FINISHED, Phase.FAILED):
            self._bridge.close()

    @Slot()
    def _on_intervened(self) -> None:
        data = self._state.data
        if data is not None and data.config.model == self._picker.chosen():
            self._form.set_values(data.live)
