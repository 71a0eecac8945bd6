"""Raises trainings and kills them: a process of its own, which has imported PyTorch once and forks
a child for each training, so that two hundred of them take minutes and not hours.

It reads one JSON object per line and answers with one: see `Order`. A fork is only safe where no
thread runs, so this is never done in the process of the tests themselves.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import models
from models import ImageShape
from studio.data.dataset import Dataset
from studio.data.resident import ResidentData
from studio.engine.build import build
from studio.engine.config import TrainConfig
from studio.engine.controls import Command, Controls, TakeSnapshot
from studio.engine.events import CheckpointTaken, Event, SamplesDrawn
from studio.engine.loop import train
from studio.engine.progress import Start
from studio.engine.session import go_on
from studio.library.recorder import Recorder, record
from tests.faults.disks import KillingDisk

SHAPE = ImageShape(1, 8, 8, 2)
_PLACE = struct.Struct("<qd")


@dataclass(frozen=True, kw_only=True)
class Order:
    """A training to raise.

    Attributes:
        folder: Of the run.
        rounds: How long it is.
        resume: Go on with what is there; else a new run.
        apart: A checkpoint is asked for after so many rounds each time.
        kill_after: Seconds after which it is killed, None for never.
        kill_in: "start" (from the first call of all) or a step: there the calls of the grid, the
            snapshot and the checkpoint are counted.
        call: The call at which it is killed then, 0 for none.
        half: In the middle of a write; only writes are counted then.
    """

    folder: str
    rounds: int
    resume: bool = False
    apart: int = 10
    kill_after: float | None = None
    kill_in: str | int = ""
    call: int = 0
    half: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of it.

    Attributes:
        killed: It did not end by itself.
        step: Rounds that had been played when it ended.
        seconds: How long it had been playing rounds then.
        error: A traceback, if it failed.
    """

    killed: bool
    step: int
    seconds: float
    error: str = ""


def config(rounds: int) -> TrainConfig:
    """A GAN: two players, two optimizers, an average of weights, running statistics."""
    settings = models.spec("gan").config.from_values(
        {"width": 16, "latent_dim": 4, "batch_size": 8, "steps": rounds}
    )
    return TrainConfig(model="gan", settings=settings, data="pen", seed=11, device="cpu", threads=1)


def _dataset() -> Dataset:
    dice = np.random.default_rng(0)
    images = dice.integers(0, 256, (64, 8, 8), dtype=np.uint8)
    return Dataset(name="pen", split="train", images=images, labels=np.arange(64) % 2)


class _Metronome(Controls):
    """Asks for a snapshot and a checkpoint after every so many rounds."""

    def __init__(self, step: int, apart: int, tell: Callable[[int], None]) -> None:
        super().__init__()
        self._began, self._step, self._apart, self._tell = step, step, apart, tell

    def take(self, *, wait: bool = False) -> list[Command]:
        """Called once before each round."""
        self._tell(self._step)
        due = self._step > self._began and self._step % self._apart == 0
        self._step += 1
        return [TakeSnapshot()] if due else []


class _Child:
    """One training, in a process of its own; `place` is memory that the parent shares."""

    def __init__(self, order: Order, data: ResidentData, place: mmap.mmap) -> None:
        self._order, self._data, self._place = order, data, place
        self._disk = KillingDisk()
        self._began = 0.0

    def live(self) -> None:
        order = self._order
        start: Start | None = None
        if order.kill_in == "start":
            self._disk.arm(order.call, half=order.half)
        if order.resume:
            recorder, restart = Recorder.resume(Path(order.folder), disk=self._disk)
            asked, start = restart.config, restart.start
        else:
            asked = config(order.rounds)
            recorder = Recorder(Path(order.folder), asked, disk=self._disk)
        model = build(asked.model, asked.settings, SHAPE, seed=asked.seed, device=self._data.device)
        if start is not None:
            go_on(model, start)
        began = 0 if start is None else start.progress.step
        self._began = time.monotonic()
        controls = _Metronome(began, order.apart, self._tell)
        for _ in record(self._armed(train(model, self._data, asked, controls, start)), recorder):
            pass

    def _armed(self, events: Iterator[Event]) -> Iterator[Event]:
        armed = False
        for event in events:
            if event.step == self._order.kill_in and not armed:
                armed = isinstance(event, SamplesDrawn | CheckpointTaken)
                if armed:
                    self._disk.arm(self._order.call, half=self._order.half)
            yield event
            if armed and isinstance(event, CheckpointTaken):
                # The save is over: the call that was meant does not exist.
                self._disk.arm(0)

    def _tell(self, step: int) -> None:
        self._place[:] = _PLACE.pack(step, time.monotonic() - self._began)


def raise_one(order: Order, data: ResidentData) -> Answer:
    """Forks a child, waits for it or kills it, and tells what became of it."""
    place = mmap.mmap(-1, _PLACE.size)
    place[:] = _PLACE.pack(-1, 0.0)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        code = 0
        try:
            _Child(order, data, place).live()
        except BaseException:
            os.write(writer, traceback.format_exc().encode()[-8_000:])
            code = 1
        os._exit(code)
    os.close(writer)
    if order.kill_after is not None:
        time.sleep(order.kill_after)
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        error = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    step, seconds = _PLACE.unpack(place[:])
    place.close()
    return Answer(killed=os.WIFSIGNALED(status), step=step, seconds=seconds, error=error)


def main() -> None:
    """Answers orders until there are no more."""
    torch.set_num_threads(1)
    # Both bring hundreds of modules along, which no child should have to load.
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])
    Image.init()
    data = ResidentData(_dataset(), "cpu")
    for line in sys.stdin:
        answer = raise_one(Order(**json.loads(line)), data)
        print(json.dumps(asdict(answer)), flush=True)


if __name__ == "__main__":
    main()
