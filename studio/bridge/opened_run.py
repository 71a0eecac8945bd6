"""A run on the disk as the window shows runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.engine.events import Alarmed, Failed, Finished, Intervened, Phase, RunStarted
from studio.state.film import thinned
from studio.state.history import PlayerHistory
from studio.state.run_data import FILM_FRAMES, Grid, Pace, RunData

if TYPE_CHECKING:
    from pathlib import Path

    from studio.library.opening import StoredRun


@dataclass(frozen=True)
class OpenedRun:
    """A run that has been read.

    Attributes:
        data: Its whole history.
        name: What its user calls it.
        resumable: Whether a training can go on with it under its own name.
        busy: Whether another program is writing it at this moment.
        problems: What of it is damaged, a sentence each.
    """

    data: RunData
    name: str
    resumable: bool
    busy: bool
    problems: tuple[str, ...]


def read_opened_run(folder: Path) -> OpenedRun:
    """Reads everything but weights; takes as long as reading some hundred small files does.

    Raises:
        BadRun: it is no run, or its model is not known here; one sentence.
    """
    from studio.library.container import BadRun
    from studio.library.lock import is_locked
    from studio.library.opening import open_run

    run = open_run(folder)
    try:
        config = run.record.train_config()
    except ValueError as error:
        raise BadRun(f"{folder.name} cannot be shown: {error}") from None
    head, problems = run.head, list(run.problems)
    phase = Phase.FAILED if head.state == "failed" else Phase.FINISHED
    data = RunData(config, phase, str(folder))
    data.started = RunStarted(
        config.run,
        0,
        config.model,
        run.record.shape,
        run.record.stages,
        run.record.device,
        run.record.threads,
    )
    _take_log(data, run)
    data.film = thinned(_film(run, problems), FILM_FRAMES)
    data.grid = data.film[-1] if data.film else None
    data.snapshots = run.snapshots
    data.checkpoint = head.checkpoint.step if head.checkpoint is not None else None
    share = head.step / head.total if head.total else 0.0
    rate = head.step / head.seconds if head.seconds > 0 else 0.0
    data.pace = Pace(head.step, head.total, rate, head.seconds, None, min(1.0, share))
    complete = head.state == "finished"
    data.finished = Finished(config.run, head.step, True, complete, head.seconds)
    if head.state == "failed":
        data.failure = Failed(config.run, head.step, head.message, good=data.checkpoint)
    return OpenedRun(
        data, run.label.name, data.checkpoint is not None, is_locked(folder), tuple(problems)
    )


def _take_log(data: RunData, run: StoredRun) -> None:
    stages, log = run.record.stages, run.log
    for stage in log.stages:
        if stage.index < len(stages):
            data.enter(stage.step, stages[stage.index])
    if data.stage is None and stages:
        data.enter(0, stages[0])
    for player, curves in log.players.items():
        data.players[player] = PlayerHistory()
        data.players[player].extend(curves.steps, curves.terms)
    for name, readings in log.measures.items():
        for step, value in zip(readings.steps, readings.values, strict=True):
            if np.isfinite(value):
                data.measure(int(step), {name: float(value)})
    for mark in log.marks:
        data.marks.append(
            Intervened(data.config.run, mark.step, mark.what, mark.target, mark.value)
        )
        if mark.what == "change":
            data.live[mark.target] = mark.value
        elif mark.what == "freeze":
            data.frozen.add(mark.target)
        elif mark.what == "thaw":
            data.frozen.discard(mark.target)
    data.alarms = [
        Alarmed(data.config.run, alarm.step, alarm.rule, alarm.begins, alarm.message)
        for alarm in log.alarms
    ]


def _film(run: StoredRun, problems: list[str]) -> list[Grid]:
    from studio.library.container import BadRun
    from studio.library.opening import read_grids

    film, size = list[Grid](), None
    for step, found in read_grids(run):
        if isinstance(found, BadRun):
            problems.append(str(found))
        elif size is None or found.images.shape == size:
            size = found.images.shape
            film.append(Grid(found.images, step, found.how))
    return film
