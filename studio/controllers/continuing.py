"""Runs that go on: resumed, branched, or taken up again after something went wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from studio.bridge.run_job import Branch, Resume

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import ModelConfig
    from studio.bridge.opened_run import OpenedRun
    from studio.controllers.notices import Notices
    from studio.controllers.training import TrainingController
    from studio.engine.config import TrainConfig
    from studio.engine.events import Noticed
    from studio.state.run_state import RunData, RunState
    from studio.state.timeline import Timeline

BUSY = "A training is under way: stop it first (it is kept), then go on with another run."


class ContinueController(QObject):
    """Offers the ways to go on, and goes them."""

    refused = Signal(str)
    wanted = Signal(str)
    """The folder of a run that must be read; `on_opened` is to be called with it."""
    shown = Signal(str)
    """A run is in the window, under the name that its user gave it or ""."""
    message = Signal(str)

    def __init__(
        self,
        state: RunState,
        timeline: Timeline,
        training: TrainingController,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._timeline = state, timeline
        self._training, self._notices = training, notices
        self._wish = ""
        state.failed.connect(self._on_failed)
        state.noticed.connect(self._on_noticed)
        state.phase_changed.connect(self._on_phase_changed)
        training.branch_refused.connect(self._show_branch)
        training.origin_changed.connect(self._on_origin_changed)
        training.started.connect(self._on_started)

    # -- open and resume ------------------------------------------------------------------------

    @Slot(str)
    def resume(self, folder: str) -> None:
        """Goes on with a run exactly where its last checkpoint stands, once it has been read."""
        if self._state.active:
            self._refuse_busy(BUSY)
            return
        self._wish = folder
        self.wanted.emit(folder)

    @Slot(object)
    def on_opened(self, run: OpenedRun) -> None:
        """Shows a run that has been read, or goes on with it if that was wished."""
        data, folder = run.data, run.data.folder
        resume, self._wish = self._wish == folder, ""
        if self._state.active:
            self._refuse_busy(BUSY)
            return
        if run.problems:
            self._notices.show(f"Part of this run is damaged: {run.problems[0]}.", "warning")
        if not resume:
            self._training.forget_origin()
            self._state.show(data)
            self._training.show_run(data.config, data.live)
            self.shown.emit(run.name)
        elif run.busy:
            self.refused.emit("Another program is training this run: wait until it has ended.")
        elif not run.resumable:
            self.refused.emit(
                "This run kept no checkpoint to go on from: branch from one of its snapshots, if "
                "it has any, or use its settings for a new run."
            )
        else:
            total, planned = None, data.pace.total_steps
            if planned is not None and data.pace.step >= planned:
                total = 2 * planned
            self._training.show_run(data.config, data.live)
            self._training.launch(data.config, Resume(Path(folder), total), data)
            self.shown.emit(run.name)

    # -- branch ---------------------------------------------------------------------------------

    @Slot()
    def branch(self) -> None:
        """Prepares a new run from the snapshot under the cursor; Start begins it."""
        data = self._state.data
        if self._state.active:
            self._refuse_busy(
                "A branch is a run of its own: stop the training first (it is kept), then branch."
            )
            return
        if data is None or not data.folder or not data.snapshots:
            self.refused.emit(
                "There is no snapshot to branch from yet: train a model or open a run first."
            )
            return
        cursor = self._timeline.cursor
        before = [step for step in data.snapshots if cursor is None or step <= cursor]
        step = before[-1] if before else data.snapshots[0]
        settings = dataclasses.asdict(data.config.settings) | _live_until(data, step)
        planned = int(str(settings["steps"]))
        if planned <= step:
            settings["steps"] = 2 * step
        self._training.prepare(
            data.config.model,
            settings,
            {"data": data.config.data, "seed": data.config.seed, "device": data.config.device},
            Branch(Path(data.folder), step),
        )
        self._show_branch(
            f"A branch from step {step:,}, with optimizers that begin anew: change the settings if "
            "you like, then press Start."
        )

    @Slot(str)
    def _show_branch(self, text: str) -> None:
        """A branch is prepared: says so until it is begun or given up."""
        self._notices.show(
            text,
            "info",
            ("Cancel the branch", self._cancel_branch),
            topic="branch",
            given_up=self._cancel_branch,
        )

    def _cancel_branch(self) -> None:
        self._training.forget_origin()
        self.message.emit("The branch is cancelled: Start begins a new run")

    @Slot()
    def _on_origin_changed(self) -> None:
        if not self._training.branching:
            self._notices.take_back("branch")

    def _refuse_busy(self, text: str) -> None:
        self._notices.show(text, "warning", topic="busy")

    @Slot()
    def _on_phase_changed(self) -> None:
        if not self._state.active:
            self._notices.take_back("busy")

    @Slot()
    def _on_started(self) -> None:
        self._notices.hide()

    # -- when something went wrong --------------------------------------------------------------

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        data = self._state.data
        event = data.failure if data is not None else None
        if data is None or event is None or event.good is None or not data.folder:
            self._notices.show(message, "wrong")
            return
        if event.cause == "error":
            self._notices.show(message, "wrong")
            return
        config = data.config
        live = _live_until(data, event.good)
        if event.cause == "memory":
            size = max(2, int(str(live.get("batch_size", config.settings.batch_size))) // 2)
            label, changed = f"Go on with batches of {size}", {**live, "batch_size": size}
        else:
            rates = {
                player.rate_field: float(
                    str(live.get(player.rate_field, getattr(config.settings, player.rate_field)))
                )
                / 2
                for player in (data.stage.players if data.stage is not None else ())
            }
            label, changed = f"Go on from step {event.good:,} with half the rate", live | rates
        self._notices.show(
            event.message, "wrong", (label, self._recovery(config, data.folder, changed))
        )

    def _recovery(
        self, config: TrainConfig, folder: str, changed: dict[str, object]
    ) -> Callable[[], None]:
        def go_on() -> None:
            settings: ModelConfig = dataclasses.replace(config.settings, **changed)  # type: ignore[arg-type]
            again = dataclasses.replace(config, settings=settings)
            self._training.show_run(again, {})
            self._training.launch(again, Branch(Path(folder), None), None)

        return go_on

    @Slot(object)
    def _on_noticed(self, event: Noticed) -> None:
        if event.saving is None:
            self._notices.show(event.message, "warning")
            return
        if event.saving:
            self._notices.take_back("saving")
            self._notices.show(event.message, "good")
            return
        self._training.pause()
        self._notices.show(
            f"{event.message} The training is paused.",
            "wrong",
            ("Try again", self._try_saving),
            ("Go on without saving", self._go_on_unsaved),
            topic="saving",
        )

    def _try_saving(self) -> None:
        self._training.try_saving()
        self._say_unsaved()

    def _go_on_unsaved(self) -> None:
        self._training.resume()
        self._say_unsaved()

    def _say_unsaved(self) -> None:
        """Stays until the disk takes the run again: its trouble is told of only once."""
        self._notices.show(
            "What is learned now is not saved yet: saving is tried again every few seconds, and "
            "this line goes when it works.",
            "warning",
            ("Try again", self._try_saving),
            topic="saving",
        )


def _live_until(data: RunData, step: int) -> dict[str, object]:
    """Settings that had been changed by a step."""
    return {
        mark.target: mark.value
        for mark in data.marks
        if mark.what == "change" and mark.step <= step and mark.target != "steps"
    }
