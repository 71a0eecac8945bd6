"""The microscope on a training: fresh samples are looked at now and then, and alarms are raised.

Looking has its own noise and its own budget of time, and changes nothing of the game.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import torch

from models import means
from models.capabilities import Scores
from studio.engine.events import Alarmed, Measured, Noticed
from studio.engine.images import to_arrays, to_points
from studio.engine.seeding import generator
from studio.instruments.verdict import Judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from models import GenerativeModel
    from models.base import Stage
    from studio.data.resident import ResidentData
    from studio.engine.config import TrainConfig
    from studio.engine.events import Event

COUNTS = (1_000, 256)
"""Samples that are looked at: so many, or so many where the model is slow to draw them."""
PATIENCE = 2.0
"""Seconds that drawing the greater number may take."""
JUDGED = 256
"""Samples, and as many real images, that the discriminator is asked about."""


class Microscope(Protocol):
    """What can be read off samples; `studio.instruments.microscope` has one for each kind of data.

    Attributes:
        count: How many samples it wants.
    """

    count: int

    def ceilings(self) -> Mapping[str, float]:
        """What real images have (`NAME_real`), and the noise of a reading (`NAME_noise`)."""
        ...

    def look(self, images: NDArray[Any]) -> Mapping[str, float]:
        """By name: of uint8 (N, H, W) or (N, H, W, 3), or of points (N, 2) on a plane."""
        ...


Open = Callable[[int], Microscope | None]
"""Opens a microscope for so many samples of the run's data; None where there is none for them, and
a ValueError with one sentence where it cannot be used."""


class Inspection:
    """Looks at what a model in training draws.

    Arguments:
        memory: What the rules remembered when the run was last interrupted; nonsense counts as
            nothing, for it comes from a file and no number of the training depends on it.

    Attributes:
        opened: Whether the microscope is ready.
    """

    def __init__(
        self,
        model: GenerativeModel,
        data: ResidentData,
        config: TrainConfig,
        microscope: Open,
        memory: str = "",
    ) -> None:
        self._model, self._data, self._config, self._open = model, data, config, microscope
        self._judge = _recalled(memory)
        self._microscope: Microscope | None = None
        self._unsaid: dict[str, float] = {}
        self._excuse = ""
        self.opened = False

    @property
    def blind(self) -> bool:
        """Whether no microscope fits what the model draws."""
        return self.opened and self._microscope is None

    def memory(self) -> str:
        """What the rules remember, as JSON."""
        return json.dumps(self._judge.memory())

    def open(self) -> None:
        """Gets the microscope ready; takes a second or two, once."""
        self.opened = True
        if not means.can(self._model, "sample"):
            return
        with self._still():
            count = self._affordable()
        try:
            self._microscope = self._open(count)
        except ValueError as error:
            # A damaged instrument is no reason to end a training.
            self._excuse = str(error)
        if self._microscope is not None:
            self._unsaid = dict(self._microscope.ceilings())

    def look(self, stage: Stage, step: int, weighed: Mapping[str, float]) -> Iterator[Event]:
        """What is seen now; nothing while there is nothing to sample from.

        Arguments:
            weighed: What the scales have shown of the players last; the rules want to know.
        """
        run = self._config.run
        if not self.opened:
            self.open()
        if self._excuse:
            yield Noticed(run, step, self._excuse)
            self._excuse = ""
        if self._microscope is None or stage.preview != "samples":
            return
        with self._still():
            noise = generator(self._model.device, self._config.seed, f"microscope {step}")
            samples = means.sample(self._model, self._microscope.count, generator=noise)
            # Whether the weights are sound is the teller's business; here nothing may break.
            samples = samples.nan_to_num(0.0, 1.0, 0.0)
            values = dict(self._microscope.look(self._pictures(samples)))
            if isinstance(self._model, Scores):
                values["told_apart"] = self._told_apart(samples[:JUDGED])
        # What real images have is told once, with the first reading.
        shown, self._unsaid = {**values, **self._unsaid}, {}
        yield Measured(run, step, {k: float(v) for k, v in shown.items() if np.isfinite(v)})
        for alarm in self._judge.see(step, {**weighed, **shown}):
            yield Alarmed(run, step, alarm.rule, alarm.begins, alarm.message)

    @contextlib.contextmanager
    def _still(self) -> Iterator[None]:
        """The model as it is when it is not being trained, and no gradients."""
        self._model.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self._model.train()

    def _affordable(self) -> int:
        """How many samples can be drawn in reasonable time."""
        noise = generator(self._model.device, self._config.seed, "microscope")
        began = time.monotonic()
        # Brought to the host, so that an accelerator has really drawn them.
        means.sample(self._model, 64, generator=noise).sum().item()
        many, few = COUNTS
        return many if (time.monotonic() - began) * many / 64 <= PATIENCE else few

    def _pictures(self, samples: Tensor) -> NDArray[Any]:
        plane = self._data.plane
        return to_arrays(samples) if plane is None else to_points(samples, plane)

    def _told_apart(self, samples: Tensor) -> float:
        """How well the discriminator ranks real images above samples; see `measures.auc`."""
        from studio.instruments.measures import auc

        count = min(len(samples), len(self._data))
        chosen = self._data.indices(count, seed=self._config.seed, round=0)
        critic = cast("Scores", self._model)
        real, _ = self._data.take(chosen)
        on_real, on_fake = critic.score(real), critic.score(samples[:count])
        return float(auc(on_real.cpu().numpy(), on_fake.cpu().numpy()))


def _recalled(memory: str) -> Judge:
    try:
        return Judge(json.loads(memory)) if memory else Judge()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Judge()
