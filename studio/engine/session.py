"""A whole run from a config alone: data, device, threads, model, training."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch

import models
from models import GenerativeModel, ImageShape
from models.config import check
from studio import data
from studio.data.resident import ResidentData
from studio.engine.build import build
from studio.engine.device import resolve
from studio.engine.events import Event, Phase, PhaseChanged
from studio.engine.loop import train
from studio.engine.threads import choose

if TYPE_CHECKING:
    from pathlib import Path

    from studio.data.dataset import Dataset
    from studio.engine.config import TrainConfig
    from studio.engine.controls import Controls
    from studio.engine.inspection import Microscope
    from studio.engine.progress import Start

Progress = Callable[[str, float], None]
Look = Callable[["Dataset", int], "Microscope | None"]


def shape_of(dataset: Dataset) -> ImageShape:
    """What the images of a data set look like."""
    _, height, width, *channels = dataset.images.shape
    classes = int(dataset.labels.max()) + 1 if len(dataset.labels) else 10
    return ImageShape(channels[0] if channels else 1, height, width, max(classes, 2))


def go_on(model: GenerativeModel, start: Start) -> None:
    """Gives a fresh model the weights and the live settings with which a training goes on.

    Raises:
        ValueError: they are those of another model, or no such setting may change; one sentence.
    """
    try:
        model.load_state_dict(dict(start.weights), strict=True)
    except RuntimeError as error:
        raise ValueError(
            "the saved weights do not fit the model: other names or shapes than its settings make"
        ) from error
    live = dict(start.progress.live)
    # The one exception among the settings that are not live: no network depends on it, and a run
    # that has come to its end can go on only if it is made longer.
    if "steps" in live:
        known = {field.name: field for field in dataclasses.fields(model.config)}
        steps = check(known["steps"], live.pop("steps"))
        model.config = dataclasses.replace(model.config, steps=steps)
    for name, value in live.items():
        model.set_live(name, value)


def play(
    config: TrainConfig,
    controls: Controls,
    *,
    start: Start | None = None,
    root: Path | None = None,
    mirror: str | None = None,
    thread_memory: Path | None = None,
    progress: Progress = lambda message, fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
    opened: Callable[[Dataset], None] = lambda dataset: None,
    microscope: Look | None = None,
) -> Iterator[Event]:
    """Makes ready and trains; the events of `train`, after a phase of loading.

    Arguments:
        start: Where another training stood, to go on from there; its model had the same settings
            but for those of `start.progress.live`.
        root, mirror: Where data sets that are downloaded may be found instead.
        thread_memory: The file that remembers measured thread counts.
        progress: Told what is being made ready; called from the thread that asks for events.
        cancelled: Asked now and then while data are being loaded.
        opened: Told of the data set once it is there.
        microscope: From a data set and a number of samples to what looks at them now and then
            (`instruments.microscope.open_microscope`); None for a run that nobody examines.

    Raises:
        ValueError: a model, setting, device, data set or start that cannot be used; one sentence.
    """
    models.spec(config.model)
    device = resolve(config.device)
    step = 0 if start is None else start.progress.step
    yield PhaseChanged(config.run, step, Phase.LOADING)
    progress(f"Opening {config.data}", 0.0)
    dataset = data.load(
        config.data, "train", root=root, mirror=mirror, progress=progress, cancelled=cancelled
    )
    opened(dataset)
    shape = shape_of(dataset)
    model = build(config.model, config.settings, shape, seed=config.seed, device=device)
    if start is not None:
        go_on(model, start)
    if device.type == "cpu":
        threads = config.threads
        if threads is None:
            progress("Measuring how many threads are fastest", 1.0)
            threads = choose(config.model, config.settings, shape, dataset, memory=thread_memory)
        torch.set_num_threads(threads)
    progress("Starting", 1.0)
    look = None if microscope is None else functools.partial(microscope, dataset)
    yield from train(model, ResidentData(dataset, device), config, controls, start, look)
