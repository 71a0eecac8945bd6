"""A whole run from a config alone: data, device, threads, model, training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch

import models
from models import ImageShape
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

Progress = Callable[[str, float], None]


def shape_of(dataset: Dataset) -> ImageShape:
    """What the images of a data set look like."""
    _, height, width, *channels = dataset.images.shape
    classes = int(dataset.labels.max()) + 1 if len(dataset.labels) else 10
    return ImageShape(channels[0] if channels else 1, height, width, max(classes, 2))


def play(
    config: TrainConfig,
    controls: Controls,
    *,
    root: Path | None = None,
    mirror: str | None = None,
    thread_memory: Path | None = None,
    progress: Progress = lambda message, fraction: None,
    cancelled: Callable[[], bool] = lambda: False,
    opened: Callable[[Dataset], None] = lambda dataset: None,
) -> Iterator[Event]:
    """Makes ready and trains; the events of `train`, after a phase of loading.

    Arguments:
        root, mirror: Where data sets that are downloaded may be found instead.
        thread_memory: The file that remembers measured thread counts.
        progress: Told what is being made ready; called from the thread that asks for events.
        cancelled: Asked now and then while data are being loaded.
        opened: Told of the data set once it is there.

    Raises:
        ValueError: a model, setting, device or data set that cannot be used; one sentence.
    """
    models.spec(config.model)
    device = resolve(config.device)
    yield PhaseChanged(config.run, 0, Phase.LOADING)
    progress(f"Opening {config.data}", 0.0)
    dataset = data.load(
        config.data, "train", root=root, mirror=mirror, progress=progress, cancelled=cancelled
    )
    opened(dataset)
    shape = shape_of(dataset)
    model = build(config.model, config.settings, shape, seed=config.seed, device=device)
    if device.type == "cpu":
        threads = config.threads
        if threads is None:
            progress("Measuring how many threads are fastest", 1.0)
            threads = choose(config.model, config.settings, shape, dataset, memory=thread_memory)
        torch.set_num_threads(threads)
    progress("Starting", 1.0)
    yield from train(model, ResidentData(dataset, device), config, controls)
