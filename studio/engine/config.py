"""What describes a run, in one value."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models import ModelConfig


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that a training depends on; together with the thread count it fixes the result.

    Attributes:
        model: Name in the registry.
        settings: The model's config; holds the number of rounds and the batch size, too.
        data: Name of the data set.
        seed: Fixes weights, data order and noise.
        device: auto, cpu, cuda or mps.
        seconds: Train for this long instead of `settings.steps` rounds.
        threads: CPU threads, or None to measure what is fastest here.
        run: Identifier carried by every event.
    """

    model: str
    settings: ModelConfig
    data: str = "pen"
    seed: int = 0
    device: str = "auto"
    seconds: float | None = None
    threads: int | None = None
    run: int = 0

    def plain(self) -> dict[str, object]:
        """As JSON-ready values."""
        return dataclasses.asdict(self)
