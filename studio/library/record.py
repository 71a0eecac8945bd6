"""What a run folder says in words: the description, the head and the user's label."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (`restore` reads annotations)
from dataclasses import dataclass, field
from typing import Literal

import models
from models import ImageShape, ModelConfig
from studio.engine.config import TrainConfig
from studio.engine.events import StageInfo  # noqa: TC001 (`restore` reads annotations)

State = Literal["running", "finished", "stopped", "suspended", "failed"]


@dataclass(frozen=True)
class Parent:
    """Where a run branched off: the folder name of another run, and the step."""

    run: str
    step: int


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """`run.json`: what a run is. Written once, when it begins, and never again.

    Attributes:
        model: Name in the registry.
        settings: The model's config, as plain values, as the run began.
        data: Name of the data set, and its SHA-256 ("" while unknown).
        shape: Of the images.
        seed: Fixes weights, data order and noise.
        seconds_asked: The budget where it was given in seconds, else None.
        device: Where it was begun; with `threads` and `versions`, what makes it repeatable.
        threads: CPU threads of PyTorch.
        versions: Of python, torch, numpy and modescope.
        created: UTC, ISO 8601.
        stages: What is played, with players, roles and the meaning of their losses.
        parent: What it branched off, if anything.
    """

    model: str
    settings: Mapping[str, bool | int | float | str]
    data: str
    data_checksum: str = ""
    shape: ImageShape = field(default_factory=ImageShape)
    seed: int = 0
    seconds_asked: float | None = None
    device: str = ""
    threads: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    stages: tuple[StageInfo, ...] = ()
    parent: Parent | None = None

    def config(self) -> ModelConfig:
        """The settings as the model's own config.

        Raises:
            ValueError: there is no such model here, or it does not take these settings.
        """
        return models.spec(self.model).config.from_values(self.settings)

    def train_config(self) -> TrainConfig:
        """The run as it was asked for, to be played on the same device with as many threads.

        Raises:
            ValueError: as `config`.
        """
        return TrainConfig(
            model=self.model,
            settings=self.config(),
            data=self.data,
            seed=self.seed,
            device=self.device.partition(":")[0] or "auto",
            seconds=self.seconds_asked,
            threads=self.threads or None,
        )


@dataclass(frozen=True)
class CheckpointRef:
    """A checkpoint file as the head names it.

    The file vouches for itself by its own seal. Saved twice at one step, it may be newer than the
    head by a moment: `bytes` and `sha256` tell, and the log is then cut back to the step.
    """

    file: str
    step: int
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Head:
    """`HEAD.json`: how far a run is. Replaced as a whole at each save: the only commit point.

    Attributes:
        step: Rounds played.
        total: Rounds that are planned, None where the budget is in seconds.
        seconds: Spent training.
        state: `running` in a folder that nobody holds means that the run was cut off; `suspended`
            that it would have gone on had the window not been closed.
        message: Why it failed, else "".
        checkpoint: From where it can go on; None in a run of version 1.
        log_bytes: How much of `log.jsonl` is committed.
        losses: By player and term, the mean over the last rounds; None where not finite.
        measures: What the instruments read last.
        updated: UTC, ISO 8601.
        run: To which `run.json` it belongs, by its checksum.
    """

    step: int = 0
    total: int | None = None
    seconds: float = 0.0
    state: State = "running"
    message: str = ""
    checkpoint: CheckpointRef | None = None
    log_bytes: int = 0
    losses: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    measures: Mapping[str, float | None] = field(default_factory=dict)
    updated: str = ""
    run: str = ""


@dataclass(frozen=True, kw_only=True)
class Label:
    """`label.json`: the user's own words about a run."""

    name: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
