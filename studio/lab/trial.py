"""One trial: a preset played headless, with its acts at exactly their rounds, and read.

The training is cut where something is done or read, and goes on from its own checkpoint: by the
engine's contract that is the same training to the last bit, and what is sent to the engine before
it goes on is done before the next round.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

import models
from studio import data
from studio.data.resident import ResidentData
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.controls import Change, Controls, Freeze
from studio.engine.device import resolve
from studio.engine.events import CheckpointTaken, Failed, Measured, Refused
from studio.engine.inspection import Inspection
from studio.engine.loop import train
from studio.engine.progress import Start
from studio.engine.referee import Referee
from studio.engine.scales import norm
from studio.engine.session import go_on, shape_of
from studio.instruments.microscope import AnyMicroscope, open_microscope
from studio.lab.preset import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from models import GenerativeModel
    from models.base import Stage
    from studio.data.dataset import Dataset
    from studio.lab.preset import Act, Preset

Told = Callable[[Reading], None]
PULLS = 8
"""Batches over which a gradient norm is averaged."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one seed.

    Attributes:
        kept: Whether the readings bear out the promise.
        failed: Why the training ended early, one sentence; "" where it did not.
        seconds: What it took.
    """

    seed: int
    kept: bool
    readings: tuple[Reading, ...]
    failed: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What the trials of a preset share: the data set, and the microscope that fits it."""

    dataset: Dataset
    microscope: AnyMicroscope | None


def prepare(preset: Preset, *, root: Path | None = None, mirror: str | None = None) -> Ground:
    """Loads what trials of a preset need.

    Raises:
        ValueError: the data are not to be had; one sentence.
    """
    dataset = data.load(preset.data, "train", root=root, mirror=mirror)
    return Ground(dataset, open_microscope(dataset))


def play_trial(
    preset: Preset,
    seed: int | None = None,
    *,
    ground: Ground | None = None,
    device: str = "cpu",
    told: Told = lambda reading: None,
    reached: Callable[[int], None] = lambda step: None,
) -> Trial:
    """Plays a preset once and reads the instruments at its steps.

    The same seed, thread count and machine give the same trial. The number of threads is left as
    it is.

    Arguments:
        seed: Instead of the preset's.
        ground: What `prepare` gave, if there are several trials.
        told: Called with each reading.
        reached: Called now and then with the number of rounds played.

    Raises:
        ValueError: the preset cannot be played here; one sentence.
    """
    began = time.monotonic()
    seed = preset.seed if seed is None else seed
    game = _Game(preset, seed, ground or prepare(preset), device)
    readings: list[Reading] = []
    for begin, end in itertools.pairwise(_stops(preset)):
        if begin in preset.reads:
            readings.append(game.read())
            told(readings[-1])
        game.play(end, [act for act in preset.acts if act.step == begin], reached)
        if game.failed:
            break
    else:
        readings.append(game.read())
        told(readings[-1])
    kept = not game.failed and preset.promise.check(readings)
    return Trial(seed, kept, tuple(readings), game.failed, time.monotonic() - began)


def _stops(preset: Preset) -> list[int]:
    """Where the training is cut, from 0 to the end."""
    acts = {act.step for act in preset.acts}
    return sorted({0, *acts, *preset.reads})


class _Game:
    """A training that is played from one stop to the next.

    Attributes:
        failed: Why it cannot go on, or "".
    """

    def __init__(self, preset: Preset, seed: int, ground: Ground, name: str) -> None:
        self.failed = ""
        device = resolve(name)
        values = {**preset.settings, "steps": preset.steps}
        settings = models.spec(preset.model).config.from_values(values)
        self._config = TrainConfig(
            model=preset.model, settings=settings, data=preset.data, seed=seed, device=name
        )
        self._data = ResidentData(ground.dataset, device)
        self._model: GenerativeModel = build(
            preset.model, settings, shape_of(ground.dataset), seed=seed, device=device
        )
        # Always as many samples, however slow the machine is today.
        self._inspection = Inspection(
            self._model, self._data, self._config, lambda count: ground.microscope
        )
        self._start: Start | None = None
        self._step = 0

    def play(self, end: int, acts: list[Act], reached: Callable[[int], None]) -> None:
        """Goes on to round `end`, after doing what is to be done here."""
        controls = Controls()
        for act in acts:
            for setting, value in act.changes.items():
                controls.send(Change(setting, value))
            for player, frozen in act.freeze.items():
                controls.send(Freeze(player, frozen))
        if self._start is not None:
            go_on(self._model, self._start)
        stop = dataclasses.replace(self._model.config, steps=end)
        self._model.config = stop
        taken: CheckpointTaken | None = None
        for event in train(self._model, self._data, self._config, controls, self._start):
            reached(event.step)
            match event:
                case CheckpointTaken():
                    taken = event
                case Refused():
                    raise ValueError(event.message)
                case Failed():
                    self.failed = event.message
                    return
        assert taken is not None
        assert taken.step == end
        self._start, self._step = Start(taken.weights, taken.progress), end

    def read(self) -> Reading:
        """What the instruments say now; the training does not notice."""
        stage = self._model.stages()[0]
        values = self._pulls(stage)
        for event in self._inspection.look(stage, self._step, dict(values)):
            if isinstance(event, Measured):
                values |= event.values
        return Reading(self._step, values)

    def _pulls(self, stage: Stage) -> dict[str, float]:
        """The norm of each player's gradient, averaged over a few batches of their own."""
        # The weights are copied, for a loss may leave traces in buffers (a replay buffer does).
        before = {name: value.clone() for name, value in self._model.state_dict().items()}
        self._model.train()
        pulls: dict[str, float] = {}
        for player in stage.players:
            referee = Referee(self._model, stage, self._data, self._config.seed + 1, draws=0)
            norms = []
            for _ in range(PULLS):
                self._model.zero_grad(set_to_none=True)
                player.loss(referee.batch(0.0))["total"].backward()  # type: ignore[no-untyped-call]
                norms.append(norm(p.grad for p in player.parameters() if p.grad is not None))
            pulls[f"gradient_{player.name}"] = sum(norms) / PULLS
        self._model.zero_grad(set_to_none=True)
        with torch.no_grad():
            self._model.load_state_dict(before)
        return pulls
